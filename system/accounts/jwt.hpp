// Access tokens: JSON Web Tokens (RFC 7519) signed with EdDSA (RFC 8037). Text in, text out; who signs is elsewhere.
//
// A reader takes exactly what a writer here makes: one algorithm, known claims, one spelling. What RFC 8725 warns of
// (no algorithm, another algorithm, keys inside the token, a key twice) has no way in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "system/base/units.hpp"

namespace matinee::accounts {

struct Claims {
    std::string issuer;      ///< iss
    std::string user_id;     ///< sub
    std::string session_id;  ///< sid
    std::string token_id;    ///< jti
    std::string country;     ///< ctr: where the account lives, ISO 3166-1 alpha-2; empty in tokens of before there was one
    TimeNs issued_at = 0;    ///< iat, whole seconds
    TimeNs expires_at = 0;   ///< exp, whole seconds

    friend bool operator==(const Claims&, const Claims&) = default;
};

/// Longer tokens are refused unread. Ours have about 400 bytes.
inline constexpr size_t kLongestToken = 2048;

/// "header.claims", which is what the key `key_id` has to sign.
std::string token_to_sign(const std::string& key_id, const Claims& claims);
/// The finished token.
std::string signed_token(const std::string& to_sign, std::string_view signature);

struct ParsedToken {
    std::string key_id;
    Claims claims;
    std::string to_sign;
    std::string signature;
};

/// Nothing where it is no such token. The signature is yet to be verified, and the claims are yet to be believed.
std::optional<ParsedToken> parse_token(std::string_view token);

}  // namespace matinee::accounts
