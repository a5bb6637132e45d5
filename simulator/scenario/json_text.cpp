#include "simulator/scenario/json_text.hpp"

#include <iterator>
#include <nlohmann/json.hpp>

namespace matinee::scenario {
namespace {

/// An input iterator that tells how far the parser has read, which the parser itself only says when it fails.
class ReadPosition {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    ReadPosition(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
    reference operator*() const { return *at_; }
    ReadPosition& operator++() {
        *furthest_ = ++at_;
        return *this;
    }
    ReadPosition operator++(int) {
        const ReadPosition before = *this;
        ++*this;
        return before;
    }
    bool operator==(const ReadPosition& other) const { return at_ == other.at_; }
    bool operator!=(const ReadPosition& other) const { return at_ != other.at_; }

private:
    const char* at_;
    const char** furthest_;
};

std::string line_and_column(std::string_view text, size_t offset) {
    offset = std::min(offset, text.size());
    size_t line = 1, start = 0;
    for (size_t i = 0; i < offset; ++i)
        if (text[i] == '\n') {
            ++line;
            start = i + 1;
        }
    return "line " + std::to_string(line) + ", column " + std::to_string(offset - start + 1);
}

/// Builds the tree from nlohmann's events.
class Builder {
public:
    Builder(std::string_view text, const char* const* furthest, std::shared_ptr<const Source> source)
        : text_(text), furthest_(furthest), source_(std::move(source)) {}

    bool null() { return add({}); }
    bool boolean(bool truth) { return add(Value::boolean(truth)); }
    bool number_unsigned(uint64_t number) { return add(Value::whole(number)); }
    bool number_integer(int64_t number) {  // only called with negative ones
        Value value = Value::whole(0 - uint64_t(number));
        value.negative = true;
        value.number = double(number);
        return add(std::move(value));
    }
    bool number_float(double number, const std::string&) { return add(Value::real(number)); }
    bool string(std::string& text) { return add(Value::string(text)); }
    bool binary(nlohmann::json::binary_t&) { return false; }  // does not occur in text
    bool start_object(size_t) { return open(Value::object()); }
    bool start_array(size_t) { return open(Value::list()); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& text) {
        Value& object = *open_.back();
        if (object.find(text) != nullptr)
            fail(start_of_string(), "the key " + json_line(Value::string(text)) + " a second time", "each key once");
        object.keys.push_back(text);
        return true;
    }
    bool parse_error(size_t position, const std::string&, const nlohmann::json::exception& error) {
        const std::string_view what = error.what();
        const size_t after = what.find(" - ");
        const size_t read = what.find("; last read");
        std::string detail = "well-formed JSON (comments are allowed)";
        if (const size_t wanted = what.find("; expected "); wanted != what.npos)
            detail = std::string(what.substr(wanted + 11)) + " (JSON; comments are allowed)";
        else if (error.id == 406)
            detail = "a number within the range of a double";
        else if (after != what.npos && read != what.npos)
            detail = "well-formed JSON: " + std::string(what.substr(after + 3, read - after - 3));
        const size_t offset = position == 0 ? 0 : position - 1;
        fail(offset, word_at(position > text_.size() ? text_.size() : offset), detail);
    }

    Value root;

private:
    size_t last_read() const {
        const auto read = size_t(*furthest_ - text_.data());
        return read == 0 ? 0 : read - 1;
    }

    /// Where the string ends that was read last, begins.
    size_t start_of_string() const {
        size_t at = last_read();
        while (at > 0 && --at > 0)
            if (text_[at] == '"' && text_[at - 1] != '\\') break;
        return at;
    }

    /// What stands at an offset, for a message: the whole word if it is within one.
    std::string word_at(size_t offset) const {
        const auto in_word = [this](size_t i) {
            const char c = text_[i];
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
                   c == '+' || c == '-';
        };
        if (offset >= text_.size()) return "the end of the text";
        if (text_[offset] == '\n') return "the end of the line";
        size_t begin = offset, end = offset + 1;
        if (in_word(offset)) {
            while (begin > 0 && offset - begin < 30 && in_word(begin - 1)) --begin;
            while (end < text_.size() && end - begin < 40 && in_word(end)) ++end;
        }
        while (end < text_.size() && (uint8_t(text_[end]) & 0xc0) == 0x80) ++end;
        while (begin > 0 && (uint8_t(text_[begin]) & 0xc0) == 0x80) --begin;
        return shown(Value::string(text_.substr(begin, end - begin)));
    }

    [[noreturn]] void fail(size_t offset, std::string found, std::string expected) const {
        throw InputError({source_->name, line_and_column(text_, offset), std::move(found), std::move(expected), ""});
    }

    bool add(Value value) {
        place(std::move(value));
        return true;
    }

    Value* place(Value value) {
        // Everything up to the last character read has been seen; a number is recognised one character late.
        for (; counted_ < last_read(); ++counted_) line_ += text_[counted_] == '\n';
        value.origin = {source_, line_};
        if (++values_ > kMaxValues)
            fail(last_read(), "more than " + std::to_string(kMaxValues) + " values", "a scenario of a sensible size");
        if (open_.empty()) {
            root = std::move(value);
            return &root;
        }
        open_.back()->items.push_back(std::move(value));
        return &open_.back()->items.back();
    }

