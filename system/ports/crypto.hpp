// Port: hashing and signing. What takes noticeable time is a task: the live host does it on other threads, the
// simulator charges virtual time for it.
#pragma once

#include <string>
#include <string_view>

#include "system/base/task.hpp"

namespace matinee {

struct SigningKey {
    std::string public_key;  ///< 32 bytes
    std::string secret;      ///< 32 bytes
};

struct PasswordCheck {
    bool matches = false;
    bool outdated =
        false;  ///< the hash was made by weaker settings than today's: hash again while the password is known
};

class Crypto {
public:
    virtual ~Crypto() = default;

    /// SHA-256 and HMAC-SHA-256: 32 bytes.
    virtual std::string sha256(std::string_view bytes) const = 0;
    virtual std::string hmac_sha256(std::string_view key, std::string_view bytes) const = 0;

    /// A salted hash that is slow on purpose, as printable text that names its own settings. Throws
    /// ServiceError(Unavailable) where too many wait already: this is the most expensive thing a stranger can ask for.
    virtual Task<std::string> hash_password(std::string password) = 0;
    /// Besides its own hashes an adapter takes those of bcrypt ("$2a$", "$2b$", "$2y$"), which are always outdated; any
    /// other does not match.
    virtual Task<PasswordCheck> verify_password(std::string password, std::string hash) = 0;

    /// Signatures: Ed25519 (RFC 8032) on the live host. 64 bytes.
    virtual SigningKey new_signing_key() = 0;
    virtual Task<std::string> sign(SigningKey key, std::string message) = 0;
    virtual Task<bool> verify(std::string public_key, std::string message, std::string signature) = 0;
};

}  // namespace matinee
