#include <iostream>

#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/scenario_arguments.hpp"
#include "reports/format.hpp"

namespace matinee::cli {

int validate_command(Words words) {
    const Arguments arguments(scenario_syntax("validate", {}), words);
    const scenario::Scenario scenario = load_scenario(arguments);
    std::cout << "OK  " << reports::clean_text(scenario.name) << " (hash " << scenario.hash << ")\n";
    return kDone;
}

}  // namespace matinee::cli
