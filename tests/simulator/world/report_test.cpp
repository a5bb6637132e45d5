// What a result says of a run: thresholds, series, breakdowns, warm-up, interruption.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <tuple>

#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

scenario::Threshold threshold(const std::string& metric, const std::string& stat, std::optional<double> min,
                              std::optional<double> max, TimeNs window = 0) {
    scenario::Threshold t;
    t.metric = metric;
    t.stat = stat;
    t.min = min;
    t.max = max;
    t.window = window;
    return t;
}

TEST(Thresholds, PassAndFailAtTheBound) {
    scenario::Scenario s = small_world();
    const auto plain = simulate(s);
    const double p95 = plain.experience.startup_ms.p95;
    const double offload = plain.origin_offload.value();
    s.thresholds = {threshold("startup_ms", "p95", {}, p95), threshold("startup_ms", "p95", {}, p95 - 1e-6),
                    threshold("startup_ms", "p95", p95, {}), threshold("startup_ms", "p95", p95 + 1e-6, {}),
                    threshold("origin_offload", "", offload, offload), threshold("cdn.edge.rejected", "", 1, {})};
    const auto result = simulate(s);
    ASSERT_EQ(result.thresholds.size(), 6u);
    const bool expected[] = {true, false, true, false, true, false};
    for (size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(result.thresholds[i].passed, expected[i]) << result.thresholds[i].text;
        EXPECT_TRUE(result.thresholds[i].has_samples);
    }
    EXPECT_DOUBLE_EQ(result.thresholds[0].value, p95);
    EXPECT_EQ(result.digest, plain.digest) << "judging changes nothing";
}

TEST(Thresholds, EveryMetricHasItsOwnValue) {
    scenario::Scenario s = small_world();
    s.cdn.nodes[0].disk = 60'000'000;
    const auto plain = simulate(s);
    const auto& edge = cdn(plain, "edge");
    const std::vector<std::tuple<std::string, std::string, double>> values{
        {"startup_ms", "mean", plain.experience.startup_ms.mean},
        {"startup_ms", "p50", plain.experience.startup_ms.p50},
        {"startup_ms", "p99", plain.experience.startup_ms.p99},
        {"rebuffering_ratio", "mean", plain.experience.rebuffering_ratio.mean},
        {"bitrate_kbps", "mean", 1000},
        {"switches_per_minute", "p95", 0},
        {"video_start_failures", "", 0},
        {"exits_before_start", "", plain.experience.exits_before_start.value()},
        {"peak_concurrent_viewers", "", double(plain.peak_concurrent_viewers)},
        {"origin_offload", "", plain.origin_offload.value()},
        {"cost.total_usd", "", plain.cost.total_usd},
        {"cost.usd_per_viewer_hour", "", plain.cost.usd_per_viewer_hour.value()},
        {"cdn.edge.byte_hit_ratio", "", edge.byte_hit_ratio.value()},
        {"cdn.edge.request_hit_ratio", "", edge.request_hit_ratio.value()},
        {"cdn.edge.coalesced", "", double(edge.coalesced)},
        {"cdn.edge.requests", "", double(edge.requests)},
        {"cdn.edge.egress_bytes", "", double(edge.egress_bytes)},
        {"cdn.edge.peak_egress_gbps", "", edge.peak_egress_gbps},
        {"cdn.origin.requests", "", double(cdn(plain, "origin").requests)},
    };
    for (const auto& [metric, stat, value] : values) s.thresholds.push_back(threshold(metric, stat, value, value));
    const auto result = simulate(s);
    for (size_t i = 0; i < values.size(); ++i) {
        EXPECT_TRUE(result.thresholds[i].passed) << result.thresholds[i].text << ", not " << result.thresholds[i].value;
    }
}

