#include "system/gateway/body.hpp"

#include <algorithm>
#include <cctype>

#include "system/base/service_error.hpp"

namespace matinee::gateway {

namespace {

[[noreturn]] void refuse(const Field& field, const std::string& what) {
    throw ServiceError(ErrorCode::InvalidField, field.name + " " + what, field.name);
}

std::string bounds(const Field& field) { return std::to_string(field.least) + " to " + std::to_string(field.most); }

void check_text(const Field& field, const std::string& text) {
    const auto starts_character = [](char c) { return (uint8_t(c) & 0xC0) != 0x80; };
    const int64_t characters = std::count_if(text.begin(), text.end(), starts_character);
    if (characters < field.least || characters > field.most)
        refuse(field, "must have " + bounds(field) + " characters");
    if (std::any_of(text.begin(), text.end(), [](char c) { return uint8_t(c) < 0x20 || c == 0x7f; }))
        refuse(field, "must not have control characters");
}

void check(const Field& field, const Json* value) {
    if (value == nullptr) {
        if (field.required) refuse(field, "is missing");
        return;
    }
    switch (field.kind) {
        case Field::Kind::Text:
            if (value->text() == nullptr) refuse(field, "must be a text");
            check_text(field, *value->text());
            return;
        case Field::Kind::Integer:
            if (value->integer() == nullptr) refuse(field, "must be a whole number");
            if (*value->integer() < field.least || *value->integer() > field.most)
                refuse(field, "must be from " + bounds(field));
            return;
        case Field::Kind::Flag:
            if (value->flag() == nullptr) refuse(field, "must be true or false");
            return;
    }
}

/// "application/json", whatever its case and parameters.
bool is_json(const std::string* content_type) {
    if (content_type == nullptr) return false;
    std::string type = content_type->substr(0, content_type->find(';'));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return char(std::tolower(static_cast<unsigned char>(c))); });
    return type == "application/json";
}

}  // namespace

Json checked_body(const Request& request, const std::vector<Field>& fields) {
    if (!is_json(request.header("content-type"))) throw ServiceError(ErrorCode::UnsupportedMediaType);
    Json body;
    try {
        body = Json::parse(request.body);
    } catch (const JsonError& error) {
        throw ServiceError(ErrorCode::MalformedRequest, "the body is not JSON: " + std::string(error.what()) +
                                                            " at byte " + std::to_string(error.offset));
    }
    if (body.object() == nullptr) throw ServiceError(ErrorCode::MalformedRequest, "the body is not a JSON object");
    for (const Field& field : fields) check(field, body.find(field.name));
    return body;
}

}  // namespace matinee::gateway
