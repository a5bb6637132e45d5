#include "clients/player/abr/robust_mpc.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "system/base/random.hpp"
#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

static const std::vector<double> kPensieve = {300, 750, 1200, 1850, 2850, 4300};

/// Every plan, one after the other, as the enumeration is written down in the papers.
static int first_rung_of_the_best(const Ladder& ladder, const Observation& now, double level_ms, double throughput) {
    const int length = int(std::min(now.segments - now.segment, 5u));
    double best = -1e8;
    int first = 0;
    std::vector<int> plan(size_t(length), 0);
    for (bool more = true; more;) {
        double level_s = level_ms / 1000, stall_s = 0, bitrates = 0, changes = 0;
        int last = now.last_rung;
        for (int i = 0; i < length; ++i) {
            const int rung = plan[size_t(i)];
            const double download_s = now.sizes->bits(now.segment + uint32_t(i), rung) / 8 / 1e6 / throughput;
            stall_s += std::max(0.0, download_s - level_s);
            level_s = std::max(0.0, level_s - download_s) + ladder.segment_ms() / 1000;
            bitrates += ladder.bitrate(rung);
            changes += std::abs(ladder.bitrate(rung) - ladder.bitrate(last));
            last = rung;
        }
        const double worth = bitrates / 1000. - 4.3 * stall_s - changes / 1000.;
        if (worth >= best) {
            best = worth;
            first = plan[0];
        }
        more = false;
        for (int i = length - 1; i >= 0 && !more; --i) {
            more = ++plan[size_t(i)] < ladder.rungs();
            if (!more) plan[size_t(i)] = 0;
        }
    }
    return first;
}

TEST(RobustMpc, TheSearchFindsWhatTheEnumerationFinds) {
    RandomStream random(42, Purpose::Test, 0);
    std::vector<int> chosen(kPensieve.size());
    for (int round = 0; round < 400; ++round) {
        const Ladder ladder(round % 2 == 0 ? kPensieve : std::vector<double>{500, 1000, 2000}, 4000);
        std::vector<double> bits;
        for (int i = 0; i < 7 * ladder.rungs(); ++i)
            bits.push_back(ladder.bitrate(i % ladder.rungs()) * 4000 * (0.5 + random.uniform()));
        const SegmentSizes sizes = {bits.data(), 7, uint32_t(ladder.rungs())};
        const Observation now = {.segment = random.below(4),
                                 .segments = 7,
                                 .last_rung = int(random.below(uint32_t(ladder.rungs()))),
                                 .sizes = &sizes};
        const double level_ms = random.uniform() * 30'000;
        const double throughput = 0.02 + random.uniform() * random.uniform();
        const int rung = mpc::best_first_rung(ladder, now, level_ms, throughput);
        ASSERT_EQ(rung, first_rung_of_the_best(ladder, now, level_ms, throughput)) << round;
        ++chosen[size_t(rung)];
    }
    for (const int times : chosen) EXPECT_GT(times, 0) << "a rung that was never the answer";
}

// One segment is left, and the buffer covers any download: a rung up is worth what its change costs, so all rungs above
// the last one are worth the same, and the highest is the last plan of the enumeration.
TEST(RobustMpc, OfEqualPlansTheLastCounts) {
    const Plan plan = make_plan({.rule = Rule::RobustMpc}, {1000, 2000, 4000});
    State<double> state{};
    report_download(plan, state, download_at(100'000));
    EXPECT_EQ(decide(plan, state, {.level_ms = 60'000, .segment = 9, .segments = 10, .last_rung = 1}).rung, 2);
    EXPECT_EQ(decide(plan, state, {.level_ms = 60'000, .segment = 9, .segments = 10, .last_rung = 0}).rung, 2);
}

// 1 MB/s, then 0.5 MB/s: harmonic mean 2 / (1 + 2) = 2/3, error of the first estimate (1 - 0.5) / 0.5 = 1, so that 1/3
// MB/s is expected. The latency counts as time.
TEST(RobustMpc, TheEstimateByHand) {
    const Plan plan = make_plan({.rule = Rule::RobustMpc}, {1000, 2000}, 2000);
    State<double> state{};
    report_download(plan, state, {.bits = 8e6, .download_ms = 900, .latency_ms = 100});
    EXPECT_DOUBLE_EQ(state.expected, 1);
    report_download(plan, state, {.bits = 8e6, .download_ms = 1900, .latency_ms = 100});
    EXPECT_DOUBLE_EQ(state.expected, 2.0 / 3);
    // One segment left, 2 s long: 4 Mbit at rung 1 are 0.5 MB, 1.5 s at the throughput expected; 0.75 s at rung 0.
    const auto rung_at = [&](double level_ms) {
        return decide(plan, state, {.level_ms = level_ms, .segment = 9, .segments = 10, .last_rung = 1}).rung;
    };
    EXPECT_EQ(rung_at(1500), 1) << "no stall";
    EXPECT_EQ(rung_at(1100), 1) << "2 - 4.3 x 0.4 = 0.28 against 1 - 1 = 0";
    EXPECT_EQ(rung_at(1000), 0) << "2 - 4.3 x 0.5 = -0.15 against 1 - 1 = 0";
}

TEST(RobustMpc, LooksBackFiveSegments) {
    const Plan plan = make_plan({.rule = Rule::RobustMpc}, kPensieve);
    State<double> state{};
    for (const double kbps : {100.0, 9000.0, 800.0, 800.0, 800.0, 800.0, 800.0, 800.0, 800.0})
        report_download(plan, state, download_at(kbps));
    EXPECT_DOUBLE_EQ(state.expected, 0.1);
    State<double> steady{};
    for (int i = 0; i < 5; ++i) report_download(plan, steady, download_at(800));
    const auto levels_that_differ = [&] {
        int count = 0;
        for (double level_ms = 500; level_ms < 30'000; level_ms += 500) {
            const Observation now = {.level_ms = level_ms, .segment = 20, .segments = 48, .last_rung = 1};
            count += decide(plan, state, now).rung != decide(plan, steady, now).rung;
        }
        return count;
    };
    EXPECT_GT(levels_that_differ(), 0) << "the error of five segments ago still counts";
    for (int i = 0; i < 5; ++i) report_download(plan, state, download_at(800));
    EXPECT_EQ(levels_that_differ(), 0);
}

// A ladder as long as any: the search must not enumerate 32^5 plans.
TEST(RobustMpc, LongLaddersTakeNoTime) {
    std::vector<double> bitrates;
    for (int i = 0; i < Ladder::kMaxRungs; ++i) bitrates.push_back(200 * std::pow(1.15, i));
    const Plan plan = make_plan({.rule = Rule::RobustMpc}, bitrates);
    for (double kbps = 300; kbps < 30'000; kbps *= 3) {
        State<float> state{};
        report_download(plan, state, download_at(kbps));
        for (double level_ms = 2000; level_ms < 40'000; level_ms *= 2)
            EXPECT_GE(decide(plan, state, at_level(level_ms, 10)).rung, 0);
    }
}

}  // namespace matinee::abr
