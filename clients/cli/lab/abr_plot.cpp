// Buffer, bitrate and bandwidth of one session over time.
#include <algorithm>

#include "clients/cli/build_info.hpp"
#include "clients/cli/lab/abr_report.hpp"
#include "clients/player/abr/names.hpp"
#include "reports/format.hpp"
#include "reports/page.hpp"

namespace matinee::cli {

namespace {

constexpr int kIntervals = 4;          // of the y axes
constexpr size_t kMaxSteps = 100'000;  // of the bandwidth: more than anyone can look at

/// A figure that keeps its value until the next step.
struct Step {
    double at_ms;
    double value;
};

double highest(const reports::Line& line) {
    double most = 0;
    for (const auto& y : line.y) most = std::max(most, y.value_or(0));
    return most;
}

void finish(reports::Chart& chart, double end_s) {
    double most = 0;
    for (const reports::Line& line : chart.lines) most = std::max(most, highest(line));
    chart.y_axis = reports::value_axis(0, most, kIntervals);
    chart.x_axis = reports::time_axis(0, end_s, 8);
    chart.x_unit = "hours:minutes since the request of the first segment";
}

reports::Chart buffer_chart(const lab::Timeline& timeline, double end_s) {
    reports::Chart chart;
    chart.id = "buffer";
    chart.title = "Buffer";
    chart.unit = "s";
    chart.summary = "seconds of media in the player's buffer; at 0 the picture stands still";
    reports::Line line;
    line.label = "buffer";
    for (const lab::Timeline::Level& level : timeline.levels) {
        chart.x.push_back(level.at_ms / 1000);
        line.y.emplace_back(level.level_ms / 1000);
    }
    chart.lines.push_back(std::move(line));
    finish(chart, end_s);
    return chart;
}

/// The trace, which repeats, as far as the session goes.
std::vector<Step> bandwidth_steps(const AbrTask& task, double end_ms) {
    std::vector<Step> steps;
    const auto& periods = task.traces.front().periods;
    double at_ms = 0;
    for (size_t i = 0; at_ms < end_ms && steps.size() < kMaxSteps; i = (i + 1) % periods.size()) {
        steps.push_back({at_ms, periods[i].bandwidth_kbps * task.options.bandwidth_multiplier / 1000});
        at_ms += periods[i].duration_ms;
    }
    return steps;
}

std::vector<Step> bitrate_steps(const AbrTask& task, const lab::Timeline& timeline) {
    std::vector<Step> steps;
    for (const lab::Timeline::Request& request : timeline.requests)
        steps.push_back({request.at_ms, task.movie.bitrates_kbps[size_t(request.rung)] / 1000});
    return steps;
}

/// Two points at each place where some line steps, so that the lines are stairs.
reports::Chart stairs_chart(const std::vector<std::pair<std::string, std::vector<Step>>>& lines, double end_s) {
    std::vector<double> places = {end_s * 1000};
    for (const auto& [label, steps] : lines)
        for (const Step& step : steps) places.push_back(step.at_ms);
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());

    reports::Chart chart;
    chart.id = "bitrate";
    chart.title = "Bandwidth of the link and bitrate asked for";
    chart.unit = "Mb/s";
    chart.summary = "what the link carries and the nominal bitrate of the segment requested last";
    for (const double place : places) chart.x.insert(chart.x.end(), 2, place / 1000);
    for (const auto& [label, steps] : lines) {
        reports::Line line;
        line.label = label;
        line.colour = uint32_t(chart.lines.size());
        size_t next = 0;
        std::optional<double> value;
        for (const double place : places) {
            line.y.push_back(value);
            while (next < steps.size() && steps[next].at_ms <= place) value = steps[next++].value;
            line.y.push_back(value);
        }
        chart.lines.push_back(std::move(line));
    }
    finish(chart, end_s);
    return chart;
}

}  // namespace

std::string session_plot(const AbrTask& task, const lab::SessionResult& result) {
    const double end_s = result.metric("total play time");
    reports::Plot plot;
    plot.title = std::string(abr::name_of(task.rules.front())) + " on " + task.traces.front().name;
    plot.about = "One session in " + model_text(task.model) + ": " + std::to_string(result.qualities.size()) +
                 " segments of " + reports::ms_text(task.movie.segment_ms) + ".";
    plot.facts = {{reports::significant(result.metric("time average score"), 4), "score"},
                  {reports::kbps_text(result.metric("time average played bitrate")), "bitrate"},
                  {reports::ms_text(result.metric("total rebuffer") * 1000), "of stalls"},
                  {reports::ms_text(result.startup_ms), "start-up"}};
    plot.charts = {buffer_chart(result.timeline, end_s),
                   stairs_chart({{"bandwidth", bandwidth_steps(task, end_s * 1000)},
                                 {"bitrate", bitrate_steps(task, result.timeline)}},
                                end_s)};
    plot.version = build_info().version;
    return reports::plot_html(plot);
}

}  // namespace matinee::cli
