// `--set path=value`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "simulator/scenario/shape.hpp"
#include "simulator/scenario/value.hpp"

namespace matinee::scenario {

struct Setting {
    std::string path;  ///< as written: `cdn.nodes[0].nic`
    std::vector<PathStep> steps;
    Value value;
    bool is_variable() const { return !steps.empty() && !steps[0].index && steps[0].key == "vars"; }
};

/// A value that parses as JSON is JSON and text otherwise; paths in it are relative to the current folder.
Setting parse_setting(const std::string& argument);

/// Puts the value in its place. Refuses a path that names nothing: an unknown key or variable, with the nearest
/// spelling, an index beyond a list's end, a step into something that is no object or list.
void apply_setting(Value& root, const Setting& setting);

}  // namespace matinee::scenario