TEST(Thresholds, InEveryWindowFindsTheWorst) {
    scenario::Scenario s = small_world();
    s.cdn.fill_flow_kbps = 20'000;
    s.time.warmup = 2 * kMinute;
    s.thresholds = {threshold("startup_ms", "mean", {}, 1e6, kMinute), threshold("cdn.edge.byte_hit_ratio", "", 0, {}, kMinute),
                    threshold("cdn.edge.request_hit_ratio", "", 0.999, {}, kMinute)};
    const auto result = simulate(s);
    const auto hits = series(result, "byte_hit_ratio.edge");
    const auto egress = series(result, "egress_gbps.edge");
    EXPECT_TRUE(result.thresholds[0].passed);
    EXPECT_GE(result.thresholds[0].value, result.experience.startup_ms.mean);
    EXPECT_GE(result.thresholds[0].worst_at_s, 120);
    // All is new at first: the earliest window that counts is the worst.
    EXPECT_EQ(result.thresholds[1].worst_at_s, 120);
    const double least = *std::min_element(hits.begin() + 12, hits.begin() + 18);
    const double most = *std::max_element(hits.begin() + 12, hits.begin() + 18);
    EXPECT_GE(result.thresholds[1].value, least);
    EXPECT_LE(result.thresholds[1].value, most);
    EXPECT_FALSE(result.thresholds[2].passed);
    EXPECT_LT(result.thresholds[2].value, 0.999);
}

TEST(Thresholds, WithoutSamplesTheyFail) {
    scenario::Scenario s = small_world();
    s.arrivals.viewers = 1e-9;
    s.thresholds = {threshold("startup_ms", "p95", {}, 1e9), threshold("startup_ms", "p95", {}, 1e9, kMinute),
                    threshold("cdn.edge.byte_hit_ratio", "", 0, {}), threshold("video_start_failures", "", {}, 1),
                    threshold("cdn.edge.byte_hit_ratio", "", 0, {}, kMinute)};
    const auto result = simulate(s);
    ASSERT_EQ(result.counts.sessions, 0u);
    for (const auto& verdict : result.thresholds) {
        EXPECT_FALSE(verdict.passed) << verdict.text;
        EXPECT_FALSE(verdict.has_samples) << verdict.text;
    }
}

TEST(Reporting, SeriesHaveAStepForEachSampleAndAddUp) {
    scenario::Scenario s = small_world();
    s.time.duration = 605 * kSecond;  // the last step is half as long
    const auto result = simulate(s);
    for (const reports::Series& one : result.series) EXPECT_EQ(one.values.size(), 61u) << one.name;
    const auto arrivals = series(result, "arrivals_per_s");
    EXPECT_NEAR(sum(arrivals, 0, 60) * 10 + arrivals[60] * 5, double(result.counts.sessions), 1e-6);
    const auto viewers = series(result, "concurrent_viewers");
    EXPECT_EQ(*std::max_element(viewers.begin(), viewers.end()), double(result.peak_concurrent_viewers));
    EXPECT_NEAR((sum(viewers, 0, 60) * 10 + viewers[60] * 5) / 3600, result.viewer_hours, 1e-9);
    EXPECT_EQ(result.simulated_s, 605);
    EXPECT_FALSE(result.interrupted);
    s.outputs.series = false;
    const auto bare = simulate(s);
    EXPECT_TRUE(bare.series.empty());
    EXPECT_EQ(bare.digest, result.digest);
}

TEST(Reporting, TheWarmUpIsSimulatedButNotMeasured) {
    scenario::Scenario s = small_world();
    s.arrivals.steady = true;
    const auto whole = simulate(s);
    s.time.warmup = 4 * kMinute;
    const auto result = simulate(s);
    EXPECT_EQ(result.digest, whole.digest);
    EXPECT_EQ(result.counts.sessions, whole.counts.sessions);
    const auto arrivals = series(result, "arrivals_per_s");
    EXPECT_EQ(double(result.experience.sessions), std::round(sum(arrivals, 24) * 10));
    EXPECT_EQ(double(whole.experience.sessions), std::round(sum(arrivals) * 10)) << "who was there before is not measured";
    EXPECT_EQ(whole.counts.sessions - whole.experience.sessions, 100u) << "but counted";
    const auto viewers = series(result, "concurrent_viewers");
    EXPECT_NEAR(result.viewer_hours, sum(viewers, 24) * 10 / 3600, 1e-9);
    ASSERT_EQ(result.markers.size(), 1u);
    EXPECT_EQ(result.markers[0].kind, "warmup");
    EXPECT_EQ(result.markers[0].to_s, 240);
}

