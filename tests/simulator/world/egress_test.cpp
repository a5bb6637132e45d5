// Egress as it flows: peaks, series, and what the warm-up is not part of.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "simulator/world/metrics.hpp"
#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

constexpr uint64_t kNarrowKbps = 20'000;  // for 100 viewers of 1 Mbit/s

/// The last step is 1 s long, the last peak window 61 s; 100 segments of 4 Mbit are on their way at the end.
scenario::Scenario narrow_world() {
    scenario::Scenario s = small_world();
    s.time.duration = 361 * kSecond;
    s.arrivals.steady = true;
    s.cdn.nodes[0].nic_kbps = kNarrowKbps;
    return s;
}

void expect_honest(const reports::Result& result) {
    const reports::CdnGroup& edge = cdn(result, "edge");
    const double share = edge.peak_egress_gbps * 1e6 / double(kNarrowKbps);
    EXPECT_GT(share, 0.95);
    EXPECT_LT(share, 1.01);
    EXPECT_DOUBLE_EQ(edge.busiest_site_peak_share, share) << "of a tier of one site";
    const auto egress = series(result, "egress_gbps.edge");
    for (size_t step = 1; step < egress.size(); ++step) {
        EXPECT_GT(egress[step] * 1e6, 0.95 * double(kNarrowKbps)) << step;
        EXPECT_LT(egress[step] * 1e6, 1.05 * double(kNarrowKbps)) << step;
    }
}

TEST(Egress, AFullLinkIsAsFullAsItIs) { expect_honest(simulate(narrow_world())); }

TEST(Egress, AlsoWhereTheRunIsInterrupted) {
    std::atomic<bool> stop = false;
    RunOptions options;
    options.stop = &stop;
    options.on_progress = [&](const Progress& progress) { stop = progress.simulated_s > 301; };
    const auto result = run(narrow_world(), options);
    ASSERT_TRUE(result.interrupted);
    ASSERT_LT(result.simulated_s, 305) << "the last window is a few seconds long";
    const reports::CdnGroup& edge = cdn(result, "edge");
    EXPECT_LT(edge.peak_egress_gbps * 1e6, 1.01 * double(kNarrowKbps));
    EXPECT_LT(edge.busiest_site_peak_share, 1.01);
}

TEST(Egress, PeakWindowsAreMeasuredWithoutWarmUpAndEnd) {
    const Bytes gigabit_minute = 7'500'000'000;
    EXPECT_DOUBLE_EQ(peak_window_gbps(5 * gigabit_minute, 1, 0, kMinute * 20), 1);
    EXPECT_DOUBLE_EQ(peak_window_gbps(2 * gigabit_minute, 0, 3 * kMinute, kMinute * 20), 1);
    EXPECT_DOUBLE_EQ(peak_window_gbps(2 * gigabit_minute, 1, 0, kMinute * 7), 1);
    EXPECT_EQ(peak_window_gbps(gigabit_minute, 0, 0, kMinute * 5 + kSecond), 0.2);
    EXPECT_EQ(peak_window_gbps(gigabit_minute, 1, 0, kMinute * 5 + kSecond), 0) << "a second is no peak of minutes";
    EXPECT_EQ(peak_window_gbps(gigabit_minute / 2, 0, 0, kMinute / 2), 1) << "but all there is of a short run";
    EXPECT_EQ(peak_window_gbps(gigabit_minute, 0, 6 * kMinute, kMinute * 20), 0) << "all of it warm-up";
    EXPECT_EQ(peak_window_gbps(gigabit_minute, 1, 6 * kMinute, kMinute * 6), 0) << "interrupted in the warm-up";
}

TEST(Egress, NothingOfTheCdnCountsBeforeTheWarmUpIsOver) {
    scenario::Scenario s = small_world();
    s.arrivals.steady = true;
    const auto whole = simulate(s);
    s.time.warmup = 4 * kMinute;
    const auto result = simulate(s);
    ASSERT_EQ(result.digest, whole.digest);
    for (const char* id : {"edge", "origin"}) {
        SCOPED_TRACE(id);
        const double after = sum(series(result, std::string("egress_gbps.") + id), 24) * result.sample_s / 8e-9;
        EXPECT_NEAR(double(cdn(result, id).egress_bytes), after, 1e-9 * after + 1);
        EXPECT_LT(cdn(result, id).requests, cdn(whole, id).requests);
    }
    // Caches are empty at first and hold all of the small library later.
    EXPECT_GT(cdn(result, "edge").byte_hit_ratio, cdn(whole, "edge").byte_hit_ratio.value() + 0.02);
    EXPECT_GT(cdn(result, "edge").request_hit_ratio, cdn(whole, "edge").request_hit_ratio.value() + 0.02);
    EXPECT_GT(result.origin_offload, whole.origin_offload.value() + 0.02);
    EXPECT_LT(cdn(result, "origin").peak_egress_gbps, cdn(whole, "origin").peak_egress_gbps);
    EXPECT_LT(result.cost.total_usd, whole.cost.total_usd);
}

}  // namespace
}  // namespace matinee::world
