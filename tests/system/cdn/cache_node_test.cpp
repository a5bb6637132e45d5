#include "system/cdn/cache_node.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::cdn {
namespace {

using Kind = CacheNode::Answer::Kind;

NodeSpec small_node() {
    NodeSpec spec;
    spec.disk_bytes = 1000;
    spec.ram_latency_ns = 1 * kMillisecond;
    spec.disk_latency_ns = 5 * kMillisecond;
    return spec;
}

CacheNode make(const NodeSpec& spec) {
    return CacheNode(spec, KeySpace::dense(1600), RandomStream(1, Purpose::Admission, 0));
}

ObjectKey key(uint64_t page) { return page * 16; }

std::vector<CacheNode::Waiter> end(CacheNode& node, uint32_t fill, bool ok) {
    std::vector<CacheNode::Waiter> woken;
    node.end_fill(fill, ok, [&](CacheNode::Waiter waiter) { woken.push_back(waiter); });
    return woken;
}

TEST(CacheNode, AMissIsFilledAndTheNextRequestServed) {
    CacheNode node = make(small_node());
    const auto miss = node.request(key(1), 100, 0, 77);
    ASSERT_EQ(miss.kind, Kind::Fill);
    EXPECT_EQ(node.fill(miss.fill).key, key(1));
    EXPECT_EQ(node.fill(miss.fill).size, 100u);
    EXPECT_TRUE(node.fill(miss.fill).open);
    EXPECT_EQ(node.used_bytes(), 100u) << "space is reserved before the bytes arrive";
    EXPECT_EQ(end(node, miss.fill, true), std::vector<CacheNode::Waiter>{77});
    EXPECT_FALSE(node.fill(miss.fill).open);
    const auto hit = node.request(key(1), 100, 1, 78);
    EXPECT_EQ(hit.kind, Kind::Serve);
    EXPECT_TRUE(hit.from_disk);
    EXPECT_EQ(hit.latency_ns, 5 * kMillisecond);
    EXPECT_EQ(node.counters.requests, 2u);
    EXPECT_EQ(node.counters.misses, 1u);
    EXPECT_EQ(node.counters.hits, 1u);
    EXPECT_EQ(node.counters.forwarded_bytes, 100u);
    EXPECT_EQ(node.counters.hit_bytes, 100u);
    EXPECT_EQ(node.counters.egress_bytes(), 200u);
}

TEST(CacheNode, RequestsForAnObjectInFlightJoinItsFillInOrder) {
    CacheNode node = make(small_node());
    const auto miss = node.request(key(1), 100, 0, 1);
    for (uint64_t waiter = 2; waiter <= 5; ++waiter) {
        const auto joined = node.request(key(1), 100, 0, waiter);
        ASSERT_EQ(joined.kind, Kind::Join);
        ASSERT_EQ(joined.fill, miss.fill);
    }
    EXPECT_EQ(end(node, miss.fill, true), (std::vector<CacheNode::Waiter>{1, 2, 3, 4, 5}));
    EXPECT_EQ(node.counters.misses, 1u);
    EXPECT_EQ(node.counters.coalesced, 4u);
    EXPECT_EQ(node.counters.coalesced_bytes, 400u);
    EXPECT_EQ(node.counters.forwarded_bytes, 100u);
}

TEST(CacheNode, WithoutCoalescingEveryRequestFetchesForItself) {
    NodeSpec spec = small_node();
    spec.coalesce = false;
    CacheNode node = make(spec);
    std::set<uint32_t> fills;
    for (uint64_t waiter = 1; waiter <= 3; ++waiter) {
        const auto answer = node.request(key(1), 100, 0, waiter);
        ASSERT_EQ(answer.kind, Kind::Fill);
        ASSERT_TRUE(fills.insert(answer.fill).second);
    }
    EXPECT_EQ(node.counters.misses, 3u);
    EXPECT_EQ(node.counters.coalesced, 0u);
    EXPECT_EQ(node.counters.forwarded_bytes, 300u);
    EXPECT_EQ(node.used_bytes(), 100u);
    for (const uint32_t fill : fills) EXPECT_EQ(end(node, fill, true).size(), 1u);
    EXPECT_EQ(node.request(key(1), 100, 1, 9).kind, Kind::Serve);
}

TEST(CacheNode, AFailedFillTakesItsReservationBack) {
    NodeSpec spec = small_node();
    spec.ram_bytes = 300;
    CacheNode node = make(spec);
    const auto miss = node.request(key(1), 100, 0, 1);
    node.request(key(1), 100, 0, 2);
    EXPECT_EQ(end(node, miss.fill, false), (std::vector<CacheNode::Waiter>{1, 2}));
    EXPECT_EQ(node.used_bytes(), 0u);
    const auto again = node.request(key(1), 100, 1, 3);
    EXPECT_EQ(again.kind, Kind::Fill) << "nothing is served that never came";
    EXPECT_EQ(end(node, again.fill, true), std::vector<CacheNode::Waiter>{3});
}

TEST(CacheNode, WhatIsNotAdmittedIsPassedOn) {
    NodeSpec spec = small_node();
    spec.cache.admit = Admission::Size;
    spec.cache.admit_max_bytes = 50;
    CacheNode node = make(spec);
    const auto miss = node.request(key(1), 100, 0, 1);
    ASSERT_EQ(miss.kind, Kind::Fill);
    EXPECT_EQ(node.request(key(1), 100, 0, 2).kind, Kind::Join) << "in flight is in flight, kept or not";
    end(node, miss.fill, true);
    EXPECT_EQ(node.used_bytes(), 0u);
    EXPECT_EQ(node.request(key(1), 100, 1, 3).kind, Kind::Fill);
}

TEST(CacheNode, RefusesBeyondItsConnections) {
    NodeSpec spec = small_node();
    spec.max_connections = 2;
    spec.holds_everything = true;
    CacheNode node = make(spec);
    EXPECT_EQ(node.request(key(1), 100, 0, 1).kind, Kind::Serve);
    EXPECT_EQ(node.request(key(2), 100, 0, 2).kind, Kind::Serve);
    EXPECT_EQ(node.request(key(3), 100, 0, 3).kind, Kind::Refuse);
    EXPECT_EQ(node.connections(), 2u);
    node.disconnected();
    EXPECT_EQ(node.request(key(3), 100, 0, 3).kind, Kind::Serve);
    EXPECT_EQ(node.counters.requests, 4u);
    EXPECT_EQ(node.counters.rejected, 1u);
    EXPECT_EQ(node.counters.hits, 3u);
    EXPECT_EQ(node.counters.egress_bytes(), 300u) << "a refusal costs no bytes";
}

TEST(CacheNode, ARefusalLeavesTheCacheAlone) {
    NodeSpec spec = small_node();
    spec.max_connections = 1;
    CacheNode node = make(spec);
    const auto miss = node.request(key(1), 100, 0, 1);
    EXPECT_EQ(node.request(key(2), 100, 0, 2).kind, Kind::Refuse);
    EXPECT_EQ(node.used_bytes(), 100u);
    end(node, miss.fill, true);
    node.disconnected();
    EXPECT_EQ(node.request(key(2), 100, 1, 3).kind, Kind::Fill);
}

TEST(CacheNode, RamHoldsTheLatestObjectsBeforeTheDisk) {
    NodeSpec spec = small_node();
    spec.ram_bytes = 200;
    CacheNode node = make(spec);
    for (uint64_t page = 1; page <= 3; ++page) end(node, node.request(key(page), 100, 0, page).fill, true);
    const auto fresh = node.request(key(3), 100, 1, 1);
    EXPECT_EQ(fresh.kind, Kind::Serve);
    EXPECT_FALSE(fresh.from_disk);
    EXPECT_EQ(fresh.latency_ns, 1 * kMillisecond);
    const auto old = node.request(key(1), 100, 2, 1);  // RAM had room for 2 and 3 only
    EXPECT_EQ(old.kind, Kind::Serve);
    EXPECT_TRUE(old.from_disk);
    EXPECT_EQ(old.latency_ns, 5 * kMillisecond);
    EXPECT_FALSE(node.request(key(1), 100, 3, 1).from_disk) << "reading it brought it into RAM";
    EXPECT_TRUE(node.request(key(2), 100, 4, 1).from_disk) << "at the cost of the least recent one";
}

TEST(CacheNode, AFullCopyNeverMisses) {
    NodeSpec spec = small_node();
    spec.holds_everything = true;
    spec.disk_bytes = 0;
    CacheNode node = make(spec);
    for (uint64_t page = 0; page < 100; ++page) {
        const auto answer = node.request(key(page), 1000, 0, page);
        ASSERT_EQ(answer.kind, Kind::Serve);
        ASSERT_EQ(answer.latency_ns, 5 * kMillisecond);
    }
    EXPECT_EQ(node.counters.misses, 0u);
    EXPECT_EQ(node.metadata_bytes(), 0u);
}

TEST(CacheNode, ACrashLosesEverythingButTheBooks) {
    NodeSpec spec = small_node();
    spec.ram_bytes = 200;
    CacheNode node = make(spec);
    end(node, node.request(key(1), 100, 0, 1).fill, true);
    node.request(key(2), 100, 0, 2);
    node.request(key(2), 100, 0, 3);
    end(node, node.request(key(3), 100, 0, 4).fill, true);
    node.request(key(4), 100, 0, 5);
    const NodeCounters before = node.counters;
    node.crash();
    EXPECT_EQ(node.used_bytes(), 0u);
    EXPECT_EQ(node.connections(), 0u);
    EXPECT_EQ(node.counters.requests, before.requests);
    EXPECT_EQ(node.counters.cancelled_bytes, 300u) << "of those who waited, whoever opened the fill";
    EXPECT_EQ(node.request(key(1), 100, 1, 3).kind, Kind::Fill);
    EXPECT_EQ(node.request(key(2), 100, 1, 4).kind, Kind::Fill) << "the old fill is not joined";
}

TEST(CacheNode, PrefillTakesRoomOrEvicts) {
    CacheNode node = make(small_node());
    for (uint64_t page = 0; page < 12; ++page) node.prefill(key(page), 100, 0, false);
    EXPECT_EQ(node.used_bytes(), 1000u);
    EXPECT_EQ(node.request(key(9), 100, 1, 1).kind, Kind::Serve);
    EXPECT_EQ(node.request(key(10), 100, 1, 1).kind, Kind::Fill) << "there was no room for it";
    CacheNode full = make(small_node());
    for (uint64_t page = 0; page < 10; ++page) full.prefill(key(page), 100, 0, false);
    full.prefill(key(50), 100, 1, true);
    EXPECT_EQ(full.used_bytes(), 1000u);
    EXPECT_EQ(full.request(key(50), 100, 2, 1).kind, Kind::Serve);
    EXPECT_EQ(full.counters.requests, 1u) << "prefill is no request";
}

/// Random requests and ends of fills: nobody is forgotten or woken twice, and the books balance.
TEST(CacheNode, EveryWaiterIsWokenOnce) {
    for (const bool coalesce : {true, false}) {
        NodeSpec spec = small_node();
        spec.coalesce = coalesce;
        spec.ram_bytes = 250;
        spec.max_connections = 20;
        CacheNode node = make(spec);
        RandomStream random(1, Purpose::Test, coalesce);
        std::map<uint32_t, std::vector<uint64_t>> waiting;  // by fill
        uint64_t served = 0, refused = 0;
        TimeNs now = 0;
        for (uint64_t who = 0; who < 20'000; ++who) {
            const auto answer = node.request(key(random.below(30)), 100, ++now, who);
            switch (answer.kind) {
                case Kind::Serve:
                    ++served;
                    node.disconnected();
                    break;
                case Kind::Refuse:
                    ++refused;
                    break;
                case Kind::Fill:
                    ASSERT_TRUE(waiting[answer.fill].empty());
                    [[fallthrough]];
                case Kind::Join:
                    waiting[answer.fill].push_back(who);
                    break;
            }
            size_t connected = 0;
            for (const auto& [fill, who_waits] : waiting) connected += who_waits.size();
            ASSERT_EQ(node.connections(), connected);
            ASSERT_LE(connected, 20u);
            if (waiting.empty() || random.chance(0.4)) continue;
            auto ended = waiting.begin();
            std::advance(ended, random.below(uint32_t(waiting.size())));
            ASSERT_EQ(end(node, ended->first, random.chance(0.9)), ended->second);
            for (size_t i = 0; i < ended->second.size(); ++i) node.disconnected();
            waiting.erase(ended);
        }
        const NodeCounters& c = node.counters;
        EXPECT_EQ(c.requests, 20'000u);
        EXPECT_EQ(c.hits, served);
        EXPECT_EQ(c.rejected, refused);
        EXPECT_EQ(c.hits + c.coalesced + c.misses + c.rejected, c.requests);
        EXPECT_EQ(c.hit_bytes, 100 * c.hits);
        EXPECT_EQ(c.coalesced_bytes, 100 * c.coalesced);
        EXPECT_EQ(c.forwarded_bytes, 100 * c.misses);
        EXPECT_GT(c.hits, 0u);
        EXPECT_EQ(c.coalesced > 0, coalesce);
    }
}

}  // namespace
}  // namespace matinee::cdn
