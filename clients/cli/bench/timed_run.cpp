#include "clients/cli/bench/timed_run.hpp"

#include <algorithm>
#include <ctime>
#include <vector>

#include "clients/cli/bench/machine.hpp"
#include "clients/cli/bench/scenarios_folder.hpp"
#include "simulator/scenario/load.hpp"

namespace matinee::bench {

namespace {

constexpr uint64_t kSegmentsInSlice = 500'000;

double seconds_of(clockid_t clock) {
    timespec now = {};
    clock_gettime(clock, &now);
    return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

struct Mark {
    double wall_s = seconds_of(CLOCK_MONOTONIC);
    double cpu_s = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    uint64_t segments = 0;
};

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

scenario::Scenario shipped_scenario(const std::string& name) {
    const std::string folder = cli::scenarios_folder().string();
    return scenario::load({folder + "/" + name + ".json", std::nullopt, {}, folder});
}

TimedRun timed_run(const scenario::Scenario& scenario, uint32_t threads) {
    TimedRun timed;
    const Mark start;
    std::vector<Mark> marks;
    world::RunOptions options;
    options.threads = useful_threads(threads);
    options.footprint = &timed.footprint;
    options.on_progress = [&](const world::Progress& progress) {
        if (!marks.empty() && progress.segments < marks.back().segments + kSegmentsInSlice) return;
        marks.emplace_back().segments = progress.segments;
    };
    timed.result = world::run(scenario, options);
    const Mark end;
    if (marks.empty()) return timed;
    std::vector<double> cpu_ns, wall_ns;
    for (size_t i = 1; i < marks.size(); ++i) {
        const auto segments = double(marks[i].segments - marks[i - 1].segments);
        cpu_ns.push_back((marks[i].cpu_s - marks[i - 1].cpu_s) * 1e9 / segments);
        wall_ns.push_back((marks[i].wall_s - marks[i - 1].wall_s) * 1e9 / segments);
    }
    timed.segments = timed.result.counts.segments - marks.front().segments;
    timed.build_s = marks.front().wall_s - start.wall_s;
    timed.wall_s = end.wall_s - marks.front().wall_s;
    timed.cpu_s = end.cpu_s - marks.front().cpu_s;
    timed.median_cpu_ns = median(std::move(cpu_ns));
    timed.median_wall_ns = median(std::move(wall_ns));
    return timed;
}

}  // namespace matinee::bench
