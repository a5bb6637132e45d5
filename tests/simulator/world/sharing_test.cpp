// Viewers on a link that is too narrow for all of them.
#include <gtest/gtest.h>

#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

/// Viewers come within the first seconds, want 4 Mbit/s of a film without end, and reach the edge by two kinds of link.
scenario::Scenario crowd(Kbps narrow_kbps) {
    scenario::Scenario s = small_world();
    s.time.duration = 20 * kMinute;
    s.catalog.film_duration.a = 4 * 3600;
    s.catalog.ladder = {4000};
    s.populations[0].access = {constant_link(narrow_kbps, 20 * kMillisecond, "narrow"),
                               constant_link(50'000, 20 * kMillisecond, "wide")};
    s.populations[0].access[0].share = s.populations[0].access[1].share = 0.5;
    s.populations[0].player.request_timeout = kMinute;
    s.arrivals.viewers = 4 * 3600 * 3;  // 3 a second
    stop_arrivals(s, 5 * kSecond);
    s.cdn.nodes[0].holds_everything = true;
    s.outputs.breakdowns = {"access"};
    return s;
}

const reports::Experience& slice(const reports::Result& result, const std::string& name) {
    for (const reports::Slice& s : result.breakdowns.at(0).slices)
        if (s.name == name) return s.experience;
    throw std::logic_error("no slice " + name);
}

/// What a viewer gets of the link, from how much it stalls: it plays share / rung of the time.
double share_kbps(const reports::Experience& experience) { return (1 - experience.rebuffering_ratio.mean) * 4000; }

TEST(Sharing, ASaturatedNicIsDividedMaxMinFairly) {
    for (const uint64_t nic_kbps : {12'000u, 25'000u}) {
        scenario::Scenario s = crowd(1000);
        s.cdn.nodes[0].nic_kbps = nic_kbps;
        const auto result = simulate(s);
        const double narrow = double(slice(result, "narrow").sessions);
        const double wide = double(slice(result, "wide").sessions);
        ASSERT_GE(narrow, 3);
        ASSERT_GE(wide, 3);
        const double even = double(nic_kbps) / (narrow + wide);
        const double narrow_share = std::min(1000.0, even);
        const double wide_share = (double(nic_kbps) - narrow * narrow_share) / wide;
        ASSERT_LT(wide_share, 4000) << "the link is to be saturated";
        EXPECT_NEAR(share_kbps(slice(result, "narrow")), narrow_share, 0.03 * narrow_share);
        EXPECT_NEAR(share_kbps(slice(result, "wide")), wide_share, 0.03 * wide_share);
        EXPECT_NEAR(slice(result, "wide").rebuffering_ratio.p95, slice(result, "wide").rebuffering_ratio.mean, 0.03)
            << "equals get equal shares";
        const double sent_kbps = double(cdn(result, "edge").egress_bytes) * 8e-3 / result.simulated_s;
        EXPECT_NEAR(sent_kbps, double(nic_kbps), 0.02 * double(nic_kbps));
        EXPECT_LE(sent_kbps, double(nic_kbps));
        EXPECT_GT(cdn(result, "edge").saturated_seconds, 0.95 * result.simulated_s);
        // Bytes count when a response ends: a window may end with one of 16 Mbit for each viewer that began before it.
        const double slack_kbps = (narrow + wide) * 16'000 / 300;
        EXPECT_LE(cdn(result, "edge").peak_egress_gbps * 1e6, double(nic_kbps) + slack_kbps);
    }
}

TEST(Sharing, UplinkAndDisksAreLimitsToo) {
    for (const bool disks : {false, true}) {
        scenario::Scenario s = crowd(50'000);
        (disks ? s.cdn.nodes[0].disk_kbps : s.cdn.nodes[0].uplink_kbps) = 20'000;
        const auto result = simulate(s);
        const double viewers = double(result.experience.sessions);
        EXPECT_NEAR(share_kbps(result.experience), 20'000 / viewers, 0.03 * 20'000 / viewers);
    }
}

TEST(Sharing, TheTickDoesNotChangeTheShares) {
    for (const TimeNs tick : {10 * kMillisecond, 250 * kMillisecond}) {
        scenario::Scenario s = crowd(50'000);
        s.cdn.nodes[0].nic_kbps = 20'000;
        s.cdn.settle_tick = tick;
        s.time.duration = 10 * kMinute;
        const auto result = simulate(s);
        const double viewers = double(result.experience.sessions);
        EXPECT_NEAR(share_kbps(result.experience), 20'000 / viewers, 0.05 * 20'000 / viewers) << to_ms(tick);
    }
}

TEST(Sharing, AWideLinkIsNotNoticed) {
    scenario::Scenario s = crowd(10'000);
    s.time.duration = 2 * kMinute;
    const auto result = simulate(s);
    EXPECT_EQ(result.experience.rebuffering_ratio.mean, 0);
    EXPECT_EQ(cdn(result, "edge").saturated_seconds, 0);
}

// Viewers in step ask for everything at once and then for nothing: the link must not be overdrawn each time they begin.
TEST(Sharing, ALinkNeverCarriesMoreThanItCan) {
    scenario::Scenario s = small_world();
    s.time.duration = 3 * kMinute;
    s.catalog.film_duration.a = 4 * 3600;
    s.catalog.ladder = {4000};
    s.populations[0].access = {constant_link(50'000, 20 * kMillisecond, "fast")};
    s.arrivals.viewers = 300;
    s.arrivals.steady = true;
    s.transport.initial_window_bytes = 100'000'000;
    s.cdn.nodes[0].holds_everything = true;
    s.cdn.nodes[0].nic_kbps = 1'090'000;  // a tenth short of what they want
    s.cdn.steering.policy = scenario::Steering::Policy::Home;
    const auto result = simulate(s);
    const double sent_kbps = double(cdn(result, "edge").egress_bytes) * 8e-3 / result.simulated_s;
    EXPECT_LE(sent_kbps, 1.02 * 1'090'000);
    EXPECT_GE(sent_kbps, 0.9 * 1'090'000);
}

}  // namespace
}  // namespace matinee::world
