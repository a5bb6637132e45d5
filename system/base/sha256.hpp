// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), in portable integers. The live host uses a reviewed library's;
// these are for simulated adapters, which want the same bytes without it. Not hardened against side channels.
#pragma once

#include <string>
#include <string_view>

namespace matinee {

/// 32 bytes.
std::string sha256(std::string_view bytes);
/// 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace matinee
