#include "simulator/scenario/value.hpp"

#include <cmath>
#include <utility>

#include "simulator/scenario/json_text.hpp"
#include "system/base/text.hpp"

namespace matinee::scenario {

std::string Origin::shown() const {
    if (!source) return {};
    return line == 0 ? source->name : source->name + ":" + std::to_string(line);
}

const Value* Value::find(std::string_view key) const {
    for (size_t i = 0; i < keys.size(); ++i)
        if (keys[i] == key) return &items[i];
    return nullptr;
}

Value* Value::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

Value& Value::set(std::string_view key, Value value) {
    if (Value* existing = find(key)) return *existing = std::move(value);
    keys.emplace_back(key);
    items.push_back(std::move(value));
    return items.back();
}

Value Value::boolean(bool truth) {
    Value value;
    value.kind = Kind::Bool;
    value.truth = truth;
    return value;
}

Value Value::whole(uint64_t magnitude) {
    Value value;
    value.kind = Kind::Whole;
    value.magnitude = magnitude;
    value.number = double(magnitude);
    return value;
}

Value Value::real(double number) {
    Value value;
    value.kind = Kind::Real;
    value.number = number;
    return value;
}

Value Value::number_of(double number) {
    return number >= 0 && number < 1e15 && std::floor(number) == number ? whole(uint64_t(number)) : real(number);
}

Value Value::string(std::string_view text) {
    Value value;
    value.kind = Kind::Text;
    value.text = text;
    return value;
}

Value Value::list(std::vector<Value> items) {
    Value value;
    value.kind = Kind::List;
    value.items = std::move(items);
    return value;
}

Value Value::object() {
    Value value;
    value.kind = Kind::Object;
    return value;
}

/// Cuts before a UTF-8 sequence, never inside one.
static std::string shortened(const std::string& text, size_t limit) {
    if (text.size() <= limit) return text;
    size_t end = limit;
    while (end > 0 && (uint8_t(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end) + "...";
}

std::string shown(const Value& value) {
    switch (value.kind) {
        case Value::Kind::List:
            return value.items.empty() ? "an empty list" : "a list of " + std::to_string(value.items.size());
        case Value::Kind::Object: {
            if (value.keys.empty()) return "an empty object";
            std::string text = "an object with ";
            for (size_t i = 0; i < value.keys.size() && i < 3; ++i) text += (i == 0 ? "" : ", ") + value.keys[i];
            return shortened(text + (value.keys.size() > 3 ? ", ..." : ""), 60);
        }
        case Value::Kind::Null:
            return "nothing (null)";
        case Value::Kind::Text: {
            Value cut = value;
            cut.text = shortened(value.text, 56);
            return json_line(cut);
        }
        default:
            return json_line(value);
    }
}

std::string member_path(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string item_path(const std::string& path, size_t index) { return path + "[" + std::to_string(index) + "]"; }

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
    const auto lower = [](std::string text) {
        for (char& c : text) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
        return text;
    };
    std::string nearest = nearest_spelling(word, known);
    const std::string small = lower(word);
    for (const std::string& one : known)
        if (nearest.empty() && (lower(one) == small || (word.size() >= 3 && one.size() >= 3 &&
                                                        (one.starts_with(small) || small.starts_with(one)))))
            nearest = one;
    return nearest.empty() ? "" : "did you mean \"" + nearest + "\"?";
}

void refuse(const Value& value, const std::string& path, std::string expected, std::string hint) {
    refuse_as(value.origin, path, shown(value), std::move(expected), std::move(hint));
}

void refuse_as(const Origin& origin, const std::string& path, std::string found, std::string expected,
               std::string hint) {
    throw InputError({origin.shown(), path, std::move(found), std::move(expected), std::move(hint)});
}

}  // namespace matinee::scenario
