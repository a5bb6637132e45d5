#include "reports/page.hpp"

#include "reports/format.hpp"
#include "reports/html.hpp"
#include "reports/json_writer.hpp"
#include "reports/web_assets.hpp"

namespace matinee::reports {

std::string escaped(std::string_view text) {
    std::string html;
    for (const char c : clean_text(text)) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            case '\'':
                html += "&#39;";
                break;
            default:
                html += c;
        }
    }
    return html;
}

std::string chart_data(int64_t start_unix_s, const std::vector<Chart>& charts, const std::vector<Event>& events) {
    JsonWriter json(JsonWriter::Target::HtmlScript);
    const double start_ms = 1e3 * double(start_unix_s);
    json.object().key("dated").flag(start_unix_s != 0).key("start").number(start_ms);
    json.key("events").array();
    for (const Event& event : events) {
        json.object(true)
            .key("kind")
            .text(event.marker.kind)
            .key("text")
            .text(event.marker.text)
            .key("number")
            .integer(int64_t(event.number));
        json.key("from").number(start_ms + 1e3 * event.from_s).key("to").number(start_ms + 1e3 * event.to_s).end();
    }
    json.end().key("charts").array();
    for (const Chart& chart : charts) write_chart(json, chart, start_unix_s);
    json.end().end();
    return json.take();
}

std::string page_footer(std::string_view version) {
    return "<footer>Made by matinee " + escaped(version) +
           ". Everything is inside this file; it fetches nothing. Interactive charts: dygraphs (MIT licence, in the "
           "source of this page).</footer>\n";
}

std::string page(const Page& page) {
    std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    html +=
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'; img-src data:\">\n";
    html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    html += "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n";
    html += "<title>" + page.title + "</title>\n<!--\n" + std::string(kDygraphsLicence) + "-->\n";
    html += "<style>\n" + std::string(kDygraphsCss) + "\n" + std::string(kReportCss) + "</style>\n</head>\n<body>\n";
    html += page.body;
    html += "<script type=\"application/json\" id=\"report-data\">" + page.data + "</script>\n";
    html += "<script>\n" + std::string(kDygraphsJs) + "\n</script>\n<script>\n" + std::string(kSynchronizerJs) +
            "\n</script>\n<script>\n" + std::string(kReportJs) + "</script>\n</body>\n</html>\n";
    return html;
}

std::string plot_html(const Plot& plot) {
    std::string html = "<header class=\"top\">\n<div class=\"brand\"><span><b>matinee</b> lab</span></div>\n<h1>" +
                       escaped(plot.title) + "</h1>\n<p class=\"about\">" + escaped(plot.about) +
                       "</p>\n<p class=\"facts\">";
    for (const auto& [figure, text] : plot.facts)
        html += "<span><b>" + escaped(figure) + "</b> " + escaped(text) + "</span>";
    html +=
        "</p>\n</header>\n<main>\n<section>\n<div class=\"bar-of-tools\"><span class=\"note hint\" id=\"hint\" "
        "hidden>Hover for values, drag to zoom, double click to go back.</span><button type=\"button\" "
        "id=\"reset-zoom\" hidden>Whole run</button></div>\n<div class=\"charts time\">\n";
    for (const Chart& chart : plot.charts) html += chart_html(chart, {});
    html += "</div>\n</section>\n</main>\n" + page_footer(plot.version);
    return page({escaped(plot.title) + ", matinee", html, chart_data(0, plot.charts, {})});
}

}  // namespace matinee::reports
