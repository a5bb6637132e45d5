#include "system/base/json.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "system/base/encoding.hpp"

namespace matinee {

namespace {

/// Sixteen characters side by side, for which processors have instructions.
using Sixteen = uint8_t __attribute__((vector_size(16)));

bool is_plain(char c) { return uint8_t(c) >= 0x20 && c != '"' && c != '\\'; }
bool are_plain(Sixteen c) {
    const auto odd = std::bit_cast<std::array<uint64_t, 2>>((c < 0x20) | (c == '"') | (c == '\\'));
    return (odd[0] | odd[1]) == 0;
}

template <class Word>
Word word_at(const char* text) {
    Word word;
    std::memcpy(&word, text, sizeof word);
    return word;
}

/// All of a text of 4 to 15 characters, some of them twice.
Sixteen all_of(std::string_view text) {
    const char* const end = text.data() + text.size();
    if (text.size() >= 8)
        return std::bit_cast<Sixteen>(std::array{word_at<uint64_t>(text.data()), word_at<uint64_t>(end - 8)});
    const auto first = word_at<uint32_t>(text.data()), last = word_at<uint32_t>(end - 4);
    return std::bit_cast<Sixteen>(std::array{first, last, last, last});
}

/// How many characters of the text, from its beginning, stand for themselves inside a JSON text: no quote, backslash
/// or control character.
size_t plain_length(std::string_view text) {
    constexpr size_t kStep = sizeof(Sixteen);
    size_t at = 0;
    if (text.size() >= kStep) {
        while (at + kStep <= text.size() && are_plain(word_at<Sixteen>(text.data() + at))) at += kStep;
        // The last step may overlap the one before it.
        if (at + kStep > text.size() && are_plain(word_at<Sixteen>(text.data() + text.size() - kStep)))
            return text.size();
    } else if (text.size() >= 4 && are_plain(all_of(text))) {
        return text.size();
    }
    while (at < text.size() && is_plain(text[at])) ++at;
    return at;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
public:
    Parser(std::string_view text, int deepest) : text_(text), depth_left_(deepest) {}

    Json document() {
        if (!is_utf8(text_)) throw JsonError("not UTF-8", 0);
        Json json = value();
        skip_blanks();
        if (at_ != text_.size()) refuse("text after the value");
        return json;
    }

private:
    [[noreturn]] void refuse(const std::string& what) const { throw JsonError(what, at_); }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_blanks() {
        while (at_ < text_.size() && (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t')) ++at_;
    }
    bool skip(char c) {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void word(std::string_view expected) {
        if (text_.substr(at_, expected.size()) != expected) refuse("not a JSON value");
        at_ += expected.size();
    }

    Json value() {
        skip_blanks();
        if (at_ >= text_.size()) refuse("ends too early");
        switch (peek()) {
            case '{':
                return nested([this] { return object(); });
            case '[':
                return nested([this] { return array(); });
            case '"':
                return Json(text());
            case 't':
                word("true");
                return Json(true);
            case 'f':
                word("false");
                return Json(false);
            case 'n':
                word("null");
                return Json();
            default:
                return number();
        }
    }

    template <class Inner>
    Json nested(Inner inner) {
        if (--depth_left_ < 0) refuse("nested too deeply");
        ++at_;
        Json json = inner();
        ++depth_left_;
        return json;
    }

    Json object() {
        Json::Object members;
        if (skip('}')) return Json(std::move(members));
        members.reserve(4);
        do {
            skip_blanks();
            if (peek() != '"') refuse("expected a key");
            std::string key = text();
            if (!skip(':')) refuse("expected a colon");
            members.emplace_back(std::move(key), value());
        } while (skip(','));
        if (!skip('}')) refuse("expected a comma or the end of an object");
        refuse_twins(members);
        return Json(std::move(members));
    }

    /// Two readers of one text must not see two values: of a key that stands twice, some take the first and some the
    /// last.
    void refuse_twins(const Json::Object& members) const {
        static constexpr size_t kFew = 8;
        if (members.size() <= kFew) {
            for (size_t i = 1; i < members.size(); ++i)
                for (size_t j = 0; j < i; ++j)
                    if (members[i].first == members[j].first) refuse("a key twice in one object");
            return;
        }
        std::vector<std::string_view> keys;
        keys.reserve(members.size());
        for (const auto& [key, value] : members) keys.push_back(key);
        std::sort(keys.begin(), keys.end());
        if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) refuse("a key twice in one object");
    }

    Json array() {
        Json::Array items;
        if (skip(']')) return Json(std::move(items));
        do items.push_back(value());
        while (skip(','));
        if (!skip(']')) refuse("expected a comma or the end of an array");
        return Json(std::move(items));
    }

    Json number() {
        const size_t start = at_;
        if (peek() == '-') ++at_;
        if (!is_digit(peek())) refuse("not a JSON value");
        if (peek() == '0' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) refuse("a number with a leading zero");
        skip_digits();
        bool whole = true;
        if (peek() == '.') whole = false, ++at_, need_digits();
        if (peek() == 'e' || peek() == 'E') {
            whole = false, ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            need_digits();
        }
        const char* const first = text_.data() + start;
        const char* const last = text_.data() + at_;
        int64_t integer = 0;
        if (whole && std::from_chars(first, last, integer).ec == std::errc()) return Json(integer);
        double real = 0;
        const bool fits = std::from_chars(first, last, real).ec == std::errc();
        if (!fits && !is_tiny(first, last)) refuse("a number beyond a double");
        return Json(real);
    }
    /// from_chars says "out of range" of 1e-999 too, which is simply 0.
    static bool is_tiny(const char* first, const char* last) {
        const char* const exponent = std::find_if(first, last, [](char c) { return c == 'e' || c == 'E'; });
        return exponent != last && exponent + 1 != last && exponent[1] == '-';
    }
    void skip_digits() {
        while (is_digit(peek())) ++at_;
    }
    void need_digits() {
        if (!is_digit(peek())) refuse("a number that stops short");
        skip_digits();
    }

    std::string text() {
        ++at_;
        std::string out;
        for (;;) {
            const size_t plain = plain_length(text_.substr(at_));
            out.append(text_, at_, plain);
            at_ += plain;
            if (at_ >= text_.size()) refuse("a text without an end");
            if (text_[at_] == '"') return ++at_, out;
            if (text_[at_] != '\\') refuse("a control character in a text");
            ++at_;
            escape(out);
        }
    }

    void escape(std::string& out) {
        if (at_ >= text_.size()) refuse("a text without an end");
        const char c = peek();
        ++at_;
        switch (c) {
            case '"':
            case '\\':
            case '/':
                out += c;
                return;
            case 'b':
                out += '\b';
                return;
            case 'f':
                out += '\f';
                return;
            case 'n':
                out += '\n';
                return;
            case 'r':
                out += '\r';
                return;
            case 't':
                out += '\t';
                return;
            case 'u':
                append_code_point(out, code_point());
                return;
            default:
                refuse("an unknown escape");
        }
    }

    uint32_t code_point() {
        const uint32_t first = four_digits();
        if (first < 0xD800 || first > 0xDFFF) return first;
        if (first > 0xDBFF || text_.substr(at_, 2) != "\\u") refuse("half a surrogate pair");
        at_ += 2;
        const uint32_t second = four_digits();
        if (second < 0xDC00 || second > 0xDFFF) refuse("half a surrogate pair");
        return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    }

    uint32_t four_digits() {
        uint32_t number = 0;
        const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
        if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4)
            refuse("an escape that stops short");
        at_ += 4;
        return number;
    }

    static void append_code_point(std::string& out, uint32_t c) {
        if (c < 0x80) {
            out += char(c);
        } else if (c < 0x800) {
            out += char(0xC0 | c >> 6);
            out += char(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            out += char(0xE0 | c >> 12);
            out += char(0x80 | (c >> 6 & 0x3F));
            out += char(0x80 | (c & 0x3F));
        } else {
            out += char(0xF0 | c >> 18);
            out += char(0x80 | (c >> 12 & 0x3F));
            out += char(0x80 | (c >> 6 & 0x3F));
            out += char(0x80 | (c & 0x3F));
        }
    }

    std::string_view text_;
    size_t at_ = 0;
    int depth_left_;
};

void append_escaped(std::string& out, char c) {
    static constexpr char kHex[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
        return;
    }
    out += "\\u00";
    out += kHex[uint8_t(c) >> 4];
    out += kHex[uint8_t(c) & 15];
}

void append_quoted(std::string& out, std::string_view text) {
    size_t plain = plain_length(text);
    if (plain == text.size()) {  // nearly all are
        if (out.capacity() - out.size() < plain + 2) out.reserve(2 * out.capacity() + plain + 2);
        out.push_back('"');
        out.append(text);
        out.push_back('"');
        return;
    }
    out += '"';
    for (;; plain = plain_length(text)) {
        out.append(text, 0, plain);
        if (plain == text.size()) break;
        append_escaped(out, text[plain]);
        text.remove_prefix(plain + 1);
    }
    out += '"';
}

}  // namespace

Json Json::parse(std::string_view text, int deepest) { return Parser(text, deepest).document(); }

const Json* Json::find(std::string_view key) const {
    const Object* const members = object();
    if (members == nullptr) return nullptr;
    for (const auto& [name, value] : *members)
        if (name == key) return &value;
    return nullptr;
}

JsonOut& JsonOut::open(char bracket) {
    static constexpr size_t kUsual = 224;  // what most documents need, or soon exceed by far
    if (out_.empty()) out_.reserve(kUsual);
    separate();
    out_ += bracket;
    closers_ += bracket == '{' ? '}' : ']';
    fresh_ = true;
    return *this;
}

JsonOut& JsonOut::end() {
    out_ += closers_.back();
    closers_.pop_back();
    fresh_ = false;
    return *this;
}

JsonOut& JsonOut::key(std::string_view name) {
    separate();
    append_quoted(out_, name);
    out_ += ':';
    fresh_ = true;
    return *this;
}

JsonOut& JsonOut::text(std::string_view value) {
    separate();
    append_quoted(out_, value);
    return *this;
}

JsonOut& JsonOut::real(double value) {
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    if (!std::isfinite(value) || error != std::errc()) return null();
    std::string text(buffer, end);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";  // or it would be read as an integer
    return raw(text);
}

JsonOut& JsonOut::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

JsonOut& JsonOut::value(const Json& json) {
    if (const bool* const flag_value = json.flag()) return flag(*flag_value);
    if (const int64_t* const number = json.integer()) return integer(*number);
    if (const double* const number = json.real()) return real(*number);
    if (const std::string* const words = json.text()) return text(*words);
    if (const Json::Array* const items = json.array()) {
        array();
        for (const Json& item : *items) value(item);
        return end();
    }
    if (const Json::Object* const members = json.object()) {
        object();
        for (const auto& [name, member] : *members) key(name).value(member);
        return end();
    }
    return null();
}

void JsonOut::separate() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
}

std::string to_text(const Json& json) { return JsonOut().value(json).take(); }

}  // namespace matinee
