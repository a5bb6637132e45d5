#include <algorithm>
#include <cmath>

#include "clients/population/arrivals.hpp"
#include "simulator/world/run.hpp"
#include "simulator/world/site.hpp"

namespace matinee::world {

namespace {

/// Bytes of cache metadata an object takes, rounded up from what the policies report: index and slot; or, of compact
/// policies, a state for every object of the catalogue and a share of a ring for each that is held.
constexpr double kLinkedBytesPerObject = 40;
constexpr double kStateBytesPerObject = 2;
constexpr double kRingBytesPerObject = 8;
/// Beside a viewer's own records: its keys in the queue and the slack of growing arrays.
constexpr double kOverheadPerViewer = 24;
/// Events for a segment request: its end, and now and then a wait, a leave, a pause; a miss adds messages.
constexpr double kEventsPerSegment = 1.8;

struct Audience {
    double peak = 0;
    double sessions = 0;
    double viewer_seconds = 0;
};

Audience expected_audience(const World& world) {
    const scenario::Scenario& scenario = world.scenario;
    std::vector<population::ArrivalRate> rates;
    for (const PopulationPlan& plan : world.populations)
        rates.emplace_back(scenario.arrivals, scenario.time.start_unix_s,
                           scenario.regions[plan.spec->region].utc_offset_h, plan.mean_session_s, plan.spec->share);
    constexpr int steps = 1000;
    const double step_s = to_seconds(scenario.time.duration) / steps;
    Audience audience;
    for (int i = 0; i < steps; ++i) {
        double viewers = 0;
        for (const auto& rate : rates) {
            const TimeNs at = from_seconds((i + 0.5) * step_s);
            viewers += rate.target_viewers(at);
            audience.sessions += rate.per_second(at) * step_s;
        }
        audience.peak = std::max(audience.peak, viewers);
        audience.viewer_seconds += viewers * step_s;
    }
    if (scenario.arrivals.steady)
        for (const auto& rate : rates) audience.sessions += rate.target_viewers(0);
    return audience;
}

Explanation::Group explain_group(const World& world, uint32_t g) {
    const scenario::NodeGroup& node = world.scenario.cdn.nodes[g];
    Explanation::Group group;
    group.id = node.id;
    group.role = role_name(node.role);
    if (node.parent) group.parent = world.scenario.cdn.nodes[*node.parent].id;
    group.sites = world.topology.sites_in(g);
    group.servers = group.sites * node.servers;
    group.egress_gbps = double(group.sites) * double(site_egress_kbps(node)) / 1e6;
    if (world.nodes[g].holds_everything) {
        group.catalog_share = 1;
    } else {
        group.cache_tb = double(group.servers) * double(node.disk) / 1e12;
        group.catalog_share =
            double(node.servers) * double(node.disk) / double(std::max<Bytes>(1, world.library.total_bytes()));
    }
    return group;
}

double expected_metadata_bytes(const World& world) {
    double bytes = 0;
    for (uint32_t g = 0; g < world.nodes.size(); ++g) {
        const cdn::NodeSpec& node = world.nodes[g];
        if (node.holds_everything) continue;
        const auto objects = double(world.library.objects());
        const double held =
            objects * std::min(1.0, double(node.disk_bytes) / double(std::max<Bytes>(1, world.library.total_bytes())));
        const bool compact = cdn::has_compact_form(node.cache, world.keys);
        const double rings = held < objects ? held * kRingBytesPerObject : 0;  // with room for all there is no order
        const double one = compact ? objects * kStateBytesPerObject + rings : held * kLinkedBytesPerObject;
        bytes += one * world.scenario.cdn.nodes[g].servers * world.topology.sites_in(g);
    }
    return bytes;
}

}  // namespace

uint64_t least_memory_bytes(const World& world) {
    return uint64_t(expected_audience(world).peak * double(sizeof(Viewer))) + world.traces.memory_bytes();
}

Explanation explain(const scenario::Scenario& scenario) {
    const World world(scenario);
    Explanation e;
    for (uint32_t g = 0; g < scenario.cdn.nodes.size(); ++g) e.groups.push_back(explain_group(world, g));
    e.catalog_tb = double(world.library.total_bytes()) / 1e12;
    e.playables = world.library.playables();
    e.logical_processes = world.topology.site_count() + 1 + (scenario.services ? scenario.regions.size() : 0);
    e.window_ms = to_ms(world.topology.window_ns);
    e.window_set_by = world.topology.window_set_by;
    const Audience audience = expected_audience(world);
    e.peak_viewers = audience.peak;
    e.expected_sessions = audience.sessions;
    e.expected_segments = audience.viewer_seconds / to_seconds(world.library.segment_ns());
    e.expected_events = e.expected_segments * kEventsPerSegment;
    e.expected_memory_bytes = audience.peak * (double(sizeof(Viewer)) + kOverheadPerViewer) +
                              expected_metadata_bytes(world) + double(world.traces.memory_bytes()) +
                              double(world.library.playables()) * 16;
    double weighted = 0;
    for (const PopulationPlan& plan : world.populations) weighted += plan.mean_session_s * plan.spec->share;
    e.mean_session_s = weighted;
    return e;
}

scenario::Scenario calibration_slice(const scenario::Scenario& scenario) {
    constexpr double viewers_most = 20'000;
    scenario::Scenario slice = scenario;
    slice.arrivals.viewers = std::min(slice.arrivals.viewers, viewers_most);
    slice.arrivals.curve = population::Arrivals::Curve::Constant;
    slice.arrivals.bursts.clear();
    slice.arrivals.steady = true;
    slice.time.duration = std::min<TimeNs>(slice.time.duration, 40 * kSecond);
    slice.time.warmup = 0;
    slice.time.sample = std::min(slice.time.sample, slice.time.duration);
    slice.services.reset();
    slice.thresholds.clear();
    slice.faults.clear();
    slice.releases.clear();
    for (scenario::NodeGroup& group : slice.cdn.nodes) group.prefill = false;
    return slice;
}

}  // namespace matinee::world
