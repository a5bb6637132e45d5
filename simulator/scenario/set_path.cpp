#include "simulator/scenario/set_path.hpp"

#include <algorithm>
#include <charconv>

#include "simulator/scenario/json_text.hpp"

namespace matinee::scenario {
namespace {

constexpr const char* kForm = "path=value, such as vars.peak=1000 or cdn.nodes[0].nic=10 Gbps";

std::shared_ptr<const Source> set_source() { return std::make_shared<Source>(Source{"--set", ""}); }

/// Keys between dots, each followed by any number of `[n]`.
bool parse_steps(std::string_view path, std::vector<PathStep>& steps) {
    while (true) {
        const size_t end = std::min(path.find_first_of(".["), path.size());
        if (end == 0) return false;
        steps.push_back({std::string(path.substr(0, end)), std::nullopt});
        path.remove_prefix(end);
        while (!path.empty() && path[0] == '[') {
            size_t index = 0;
            const auto [at, error] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
            if (error != std::errc() || at == path.data() + path.size() || *at != ']') return false;
            steps.push_back({"", index});
            path.remove_prefix(size_t(at - path.data()) + 1);
        }
        if (path.empty()) return true;
        if (path[0] != '.') return false;
        path.remove_prefix(1);
    }
}

[[noreturn]] void refuse_unknown(const Setting& setting, const std::string& path, const Value& object,
                                 const std::string& key) {
    refuse_as(setting.value.origin, setting.path, path + " has no \"" + key + "\"",
              object.keys.empty() ? "a variable that the scenario has" : one_of(object.keys),
              did_you_mean(key, object.keys));
}

/// What a key that the scenario leaves out stands for, when a path goes through it.
Value implied(const std::vector<const Shape*>& shapes, const PathStep& key, const PathStep& next) {
    for (const Shape* shape : shapes) {
        for (const Member& member : shape->members)
            if (member.key == key.key && next.index && member.initial) return *member.initial;
        for (const ShapePtr& option : shape->options) {
            Value value = implied({option.get()}, key, next);
            if (!value.is(Value::Kind::Null)) return value;
        }
    }
    return next.index ? Value() : Value::object();
}

}  // namespace

Setting parse_setting(const std::string& argument) {
    const size_t equals = argument.find('=');
    const auto source = set_source();
    Setting setting;
    setting.path = argument.substr(0, equals);
    setting.value.origin = {source, 0};
    if (malformed_utf8(argument) != std::string::npos)
        refuse_as(setting.value.origin, "", "bytes that are not UTF-8", kForm);
    const auto refused = [&] {
        const std::string found = shown(Value::string(argument));
        refuse_as(setting.value.origin, "", found, kForm);
    };
    if (equals == argument.npos || argument.size() > kMaxTextBytes || !parse_steps(setting.path, setting.steps))
        refused();
    if (setting.steps.size() > kMaxDepth) refused();
    const std::string text = argument.substr(equals + 1);
    if (std::optional<Value> json = try_parse_json(text, source))
        setting.value = std::move(*json);
    else
        setting.value = Value::string(text);
    // A line within the argument means nothing to the user.
    const auto unline = [&](auto&& self, Value& value) -> void {
        value.origin = {source, 0};
        for (Value& item : value.items) self(self, item);
    };
    unline(unline, setting.value);
    return setting;
}

void apply_setting(Value& root, const Setting& setting) {
    const Origin& origin = setting.value.origin;
    if (setting.steps[0].key == "include")
        refuse_as(origin, setting.path, "\"include\"", "anything else: files are included before --set applies");
    shapes_at(format_shape(), setting.steps, origin, setting.path);
    Value* here = &root;
    std::string path;
    for (size_t i = 0; i < setting.steps.size(); ++i) {
        const PathStep& step = setting.steps[i];
        const bool last = i + 1 == setting.steps.size();
        const std::string above = path.empty() ? "the scenario" : path;
        path = step.index ? item_path(path, *step.index) : member_path(path, step.key);
        if (step.index) {
            if (!here->is(Value::Kind::List))
                refuse_as(origin, setting.path, above + " is " + shown(*here), "a path to an item of a list");
            if (*step.index >= here->items.size())
                refuse_as(origin, setting.path, above + " has " + std::to_string(here->items.size()) + " items",
                          here->items.empty() ? "a list with items"
                                              : "an index from 0 to " + std::to_string(here->items.size() - 1));
            here = &here->items[*step.index];
            continue;
        }
        if (!here->is(Value::Kind::Object))
            refuse_as(origin, setting.path, above + " is " + shown(*here), "a path through objects and lists",
                      "set " + above + " as a whole");
        Value* next = here->find(step.key);
        const bool variable = setting.is_variable();
        if (variable && i == 0 && next == nullptr)
            refuse_unknown(setting, "vars", Value::object(), setting.steps.back().key);
        if (variable && i == 1 && next == nullptr) refuse_unknown(setting, "vars", *here, step.key);
        if (!last && (next == nullptr || next->is(Value::Kind::Null))) {
            const std::vector<PathStep> before(setting.steps.begin(), setting.steps.begin() + ptrdiff_t(i));
            Value made = implied(shapes_at(format_shape(), before, origin, setting.path), step, setting.steps[i + 1]);
            made.origin = origin;
            next = &here->set(step.key, std::move(made));
        } else if (next == nullptr) {
            Value nothing;
            nothing.origin = origin;
            next = &here->set(step.key, nothing);
        }
        here = next;
    }
    *here = setting.value;
}

}  // namespace matinee::scenario
