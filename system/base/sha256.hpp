// SHA-256 (FIPS 180-4) by OpenSSL, which uses the processor's instructions for it, and HMAC-SHA-256 (RFC 2104) of it.
#pragma once

#include <string>
#include <string_view>

namespace matinee {

/// 32 bytes.
std::string sha256(std::string_view bytes);
/// 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace matinee
