#include <chrono>
#include <iostream>

#include "clients/cli/bench/measured_run.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/explanation_text.hpp"
#include "clients/cli/scenario_arguments.hpp"
#include "simulator/scenario/load.hpp"
#include "simulator/world/run.hpp"

namespace matinee::cli {

/// Seconds a run takes on one thread of this machine, from a slice of the same world, whose construction does not
/// count.
static double expected_wall_s(const scenario::Scenario& scenario, const world::Explanation& explanation) {
    using Clock = std::chrono::steady_clock;
    Clock::time_point first, last;
    uint64_t segments_at_first = 0;
    uint64_t segments_at_last = 0;
    world::RunOptions options;
    options.on_progress = [&](const world::Progress& progress) {
        last = Clock::now();
        segments_at_last = progress.segments;
        if (segments_at_first > 0) return;
        first = last;
        segments_at_first = progress.segments;
    };
    bench::measured_run(world::calibration_slice(scenario), options);
    const uint64_t segments = segments_at_last - segments_at_first;
    const std::chrono::duration<double> elapsed = last - first;
    return segments > 0 ? explanation.expected_segments / double(segments) * elapsed.count() : 0;
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
