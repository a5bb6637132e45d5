#include "reports/figures.hpp"

#include <cmath>

#include "reports/format.hpp"

namespace matinee::reports {

namespace {

using Text = std::string (*)(double);

std::string plain_text(double value) { return significant(value, 4); }
std::string seconds_text(double value) { return value == 0 ? "0 s" : duration_text(value); }

class Figures {
public:
    void section(std::string title, std::string prefix) {
        title_ = std::move(title);
        prefix_ = std::move(prefix);
        detail_ = false;
    }
    void number(const char* name, std::optional<double> value, Text text) {
        if (value && !std::isfinite(*value)) value.reset();
        all_.push_back({title_, prefix_ + name, "", value, std::nullopt, text, detail_});
    }
    /// From here to the next section.
    void details() { detail_ = true; }
    void whole(const char* name, uint64_t value, Text text = short_count_text) {
        all_.push_back({title_, prefix_ + name, "", double(value), value, text, detail_});
    }
    void part(const char* name, uint64_t part, uint64_t of) {
        number(name, of == 0 ? std::nullopt : std::optional(double(part) / double(of)), share_text);
    }
    void distribution(const char* name, const Distribution& d, Text text) {
        const auto add = [&](const char* stat, double value) {
            number(name, d.samples == 0 ? std::nullopt : std::optional(value), text);
            all_.back().stat = stat;
        };
        add("mean", d.mean);
        add("p50", d.p50);
        add("p95", d.p95);
        add("p99", d.p99);
        whole(name, d.samples);
        all_.back().stat = "samples";
        all_.back().detail = true;
    }
    std::vector<Figure> take() { return std::move(all_); }

private:
    std::string title_, prefix_;
    bool detail_ = false;
    std::vector<Figure> all_;
};

void add_viewers(Figures& figures, const Result& r) {
    const Experience& e = r.experience;
    figures.section("VIEWERS", "");
    figures.whole("sessions", e.sessions);
    figures.distribution("startup_ms", e.startup_ms, ms_text);
    figures.distribution("rebuffering_ratio", e.rebuffering_ratio, share_text);
    figures.distribution("bitrate_kbps", e.bitrate_kbps, kbps_text);
    figures.distribution("switches_per_minute", e.switches_per_minute, plain_text);
    figures.number("video_start_failures", e.video_start_failures, share_text);
    figures.number("exits_before_start", e.exits_before_start, share_text);
    figures.whole("peak_concurrent_viewers", r.peak_concurrent_viewers);
    figures.number("viewer_hours", r.viewer_hours, short_count_text);
    figures.number("origin_offload", r.origin_offload, share_text);
}

void add_group(Figures& figures, const CdnGroup& g) {
    figures.section("CDN " + g.id, "cdn." + g.id + ".");
    figures.whole("sites", g.sites);
    figures.whole("servers", g.servers);
    figures.whole("requests", g.requests);
    figures.number("request_hit_ratio", g.request_hit_ratio, share_text);
    figures.number("byte_hit_ratio", g.byte_hit_ratio, share_text);
    figures.whole("rejected", g.rejected);
    figures.whole("egress_bytes", g.egress_bytes, bytes_text);
    figures.whole("prefill_bytes", g.prefill_bytes, bytes_text);
    figures.number("peak_egress_gbps", g.peak_egress_gbps, gbps_text);
    figures.number("capacity_gbps", g.capacity_gbps, gbps_text);
    figures.number("busiest_site_peak_share", g.busiest_site_peak_share, share_text);
    figures.number("saturated_seconds", g.saturated_seconds, seconds_text);
    figures.details();
    figures.whole("hits", g.hits);
    figures.whole("coalesced", g.coalesced);
    figures.whole("misses", g.misses);
    figures.whole("hit_bytes", g.hit_bytes, bytes_text);
    figures.whole("coalesced_bytes", g.coalesced_bytes, bytes_text);
    figures.whole("forwarded_bytes", g.forwarded_bytes, bytes_text);
    figures.whole("cancelled_bytes", g.cancelled_bytes, bytes_text);
}

void add_services(Figures& figures, const Services& s) {
    figures.section("SERVICES", "");
    figures.whole("api.calls", s.calls);
    figures.part("api.failed", s.failed, s.calls);
    figures.distribution("api.latency_ms", s.latency_ms, ms_text);
    figures.whole("visits", s.visits);
    figures.part("visits.refused", s.refused, s.visits);
    figures.part("visits.left", s.left, s.visits);
    figures.distribution("visits.sign_in_ms", s.sign_in_ms, ms_text);
    figures.distribution("visits.play_answer_ms", s.start_ms, ms_text);
    for (const ApiOperation& o : s.operations) {
        figures.section("SERVICES " + o.name, "api." + o.name + ".");
        figures.details();
        figures.whole("calls", o.calls);
        figures.part("failed", o.failed, o.calls);
        figures.distribution("latency_ms", o.latency_ms, ms_text);
    }
}

void add_cost(Figures& figures, const Cost& cost) {
    figures.section("COST", "cost.");
    figures.number("total_usd", cost.total_usd, usd_text);
    figures.number("usd_per_viewer_hour", cost.usd_per_viewer_hour, usd_text);
    for (const CostLine& line : cost.lines)
        figures.number((line.group + "." + line.item + "_usd").c_str(), line.usd, usd_text);
}

}  // namespace

std::vector<Figure> figures_of(const Result& result) {
    Figures figures;
    add_viewers(figures, result);
    for (const CdnGroup& group : result.cdn) add_group(figures, group);
    if (result.services) add_services(figures, *result.services);
    add_cost(figures, result.cost);
    return figures.take();
}

}  // namespace matinee::reports
