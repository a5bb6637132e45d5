#include <gtest/gtest.h>

#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

constexpr Bytes kFilm = 50 * 500'000;  // 200 s at one rung

TEST(Prefill, AtTheStartItRaisesTheHitRatio) {
    scenario::Scenario s = small_world();
    s.catalog.titles = 200;
    s.cdn.nodes[0].disk = 40 * kFilm;
    const auto cold = simulate(s);
    s.cdn.nodes[0].prefill = true;
    const auto warm = simulate(s);
    EXPECT_GT(cdn(warm, "edge").byte_hit_ratio.value(), cdn(cold, "edge").byte_hit_ratio.value() + 0.02);
    EXPECT_EQ(cdn(warm, "edge").prefill_bytes, 0u) << "it was there before time began";
    s.cdn.nodes[0].prefill_share = 0.1;
    const auto tepid = simulate(s);
    EXPECT_GT(cdn(tepid, "edge").byte_hit_ratio.value(), cdn(cold, "edge").byte_hit_ratio.value());
    EXPECT_LT(cdn(tepid, "edge").byte_hit_ratio.value(), cdn(warm, "edge").byte_hit_ratio.value());
}

TEST(Prefill, OfEverythingLeavesNothingToMiss) {
    scenario::Scenario s = small_world();
    s.cdn.nodes[0].prefill = true;
    s.cdn.nodes[0].servers = 3;
    s.cdn.nodes[0].load_bound = 100;  // a server that is busier than the others sends nobody to one without the title
    const auto result = simulate(s);
    EXPECT_GT(cdn(result, "edge").hits, 1000u);
    EXPECT_EQ(cdn(result, "edge").misses, 0u);
    EXPECT_EQ(cdn(result, "origin").requests, 0u);
}

/// Nobody watches; it is five minutes to two.
scenario::Scenario night() {
    scenario::Scenario s = small_world();
    s.arrivals.viewers = 1e-9;
    s.time.duration = 15 * kMinute;
    s.time.start_unix_s = 3600 + 55 * 60;
    s.cdn.nodes[0].prefill = true;
    s.cdn.nodes[0].prefilled_at_start = false;
    s.cdn.nodes[0].fill_from_h = 2;
    s.cdn.nodes[0].fill_to_h = 14;
    return s;
}

TEST(Prefill, ScheduledItComesOverTheLinksWithinItsHours) {
    const scenario::Scenario s = night();
    const auto result = simulate(s);
    EXPECT_EQ(cdn(result, "edge").prefill_bytes, 20 * kFilm);
    EXPECT_EQ(cdn(result, "origin").egress_bytes, 20 * kFilm);
    EXPECT_EQ(cdn(result, "origin").requests, 20u) << "a rendition at a time";
    const auto egress = series(result, "egress_gbps.origin");
    EXPECT_EQ(sum(egress, 0, 30), 0);
    EXPECT_GT(egress[30], 0);
}

TEST(Prefill, LocalHoursAreTheRegions) {
    scenario::Scenario s = night();
    s.regions[0].utc_offset_h = 1;  // there it is five to three
    EXPECT_GT(series(simulate(s), "egress_gbps.origin")[0], 0);
    s.regions[0].utc_offset_h = -1;
    EXPECT_EQ(cdn(simulate(s), "edge").prefill_bytes, 0u);
    s.regions[0].utc_offset_h = -3;  // five to eleven in the evening
    s.cdn.nodes[0].fill_from_h = 23;
    s.cdn.nodes[0].fill_to_h = 3;
    EXPECT_EQ(cdn(simulate(s), "edge").prefill_bytes, 20 * kFilm) << "hours may span midnight";
}

TEST(Prefill, TransfersKeepToTheirRateAndStopWithTheHours) {
    scenario::Scenario s = night();
    s.cdn.nodes[0].fill_to_h = 2.05;     // three minutes
    s.cdn.nodes[0].fill_kbps = 10'000;   // 20.024 s a film with the way and the origin's disk
    EXPECT_EQ(cdn(simulate(s), "edge").prefill_bytes, 9 * kFilm);
    s.cdn.nodes[0].servers = 2;          // one transfer a server at a time, of the films that are its own
    const Bytes two = cdn(simulate(s), "edge").prefill_bytes;
    EXPECT_GT(two, 9 * kFilm);
    EXPECT_LE(two, 18 * kFilm);
}

TEST(Prefill, WhatHasComeIsServedFromHere) {
    scenario::Scenario s = night();
    s.arrivals.viewers = 1e-4;
    s.arrivals.bursts = {{8 * kMinute, 1e6, 0, 0}};  // nobody before
    const auto result = simulate(s);
    EXPECT_GT(cdn(result, "edge").requests, 500u);
    EXPECT_EQ(cdn(result, "edge").misses, 0u);
}

TEST(Release, IsPrefilledOrMetCold) {
    scenario::Scenario s = small_world();
    population::Release release;
    release.title = "Premiere";
    release.at = 2 * kMinute;
    release.share = 1;
    release.duration = 200 * kSecond;
    s.cdn.nodes[0].prefill = true;  // of all else
    const auto misses_with = [&](std::optional<TimeNs> prefill) {
        release.prefill = prefill;
        s.releases = {release};
        return simulate(s);
    };
    const auto cold = misses_with(std::nullopt);
    EXPECT_EQ(cdn(cold, "edge").misses, 50u) << "each of its segments once";
    EXPECT_EQ(cdn(cold, "edge").prefill_bytes, 0u);
    const auto sent = misses_with(kMinute);
    EXPECT_EQ(cdn(sent, "edge").misses, 0u);
    EXPECT_EQ(cdn(sent, "edge").prefill_bytes, kFilm);
    EXPECT_EQ(cdn(sent, "origin").egress_bytes, kFilm);
    const auto there = misses_with(-kDay);
    EXPECT_EQ(cdn(there, "edge").misses, 0u);
    EXPECT_EQ(cdn(there, "edge").prefill_bytes, 0u);
    EXPECT_LT(sent.experience.startup_ms.mean, cold.experience.startup_ms.mean);
}

}  // namespace
}  // namespace matinee::world