    bool open(Value value) {
        if (open_.size() >= kMaxDepth)
            fail(last_read(), "more than " + std::to_string(kMaxDepth) + " levels of nesting",
                 "at most " + std::to_string(kMaxDepth));
        open_.push_back(place(std::move(value)));  // stays valid: its parent does not grow before it is closed
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    std::string_view text_;
    const char* const* furthest_;
    std::shared_ptr<const Source> source_;
    std::vector<Value*> open_;
    size_t counted_ = 0;
    size_t values_ = 0;
    uint32_t line_ = 1;
};

nlohmann::ordered_json to_json(const Value& value) {
    switch (value.kind) {
        case Value::Kind::Null:
            return nullptr;
        case Value::Kind::Bool:
            return value.truth;
        case Value::Kind::Whole:
            if (value.negative) return int64_t(0 - value.magnitude);
            return value.magnitude;
        case Value::Kind::Real:
            return value.number;
        case Value::Kind::Text:
            return value.text;
        case Value::Kind::List: {
            auto list = nlohmann::ordered_json::array();
            for (const Value& item : value.items) list.push_back(to_json(item));
            return list;
        }
        case Value::Kind::Object:
            break;
    }
    auto object = nlohmann::ordered_json::object();
    for (size_t i = 0; i < value.keys.size(); ++i) object.push_back({value.keys[i], to_json(value.items[i])});
    return object;
}

/// Like json_line, with a space after each colon and comma.
std::string spaced_line(const Value& value) {
    const bool object = value.is(Value::Kind::Object);
    if (!object && !value.is(Value::Kind::List)) return json_line(value);
    std::string out = object ? "{" : "[";
    for (size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += ", ";
        if (object) out += json_line(Value::string(value.keys[i])) + ": ";
        out += spaced_line(value.items[i]);
    }
    return out + (object ? "}" : "]");
}

void write_pages(const Value& value, size_t indent, std::string& out) {
    bool flat = value.is(Value::Kind::List);  // a ladder reads best in one line
    for (const Value& item : value.items) flat = flat && item.items.empty();
    const size_t width = flat ? 200 : 120;
    const std::string line = spaced_line(value);
    if (value.items.empty() || line.size() + indent <= width) {
        out += line;
        return;
    }
    const bool object = value.is(Value::Kind::Object);
    out += object ? "{\n" : "[\n";
    for (size_t i = 0; i < value.items.size(); ++i) {
        out.append(indent + 2, ' ');
        if (object) out += json_line(Value::string(value.keys[i])) + ": ";
        write_pages(value.items[i], indent + 2, out);
        out += i + 1 < value.items.size() ? ",\n" : "\n";
    }
    out.append(indent, ' ');
    out += object ? "}" : "]";
}

}  // namespace

/// Lengths and ranges of Unicode 15, table 3-7.
size_t malformed_utf8(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const auto lead = uint8_t(text[i]);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                              : lead >= 0xe0 && lead <= 0xef ? 3
                              : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                             : 0;
        if (length == 0 || i + length > text.size()) return i;
        uint8_t low = 0x80, high = 0xbf;
        if (lead == 0xe0) low = 0xa0;
        if (lead == 0xed) high = 0x9f;
        if (lead == 0xf0) low = 0x90;
        if (lead == 0xf4) high = 0x8f;
        for (size_t k = 1; k < length; ++k) {
            const auto byte = uint8_t(text[i + k]);
            if (byte < low || byte > high) return i;
            low = 0x80;
            high = 0xbf;
        }
        i += length;
    }
    return std::string_view::npos;
}

Value parse_json(std::string_view text, std::shared_ptr<const Source> source) {
    if (text.size() > kMaxTextBytes)
        throw InputError({source->name, "", std::to_string(text.size()) + " bytes",
                          "at most " + std::to_string(kMaxTextBytes) + " bytes", ""});
    if (const size_t bad = malformed_utf8(text); bad != text.npos) {
        static const char* digits = "0123456789abcdef";
        const auto byte = uint8_t(text[bad]);
        throw InputError({source->name, line_and_column(text, bad),
                          std::string("the byte 0x") + digits[byte >> 4] + digits[byte & 15], "UTF-8",
                          "save the file as UTF-8"});
    }
    const char* furthest = text.data();
    Builder builder(text, &furthest, source);
    nlohmann::json::sax_parse(ReadPosition(text.data(), &furthest), ReadPosition(text.data() + text.size(), &furthest),
                              &builder, nlohmann::json::input_format_t::json, true, true);
    return std::move(builder.root);
}

std::optional<Value> try_parse_json(std::string_view text, std::shared_ptr<const Source> source) {
    try {
        Value value = parse_json(text, std::move(source));
        return value;
    } catch (const InputError&) {
        return std::nullopt;
    }
}

std::string json_line(const Value& value) {
    return to_json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_pages(const Value& value) {
    std::string out;
    write_pages(value, 0, out);
    return out + "\n";
}

}  // namespace matinee::scenario
