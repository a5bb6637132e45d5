// Bytes as text: lower-case hexadecimal, and base64url without padding (RFC 4648 section 5), as JOSE uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace matinee {

std::string to_hex(std::string_view bytes);

std::string to_base64url(std::string_view bytes);
/// Nothing where the text is not what to_base64url makes of some bytes: foreign letters, padding, an impossible length,
/// or bits beyond the last byte that are not zero (two spellings of one token would defeat a look-up by token).
std::optional<std::string> from_base64url(std::string_view text);

/// Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// Equality in a time that depends on the lengths only; for secrets.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace matinee
