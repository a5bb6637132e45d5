#include "simulator/world/tracked_flows.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::world {
namespace {

constexpr TimeNs kTick = 100 * kMillisecond;
constexpr uint32_t kLinkSets = 3;
constexpr int kTraces = 5;

network::TraceSet random_traces(RandomStream& random) {
    network::TraceSet traces;
    for (int t = 0; t < kTraces; ++t) {
        std::vector<network::RecordedTrace::Period> periods{{50, 4000, 0}};
        for (uint32_t i = 0; i < random.below(8); ++i)
            periods.push_back({1 + random.lognormal(200, 1.5), random.chance(0.1) ? 0 : random.lognormal(3000, 1), 0});
        traces.add({"trace", periods});
    }
    return traces;
}

/// What a tick is about, of each flow, straight from its definition.
struct Plain {
    network::Path path;
    TimeNs from_ns;
    uint64_t left_bits;
    uint32_t link_set;
    TimeNs late_ns;  ///< kNever once it has been found late
    bool is_over = false;

    uint64_t could_bits(const network::TraceRow* rows, TimeNs now) {
        from_ns = std::max(from_ns, now);
        const TimeNs end = now + kTick;
        return from_ns < end && !is_over ? network::carried_bits(rows, path, from_ns, end) : 0;
    }
};

void track(TrackedFlows& tracked, uint32_t place, const Plain& flow) {
    TrackedFlows::Rest rest;
    rest.path = flow.path;
    rest.from_ns = flow.from_ns;
    tracked.set(place, rest, flow.left_bits, flow.link_set);
    if (flow.late_ns != kNever) tracked.watch(place, flow.late_ns);
}

/// Flows come and go, and each tick all, or no more than a level for each set of links, is granted.
TEST(TrackedFlows, EachTickOffersAndTakesWhatAPlainListDoes) {
    RandomStream random(1, Purpose::Test, 1);
    const network::TraceSet traces = random_traces(random);
    const network::TraceRow* rows = traces.rows().data();
    TrackedFlows tracked;
    std::map<uint32_t, Plain> plain;  // by place
    std::vector<network::SharedFlow> offers;
    int ended = 0;
    int late = 0;
    for (int64_t tick = 0; tick < 2000; ++tick) {
        const TimeNs now = tick * kTick;
        if (tick % 700 == 0) {  // tracking was over, and begins again
            tracked.begin();
            for (const auto& [place, flow] : plain)
                if (!flow.is_over) track(tracked, place, flow);
        }
        for (uint32_t i = 0; i < random.below(8); ++i) {
            Plain flow;
            flow.path.cursor =
                network::TraceCursor::at(traces, random.below(kTraces), TimeNs(random.uniform() * 1e9), now - kTick);
            flow.path.scale = float(0.1 + random.uniform());
            if (random.chance(0.2)) flow.path.limit_kbps = 1 + random.below(5000);
            flow.from_ns = now + TimeNs((random.uniform() * 3 - 1) * double(kTick));
            flow.left_bits = uint64_t(random.lognormal(4e6, 1));
            flow.link_set = random.below(kLinkSets);
            flow.late_ns = random.chance(0.8) ? now + TimeNs(random.lognormal(2e9, 1)) : kNever;
            const uint32_t place = tracked.take();
            ASSERT_EQ(plain.count(place), 0u) << "a place that is taken";
            track(tracked, place, flow);
            plain[place] = flow;
        }

        std::vector<uint64_t> set_bits(kLinkSets, 0);
        tracked.renew(rows, now, now + kTick);
        tracked.offer(offers, set_bits);
        std::vector<uint64_t> expected_bits(kLinkSets, 0);
        std::map<uint32_t, uint64_t> could;
        for (auto& [place, flow] : plain) {
            could[place] = flow.could_bits(rows, now);
            ASSERT_EQ(offers[place].cap_bits, std::min(flow.left_bits, could[place])) << "tick " << tick;
            ASSERT_EQ(offers[place].link_set, flow.link_set);
            expected_bits[flow.link_set] += offers[place].cap_bits;
        }
        ASSERT_EQ(set_bits, expected_bits) << "free places offer nothing";

        // Links as full as chance will have it.
        const std::vector<network::LinkSet> link_sets = {
            {0, network::kNoLink, network::kNoLink, network::kNoLink},
            {0, 1, network::kNoLink, network::kNoLink},
            network::kNoLinks,
        };
        const std::vector<uint64_t> capacities = {random.below(20'000'000), random.below(5'000'000)};
        network::FairShare shares;
        shares.allocate(offers, link_sets, capacities);
        const bool contended = random.chance(0.7);
        std::map<uint32_t, TimeNs> ends;
        std::vector<uint32_t> found_late;
        tracked.grant(
            offers, contended ? &shares : nullptr, [&](uint32_t place, TimeNs when) { ends[place] = when; },
            [&](uint32_t place) { found_late.push_back(place); });
        std::vector<uint32_t> expected_late;
        for (auto& [place, flow] : plain) {
            if (flow.is_over) continue;
            const uint64_t cap = std::min(flow.left_bits, could[place]);
            const uint64_t level = contended ? shares.level_bits(flow.link_set) : UINT64_MAX;
            const uint64_t granted = std::min(cap, level);
            flow.left_bits -= granted;
            ASSERT_EQ(tracked.left_bits(place), flow.left_bits);
            if (flow.left_bits == 0) {
                ASSERT_EQ(ends.count(place), 1u);
                ASSERT_GT(ends[place], now);
                ASSERT_LE(ends[place], now + kTick);
                const double pace = double(std::min(could[place], std::max(level, granted)));
                const double expected_ns = double(now + kTick - flow.from_ns) * double(granted) / pace;
                ASSERT_NEAR(double(ends[place] - flow.from_ns), expected_ns, 2) << "at the pace of the tick";
                ends.erase(place);
                flow.is_over = true;
                ++ended;
            } else if (flow.late_ns != kNever && flow.from_ns <= now) {
                const double left_ns = double(flow.late_ns - now - kTick);
                if (double(flow.left_bits) * double(kTick) <= double(granted) * std::max(0.0, left_ns)) continue;
                flow.late_ns = kNever;
                expected_late.push_back(place);
                ++late;
            }
        }
        ASSERT_TRUE(ends.empty()) << "who has all of it, and nobody else";
        ASSERT_EQ(found_late, expected_late) << "tick " << tick;
        std::erase_if(plain, [&](const auto& one) {
            const bool leaves = one.second.is_over ? random.chance(0.9) : random.chance(0.002);
            if (leaves) tracked.release(one.first);
            return leaves;
        });
    }
    EXPECT_GT(ended, 1000);
    EXPECT_GT(late, 300);
}

}  // namespace
}  // namespace matinee::world
