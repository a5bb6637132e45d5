#include "system/base/blanks.hpp"

#include <cstdint>

namespace matinee {

namespace {

/// Bytes of the blank that a text begins with; 0 where it begins with something else.
size_t blank_at_front(std::string_view text) {
    const auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : 0; };
    switch (byte(0)) {
        case ' ':
        case '\t':
        case '\n':
        case '\v':
        case '\f':
        case '\r':
            return 1;
        case 0xC2:  // U+0085, no-break space, soft hyphen
            return byte(1) == 0x85 || byte(1) == 0xA0 || byte(1) == 0xAD ? 2 : 0;
        case 0xE1:  // U+1680
            return byte(1) == 0x9A && byte(2) == 0x80 ? 3 : 0;
        case 0xE2:  // U+2000 to 200F, 2028, 2029, 202F; 205F and 2060
            if (byte(1) == 0x80)
                return (byte(2) >= 0x80 && byte(2) <= 0x8F) || byte(2) == 0xA8 || byte(2) == 0xA9 || byte(2) == 0xAF
                           ? 3
                           : 0;
            return byte(1) == 0x81 && (byte(2) == 0x9F || byte(2) == 0xA0) ? 3 : 0;
        case 0xE3:  // U+3000, and 3164, the filler of Hangul
            return (byte(1) == 0x80 && byte(2) == 0x80) || (byte(1) == 0x85 && byte(2) == 0xA4) ? 3 : 0;
        case 0xEF:  // U+FEFF
            return byte(1) == 0xBB && byte(2) == 0xBF ? 3 : 0;
        default:
            return 0;
    }
}

}  // namespace

bool is_blank(std::string_view text) {
    while (const size_t size = blank_at_front(text)) text.remove_prefix(size);
    return text.empty();
}

bool has_blank(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i)
        if (blank_at_front(text.substr(i)) > 0) return true;
    return false;
}

}  // namespace matinee
