#include "system/gateway/body.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <optional>

#include "system/base/blanks.hpp"
#include "system/base/service_error.hpp"

namespace matinee::gateway {

namespace {

[[noreturn]] void refuse(const Field& field, const std::string& what) {
    throw ServiceError(ErrorCode::InvalidField, field.name + " " + what, field.name);
}

std::string bounds(const Field& field) { return std::to_string(field.least) + " to " + std::to_string(field.most); }

/// Whether a text is of printable ASCII alone, as nearly all are that machines exchange.
bool is_plain(std::string_view text) {
    constexpr uint64_t kOnes = 0x0101010101010101u, kHighs = 0x8080808080808080u;
    uint64_t odd = 0;
    for (; text.size() >= 8; text.remove_prefix(8)) {
        uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        // Per byte: above 0x7e, or below 0x20. A carry or borrow comes only from a byte that is odd already.
        odd |= (word | (word + kOnes) | (word - kOnes * 0x20)) & kHighs;
    }
    for (const char c : text) odd |= uint64_t(uint8_t(c) < 0x20 || uint8_t(c) > 0x7e);
    return odd == 0;
}

void check_text(const Field& field, const std::string& text) {
    if (field.filled && is_blank(text)) refuse(field, "must not be blank");
    if (is_plain(text) && int64_t(text.size()) >= field.least && int64_t(text.size()) <= field.most) return;
    int64_t characters = 0;
    bool controls = false;
    for (const char c : text) {
        characters += (uint8_t(c) & 0xC0) != 0x80;
        controls |= uint8_t(c) < 0x20 || c == 0x7f;
    }
    if (characters < field.least || characters > field.most)
        refuse(field, "must have " + bounds(field) + " characters");
    if (controls) refuse(field, "must not have control characters");
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
        case Field::Kind::List:
            if (value->array() == nullptr) refuse(field, "must be a list");
            if (const auto items = int64_t(value->array()->size()); items < field.least || items > field.most)
                refuse(field, "must have " + bounds(field) + " items");
            return;
        case Field::Kind::Object:
            if (value->object() == nullptr) refuse(field, "must be an object");
            return;
        case Field::Kind::Number:
            if (value->integer() == nullptr && value->real() == nullptr) refuse(field, "must be a number");
            if (const double number = value->integer() != nullptr ? double(*value->integer()) : *value->real();
                number < double(field.least) || number > double(field.most))
                refuse(field, "must be from " + bounds(field));
            return;
    }
}

/// Whatever its case, and blanks behind it; the other one is in lower case.
bool is_same_word(std::string_view word, std::string_view other) {
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    return std::equal(word.begin(), word.end(), other.begin(), other.end(),
                      [](char a, char b) { return char(std::tolower(static_cast<unsigned char>(a))) == b; });
}

/// "application/json", whatever its case and parameters.
bool is_json(const std::string* content_type) {
    if (content_type == nullptr) return false;
    if (*content_type == "application/json") return true;
    return is_same_word(std::string_view(*content_type).substr(0, content_type->find(';')), "application/json");
}

/// A text of the query as the kind of its field; what cannot be read stays a text, which `check` then refuses.
Json typed(const Field& field, std::string text) {
    if (field.kind == Field::Kind::Flag && (text == "true" || text == "false")) return Json(text == "true");
    if (field.kind != Field::Kind::Integer) return Json(std::move(text));
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return Json(std::move(text));
    return Json(number);
}

std::string decoded_or_refuse(std::string_view part) {
    std::string text(part);
    std::replace(text.begin(), text.end(), '+', ' ');
    std::optional<std::string> decoded = percent_decoded(text);
    if (!decoded) throw ServiceError(ErrorCode::MalformedRequest, "the query cannot be read");
    return std::move(*decoded);
}

}  // namespace

Json checked_query(const Request& request, const std::vector<Field>& fields) {
    Json::Object found;
    const size_t mark = request.target.find('?');
    std::string_view rest = mark == std::string::npos ? "" : std::string_view(request.target).substr(mark + 1);
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const size_t equals = std::min(pair.find('='), pair.size());
        const std::string name = decoded_or_refuse(pair.substr(0, equals));
        std::string value = decoded_or_refuse(pair.substr(std::min(equals + 1, pair.size())));
        const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
        if (field == fields.end()) continue;
        if (std::any_of(found.begin(), found.end(), [&](const auto& member) { return member.first == name; }))
            refuse(*field, "stands twice");
        found.emplace_back(name, typed(*field, std::move(value)));
    }
    Json query(std::move(found));
    for (const Field& field : fields) check(field, query.find(field.name));
    return query;
}

static void check_fields(const Json& body, const std::vector<Field>& fields) {
    if (body.object() == nullptr) throw ServiceError(ErrorCode::MalformedRequest, "the body is not a JSON object");
    for (const Field& field : fields) check(field, body.find(field.name));
}

/// The body of a request whose body is text.
static Json parsed_body(const Request& request) {
    if (!is_json(request.header("content-type"))) throw ServiceError(ErrorCode::UnsupportedMediaType);
    const std::string* const coding = request.header("content-encoding");
    if (coding != nullptr && !is_same_word(*coding, "identity"))
        throw ServiceError(ErrorCode::UnsupportedMediaType, "the body must have no content coding");
    try {
        return Json::parse(request.body);
    } catch (const JsonError& error) {
        throw ServiceError(ErrorCode::MalformedRequest, "the body is not JSON: " + std::string(error.what()) +
                                                            " at byte " + std::to_string(error.offset));
    }
}

void take_body(Request& request, const std::vector<Field>& fields, Json& body) {
    body = request.value ? std::move(*request.value) : parsed_body(request);
    check_fields(body, fields);
}

Json checked_body(const Request& request, const std::vector<Field>& fields) {
    Json body = request.value ? *request.value : parsed_body(request);
    check_fields(body, fields);
    return body;
}

}  // namespace matinee::gateway
