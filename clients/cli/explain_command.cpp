#include <chrono>
#include <iostream>
#include <vector>

#include "clients/cli/bench/measured_run.hpp"
#include "clients/cli/command.hpp"
#include "clients/cli/exit_codes.hpp"
#include "clients/cli/explanation_text.hpp"
#include "clients/cli/scenario_arguments.hpp"
#include "simulator/scenario/load.hpp"
#include "simulator/world/run.hpp"

namespace matinee::cli {

/// Seconds a run takes on one thread of this machine, from the fastest quarter of a slice of the same world: building
/// it does not count, nor the first touch of memory, which a long run does once.
static double expected_wall_s(const scenario::Scenario& scenario, const world::Explanation& explanation) {
    struct Mark {
        double at_s;
        uint64_t segments;
    };
    std::vector<Mark> marks;
    world::RunOptions options;
    options.on_progress = [&](const world::Progress& progress) {
        const std::chrono::duration<double> now = std::chrono::steady_clock::now().time_since_epoch();
        marks.push_back({now.count(), progress.segments});
    };
    bench::measured_run(world::calibration_slice(scenario), options);
    constexpr size_t quarters = 4;
    if (marks.size() <= quarters) return 0;
    double least_s = 0;  // a segment
    for (size_t quarter = 0; quarter < quarters; ++quarter) {
        const Mark& first = marks[(marks.size() - 1) * quarter / quarters];
        const Mark& last = marks[(marks.size() - 1) * (quarter + 1) / quarters];
        if (last.segments == first.segments) continue;
        const double s = (last.at_s - first.at_s) / double(last.segments - first.segments);
        if (least_s == 0 || s < least_s) least_s = s;
    }
    return explanation.expected_segments * least_s;
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
