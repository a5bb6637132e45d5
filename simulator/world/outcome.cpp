#include "simulator/world/outcome.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace matinee::world {

namespace {

constexpr size_t kMostCdfPoints = 200;

}  // namespace

reports::Distribution distribution(const Histogram& histogram, double per_unit) {
    reports::Distribution d;
    d.samples = histogram.count();
    d.mean = histogram.mean() * per_unit;
    d.p50 = histogram.quantile(0.50) * per_unit;
    d.p95 = histogram.quantile(0.95) * per_unit;
    d.p99 = histogram.quantile(0.99) * per_unit;
    uint32_t filled = 0;
    for (uint32_t i = 0; i < histogram.buckets(); ++i) filled += histogram.count_in(i) != 0;
    uint64_t seen = 0;
    double next_share = 0;
    for (uint32_t i = 0; i < histogram.buckets(); ++i) {
        if (histogram.count_in(i) == 0) continue;
        seen += histogram.count_in(i);
        const double share = double(seen) / double(histogram.count());
        // With many buckets, a point every half percent: first and last always.
        if (filled > kMostCdfPoints && share < next_share && seen != histogram.count() && !d.cdf.empty()) continue;
        d.cdf.emplace_back(Histogram::midpoint_of(i) * per_unit, share);
        next_share = share + 1.0 / double(kMostCdfPoints - 2);
    }
    return d;
}

