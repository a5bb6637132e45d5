#include "simulator/world/world.hpp"

#include <algorithm>
#include <map>

#include "clients/population/behaviour.hpp"
#include "system/base/errors.hpp"

namespace matinee::world {

namespace {

constexpr uint32_t kRingPoints = 160;  // a site's few servers then differ by about a tenth in keys

using scenario::Scenario;

// Enough different links that viewers of one class do not march in step, few enough that a class stays in the
// processor's second-level cache.
constexpr uint32_t kTracesPerGenerator = 64;
constexpr double kTraceSeconds = 600;
constexpr double kTraceStepSeconds = 1;
constexpr uint32_t kMostServers = 4096;  // in a site: a fill's event names server and fill in 32 bits
constexpr size_t kMostRungs = 16;        // the player remembers a segment's rung in four bits

/// Turns access descriptions into traces, each recording and generator once.
class AccessBuilder {
public:
    AccessBuilder(network::TraceSet& traces, uint64_t seed) : traces_(traces), seed_(seed) {}

    std::vector<AccessOption> options_of(const scenario::Population& population) {
        std::vector<AccessOption> options;
        double up_to = 0;
        for (const scenario::Access& access : population.access) {
            AccessOption option;
            up_to += access.share;
            option.up_to = up_to;
            option.scale = access.scale;
            option.rtt_ns = access.rtt;
            option.loss = float(std::max(0.0, access.loss));
            if (access.traces) {
                use(option, recorded_[access.traces.get()], *access.traces);
            } else {
                option.generator = network::find_access_generator(access.generator);
                if (access.loss < 0) option.loss = float(option.generator->loss);
                Range& range = generated_[access.generator];
                if (range.count == 0) {
                    const auto made = network::generate_traces(*option.generator, kTracesPerGenerator, kTraceSeconds,
                                                               kTraceStepSeconds, seed_);
                    use(option, range, made);
                } else {
                    use(option, range, {});
                }
            }
            options.push_back(option);
        }
        return options;
    }

private:
    struct Range {
        uint32_t first = 0;
        uint32_t count = 0;
    };
    void use(AccessOption& option, Range& range, const std::vector<network::RecordedTrace>& traces) {
        if (range.count == 0) {
            range.first = traces_.size();
            range.count = uint32_t(traces.size());
            for (const auto& trace : traces) traces_.add(trace);
        }
        option.first_trace = range.first;
        option.traces = range.count;
    }

