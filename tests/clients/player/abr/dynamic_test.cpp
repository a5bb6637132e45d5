#include "clients/player/abr/dynamic.hpp"

#include <gtest/gtest.h>

#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

static const std::vector<double> kFour = {1000, 2000, 4000, 8000};

TEST(Dynamic, BolaTakesOverAboveTenSeconds) {
    const Plan plan = make_plan({.rule = Rule::Dynamic}, kFour);
    State<double> state = state_with(plan, 2500);
    EXPECT_EQ(decide(plan, state, at_level(10'000)).rung, 1) << "0.9 x 2500: the throughput rule, not above 10 s";
    EXPECT_EQ(state.uses_bola, 0u);
    EXPECT_EQ(decide(plan, state, at_level(22'000)).rung, 2) << "BOLA-U: one above the sustainable";
    EXPECT_EQ(state.uses_bola, 1u);
}

TEST(Dynamic, BolaLeavesBelowTenSecondsOnceItAsksForLess) {
    const Plan plan = make_plan({.rule = Rule::Dynamic}, kFour);
    State<double> state = state_with(plan, 9500);
    state.uses_bola = 1;
    EXPECT_EQ(decide(plan, state, at_level(10'000)).rung, 0) << "BOLA asks for less, but 10 s are not below 10 s";
    EXPECT_EQ(state.uses_bola, 1u);
    EXPECT_EQ(decide(plan, state, at_level(9'999)).rung, 3) << "0.9 x 9500 carries the top";
    EXPECT_EQ(state.uses_bola, 0u);
}

TEST(Dynamic, StaysWithThroughputWhileBolaAsksForLess) {
    const Plan plan = make_plan({.rule = Rule::Dynamic}, kFour);
    State<double> state = state_with(plan, 9500);
    EXPECT_EQ(decide(plan, state, at_level(10'500)).rung, 3);
    EXPECT_EQ(state.uses_bola, 0u);
}

TEST(Dynamic, BothStatesAdvanceAtEverySegment) {
    const Plan plan = make_plan({.rule = Rule::Dynamic}, kFour);
    State<double> state = state_with(plan, 2500);
    decide(plan, state, at_level(22'000));
    EXPECT_EQ(state.throughput_ibr, 1u) << "though BOLA decided";
    EXPECT_EQ(state.last_rung, 2u);
    decide(plan, state, at_level(3'000));
    EXPECT_EQ(state.last_rung, 0u) << "BOLA's own choice";
}

TEST(DynamicDash, SwitchesAtFiveAndTenSeconds) {
    const Plan plan = make_plan({.rule = Rule::DynamicDash}, kFour);
    State<double> state = state_with(plan, 2500);
    const auto uses_bola_at = [&](double level) {
        decide(plan, state, at_level(level));
        return state.uses_bola == 1;
    };
    EXPECT_FALSE(uses_bola_at(10'000));
    EXPECT_TRUE(uses_bola_at(10'001));
    EXPECT_TRUE(uses_bola_at(5'000));
    EXPECT_FALSE(uses_bola_at(4'999));
    EXPECT_FALSE(uses_bola_at(9'000));
}

TEST(DynamicDash, OnlyTheActiveRuleDecides) {
    const Plan plan = make_plan({.rule = Rule::DynamicDash}, kFour);
    State<double> state = state_with(plan, 2500);
    decide(plan, state, at_level(4'000));
    EXPECT_EQ(state.throughput_ibr, 1u);
    EXPECT_EQ(state.steady, 0u) << "BOLA-E has not been asked";
    decide(plan, state, at_level(15'000));
    EXPECT_EQ(state.throughput_ibr, 1u);
    EXPECT_EQ(state.steady, 1u);
}

TEST(DynamicDash, BolaEHearsOfDelaysAndDownloadsAllTheSame) {
    const Plan plan = make_plan({.rule = Rule::DynamicDash}, kFour);
    State<double> state{};
    report_delay(plan, state, 400);
    EXPECT_EQ(state.placeholder_ms, 400);
    report_download(plan, state, download_at(3000, 1000, 0, 2, 8000));
    EXPECT_EQ(state.last_rung, 2u);
    EXPECT_NEAR(state.placeholder_ms, std::max(400.0, plan.min_level[2] - 9000), 1e-9);
}

TEST(Rules, OneRungLeavesNoChoice) {
    for (int rule = int(Rule::Constant); rule <= int(Rule::LadderSteps); ++rule) {
        const Plan plan = make_plan({.rule = Rule(rule), .bola_osc = true}, {3000});
        State<double> state{};
        for (const double level : {0.0, 5'000.0, 80'000.0}) {
            const Decision d = decide(plan, state, at_level(level));
            EXPECT_EQ(d.rung, 0);
            EXPECT_EQ(d.delay_ms, 0);
            report_download(plan, state, download_at(2000, 3000, 50, 0, level + 1000));
        }
    }
}

TEST(Rules, ConstantIsConstant) {
    const Plan plan = make_plan({.rule = Rule::Constant, .constant_rung = 2}, kFour);
    State<double> state{};
    for (const double level : {0.0, 25'000.0}) {
        EXPECT_EQ(decide(plan, state, at_level(level)).rung, 2);
        report_download(plan, state, download_at(10, 60'000, 0, 2, level));
    }
    EXPECT_EQ(abandon_to(plan, state, {.elapsed_ms = 1e6, .bits_done = 1, .bits_total = 1e9, .rung = 2}), -1);
}

}  // namespace matinee::abr
