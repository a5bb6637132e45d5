#include "clients/player/abr/bola.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "system/base/random.hpp"
#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

// Two rungs, 1000 and 2000 kbit/s, segments of 5 s, 25 s of buffer, gamma p 5: V p = 20 s / (5 + ln 2) = 3513 ms. The
// scores are equal at V p (5 - ln 2) = 15 130 ms: below it rung 0, above it rung 1.
static const std::vector<double> kTwo = {1000, 2000};
static const std::vector<double> kFour = {1000, 2000, 4000, 8000};

static Plan two_rungs(Settings settings = {}) {
    settings.rule = Rule::Bola;
    return make_plan(settings, kTwo, 5000);
}

TEST(Bola, SwitchesAtTheLevelByHand) {
    const Plan plan = two_rungs();
    State<double> state = state_with(plan, 1e6);
    EXPECT_EQ(decide(plan, state, at_level(15'129)).rung, 0);
    EXPECT_EQ(decide(plan, state, at_level(15'131)).rung, 1);
    EXPECT_EQ(decide(plan, state, at_level(15'129)).rung, 0);
}

TEST(Bola, OfEqualScoresTheLowerRungWins) {
    const Ladder ladder(kTwo, 5000);
    EXPECT_EQ(bola_choice(ladder, 1.0, 5.0, 4.0, [](int q) { return double(q); }), 0) << "1/1000 = 2/2000";
    EXPECT_EQ(bola_choice(ladder, 1.0, 5.0, 4.1, [](int q) { return double(q); }), 1);
}

// The table of levels says what the scores say, near the levels at which they meet too.
TEST(Bola, TheTableChoosesAsTheScoresDo) {
    RandomStream random(1, Purpose::Test, 7);
    int from_scores = 0;
    for (int round = 0; round < 300; ++round) {
        std::vector<double> rungs;
        double kbps = 100 + random.below(400);
        const bool narrow = round % 10 == 0;  // too narrow for the table
        for (uint32_t i = 2 + random.below(9); i > 0; --i) {
            rungs.push_back(kbps);
            kbps *= narrow ? 1.005 : 1.01 + 2 * random.uniform() * random.uniform();
        }
        Settings settings;
        settings.rule = Rule::Bola;
        settings.gamma_p = 0.1 + 9 * random.uniform();
        const Plan plan = make_plan(settings, rungs, 4000);
        from_scores += plan.bola_margin > 1e9;
        for (int i = 0; i < 200; ++i) {
            const double vp = 100 + 9000 * random.uniform();
            const double meet = plan.bola_from[1 + random.below(uint32_t(rungs.size()) - 1)] * vp;
            const double near[] = {60'000 * random.uniform(), meet, std::nextafter(meet, 0), meet * (1 + 1e-14),
                                   meet - 2 * plan.bola_margin * vp, meet + 2 * plan.bola_margin * vp};
            const double level = std::clamp(near[i % 6], 0.0, 1e9);
            const int by_scores = bola_choice(plan.ladder, vp, settings.gamma_p, level,
                                              [&](int q) { return plan.ladder.utility(q); });
            const auto last = int(random.below(uint32_t(rungs.size())));
            ASSERT_EQ(bola_choice(plan, vp, level, last), by_scores) << "round " << round << ", level " << level;
        }
    }
    EXPECT_EQ(from_scores, 30);
}

// A third of the way in, the buffer it plans with is half the segments since the start, at least three: segment 8 has
// 4 x 5 s = 20 s, so V p = 15 s / (5 + ln 2) and the switch at 11 347 ms.
TEST(Bola, PlansWithLessBufferAtBothEndsOfATitle) {
    const Plan plan = two_rungs();
    const auto rung = [&](uint32_t segment, uint32_t segments, double level, uint32_t first = 0) {
        State<double> state = state_with(plan, 1e6);
        return decide(plan, state,
                      {.level_ms = level, .segment = segment, .segments = segments, .first_segment = first})
            .rung;
    };
    EXPECT_EQ(rung(8, 100, 11'340), 0);
    EXPECT_EQ(rung(8, 100, 11'350), 1);
    EXPECT_EQ(rung(92, 100, 11'340), 0) << "8 to go";
    EXPECT_EQ(rung(92, 100, 11'350), 1);
    EXPECT_EQ(rung(58, 100, 11'340, 50), 0) << "8 since a seek";
    EXPECT_EQ(rung(58, 100, 11'350, 50), 1);
    EXPECT_EQ(rung(50, 100, 15'129), 0) << "the whole buffer in the middle";
    EXPECT_EQ(rung(1, 100, 7564), 0) << "three segments: 10 s / (5 + ln 2) x (5 - ln 2)";
    EXPECT_EQ(rung(1, 100, 7566), 1);
    EXPECT_EQ(rung(50, UINT32_MAX, 15'131), 1) << "a title without end";
}

TEST(Bola, BasicPlansWithAllOfItAtOnce) {
    const Plan plan = two_rungs({.bola_basic = true});
    State<double> state = state_with(plan, 1e6);
    EXPECT_EQ(decide(plan, state, {.level_ms = 15'129, .segment = 1, .segments = 100}).rung, 0);
    EXPECT_EQ(decide(plan, state, {.level_ms = 15'131, .segment = 1, .segments = 100}).rung, 1);
}

TEST(Bola, StepsUpAreCappedByThroughput) {
    const Plan plan = make_plan({.rule = Rule::Bola}, kFour);
    const Observation full = at_level(22'000);
    State<double> rich = state_with(plan, 1e6);
    ASSERT_EQ(decide(plan, rich, full).rung, 3) << "what BOLA itself wants at this level";
    State<double> state = state_with(plan, 2100);
    EXPECT_EQ(decide(plan, state, full).rung, 2) << "BOLA-U: one above the sustainable";
    state.last_rung = 0;
    state = state_with(plan, 500);
    state.last_rung = 2;
    EXPECT_EQ(decide(plan, state, full).rung, 2) << "already above the sustainable: stays";
    state = state_with(plan, 500);
    state.last_rung = 3;
    EXPECT_EQ(decide(plan, state, full).rung, 3) << "no step up, no cap";
}

TEST(Bola, OscillationControlWaitsInstead) {
    const Plan plan = make_plan({.rule = Rule::Bola, .bola_osc = true}, kTwo, 5000);
    State<double> state = state_with(plan, 1500);
    const Decision d = decide(plan, state, at_level(19'000));
    EXPECT_EQ(d.rung, 0);
    EXPECT_NEAR(d.delay_ms, 19'000 - 5 * 20'000 / 5.693147180559945, 1e-6) << "down to V p (gamma p + u_0)";
    EXPECT_EQ(decide(plan, state, at_level(15'500)).delay_ms, 0) << "below that level there is nothing to wait for";
}

// Rung 1 of 10e6 bits, half of it here, level 2000: (3513 x 5.693 - 2000) / 5e6 = 3.6e-3 against rung 0's
// (3513 x 5 - 2000) / 5e6, whose 5e6 bits are not fewer than the rest.
TEST(Bola, GivesUpByScore) {
    const Plan plan = two_rungs();
    const State<double> state = state_with(plan, 1e6);
    Progress at{.elapsed_ms = 3000,
                .bits_done = 5e6,
                .bits_total = 10e6,
                .level_ms = 2000,
                .rung = 1,
                .segment = 50,
                .segments = 100};
    EXPECT_EQ(abandon_to(plan, state, at), -1);
    at.bits_done = 1e6;  // rest 9e6: 2.0e-3 against rung 0's 3.11e-3
    EXPECT_EQ(abandon_to(plan, state, at), 0);
    at.bits_done = 0;
    EXPECT_EQ(abandon_to(plan, state, at), -1) << "not before the first bits";
    at.bits_done = 1e6;
    at.level_ms = 20'001;
    EXPECT_EQ(abandon_to(plan, state, at), -1) << "a full buffer";
    EXPECT_EQ(abandon_to(two_rungs({.bola_basic = true}), state, {.bits_done = 1, .bits_total = 10e6, .rung = 1}), -1);
}

TEST(Bola, RemembersWhatItGaveUpFor) {
    const Plan plan = make_plan({.rule = Rule::Bola}, kFour);
    State<double> state = state_with(plan, 500);
    state.last_rung = 3;
    report_download(plan, state, {.bits = 1e6, .download_ms = 4000, .rung = 3, .level_ms = 5000, .abandoned_to = 1});
    EXPECT_EQ(state.last_rung, 1u);
    EXPECT_NEAR(estimate(plan, state).throughput_kbps, 500, 1e-9) << "what was given up is no sample";
}

// The levels of Plan.BolaELevelsByHand: rung 1 from 16 640 to 46 640 ms, rung 0 up to 31 640 ms.
TEST(BolaE, PlaceholderStartsItAtTheSustainableRung) {
    const Plan plan = make_plan({.rule = Rule::BolaE}, kTwo);
    State<double> state = state_with(plan, 2500);
    EXPECT_EQ(decide(plan, state, at_level(4000)).rung, 1);
    EXPECT_NEAR(state.placeholder_ms, 12'640.4256, 1e-3);
    State<double> slow = state_with(plan, 1500);
    EXPECT_EQ(decide(plan, slow, at_level(4000)).rung, 0);
    EXPECT_EQ(slow.placeholder_ms, 0);
}

TEST(BolaE, DecidesOnLevelAndPlaceholder) {
    const Plan plan = make_plan({.rule = Rule::BolaE}, kTwo);
    const auto rung = [&](double level, double placeholder) {
        State<double> state = state_with(plan, 1e6);
        state.steady = 1;
        state.placeholder_ms = placeholder;
        return decide(plan, state, at_level(level)).rung;
    };
    EXPECT_EQ(rung(16'630, 0), 0);
    EXPECT_EQ(rung(16'650, 0), 1);
    EXPECT_EQ(rung(10'000, 6'630), 0);
    EXPECT_EQ(rung(10'000, 6'650), 1);
}

TEST(BolaE, PlaceholderPaysForDelays) {
    const Plan plan = make_plan({.rule = Rule::BolaE, .insufficient_buffer_rule = true}, kFour);
    // u = 1 + 3 ln 2 at the top: B = max(10 + 2 x 4, 25) s. Rung 0 is all that 500 kbit/s carry; BOLA-O holds it there.
    const Plan osc = make_plan({.rule = Rule::BolaE, .bola_osc = true}, kFour);
    State<double> state = state_with(osc, 500);
    state.steady = 1;
    state.placeholder_ms = 2'000;
    const double limit = osc.max_level[0];
    Decision d = decide(osc, state, at_level(limit - 500));
    EXPECT_EQ(d.rung, 0);
    EXPECT_EQ(d.delay_ms, 0);
    EXPECT_NEAR(state.placeholder_ms, 500, 1e-9) << "1500 of the 2000 ms were too much";
    d = decide(osc, state, at_level(limit + 300));
    EXPECT_NEAR(d.delay_ms, 300, 1e-9);
    EXPECT_EQ(state.placeholder_ms, 0);
    EXPECT_EQ(plan.max_level[0], limit);
}

TEST(BolaE, InsufficientBufferRuleTakesThePlaceholderBack) {
    const Plan plan = make_plan({.rule = Rule::BolaE}, kTwo);
    State<double> state = state_with(plan, 2500);
    state.steady = 1;
    state.placeholder_ms = 20'000;
    // 0.9 x 3000 x 2500 = 6.75e6 bits are not enough for rung 1's 8e6.
    EXPECT_EQ(decide(plan, state, at_level(3000)).rung, 0);
    EXPECT_EQ(state.placeholder_ms, 0) << "rung 0 needs none";
}

TEST(BolaE, ReportsKeepThePlaceholderWithinTheRungsLevels) {
    const Plan plan = make_plan({.rule = Rule::BolaE}, kTwo);
    State<double> state{};
    state.placeholder_ms = 50'000;
    report_download(plan, state, download_at(4000, 2000, 100, 1, 12'000));
    EXPECT_NEAR(state.placeholder_ms, plan.max_level[1] - 14'100, 1e-9);
    EXPECT_EQ(state.last_rung, 1u);
    state.placeholder_ms = 0;
    report_download(plan, state, download_at(4000, 2000, 100, 1, 12'000));
    EXPECT_NEAR(state.placeholder_ms, plan.min_level[1] - 14'100, 1e-9);
    state.placeholder_ms = 0;
    report_download(plan, state, download_at(4000, 2000, 100, 1, 0));
    EXPECT_EQ(state.placeholder_ms, 0) << "an empty buffer does not inflate it";
    report_delay(plan, state, 750);
    EXPECT_EQ(state.placeholder_ms, 750);
    Download given_up = download_at(100, 2000, 100, 1, 3000);
    given_up.abandoned_to = 0;
    state.placeholder_ms = 9'000;
    report_download(plan, state, given_up);
    EXPECT_EQ(state.placeholder_ms, 7'000) << "10 s less what is in the buffer";
}

TEST(BolaE, ASeekStartsItAfresh) {
    const Plan plan = make_plan({.rule = Rule::BolaE}, kTwo);
    State<double> state = state_with(plan, 2500);
    decide(plan, state, at_level(4000));
    state.placeholder_ms = 0;
    report_seek(plan, state);
    EXPECT_EQ(decide(plan, state, at_level(0)).rung, 1);
    EXPECT_NEAR(state.placeholder_ms, plan.min_level[1], 1e-9);
}

TEST(BolaE, GivesUpByScoreAfterTheLatencyOfANewRequest) {
    const Plan plan = make_plan({.rule = Rule::BolaE}, kTwo);
    const State<double> state = state_with(plan, 2500);
    Progress at{
        .elapsed_ms = 1100, .latency_ms = 100, .bits_done = 0.5e6, .bits_total = 8e6, .level_ms = 5000, .rung = 1};
    // Level 4900, rest 7.5e6 - 50e3: (46 640 - 4900) / 7.45e6 = 5.60e-3 < (31 640 - 4900) / 4e6 = 6.69e-3.
    EXPECT_EQ(abandon_to(plan, state, at), 0);
    State<double> confident = state;
    confident.placeholder_ms = 15'000;  // 3.59e-3 > 2.93e-3
    EXPECT_EQ(abandon_to(plan, confident, at), -1);
    at.bits_done = 4.1e6;
    EXPECT_EQ(abandon_to(plan, state, at), -1) << "the rest is smaller than rung 0";
}

}  // namespace matinee::abr