    network::TraceSet& traces_;
    uint64_t seed_;
    std::map<const void*, Range> recorded_;
    std::map<std::string, Range> generated_;
};

player::Config config_for(const population::Library& library, const scenario::Population& population,
                          const scenario::Device& device) {
    const player::Settings& settings = population.player;
    const double segment_ms = to_ms(library.segment_ns());
    abr::Ladder ladder(std::span<const Kbps>(library.ladder()), segment_ms);
    if (device.max_bitrate > 0) ladder = ladder.capped(device.max_bitrate);
    const TimeNs target = device.buffer_target > 0 ? device.buffer_target : settings.buffer_target;
    abr::Settings rule;
    rule.rule = settings.rule;
    rule.constant_rung = int(settings.constant_rung);
    rule.max_buffer_ms = to_ms(target);
    rule.initial_throughput_kbps = settings.initial_throughput;
    // A threshold above what the buffer may hold would never be met.
    const auto within = [&](TimeNs threshold) {
        return std::clamp(threshold, library.segment_ns(),
                          std::max(library.segment_ns(), target - library.segment_ns()));
    };
    player::Config config{abr::Plan(rule, ladder),
                          library.segment_ns(),
                          within(settings.startup_threshold),
                          within(settings.rebuffer_threshold),
                          settings.abandon_slow_segments,
                          target};
    config.plan.require_fits<float>();
    config.abandons = settings.abandon_slow_segments && abr::may_abandon(config.plan);
    return config;
}

PopulationPlan plan_of(const World& world, uint32_t number, AccessBuilder& access) {
    const Scenario& scenario = world.scenario;
    const scenario::Population& spec = scenario.populations[number];
    PopulationPlan plan;
    plan.spec = &spec;
    double up_to = 0;
    for (const scenario::DeviceShare& share : spec.devices) {
        up_to += share.share;
        const player::Config config = config_for(world.library, spec, scenario.devices[share.device]);
        plan.devices.push_back({up_to, share.device, config, abr::Patience::Table(config.plan.ladder)});
    }
    plan.access = access.options_of(spec);
    plan.residual = std::make_unique<population::Residual>(world.library, spec.region, 0, spec.behaviour);
    plan.mean_session_s = plan.residual->mean_session_s() * population::pause_factor(spec.behaviour);
    plan.request_timeout_ns = plan.spec->player.request_timeout;
    if (world.topology.homes[number].far) plan.extra_rtt_ns = scenario.cdn.steering.rtt_other_region;
    return plan;
}

cdn::NodeSpec node_of(const scenario::NodeGroup& group) {
    cdn::NodeSpec node;
    node.cache = group.cache;
    node.disk_bytes = group.disk;
    node.ram_bytes = group.ram;
    node.holds_everything = group.holds_everything || !group.parent;
    node.coalesce = group.coalesce;
    node.max_connections = group.max_connections;
    node.ram_latency_ns = group.ram_latency;
    node.disk_latency_ns = group.disk_latency;
    return node;
}

faults::Timeline timeline_of(const Scenario& scenario, const Topology& topology) {
    std::vector<faults::Place> places;
    for (const SitePlace& site : topology.sites) places.push_back({site.group, site.number, site.region});
    return faults::Timeline(scenario.faults, places);
}

Shape shape_of(const World& world) {
    const Scenario& scenario = world.scenario;
    Shape shape;
    shape.regions = uint32_t(scenario.regions.size());
    shape.groups = uint32_t(scenario.cdn.nodes.size());
    shape.sites = world.topology.site_count();
    shape.duration = scenario.time.duration;
    shape.warmup = scenario.time.warmup;
    shape.sample = scenario.time.sample;
    shape.series = scenario.outputs.series;
    for (const std::string& dimension : scenario.outputs.breakdowns)
        (dimension == "site" ? shape.slices_by_site : shape.slices) = true;
    for (const PopulationPlan& plan : world.populations)
        shape.classes += uint32_t(plan.devices.size() * plan.access.size());
    for (const scenario::Threshold& threshold : scenario.thresholds)
        if (threshold.window > 0 &&
            std::find(shape.windows.begin(), shape.windows.end(), threshold.window) == shape.windows.end())
            shape.windows.push_back(threshold.window);
    return shape;
}

}  // namespace

World::World(const Scenario& s)
    : scenario(s),
      topology(lay_out(s)),
      library(s.catalog, s.releases, uint32_t(s.regions.size()), s.seed, s.time.duration),
      segment_bytes(library),
      keys(cdn::KeySpace::dense(library.objects(), &segment_bytes)) {
    if (library.rungs() > kMostRungs)
        throw InputError(
            {s.file, "catalog.ladder", std::to_string(library.rungs()) + " rungs", "at most 16 rungs", ""});
    AccessBuilder access(traces, s.seed);
    uint32_t slices = 0;
    for (uint32_t p = 0; p < s.populations.size(); ++p) {
        populations.push_back(plan_of(*this, p, access));
        populations.back().first_slice = slices;
        slices += uint32_t(populations.back().devices.size() * populations.back().access.size());
    }
    for (const scenario::NodeGroup& group : s.cdn.nodes) {
        if (group.servers > kMostServers)
            throw InputError({s.file, "cdn.nodes (" + group.id + ").servers", std::to_string(group.servers),
                              "at most 4096 servers in a site", "more sites of fewer servers"});
        rings.emplace_back(group.servers, kRingPoints, nodes.size());
        home_servers.emplace_back(library.playables());
        for (uint32_t p = 0; p < library.playables(); ++p)
            home_servers.back()[p] = uint16_t(rings.back().home(mix64(p)));
        nodes.push_back(node_of(group));
    }
    fill_trace = traces.add({"fill", {{1000, double(s.cdn.fill_flow_kbps), 0}}});
    fill_path.cursor = network::TraceCursor{0, traces.trace(fill_trace).first_row};
    fill_path.window_bytes = UINT32_MAX;
    faults = timeline_of(s, topology);
    shape = shape_of(*this);
}

}  // namespace matinee::world
