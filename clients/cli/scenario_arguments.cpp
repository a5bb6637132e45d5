#include "clients/cli/scenario_arguments.hpp"

#include "clients/cli/bench/scenarios_folder.hpp"
#include "reports/cost.hpp"
#include "simulator/scenario/load.hpp"

namespace matinee::cli {

Syntax scenario_syntax(const std::string& command, const std::vector<std::string>& flags,
                       const std::vector<std::string>& valued) {
    Syntax syntax = {.command = command,
                     .flags = flags,
                     .valued = {"--seed"},
                     .repeated = {"--set"},
                     .word = "FILE",
                     .least_words = 1,
                     .most_words = 1};
    syntax.valued.insert(syntax.valued.end(), valued.begin(), valued.end());
    return syntax;
}

scenario::Scenario load_scenario(const Arguments& arguments) {
    scenario::Scenario scenario = scenario::load({.file = arguments.words()[0],
                                                  .seed = arguments.number("--seed", 0, UINT64_MAX),
                                                  .sets = arguments.values("--set"),
                                                  .assets_dir = scenarios_folder().string()});
    // Read again when the run is over; what is wrong with them is to be said before it.
    (void)reports::load_prices(scenario.prices_file);
    return scenario;
}

}  // namespace matinee::cli
