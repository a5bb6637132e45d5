#include "system/gateway/gateway.hpp"

namespace matinee::gateway {

namespace {

const char* type_of(Field::Kind kind) {
    switch (kind) {
        case Field::Kind::Text:
            return "string";
        case Field::Kind::Integer:
            return "integer";
        case Field::Kind::Flag:
            return "boolean";
        case Field::Kind::List:
            return "array";
        case Field::Kind::Object:
            return "object";
        case Field::Kind::Number:
            return "number";
    }
    return "";
}

/// Of what clients send.
void write_schema(JsonOut& out, const Field& field) {
    out.text("type", type_of(field.kind));
    switch (field.kind) {
        case Field::Kind::Text:
            out.integer("minLength", field.least).integer("maxLength", field.most);
            if (field.filled) out.text("pattern", "\\S");
            break;
        case Field::Kind::Integer:
        case Field::Kind::Number:
            out.integer("minimum", field.least).integer("maximum", field.most);
            break;
        case Field::Kind::List:
            out.integer("minItems", field.least).integer("maxItems", field.most);
            break;
        case Field::Kind::Flag:
        case Field::Kind::Object:
            break;
    }
}

void write_field(JsonOut& out, const Field& field) {
    out.key(field.name).object();
    write_schema(out, field);
    out.text("description", field.about).end();
}

/// What the schema of an object says of its members.
template <class WriteField>
void write_fields(JsonOut& out, const std::vector<Field>& fields, WriteField write) {
    out.key("required").array();
    for (const Field& field : fields)
        if (field.required) out.text(field.name);
    out.end().key("properties").object();
    for (const Field& field : fields) write(out, field);
    out.end();
}

/// Of what we answer: it has all that is required, and nothing that is not listed.
void write_reply_field(JsonOut& out, const Field& field) {
    const bool is_list = field.kind == Field::Kind::List;
    out.key(field.name).object();
    if (field.required)
        out.text("type", type_of(field.kind));
    else
        out.key("type").array().text(type_of(field.kind)).text("null").end();
    if (is_list) out.key("items").object().text("type", field.members.empty() ? "string" : "object");
    if (!field.members.empty()) write_fields(out, field.members, write_reply_field);
    if (is_list) out.end();
    if (!field.about.empty()) out.text("description", field.about);
    out.end();
}

void write_body(JsonOut& out, const std::vector<Field>& fields) {
    out.key("requestBody").object().flag("required", true).key("content").object().key("application/json").object();
    out.key("schema").object().text("type", "object");
    write_fields(out, fields, write_field);
    out.end().end().end().end();
}

/// The schema of a success, within it.
void write_success(JsonOut& out, const Route& route) {
    if (!route.enveloped) {
        out.text("type", route.media == std::string_view("application/json") ? "object" : "string");
        if (!route.reply.empty()) write_fields(out, route.reply, write_reply_field);
        return;
    }
    out.key("allOf").array().object().text("$ref", "#/components/schemas/Success").end();
    out.object().key("properties").object().key("data").object().text("type", "object");
    write_fields(out, route.reply, write_reply_field);
    out.end().end().end().end();
}

void write_header_references(JsonOut& out, std::initializer_list<const char*> names) {
    for (const char* const name : names)
        out.key(name).object().text("$ref", std::string("#/components/headers/") + name).end();
}

void write_response(JsonOut& out, const Route& route, int status, const char* description) {
    out.key(std::to_string(status)).object().text("description", description).key("headers").object();
    write_header_references(out, {"X-Request-Id", "RateLimit", "RateLimit-Policy"});
    if (route.tells_version) write_header_references(out, {"ETag"});
    out.end().key("content").object().key(route.media).object().key("schema").object();
    write_success(out, route);
    out.end().end().end().end();
}

void write_responses(JsonOut& out, const Route& route) {
    out.key("responses").object();
    write_response(out, route, route.success, "Success");
    if (route.also != 0) write_response(out, route, route.also, "Success so far: it is being decided");
    out.key("default").object().text("$ref", "#/components/responses/Problem").end().end();
}

/// Of a header that clients may send.
void write_header_parameter(JsonOut& out, const char* name, const char* about, int64_t longest) {
    out.object().text("name", name).text("in", "header").flag("required", false).text("description", about);
    out.key("schema").object().text("type", "string").integer("minLength", 1).integer("maxLength", longest).end().end();
}

void write_operation(JsonOut& out, const Route& route) {
    std::string method = route.method;
    for (char& c : method) c = char(c | ' ');
    out.key(method).object().text("operationId", route.operation_id).text("summary", route.summary);
    out.key("parameters").array();
    for (const std::string& segment : pattern_segments(route.pattern)) {
        if (!is_parameter(segment)) continue;
        out.object().text("name", parameter_name(segment)).text("in", "path").flag("required", true);
        out.key("schema").object().text("type", "string").end().end();
    }
    for (const Field& field : route.query) {
        out.object().text("name", field.name).text("in", "query").flag("required", field.required);
        out.text("description", field.about).key("schema").object();
        write_schema(out, field);
        out.end().end();
    }
    if (route.idempotent)
        write_header_parameter(out, "Idempotency-Key", "The same key and request again: the first answer again", 255);
    if (route.heeds_version)
        write_header_parameter(out, "If-Match", "The version that is meant, in quotation marks; goes before the field",
                               22);
    out.end().key("security").array();
    if (route.access != Access::Public) out.object().key("bearer").array().end().end();
    out.end();
    if (!route.body.empty()) write_body(out, route.body);
    write_responses(out, route);
    out.end();
}

void write_headers(JsonOut& out) {
    static constexpr std::pair<const char*, const char*> kHeaders[] = {
        {"X-Request-Id",
         "What the request is called in logs: the client's own name for it, where it has a harmless one"},
        {"RateLimit",
         "Where a limit applies: the tightest one by name, what is left of it, and s until it is full again"},
        {"RateLimit-Policy", "Where a limit applies: every one by name, how many, and in how many s"},
        {"Retry-After", "s; of 429, 503 and a request that is under way"},
        {"ETag", "The version, in quotation marks"},
    };
    out.key("headers").object();
    for (const auto& [name, about] : kHeaders)
        out.key(name).object().text("description", about).key("schema").object().text("type", "string").end().end();
    out.end();
}

void write_components(JsonOut& out) {
    out.key("components").object();
    write_headers(out);
    out.key("securitySchemes").object().key("bearer").object();
    out.text("type", "http").text("scheme", "bearer").text("bearerFormat", "JWT").end().end();
    out.key("schemas").object();
    out.key("Success").object().text("type", "object").key("required").array();
    out.text("status").text("data").text("metadata").end().key("properties").object();
    out.key("status").object().text("const", "success").end().key("data").object().text("type", "object").end();
    out.key("metadata").object().text("type", "object").key("properties").object();
    out.key("timestamp").object().text("type", "string").text("format", "date-time").end();
    out.key("request_id").object().text("type", "string").end().end().end().end().end();
    out.key("Problem").object().text("type", "object").text("description", "RFC 9457").key("properties").object();
    for (const char* name : {"type", "title", "detail", "field", "request_id"})
        out.key(name).object().text("type", "string").end();
    out.key("status").object().text("type", "integer").end().key("code").object().key("enum").array();
    for (const ErrorInfo& info : error_table()) out.text(info.name);
    out.end().end().end().end().end();
    out.key("responses").object().key("Problem").object().text("description", "Refused; `code` says why");
    out.key("headers").object();
    write_header_references(out, {"X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After"});
    out.end().key("content").object().key("application/problem+json").object().key("schema").object();
    out.text("$ref", "#/components/schemas/Problem").end().end().end().end().end().end();
}

}  // namespace

std::string openapi_document(const std::vector<Route>& routes) {
    std::map<std::string, std::vector<const Route*>> paths;
    for (const Route& route : routes) paths[route.pattern].push_back(&route);
    JsonOut out;
    out.object().text("openapi", "3.1.0").key("info").object().text("title", "matinee").text("version", "1").end();
    out.key("paths").object();
    for (const auto& [pattern, operations] : paths) {
        out.key(pattern).object();
        for (const Route* route : operations) write_operation(out, *route);
        out.end();
    }
    out.end();
    write_components(out);
    return out.end().take();
}

}  // namespace matinee::gateway
