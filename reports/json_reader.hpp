// A JSON value together with the file and path it stands at, so that every refusal says where. For .cpp files only:
// this header pulls in the JSON library.
#pragma once

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "system/base/errors.hpp"

namespace matinee::reports {

using Json = nlohmann::ordered_json;  // keeps the order of keys

/// Parses `text`; comments only where `comments` is set. Throws InputError with the line where it is not JSON, and
/// where an object has a key twice, of which one would go unread.
inline Json parse_json(std::string_view text, const std::string& file, bool comments) {
    std::vector<std::set<std::string>> keys;
    const auto watch = [&](int, nlohmann::detail::parse_event_t event, Json& value) {
        using Event = nlohmann::detail::parse_event_t;
        if (event == Event::object_start) keys.emplace_back();
        if (event == Event::object_end) keys.pop_back();
        if (event == Event::key && !keys.back().insert(value.get<std::string>()).second)
            throw InputError({file, value.get<std::string>(), "this key twice in one object", "each key once", ""});
        return true;
    };
    try {
        return Json::parse(text, watch, true, comments);
    } catch (const Json::parse_error& error) {
        const size_t end = std::min(text.size(), error.byte);
        const auto line = std::count(text.begin(), text.begin() + std::ptrdiff_t(end), '\n') + 1;
        throw InputError({file, "line " + std::to_string(line), "text that is not JSON", "JSON", ""});
    } catch (const Json::out_of_range&) {
        throw InputError({file, "", "a number too large for a double", "numbers up to 1.8e308", ""});
    }
}

class JsonNode {
public:
    JsonNode(const Json& json, std::string file, std::string path = "")
        : json_(&json), file_(std::move(file)), path_(std::move(path)) {}

    const Json& json() const { return *json_; }
    const std::string& path() const { return path_; }

    bool has(const std::string& key) const { return expect(json_->is_object(), "an object").json_->contains(key); }
    JsonNode at(const std::string& key) const {
        if (!has(key)) refuse("no key \"" + key + "\"", "an object with the key \"" + key + "\"");
        return {json_->at(key), file_, path_.empty() ? key : path_ + "." + key};
    }
    std::vector<JsonNode> items() const {
        expect(json_->is_array(), "an array");
        std::vector<JsonNode> nodes;
        for (size_t i = 0; i < json_->size(); ++i)
            nodes.push_back({(*json_)[i], file_, path_ + "[" + std::to_string(i) + "]"});
        return nodes;
    }
    std::vector<std::pair<std::string, JsonNode>> members() const {
        expect(json_->is_object(), "an object");
        std::vector<std::pair<std::string, JsonNode>> nodes;
        for (const auto& member : json_->items()) nodes.push_back({member.key(), at(member.key())});
        return nodes;
    }

    std::string text() const { return expect(json_->is_string(), "a text").json_->get<std::string>(); }
    bool flag() const { return expect(json_->is_boolean(), "true or false").json_->get<bool>(); }
    double number() const { return expect(json_->is_number(), "a number").json_->get<double>(); }
    /// A number, or NaN for the null that stands for a number that was not finite.
    double any_number() const { return json_->is_null() ? std::numeric_limits<double>::quiet_NaN() : number(); }
    std::optional<double> optional_number() const {
        return json_->is_null() ? std::nullopt : std::optional<double>(number());
    }
    uint64_t whole() const {
        return expect(json_->is_number_unsigned(), "a whole number, 0 or more").json_->get<uint64_t>();
    }
    int64_t signed_whole() const { return expect(json_->is_number_integer(), "a whole number").json_->get<int64_t>(); }

    [[noreturn]] void refuse(std::string found, std::string expected, std::string suggestion = "") const {
        throw InputError({file_, path_, std::move(found), std::move(expected), std::move(suggestion)});
    }
    std::string shown() const {
        std::string text = json_->dump(-1, ' ', false, Json::error_handler_t::replace);
        if (text.size() > 60) text = json_->is_object() ? "an object" : json_->is_array() ? "an array" : "a long text";
        return text;
    }

private:
    const JsonNode& expect(bool right, const char* expected) const {
        if (!right) refuse(shown(), expected);
        return *this;
    }

    const Json* json_;
    std::string file_;
    std::string path_;
};

}  // namespace matinee::reports
