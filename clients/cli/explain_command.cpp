#include <iostream>

#include "clients/cli/bench/measured_run.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/explanation_text.hpp"
#include "clients/cli/scenario_arguments.hpp"
#include "simulator/scenario/load.hpp"
#include "simulator/world/run.hpp"

namespace matinee::cli {

/// Seconds a run takes on one thread of this machine, from a slice of the same world.
static double expected_wall_s(const scenario::Scenario& scenario, const world::Explanation& explanation) {
    const reports::Wall slice = bench::measured_run(world::calibration_slice(scenario), {.threads = 1}).wall;
    return slice.segments_per_second > 0 ? explanation.expected_segments / slice.segments_per_second : 0;
}

int explain_command(Words words) {
    const Arguments arguments(scenario_syntax("explain", {"--json"}), words);
    const scenario::Scenario scenario = load_scenario(arguments);
    if (arguments.has("--json")) {
        std::cout << scenario::resolved_text(scenario);
        return kDone;
    }
    const world::Explanation explanation = world::explain(scenario);
    std::cout << explanation_text(scenario, explanation, expected_wall_s(scenario, explanation));
    return kDone;
}

}  // namespace matinee::cli
