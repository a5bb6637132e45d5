#include "clients/cli/bench/simulate.hpp"

#include <algorithm>
#include <vector>

#include "clients/cli/bench/timed_run.hpp"

namespace matinee::bench {

namespace {

/// prime_time at a steady level. Capacities keep their proportion to the audience (the file's are for 200,000), caches
/// and catalogue stay as they are.
scenario::Scenario prime_time_at(double viewers, TimeNs duration) {
    scenario::Scenario world = shipped_scenario("prime_time");
    const double factor = viewers / world.arrivals.viewers;
    world.arrivals.viewers = viewers;
    world.arrivals.curve = population::Arrivals::Curve::Constant;
    world.arrivals.steady = true;
    world.time.duration = duration;
    world.time.warmup = 0;
    world.time.sample = 10 * kSecond;
    world.outputs.series = true;
    world.outputs.breakdowns = {"region", "isp", "device"};
    world.thresholds.clear();
    const auto scaled = [&](uint64_t& kbps) { kbps = uint64_t(double(kbps) * factor); };
    for (scenario::NodeGroup& node : world.cdn.nodes) {
        scaled(node.nic_kbps);
        scaled(node.uplink_kbps);
        scaled(node.disk_kbps);
    }
    for (scenario::Link& link : world.cdn.links) scaled(link.bandwidth_kbps);
    return world;
}

const reports::CdnGroup& edge_of(const reports::Result& result) { return result.cdn.front(); }

}  // namespace

void measure_simulate(const Emit& emit) {
    struct Point {
        double viewers;
        TimeNs duration;  ///< long enough that the first touch of memory is a small part
    };
    const double access_ns = dependent_access_ns();
    for (const Point point : {Point{1e4, 1800 * kSecond}, Point{1e5, 600 * kSecond}, Point{1e6, 120 * kSecond}}) {
        const TimedRun timed = timed_run(prime_time_at(point.viewers, point.duration));
        const double per_second = double(timed.segments) / timed.cpu_s;
        emit(Measurement("simulate")
                 .integer("viewers", uint64_t(point.viewers))
                 .integer("segment_requests", timed.segments)
                 .number("segment_requests_per_second_per_core", per_second)
                 .number("median_slice_requests_per_second_per_core", 1e9 / timed.median_cpu_ns)
                 .number("bytes_per_viewer", double(timed.footprint.viewer_bytes) / point.viewers)
                 .number("cache_metadata_bytes", double(timed.footprint.cache_metadata_bytes))
                 .number("edge_miss_ratio", 1 - edge_of(timed.result).request_hit_ratio.value_or(0))
                 .number("saturated_site_seconds", edge_of(timed.result).saturated_seconds)
                 .number("dependent_access_ns", access_ns)
                 .number("accesses_per_request", 1e9 / per_second / access_ns));
    }
}

void measure_reporting(const Emit& emit) {
    constexpr int pairs = 5;
    scenario::Scenario with = prime_time_at(1e5, 60 * kSecond);
    scenario::Scenario without = with;
    without.outputs.series = false;
    without.outputs.breakdowns.clear();
    std::vector<double> ratios;
    for (int pair = 0; pair < pairs; ++pair) {
        const double on = timed_run(with).cpu_s;
        ratios.push_back(on / timed_run(without).cpu_s);
    }
    std::sort(ratios.begin(), ratios.end());
    emit(Measurement("reporting")
             .integer("viewers", 100'000)
             .integer("pairs", pairs)
             .number("cpu_ratio_least", ratios.front())
             .number("cpu_ratio_median", ratios[ratios.size() / 2])
             .number("cpu_ratio_most", ratios.back()));
}

}  // namespace matinee::bench
