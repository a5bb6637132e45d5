#include "reports/csv.hpp"

#include <algorithm>
#include <initializer_list>

#include "reports/json_writer.hpp"

namespace matinee::reports {

static std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string cell = "\"";
    for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
    return cell + '"';
}

static std::string cell(double value) {
    const std::string text = number_text(value);
    return text == "null" ? "" : text;
}

static std::string cell(const std::optional<double>& value) { return value ? cell(*value) : ""; }

static std::string row(std::initializer_list<std::string> cells) {
    std::string line;
    for (const std::string& text : cells) line += (line.empty() ? "" : ",") + quoted(text);
    return line + "\r\n";
}

std::string series_csv(const Result& r) {
    std::string text = "time_s";
    size_t steps = 0;
    for (const Series& series : r.series) {
        text += "," + quoted(series.name + (series.unit.empty() ? "" : " [" + series.unit + "]"));
        steps = std::max(steps, series.values.size());
    }
    text += "\r\n";
    for (size_t i = 0; i < steps; ++i) {
        text += cell(double(i) * r.sample_s);
        for (const Series& series : r.series) {
            text += ',';
            if (i < series.values.size() && series.values[i]) text += cell(*series.values[i]);
        }
        text += "\r\n";
    }
    return text;
}

static std::string rows(const std::string& metric, const Distribution& d) {
    const auto figure = [&](const char* stat, double value) {
        return row({metric, stat, d.samples == 0 ? "" : cell(value)});
    };
    return figure("mean", d.mean) + figure("p50", d.p50) + figure("p95", d.p95) + figure("p99", d.p99) +
           row({metric, "samples", std::to_string(d.samples)});
}

static std::string rows(const CdnGroup& g) {
    const std::string at = "cdn." + g.id + ".";
    std::string text;
    const auto whole = [&](const char* name, uint64_t value) { text += row({at + name, "", std::to_string(value)}); };
    const auto number = [&](const char* name, const std::optional<double>& value) { text += row({at + name, "", cell(value)}); };
    whole("sites", g.sites);
    whole("servers", g.servers);
    whole("requests", g.requests);
    number("request_hit_ratio", g.request_hit_ratio);
    number("byte_hit_ratio", g.byte_hit_ratio);
    whole("hits", g.hits);
    whole("coalesced", g.coalesced);
    whole("misses", g.misses);
    whole("rejected", g.rejected);
    whole("egress_bytes", g.egress_bytes);
    whole("hit_bytes", g.hit_bytes);
    whole("coalesced_bytes", g.coalesced_bytes);
    whole("forwarded_bytes", g.forwarded_bytes);
    whole("cancelled_bytes", g.cancelled_bytes);
    whole("prefill_bytes", g.prefill_bytes);
    number("peak_egress_gbps", g.peak_egress_gbps);
    number("capacity_gbps", g.capacity_gbps);
    number("busiest_site_peak_share", g.busiest_site_peak_share);
    number("saturated_seconds", g.saturated_seconds);
    return text;
}

std::string summary_csv(const Result& r) {
    const Experience& e = r.experience;
    std::string text = row({"metric", "stat", "value"});
    text += row({"sessions", "", std::to_string(e.sessions)});
    text += rows("startup_ms", e.startup_ms) + rows("rebuffering_ratio", e.rebuffering_ratio) +
            rows("bitrate_kbps", e.bitrate_kbps) + rows("switches_per_minute", e.switches_per_minute);
    text += row({"video_start_failures", "", cell(e.video_start_failures)});
    text += row({"exits_before_start", "", cell(e.exits_before_start)});
    text += row({"peak_concurrent_viewers", "", std::to_string(r.peak_concurrent_viewers)});
    text += row({"viewer_hours", "", cell(r.viewer_hours)});
    text += row({"origin_offload", "", cell(r.origin_offload)});
    for (const CdnGroup& group : r.cdn) text += rows(group);
    text += row({"cost.total_usd", "", cell(r.cost.total_usd)});
    text += row({"cost.usd_per_viewer_hour", "", cell(r.cost.usd_per_viewer_hour)});
    return text;
}

std::string breakdowns_csv(const Result& r) {
    std::string text = "dimension,name,sessions";
    for (const char* metric : {"startup_ms", "rebuffering_ratio", "bitrate_kbps", "switches_per_minute"})
        for (const char* stat : {"mean", "p50", "p95", "p99"}) text += std::string(",") + metric + "_" + stat;
    text += ",video_start_failures,exits_before_start\r\n";
    for (const Breakdown& breakdown : r.breakdowns) {
        for (const Slice& slice : breakdown.slices) {
            const Experience& e = slice.experience;
            text += quoted(breakdown.dimension) + "," + quoted(slice.name) + "," + std::to_string(e.sessions);
            for (const Distribution* d : {&e.startup_ms, &e.rebuffering_ratio, &e.bitrate_kbps, &e.switches_per_minute})
                for (const double value : {d->mean, d->p50, d->p95, d->p99})
                    text += "," + (d->samples == 0 ? "" : cell(value));
            text += "," + cell(e.video_start_failures) + "," + cell(e.exits_before_start) + "\r\n";
        }
    }
    return text;
}

}  // namespace matinee::reports
