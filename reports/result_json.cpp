#include "reports/result_json.hpp"

#include "reports/json_writer.hpp"
#include "reports/result_json_parts.hpp"

namespace matinee::reports {

void write(JsonWriter& json, const Distribution& d) {
    json.object();
    const auto figure = [&](const char* name, double value) {
        json.key(name).number(d.samples == 0 ? std::nullopt : std::optional(value));
    };
    figure("mean", d.mean);
    figure("p50", d.p50);
    figure("p95", d.p95);
    figure("p99", d.p99);
    json.key("samples").integer(d.samples);
    json.key("cdf").array(true);
    for (const auto& [value, share] : d.cdf) json.array().number(value).number(share).end();
    json.end().end();
}

/// The fields of an Experience, inside an object that is already open.
static void write_fields(JsonWriter& json, const Experience& e) {
    json.key("sessions").integer(e.sessions);
    write(json.key("startup_ms"), e.startup_ms);
    write(json.key("rebuffering_ratio"), e.rebuffering_ratio);
    write(json.key("bitrate_kbps"), e.bitrate_kbps);
    write(json.key("switches_per_minute"), e.switches_per_minute);
    json.key("video_start_failures").number(e.video_start_failures);
    json.key("exits_before_start").number(e.exits_before_start);
}

static void write(JsonWriter& json, const CdnGroup& g) {
    json.object();
    json.key("role").text(g.role).key("sites").integer(g.sites).key("servers").integer(g.servers);
    json.key("requests").integer(g.requests);
    json.key("request_hit_ratio").number(g.request_hit_ratio).key("byte_hit_ratio").number(g.byte_hit_ratio);
    json.key("hits").integer(g.hits).key("coalesced").integer(g.coalesced);
    json.key("misses").integer(g.misses).key("rejected").integer(g.rejected);
    json.key("egress_bytes").integer(g.egress_bytes).key("hit_bytes").integer(g.hit_bytes);
    json.key("coalesced_bytes").integer(g.coalesced_bytes).key("forwarded_bytes").integer(g.forwarded_bytes);
    json.key("cancelled_bytes").integer(g.cancelled_bytes).key("prefill_bytes").integer(g.prefill_bytes);
    json.key("peak_egress_gbps").number(g.peak_egress_gbps).key("capacity_gbps").number(g.capacity_gbps);
    json.key("busiest_site").text(g.busiest_site);
    json.key("busiest_site_peak_share").number(g.busiest_site_peak_share);
    json.key("saturated_seconds").number(g.saturated_seconds);
    json.end();
}

static void write_metrics(JsonWriter& json, const Result& r) {
    json.key("metrics").object();
    write_fields(json, r.experience);
    json.key("peak_concurrent_viewers").integer(r.peak_concurrent_viewers);
    json.key("viewer_hours").number(r.viewer_hours).key("origin_offload").number(r.origin_offload);
    json.key("cdn").object();
    for (const CdnGroup& group : r.cdn) write(json.key(group.id), group);
    json.end().end();
}

static void write_thresholds(JsonWriter& json, const Result& r) {
    json.key("thresholds").array();
    for (const ThresholdVerdict& t : r.thresholds) {
        json.object();
        json.key("text").text(t.text).key("metric").text(t.metric).key("stat").text(t.stat);
        json.key("min").number(t.min).key("max").number(t.max).key("window_s").number(t.window_s);
        json.key("value").number(t.has_samples ? std::optional(t.value) : std::nullopt);
        json.key("worst_at_s").number(t.worst_at_s);
        json.key("has_samples").flag(t.has_samples).key("passed").flag(t.passed);
        json.end();
    }
    json.end();
}

static void write_breakdowns(JsonWriter& json, const Result& r) {
    json.key("breakdowns").array();
    for (const Breakdown& breakdown : r.breakdowns) {
        json.object().key("dimension").text(breakdown.dimension).key("slices").array();
        for (const Slice& slice : breakdown.slices) {
            json.object().key("name").text(slice.name);
            write_fields(json, slice.experience);
            json.end();
        }
        json.end().end();
    }
    json.end();
}

static void write_cost(JsonWriter& json, const Cost& cost) {
    json.key("cost").object();
    json.key("total_usd").number(cost.total_usd).key("usd_per_viewer_hour").number(cost.usd_per_viewer_hour);
    json.key("prices").text(cost.prices).key("lines").array();
    for (const CostLine& line : cost.lines) {
        json.object();
        json.key("item").text(line.item).key("group").text(line.group);
        json.key("quantity").number(line.quantity).key("unit").text(line.unit);
        json.key("unit_price").number(line.unit_price).key("usd").number(line.usd).key("source").text(line.source);
        json.end();
    }
    json.end().end();
}

static void write_over_time(JsonWriter& json, const Result& r) {
    json.key("series").object();
    for (const Series& series : r.series) {
        json.key(series.name).object().key("unit").text(series.unit).key("values").array(true);
        for (const std::optional<double>& value : series.values) json.number(value);
        json.end().end();
    }
    json.end();
}

static void write_markers(JsonWriter& json, const Result& r) {
    json.key("markers").array();
    for (const Marker& marker : r.markers) {
        json.object().key("kind").text(marker.kind).key("text").text(marker.text);
        json.key("from_s").number(marker.from_s).key("to_s").number(marker.to_s).end();
    }
    json.end();
}

static void write_run(JsonWriter& json, const Build& build, const Wall& wall) {
    json.key("build").object();
    json.key("version").text(build.version).key("commit").text(build.commit);
    json.key("compiler").text(build.compiler).key("type").text(build.type);
    json.end();
    json.key("wall").object();
    json.key("elapsed_s").number(wall.elapsed_s).key("peak_rss_bytes").integer(wall.peak_rss_bytes);
    json.key("segments_per_second").number(wall.segments_per_second).key("threads").integer(uint64_t(wall.threads));
    json.end();
}

std::string result_json(const Result& r) {
    JsonWriter json;
    json.object().key("schema").text(kResultSchema);
    json.key("scenario").object();
    json.key("name").text(r.scenario_name).key("description").text(r.scenario_description);
    json.key("hash").text(r.scenario_hash).key("overrides").array();
    for (const std::string& override : r.scenario_overrides) json.text(override);
    json.end().end();
    json.key("seed").integer(r.seed).key("digest").text(r.digest);
    json.key("simulated_s").number(r.simulated_s).key("warmup_s").number(r.warmup_s);
    json.key("sample_s").number(r.sample_s).key("start_unix_s").integer(r.start_unix_s);
    json.key("interrupted").flag(r.interrupted);
    json.key("counts").object();
    json.key("sessions").integer(r.counts.sessions).key("segments").integer(r.counts.segments);
    json.key("events").integer(r.counts.events);
    json.end();
    write_metrics(json, r);
    if (r.services) write_services(json.key("services"), *r.services);
    write_thresholds(json, r);
    write_breakdowns(json, r);
    write_markers(json, r);
    write_cost(json, r.cost);
    write_over_time(json, r);
    write_run(json, r.build, r.wall);
    json.end();
    return json.take();
}

}  // namespace matinee::reports
