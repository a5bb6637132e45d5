// The top of the HTML report: verdict, key figures, events.
#include <algorithm>
#include <cmath>

#include "reports/format.hpp"
#include "reports/html.hpp"
#include "reports/html_parts.hpp"
#include "reports/verdict.hpp"

namespace matinee::reports::html {

std::string css_percent(double share) {
    return fixed(std::isfinite(share) ? 100 * std::clamp(share, 0.0, 1.0) : 0, 1) + "%";
}

std::string cell(const std::string& label, const std::string& content, const std::string& classes) {
    return "<td class=\"" + classes + "\" data-label=\"" + label + "\">" + content + "</td>";
}

std::string bar(double share, const std::string& classes) {
    return "<span class=\"bar " + classes + "\"><i style=\"width:" + css_percent(share) + "\"></i></span>";
}

/// The value as a bar with the bound as a tick, on a scale that holds both.
static std::string gauge(const ThresholdVerdict& t) {
    if (!t.has_samples) return "";
    const Margin margin = margin_of(t);
    const double bound = margin.at_max ? t.max.value_or(0) : t.min.value_or(0);
    const double full = 1.15 * std::max(t.value, bound);
    if (!(full > 0)) return "";
    return std::string("<span class=\"gauge") + (t.passed ? "" : " over") +
           "\"><i style=\"width:" + css_percent(t.value / full) +
           "\"></i><u style=\"left:" + css_percent(bound / full) + "\"></u></span>";
}

static std::string threshold_row(const Result& r, const ThresholdVerdict& t) {
    const std::string classes = t.passed ? "ok" : "not-ok";
    std::string margin = margin_text(t);
    if (t.has_samples && t.window_s > 0) margin += ", worst at " + clock_text(r.start_unix_s, t.worst_at_s);
    return "<tr><th scope=\"row\"><span class=\"" + classes + "\">" + (t.passed ? "✓ holds" : "✗ failed") +
           "</span></th>" + cell("threshold", "<code>" + escaped(t.text) + "</code>", "wide") +
           cell("value", t.has_samples ? significant(t.value, 4) : "–") + cell("value and bound", gauge(t), "") +
           cell("margin", "<span class=\"" + classes + "\">" + escaped(margin) + "</span>", "wide") + "</tr>\n";
}

std::string verdict(const Result& r) {
    const Verdict verdict = verdict_of(r);
    const std::string kind = verdict == Verdict::Pass ? "pass" : verdict == Verdict::Fail ? "fail" : "none";
    std::string html = "<section class=\"verdict card " + kind + "\" id=\"verdict\"><div class=\"call\"><strong>" +
                       verdict_word(verdict) + "</strong><span>" + verdict_sentence(r) + "</span></div>";
    if (!r.thresholds.empty()) {
        html +=
            "<table class=\"stack\"><thead><tr><th>Verdict</th><th>Threshold</th><th class=\"n\">Value</th>"
            "<th>Value and bound</th><th>Margin</th></tr></thead><tbody>\n";
        for (const ThresholdVerdict& t : r.thresholds) html += threshold_row(r, t);
        html += "</tbody></table>";
    } else {
        html += "<p class=\"alert\">Without thresholds a run can inform, but never fail.</p>";
    }
    for (const ThresholdVerdict& t : r.thresholds)
        if (!t.has_samples)
            html += "<p class=\"alert\"><code>" + escaped(t.text) +
                    "</code> matched no samples, which counts as failed.</p>";
    html += "</section>\n";
    if (r.interrupted)
        html += "<p class=\"alert\">This run was interrupted after " + duration_text(r.simulated_s) +
                " of simulated time; every figure covers that time only.</p>\n";
    return html;
}

static std::string tile(const std::string& name, const std::string& prefix, const std::string& figure,
                        const std::string& sub) {
    const std::string before = prefix.empty() ? "" : "<small>" + prefix + "</small> ";
    return "<div class=\"tile card\"><dt>" + name + "</dt><dd class=\"big\">" + before + figure +
           "</dd><dd class=\"sub\">" + sub + "</dd></div>\n";
}

static std::string edge_tile(const Result& r) {
    double peak = 0, capacity = 0;
    for (const CdnGroup& group : r.cdn) {
        if (group.role != "edge") continue;
        peak += group.peak_egress_gbps;
        capacity += group.capacity_gbps;
    }
    return tile("Edge egress", "peak", gbps_text(peak),
                capacity > 0 ? share_text(peak / capacity) + " of " + gbps_text(capacity) : "highest 5-minute mean");
}

std::string key_figures(const Result& r) {
    const Experience& e = r.experience;
    const auto of = [](const Distribution& d, double value, std::string (*text)(double)) {
        return d.samples == 0 ? std::string("–") : text(value);
    };
    const Distribution &startup = e.startup_ms, &stalls = e.rebuffering_ratio, &rate = e.bitrate_kbps;
    std::string html = "<dl class=\"tiles\">\n";
    html += tile("Start-up time", "p95", of(startup, startup.p95, ms_text),
                 "median " + of(startup, startup.p50, ms_text) + ", p99 " + of(startup, startup.p99, ms_text));
    html += tile("Rebuffering ratio", "mean", of(stalls, stalls.mean, share_text),
                 "p95 " + of(stalls, stalls.p95, share_text) + ", p99 " + of(stalls, stalls.p99, share_text));
    html += tile("Bitrate", "median", of(rate, rate.p50, kbps_text), "mean " + of(rate, rate.mean, kbps_text));
    html += tile("Failed starts", "", or_dash(e.video_start_failures, share_text),
                 or_dash(e.exits_before_start, share_text) + " left before the first frame");
    html += tile("Concurrent viewers", "peak", count_text(r.peak_concurrent_viewers),
                 short_count_text(r.viewer_hours) + " viewer-hours");
    html += edge_tile(r);
    html += tile("Origin offload", "", or_dash(r.origin_offload, share_text), "of the bytes came from elsewhere");
    html += r.cost.lines.empty() ? tile("Cost", "", "–", "not priced")
                                 : tile("Cost of a viewer-hour", "", or_dash(r.cost.usd_per_viewer_hour, usd_text),
                                        usd_text(r.cost.total_usd) + " in all");
    return html + "</dl>\n";
}

std::string event_list(const Result& r, const std::vector<Event>& events) {
    std::string html;
    for (const Event& event : events) {
        std::string when = clock_text(r.start_unix_s, event.from_s);
        if (event.to_s >= r.simulated_s && event.to_s > event.from_s)
            when += " to the end";
        else if (event.to_s > event.from_s)
            when += " to " + clock_text(r.start_unix_s, event.to_s);
        const std::string kind = escaped(event.marker.kind);
        html += "<li><b class=\"" + kind + "\">" + (event.number == 0 ? "·" : std::to_string(event.number)) + "</b>" +
                (event.number == 0 || event.marker.text.starts_with(event.marker.kind) ? "" : kind + ": ") +
                escaped(event.marker.text) + " <time>" + when + "</time></li>\n";
    }
    return html.empty() ? "" : "<ol class=\"events\">\n" + html + "</ol>\n";
}

}  // namespace matinee::reports::html
