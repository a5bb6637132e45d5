#include "reports/html.hpp"

#include "reports/chart.hpp"
#include "reports/format.hpp"
#include "reports/html_parts.hpp"
#include "reports/page.hpp"
#include "reports/verdict.hpp"

namespace matinee::reports {

static std::string top(const Result& r) {
    const bool dated = r.start_unix_s != 0;
    std::string html =
        "<header class=\"top\">\n<div class=\"brand\"><span><b>matinee</b> simulation report</span><span>" +
        (dated ? date_text(r.start_unix_s) : std::string()) + "</span></div>\n<h1>" + escaped(r.scenario_name) +
        "</h1>\n";
    if (!r.scenario_description.empty()) html += "<p class=\"about\">" + escaped(r.scenario_description) + "</p>\n";
    if (!r.scenario_overrides.empty()) {
        html += "<p class=\"about\">Changed for this run:";
        for (const std::string& override : r.scenario_overrides) html += " <code>" + escaped(override) + "</code>";
        html += "</p>\n";
    }
    html += "<p class=\"facts\"><span><b>" + duration_text(r.simulated_s) + "</b> simulated</span><span><b>" +
            short_count_text(double(r.counts.sessions)) + "</b> sessions</span><span><b>" +
            short_count_text(double(r.counts.segments)) + "</b> segment requests</span><span>seed <b>" +
            std::to_string(r.seed) + "</b></span><span>digest <code>" + escaped(shortened(clean_text(r.digest), 17)) +
            "</code></span></p>\n";
    return html;
}

struct Section {
    const char* id;
    const char* title;
    const char* lead;
    std::string body;
};

static std::string chart_grid(const char* classes, const std::vector<Chart>& charts, const std::vector<Event>& events) {
    std::string html = std::string("<div class=\"charts ") + classes + "\">\n";
    for (const Chart& chart : charts) html += chart_html(chart, events);
    return html + "</div>\n";
}

static std::vector<Section> sections(const Result& r, const std::vector<Chart>& over_time,
                                     const std::vector<Chart>& cdfs, const std::vector<Chart>& of_services,
                                     const std::vector<Event>& events) {
    std::vector<Section> all;
    const auto add = [&](const char* id, const char* title, const char* lead, std::string body) {
        if (!body.empty()) all.push_back({id, title, lead, std::move(body)});
    };
    if (!over_time.empty())
        add("time", "Over time", "",
            "<div class=\"bar-of-tools\"><span class=\"note hint\" id=\"hint\" hidden>Hover for values, drag to zoom, "
            "double "
            "click to go back.</span><button type=\"button\" id=\"reset-zoom\" hidden>Whole run</button></div>\n" +
                html::event_list(r, events) + chart_grid("time", over_time, events));
    add("viewers", "What viewers saw", "Share of sessions at or below each value: the tails are where viewers leave.",
        (cdfs.empty() ? "" : chart_grid("three", cdfs, events)) + html::quantile_table(r));
    add("breakdowns", "Who saw it", "Worst first, by mean rebuffering ratio. Bars compare within a table.",
        html::breakdown_tables(r));
    add("cdn", "Delivery", "Where the bytes came from, and how much room was left at the busiest five minutes.",
        html::cdn_table(r));
    add("services", "Services", "What the platform's API did for these viewers before and while they watched.",
        (of_services.empty() ? "" : chart_grid("", of_services, events)) + html::services_tables(r));
    add("cost", "Cost", "", html::cost_table(r));
    add("provenance", "Provenance", "", html::provenance(r));
    return all;
}

std::string report_html(const Result& r) {
    const std::vector<Event> events = events_of(r);
    const std::vector<Chart> over_time = charts_over_time(r), cdfs = cdf_charts(r), of_services = service_charts(r);
    std::vector<Chart> charts = over_time;
    charts.insert(charts.end(), cdfs.begin(), cdfs.end());
    charts.insert(charts.end(), of_services.begin(), of_services.end());
    const std::vector<Section> parts = sections(r, over_time, cdfs, of_services, events);

    std::string html = top(r) + "<nav aria-label=\"Sections\">";
    for (const Section& part : parts) html += std::string("<a href=\"#") + part.id + "\">" + part.title + "</a>";
    html += "</nav>\n</header>\n<main>\n" + html::verdict(r) + html::key_figures(r);
    for (const Section& part : parts) {
        html += std::string("<section id=\"") + part.id + "\">\n<h2>" + part.title + "</h2>\n";
        if (*part.lead != '\0') html += std::string("<p class=\"lead\">") + part.lead + "</p>\n";
        html += part.body + "</section>\n";
    }
    html += "</main>\n" + page_footer(r.build.version);
    return page({verdict_word(verdict_of(r)) + ": " + escaped(r.scenario_name) + ", matinee report", html,
                 chart_data(r.start_unix_s, charts, events)});
}

}  // namespace matinee::reports
