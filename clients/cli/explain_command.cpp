#include <iostream>

#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/explanation_text.hpp"
#include "clients/cli/scenario_arguments.hpp"
#include "simulator/scenario/load.hpp"
#include "simulator/world/run.hpp"

namespace matinee::cli {

int explain_command(Words words) {
    const Arguments arguments(scenario_syntax("explain", {"--json"}), words);
    const scenario::Scenario scenario = load_scenario(arguments);
    if (arguments.has("--json"))
        std::cout << scenario::resolved_text(scenario);
    else
        std::cout << explanation_text(scenario, world::explain(scenario));
    return kDone;
}

}  // namespace matinee::cli
