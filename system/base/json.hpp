// JSON on the wire (RFC 8259), as the services read and write it: strict, bounded, and the same bytes everywhere.
// (Scenario files are for people, with comments and better messages: simulator/scenario reads those.)
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace matinee {

struct JsonError : std::runtime_error {
    JsonError(const std::string& what, size_t where) : std::runtime_error(what), offset(where) {}
    size_t offset;  ///< in bytes
};

class Json {
public:
    using Array = std::vector<Json>;
    using Object = std::vector<std::pair<std::string, Json>>;  ///< in the order written; keys are unique

    Json() = default;
    explicit Json(std::string text) : value_(std::move(text)) {}
    explicit Json(int64_t number) : value_(number) {}
    explicit Json(double number) : value_(number) {}
    explicit Json(bool flag) : value_(flag) {}
    explicit Json(Array items) : value_(std::move(items)) {}
    explicit Json(Object members) : value_(std::move(members)) {}

    /// Parses the whole text or throws JsonError. Refuses: invalid UTF-8, a key twice in one object, nesting beyond
    /// `deepest`, numbers beyond a double, lone surrogates, anything after the value. Whole numbers that fit become
    /// integers, all others doubles.
    static Json parse(std::string_view text, int deepest = 32);

    bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
    /// The value where it has that type, else null.
    const bool* flag() const { return std::get_if<bool>(&value_); }
    const int64_t* integer() const { return std::get_if<int64_t>(&value_); }
    const double* real() const { return std::get_if<double>(&value_); }
    const std::string* text() const { return std::get_if<std::string>(&value_); }
    const Array* array() const { return std::get_if<Array>(&value_); }
    const Object* object() const { return std::get_if<Object>(&value_); }
    /// The member of that name of an object, or null.
    const Json* find(std::string_view key) const;

    friend bool operator==(const Json&, const Json&) = default;

private:
    std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

/// Writes compact JSON to a text, in the order called. Text must be UTF-8.
class JsonOut {
public:
    JsonOut& object() { return open('{'); }
    JsonOut& array() { return open('['); }
    JsonOut& end();
    JsonOut& key(std::string_view name);

    JsonOut& text(std::string_view value);
    JsonOut& integer(int64_t value) { return raw(std::to_string(value)); }
    JsonOut& real(double value);  ///< shortest decimal that reads back the same; null where it is not finite
    JsonOut& flag(bool value) { return raw(value ? "true" : "false"); }
    JsonOut& null() { return raw("null"); }
    JsonOut& raw(std::string_view json);
    JsonOut& value(const Json& json);

    /// `key` and value at once.
    JsonOut& text(std::string_view name, std::string_view value) { return key(name).text(value); }
    JsonOut& integer(std::string_view name, int64_t value) { return key(name).integer(value); }
    JsonOut& flag(std::string_view name, bool value) { return key(name).flag(value); }

    /// The document, once every object and array has ended.
    std::string take() { return std::move(out_); }

private:
    JsonOut& open(char bracket);
    void separate();

    std::string out_;
    std::string closers_;  ///< the brackets that are still to come
    bool fresh_ = true;    ///< nothing stands before the next value that asks for a comma
};

std::string to_text(const Json& json);

}  // namespace matinee
