// What every command that takes a scenario has in common: FILE, --set and --seed.
#pragma once

#include <string>
#include <vector>

#include "clients/cli/arguments.hpp"
#include "simulator/scenario/scenario.hpp"

namespace matinee::cli {

/// A syntax with FILE, --set and --seed, and further flags and valued options.
Syntax scenario_syntax(const std::string& command, const std::vector<std::string>& flags,
                       const std::vector<std::string>& valued = {});

/// Reads the scenario that the arguments name. Throws InputError.
scenario::Scenario load_scenario(const Arguments& arguments);

}  // namespace matinee::cli
