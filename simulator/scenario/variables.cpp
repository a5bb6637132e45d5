#include "simulator/scenario/variables.hpp"

#include <algorithm>

#include "simulator/scenario/json_text.hpp"
#include "system/base/text.hpp"

namespace matinee::scenario {

Variables::Variables(const Value* vars) : vars_(vars) {}

Value Variables::replaced(const Value& value, const std::string& path) { return resolve(value, path, 0); }

Value Variables::resolve(const Value& value, const std::string& path, uint32_t depth) {
    if (depth > kMaxDepth)
        refuse_as(value.origin, path, "more than " + std::to_string(kMaxDepth) + " levels once variables are replaced",
                  "less nesting");
    if (++values_ > kMaxValues)
        refuse_as(value.origin, path, "more than " + std::to_string(kMaxValues) + " values once variables are replaced",
                  "variables that do not multiply each other");
    if (value.is(Value::Kind::Text)) return resolve_text(value, path, depth);
    if (value.items.empty()) return value;
    Value copy = value;
    copy.items.clear();
    for (size_t i = 0; i < value.items.size(); ++i) {
        const bool object = value.is(Value::Kind::Object);
        copy.items.push_back(
            resolve(value.items[i], object ? member_path(path, value.keys[i]) : item_path(path, i), depth + 1));
    }
    return copy;
}

Value Variables::resolve_text(const Value& value, const std::string& path, uint32_t depth) {
    const std::string& text = value.text;
    size_t begin = text.find("${");
    if (begin == text.npos) {
        bytes_ += text.size();
        return value;
    }
    Value result = value;
    result.text.clear();
    size_t copied = 0;
    for (; begin != text.npos; begin = text.find("${", copied)) {
        const size_t end = text.find('}', begin);
        if (end == text.npos) refuse(value, path, "\"}\" after \"${\" and the name of a variable");
        const Value inner = lookup(text.substr(begin + 2, end - begin - 2), value, path, depth);
        if (begin == 0 && end + 1 == text.size()) return inner;
        result.text += text.substr(copied, begin - copied);
        if (inner.is(Value::Kind::List) || inner.is(Value::Kind::Object) || inner.is(Value::Kind::Null))
            refuse_as(value.origin, path,
                      text.substr(begin, end - begin + 1) + " within a longer string, which is " + shown(inner),
                      "a variable that is text, a number or true or false");
        result.text += inner.is(Value::Kind::Text) ? inner.text : json_line(inner);
        if (begin == 0) result.origin = inner.origin;
        copied = end + 1;
        bytes_ += result.text.size();
        if (bytes_ > kMaxTextBytes)
            refuse_as(value.origin, path,
                      "more than " + std::to_string(kMaxTextBytes) + " bytes once variables are replaced",
                      "variables that do not multiply each other");
    }
    result.text += text.substr(copied);
    if (result.text.find("${") != result.text.npos)  // the canonical form could not be read again
        refuse_as(value.origin, path, shown(value) + ", which becomes another variable",
                  "variables that do not make up variables");
    return result;
}

Value Variables::lookup(const std::string& name, const Value& use, const std::string& path, uint32_t depth) {
    const Value* value = vars_ ? vars_->find(name) : nullptr;
    if (value == nullptr) {
        const std::vector<std::string> known = vars_ ? vars_->keys : std::vector<std::string>();
        const Value shortened = Value::string(name);
        refuse_as(use.origin, path, "an unknown variable " + shown(shortened),
                  known.empty() ? "a variable of \"vars\", which there are none of" : "a variable: " + one_of(known),
                  did_you_mean(name, known));
    }
    if (std::find(open_.begin(), open_.end(), name) != open_.end()) {
        std::string chain;
        for (auto at = std::find(open_.begin(), open_.end(), name); at != open_.end(); ++at)
            chain += "${" + *at + "} -> ";
        refuse_as(value->origin, member_path("vars", name), "a cycle: " + chain + "${" + name + "}",
                  "variables that do not use themselves");
    }
    open_.push_back(name);
    Value result = resolve(*value, member_path("vars", name), depth + 1);
    open_.pop_back();
    return result;
}

}  // namespace matinee::scenario
