#include "clients/player/abr/throughput.hpp"

#include <gtest/gtest.h>

#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

static const std::vector<double> kThree = {1000, 2000, 4000};

TEST(Throughput, ASegmentMustTakeNoLongerThanItPlays) {
    const Ladder ladder(kThree, 4000);
    EXPECT_EQ(rung_for_throughput(ladder, 3000, 0), 1);
    EXPECT_EQ(rung_for_throughput(ladder, 2000, 0), 1) << "exactly 4 s is in time";
    EXPECT_EQ(rung_for_throughput(ladder, 1999, 0), 0);
    EXPECT_EQ(rung_for_throughput(ladder, 3000, 1333), 1) << "1333 + 2667 ms";
    EXPECT_EQ(rung_for_throughput(ladder, 3000, 1334), 0);
    EXPECT_EQ(rung_for_throughput(ladder, 0, 0), 0);
    EXPECT_EQ(rung_for_throughput(ladder, 1e300, 0), 2);
}

TEST(Throughput, ClimbsStepByStep) {
    // Latency leaves 2 s: 1000 would not do for rung 1, so that rung 2 is not looked at.
    EXPECT_EQ(rung_for_throughput(Ladder(kThree, 4000), 3000, 2000), 0);
}

TEST(Throughput, UsesNineTenthsOfTheEstimate) {
    const Plan plan = make_plan({.rule = Rule::Throughput}, kThree);
    State<double> below = state_with(plan, 2222);
    EXPECT_EQ(decide(plan, below, at_level(25'000)).rung, 0);
    State<double> above = state_with(plan, 2223);
    EXPECT_EQ(decide(plan, above, at_level(25'000)).rung, 1);
    EXPECT_EQ(decide(plan, above, at_level(25'000)).delay_ms, 0);
}

// 3000 kbit/s and 3200 ms of buffer: 0.9 x 3200 x 3000 = 8.64e6 bits hold a rung-1 segment of 8e6; 0.81 of it do not.
TEST(Throughput, InsufficientBufferRuleTightens) {
    const Plan plan = make_plan({.rule = Rule::Throughput}, kThree);
    State<double> state = state_with(plan, 3000);
    EXPECT_EQ(decide(plan, state, at_level(3200)).rung, 1);
    EXPECT_EQ(decide(plan, state, at_level(3200)).rung, 0);
    for (int i = 0; i < 20; ++i) decide(plan, state, at_level(3200));
    EXPECT_EQ(decide(plan, state, at_level(5300)).rung, 0) << "0.5 x 5300 x 3000 = 7.95e6";
    EXPECT_EQ(decide(plan, state, at_level(5400)).rung, 1) << "0.5 x 5400 x 3000 = 8.1e6";
}

TEST(Throughput, InsufficientBufferRuleTakesLatencyOff) {
    const Plan plan = make_plan({.rule = Rule::Throughput}, kThree);
    State<double> state = state_with(plan, 3000, 300);
    EXPECT_EQ(decide(plan, state, at_level(3200)).rung, 0) << "0.9 x 2900 x 3000 = 7.83e6";
}

TEST(Throughput, InsufficientBufferRuleCanBeOff) {
    const Plan plan = make_plan({.rule = Rule::Throughput, .insufficient_buffer_rule = false}, kThree);
    State<double> state = state_with(plan, 3000);
    EXPECT_EQ(decide(plan, state, at_level(0)).rung, 1);
}

TEST(Throughput, SafetyFactorsAreSabres) {
    double factor = 0.9;
    uint32_t step = 0;
    for (int call = 0; call < 12; ++call) {
        EXPECT_EQ(kIbrSafety[step], factor) << call;
        factor = std::max(factor * 0.9, 0.5);
        step = next_ibr_step(step);
    }
}

// Rung 2, 16e6 bits, 1000 kbit/s after a latency of 100 ms: 16.1 s in all, more than 1.8 x 4 s. 0.9 x 1000 carries rung
// 0.
TEST(Throughput, GivesUpWhatWouldTakeTooLong) {
    const Plan plan = make_plan({.rule = Rule::Throughput}, kThree);
    const State<double> state = state_with(plan, 3000);
    Progress at{
        .elapsed_ms = 600, .latency_ms = 100, .bits_done = 0.5e6, .bits_total = 16e6, .level_ms = 9000, .rung = 2};
    EXPECT_EQ(abandon_to(plan, state, at), 0);
    at.bits_done = 1.4e6;  // 2800 kbit/s: 5.8 s in all
    EXPECT_EQ(abandon_to(plan, state, at), -1);
    at = {.elapsed_ms = 499, .latency_ms = 0, .bits_done = 0.499e6, .bits_total = 16e6, .rung = 2};
    EXPECT_EQ(abandon_to(plan, state, at), -1) << "within the grace time";
    at = {.elapsed_ms = 12'500, .latency_ms = 0, .bits_done = 12.5e6, .bits_total = 16e6, .rung = 2};
    EXPECT_EQ(abandon_to(plan, state, at), -1) << "3.5e6 bits are left, rung 0 has 4e6";
    at = {.elapsed_ms = 11'900, .latency_ms = 0, .bits_done = 11.9e6, .bits_total = 16e6, .rung = 2};
    EXPECT_EQ(abandon_to(plan, state, at), 0) << "4.1e6 bits are left";
    at = {.elapsed_ms = 8000, .latency_ms = 100, .bits_done = 0, .bits_total = 16e6, .rung = 2};
    EXPECT_EQ(abandon_to(plan, state, at), 0) << "nothing came at all";
    at.rung = 0;
    EXPECT_EQ(abandon_to(plan, state, at), -1);
}

}  // namespace matinee::abr
