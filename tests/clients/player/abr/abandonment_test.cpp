#include "clients/player/abr/abandonment.hpp"

#include <gtest/gtest.h>

#include <string>

#include "system/base/random.hpp"
#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

static const std::vector<double> kFive = {500, 1000, 2000, 4000, 8000};

/// Asks at each of Sabre's checks, one after the other. The instants are multiples, not sums: a check falls on the end
/// of the throughput rule's grace time, where the rounding of a sum would decide.
static Abandonment by_polling(const Plan& plan, const State<double>& state, const Transfer& t) {
    const double kbps = t.bits / t.download_ms;
    const double first_ms = std::max(kCheckBits / kbps, kCheckMs - t.latency_ms);
    const double step_ms = std::max(kCheckBits / kbps, kCheckMs);
    for (int check = 0; first_ms + check * step_ms < t.download_ms; ++check) {
        const double elapsed = t.latency_ms + (first_ms + check * step_ms);
        const double done = (elapsed - t.latency_ms) * kbps;
        const int to = abandon_to(plan, state,
                                  {.elapsed_ms = elapsed,
                                   .latency_ms = t.latency_ms,
                                   .bits_done = done,
                                   .bits_total = t.bits,
                                   .level_ms = std::max(0.0, t.level_ms - elapsed),
                                   .rung = t.rung,
                                   .segment = t.segment,
                                   .segments = t.segments,
                                   .first_segment = t.first_segment});
        if (to >= 0) return {elapsed, to};
    }
    return {};
}

class EarliestAbandonment : public testing::TestWithParam<Rule> {};

TEST_P(EarliestAbandonment, IsWhatPollingFinds) {
    Settings settings{.rule = GetParam()};
    settings.max_buffer_ms = 30'000;
    const Plan plan = make_plan(settings, kFive);
    RandomStream random(7, Purpose::Test, uint64_t(GetParam()));
    int found = 0, late = 0;
    for (int i = 0; i < 3000; ++i) {
        State<double> state = state_with(plan, random.lognormal(2500, 0.8), 40);
        if (random.chance(0.5)) state.placeholder_ms = random.uniform() * 20'000;
        state.uses_bola = random.chance(0.5) ? 1 : 0;
        Transfer t{.latency_ms = random.uniform() * 120,
                   .level_ms = random.uniform() * 26'000,
                   .rung = int(random.below(5)),
                   .segment = 5 + random.below(100),
                   .segments = 110};
        t.bits = plan.ladder.bitrate(t.rung) * 4000 * random.lognormal(1, 0.3);
        t.download_ms = t.bits / random.lognormal(1500, 1.2);
        const Abandonment expected = by_polling(plan, state, t);
        const Abandonment actual = earliest_abandonment(plan, state, t);
        ASSERT_EQ(actual.to, expected.to) << i;
        ASSERT_NEAR(actual.at_ms, expected.at_ms, 1e-6 * (1 + expected.at_ms)) << i;
        found += expected.to >= 0;
        late += expected.at_ms > 1000;
    }
    EXPECT_GT(found, 100);
    EXPECT_LT(found, 2900);
    EXPECT_GE(late, GetParam() == Rule::Throughput || GetParam() == Rule::Dynamic ? 0 : 30)
        << "not all at the first check";
}

INSTANTIATE_TEST_SUITE_P(Rules, EarliestAbandonment,
                         testing::Values(Rule::Throughput, Rule::Bola, Rule::BolaE, Rule::Dynamic, Rule::DynamicDash),
                         [](const auto& param) { return std::string("Rule") + std::to_string(int(param.param)); });

// 8000 kbit/s nominal over a link of 1000: 32 s. Checks every 50 ms after the request: the first that counts is at 500.
TEST(EarliestAbandonmentOf, ThroughputByHand) {
    const Plan plan = make_plan({.rule = Rule::Throughput}, kFive);
    const State<double> state = state_with(plan, 8000);
    const Transfer t{.latency_ms = 20, .download_ms = 32'000, .bits = 32e6, .level_ms = 20'000, .rung = 4};
    const Abandonment a = earliest_abandonment(plan, state, t);
    EXPECT_NEAR(a.at_ms, 500, 1e-9);
    EXPECT_EQ(a.to, 0) << "900 kbit/s carry 500";
}

TEST(EarliestAbandonmentOf, NothingToGiveUp) {
    const Plan plan = make_plan({.rule = Rule::Bola}, kFive);
    const State<double> state = state_with(plan, 8000);
    Transfer t{
        .latency_ms = 20, .download_ms = 1e9, .bits = 2e6, .level_ms = 0, .rung = 0, .segment = 50, .segments = 100};
    EXPECT_EQ(earliest_abandonment(plan, state, t).to, -1) << "the lowest rung";
    t.rung = 4;
    t.bits = 0;
    EXPECT_EQ(earliest_abandonment(plan, state, t).to, -1);
    t.bits = 32e6;
    t.download_ms = 0;
    EXPECT_EQ(earliest_abandonment(plan, state, t).to, -1);
    t.download_ms = 20;
    EXPECT_EQ(earliest_abandonment(plan, state, t).to, -1) << "over before the first check";
    t.download_ms = 1e12;
    EXPECT_GE(earliest_abandonment(plan, state, t).to, 0) << "and one that would never end";
    EXPECT_EQ(earliest_abandonment(make_plan({.rule = Rule::Bba}, kFive), state, t).to, -1);
}

}  // namespace matinee::abr
