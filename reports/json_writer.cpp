#include "reports/json_writer.hpp"

#include <charconv>
#include <cmath>

#include "reports/format.hpp"

namespace matinee::reports {

std::string number_text(double value) {
    if (!std::isfinite(value)) return "null";
    if (value == 0) return std::signbit(value) ? "-0.0" : "0";  // "-0" would read back as the integer 0
    const double size = value < 0 ? -value : value;
    const auto format = size >= 1e-6 && size < 1e15 ? std::chars_format::fixed : std::chars_format::scientific;
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, format);
    return error == std::errc() ? std::string(buffer, end) : "null";
}

JsonWriter& JsonWriter::open(char bracket, bool one_line) {
    before_value();
    out_ += bracket;
    const bool inherited = !levels_.empty() && levels_.back().one_line;
    levels_.push_back({bracket == '{' ? '}' : ']', one_line || inherited});
    return *this;
}

JsonWriter& JsonWriter::end() {
    const Level level = levels_.back();
    levels_.pop_back();
    if (!level.empty && !level.one_line) new_line();
    out_ += level.close;
    if (levels_.empty() && target_ == Target::File) out_ += '\n';
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    before_value();
    quoted(name);
    out_ += ": ";
    after_key_ = true;
    return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
    before_value();
    quoted(value);
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    before_value();
    out_ += json;
    return *this;
}

void JsonWriter::before_value() {
    if (after_key_ || levels_.empty()) {
        after_key_ = false;
        return;
    }
    Level& level = levels_.back();
    if (!level.empty) out_ += level.one_line ? ", " : ",";
    if (!level.one_line) new_line();
    level.empty = false;
}

void JsonWriter::new_line() {
    out_ += '\n';
    out_.append(2 * levels_.size(), ' ');
}

void JsonWriter::quoted(std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out_ += '"';
    for (const char c : valid_utf8(text)) {
        const uint8_t byte = uint8_t(c);
        const bool escaped = byte < 0x20 || (target_ == Target::HtmlScript && (c == '<' || c == '&'));
        if (c == '"' || c == '\\') {
            out_ += '\\';
            out_ += c;
        } else if (escaped) {
            out_ += "\\u00";
            out_ += kHex[byte >> 4];
            out_ += kHex[byte & 15];
        } else {
            out_ += c;
        }
    }
    out_ += '"';
}

}  // namespace matinee::reports
