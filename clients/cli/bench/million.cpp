#include "clients/cli/bench/million.hpp"

#include <algorithm>
#include <vector>

#include <sys/resource.h>

#include "clients/cli/bench/timed_run.hpp"

namespace matinee::bench {

namespace {

scenario::Scenario launch_night(const std::string& name, TimeNs duration) {
    scenario::Scenario night = shipped_scenario(name);
    night.time.duration = duration;
    night.time.warmup = 0;
    night.thresholds.clear();
    return night;
}

/// So many viewers; links keep their proportion to them.
scenario::Scenario launch_night_of(double viewers, TimeNs duration) {
    scenario::Scenario night = launch_night("launch_night_1m", duration);
    const double factor = viewers / night.arrivals.viewers;
    night.arrivals.viewers = viewers;
    for (scenario::NodeGroup& node : night.cdn.nodes) node.nic_kbps = uint64_t(double(node.nic_kbps) * factor);
    return night;
}

/// Edges that hold everything.
scenario::Scenario all_hits(TimeNs duration) {
    scenario::Scenario night = launch_night("launch_night_1m", duration);
    night.cdn.nodes.front().disk = night.cdn.nodes[1].disk;
    night.cdn.nodes.front().prefill_share = 1;
    return night;
}

/// Ten of the sixty PoPs have a quarter of their bandwidth, which is less than their viewers want.
scenario::Scenario ten_saturated(TimeNs duration) {
    scenario::Scenario night = launch_night("launch_night_1m", duration);
    scenario::Fault slow;
    slow.name = "ten slow PoPs";
    slow.kind = scenario::Fault::Kind::Slow;
    slow.first_site = 0;
    slow.last_site = 9;
    slow.rate_factor = 0.25;
    night.faults.push_back(slow);
    night.cdn.steering.policy = scenario::Steering::Policy::Home;  // nobody helps out
    return night;
}

double peak_gb() {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_maxrss) * 1024 / 1e9;
}

/// The yardstick is laid on memory before and after, because other tenants come and go.
void measure(const Emit& emit, const std::string& world, const scenario::Scenario& scenario, uint32_t threads,
             MemoryYardstick& memory) {
    const double access_before_ns = memory.access_ns();
    const TimedRun run = timed_run(scenario, threads);
    const double access_ns = (access_before_ns + memory.access_ns()) / 2;
    const reports::CdnGroup& edge = run.result.cdn.front();
    emit(Measurement("million")
             .text("world", world)
             .integer("viewers", uint64_t(scenario.arrivals.viewers))
             .integer("threads", threads)
             .number("simulated_s", run.result.simulated_s)
             .integer("segment_requests", run.result.counts.segments)
             .number("edge_miss_ratio", 1 - edge.request_hit_ratio.value_or(0))
             .number("saturated_site_seconds", edge.saturated_seconds)
             .number("build_s", run.build_s)
             .number("run_s", run.wall_s)
             .number("wall_ns_per_request", run.median_wall_ns)
             .number("cpu_ns_per_request", run.median_cpu_ns)
             .number("cpu_ns_per_request_disturbed_too", run.disturbed_cpu_ns)
             .number("undisturbed_share", run.undisturbed_share)
             .number("dependent_access_ns", access_ns)
             .number("accesses_per_request", run.median_cpu_ns / access_ns)
             .number("bytes_per_viewer", double(run.footprint.viewer_bytes) / scenario.arrivals.viewers)
             .number("cache_metadata_bytes", double(run.footprint.cache_metadata_bytes))
             .number("peak_gb_so_far", peak_gb()));
}

/// Two costs in turns, because a machine with neighbours is now fast and now slow: `figure` is the median of how many
/// times `second` costs what `first` does.
template <class First, class Second>
void measure_in_turns(const Emit& emit, const std::string& world, double viewers, int pairs, const std::string& figure,
                      First first, Second second) {
    std::vector<double> ratios;
    for (int pair = 0; pair < pairs; ++pair) {
        const double base = first();
        ratios.push_back(second() / base);
    }
    std::sort(ratios.begin(), ratios.end());
    emit(Measurement("million")
             .text("world", world)
             .integer("viewers", uint64_t(viewers))
             .integer("pairs", uint64_t(pairs))
             .number(figure, ratios[ratios.size() / 2]));
}

void measure_threads_in_turns(const Emit& emit, TimeNs duration) {
    const scenario::Scenario night = launch_night("launch_night_1m", duration);
    measure_in_turns(
        emit, "launch night, two threads against one", night.arrivals.viewers, 3, "speedup_median",
        [&] { return timed_run(night, 2).median_wall_ns; }, [&] { return timed_run(night, 1).median_wall_ns; });
}

void measure_saturation_in_turns(const Emit& emit, TimeNs duration) {
    const scenario::Scenario none = launch_night("launch_night_1m", duration);
    const scenario::Scenario ten = ten_saturated(duration);
    measure_in_turns(
        emit, "launch night, ten PoPs saturated against none", none.arrivals.viewers, 3, "cpu_ratio_median",
        [&] { return timed_run(none).median_cpu_ns; }, [&] { return timed_run(ten).median_cpu_ns; });
}

void measure_reporting_in_turns(const Emit& emit, TimeNs duration) {
    scenario::Scenario with = launch_night_of(1e5, duration);
    with.outputs.breakdowns = {"region", "isp", "device"};
    scenario::Scenario without = with;
    without.outputs.series = false;
    without.outputs.breakdowns.clear();
    // Of all slices: such short runs have too few undisturbed ones, and a pair shares its neighbours.
    measure_in_turns(
        emit, "series and breakdowns against none", with.arrivals.viewers, 5, "cpu_ratio_median",
        [&] { return timed_run(without).disturbed_cpu_ns; }, [&] { return timed_run(with).disturbed_cpu_ns; });
}

}  // namespace

void measure_million(const Emit& emit) {
    MemoryYardstick memory;
    constexpr TimeNs minute = 60 * kSecond;
    for (const double viewers : {1e4, 1e5})
        measure(emit, "launch night", launch_night_of(viewers, TimeNs(1e6 / viewers) * minute / 4), 1, memory);
    for (const uint32_t threads : {1u, 2u, 4u})
        measure(emit, "launch night", launch_night("launch_night_1m", 2 * minute), threads, memory);
    measure(emit, "launch night, all hits", all_hits(minute), 1, memory);
    measure(emit, "launch night, cold", launch_night("launch_night_1m_cold", 2 * minute), 1, memory);
    measure(emit, "launch night, ten PoPs saturated", ten_saturated(2 * minute), 1, memory);
    measure_threads_in_turns(emit, minute);
    measure_saturation_in_turns(emit, minute);
    measure_reporting_in_turns(emit, minute);
    measure(emit, "launch night, the whole hour", launch_night("launch_night_1m", 60 * minute), 2, memory);
    measure(emit, "launch night of ten million", launch_night("launch_night_10m", minute), 2, memory);
}

void measure_million_quick(const Emit& emit) {
    MemoryYardstick memory;
    for (const uint32_t threads : {1u, 2u})
        measure(emit, "launch night", launch_night("launch_night_1m", 15 * kSecond), threads, memory);
}

}  // namespace matinee::bench
