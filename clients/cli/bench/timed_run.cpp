#include "clients/cli/bench/timed_run.hpp"

#include <algorithm>
#include <ctime>
#include <optional>

#include "clients/cli/bench/core_probe.hpp"
#include "clients/cli/bench/machine.hpp"
#include "clients/cli/bench/scenarios_folder.hpp"
#include "simulator/scenario/load.hpp"

namespace matinee::bench {

namespace {

constexpr uint64_t kSegmentsInSlice = 250'000;

double seconds_of(clockid_t clock) {
    timespec now = {};
    clock_gettime(clock, &now);
    return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

struct Moment {
    double wall_s = seconds_of(CLOCK_MONOTONIC);
    double cpu_s = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
};

/// Slices of a run, and how fast the core was that the leading thread had. The probes themselves stay outside.
class Slices {
public:
    void reach(uint64_t segments) {
        const Moment before;
        const double probe_s = core_probe_s();
        const Moment after;
        if (!first_) {
            first_ = before;
            segments_at_first_ = segments;
        } else {
            wall_s_ += before.wall_s - resumed_.wall_s;
            cpu_s_ += before.cpu_s - resumed_.cpu_s;
        }
        resumed_ = after;
        slowest_s_ = std::max(slowest_s_, probe_s);
        const uint64_t since = segments - segments_;
        if (segments_ != 0 && since < kSegmentsInSlice) return;
        if (segments_ != 0) {
            cpu_ns.add(cpu_s_ * 1e9 / double(since), slowest_s_);
            wall_ns.add(wall_s_ * 1e9 / double(since), slowest_s_);
        }
        segments_ = segments;
        slowest_s_ = probe_s;
        wall_s_ = cpu_s_ = 0;
    }
    const std::optional<Moment>& first() const { return first_; }
    uint64_t segments_at_first() const { return segments_at_first_; }

    ProbedSamples cpu_ns, wall_ns;

private:
    std::optional<Moment> first_;
    uint64_t segments_at_first_ = 0;
    Moment resumed_;
    uint64_t segments_ = 0;  ///< where the slice began
    double wall_s_ = 0, cpu_s_ = 0, slowest_s_ = 0;  ///< of the slice up to `resumed_`
};

}  // namespace

scenario::Scenario shipped_scenario(const std::string& name) {
    const std::string folder = cli::scenarios_folder().string();
    return scenario::load({folder + "/" + name + ".json", std::nullopt, {}, folder});
}

TimedRun timed_run(const scenario::Scenario& scenario, uint32_t threads) {
    TimedRun timed;
    const Moment start;
    Slices slices;
    world::RunOptions options;
    options.threads = useful_threads(threads);
    options.footprint = &timed.footprint;
    options.on_progress = [&](const world::Progress& progress) { slices.reach(progress.segments); };
    timed.result = world::run(scenario, options);
    const Moment end;
    if (!slices.first()) return timed;
    timed.segments = timed.result.counts.segments - slices.segments_at_first();
    timed.build_s = slices.first()->wall_s - start.wall_s;
    timed.wall_s = end.wall_s - slices.first()->wall_s;
    timed.cpu_s = end.cpu_s - slices.first()->cpu_s;
    const double fastest_s = slices.cpu_ns.fastest_probe_s();
    timed.median_cpu_ns = slices.cpu_ns.median_at_full_speed(fastest_s);
    timed.median_wall_ns = slices.wall_ns.median_at_full_speed(fastest_s);
    timed.disturbed_cpu_ns = slices.cpu_ns.median();
    if (slices.cpu_ns.size() != 0)
        timed.undisturbed_share = double(slices.cpu_ns.at_full_speed(fastest_s)) / double(slices.cpu_ns.size());
    return timed;
}

}  // namespace matinee::bench
