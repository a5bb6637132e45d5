#include "system/base/encoding.hpp"

#include <array>
#include <cstring>

namespace matinee {

static constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static constexpr std::array<int8_t, 256> base64_values() {
    std::array<int8_t, 256> values{};
    for (int8_t& value : values) value = -1;
    for (size_t i = 0; i < kBase64.size(); ++i) values[uint8_t(kBase64[i])] = int8_t(i);
    return values;
}

std::string to_hex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text(2 * bytes.size(), '\0');
    size_t at = 0;
    for (const char c : bytes) {
        text[at++] = kDigits[uint8_t(c) >> 4];
        text[at++] = kDigits[uint8_t(c) & 15];
    }
    return text;
}

std::string to_base64url(std::string_view bytes) {
    std::string text((bytes.size() * 4 + 2) / 3, '\0');
    size_t at = 0;
    uint32_t bits = 0;
    uint32_t held = 0;
    for (const char c : bytes) {
        bits = bits << 8 | uint8_t(c);
        for (held += 8; held >= 6; held -= 6) text[at++] = kBase64[bits >> (held - 6) & 63];
    }
    if (held != 0) text[at++] = kBase64[bits << (6 - held) & 63];
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    static constexpr std::array<int8_t, 256> kValues = base64_values();
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    uint32_t bits = 0;
    uint32_t held = 0;
    for (const char c : text) {
        const int8_t value = kValues[uint8_t(c)];
        if (value < 0) return std::nullopt;
        bits = bits << 6 | uint32_t(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += char(bits >> held & 255);
        }
    }
    if ((bits & ((1u << held) - 1)) != 0) return std::nullopt;
    return bytes;
}

/// How many bytes the sequence that begins at text[at] has; 0 where it is not well formed.
static size_t utf8_length(std::string_view text, size_t at) {
    const auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : uint8_t(0); };
    const auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const uint8_t first = byte(at);
    const uint8_t second = byte(at + 1);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(at + 1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
        return follows(at + 1) && follows(at + 2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
        return follows(at + 1) && follows(at + 2) && follows(at + 3) ? 4 : 0;
    }
    return 0;
}

bool is_utf8(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        // Eight characters of ASCII at a time: nearly everything is.
        if (uint64_t word = 0; at + sizeof word <= text.size()) {
            std::memcpy(&word, text.data() + at, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                at += sizeof word;
                continue;
            }
        }
        const size_t length = utf8_length(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    uint32_t difference = 0;
    for (size_t i = 0; i < a.size(); ++i) difference |= uint32_t(uint8_t(a[i]) ^ uint8_t(b[i]));
    return difference == 0;
}

}  // namespace matinee
