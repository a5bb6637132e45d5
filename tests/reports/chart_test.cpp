#include "reports/chart.hpp"

#include <gtest/gtest.h>

#include "tests/reports/sample_result.hpp"

namespace matinee::reports {

using Labels = std::vector<std::string>;

TEST(Chart, ValueAxesHaveRoundTicks) {
    EXPECT_EQ(value_axis(0, 97, 4).labels, (Labels{"0", "50", "100"}));
    EXPECT_EQ(value_axis(0, 100, 5).labels, (Labels{"0", "20", "40", "60", "80", "100"}));
    EXPECT_EQ(value_axis(0, 0.7, 4).labels, (Labels{"0.0", "0.2", "0.4", "0.6", "0.8"}));
    EXPECT_EQ(value_axis(0.91, 0.953, 4).labels, (Labels{"0.90", "0.92", "0.94", "0.96"}));
    EXPECT_EQ(value_axis(0, 12'345, 4).labels, (Labels{"0", "5,000", "10,000", "15,000"}));
    EXPECT_EQ(value_axis(5, 5, 4).ticks.size(), value_axis(5, 6, 4).ticks.size());
    EXPECT_GT(value_axis(0, HUGE_VAL, 4).high, 0);
}

TEST(Chart, TimeAxesHaveRoundClockTimes) {
    const int64_t five = 1'795'194'000;
    EXPECT_EQ(time_axis(five, 8 * 3600, 6).labels, (Labels{"18:00", "20:00", "22:00", "00:00"}));
    EXPECT_EQ(time_axis(five + 60, 1800, 6).labels, (Labels{"17:05", "17:10", "17:15", "17:20", "17:25", "17:30"}));
    EXPECT_EQ(time_axis(0, 3600, 4).labels, (Labels{"0:00", "0:15", "0:30", "0:45", "1:00"}));
    EXPECT_LE(time_axis(five, 400.0 * 86400, 6).ticks.size(), 7u);
}

TEST(Chart, EventsAreCutToTheRunAndNumberedByTime) {
    Result result;
    result.simulated_s = 100;
    result.markers = {{"fault", "late", 90, 1e9},
                      {"warmup", "warm-up", 0, 10},
                      {"release", "film", 50, 50},
                      {"fault", "never", 101, 200}};
    const std::vector<Event> events = events_of(result);
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].number, 0);
    EXPECT_EQ(events[1].marker.text, "film");
    EXPECT_EQ(events[1].number, 1);
    EXPECT_EQ(events[2].to_s, 100);
}

static size_t count_of(const std::string& text, const std::string& part) {
    size_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

static std::string path_of_class(const std::string& html, const std::string& name) {
    const size_t start = html.find("d=\"", html.find("<path class=\"" + name)) + 3;
    return html.substr(start, html.find('"', start) - start);
}

TEST(Chart, GapsStayGaps) {
    Result result;
    result.simulated_s = 60;
    result.sample_s = 10;
    result.series = {{"arrivals_per_s", "1/s", {0.0, 1.0, std::nullopt, 2.0, 3.0, 4.0}}};
    const std::vector<Chart> charts = charts_over_time(result);
    ASSERT_EQ(charts.size(), 1u);
    const std::string path = path_of_class(chart_html(charts[0], {}), "line");
    EXPECT_EQ(path, "M0.0 200.0L166.7 151.9M500.0 103.8L666.7 55.8L833.3 7.7");  // a little room above
}

TEST(Chart, ALonePeakSurvivesCondensing) {
    Result result;
    result.simulated_s = 100'000;
    result.sample_s = 10;
    result.series = {{"stalled_viewers", "viewers", std::vector<std::optional<double>>(10'000, 1.0)}};
    result.series[0].values[7'003] = 100;
    const std::string html = chart_html(charts_over_time(result)[0], {});
    EXPECT_NE(path_of_class(html, "spread").find(" 7.7L"), std::string::npos);  // near the top of the drawing
    EXPECT_LT(html.size(), 60'000u);
}

TEST(Chart, SeriesOfOneKindShareAChart) {
    const std::vector<Chart> charts = charts_over_time(sample_result());
    Labels titles;
    for (const Chart& chart : charts) titles.push_back(chart.title + ", " + chart.unit);
    EXPECT_EQ(titles, (Labels{"Concurrent viewers, thousand viewers", "Arrivals, per second",
                              "Viewers waiting for a stalled picture, viewers", "Rebuffering ratio, %",
                              "Start-up time, mean, ms", "Bitrate, mean, Mb/s", "Egress by tier, Tb/s",
                              "Byte hit ratio by tier, %", "Concurrent viewers by region, thousand viewers"}));
    EXPECT_EQ(charts[6].lines.size(), 3u);
    EXPECT_EQ(charts[6].lines[2].label, "origin");
    EXPECT_EQ(count_of(chart_html(charts[6], {}), "class=\"line "), 3u);
}

TEST(Chart, UnknownSeriesAreShownAndCrowdsAreCut) {
    Result result;
    result.simulated_s = 20;
    result.sample_s = 10;
    result.series = {{"licences_per_s", "1/s", {1.0, 2.0}}};
    for (int i = 0; i < 12; ++i)
        result.series.push_back({"egress_gbps.g" + std::to_string(i), "Gb/s", {double(i), 1.0}});
    const std::vector<Chart> charts = charts_over_time(result);
    ASSERT_EQ(charts.size(), 2u);
    EXPECT_EQ(charts[1].title, "licences_per_s");
    EXPECT_EQ(charts[0].lines.size(), 8u);
    EXPECT_EQ(charts[0].note, "The largest 8 of 12; all are in result.json.");
}

TEST(Chart, SaturationShowsOnlyWhereItHappened) {
    Result result;
    result.simulated_s = 30;
    result.sample_s = 10;
    result.series = {{"saturated_sites.edge", "sites", {0.0, 0.0, 0.0}}, {"startup_ms", "ms", {std::nullopt}}};
    EXPECT_TRUE(charts_over_time(result).empty());
    result.series[0].values[1] = 2;
    EXPECT_EQ(charts_over_time(result).at(0).title, "Sites with a saturated link, by tier");
}

TEST(Chart, CdfsCutTheLastHalfPercentAndSaySo) {
    const std::vector<Chart> charts = cdf_charts(sample_result());
    ASSERT_EQ(charts.size(), 3u);
    EXPECT_EQ(charts[0].x_unit, "start-up time, s");
    EXPECT_LT(charts[0].x.back(), 8);
    EXPECT_NE(charts[0].note.find("8.5 s"), std::string::npos);
    EXPECT_EQ(charts[1].y_axis.labels.front(), "90");
    EXPECT_NE(charts[1].note.find("The axis starts at 90"), std::string::npos);
}

}  // namespace matinee::reports
