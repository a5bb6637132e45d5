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
    std::vector<uint64_t> capacity;
};

Instance draw(RandomStream& random) {
    Instance instance;
    const uint32_t links = 1 + random.below(6);
    for (uint32_t l = 0; l < links; ++l)
        instance.capacity.push_back(random.chance(0.1) ? 0 : uint64_t(random.lognormal(1e6, 1.5)));
    for (uint32_t f = 0; f < random.below(25); ++f) {
        SharedFlow flow;
        flow.cap_bits = random.chance(0.1) ? 0 : random.chance(0.1) ? uint64_t(1) << 60 : uint64_t(random.lognormal(1e5, 1.5));
        for (uint32_t l = 0, at = 0; l < links && at < 4; ++l)
            if (random.chance(0.4)) flow.links[at++] = l;
        instance.flows.push_back(flow);
    }
    return instance;
}

bool crosses(const SharedFlow& flow, uint32_t link) {
    return std::find(std::begin(flow.links), std::end(flow.links), link) != std::end(flow.links);
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
                if (!crosses(instance.flows[f], l)) continue;
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
                if (crosses(instance.flows[f], l)) used += share[f];
            if (used < double(instance.capacity[l]) - 1e-6) continue;
            for (size_t f = 0; f < n; ++f)
                if (crosses(instance.flows[f], l)) open[f] = false;
        }
    }
}

TEST(FairShare, AFlowAloneTakesTheLeastOfItsLinksAndItsCap) {
    FairShare fair;
    std::vector<SharedFlow> flows(1);
    flows[0].links[0] = 0;
    flows[0].links[1] = 1;
    flows[0].cap_bits = 500;
    fair.allocate(flows, std::vector<uint64_t>{300, 200});
    EXPECT_EQ(flows[0].share_bits, 200u);
    flows[0].cap_bits = 50;
    fair.allocate(flows, std::vector<uint64_t>{300, 200});
    EXPECT_EQ(flows[0].share_bits, 50u);
}

TEST(FairShare, WithoutLinksAFlowGetsItsCap) {
    FairShare fair;
    std::vector<SharedFlow> flows(1);
    flows[0].cap_bits = 12345;
    fair.allocate(flows, std::vector<uint64_t>{7});
    EXPECT_EQ(flows[0].share_bits, 12345u);
    fair.allocate(std::span<SharedFlow>(), std::vector<uint64_t>{7});
}

// Bertsekas and Gallager's example (6.5.2, in other numbers): A and B share link 0, B and C link 1.
TEST(FairShare, WorkedExample) {
    FairShare fair;
    std::vector<SharedFlow> flows(3);
    for (SharedFlow& flow : flows) flow.cap_bits = 1'000'000;
    flows[0].links[0] = 0;
    flows[1].links[0] = 0;
    flows[1].links[1] = 1;
    flows[2].links[0] = 1;
    fair.allocate(flows, std::vector<uint64_t>{100, 300});
    EXPECT_EQ(flows[0].share_bits, 50u);
    EXPECT_EQ(flows[1].share_bits, 50u);
    EXPECT_EQ(flows[2].share_bits, 250u);
    EXPECT_EQ(fair.level_bits(flows[0]), 50u);
    EXPECT_EQ(fair.level_bits(flows[1]), 50u);
    EXPECT_EQ(fair.level_bits(flows[2]), 250u);
}

TEST(FairShare, WhatCappedFlowsLeaveGoesToTheOthers) {
    FairShare fair;
    std::vector<SharedFlow> flows(4);
    for (size_t i = 0; i < 4; ++i) flows[i].links[0] = 0;
    flows[0].cap_bits = 10;
    flows[1].cap_bits = 100;
    flows[2].cap_bits = 1000;
    flows[3].cap_bits = 2000;
    fair.allocate(flows, std::vector<uint64_t>{1010});
    EXPECT_EQ(flows[0].share_bits, 10u);
    EXPECT_EQ(flows[1].share_bits, 100u);
    EXPECT_EQ(flows[2].share_bits, 450u);
    EXPECT_EQ(flows[3].share_bits, 450u);
    EXPECT_EQ(fair.level_bits(flows[0]), 450u) << "what it could have had";
}

TEST(FairShare, NoLinkOverItsCapacityNoFlowOverItsCapAndEveryFlowHasABottleneck) {
    RandomStream random(1, Purpose::Test, 1);
    FairShare fair;
    for (int round = 0; round < 3000; ++round) {
        Instance instance = draw(random);
        fair.allocate(instance.flows, instance.capacity);
        std::vector<uint64_t> used(instance.capacity.size(), 0);
        for (const SharedFlow& flow : instance.flows) {
            ASSERT_LE(flow.share_bits, flow.cap_bits);
            for (const uint32_t link : flow.links)
                if (link != kNoLink) used[link] += flow.share_bits;
        }
        for (size_t l = 0; l < used.size(); ++l) {
            ASSERT_LE(used[l], instance.capacity[l]);
            ASSERT_EQ(fair.left_bits(l), instance.capacity[l] - used[l]);
        }
        const uint64_t slack = instance.flows.size();  // a bit a flow
        for (const SharedFlow& flow : instance.flows) {
            if (flow.share_bits == flow.cap_bits) continue;
            bool bottleneck = false;
            for (const uint32_t link : flow.links) {
                if (link == kNoLink || used[link] + slack < instance.capacity[link]) continue;
                bool most = true;
                for (const SharedFlow& other : instance.flows)
                    if (crosses(other, link) && other.share_bits > flow.share_bits + slack) most = false;
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
        fair.allocate(instance.flows, instance.capacity);
        for (size_t f = 0; f < expected.size(); ++f) {
            // Bits lost to rounding on one link are gained on another, at most one a flow.
            const double slack = double(instance.flows.size()) + 1e-6 * expected[f];
            ASSERT_NEAR(double(instance.flows[f].share_bits), expected[f], slack) << "round " << round << " flow " << f;
        }
    }
}

TEST(FairShare, ALevelIsWhatAHigherCapWouldHaveGot) {
    RandomStream random(1, Purpose::Test, 3);
    FairShare fair;
    for (int round = 0; round < 500; ++round) {
        Instance instance = draw(random);
        if (instance.flows.empty()) continue;
        fair.allocate(instance.flows, instance.capacity);
        SharedFlow& flow = instance.flows[random.below(uint32_t(instance.flows.size()))];
        const uint64_t level = fair.level_bits(flow);
        ASSERT_TRUE(level == UINT64_MAX || flow.share_bits <= level);
        if (flow.share_bits < flow.cap_bits) {
            ASSERT_EQ(flow.share_bits, level);
        }
    }
}

}  // namespace
}  // namespace matinee::network
