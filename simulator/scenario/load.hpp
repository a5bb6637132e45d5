// Reads scenario files. Everything that is wrong with one throws InputError with the file (and line), the JSON path,
// what was found, what was expected and, where there is one, the nearest right spelling. Nothing is ignored.
//
// Order: the file and its includes are merged; `--set vars...` applies; variables are replaced; the other `--set`
// apply; then the tables of format_*.cpp read the result. Relative paths start at the file they are written in, those
// of `--set` at the current folder.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/scenario/scenario.hpp"

namespace matinee::scenario {

struct LoadOptions {
    std::string file;
    std::optional<uint64_t> seed;   ///< overrides the scenario's
    std::vector<std::string> sets;  ///< "path=value"
    std::string assets_dir;         ///< the project's scenarios folder, for prices/default.json; may be empty
};

/// Throws InputError, or MachineError where a file that exists cannot be read.
Scenario load(const LoadOptions& options);

/// Reads a scenario that exists only as text; `includes` are the files it may include, by path. Touches no files:
/// traces, movies and prices are refused as if they did not exist.
Scenario parse_scenario_text(std::string_view text, const std::vector<std::string>& sets = {},
                             const std::map<std::string, std::string>& includes = {},
                             const std::string& name = "scenario.json");

/// The scenario with includes, variables, templates and defaults applied. `load` accepts it again, from any folder
/// (paths are absolute), and gives the same scenario and hash.
nlohmann::ordered_json resolved_json(const Scenario& scenario);
/// The same as text, indented.
std::string resolved_text(const Scenario& scenario);

/// The published JSON Schema (draft 7), made from the tables that read scenarios: scenarios/schema/scenario-1.json. It
/// accepts files as people write them: with variables, and without what an include may give.
std::string schema_json();

}  // namespace matinee::scenario
