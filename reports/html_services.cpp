// The services' section of the HTML report: operations, lost visits, regions.
#include <algorithm>

#include "reports/format.hpp"
#include "reports/html.hpp"
#include "reports/html_parts.hpp"

namespace matinee::reports::html {

static std::string head(const std::string& title, bool right = true) {
    return std::string("<th scope=\"col\"") + (right ? " class=\"n\">" : ">") + title + "</th>";
}

static std::string time_cell(const char* label, const Distribution& d, double value) {
    return cell(label, d.samples == 0 ? "–" : ms_text(value));
}

/// "payment_declined 12, shed 3": the most frequent, and how many more kinds.
static std::string causes_text(const ApiOperation& operation) {
    constexpr size_t kShown = 3;
    std::string text;
    for (size_t i = 0; i < std::min(kShown, operation.causes.size()); ++i)
        text += (i > 0 ? ", " : "") + escaped(operation.causes[i].first) + " " + count_text(operation.causes[i].second);
    if (operation.causes.size() > kShown) text += " and others";
    return text.empty() ? "–" : text;
}

static std::string share_of(uint64_t part, uint64_t whole) {
    return whole == 0 ? "–" : share_text(double(part) / double(whole));
}

static std::string operations_table(const Services& s) {
    std::string html = "<div class=\"card scroll\"><table class=\"stack\"><thead><tr>" + head("Operation", false) +
                       head("Calls") + head("Failed") + head("p50") + head("p95") + head("p99") +
                       head("Causes of failures", false) + "</tr></thead><tbody>\n";
    for (const ApiOperation& o : s.operations) {
        const double failed = o.calls == 0 ? 0 : double(o.failed) / double(o.calls);
        html += "<tr><th scope=\"row\">" + escaped(o.name) + "</th>" +
                cell("calls", short_count_text(double(o.calls))) +
                cell("failed", share_of(o.failed, o.calls) + bar(failed, failed > 0.05 ? "hot" : "warm")) +
                time_cell("p50", o.latency_ms, o.latency_ms.p50) + time_cell("p95", o.latency_ms, o.latency_ms.p95) +
                time_cell("p99", o.latency_ms, o.latency_ms.p99) + cell("causes", causes_text(o), "source wide") +
                "</tr>\n";
    }
    html += "</tbody><tfoot><tr><th scope=\"row\">All</th>" + cell("calls", short_count_text(double(s.calls))) +
            cell("failed", share_of(s.failed, s.calls)) + time_cell("p50", s.latency_ms, s.latency_ms.p50) +
            time_cell("p95", s.latency_ms, s.latency_ms.p95) + time_cell("p99", s.latency_ms, s.latency_ms.p99) +
            "<td></td></tr></tfoot></table></div>\n";
    return html +
           "<p class=\"note\">Every attempt of a client is a call. Times are those of answers, from the region's door "
           "to "
           "the answer's leaving it: queue, cores, stores and provider, but not the network to the viewer.</p>\n";
}

static std::string visits_table(const Services& s) {
    std::string html = "<div class=\"card\"><table class=\"stack\"><thead><tr>" + head("Visits", false) +
                       head("Number") + head("Share") + "</tr></thead><tbody>\n";
    const auto row = [&](const std::string& name, uint64_t visits, const char* hue) {
        const double share = s.visits == 0 ? 0 : double(visits) / double(s.visits);
        html += "<tr><th scope=\"row\">" + name + "</th>" + cell("visits", count_text(visits)) +
                cell("share", share_of(visits, s.visits) + bar(share, hue)) + "</tr>\n";
    };
    row("began", s.visits, "");
    row("were let play", s.ready, "");
    row("left, tired of waiting for the answer to play", s.left, "warm");
    for (const LostVisits& lost : s.lost)
        row("ended at " + escaped(lost.operation) + "<span class=\"role\">" + escaped(lost.cause) + "</span>",
            lost.visits, "warm");
    html += "</tbody></table></div>\n<div class=\"card\"><table class=\"quantiles\"><thead><tr>" +
            head("Waiting per visit", false) + head("p50") + head("p95") + head("p99") + head("mean") +
            "</tr></thead><tbody>\n";
    const auto times = [&](const char* name, const Distribution& d) {
        html += std::string("<tr><th scope=\"row\">") + name + "</th>" + time_cell("p50", d, d.p50) +
                time_cell("p95", d, d.p95) + time_cell("p99", d, d.p99) + time_cell("mean", d, d.mean) + "</tr>\n";
    };
    times("Signing in, up to the home page", s.sign_in_ms);
    times("Play until the answer", s.start_ms);
    return html +
           "</tbody></table></div>\n<p class=\"note\">Visits that were still on their way at the end of the run are in "
           "no "
           "other row. The answer to play is part of start-up time; signing in is not, nor is time for choices part of "
           "it.</p>\n";
}

static std::string regions_table(const Services& s) {
    std::string html = "<div class=\"card scroll\"><table class=\"stack\"><thead><tr>" + head("Region", false) +
                       head("Calls") + head("Failed") + head("p95") + head("Instances, most") + head("Machine hours") +
                       head("Scaled up") + head("Scaled down") + "</tr></thead><tbody>\n";
    for (const ServiceRegion& r : s.regions)
        html += "<tr><th scope=\"row\">" + escaped(r.id) + "</th>" + cell("calls", short_count_text(double(r.calls))) +
                cell("failed", share_of(r.failed, r.calls)) + time_cell("p95", r.latency_ms, r.latency_ms.p95) +
                cell("instances, most", count_text(r.instances_most)) +
                cell("machine hours", fixed(r.machine_hours, 1)) + cell("scaled up", count_text(r.scaled_up)) +
                cell("scaled down", count_text(r.scaled_down)) + "</tr>\n";
    return html + "</tbody></table></div>\n";
}

std::string services_tables(const Result& r) {
    if (!r.services) return "";
    return visits_table(*r.services) + operations_table(*r.services) + regions_table(*r.services);
}

}  // namespace matinee::reports::html
