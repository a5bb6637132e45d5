#include "simulator/network/fair_share.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::network {
namespace {

struct Instance {
    std::vector<SharedFlow> flows;
    std::vector<LinkSet> link_sets;
    std::vector<uint64_t> capacity;

    void add(uint64_t cap_bits, uint32_t link_set) { flows.push_back({cap_bits, link_set}); }
    const LinkSet& links_of(const SharedFlow& flow) const { return link_sets[flow.link_set]; }
    bool crosses(const SharedFlow& flow, uint32_t link) const {
        return std::find(links_of(flow).begin(), links_of(flow).end(), link) != links_of(flow).end();
    }
    void share(FairShare& fair) { fair.allocate(flows, link_sets, capacity); }
};

constexpr LinkSet set_of(uint32_t first, uint32_t second = kNoLink) { return {first, second, kNoLink, kNoLink}; }

Instance draw(RandomStream& random) {
    Instance instance;
    const uint32_t links_in_all = 1 + random.below(6);
    for (uint32_t l = 0; l < links_in_all; ++l)
        instance.capacity.push_back(random.chance(0.1) ? 0 : uint64_t(random.lognormal(1e6, 1.5)));
    for (uint32_t set = 0; set < 12; ++set) {
        LinkSet links = kNoLinks;
        for (uint32_t l = 0, at = 0; l < links_in_all && at < 4; ++l)
            if (random.chance(0.4)) links[at++] = l;
        instance.link_sets.push_back(links);
    }
    for (uint32_t f = 0; f < random.below(25); ++f) {
        const uint64_t cap_bits =
            random.chance(0.1) ? 0 : random.chance(0.1) ? UINT64_MAX : uint64_t(random.lognormal(1e5, 1.5));
        instance.add(cap_bits, random.below(12));
    }
    return instance;
}

/// Progressive filling in real numbers, one flow or link at a time, straight from the textbook.
std::vector<double> naive_shares(const Instance& instance) {
    const size_t n = instance.flows.size();
    std::vector<double> share(n, 0);
    std::vector<bool> open(n, true);
    for (;;) {
        double rise = INFINITY;
        for (size_t f = 0; f < n; ++f)
            if (open[f]) rise = std::min(rise, double(instance.flows[f].cap_bits) - share[f]);
        for (uint32_t l = 0; l < instance.capacity.size(); ++l) {
            double used = 0;
            int growing = 0;
            for (size_t f = 0; f < n; ++f) {
                if (!instance.crosses(instance.flows[f], l)) continue;
                used += share[f];
                growing += open[f];
            }
            if (growing > 0) rise = std::min(rise, std::max(0.0, double(instance.capacity[l]) - used) / growing);
        }
        if (rise == INFINITY) return share;
        for (size_t f = 0; f < n; ++f)
            if (open[f]) share[f] += rise;
        for (size_t f = 0; f < n; ++f)
            if (share[f] >= double(instance.flows[f].cap_bits) - 1e-6) open[f] = false;
        for (uint32_t l = 0; l < instance.capacity.size(); ++l) {
            double used = 0;
            for (size_t f = 0; f < n; ++f)
                if (instance.crosses(instance.flows[f], l)) used += share[f];
            if (used < double(instance.capacity[l]) - 1e-6) continue;
            for (size_t f = 0; f < n; ++f)
                if (instance.crosses(instance.flows[f], l)) open[f] = false;
        }
    }
}

TEST(FairShare, AFlowAloneTakesTheLeastOfItsLinksAndItsCap) {
    FairShare fair;
    Instance one{.link_sets = {set_of(0, 1)}, .capacity = {300, 200}};
    one.add(500, 0);
    one.share(fair);
    EXPECT_EQ(fair.share_bits(one.flows[0]), 200u);
    one.flows[0].cap_bits = 50;
    one.share(fair);
    EXPECT_EQ(fair.share_bits(one.flows[0]), 50u);
}

TEST(FairShare, WithoutLinksAFlowGetsItsCap) {
    FairShare fair;
    Instance free{.link_sets = {kNoLinks}, .capacity = {7}};
    free.add(12345, 0);
    free.add(UINT64_MAX, 0);
    free.share(fair);
    EXPECT_EQ(fair.share_bits(free.flows[0]), 12345u);
    EXPECT_EQ(fair.share_bits(free.flows[1]), UINT64_MAX);
    Instance nobody{.capacity = {7}};
    nobody.share(fair);
}

// Bertsekas and Gallager's example (6.5.2, in other numbers): A and B share link 0, B and C link 1.
TEST(FairShare, WorkedExample) {
    FairShare fair;
    Instance example{.link_sets = {set_of(0), set_of(0, 1), set_of(1)}, .capacity = {100, 300}};
    for (uint32_t set = 0; set < 3; ++set) example.add(1'000'000, set);
    example.share(fair);
    EXPECT_EQ(fair.share_bits(example.flows[0]), 50u);
    EXPECT_EQ(fair.share_bits(example.flows[1]), 50u);
    EXPECT_EQ(fair.share_bits(example.flows[2]), 250u);
    EXPECT_EQ(fair.level_bits(example.flows[0].link_set), 50u);
    EXPECT_EQ(fair.level_bits(example.flows[1].link_set), 50u);
    EXPECT_EQ(fair.level_bits(example.flows[2].link_set), 250u);
}

TEST(FairShare, WhatCappedFlowsLeaveGoesToTheOthers) {
    FairShare fair;
    Instance four{.link_sets = {set_of(0)}, .capacity = {1010}};
    for (const uint64_t cap_bits : {10, 100, 1000, 2000}) four.add(cap_bits, 0);
    four.share(fair);
    EXPECT_EQ(fair.share_bits(four.flows[0]), 10u);
    EXPECT_EQ(fair.share_bits(four.flows[1]), 100u);
    EXPECT_EQ(fair.share_bits(four.flows[2]), 450u);
    EXPECT_EQ(fair.share_bits(four.flows[3]), 450u);
    EXPECT_EQ(fair.level_bits(four.flows[0].link_set), 450u) << "what it could have had";
}

TEST(FairShare, NoLinkOverItsCapacityNoFlowOverItsCapAndEveryFlowHasABottleneck) {
    RandomStream random(1, Purpose::Test, 1);
    FairShare fair;
    for (int round = 0; round < 3000; ++round) {
        Instance instance = draw(random);
        instance.share(fair);
        std::vector<uint64_t> used(instance.capacity.size(), 0);
        for (const SharedFlow& flow : instance.flows) {
            ASSERT_LE(fair.share_bits(flow), flow.cap_bits);
            for (const uint32_t link : instance.links_of(flow))
                if (link != kNoLink) used[link] += fair.share_bits(flow);
        }
        for (size_t l = 0; l < used.size(); ++l) {
            ASSERT_LE(used[l], instance.capacity[l]);
            ASSERT_EQ(fair.left_bits(l), instance.capacity[l] - used[l]);
        }
        const uint64_t slack = instance.flows.size();  // a bit a flow
        for (const SharedFlow& flow : instance.flows) {
            if (fair.share_bits(flow) == flow.cap_bits) continue;
            bool bottleneck = false;
            for (const uint32_t link : instance.links_of(flow)) {
                if (link == kNoLink || used[link] + slack < instance.capacity[link]) continue;
                bool most = true;
                for (const SharedFlow& other : instance.flows)
                    if (instance.crosses(other, link) && fair.share_bits(other) > fair.share_bits(flow) + slack)
                        most = false;
                bottleneck |= most;
            }
            ASSERT_TRUE(bottleneck) << "round " << round << ": a flow could gain without taking from one with no more";
        }
    }
}

TEST(FairShare, AgainstProgressiveFillingInRealNumbers) {
    RandomStream random(1, Purpose::Test, 2);
    FairShare fair;
    for (int round = 0; round < 2000; ++round) {
        Instance instance = draw(random);
        const std::vector<double> expected = naive_shares(instance);
        instance.share(fair);
        for (size_t f = 0; f < expected.size(); ++f) {
            // Bits lost to rounding on one link are gained on another, at most one a flow.
            const double slack = double(instance.flows.size()) + 1e-6 * expected[f];
            ASSERT_NEAR(double(fair.share_bits(instance.flows[f])), expected[f], slack)
                << "round " << round << " flow " << f;
        }
    }
}

// As the ticks of a saturated link ask for it: many flows, whose caps change little from one to the next, or at once.
TEST(FairShare, WhatWasAllocatedBeforeChangesNothing) {
    RandomStream random(1, Purpose::Test, 4);
    FairShare accustomed;
    Instance instance{.link_sets = {set_of(0), set_of(0, 1), set_of(0, 2), set_of(2), kNoLinks},
                      .capacity = {30'000'000, 8'000'000, 5'000'000}};
    for (int f = 0; f < 400; ++f) instance.add(uint64_t(random.lognormal(1e5, 1)), random.below(5));
    for (int tick = 0; tick < 300; ++tick) {
        const double all = random.chance(0.1) ? random.lognormal(1, 1) : 1;
        for (SharedFlow& flow : instance.flows)
            flow.cap_bits = uint64_t(double(flow.cap_bits) * all * random.lognormal(1, 0.05));
        if (random.chance(0.05)) instance.capacity[1] = random.chance(0.3) ? 0 : random.below(20'000'000);
        instance.share(accustomed);
        FairShare fresh;
        instance.share(fresh);
        for (uint32_t set = 0; set < instance.link_sets.size(); ++set)
            ASSERT_EQ(accustomed.level_bits(set), fresh.level_bits(set)) << "tick " << tick << " set " << set;
        for (uint32_t link = 0; link < instance.capacity.size(); ++link)
            ASSERT_EQ(accustomed.left_bits(link), fresh.left_bits(link)) << "tick " << tick << " link " << link;
    }
}

TEST(FairShare, ALevelIsWhatAHigherCapWouldHaveGot) {
    RandomStream random(1, Purpose::Test, 3);
    FairShare fair;
    for (int round = 0; round < 500; ++round) {
        Instance instance = draw(random);
        if (instance.flows.empty()) continue;
        instance.share(fair);
        SharedFlow& flow = instance.flows[random.below(uint32_t(instance.flows.size()))];
        const uint64_t level = fair.level_bits(flow.link_set);
        ASSERT_TRUE(level == UINT64_MAX || fair.share_bits(flow) <= level);
        if (fair.share_bits(flow) < flow.cap_bits) {
            ASSERT_EQ(fair.share_bits(flow), level);
        }
    }
}

}  // namespace
}  // namespace matinee::network
