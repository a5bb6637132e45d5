// `${name}` in strings.
#pragma once

#include "simulator/scenario/value.hpp"

namespace matinee::scenario {

/// Replaces every variable in a value. A string that is exactly "${name}" becomes the variable's value, whatever its
/// type; within a longer string the variable must be text, a number or true or false. Variables may use variables.
/// A replaced value keeps the origin of the variable, and so does a longer string that begins with one: paths in it are
/// relative to where that beginning was written.
/// Refuses unknown names, with the nearest spelling, cycles, with the chain, and results beyond the bounds of
/// value.hpp.
class Variables {
public:
    /// `vars` may be null: no variables.
    explicit Variables(const Value* vars);
    Value replaced(const Value& value, const std::string& path);

private:
    Value resolve(const Value& value, const std::string& path, uint32_t depth);
    Value resolve_text(const Value& value, const std::string& path, uint32_t depth);
    Value lookup(const std::string& name, const Value& use, const std::string& path, uint32_t depth);

    const Value* vars_;
    std::vector<std::string> open_;  ///< being replaced, outermost first
    size_t values_ = 0;
    size_t bytes_ = 0;
};

}  // namespace matinee::scenario
