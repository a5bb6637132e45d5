// What viewers do when places fail, and where the load goes.
#include <gtest/gtest.h>

#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

using scenario::Fault;
using scenario::Role;

/// Two edge groups of one site each, a and b, both home to the viewers; samples of 10 s, half an hour.
scenario::Scenario twins() {
    scenario::Scenario s = small_world();
    s.time.duration = 30 * kMinute;
    s.cdn.nodes = {group("a", Role::Edge, 2), group("b", Role::Edge, 2), group("origin", Role::Origin, std::nullopt)};
    s.cdn.links = {{0, 2, 0, 20 * kMillisecond}, {1, 2, 0, 20 * kMillisecond}};
    s.cdn.steering.ttl = 20 * kSecond;
    s.arrivals.steady = true;
    return s;
}

Fault fault(Fault::Kind kind, Fault::Target target, TimeNs at, TimeNs end) {
    Fault f;
    f.name = "fault";
    f.kind = kind;
    f.target = target;
    f.at = at;
    f.end = end;
    return f;
}

TEST(Failover, ViewersOfANodeThatIsDownGoElsewhereAndComeBack) {
    scenario::Scenario s = twins();
    const auto calm = simulate(s);
    s.faults = {fault(Fault::Kind::Down, Fault::Target::Sites, 10 * kMinute, 20 * kMinute)};  // of group 0
    const auto result = simulate(s);
    const auto a = series(result, "egress_gbps.a");
    const auto b = series(result, "egress_gbps.b");
    EXPECT_NEAR(mean(a, 0, 60), mean(b, 0, 60), 0.35 * mean(b, 0, 60));
    for (size_t step = 61; step < 120; ++step) ASSERT_EQ(a[step], 0) << step;
    EXPECT_NEAR(mean(b, 65, 120), mean(a, 0, 60) + mean(b, 0, 60), 0.2 * mean(b, 65, 120)) << "b serves all";
    EXPECT_NEAR(mean(a, 126, 180), mean(b, 126, 180), 0.35 * mean(b, 126, 180)) << "and they came back";
    EXPECT_GT(cdn(result, "b").requests, cdn(calm, "b").requests * 5 / 4);
    EXPECT_LT(cdn(result, "a").requests, cdn(calm, "a").requests * 3 / 4);
    EXPECT_EQ(result.experience.video_start_failures, 0);
    EXPECT_EQ(result.experience.rebuffering_ratio.p50, 0) << "most buffers outlast the time that it takes to notice";
    EXPECT_EQ(sum(series(calm, "egress_gbps.a"), 0, 60), sum(a, 0, 60)) << "until it happens, nothing is different";
    ASSERT_EQ(result.markers.size(), 1u);
    EXPECT_EQ(result.markers[0].kind, "fault");
    EXPECT_EQ(result.markers[0].from_s, 600);
    EXPECT_EQ(result.markers[0].to_s, 1200);
}

TEST(Failover, WithoutSteeringAndWithoutAnotherSiteSessionsFail) {
    scenario::Scenario s = small_world();
    s.arrivals.viewers = 50;
    s.faults = {fault(Fault::Kind::Down, Fault::Target::Sites, 0, kNever)};
    const auto result = simulate(s);
    EXPECT_EQ(cdn(result, "edge").requests, 0u);
    EXPECT_EQ(result.experience.startup_ms.samples, 0u);
    // Those of the last half minute are still trying.
    EXPECT_GT(result.experience.video_start_failures, 0.9);
    EXPECT_EQ(cdn(result, "origin").requests, 0u);
}

TEST(Failover, ARegionThatIsDownIsServedFromAnother) {
    scenario::Scenario s = small_world();
    s.regions = {{"east", 0}, {"west", 0}};
    s.time.duration = 20 * kMinute;
    s.arrivals.steady = true;
    s.populations.push_back(s.populations[0]);
    s.populations[0].share = s.populations[1].share = 0.5;
    s.populations[1].region = 1;
    s.cdn.nodes = {group("east", Role::Edge, 2), group("west", Role::Edge, 2), group("origin", Role::Origin, std::nullopt)};
    s.cdn.nodes[0].region = 0;
    s.cdn.nodes[1].region = 1;
    s.cdn.nodes[2].region = 1;
    s.cdn.links = {{0, 2, 0, 80 * kMillisecond}, {1, 2, 0, 20 * kMillisecond}};
    s.cdn.steering.ttl = 20 * kSecond;
    Fault f = fault(Fault::Kind::Down, Fault::Target::Region, 5 * kMinute, 15 * kMinute);
    f.region = 0;
    s.faults = {f};
    s.outputs.breakdowns = {"region"};
    const auto result = simulate(s);
    const auto east = series(result, "egress_gbps.east");
    const auto west = series(result, "egress_gbps.west");
    for (size_t step = 31; step < 90; ++step) ASSERT_EQ(east[step], 0) << step;
    EXPECT_NEAR(mean(west, 35, 90), mean(east, 0, 30) + mean(west, 0, 30), 0.2 * mean(west, 35, 90));
    EXPECT_GT(mean(east, 96), 0.3 * mean(west, 96));
    // Start-ups from afar take five of the longer round trips at least (two of set-up, the request, slow start).
    ASSERT_EQ(result.breakdowns.at(0).slices.size(), 2u);
    const auto& east_side = result.breakdowns[0].slices[0];
    const auto& west_side = result.breakdowns[0].slices[1];
    EXPECT_EQ(east_side.name, "east");
    EXPECT_GT(east_side.experience.startup_ms.mean, west_side.experience.startup_ms.mean + 50);
    EXPECT_EQ(result.experience.video_start_failures, 0);
}

