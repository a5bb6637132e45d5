#include "tests/services/journeys/documented.hpp"

#include <algorithm>
#include <optional>

namespace matinee::journeys {

namespace {

std::vector<std::string> split(const std::string& path) {
    std::vector<std::string> parts;
    for (size_t start = 0; start <= path.size();) {
        const size_t end = std::min(path.find('/', start), path.size());
        parts.push_back(path.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

/// How many segments the pattern leaves open; nothing where the path is none of its.
std::optional<size_t> open_segments(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return std::nullopt;
    size_t open = 0;
    for (size_t i = 0; i < path.size(); ++i) {
        const bool is_open = pattern[i].starts_with("{");
        if (!is_open && pattern[i] != path[i]) return std::nullopt;
        open += is_open ? 1 : 0;
    }
    return open;
}

bool has_type(const Json& value, const std::string& type) {
    if (type == "null") return value.is_null();
    if (type == "string") return value.text() != nullptr;
    if (type == "integer") return value.integer() != nullptr;
    if (type == "number") return value.integer() != nullptr || value.real() != nullptr;
    if (type == "boolean") return value.flag() != nullptr;
    if (type == "array") return value.array() != nullptr;
    return type == "object" && value.object() != nullptr;
}

bool is_of_type(const Json& value, const Json& type) {
    if (type.text() != nullptr) return has_type(value, *type.text());
    return std::any_of(type.array()->begin(), type.array()->end(),
                       [&](const Json& one) { return has_type(value, *one.text()); });
}

}  // namespace

const Json* Documented::operation(const std::string& method, const std::string& target) const {
    std::string name = method;
    for (char& c : name) c = char(c | ' ');
    const std::vector<std::string> path = split(target.substr(0, target.find('?')));
    const Json* best = nullptr;
    size_t fewest = SIZE_MAX;
    for (const auto& [pattern, operations] : *document_.find("paths")->object()) {
        const std::optional<size_t> open = open_segments(split(pattern), path);
        if (!open || *open >= fewest || operations.find(name) == nullptr) continue;
        fewest = *open;
        best = operations.find(name);
    }
    return best;
}

/// "#/components/schemas/Success".
const Json* Documented::at(const std::string& reference) const {
    const Json* found = &document_;
    for (const std::string& part : split(reference.substr(2)))
        if (found != nullptr) found = found->find(part);
    return found;
}

std::string Documented::check_object(const Json& schema, const Json& value, const std::string& path) const {
    const Json* const properties = schema.find("properties");
    const Json* const required = schema.find("required");
    if (required != nullptr)
        for (const Json& name : *required->array())
            if (value.find(*name.text()) == nullptr) return path + "." + *name.text() + " is missing";
    if (properties == nullptr) return "";
    for (const auto& [name, member] : *value.object()) {
        const Json* const declared = properties->find(name);
        // What says which fields there must be lists all of them.
        if (declared == nullptr && required != nullptr) return path + "." + name + " is not declared";
        const std::string wrong = declared == nullptr ? "" : check(*declared, member, path + "." + name);
        if (!wrong.empty()) return wrong;
    }
    return "";
}

std::string Documented::check(const Json& schema, const Json& value, const std::string& path) const {
    if (const Json* const reference = schema.find("$ref")) {
        const Json* const found = at(*reference->text());
        return found == nullptr ? *reference->text() + " leads nowhere" : check(*found, value, path);
    }
    if (const Json* const all = schema.find("allOf"))
        for (const Json& part : *all->array())
            if (const std::string wrong = check(part, value, path); !wrong.empty()) return wrong;
    if (const Json* const same = schema.find("const"))
        if (value.text() == nullptr || *value.text() != *same->text()) return path + " is not " + *same->text();
    if (const Json* const type = schema.find("type"); type != nullptr && !is_of_type(value, *type))
        return path + " is of another type";
    if (value.object() != nullptr) return check_object(schema, value, path);
    if (const Json* const items = schema.find("items"); items != nullptr && value.array() != nullptr)
        for (const Json& item : *value.array())
            if (const std::string wrong = check(*items, item, path + "[]"); !wrong.empty()) return wrong;
    return "";
}

std::string Documented::complaint(const std::string& method, const std::string& target, int status,
                                  const std::string& content_type, const Json& body) const {
    const Json* const found = operation(method, target);
    if (found == nullptr) return "";
    const Json* const responses = found->find("responses");
    const Json* response = responses->find(std::to_string(status));
    if (response == nullptr && status >= 400) response = responses->find("default");
    if (response == nullptr) return "the status is not declared";
    if (const Json* const reference = response->find("$ref")) response = at(*reference->text());
    if (response == nullptr) return "a reference leads nowhere";
    if (const Json* const headers = response->find("headers"))
        for (const auto& [name, header] : *headers->object())
            if (at(*header.find("$ref")->text()) == nullptr) return "the header " + name + " is declared nowhere";
    const Json* const content = response->find("content")->find(content_type);
    if (content == nullptr) return content_type + " is not declared";
    return content_type.ends_with("json") ? check(*content->find("schema"), body, "body") : "";
}

}  // namespace matinee::journeys
