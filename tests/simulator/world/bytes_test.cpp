// Every byte that is sent has been asked for, and every byte that is asked for is sent or taken back.
#include <gtest/gtest.h>

#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

/// Edges with small caches, two mid-tier sites and an origin; arrivals stop early enough for all to be over at the end.
scenario::Scenario tree() {
    scenario::Scenario s = small_world();
    s.time.duration = 15 * kMinute;
    s.arrivals.viewers = 200;
    stop_arrivals(s, 8 * kMinute);
    s.cdn.nodes = {group("edge", scenario::Role::Edge, 1), group("mid", scenario::Role::Regional, 2),
                   group("origin", scenario::Role::Origin, std::nullopt)};
    s.cdn.nodes[0].count = 3;
    s.cdn.nodes[0].servers = 2;
    s.cdn.nodes[0].disk = 40'000'000;
    s.cdn.nodes[0].ram = 10'000'000;
    s.cdn.nodes[1].count = 2;
    s.cdn.nodes[1].disk = 150'000'000;
    s.cdn.links = {{0, 1, 0, 20 * kMillisecond}, {1, 2, 0, 30 * kMillisecond}};
    return s;
}

void expect_books_to_balance(const reports::Result& result) {
    for (const reports::CdnGroup& g : result.cdn) {
        EXPECT_EQ(g.egress_bytes, g.hit_bytes + g.coalesced_bytes + g.forwarded_bytes - g.cancelled_bytes) << g.id;
        EXPECT_EQ(g.requests, g.hits + g.coalesced + g.misses + g.rejected) << g.id;
        EXPECT_NEAR(series_egress_bytes(result, g.id), double(g.egress_bytes), 1e-9 * double(g.egress_bytes) + 1) << g.id;
    }
}

TEST(ByteBooks, ADrainedWorldBalancesToTheByte) {
    const auto result = simulate(tree());
    expect_books_to_balance(result);
    for (const reports::CdnGroup& g : result.cdn) EXPECT_EQ(g.cancelled_bytes, 0u) << g.id;
    const auto& edge = cdn(result, "edge");
    const auto& mid = cdn(result, "mid");
    EXPECT_EQ(edge.egress_bytes, result.counts.segments * 500'000);
    EXPECT_EQ(result.counts.segments, result.counts.sessions * 50) << "everybody saw it all";
    EXPECT_EQ(mid.egress_bytes, edge.forwarded_bytes);
    EXPECT_EQ(mid.requests, edge.misses);
    EXPECT_EQ(cdn(result, "origin").egress_bytes, mid.forwarded_bytes);
    EXPECT_EQ(cdn(result, "origin").hit_bytes, mid.forwarded_bytes);
    EXPECT_GT(edge.forwarded_bytes, 0u);
    EXPECT_GT(edge.hit_bytes, 0u);
    EXPECT_GT(mid.forwarded_bytes, 0u);
    EXPECT_NEAR(result.origin_offload.value(), 1 - double(mid.forwarded_bytes) / double(edge.egress_bytes), 1e-12);
}

TEST(ByteBooks, WithSaturatedLinksToo) {
    scenario::Scenario s = tree();
    s.time.duration = 40 * kMinute;
    s.cdn.nodes[0].nic_kbps = 40'000;  // some 33 Mbit/s a server are wanted
    s.cdn.nodes[0].disk_kbps = 30'000;
    s.cdn.links[0].bandwidth_kbps = 30'000;
    const auto result = simulate(s);
    expect_books_to_balance(result);
    EXPECT_GT(cdn(result, "edge").saturated_seconds, 1);
    EXPECT_EQ(cdn(result, "edge").egress_bytes, result.counts.segments * 500'000);
    EXPECT_EQ(cdn(result, "mid").egress_bytes, cdn(result, "edge").forwarded_bytes);
    EXPECT_EQ(cdn(result, "edge").cancelled_bytes, 0u);
}

TEST(ByteBooks, WhoLeavesInMidDownloadTakesBackTheRest) {
    for (const bool saturated : {false, true}) {
        scenario::Scenario s = tree();
        s.time.duration = 40 * kMinute;
        s.populations[0].behaviour.watch = {population::DurationLaw::Kind::Exponential, 60, 0};
        s.populations[0].behaviour.seeks_per_hour = 60;
        s.populations[0].access = {constant_link(1200, 40 * kMillisecond)};  // seldom idle
        if (saturated) s.cdn.nodes[0].nic_kbps = 25'000;
        const auto result = simulate(s);
        expect_books_to_balance(result);
        const auto& edge = cdn(result, "edge");
        EXPECT_GT(edge.cancelled_bytes, 0u);
        EXPECT_LT(edge.cancelled_bytes, edge.egress_bytes);
        EXPECT_EQ(edge.hit_bytes + edge.coalesced_bytes + edge.forwarded_bytes, result.counts.segments * 500'000);
        EXPECT_EQ(cdn(result, "mid").egress_bytes, edge.forwarded_bytes) << "a fill is finished, whoever leaves";
        EXPECT_EQ(edge.saturated_seconds > 0, saturated);
    }
}

TEST(ByteBooks, WhatACrashCutsOffIsTakenBack) {
    scenario::Scenario s = tree();
    s.cdn.fill_flow_kbps = 1000;
    s.populations[0].access = {constant_link(1200, 40 * kMillisecond)};
    for (uint32_t g = 0; g < 3; ++g) {
        scenario::Fault fault;
        fault.name = "crash";
        fault.group = g;
        fault.at = (2 + TimeNs(g)) * kMinute;
        fault.end = fault.at + 30 * kSecond;
        s.faults.push_back(fault);
    }
    s.time.duration = 40 * kMinute;
    const auto result = simulate(s);
    expect_books_to_balance(result);
    EXPECT_GT(cdn(result, "edge").cancelled_bytes, 0u);
    EXPECT_GT(cdn(result, "mid").cancelled_bytes, 0u);
    EXPECT_GT(cdn(result, "origin").cancelled_bytes, 0u);
}

TEST(ByteBooks, PrefillIsServedByTheOriginAndCountedApart) {
    scenario::Scenario s = tree();
    s.cdn.nodes[0].prefill = true;
    s.cdn.nodes[0].prefilled_at_start = false;
    s.cdn.nodes[0].fill_from_h = 0;
    s.cdn.nodes[0].fill_to_h = 24;
    s.cdn.nodes[0].fill_kbps = 100'000;
    const auto result = simulate(s);
    expect_books_to_balance(result);
    EXPECT_GT(cdn(result, "edge").prefill_bytes, 0u);
    EXPECT_EQ(cdn(result, "origin").egress_bytes, cdn(result, "mid").forwarded_bytes + cdn(result, "edge").prefill_bytes);
    EXPECT_EQ(cdn(result, "mid").egress_bytes, cdn(result, "edge").forwarded_bytes);
}

}  // namespace
}  // namespace matinee::world
