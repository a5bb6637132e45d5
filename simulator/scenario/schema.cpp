// The JSON Schema from the tables.
#include "simulator/scenario/format.hpp"
#include "simulator/scenario/json_text.hpp"
#include "simulator/scenario/load.hpp"

namespace matinee::scenario {
namespace {

Value reference_to(const std::string& definition) {
    return object_of({{"$ref", Value::string("#/definitions/" + definition)}});
}

Value any_of(std::vector<Value> options) { return object_of({{"anyOf", Value::list(std::move(options))}}); }

/// What a key is required for can only be said within lists: everything else may come from an include.
Value schema_of(const Shape& shape, bool in_list);

/// A value as people write it: itself, a variable, or null for the default.
Value or_instead(Value schema) { return any_of({std::move(schema), reference_to("instead")}); }

Value schema_of_object(const Shape& shape, bool in_list) {
    Value properties = Value::object(), required = Value::list();
    for (const Member& member : shape.members) {
        Value property = Value::object();
        property.set("description", Value::string(member.doc));
        if (member.initial) property.set("default", *member.initial);
        Value inner = or_instead(schema_of(*member.shape, in_list));
        property.set("anyOf", inner.items[0]);
        properties.set(member.key, std::move(property));
        if (member.required && in_list) required.items.push_back(Value::string(member.key));
    }
    Value schema = object_of({{"type", Value::string("object")}});
    if (!required.items.empty()) schema.set("required", std::move(required));
    schema.set("additionalProperties", Value::boolean(false));
    schema.set("properties", std::move(properties));
    return schema;
}

Value schema_of_map(const Shape& shape) {
    const Value item =
        shape.item->kind == Shape::Kind::Any ? Value::object() : or_instead(schema_of(*shape.item, true));
    Value schema = object_of({{"type", Value::string("object")}});
    if (shape.names.empty()) {
        schema.set("additionalProperties", shape.item->kind == Shape::Kind::Any ? Value::boolean(true) : item);
        return schema;
    }
    Value properties = Value::object();
    for (const std::string& name : shape.names) properties.set(name, item);
    schema.set("additionalProperties", Value::boolean(false));
    schema.set("properties", std::move(properties));
    return schema;
}

Value schema_of(const Shape& shape, bool in_list) {
    switch (shape.kind) {
        case Shape::Kind::Any:
            return Value::object();
        case Shape::Kind::Scalar:
            return shape.schema;
        case Shape::Kind::Object:
            return schema_of_object(shape, in_list);
        case Shape::Kind::Map:
            return schema_of_map(shape);
        case Shape::Kind::List:
            return object_of({{"type", Value::string("array")},
                              {"items", any_of({schema_of(*shape.item, true), reference_to("variable")})}});
        case Shape::Kind::Union:
            break;
    }
    std::vector<Value> options;
    for (const ShapePtr& option : shape.options) options.push_back(schema_of(*option, in_list));
    return any_of(std::move(options));
}

Value pattern(const std::string& description, const std::string& expression) {
    return object_of({{"description", Value::string(description)},
                      {"type", Value::string("string")},
                      {"pattern", Value::string(expression)}});
}

}  // namespace

std::string schema_json() {
    Value schema = object_of({{"$schema", Value::string("http://json-schema.org/draft-07/schema#")},
                              {"title", Value::string("matinee scenario, version 1")}});
    const Value top = schema_of(format_shape(), false);
    for (size_t i = 0; i < top.keys.size(); ++i) schema.set(top.keys[i], top.items[i]);
    Value definitions = Value::object();
    definitions.set("variable", pattern("a string with a variable of \"vars\"", "\\$\\{[^}]+\\}"));
    definitions.set(
        "instead",
        object_of({{"description", Value::string("a variable, or null for the default, which also "
                                                 "takes away what an include gives")},
                   {"anyOf", Value::list({reference_to("variable"), object_of({{"type", Value::string("null")}})})}}));
    for (const auto& [name, family] : {std::pair("duration", Family::Duration),
                                       {"bitrate", Family::Bitrate},
                                       {"size", Family::Size},
                                       {"percentage", Family::Percent}})
        definitions.set(name, pattern(family_name(family) + " in " + unit_list(family), unit_pattern(family, false)));
    schema.set("definitions", std::move(definitions));
    return json_pages(schema);
}

}  // namespace matinee::scenario
