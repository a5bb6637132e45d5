// The keys that sign access tokens. They live in the database, so that every instance signs with the same and verifies
// with all. When a key is `key_rotation` old, the next one is made and published; `key_notice` later that one signs,
// and the one before stays published until the last token that it signed has expired. The first one of all signs at
// once.
#pragma once

#include <optional>
#include <string>
#include <vector>

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
    /// A key that may verify; nothing where it is unknown or retired.
    Task<std::optional<NamedKey>> find(std::string key_id);
    /// Public keys as a JSON Web Key Set (RFC 7517), newest first.
    Task<std::string> jwks();

private:
    using NewestFirst = std::vector<NamedKey>;
    static NewestFirst select_all(SqlTransaction& tx);
    bool needs_next(const NewestFirst& keys) const;
    const NamedKey& signer(const NewestFirst& keys) const;
    bool is_retired(const NewestFirst& keys, size_t place) const;

    Clock& clock_;
    Random& random_;
    Sql& sql_;
    Crypto& crypto_;
    const Settings& settings_;
    NewestFirst known_;  ///< a copy of rows that never change; others may have been added since
};

}  // namespace matinee::accounts
