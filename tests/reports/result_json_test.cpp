#include "reports/result_json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reports/json_writer.hpp"
#include "system/base/errors.hpp"
#include "tests/reports/sample_result.hpp"

namespace matinee::reports {

TEST(ResultJson, ReadsBackToTheSameBytes) {
    Result result = sample_result();
    result.seed = UINT64_MAX;
    result.start_unix_s = -5;
    result.scenario_name = "quotes \" and \\ and \n and \u65e5\u672c <b>";
    result.thresholds[0].min = 1e-300;
    result.experience.startup_ms.mean = 0.1 + 0.2;
    result.viewer_hours = 1e22;
    result.scenario_overrides = {"vars.viewers=2000", "name=\"a\""};
    result.origin_offload = -0.0;
    const std::string text = result_json(result);
    const Result back = parse_result(text, "result.json");
    EXPECT_EQ(result_json(back), text);
    EXPECT_EQ(back.seed, result.seed);
    EXPECT_EQ(back.start_unix_s, result.start_unix_s);
    EXPECT_EQ(back.scenario_name, result.scenario_name);
    EXPECT_EQ(back.thresholds[0].min, result.thresholds[0].min);
    EXPECT_EQ(back.thresholds[1].min, std::nullopt);
    EXPECT_EQ(back.experience.startup_ms.mean, 0.1 + 0.2);
    EXPECT_EQ(back.experience.startup_ms.cdf, result.experience.startup_ms.cdf);
    EXPECT_EQ(back.viewer_hours, 1e22);
    EXPECT_EQ(back.scenario_overrides, result.scenario_overrides);
    EXPECT_TRUE(std::signbit(back.origin_offload.value()));
    ASSERT_EQ(back.cdn.size(), 3u);
    EXPECT_EQ(back.cdn[1].id, "mid");
    EXPECT_EQ(back.cdn[1].saturated_seconds, 412);
    EXPECT_EQ(back.series[3].values, result.series[3].values);
    EXPECT_EQ(back.markers[2].kind, "release");
    EXPECT_EQ(back.cost.lines[4].source, result.cost.lines[4].source);
    EXPECT_EQ(back.wall.threads, 2u);
}

TEST(ResultJson, AnEmptyResultRoundTrips) {
    const std::string text = result_json(Result{});
    EXPECT_EQ(result_json(parse_result(text, "result.json")), text);
}

TEST(ResultJson, WhatWasNotMeasuredIsNull) {
    Result empty;
    empty.cdn.emplace_back().id = "edge";
    empty.thresholds.emplace_back();
    const std::string text = result_json(empty);
    for (const char* key : {"mean", "p50", "p95", "p99", "video_start_failures", "exits_before_start", "origin_offload",
                            "request_hit_ratio", "byte_hit_ratio", "usd_per_viewer_hour", "value"})
        EXPECT_NE(text.find("\"" + std::string(key) + "\": null"), std::string::npos) << key;
    EXPECT_EQ(result_json(parse_result(text, "result.json")), text);
    EXPECT_EQ(parse_result(text, "result.json").origin_offload, std::nullopt);
    EXPECT_EQ(result_json(sample_result()).find("\"mean\": null"), std::string::npos);
}

TEST(ResultJson, KeysStandInTheOrderOfTheContract) {
    const std::string text = result_json(sample_result());
    size_t last = 0;
    for (const char* key : {"schema", "scenario", "seed", "digest", "simulated_s", "counts", "metrics", "thresholds",
                            "breakdowns", "markers", "cost", "series", "build", "wall"}) {
        const size_t at = text.find("\n  \"" + std::string(key) + "\": ");
        ASSERT_NE(at, std::string::npos) << key;
        EXPECT_GT(at, last) << key;
        last = at;
    }
    for (const char* key : {"mean", "p50", "p95", "p99", "request_hit_ratio", "byte_hit_ratio", "coalesced",
                            "egress_bytes", "peak_egress_gbps", "peak_rss_bytes", "elapsed_s", "segments_per_second"})
        EXPECT_NE(text.find("\"" + std::string(key) + "\": "), std::string::npos) << key;
}

TEST(ResultJson, OnlyBuildAndWallDependOnTheRun) {
    Result a = sample_result(), b = sample_result();
    EXPECT_EQ(result_json(a), result_json(b));
    b.wall = {1, 2, 3, 4};
    b.build.compiler = "clang";
    const std::string x = result_json(a), y = result_json(b);
    EXPECT_EQ(x.substr(0, x.find("\n  \"build\"")), y.substr(0, y.find("\n  \"build\"")));
    EXPECT_NE(x, y);
}

TEST(ResultJson, NumbersAreShortAndExact) {
    EXPECT_EQ(number_text(0.1), "0.1");
    EXPECT_EQ(number_text(100'000), "100000");
    EXPECT_EQ(number_text(0.00001), "0.00001");
    EXPECT_EQ(number_text(1e-7), "1e-07");
    EXPECT_EQ(number_text(-2.5), "-2.5");
    EXPECT_EQ(number_text(-0.0), "-0.0");
    EXPECT_EQ(number_text(std::nan("")), "null");
    EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "null");
}

TEST(ResultJson, NotFiniteBecomesNullAndStaysReadable) {
    Result result = sample_result();
    result.experience.startup_ms.p99 = std::nan("");
    const Result back = parse_result(result_json(result), "result.json");
    EXPECT_TRUE(std::isnan(back.experience.startup_ms.p99));
}

static InputError refusal(const std::string& text) {
    try {
        parse_result(text, "old.json");
    } catch (const InputError& error) {
        return error;
    }
    ADD_FAILURE() << "accepted";
    return InputError({});
}

TEST(ResultJson, RefusesWhatItDidNotWrite) {
    EXPECT_EQ(refusal("{\n\n  nonsense").where.path, "line 3");
    EXPECT_EQ(refusal("").where.file, "old.json");
    EXPECT_EQ(refusal("[]").where.expected, "an object");
    EXPECT_EQ(refusal("{\"schema\": \"matinee.result.v9\"}").where.path, "schema");
    EXPECT_EQ(refusal("{\"schema\": \"matinee.result.v1\"}").where.found, "no key \"scenario\"");
    std::string text = result_json(sample_result());
    const size_t at = text.find("\"sites\": 12");
    text.replace(at, 11, "\"sites\": -1");
    EXPECT_EQ(refusal(text).where.path, "metrics.cdn.edge.sites");
    text.replace(at, 11, "\"hits\": 123");
    EXPECT_EQ(refusal(text).where.found, "this key twice in one object");
}

}  // namespace matinee::reports
