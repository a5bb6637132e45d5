#include "reports/json_reader.hpp"
#include "reports/result_json.hpp"
#include "reports/result_json_parts.hpp"

namespace matinee::reports {

Distribution read_distribution(const JsonNode& node) {
    Distribution d;
    d.samples = node.at("samples").whole();
    const auto figure = [&](const char* name) {
        const JsonNode value = node.at(name);
        return d.samples == 0 ? value.optional_number().value_or(0) : value.any_number();
    };
    d.mean = figure("mean");
    d.p50 = figure("p50");
    d.p95 = figure("p95");
    d.p99 = figure("p99");
    for (const JsonNode& point : node.at("cdf").items()) {
        const std::vector<JsonNode> pair = point.items();
        if (pair.size() != 2) point.refuse(point.shown(), "[value, share]");
        d.cdf.emplace_back(pair[0].any_number(), pair[1].any_number());
    }
    return d;
}

static Experience read_experience(const JsonNode& node) {
    Experience e;
    e.sessions = node.at("sessions").whole();
    e.startup_ms = read_distribution(node.at("startup_ms"));
    e.rebuffering_ratio = read_distribution(node.at("rebuffering_ratio"));
    e.bitrate_kbps = read_distribution(node.at("bitrate_kbps"));
    e.switches_per_minute = read_distribution(node.at("switches_per_minute"));
    e.video_start_failures = node.at("video_start_failures").optional_number();
    e.exits_before_start = node.at("exits_before_start").optional_number();
    return e;
}

static CdnGroup read_group(const std::string& id, const JsonNode& node) {
    CdnGroup g;
    g.id = id;
    g.role = node.at("role").text();
    g.sites = node.at("sites").whole();
    g.servers = node.at("servers").whole();
    g.requests = node.at("requests").whole();
    g.request_hit_ratio = node.at("request_hit_ratio").optional_number();
    g.byte_hit_ratio = node.at("byte_hit_ratio").optional_number();
    g.hits = node.at("hits").whole();
    g.coalesced = node.at("coalesced").whole();
    g.misses = node.at("misses").whole();
    g.rejected = node.at("rejected").whole();
    g.egress_bytes = node.at("egress_bytes").whole();
    g.hit_bytes = node.at("hit_bytes").whole();
    g.coalesced_bytes = node.at("coalesced_bytes").whole();
    g.forwarded_bytes = node.at("forwarded_bytes").whole();
    g.cancelled_bytes = node.at("cancelled_bytes").whole();
    g.prefill_bytes = node.at("prefill_bytes").whole();
    g.peak_egress_gbps = node.at("peak_egress_gbps").any_number();
    g.capacity_gbps = node.at("capacity_gbps").any_number();
    g.busiest_site = node.at("busiest_site").text();
    g.busiest_site_peak_share = node.at("busiest_site_peak_share").any_number();
    g.saturated_seconds = node.at("saturated_seconds").any_number();
    return g;
}

static ThresholdVerdict read_threshold(const JsonNode& node) {
    ThresholdVerdict t;
    t.text = node.at("text").text();
    t.metric = node.at("metric").text();
    t.stat = node.at("stat").text();
    t.min = node.at("min").optional_number();
    t.max = node.at("max").optional_number();
    t.window_s = node.at("window_s").any_number();
    t.has_samples = node.at("has_samples").flag();
    t.value = t.has_samples ? node.at("value").any_number() : node.at("value").optional_number().value_or(0);
    t.worst_at_s = node.at("worst_at_s").any_number();
    t.passed = node.at("passed").flag();
    return t;
}

static Breakdown read_breakdown(const JsonNode& node) {
    Breakdown breakdown{node.at("dimension").text(), {}};
    for (const JsonNode& slice : node.at("slices").items())
        breakdown.slices.push_back({slice.at("name").text(), read_experience(slice)});
    return breakdown;
}

static Cost read_cost(const JsonNode& node) {
    Cost cost;
    cost.total_usd = node.at("total_usd").any_number();
    cost.usd_per_viewer_hour = node.at("usd_per_viewer_hour").optional_number();
    cost.prices = node.at("prices").text();
    for (const JsonNode& line : node.at("lines").items())
        cost.lines.push_back({line.at("item").text(), line.at("group").text(), line.at("quantity").any_number(),
                              line.at("unit").text(), line.at("unit_price").any_number(), line.at("usd").any_number(),
                              line.at("source").text()});
    return cost;
}

static void read_metrics(const JsonNode& metrics, Result& r) {
    r.experience = read_experience(metrics);
    r.peak_concurrent_viewers = metrics.at("peak_concurrent_viewers").whole();
    r.viewer_hours = metrics.at("viewer_hours").any_number();
    r.origin_offload = metrics.at("origin_offload").optional_number();
    for (const auto& [id, group] : metrics.at("cdn").members()) r.cdn.push_back(read_group(id, group));
}

static void read_series(const JsonNode& node, Result& r) {
    for (const auto& [name, member] : node.members()) {
        Series series{name, member.at("unit").text(), {}};
        for (const JsonNode& value : member.at("values").items()) series.values.push_back(value.optional_number());
        r.series.push_back(std::move(series));
    }
}

static void read_run(const JsonNode& build, const JsonNode& wall, Result& r) {
    r.build = {build.at("version").text(), build.at("commit").text(), build.at("compiler").text(),
               build.at("type").text()};
    r.wall.elapsed_s = wall.at("elapsed_s").any_number();
    r.wall.peak_rss_bytes = wall.at("peak_rss_bytes").whole();
    r.wall.segments_per_second = wall.at("segments_per_second").any_number();
    r.wall.threads = uint32_t(wall.at("threads").whole());
}

Result parse_result(std::string_view text, const std::string& file) {
    const Json json = parse_json(text, file, false);
    const JsonNode root(json, file);
    if (root.at("schema").text() != kResultSchema)
        root.at("schema").refuse(root.at("schema").shown(), "\"" + std::string(kResultSchema) + "\"",
                                 "this file was written by another version of matinee");
    Result r;
    const JsonNode scenario = root.at("scenario");
    r.scenario_name = scenario.at("name").text();
    r.scenario_description = scenario.at("description").text();
    r.scenario_hash = scenario.at("hash").text();
    for (const JsonNode& override : scenario.at("overrides").items()) r.scenario_overrides.push_back(override.text());
    r.seed = root.at("seed").whole();
    r.digest = root.at("digest").text();
    r.simulated_s = root.at("simulated_s").any_number();
    r.warmup_s = root.at("warmup_s").any_number();
    r.sample_s = root.at("sample_s").any_number();
    r.start_unix_s = root.at("start_unix_s").signed_whole();
    r.interrupted = root.at("interrupted").flag();
    const JsonNode counts = root.at("counts");
    r.counts = {counts.at("sessions").whole(), counts.at("segments").whole(), counts.at("events").whole()};
    read_metrics(root.at("metrics"), r);
    if (root.has("services")) r.services = read_services(root.at("services"));
    for (const JsonNode& node : root.at("thresholds").items()) r.thresholds.push_back(read_threshold(node));
    for (const JsonNode& node : root.at("breakdowns").items()) r.breakdowns.push_back(read_breakdown(node));
    for (const JsonNode& node : root.at("markers").items())
        r.markers.push_back({node.at("kind").text(), node.at("text").text(), node.at("from_s").any_number(),
                             node.at("to_s").any_number()});
    r.cost = read_cost(root.at("cost"));
    read_series(root.at("series"), r);
    read_run(root.at("build"), root.at("wall"), r);
    return r;
}

}  // namespace matinee::reports
