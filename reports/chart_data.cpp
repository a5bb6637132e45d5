// Which charts a result has: names of series to titles, units and lines.
#include <algorithm>
#include <cmath>
#include <functional>

#include "reports/chart.hpp"
#include "reports/format.hpp"

namespace matinee::reports {

namespace {

constexpr size_t kMaxLines = 8;  // more colours cannot be told apart

/// How values of one kind are shown: divided so that the axis has short numbers.
struct Unit {
    double divisor = 1;
    std::string name;
};

Unit unit_for(const std::string& unit, double highest) {
    if (unit == "ms") return highest >= 2000 ? Unit{1000, "s"} : Unit{1, "ms"};
    if (unit == "kb/s" || unit == "kbit/s" || unit == "kbps")
        return highest >= 1000 ? Unit{1000, "Mb/s"} : Unit{1, "kb/s"};
    if (unit == "Gb/s" || unit == "Gbit/s" || unit == "gbps")
        return highest >= 1000 ? Unit{1000, "Tb/s"} : highest < 1 ? Unit{0.001, "Mb/s"} : Unit{1, "Gb/s"};
    if (unit == "ratio" || unit == "share" || unit == "fraction") return {0.01, "%"};
    if (unit == "viewers" && highest >= 10'000) return {1000, "thousand viewers"};
    if (unit == "1/s") return {1, "per second"};
    return {1, unit};
}

/// What to make of the series with one prefix.
struct Plan {
    const char* prefix;  ///< "egress_gbps." collects one line per group; a whole name is one line
    const char* title;
    const char* unit;  ///< overrules the series' own where that is empty
    bool from_zero;
};

constexpr Plan kPlans[] = {
    {"concurrent_viewers", "Concurrent viewers", "viewers", true},
    {"arrivals_per_s", "Arrivals", "1/s", true},
    {"stalled_viewers", "Viewers waiting for a stalled picture", "viewers", true},
    {"rebuffering_ratio", "Rebuffering ratio", "ratio", true},
    {"startup_ms", "Start-up time, mean", "ms", true},
    {"bitrate_kbps", "Bitrate, mean", "kb/s", true},
    {"egress_gbps.", "Egress by tier", "Gb/s", true},
    {"byte_hit_ratio.", "Byte hit ratio by tier", "ratio", false},
    {"concurrent_viewers.", "Concurrent viewers by region", "viewers", true},
    {"saturated_sites.", "Sites with a saturated link, by tier", "sites", true},
};

constexpr Plan kServicePlans[] = {
    {"api_calls_per_s.", "API calls", "1/s", true},
    {"api_failed_per_s.", "API calls that failed", "1/s", true},
    {"api_latency_p95_ms.", "API latency, p95", "ms", true},
    {"api_waiting.", "API calls waiting in queues, at most", "calls", true},
    {"instances.", "Instances that take calls", "instances", true},
};

bool belongs(const Series& series, const Plan& plan) {
    const std::string prefix = plan.prefix;
    return prefix.back() == '.' ? series.name.starts_with(prefix) : series.name == prefix;
}

double highest_of(const Series& series) {
    double highest = 0;
    for (const auto& value : series.values)
        if (value && std::isfinite(*value)) highest = std::max(highest, *value);
    return highest;
}

/// Something was measured; of trouble, some happened.
bool worth_drawing(const Series& series) {
    const bool trouble = series.name.starts_with("saturated_sites.") || series.name.starts_with("api_failed_per_s.") ||
                         series.name.starts_with("api_waiting.");
    return std::any_of(series.values.begin(), series.values.end(),
                       [&](const auto& v) { return v && (!trouble || *v > 0); });
}

std::string summary_of(const Chart& chart, int64_t start_unix_s) {
    std::string text;
    for (const Line& line : chart.lines) {
        size_t low = line.y.size(), high = line.y.size();
        for (size_t i = 0; i < line.y.size(); ++i) {
            if (!line.y[i]) continue;
            if (low == line.y.size() || *line.y[i] < *line.y[low]) low = i;
            if (high == line.y.size() || *line.y[i] > *line.y[high]) high = i;
        }
        if (high == line.y.size()) continue;
        text += (line.label.empty() ? "Lowest " : line.label + ": lowest ") + significant(*line.y[low]) + " at " +
                clock_text(start_unix_s, chart.x[low]) + ", highest " + significant(*line.y[high]) + " at " +
                clock_text(start_unix_s, chart.x[high]) + ". ";
    }
    return text + "Unit: " + chart.unit + ".";
}

void scale_y(Chart& chart, bool from_zero) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (const Line& line : chart.lines)
        for (const auto& value : line.y) {
            if (!value || !std::isfinite(*value)) continue;
            low = std::min(low, *value);
            high = std::max(high, *value);
        }
    if (!(low <= high)) low = high = 0;
    if (from_zero) low = std::min(low, 0.0);
    if (!from_zero && chart.unit == "%") high = std::max(high, std::min(100.0, high + 1));
    chart.y_axis = value_axis(low, high > low ? high : low + 1, 4);
    if (chart.unit == "%" && high <= 100 && chart.y_axis.high > 100) chart.y_axis.high = 100;
    while (chart.y_axis.ticks.back() > chart.y_axis.high + 1e-9) {
        chart.y_axis.ticks.pop_back();
        chart.y_axis.labels.pop_back();
    }
    // A line along the upper edge would look cut off.
    chart.y_axis.high = std::max(chart.y_axis.high, high + 0.04 * (high - chart.y_axis.low));
}

/// Adds a line; one that would hide an equal one shares its label.
void add_line(Chart& chart, Line line) {
    const auto equal =
        std::find_if(chart.lines.begin(), chart.lines.end(), [&](const Line& l) { return l.y == line.y; });
    if (equal == chart.lines.end()) return chart.lines.push_back(std::move(line));
    equal->label += ", " + line.label;
}

Chart time_chart(const Result& r, std::vector<const Series*> members, const std::string& prefix,
                 const std::string& title, const std::string& unit_name, bool from_zero) {
    Chart chart;
    chart.id = "chart-" + std::string(prefix.ends_with('.') ? prefix + "all" : prefix);
    chart.title = title;
    chart.x_unit = r.start_unix_s == 0 ? "time since the start, hours and minutes" : "time of day, UTC";
    const size_t all = members.size();
    if (all > kMaxLines) {
        std::sort(members.begin(), members.end(), [](const Series* a, const Series* b) {
            const double x = highest_of(*a), y = highest_of(*b);
            return x != y ? x > y : a->name < b->name;
        });
        members.resize(kMaxLines);
        chart.note =
            "The largest " + std::to_string(kMaxLines) + " of " + std::to_string(all) + "; all are in result.json.";
    }
    double highest = 0;
    size_t steps = 0;
    for (const Series* series : members) {
        highest = std::max(highest, highest_of(*series));
        steps = std::max(steps, series->values.size());
    }
    const Unit unit = unit_for(unit_name, highest);
    chart.unit = unit.name;
    for (size_t i = 0; i < steps; ++i) chart.x.push_back(double(i) * r.sample_s);
    for (const Series* series : members) {
        Line line{prefix.ends_with('.') ? series->name.substr(prefix.size()) : "", uint32_t(chart.lines.size()), {}};
        line.y = series->values;
        line.y.resize(steps);
        for (auto& value : line.y)
            if (value) *value /= unit.divisor;
        add_line(chart, std::move(line));
    }
    chart.x_axis = time_axis(r.start_unix_s, r.simulated_s, 6);
    scale_y(chart, from_zero);
    chart.summary = summary_of(chart, r.start_unix_s);
    return chart;
}

}  // namespace

std::vector<Chart> charts_over_time(const Result& r) {
    std::vector<Chart> charts;
    std::vector<bool> used(r.series.size());
    for (const Plan& plan : kPlans) {
        std::vector<const Series*> members;
        for (size_t i = 0; i < r.series.size(); ++i) {
            if (!belongs(r.series[i], plan)) continue;
            used[i] = true;
            if (worth_drawing(r.series[i])) members.push_back(&r.series[i]);
        }
        const bool repeats_total = std::string(plan.prefix) == "concurrent_viewers." && members.size() < 2;
        if (members.empty() || repeats_total) continue;
        charts.push_back(time_chart(r, members, plan.prefix, plan.title, plan.unit, plan.from_zero));
    }
    for (const Plan& plan : kServicePlans)
        for (size_t i = 0; i < r.series.size(); ++i) used[i] = used[i] || belongs(r.series[i], plan);
    for (size_t i = 0; i < r.series.size(); ++i)  // whatever a later simulator measures shows up under its own name
        if (!used[i] && worth_drawing(r.series[i]))
            charts.push_back(time_chart(r, {&r.series[i]}, r.series[i].name, r.series[i].name, r.series[i].unit, true));
    return charts;
}

std::vector<Chart> service_charts(const Result& r) {
    std::vector<Chart> charts;
    for (const Plan& plan : kServicePlans) {
        std::vector<const Series*> members;
        for (const Series& series : r.series)
            if (belongs(series, plan) && worth_drawing(series)) members.push_back(&series);
        if (!members.empty())
            charts.push_back(time_chart(r, members, plan.prefix, plan.title, plan.unit, plan.from_zero));
    }
    return charts;
}

static Chart cdf_chart(const std::string& id, const std::string& title, const Distribution& d,
                       const std::string& unit_name, const std::string& of_what) {
    Chart chart;
    chart.id = id;
    chart.title = title;
    chart.unit = "% of sessions";
    chart.over_time = false;
    // The last half percent of a heavy tail would squeeze everything else to the left edge.
    double shown = d.cdf.back().first;
    bool cut = false;
    for (const auto& [value, share] : d.cdf) {
        if (share < 0.995) continue;
        cut = value > 0 && value < d.cdf.back().first * 0.8;
        if (cut) shown = value;
        break;
    }
    const Unit unit = unit_for(unit_name, shown);
    chart.x_unit = of_what + ", " + unit.name;
    if (cut)
        chart.note =
            "The last 0.5\u00A0% reach to " + significant(d.cdf.back().first / unit.divisor) + " " + unit.name + ".";
    Line line{"", 0, {}};
    const double first_share = 100 * d.cdf.front().second;
    if (d.cdf.front().first > 0) {
        chart.x.push_back(0);
        line.y.emplace_back(0);
    }
    for (const auto& [value, share] : d.cdf) {
        if (value > shown) break;
        chart.x.push_back(value / unit.divisor);
        line.y.emplace_back(100 * share);
    }
    chart.lines.push_back(std::move(line));
    const bool high_start = d.cdf.front().first == 0 && first_share > 40;
    chart.y_axis = value_axis(high_start ? std::floor(first_share / 5) * 5 : 0, 100, 5);
    if (high_start) {  // the ticks may round outwards, below what is there
        chart.y_axis = value_axis(std::max(chart.y_axis.low, 0.0), 100, 5);
        chart.note += std::string(chart.note.empty() ? "" : " ") + "The axis starts at " + chart.y_axis.labels.front() +
                      "\u00A0%.";
    }
    chart.x_axis = value_axis(0, shown / unit.divisor, 6);
    chart.x_axis.high = std::max(shown / unit.divisor, 1e-9);
    while (chart.x_axis.ticks.size() > 1 && chart.x_axis.ticks.back() > chart.x_axis.high * 1.0001) {
        chart.x_axis.ticks.pop_back();
        chart.x_axis.labels.pop_back();
    }
    chart.summary = "Half of the sessions are at or below " + significant(d.p50 / unit.divisor) +
                    ", 95 % at or below " + significant(d.p95 / unit.divisor) + ", 99 % at or below " +
                    significant(d.p99 / unit.divisor) + " " + unit.name + ".";
    return chart;
}

std::vector<Chart> cdf_charts(const Result& r) {
    const Experience& e = r.experience;
    std::vector<Chart> charts;
    if (!e.startup_ms.cdf.empty())
        charts.push_back(cdf_chart("cdf-startup", "Start-up time", e.startup_ms, "ms", "start-up time"));
    if (!e.rebuffering_ratio.cdf.empty())
        charts.push_back(
            cdf_chart("cdf-rebuffering", "Rebuffering ratio", e.rebuffering_ratio, "ratio", "rebuffering ratio"));
    if (!e.bitrate_kbps.cdf.empty())
        charts.push_back(cdf_chart("cdf-bitrate", "Bitrate", e.bitrate_kbps, "kb/s", "mean bitrate of a session"));
    return charts;
}

}  // namespace matinee::reports
