// The services' part of a result: written, read, shown.
#include <gtest/gtest.h>

#include "reports/chart.hpp"
#include "reports/html.hpp"
#include "reports/result_json.hpp"
#include "reports/terminal.hpp"
#include "tests/reports/sample_result.hpp"

namespace matinee::reports {
namespace {

Result sample_with_services() {
    Result result = sample_result();
    Services services;
    services.visits = 1000;
    services.ready = 900;
    services.left = 20;
    services.refused = 80;
    services.calls = 5000;
    services.failed = 300;
    services.latency_ms = {12, 8, 40, 90, 4800, {}};
    services.sign_in_ms = {300, 200, 900, 2000, 950, {{200, 0.5}, {900, 1}}};
    services.start_ms = {50, 40, 120, 300, 900, {{40, 0.5}, {300, 1}}};
    services.operations = {
        {"register", 1200, 1000, 200, {{"shed", 150}, {"email_taken", 50}}, {20, 19, 30, 60, 1100, {}}},
        {"<heartbeat>", 3800, 3700, 100, {{"timed_out", 100}}, {5, 4, 9, 20, 3700, {}}}};
    services.lost = {{"register", "shed", 60}, {"subscribe", "payment_declined", 20}};
    services.regions = {{"eu-west", 5000, 300, {12, 8, 40, 90, 4800, {}}, 7, 12.5, 3, 1}};
    result.services = services;
    result.series.push_back({"api_calls_per_s.eu-west", "1/s", {10, 20, 30}});
    result.series.push_back({"api_failed_per_s.eu-west", "1/s", {0, 0, 0}});
    result.series.push_back({"instances.eu-west", "instances", {2, 2, 7}});
    return result;
}

TEST(Services, ComeBackFromResultJsonAsTheyWere) {
    const std::string json = result_json(sample_with_services());
    EXPECT_EQ(result_json(parse_result(json, "result.json")), json);
    const Result read = parse_result(json, "result.json");
    ASSERT_TRUE(read.services);
    EXPECT_EQ(read.services->operations[0].causes[0].second, 150u);
    EXPECT_EQ(read.services->regions[0].machine_hours, 12.5);
    EXPECT_FALSE(parse_result(result_json(sample_result()), "result.json").services);
}

TEST(Services, HaveASectionOfTheirOwn) {
    const Result result = sample_with_services();
    const std::string html = report_html(result);
    EXPECT_NE(html.find("id=\"services\""), std::string::npos);
    EXPECT_NE(html.find("payment_declined"), std::string::npos);
    EXPECT_NE(html.find("&lt;heartbeat&gt;"), std::string::npos);
    EXPECT_EQ(html.find("<heartbeat>"), std::string::npos) << "names are text, not markup";
    EXPECT_EQ(report_html(sample_result()).find("id=\"services\""), std::string::npos);
    const std::vector<Chart> charts = service_charts(result);
    ASSERT_EQ(charts.size(), 2u) << "calls and instances; nothing failed";
    EXPECT_EQ(charts[0].title, "API calls");
    for (const Chart& chart : charts_over_time(result)) EXPECT_EQ(chart.id.find("api_"), std::string::npos);
}

TEST(Services, EqualLinesAreOneAndNoneLiesOnTheEdge) {
    Result result = sample_with_services();
    result.series.push_back({"instances.us-east", "instances", {2, 2, 8}});
    result.series.push_back({"instances.apac", "instances", {2, 2, 7}});
    const std::vector<Chart> charts = service_charts(result);
    const Chart& instances = charts.back();
    ASSERT_EQ(instances.lines.size(), 2u);
    EXPECT_EQ(instances.lines[0].label, "eu-west, apac");
    EXPECT_EQ(instances.lines[1].label, "us-east");
    EXPECT_EQ(instances.y_axis.ticks.back(), 8);
    EXPECT_GT(instances.y_axis.high, 8);
}

TEST(Services, AreInTheTerminalSummary) {
    const std::string text = terminal_text(sample_with_services(), {});
    EXPECT_NE(text.find("SERVICES"), std::string::npos);
    EXPECT_NE(text.find("lost at subscribe"), std::string::npos);
    EXPECT_EQ(terminal_text(sample_result(), {}).find("SERVICES"), std::string::npos);
}

}  // namespace
}  // namespace matinee::reports
