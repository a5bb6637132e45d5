#include "system/gateway/http.hpp"

#include <algorithm>
#include <charconv>

#include "system/base/encoding.hpp"

namespace matinee::gateway {

const std::string* Request::header(std::string_view lower_case_name) const {
    const std::string* found = nullptr;
    for (const Header& one : headers) {
        if (one.name != lower_case_name) continue;
        if (found != nullptr) return nullptr;
        found = &one.value;
    }
    return found;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const std::string_view digits = text.substr(i + 1, 2);
        uint8_t byte = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
        out += char(byte);
        i += 2;
    }
    if (!is_utf8(out)) return std::nullopt;
    return out;
}

static std::optional<std::string> decoded_segment(std::string_view segment) {
    std::optional<std::string> decoded = percent_decoded(segment);
    if (!decoded) return std::nullopt;
    const std::string& out = *decoded;
    const bool forbidden = std::any_of(out.begin(), out.end(),
                                       [](char c) { return uint8_t(c) < 0x20 || c == 0x7f || c == '/' || c == '\\'; });
    if (forbidden || out.empty() || out == "." || out == "..") return std::nullopt;
    return decoded;
}

std::optional<std::vector<std::string>> path_segments(std::string_view target) {
    std::string_view path = target.substr(0, target.find('?'));
    if (path.empty() || path[0] != '/') return std::nullopt;
    path.remove_prefix(1);
    std::vector<std::string> segments;
    while (!path.empty()) {
        const size_t end = std::min(path.find('/'), path.size());
        std::optional<std::string> segment = decoded_segment(path.substr(0, end));
        if (!segment) return std::nullopt;
        segments.push_back(std::move(*segment));
        if (end + 1 == path.size()) return std::nullopt;  // a slash at the end: an empty segment
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return segments;
}

}  // namespace matinee::gateway