/// One edge that can keep nothing: every request crosses the link to the origin.
scenario::Scenario missing_all() {
    scenario::Scenario s = small_world();
    s.cdn.nodes[0].disk = 1000;
    s.arrivals.viewers = 10;
    stop_arrivals(s, 9 * kMinute);
    return s;
}

// Two round trips of set-up and one more, a round of slow start, the rest at 10 Mbit/s; to the origin and back.
constexpr double kOwnMs = 40 + 20 + 20 + (4e6 - 116'800) / 1e4;
constexpr double kFillMs = 20 + 4 + 2;

TEST(Failover, ASlowLinkStretchesFillsByItsFactorAndLatency) {
    scenario::Scenario s = missing_all();
    EXPECT_NEAR(simulate(s).experience.startup_ms.mean, kOwnMs + kFillMs, 0.003);
    s.faults = {fault(Fault::Kind::Slow, Fault::Target::Link, 0, kNever)};
    s.faults[0].rate_factor = 0.01;
    s.faults[0].added_latency = 15 * kMillisecond;
    // The latency is added to the round trip.
    EXPECT_NEAR(simulate(s).experience.startup_ms.mean, kOwnMs + 2 * 10 + 15 + 4 + 200, 0.02);
}

TEST(Failover, ALossyLinkLosesItsShare) {
    scenario::Scenario s = missing_all();
    s.faults = {fault(Fault::Kind::Lossy, Fault::Target::Link, 0, kNever)};
    s.faults[0].loss = 0.75;
    EXPECT_NEAR(simulate(s).experience.startup_ms.mean, kOwnMs + 20 + 4 + 8, 0.02);
}

TEST(Failover, ALinkThatIsDownStarvesMissesOnly) {
    scenario::Scenario s = missing_all();
    s.faults = {fault(Fault::Kind::Down, Fault::Target::Link, 3 * kMinute, 6 * kMinute)};
    const auto starved = simulate(s);
    const auto origin = series(starved, "egress_gbps.origin");
    for (size_t step = 19; step < 36; ++step) ASSERT_EQ(origin[step], 0) << step;
    EXPECT_GT(sum(origin, 0, 18), 0);
    EXPECT_GT(sum(origin, 37), 0) << "it recovers";
    EXPECT_GT(starved.experience.video_start_failures, 0.05);

    s.cdn.nodes[0].disk = Bytes(1) << 40;
    s.cdn.nodes[0].prefill = true;
    const auto fed = simulate(s);
    EXPECT_EQ(fed.experience.video_start_failures, 0);
    EXPECT_EQ(cdn(fed, "edge").misses, 0u);
}

TEST(Failover, ASlowNodeIsANarrowerOne) {
    scenario::Scenario s = small_world();
    s.cdn.nodes[0].nic_kbps = 1'000'000;
    s.arrivals.steady = true;
    s.cdn.steering.policy = scenario::Steering::Policy::Home;
    EXPECT_EQ(cdn(simulate(s), "edge").saturated_seconds, 0);
    s.faults = {fault(Fault::Kind::Slow, Fault::Target::Sites, 4 * kMinute, 6 * kMinute)};
    s.faults[0].rate_factor = 0.05;  // 50 Mbit/s for 100 viewers at 1 Mbit/s
    const auto result = simulate(s);
    EXPECT_GT(cdn(result, "edge").saturated_seconds, 60);
    const auto egress = series(result, "egress_gbps.edge");
    EXPECT_LE(mean(egress, 24, 36), 0.0505);
    EXPECT_GT(mean(egress, 25, 36), 0.045);
}

TEST(Failover, ASiteWithAServerLeftGoesOnServing) {
    scenario::Scenario s = small_world();
    s.cdn.nodes[0].servers = 2;
    s.arrivals.steady = true;
    Fault f = fault(Fault::Kind::Down, Fault::Target::Sites, 4 * kMinute, 8 * kMinute);
    f.server = 0;
    s.faults = {f};
    const auto result = simulate(s);
    const auto egress = series(result, "egress_gbps.edge");
    EXPECT_NEAR(mean(egress, 26, 48), mean(egress, 0, 24), 0.15 * mean(egress, 0, 24));
    EXPECT_EQ(result.experience.video_start_failures, 0);
    s.faults[0].server = std::nullopt;
    EXPECT_EQ(sum(series(simulate(s), "egress_gbps.edge"), 26, 48), 0) << "unlike one without";
}

TEST(Failover, OverloadAnswersSendViewersElsewhere) {
    scenario::Scenario s = twins();
    s.arrivals.steady = false;
    s.time.duration = 10 * kMinute;
    s.cdn.nodes[0].max_connections = 1;
    const auto result = simulate(s);
    EXPECT_GT(cdn(result, "a").rejected, 10u);
    EXPECT_EQ(cdn(result, "b").rejected, 0u);
    EXPECT_GT(cdn(result, "b").requests, 3 * (cdn(result, "a").requests - cdn(result, "a").rejected));
    EXPECT_EQ(result.experience.video_start_failures, 0);
}

TEST(Failover, IfNobodyHasRoomStartsFail) {
    scenario::Scenario s = small_world();
    s.arrivals.viewers = 400;
    s.cdn.nodes[0].max_connections = 1;
    const auto crowded = simulate(s);
    EXPECT_GT(crowded.experience.video_start_failures, 0.1);
    EXPECT_GT(cdn(crowded, "edge").rejected, 1000u);
    s.cdn.nodes[0].max_connections = 0;
    EXPECT_EQ(simulate(s).experience.video_start_failures, 0);
}

}  // namespace
}  // namespace matinee::world
