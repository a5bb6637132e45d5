#include "reports/chart.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "reports/format.hpp"
#include "reports/html.hpp"

namespace matinee::reports {

namespace {

constexpr double kBoxWidth = 1000, kBoxHeight = 200;  // of the drawing, stretched by the page to the space there is
constexpr size_t kMaxDrawnPoints = 400;               // each then has a pixel or two
constexpr size_t kMaxScriptPoints = 10'000;           // a day at ten seconds; keeps the file small

/// The smallest 1, 2 or 5 times a power of ten that is not below `wanted`.
double nice_step(double wanted) {
    if (!(wanted > 1e-12 && wanted < 1e15)) return 1;
    double power = 1;
    while (power > wanted) power /= 10;
    while (power * 10 <= wanted) power *= 10;
    for (const double factor : {1.0, 2.0, 5.0})
        if (power * factor >= wanted * (1 - 1e-9)) return power * factor;
    return power * 10;
}

std::string short_number(double value) {
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 6);
    return error == std::errc() && std::isfinite(value) ? std::string(buffer, end) : "null";
}

/// One decimal of a drawing unit is finer than a pixel.
std::string place(double value) {
    std::string text = fixed(value, 1);
    text.erase(std::remove(text.begin(), text.end(), ','), text.end());
    return text;
}

std::string percent(double share) { return place(100 * std::clamp(share, 0.0, 1.0)) + "%"; }

double part(const Axis& axis, double value) { return (value - axis.low) / (axis.high - axis.low); }

/// Path data through `at`, one place for each value; gaps stay gaps.
std::string path_of(const Chart& chart, const std::vector<double>& at,
                    const std::vector<std::optional<double>>& values) {
    std::string path;
    bool drawing = false;
    for (size_t i = 0; i < at.size(); ++i) {
        if (values[i]) {
            const double y = std::clamp(part(chart.y_axis, *values[i]), -0.05, 1.05);
            path += (drawing ? "L" : "M") + place(kBoxWidth * part(chart.x_axis, at[i])) + " " +
                    place(kBoxHeight * (1 - y));
        }
        drawing = values[i].has_value();
    }
    return path;
}

/// The surface between two lines, piece by piece where there are gaps.
std::string surface_of(const Chart& chart, const std::vector<double>& at, const std::vector<std::optional<double>>& low,
                       const std::vector<std::optional<double>>& high) {
    std::string path;
    for (size_t from = 0; from < at.size();) {
        size_t to = from;
        while (to < at.size() && low[to] && high[to]) ++to;
        std::vector<double> x(at.begin() + std::ptrdiff_t(from), at.begin() + std::ptrdiff_t(to));
        std::vector<std::optional<double>> y(high.begin() + std::ptrdiff_t(from), high.begin() + std::ptrdiff_t(to));
        x.insert(x.end(), x.rbegin(), x.rend());  // there along the upper line, back along the lower
        for (size_t i = to; i > from; --i) y.push_back(low[i - 1]);
        if (to > from) path += path_of(chart, x, y) + "Z";
        from = to + 1;
    }
    return path;
}

/// Runs of neighbouring points as one point each: mean, lowest and highest, so that no peak is lost.
struct Condensed {
    std::vector<double> x;
    std::vector<std::optional<double>> mean, low, high;
};

Condensed condensed(const Chart& chart, const Line& line, size_t run) {
    Condensed points;
    for (size_t from = 0; from < line.y.size(); from += run) {
        const size_t to = std::min(from + run, line.y.size());
        std::optional<double> low, high, mean;
        double sum = 0, count = 0;
        for (size_t i = from; i < to; ++i) {
            if (!line.y[i]) continue;
            low = std::min(low.value_or(*line.y[i]), *line.y[i]);
            high = std::max(high.value_or(*line.y[i]), *line.y[i]);
            sum += *line.y[i];
            ++count;
        }
        if (count > 0) mean = sum / count;
        points.x.push_back((chart.x[from] + chart.x[to - 1]) / 2);
        points.mean.push_back(mean);
        points.low.push_back(low);
        points.high.push_back(high);
    }
    return points;
}

/// How many neighbouring points become one in the drawing.
size_t run_length(const Chart& chart) {
    return chart.over_time ? (chart.x.size() + kMaxDrawnPoints - 1) / kMaxDrawnPoints : 1;
}

std::vector<std::optional<double>> floor_below(const Chart& chart, const std::vector<std::optional<double>>& values) {
    std::vector<std::optional<double>> floor;
    for (const auto& value : values) floor.push_back(value ? std::optional(chart.y_axis.low) : std::nullopt);
    return floor;
}

std::string bands(const Chart& chart, const std::vector<Event>& events) {
    std::string svg;
    for (const Event& event : events) {
        const double from = kBoxWidth * part(chart.x_axis, event.from_s);
        const double to = kBoxWidth * part(chart.x_axis, event.to_s);
        const std::string kind = escaped(event.marker.kind);
        if (to - from > 0.5)
            svg += "<rect class=\"band " + kind + "\" x=\"" + place(from) + "\" y=\"0\" width=\"" + place(to - from) +
                   "\" height=\"" + place(kBoxHeight) + "\"/>";
        if (event.number != 0)
            svg += "<line class=\"mark " + kind + "\" x1=\"" + place(from) + "\" x2=\"" + place(from) +
                   "\" y1=\"0\" y2=\"" + place(kBoxHeight) + "\"/>";
    }
    return svg;
}

std::string drawing(const Chart& chart, const std::vector<Event>& events) {
    std::string svg = "<svg viewBox=\"0 0 " + place(kBoxWidth) + " " + place(kBoxHeight) +
                      "\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"" +
                      escaped(chart.title + ". " + chart.summary) + "\">";
    if (chart.over_time) svg += bands(chart, events);
    for (const double tick : chart.y_axis.ticks) {
        const std::string y = place(kBoxHeight * (1 - part(chart.y_axis, tick)));
        svg += "<line class=\"grid\" x1=\"0\" x2=\"" + place(kBoxWidth) + "\" y1=\"" + y + "\" y2=\"" + y + "\"/>";
    }
    for (const Line& line : chart.lines) {
        const std::string colour = "c" + std::to_string(line.colour);
        const size_t run = run_length(chart);
        const Condensed points = condensed(chart, line, run);
        if (run > 1)
            svg += "<path class=\"spread " + colour + "\" d=\"" + surface_of(chart, points.x, points.low, points.high) +
                   "\"/>";
        else if (chart.lines.size() == 1)
            svg += "<path class=\"area " + colour + "\" d=\"" +
                   surface_of(chart, points.x, floor_below(chart, points.mean), points.mean) + "\"/>";
        svg += "<path class=\"line " + colour + "\" d=\"" + path_of(chart, points.x, points.mean) + "\"/>";
    }
    return svg + "</svg>";
}

std::string flags(const Chart& chart, const std::vector<Event>& events) {
    std::string html;
    for (const Event& event : events)
        if (event.number != 0)
            html += "<b class=\"flag " + escaped(event.marker.kind) +
                    "\" style=\"left:" + percent(part(chart.x_axis, event.from_s)) + "\" title=\"" +
                    escaped(event.marker.text) + "\">" + std::to_string(event.number) + "</b>";
    return html;
}

std::string labels(const Axis& axis, const char* side) {
    std::string html;
    for (size_t i = 0; i < axis.ticks.size(); ++i)
        html += std::string("<span style=\"") + side + ":" + percent(part(axis, axis.ticks[i])) + "\">" +
                escaped(axis.labels[i]) + "</span>";
    return html;
}

}  // namespace

