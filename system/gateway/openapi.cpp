#include "system/gateway/gateway.hpp"

namespace matinee::gateway {

namespace {

void write_schema(JsonOut& out, const Field& field) {
    switch (field.kind) {
        case Field::Kind::Text:
            out.text("type", "string").integer("minLength", field.least).integer("maxLength", field.most);
            if (field.filled) out.text("pattern", "\\S");
            break;
        case Field::Kind::Integer:
            out.text("type", "integer").integer("minimum", field.least).integer("maximum", field.most);
            break;
        case Field::Kind::Flag:
            out.text("type", "boolean");
            break;
        case Field::Kind::List:
            out.text("type", "array").integer("minItems", field.least).integer("maxItems", field.most);
            break;
        case Field::Kind::Object:
            out.text("type", "object");
            break;
        case Field::Kind::Number:
            out.text("type", "number").integer("minimum", field.least).integer("maximum", field.most);
            break;
    }
}

void write_field(JsonOut& out, const Field& field) {
    out.key(field.name).object();
    write_schema(out, field);
    out.text("description", field.about).end();
}

void write_body(JsonOut& out, const std::vector<Field>& fields) {
    out.key("requestBody").object().flag("required", true).key("content").object().key("application/json").object();
    out.key("schema").object().text("type", "object").key("required").array();
    for (const Field& field : fields)
        if (field.required) out.text(field.name);
    out.end().key("properties").object();
    for (const Field& field : fields) write_field(out, field);
    out.end().end().end().end().end();
}

void write_responses(JsonOut& out, const Route& route) {
    out.key("responses").object().key(std::to_string(route.success)).object().text("description", "Success");
    out.key("content").object().key("application/json").object().key("schema").object();
    if (route.enveloped)
        out.text("$ref", "#/components/schemas/Success");
    else
        out.text("type", "object");
    out.end().end().end().end();
    out.key("default").object().text("$ref", "#/components/responses/Problem").end().end();
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
    if (route.idempotent) {
        out.object().text("name", "Idempotency-Key").text("in", "header").flag("required", false);
        out.text("description", "The same key and request again: the first answer again");
        out.key("schema").object().text("type", "string").integer("minLength", 1).integer("maxLength", 255);
        out.end().end();
    }
    out.end().key("security").array();
    if (route.access != Access::Public) out.object().key("bearer").array().end().end();
    out.end();
    if (!route.body.empty()) write_body(out, route.body);
    write_responses(out, route);
    out.end();
}

void write_components(JsonOut& out) {
    out.key("components").object();
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
    out.key("content").object().key("application/problem+json").object().key("schema").object();
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
