#include "clients/player/abr/plan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "system/base/errors.hpp"
#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

static const std::vector<double> kThree = {1000, 2000, 4000};

TEST(Ladder, KnowsBitratesAndUtilities) {
    const Ladder ladder(std::vector<double>{500, 1000, 4000}, 2000);
    EXPECT_EQ(ladder.rungs(), 3);
    EXPECT_EQ(ladder.top(), 2);
    EXPECT_EQ(ladder.segment_ms(), 2000);
    EXPECT_EQ(ladder.bitrate(1), 1000);
    EXPECT_EQ(ladder.utility(0), 0);
    EXPECT_NEAR(ladder.utility(1), 0.6931471805599453, 1e-14);
    EXPECT_NEAR(ladder.utility(2), 3 * 0.6931471805599453, 1e-14);
}

TEST(Ladder, TakesIntegersToo) {
    const Ladder ladder(std::vector<Kbps>{500, 1000}, 2000);
    EXPECT_EQ(ladder.bitrate(1), 1000);
}

TEST(Ladder, FindsTheHighestRungAtMost) {
    const Ladder ladder(kThree, 4000);
    EXPECT_EQ(ladder.highest_at_most(0), 0);
    EXPECT_EQ(ladder.highest_at_most(1999), 0);
    EXPECT_EQ(ladder.highest_at_most(2000), 1);
    EXPECT_EQ(ladder.highest_at_most(1e9), 2);
    EXPECT_EQ(ladder.highest_at_most(std::nan("")), 0);
}

TEST(Ladder, IsCappedByLeavingRungsOut) {
    const Ladder capped = Ladder(kThree, 4000).capped(3000);
    EXPECT_EQ(capped.rungs(), 2);
    EXPECT_EQ(capped.bitrate(1), 2000);
    EXPECT_EQ(capped.segment_ms(), 4000);
    EXPECT_EQ(Ladder(kThree, 4000).capped(10).rungs(), 1) << "the lowest rung always stays";
}

TEST(Ladder, RefusesWhatIsNone) {
    const auto make = [](std::vector<double> bitrates, double segment_ms) { return Ladder(bitrates, segment_ms); };
    EXPECT_THROW(make({}, 4000), InputError);
    EXPECT_THROW(make({1000, 1000}, 4000), InputError);
    EXPECT_THROW(make({2000, 1000}, 4000), InputError);
    EXPECT_THROW(make({0, 1000}, 4000), InputError);
    EXPECT_THROW(make({std::nan("")}, 4000), InputError);
    EXPECT_THROW(make({1000}, 0), InputError);
    EXPECT_THROW(make({1000}, std::numeric_limits<double>::infinity()), InputError);
    std::vector<double> many;
    for (int i = 1; i <= Ladder::kMaxRungs; ++i) many.push_back(i);
    EXPECT_NO_THROW(make(many, 4000));
    many.push_back(1000);
    EXPECT_THROW(make(many, 4000), InputError);
}

TEST(Plan, RefusesSettingsThatNoRuleCanWorkWith) {
    const auto refused = [](auto change) {
        Settings settings;
        change(settings);
        EXPECT_THROW(make_plan(settings, kThree), InputError);
    };
    EXPECT_NO_THROW(make_plan({}, kThree));
    refused([](Settings& s) { s.max_buffer_ms = 4000; });
    refused([](Settings& s) { s.max_buffer_ms = std::nan(""); });
    refused([](Settings& s) { s.constant_rung = -1; });
    refused([](Settings& s) { s.gamma_p = 0; });
    refused([](Settings& s) { s.half_life_s[1] = 0; });
    refused([](Settings& s) { s.window[0] = 0; });
    refused([](Settings& s) { s.window[1] = 21; });
    refused([](Settings& s) { s.initial_throughput_kbps = -1; });
    refused([](Settings& s) { s.bba_cushion_ms = 0; });
}

TEST(Plan, LongWindowsNeedTheStateOfALab) {
    Settings settings;
    settings.average = Average::Sliding;
    settings.window[0] = 3;
    settings.window[1] = 5;
    EXPECT_NO_THROW(make_plan(settings, kThree).require_fits<float>());
    settings.window[1] = 6;
    EXPECT_THROW(make_plan(settings, kThree).require_fits<float>(), InputError);
    settings.window[1] = 20;
    EXPECT_NO_THROW(make_plan(settings, kThree).require_fits<double>());
    for (int rule = int(Rule::Constant); rule <= int(Rule::LadderSteps); ++rule)
        EXPECT_NO_THROW(make_plan({.rule = Rule(rule)}, kThree).require_fits<float>());
}

TEST(Plan, FirstRungNeedsNoSample) {
    const auto first = [](Rule rule, double initial_kbps, std::vector<double> bitrates = kThree) {
        const Plan plan =
            make_plan({.rule = rule, .constant_rung = 7, .initial_throughput_kbps = initial_kbps}, bitrates);
        State<float> state{};
        return decide(plan, state, {.segments = 100}).rung;
    };
    for (const Rule rule : {Rule::Throughput, Rule::Bola, Rule::BolaE, Rule::Dynamic, Rule::DynamicDash}) {
        EXPECT_EQ(first(rule, 0), 0);
        EXPECT_EQ(first(rule, 2222), 0) << "0.9 of it is below 2000";
        EXPECT_EQ(first(rule, 2223), 1);
        EXPECT_EQ(first(rule, 1e6), 2);
    }
    EXPECT_EQ(first(Rule::Halving, 2000), 1);
    EXPECT_EQ(first(Rule::Bba, 1e6), 0) << "it looks at the buffer only";
    EXPECT_EQ(first(Rule::Constant, 0), 2) << "the highest there is";
    EXPECT_EQ(first(Rule::LadderSteps, 0, {500, 1000, 2500, 5000, 25'000}), 2) << "720p";
}

// Two rungs, a factor of 2 apart: u1 = ln 2. B = max(10 + 2 x 2, 25) s; gp = ln 2 / (2.5 - 1); Vp = 10 s / gp.
TEST(Plan, BolaELevelsByHand) {
    const Plan plan = make_plan({.rule = Rule::BolaE, .max_buffer_ms = 25'000}, {1000, 2000});
    EXPECT_NEAR(plan.bolae_gp, 0.46209812037329684, 1e-12);
    EXPECT_NEAR(plan.bolae_vp, 21640.425613334453, 1e-7);
    EXPECT_NEAR(plan.max_level[0], 31640.425613334453, 1e-7);
    EXPECT_NEAR(plan.max_level[1], 46640.42561333445, 1e-7);
    EXPECT_EQ(plan.min_level[0], 0);
    EXPECT_NEAR(plan.min_level[1], 16640.425613334453, 1e-7);
}

TEST(Plan, BolaEWithoutTheInsufficientBufferRuleIsBola) {
    const Plan plan = make_plan({.rule = Rule::BolaE, .insufficient_buffer_rule = false}, {1000, 2000});
    EXPECT_NEAR(plan.bolae_gp, 4, 1e-12);
    EXPECT_NEAR(plan.bolae_vp, plan.bola_vp, 1e-9);
}

}  // namespace matinee::abr
