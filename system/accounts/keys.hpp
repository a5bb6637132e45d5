// The keys that sign access tokens. They live in the database, so that every instance signs with the newest and
// verifies with all; a key signs for `key_rotation` and is published until the last token that it signed has expired.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "system/accounts/settings.hpp"
#include "system/ports/clock.hpp"
#include "system/ports/crypto.hpp"
#include "system/ports/random.hpp"
#include "system/ports/sql.hpp"

namespace matinee::accounts {

struct NamedKey {
    std::string key_id;
    SigningKey key;
    TimeNs created_at = 0;
};

class Keys {
public:
    Keys(Clock& clock, Random& random, Sql& sql, Crypto& crypto, const Settings& settings)
        : clock_(clock), random_(random), sql_(sql), crypto_(crypto), settings_(settings) {}

    /// The key that signs now; makes the next one when it is time.
    Task<NamedKey> signing();
    /// A key that may still verify; nothing where it is unknown or retired.
    Task<std::optional<NamedKey>> find(std::string key_id);
    /// Public keys as a JSON Web Key Set (RFC 7517), newest first.
    Task<std::string> jwks();

private:
    bool may_sign(const NamedKey& key) const { return clock_.now() < key.created_at + settings_.key_rotation; }
    bool may_verify(const NamedKey& key) const {
        return clock_.now() < key.created_at + settings_.key_rotation + settings_.access_token_lifetime;
    }

    Clock& clock_;
    Random& random_;
    Sql& sql_;
    Crypto& crypto_;
    const Settings& settings_;
    std::map<std::string, NamedKey> known_;  ///< copies of rows that never change
};

}  // namespace matinee::accounts
