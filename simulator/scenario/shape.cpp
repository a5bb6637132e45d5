#include "simulator/scenario/shape.hpp"

#include <algorithm>

namespace matinee::scenario {

const Value* given(const Value& object, std::string_view key) {
    const Value* value = object.find(key);
    return value == nullptr || value->is(Value::Kind::Null) ? nullptr : value;
}

static std::vector<std::string> keys_of(const Shape& shape) {
    std::vector<std::string> keys;
    for (const Member& member : shape.members) keys.push_back(member.key);
    return keys;
}

void expect_object(const Value& value, const Place& place, const Shape& shape) {
    if (!value.is(Value::Kind::Object)) refuse(value, place.path, shape.expected);
    const std::vector<std::string> known = keys_of(shape);
    for (size_t i = 0; i < value.keys.size(); ++i) {
        const std::string& key = value.keys[i];
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        refuse_as(value.items[i].origin, place.member(key).path, "an unknown key", one_of(known),
                  did_you_mean(key, known));
    }
}

void refuse_missing(const Value& object, const Place& place, const Member& member) {
    refuse_as(object.origin, place.member(member.key).path, "nothing",
              member.shape->expected.empty() ? "a value" : member.shape->expected, member.doc);
}

/// One step down; what is known there goes to `known` when the step leads nowhere.
static void descend(const Shape& shape, const PathStep& step, std::vector<const Shape*>& reached,
                    std::vector<std::string>& known) {
    switch (shape.kind) {
        case Shape::Kind::Any:
            reached.push_back(&shape);
            return;
        case Shape::Kind::Scalar:
            return;
        case Shape::Kind::Union:
            for (const ShapePtr& option : shape.options) descend(*option, step, reached, known);
            return;
        case Shape::Kind::List:
            if (step.index) reached.push_back(shape.item.get());
            return;
        case Shape::Kind::Map:
            if (step.index) return;
            if (shape.names.empty() || std::find(shape.names.begin(), shape.names.end(), step.key) != shape.names.end())
                reached.push_back(shape.item.get());
            known.insert(known.end(), shape.names.begin(), shape.names.end());
            return;
        case Shape::Kind::Object:
            break;
    }
    if (step.index) return;
    for (const Member& member : shape.members) {
        if (member.key == step.key) reached.push_back(member.shape.get());
        known.push_back(member.key);
    }
}

std::vector<const Shape*> shapes_at(const Shape& shape, const std::vector<PathStep>& steps, const Origin& origin,
                                    const std::string& whole_path) {
    std::vector<const Shape*> here{&shape};
    std::string path;
    for (const PathStep& step : steps) {
        std::vector<const Shape*> reached;
        std::vector<std::string> known;
        for (const Shape* one : here) descend(*one, step, reached, known);
        const std::string above = path.empty() ? "a scenario" : path;
        path = step.index ? item_path(path, *step.index) : member_path(path, step.key);
        if (reached.empty()) {
            const std::string found = step.index ? above + " has no items" : above + " has no \"" + step.key + "\"";
            refuse_as(origin, whole_path, found, known.empty() ? "a path to something a scenario has" : one_of(known),
                      step.index ? "" : did_you_mean(step.key, known));
        }
        here = std::move(reached);
    }
    return here;
}

}  // namespace matinee::scenario
