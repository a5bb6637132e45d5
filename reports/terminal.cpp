#include "reports/terminal.hpp"

#include <algorithm>

#include "reports/cost.hpp"
#include "reports/format.hpp"
#include "reports/terminal_page.hpp"
#include "reports/verdict.hpp"

namespace matinee::reports {

namespace {

using Ink = TerminalPage::Ink;

std::string when(const Result& r) {
    const std::string length = duration_text(r.simulated_s);
    return r.start_unix_s == 0 ? length : length + " from " + date_text(r.start_unix_s);
}

void head(TerminalPage& page, const Result& r) {
    page.line(clean_text(r.scenario_name), Ink::Bold);
    if (!r.scenario_description.empty()) page.paragraph(clean_text(r.scenario_description), 2, Ink::Dim);
    if (!r.scenario_overrides.empty()) {
        std::string changed;
        for (const std::string& override : r.scenario_overrides) changed += (changed.empty() ? "" : ", ") + override;
        page.paragraph("changed here: " + clean_text(changed), 2, Ink::Warn);
    }
    page.line("  " + when(r) + ", seed " + std::to_string(r.seed));
    page.paragraph(short_count_text(double(r.counts.sessions)) + " sessions, " +
                       short_count_text(double(r.counts.segments)) + " segments in " + duration_text(r.wall.elapsed_s) +
                       " (" + short_count_text(r.wall.segments_per_second) + " a second)",
                   2);
    page.line("  digest " + clean_text(r.digest));
    if (r.interrupted) page.line("  interrupted after " + duration_text(r.simulated_s), Ink::Warn);
}

void threshold(TerminalPage& page, const Result& r, const ThresholdVerdict& t) {
    const Ink ink = t.passed ? Ink::Good : Ink::Bad;
    std::string margin = margin_text(t);
    if (t.has_samples && !t.passed && t.window_s > 0) margin += " at " + clock_text(r.start_unix_s, t.worst_at_s);
    const std::string value = t.has_samples ? significant(t.value, 4) : "–";
    const std::string mark = "  " + page.in(ink, t.passed ? "✓" : "✗") + " ";
    std::string text = clean_text(t.text);
    if (columns(text) > 41) {  // a line of its own, rather than half a bound
        page.inked(mark + shortened(text, TerminalPage::kWidth - 4));
        text.clear();
    }
    page.inked((text.empty() ? std::string(4, ' ') : mark) + left(text, 41) + right(value, 11) + "  " +
               page.in(ink, shortened(margin, TerminalPage::kWidth - 57)));
}

void thresholds(TerminalPage& page, const Result& r) {
    const Verdict verdict = verdict_of(r);
    const Ink ink = verdict == Verdict::Pass ? Ink::Good : verdict == Verdict::Fail ? Ink::Bad : Ink::Warn;
    page.inked("\n" + page.in(ink, verdict_word(verdict)) + "  " + verdict_sentence(r));
    for (const ThresholdVerdict& t : r.thresholds) threshold(page, r, t);
    if (verdict == Verdict::None)
        page.paragraph("warning: without thresholds a run can inform, but never fail: add \"thresholds\"", 2,
                       Ink::Warn);
    for (const ThresholdVerdict& t : r.thresholds)
        if (!t.has_samples)
            page.paragraph("warning: \"" + clean_text(t.text) + "\" matched no samples, which counts as failed", 2,
                           Ink::Warn);
}

void quantiles(TerminalPage& page, const char* name, const Distribution& d, std::string (*text)(double)) {
    const auto figure = [&](double value) { return table_cell(d.samples == 0 ? "–" : text(value), 13); };
    page.line("  " + left(name, 22) + figure(d.mean) + figure(d.p50) + figure(d.p95) + figure(d.p99));
}

std::string plain_text(double value) { return significant(value); }

void viewers(TerminalPage& page, const Result& r) {
    const Experience& e = r.experience;
    page.heading("VIEWERS", right("mean", 30) + right("p50", 13) + right("p95", 13) + right("p99", 13));
    quantiles(page, "start-up time", e.startup_ms, ms_text);
    quantiles(page, "rebuffering ratio", e.rebuffering_ratio, share_text);
    quantiles(page, "bitrate", e.bitrate_kbps, kbps_text);
    quantiles(page, "switches a minute", e.switches_per_minute, plain_text);
    page.paragraph(count_text(r.peak_concurrent_viewers) + " viewers at the peak; " + count_text(e.sessions) +
                       " sessions measured" +
                       (r.warmup_s > 0 ? " after " + duration_text(r.warmup_s) + " of warm-up" : "") + "; " +
                       or_dash(e.video_start_failures, share_text) + " failed to start, " +
                       or_dash(e.exits_before_start, share_text) + " left before the first frame",
                   2);
}

void cdn(TerminalPage& page, const Result& r) {
    if (r.cdn.empty()) return;
    page.heading("CDN", right("sites", 18) + right("requests", 10) + right("hits", 9) + right("by bytes", 10) +
                            right("egress", 10) + right("peak", 11) + right("load", 9));
    for (const CdnGroup& g : r.cdn) {
        const std::string load = g.capacity_gbps > 0 ? share_text(g.peak_egress_gbps / g.capacity_gbps) : "–";
        page.line("  " + left(clean_text(g.id), 12) + table_cell(count_text(g.sites), 7) +
                  table_cell(short_count_text(double(g.requests)), 10) +
                  table_cell(or_dash(g.request_hit_ratio, share_text), 9) +
                  table_cell(or_dash(g.byte_hit_ratio, share_text), 10) +
                  table_cell(bytes_text(double(g.egress_bytes)), 10) + table_cell(gbps_text(g.peak_egress_gbps), 11) +
                  table_cell(load, 9));
    }
    page.line("  origin offload " + or_dash(r.origin_offload, share_text) +
              "; peak: highest 5-minute mean, load: of capacity");
    if (r.warmup_s > 0) page.line("  all of it after the warm-up");
    for (const CdnGroup& g : r.cdn) {
        if (g.saturated_seconds > 0)
            page.paragraph(clean_text(g.id) + ": saturated for " + duration_text(g.saturated_seconds) +
                               " (sum over sites); busiest site " + clean_text(g.busiest_site) + " at " +
                               share_text(g.busiest_site_peak_share),
                           2, Ink::Warn);
        if (g.rejected > 0)
            page.paragraph(clean_text(g.id) + ": turned away " + count_text(g.rejected) + " requests", 2, Ink::Warn);
    }
}

void services(TerminalPage& page, const Result& r) {
    if (!r.services) return;
    const Services& s = *r.services;
    page.heading("SERVICES",
                 right("calls", 24) + right("failed", 12) + right("p50", 12) + right("p95", 12) + right("p99", 12));
    const auto row = [&](const std::string& name, uint64_t calls, uint64_t failed, const Distribution& d) {
        const auto time = [&](double value) { return table_cell(d.samples == 0 ? "–" : ms_text(value), 12); };
        page.line("  " + left(clean_text(name), 20) + table_cell(short_count_text(double(calls)), 10) +
                  table_cell(calls == 0 ? "–" : share_text(double(failed) / double(calls)), 12) + time(d.p50) +
                  time(d.p95) + time(d.p99));
    };
    const auto took = [](const Distribution& d) {
        return d.samples == 0 ? "–" : ms_text(d.p50) + " (p95 " + ms_text(d.p95) + ")";
    };
    for (const ApiOperation& o : s.operations) row(o.name, o.calls, o.failed, o.latency_ms);
    row("all", s.calls, s.failed, s.latency_ms);
    page.paragraph(count_text(s.visits) + " visits: " + count_text(s.ready) + " were let play, " +
                       count_text(s.refused) + " ended with a call that failed, " + count_text(s.left) +
                       " lost patience; signing in took " + took(s.sign_in_ms) + ", the answer to \"play\" " +
                       took(s.start_ms),
                   2);
    constexpr size_t kMostLost = 5;
    for (size_t i = 0; i < std::min(kMostLost, s.lost.size()); ++i)
        page.line("  lost at " + left(clean_text(s.lost[i].operation), 20) + left(clean_text(s.lost[i].cause), 24) +
                      right(count_text(s.lost[i].visits), 10),
                  Ink::Warn);
    for (const ServiceRegion& region : s.regions)
        page.line("  " + left(clean_text(region.id), 20) + "at most " + count_text(region.instances_most) +
                  (region.instances_most == 1 ? " instance, " : " instances, ") + fixed(region.machine_hours, 1) +
                  " machine hours, scaled +" + count_text(region.scaled_up) + " -" + count_text(region.scaled_down));
}

void cost(TerminalPage& page, const Result& r) {
    if (r.cost.lines.empty()) return;
    page.heading("COST", "  " + usd_text(r.cost.total_usd) + ", " + or_dash(r.cost.usd_per_viewer_hour, usd_text) +
                             " a viewer-hour (prices: " + clean_text(r.cost.prices) + ")");
    for (const CostLine& line : r.cost.lines)
        page.line("  " + left(clean_text(line.group), 12) + left(clean_text(line.item), 9) +
                  table_cell(quantity_text(line.quantity) + " " + clean_text(line.unit), 28) +
                  table_cell("at " + usd_text(line.unit_price), 13) +
                  table_cell(usd_part_text(line.usd, r.cost.total_usd), 16));
    const std::string scope = cost_scope(r);
    if (!scope.empty()) page.paragraph(scope, 2);
}

void events(TerminalPage& page, const Result& r) {
    const auto shown = [](const Marker& m) { return m.kind != "warmup"; };
    if (std::none_of(r.markers.begin(), r.markers.end(), shown)) return;
    page.heading("EVENTS", r.start_unix_s == 0 ? "" : "  (UTC)");
    for (const Marker& m : r.markers) {
        if (!shown(m)) continue;
        std::string span = clock_text(r.start_unix_s, m.from_s);
        if (m.to_s >= r.simulated_s && m.to_s > m.from_s)
            span += " to the end";
        else if (m.to_s > m.from_s)
            span += " to " + clock_text(r.start_unix_s, m.to_s);
        page.line("  " + left(span, 22) + left(clean_text(m.kind), 11) + clean_text(m.text));
    }
}

}  // namespace

std::string terminal_text(const Result& result, const TerminalOptions& options) {
    TerminalPage page(options.colour);
    head(page, result);
    thresholds(page, result);
    viewers(page, result);
    cdn(page, result);
    services(page, result);
    cost(page, result);
    events(page, result);
    return page.take();
}

}  // namespace matinee::reports