Axis value_axis(double low, double high, int intervals) {
    if (!std::isfinite(low) || !std::isfinite(high)) low = 0, high = 1;
    if (!(high > low)) high = low + 1;
    const double step = nice_step((high - low) / intervals);
    const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
    int decimals = 0;
    for (double unit = step; unit < 0.999 && decimals < 9; unit *= 10) ++decimals;
    Axis axis{first * step, last * step, {}, {}};
    for (double at = first; at <= last; ++at) {
        axis.ticks.push_back(at * step);
        axis.labels.push_back(fixed(at * step, decimals));
    }
    return axis;
}

Axis time_axis(int64_t start_unix_s, double end_s, int intervals) {
    static constexpr int64_t kSteps[] = {1,   2,   5,    10,   15,   30,    60,    120,   300,
                                         600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
    int64_t step = 86400;
    for (const int64_t candidate : kSteps) {
        if (double(candidate) * intervals < end_s) continue;
        step = candidate;
        break;
    }
    while (double(step) * intervals < end_s && step < (int64_t(1) << 50)) step *= 2;
    Axis axis{0, std::max(end_s, 1e-3), {}, {}};
    for (int64_t at = (start_unix_s + step - 1) / step * step; double(at - start_unix_s) <= end_s; at += step) {
        axis.ticks.push_back(double(at - start_unix_s));
        std::string label = clock_text(start_unix_s, axis.ticks.back());
        if (start_unix_s == 0) label.erase(0, 2);  // the axis says that it counts from the start
        axis.labels.push_back(label);
    }
    return axis;
}

std::vector<Event> events_of(const Result& result) {
    std::vector<Event> events;
    for (const Marker& marker : result.markers) {
        if (marker.from_s > result.simulated_s || marker.to_s < 0) continue;
        const Event event{marker, std::max(marker.from_s, 0.0), std::min(marker.to_s, result.simulated_s), 0};
        const auto place = std::upper_bound(events.begin(), events.end(), event,
                                            [](const Event& a, const Event& b) { return a.from_s < b.from_s; });
        events.insert(place, event);
    }
    int number = 0;
    for (Event& event : events)
        if (event.marker.kind != "warmup") event.number = ++number;
    return events;
}

std::string chart_html(const Chart& chart, const std::vector<Event>& events) {
    std::string html = "<figure class=\"chart\" id=\"" + escaped(chart.id) + "\"><figcaption><h3>" +
                       escaped(chart.title) + "</h3><span class=\"unit\">" + escaped(chart.unit) +
                       "</span></figcaption><div class=\"legend" + (chart.lines.size() == 1 ? " single" : "") + "\">";
    for (const Line& line : chart.lines)
        if (!line.label.empty())
            html += "<span class=\"key c" + std::to_string(line.colour) + "\">" + escaped(line.label) + "</span>";
    html += "</div><div class=\"plot\"><div class=\"static\"><div class=\"y\">" + labels(chart.y_axis, "bottom") +
            "</div><div class=\"box\">" + drawing(chart, events);
    if (chart.over_time) html += flags(chart, events);
    html += "</div><div class=\"x\">" + labels(chart.x_axis, "left") + "</div></div><div class=\"live\"></div></div>";
    if (!chart.x_unit.empty()) html += "<p class=\"x-unit\">" + escaped(chart.x_unit) + "</p>";
    if (!chart.note.empty()) html += "<p class=\"note\">" + escaped(chart.note) + "</p>";
    return html + "</figure>\n";
}

static void write_axis(JsonWriter& json, const Axis& axis) {
    json.object(true).key("low").number(axis.low).key("high").number(axis.high).key("ticks").array();
    for (size_t i = 0; i < axis.ticks.size(); ++i)
        json.object().key("v").number(axis.ticks[i]).key("label").text(axis.labels[i]).end();
    json.end().end();
}

void write_chart(JsonWriter& json, const Chart& chart, int64_t start_unix_s) {
    // Six digits are more than a screen shows; beyond ten thousand points, neighbours are averaged.
    const size_t step = chart.x.size() / kMaxScriptPoints + 1;
    const double origin = chart.over_time ? double(start_unix_s) : 0;
    json.object();
    json.key("id").text(chart.id).key("unit").text(chart.unit).key("overTime").flag(chart.over_time);
    json.key("logX").flag(chart.log_x);
    json.key("run").integer(uint64_t(run_length(chart)));
    write_axis(json.key("x"), chart.x_axis);
    write_axis(json.key("y"), chart.y_axis);
    json.key("labels").array(true);
    for (const Line& line : chart.lines) json.text(line.label);
    json.end().key("colours").array(true);
    for (const Line& line : chart.lines) json.integer(uint64_t(line.colour));
    json.end().key("rows").array(true);
    std::vector<Condensed> columns;
    for (const Line& line : chart.lines) columns.push_back(condensed(chart, line, step));
    for (size_t i = 0; i * step < chart.x.size(); ++i) {
        const double x = columns.front().x[i];
        json.array().raw(chart.over_time ? number_text((origin + x) * 1e3) : short_number(x));
        for (const Condensed& column : columns) json.raw(column.mean[i] ? short_number(*column.mean[i]) : "null");
        json.end();
    }
    json.end().end();
}

}  // namespace matinee::reports