TEST(Reporting, BreakdownsAddUpToTheWhole) {
    scenario::Scenario s = small_world();
    s.regions = {{"east", 0}, {"west", 2}};
    s.devices = {{"tv", 0, 0}, {"phone", 500, 0}};
    s.catalog.ladder = {400, 1000};
    s.populations[0].player.rule = abr::Rule::Bola;
    s.populations[0].devices = {{0, 0.6}, {1, 0.4}};
    s.populations[0].access = {constant_link(10'000, 20 * kMillisecond, "fast"), constant_link(900, 60 * kMillisecond, "slow")};
    s.populations[0].access[0].share = 0.7;
    s.populations[0].access[1].share = 0.3;
    s.populations.push_back(s.populations[0]);
    s.populations[0].share = 0.75;
    s.populations[1].share = 0.25;
    s.populations[1].region = 1;
    s.populations[1].isp = "other";
    s.cdn.nodes[0].per = scenario::NodeGroup::Per::Region;
    s.outputs.breakdowns = {"region", "isp", "device", "access", "site"};
    const auto result = simulate(s);
    ASSERT_EQ(result.breakdowns.size(), 5u);
    for (const reports::Breakdown& breakdown : result.breakdowns) {
        uint64_t sessions = 0, startups = 0, measured = 0;
        double startup_ms = 0, kbps = 0;
        for (const reports::Slice& slice : breakdown.slices) {
            const reports::Experience& e = slice.experience;
            sessions += e.sessions;
            startups += e.startup_ms.samples;
            measured += e.bitrate_kbps.samples;
            startup_ms += e.startup_ms.mean * double(e.startup_ms.samples);
            kbps += e.bitrate_kbps.mean * double(e.bitrate_kbps.samples);
        }
        const reports::Experience& all = result.experience;
        EXPECT_EQ(breakdown.slices.size(), 2u) << breakdown.dimension;
        EXPECT_EQ(sessions, all.sessions) << breakdown.dimension;
        EXPECT_EQ(startups, all.startup_ms.samples);
        EXPECT_EQ(measured, all.bitrate_kbps.samples);
        EXPECT_NEAR(startup_ms, all.startup_ms.mean * double(startups), 1e-6 * startup_ms);
        EXPECT_NEAR(kbps, all.bitrate_kbps.mean * double(measured), 1e-6 * kbps);
    }
    const auto& devices = result.breakdowns[2].slices;
    EXPECT_EQ(devices[1].name, "phone");
    EXPECT_EQ(devices[1].experience.bitrate_kbps.p99, 400) << "a cap on the rung";
    const auto& links = result.breakdowns[3].slices;
    EXPECT_EQ(links[0].name, "fast");
    EXPECT_NEAR(double(links[0].experience.sessions), 0.7 * double(result.experience.sessions),
                5 * std::sqrt(double(result.experience.sessions) * 0.21));
    EXPECT_LT(links[0].experience.startup_ms.mean, links[1].experience.startup_ms.mean);
    EXPECT_EQ(result.breakdowns[4].slices[0].name, "edge[0]");
    s.outputs.breakdowns.clear();
    EXPECT_EQ(simulate(s).digest, result.digest);
}

TEST(Reporting, AnInterruptedRunSaysSoAndKeepsItsBooks) {
    const scenario::Scenario s = small_world();
    for (const uint32_t threads : {1u, 3u}) {
        std::atomic<bool> stop = false;
        double last_s = 0;
        RunOptions options;
        options.threads = threads;
        options.stop = &stop;
        options.on_progress = [&](const Progress& progress) {
            EXPECT_GT(progress.simulated_s, last_s);
            EXPECT_EQ(progress.total_s, 600);
            last_s = progress.simulated_s;
            stop = progress.simulated_s > 300;
        };
        const auto result = run(s, options);
        EXPECT_TRUE(result.interrupted);
        EXPECT_GT(result.simulated_s, 300);
        EXPECT_LT(result.simulated_s, 302);
        EXPECT_EQ(series(result, "concurrent_viewers").size(), size_t(result.simulated_s / 10) + 1);
        EXPECT_EQ(result.experience.sessions, result.counts.sessions);
        EXPECT_GT(result.counts.segments, 0u);
    }
    std::atomic<bool> stop = true;
    RunOptions options;
    options.stop = &stop;
    const auto nothing = run(s, options);
    EXPECT_TRUE(nothing.interrupted);
    EXPECT_LT(nothing.simulated_s, 0.1);
    EXPECT_EQ(nothing.experience.exits_before_start, std::nullopt) << "nothing is not 0 %";
    EXPECT_EQ(nothing.origin_offload, std::nullopt);
    EXPECT_FALSE(simulate(s).interrupted);
}

}  // namespace
}  // namespace matinee::world
