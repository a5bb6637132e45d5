// Worlds whose viewers have to ask the platform before they may play. (The reference implementation in
// tests/simulator/reference knows no services; that a world without them is what it was, is what it proves.)
#include <gtest/gtest.h>

#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

/// Two regions with an edge each, and so many instances of the platform behind them.
scenario::Scenario world_with_services(uint32_t instances = 2) {
    scenario::Scenario s = small_world();
    s.time.duration = 6 * kMinute;
    s.regions = {{"east", 0}, {"west", 0}};
    s.populations.push_back(s.populations[0]);
    s.populations[0].share = 0.6;
    s.populations[1].share = 0.4;
    s.populations[1].region = 1;
    s.cdn.nodes[0].per = scenario::NodeGroup::Per::Region;
    s.services = services::Spec();
    s.services->instances = instances;
    s.services->clients.new_share = 0.2;
    s.services->clients.log_in_share = 0.3;
    s.services->clients.think = 2 * kSecond;
    s.services->provider.usual.declined = 0;
    return s;
}

TEST(WorldWithServices, AnyNumberOfThreadsGivesTheSameResultToTheByte) {
    scenario::Scenario s = world_with_services();
    s.arrivals.steady = true;
    s.services->scaling.on = true;
    s.services->scaling.most = 4;
    s.services->scaling.target = 0.02;
    s.services->cpu.fill(300 * kMillisecond);
    s.services->scaling.start_up = 10 * kSecond;
    const auto one = simulate(s, 1);
    ASSERT_TRUE(one.services);
    EXPECT_GT(one.services->regions[0].scaled_up, 0u) << "this world is meant to be eventful";
    const std::string essence_of_one = essence(one);
    for (const uint32_t threads : {2u, 3u}) EXPECT_EQ(essence(simulate(s, threads)), essence_of_one) << threads;
    s.seed = 2;
    EXPECT_NE(simulate(s).digest, one.digest);
}

TEST(WorldWithServices, ViewersPlayOnceTheyAreLetIn) {
    scenario::Scenario s = world_with_services();
    const auto with = simulate(s);
    s.services.reset();
    const auto without = simulate(s);
    EXPECT_EQ(with.counts.sessions, without.counts.sessions) << "the same audience comes";
    EXPECT_LT(with.counts.segments, without.counts.segments) << "and plays a little later";
    EXPECT_GT(with.counts.segments, without.counts.segments * 9 / 10);
    ASSERT_TRUE(with.services);
    EXPECT_FALSE(without.services);
    EXPECT_NEAR(double(with.services->visits), double(with.counts.sessions), 0);
    EXPECT_EQ(with.services->refused, 0u);
    EXPECT_GT(double(with.services->ready), 0.9 * double(with.services->visits));
    EXPECT_GT(with.services->sign_in_ms.p50, 60) << "round trips of 32 ms, and connections";
    EXPECT_EQ(with.services->regions.size(), 2u);
    EXPECT_GT(sum(series(with, "api_calls_per_s.east")), sum(series(with, "api_calls_per_s.west")));
}

TEST(WorldWithServices, RefusedVisitsAreStartFailures) {
    scenario::Scenario s = world_with_services(1);
    s.services->instance = {.cores = 1, .concurrency = 1, .queue = 0};
    s.services->clients.new_share = 1;
    s.services->crypto.hash = 2 * kSecond;
    s.services->clients.attempts = 2;
    const auto result = simulate(s);
    EXPECT_GT(result.services->refused, 0u);
    EXPECT_NEAR(result.experience.video_start_failures.value() * double(result.experience.sessions),
                double(result.services->refused), 2)
        << "verdicts may be on their way at the end";
    ASSERT_FALSE(result.services->lost.empty());
    EXPECT_EQ(result.services->lost[0].operation, "register");
    EXPECT_EQ(result.services->lost[0].cause, "shed");
}

TEST(WorldWithServices, ThresholdsMayNameThem) {
    scenario::Scenario s = world_with_services();
    const auto add = [&](const char* metric, const char* stat, double max) {
        scenario::Threshold threshold;
        threshold.metric = metric;
        threshold.stat = stat;
        threshold.max = max;
        s.thresholds.push_back(threshold);
    };
    add("api.latency_ms", "p99", 1000);
    add("api.log_in.latency_ms", "p50", 1);
    add("api.log_in.failed", "", 0.01);
    add("visits.sign_in_ms", "p95", 5000);
    add("visits.refused", "", 0.01);
    const auto result = simulate(s);
    for (const auto& verdict : result.thresholds) {
        EXPECT_TRUE(verdict.has_samples) << verdict.text;
        EXPECT_EQ(verdict.passed, verdict.metric != "api.log_in.latency_ms") << verdict.text;
    }
}

}  // namespace
}  // namespace matinee::world