namespace {

std::optional<double> ratio(double a, double b) { return b > 0 ? std::optional(a / b) : std::nullopt; }

reports::Experience experience(const ExperienceCounts& counts) {
    reports::Experience e;
    e.sessions = counts.sessions;
    e.startup_ms = distribution(counts.of[0], kReportedPerUnit[0]);
    e.rebuffering_ratio = distribution(counts.of[1], kReportedPerUnit[1]);
    e.bitrate_kbps = distribution(counts.of[2], kReportedPerUnit[2]);
    e.switches_per_minute = distribution(counts.of[3], kReportedPerUnit[3]);
    e.video_start_failures = ratio(double(counts.start_failures), double(counts.sessions));
    e.exits_before_start = ratio(double(counts.exits_before_start), double(counts.sessions));
    return e;
}

/// What the sites from `from` to before `to` sent together after the warm-up, and their highest mean of a peak window.
struct Sent {
    Bytes bytes = 0;
    double peak_gbps = 0;
};

Sent sent_by(const World& world, const Recorder& recorder, uint32_t from, uint32_t to, TimeNs end) {
    Sent sent;
    const TimeNs warmup = world.shape.warmup;
    for (size_t w = size_t(warmup / kPeakWindow); w < recorder.peak_windows(); ++w) {
        Bytes bytes = 0;
        for (uint32_t site = from; site < to; ++site) bytes += recorder.peak_at(w, site);
        sent.bytes += bytes;
        sent.peak_gbps = std::max(sent.peak_gbps, peak_window_gbps(bytes, w, warmup, end));
    }
    return sent;
}

reports::CdnGroup cdn_group(const World& world, const Recorder& recorder, const std::vector<SiteOutcome>& sites,
                            uint32_t g, TimeNs end) {
    const scenario::NodeGroup& node = world.scenario.cdn.nodes[g];
    reports::CdnGroup group;
    group.id = node.id;
    group.role = role_name(node.role);
    group.sites = world.topology.sites_in(g);
    group.servers = group.sites * node.servers;
    const uint64_t site_kbps = site_egress_kbps(node);
    group.capacity_gbps = double(site_kbps) * double(group.sites) / 1e6;
    const uint32_t first = world.topology.first_site[g];
    const uint32_t last = world.topology.first_site[g + 1];
    cdn::NodeCounters total, of_warmup;
    for (uint32_t s = first; s < last; ++s) {
        total.add(sites[s].counters);
        of_warmup.add(sites[s].of_warmup);
        group.saturated_seconds += to_seconds(sites[s].saturated_ns);
        const double peak = sent_by(world, recorder, s, s + 1, end).peak_gbps;
        const double share = site_kbps == 0 ? 0 : peak / (double(site_kbps) / 1e6);
        if (share > group.busiest_site_peak_share || group.busiest_site.empty()) {
            group.busiest_site_peak_share = share;
            group.busiest_site = world.topology.sites[s].name;
        }
    }
    using Counters = cdn::NodeCounters;
    const auto measured = [&](uint64_t Counters::*counter) { return total.*counter - of_warmup.*counter; };
    group.requests = measured(&Counters::requests);
    group.hits = measured(&Counters::hits);
    group.coalesced = measured(&Counters::coalesced);
    group.misses = measured(&Counters::misses);
    group.rejected = measured(&Counters::rejected);
    group.hit_bytes = measured(&Counters::hit_bytes);
    group.coalesced_bytes = measured(&Counters::coalesced_bytes);
    group.forwarded_bytes = measured(&Counters::forwarded_bytes);
    group.cancelled_bytes = measured(&Counters::cancelled_bytes);
    group.prefill_bytes = total.prefill_bytes;
    const uint64_t found = group.hits + group.coalesced;
    const Bytes found_bytes = group.hit_bytes + group.coalesced_bytes;
    group.request_hit_ratio = ratio(double(found), double(found + group.misses));
    group.byte_hit_ratio = ratio(double(found_bytes), double(found_bytes + group.forwarded_bytes));
    const Sent sent = sent_by(world, recorder, first, last, end);
    group.egress_bytes = sent.bytes;
    group.peak_egress_gbps = sent.peak_gbps;
    return group;
}

/// Collects one time series: `value` returns nothing where nothing was measured.
class SeriesMaker {
public:
    SeriesMaker(reports::Result& result, size_t steps) : result_(result), steps_(steps) {}
    void add(std::string name, std::string unit, const std::function<std::optional<double>(size_t)>& value) {
        reports::Series series{std::move(name), std::move(unit), {}};
        for (size_t step = 0; step < steps_; ++step) series.values.push_back(value(step));
        result_.series.push_back(std::move(series));
    }

private:
    reports::Result& result_;
    size_t steps_;
};

RegionStep all_regions(const World& world, const Recorder& recorder, size_t step) {
    RegionStep sum;
    for (uint32_t region = 0; region < world.shape.regions; ++region) sum.merge(recorder.region_at(step, region));
    return sum;
}

void add_series(const World& world, const Recorder& recorder, TimeNs end, reports::Result& result) {
    const TimeNs sample = world.shape.sample;
    SeriesMaker make(result, std::min(recorder.steps(), size_t((end + sample - 1) / sample)));
    const auto length_s = [&](size_t step) { return to_seconds(std::min(sample, end - TimeNs(step) * sample)); };
    const auto all = [&](size_t step) { return all_regions(world, recorder, step); };
    make.add("concurrent_viewers", "viewers", [&](size_t s) { return double(all(s).viewers); });
    make.add("arrivals_per_s", "1/s", [&](size_t s) { return double(all(s).arrivals) / length_s(s); });
    make.add("startup_ms", "ms",
             [&](size_t s) { return ratio(double(all(s).startup_us) / 1e3, double(all(s).startups)); });
    make.add("rebuffering_ratio", "", [&](size_t s) {
        const RegionStep step = all(s);
        return ratio(double(step.stall_us) / 1e3, double(step.stall_us) / 1e3 + double(step.media_ms));
    });
    make.add("bitrate_kbps", "kbit/s",
             [&](size_t s) { return ratio(double(all(s).kbps_ms), double(all(s).media_ms)); });
    for (uint32_t g = 0; g < world.shape.groups; ++g) {
        const std::string& id = world.scenario.cdn.nodes[g].id;
        const auto at = [&, g](size_t s) { return recorder.group_at(s, g); };
        make.add("egress_gbps." + id, "Gbit/s", [&](size_t s) { return double(at(s).egress) * 8e-9 / length_s(s); });
        make.add("byte_hit_ratio." + id, "",
                 [&](size_t s) { return ratio(double(at(s).hit), double(at(s).hit + at(s).forwarded)); });
        make.add("saturated_sites." + id, "sites", [&](size_t s) { return double(at(s).saturated_sites); });
    }
    if (world.shape.regions < 2) return;
    for (uint32_t region = 0; region < world.shape.regions; ++region)
        make.add("concurrent_viewers." + world.scenario.regions[region].id, "viewers",
                 [&](size_t s) { return double(recorder.region_at(s, region).viewers); });
}

/// Sums slices that share a name along one dimension.
class BreakdownMaker {
public:
    explicit BreakdownMaker(std::string dimension) { breakdown_.dimension = std::move(dimension); }
    void add(const std::string& name, const ExperienceCounts& counts) {
        if (of_.find(name) == of_.end()) order_.push_back(name);
        of_[name].merge(counts);
    }
    reports::Breakdown make() {
        for (const std::string& name : order_)
            if (of_[name].sessions > 0) breakdown_.slices.push_back({name, experience(of_[name])});
        return breakdown_;
    }

private:
    reports::Breakdown breakdown_;
    std::vector<std::string> order_;
    std::map<std::string, ExperienceCounts> of_;
};

void add_breakdowns(const World& world, const Recorder& recorder, reports::Result& result) {
    const scenario::Scenario& scenario = world.scenario;
    for (const std::string& dimension : scenario.outputs.breakdowns) {
        BreakdownMaker maker(dimension);
        if (dimension == "site") {
            for (uint32_t s = 0; s < recorder.by_site().size(); ++s)
                maker.add(world.topology.sites[s].name, recorder.by_site()[s]);
        } else {
            for (const PopulationPlan& plan : world.populations) {
                const scenario::Population& spec = *plan.spec;
                for (size_t d = 0; d < plan.devices.size(); ++d)
                    for (size_t a = 0; a < plan.access.size(); ++a) {
                        const ExperienceCounts& counts =
                            recorder.slices()[plan.first_slice + d * plan.access.size() + a];
                        maker.add(dimension == "region"   ? scenario.regions[spec.region].id
                                  : dimension == "isp"    ? spec.isp
                                  : dimension == "device" ? scenario.devices[plan.devices[d].device].id
                                                          : spec.access[a].name,
                                  counts);
                    }
            }
        }
        result.breakdowns.push_back(maker.make());
    }
}

void add_markers(const World& world, reports::Result& result) {
    const scenario::Scenario& scenario = world.scenario;
    if (scenario.time.warmup > 0) result.markers.push_back({"warmup", "warm-up", 0, to_seconds(scenario.time.warmup)});
    for (const population::Release& release : scenario.releases) {
        result.markers.push_back({"release", release.title, to_seconds(release.at), to_seconds(release.at)});
        if (release.prefill && *release.prefill > 0)
            result.markers.push_back({"prefill", release.title + " is prefilled", to_seconds(*release.prefill),
                                      to_seconds(*release.prefill)});
    }
    for (const scenario::Fault& fault : scenario.faults)
        result.markers.push_back(
            {"fault", fault.name, to_seconds(fault.at), to_seconds(std::min(fault.end, scenario.time.duration))});
}

void add_totals(const World& world, const Recorder& recorder, TimeNs end, reports::Result& result) {
    double viewer_steps = 0;
    for (size_t step = 0; step < recorder.steps(); ++step) {
        const TimeNs from = std::max(TimeNs(step) * world.shape.sample, world.shape.warmup);
        const TimeNs to = std::min(TimeNs(step + 1) * world.shape.sample, end);
        if (from >= to) continue;
        const uint64_t viewers = all_regions(world, recorder, step).viewers;
        result.peak_concurrent_viewers = std::max(result.peak_concurrent_viewers, viewers);
        viewer_steps += double(viewers) * to_seconds(to - from);
    }
    result.viewer_hours = viewer_steps / 3600;
    Bytes to_viewers = 0;
    Bytes from_origins = 0;
    for (uint32_t g = 0; g < world.shape.groups; ++g) {
        if (world.scenario.cdn.nodes[g].role == scenario::Role::Edge) to_viewers += result.cdn[g].egress_bytes;
        if (world.scenario.cdn.nodes[g].role == scenario::Role::Origin) from_origins += result.cdn[g].egress_bytes;
    }
    if (to_viewers > 0) result.origin_offload = 1 - double(from_origins) / double(to_viewers);
}

}  // namespace

reports::Result make_result(const World& world, const Recorder& recorder, const std::vector<SiteOutcome>& sites,
                            TimeNs end) {
    const scenario::Scenario& scenario = world.scenario;
    reports::Result result;
    result.scenario_name = scenario.name;
    result.scenario_description = scenario.description;
    result.scenario_hash = scenario.hash;
    result.scenario_overrides = scenario.overrides;
    result.seed = scenario.seed;
    Digest digest;
    for (const SiteOutcome& site : sites) digest.add(site.digest);
    result.digest = digest.hex();
    result.simulated_s = to_seconds(end);
    result.warmup_s = to_seconds(scenario.time.warmup);
    result.sample_s = to_seconds(scenario.time.sample);
    result.start_unix_s = scenario.time.start_unix_s;
    result.counts = {recorder.sessions, recorder.segments, recorder.events};
    result.experience = experience(recorder.total());
    for (uint32_t g = 0; g < world.shape.groups; ++g) result.cdn.push_back(cdn_group(world, recorder, sites, g, end));
    add_totals(world, recorder, end, result);
    if (world.shape.series) add_series(world, recorder, end, result);
    add_breakdowns(world, recorder, result);
    add_markers(world, result);
    return result;
}

}  // namespace matinee::world
