#include "reports/csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/reports/sample_result.hpp"

namespace matinee::reports {

TEST(Csv, SeriesHaveOneColumnEachAndGapsStayEmpty) {
    Result result;
    result.sample_s = 2.5;
    result.series = {{"viewers", "", {1.0, std::nullopt, 3.5}}, {"egress_gbps.a,b \"c\"", "Gb/s", {0.25}}};
    EXPECT_EQ(series_csv(result),
              "time_s,viewers,\"egress_gbps.a,b \"\"c\"\" [Gb/s]\"\r\n"
              "0,1,0.25\r\n"
              "2.5,,\r\n"
              "5,3.5,\r\n");
}

TEST(Csv, SummaryListsEveryMetric) {
    const std::string text = summary_csv(sample_result());
    EXPECT_TRUE(text.starts_with("metric,stat,value\r\nsessions,,1530112\r\nstartup_ms,mean,"));
    EXPECT_NE(text.find("\r\nstartup_ms,p95,1724\r\n"), std::string::npos);
    EXPECT_NE(text.find("\r\ncdn.edge.byte_hit_ratio,,0.942\r\n"), std::string::npos);
    EXPECT_NE(text.find("\r\ncdn.mid.egress_bytes,,142000000000000\r\n"), std::string::npos);
    EXPECT_NE(text.find("\r\ncost.total_usd,,2042.91\r\n"), std::string::npos);
    EXPECT_NE(text.find("\r\ncost.mid.transit_usd,,62.65\r\n"), std::string::npos);
}

TEST(Csv, EveryBreakdownRowHasEveryColumn) {
    Result result = sample_result();
    result.breakdowns[0].slices[0].name = "line\nbreak";
    const std::string text = breakdowns_csv(result);
    const std::string header = text.substr(0, text.find("\r\n"));
    const auto commas = std::count(header.begin(), header.end(), ',');
    EXPECT_EQ(commas, 2 + 16 + 2);
    EXPECT_EQ(std::count(text.begin(), text.end(), ','), commas * (1 + 10));
    EXPECT_NE(text.find("\r\nregion,\"line\nbreak\",901000,"), std::string::npos);
}

TEST(Csv, AnUnmeasuredDistributionIsEmptyNotZero) {
    Result result;
    result.breakdowns = {{"isp", {{"nobody", {}}}}};
    EXPECT_NE(breakdowns_csv(result).find("\r\nisp,nobody,0,,,,,,,,,,,,,,,,,,\r\n"), std::string::npos);
}

}  // namespace matinee::reports
