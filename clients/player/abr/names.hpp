// The names by which scenarios, reports and the command line call the rules.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "clients/player/abr/rule.hpp"

namespace matinee::abr {

struct RuleInfo {
    Rule rule;
    std::string_view name;
    std::string_view text;  ///< one line for a person who chooses
};

/// Every rule once, in the order of the enumeration.
std::span<const RuleInfo> rules();

std::string_view name_of(Rule rule);

/// Empty when no rule has this name.
std::optional<Rule> rule_named(std::string_view name);

}  // namespace matinee::abr
