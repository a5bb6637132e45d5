// What holds for every rule, whatever comes in.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <string>

#include "clients/player/abr/abandonment.hpp"
#include "clients/player/abr/names.hpp"
#include "system/base/random.hpp"
#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

static const std::vector<double> kSix = {250, 500, 1000, 2000, 5000, 12'000};

static void PrintTo(const RuleInfo& info, std::ostream* out) { *out << info.name; }

class EveryRule : public testing::TestWithParam<RuleInfo> {
protected:
    Settings settings(bool osc = false) const {
        Settings s;
        s.rule = GetParam().rule;
        s.constant_rung = 3;
        s.max_buffer_ms = 30'000;
        s.bola_osc = osc;
        return s;
    }
};

static double odd_number(RandomStream& random) {
    static const double numbers[] = {0,
                                     -1,
                                     1e-320,
                                     1e-30,
                                     1e-3,
                                     1,
                                     1000,
                                     1e12,
                                     1e30,
                                     1e300,
                                     std::numeric_limits<double>::infinity(),
                                     -std::numeric_limits<double>::infinity(),
                                     std::nan("")};
    if (random.chance(0.5)) return random.lognormal(5000, 2);
    return numbers[random.below(uint32_t(std::size(numbers)))];
}

template <class Real>
static void survive_nonsense(const Plan& plan) {
    RandomStream random(3, Purpose::Test, uint64_t(plan.settings.rule));
    const int top = plan.ladder.top();
    State<Real> state{};
    for (int i = 0; i < 4000; ++i) {
        if (i % 500 == 0) state = State<Real>{};
        if (random.chance(0.2)) report_delay(plan, state, odd_number(random));
        if (random.chance(0.05)) report_seek(plan, state);
        const Observation now{.level_ms = odd_number(random),
                              .segment = random.next_u32(),
                              .segments = random.next_u32(),
                              .first_segment = random.below(10),
                              .last_rung = int(random.below(40)) - 5,
                              .now_ms = odd_number(random),
                              .playing = random.chance(0.5)};
        const Decision d = decide(plan, state, now);
        ASSERT_GE(d.rung, 0) << i;
        ASSERT_LE(d.rung, top) << i;
        ASSERT_TRUE(std::isfinite(d.delay_ms)) << i;
        ASSERT_GE(d.delay_ms, 0) << i;
        const int to = abandon_to(plan, state,
                                  {.elapsed_ms = odd_number(random),
                                   .latency_ms = odd_number(random),
                                   .bits_done = odd_number(random),
                                   .bits_total = odd_number(random),
                                   .level_ms = odd_number(random),
                                   .rung = d.rung,
                                   .segment = now.segment,
                                   .segments = now.segments});
        ASSERT_GE(to, -1) << i;
        ASSERT_LT(to, std::max(d.rung, 1)) << i;
        report_download(plan, state,
                        {.bits = odd_number(random),
                         .download_ms = odd_number(random),
                         .latency_ms = odd_number(random),
                         .rung = d.rung,
                         .level_ms = odd_number(random),
                         .abandoned_to = random.chance(0.1) ? to : -1});
    }
}

TEST_P(EveryRule, SurvivesNonsenseInFloat) { survive_nonsense<float>(make_plan(settings(), kSix)); }
TEST_P(EveryRule, SurvivesNonsenseInDouble) { survive_nonsense<double>(make_plan(settings(true), kSix)); }

/// What a player with this state in double would have in float.
static State<float> in_float(const Plan& plan, const State<double>& from) {
    State<float> to{};
    if (plan.samples == Samples::Ewma) {
        for (int i = 0; i < 2; ++i) {
            to.ewma.throughput[i] = float(from.ewma.throughput[i] / from.ewma.weight[i]);
            to.ewma.latency[i] = float(from.ewma.latency[i] / from.ewma.latency_weight[i]);
        }
    } else {
        for (int i = 0; i < State<float>::kSlots; ++i) to.slots[i] = SmallFloat(from.slots[i]);
    }
    to.placeholder_ms = float(from.placeholder_ms);
    to.count = from.count;
    to.head = from.head;
    to.last_rung = from.last_rung;
    to.throughput_ibr = from.throughput_ibr;
    to.bolae_ibr = from.bolae_ibr;
    to.uses_bola = from.uses_bola;
    to.steady = from.steady;
    return to;
}

struct Played {
    std::vector<int> rungs;
    int single_step_differences = 0;  ///< decisions that the same state in float would have taken otherwise
};

/// A small session on a link whose rate walks about.
template <class Real>
static Played play(const Plan& plan, uint64_t seed) {
    RandomStream random(seed, Purpose::Test, 0);
    State<Real> state{};
    Played played;
    double level = 0, now_ms = 0, kbps = 3000;
    for (uint32_t segment = 0; segment < 300; ++segment) {
        const double full = level + plan.ladder.segment_ms() - plan.settings.max_buffer_ms;
        if (full > 0) {
            report_delay(plan, state, full);
            level -= full;
            now_ms += full;
        }
        const Observation now{.level_ms = level,
                              .segment = segment,
                              .segments = 300,
                              .last_rung = played.rungs.empty() ? 0 : played.rungs.back(),
                              .now_ms = now_ms,
                              .playing = segment > 0};
        [[maybe_unused]] const State<Real> before = state;
        const Decision d = decide(plan, state, now);
        if constexpr (std::is_same_v<Real, double>) {
            State<float> twin = in_float(plan, before);
            played.single_step_differences += decide(plan, twin, now).rung != d.rung;
        }
        kbps = std::min(std::max(kbps * random.lognormal(1, 0.35), 150.0), 30'000.0);
        const double bits = plan.ladder.bitrate(d.rung) * plan.ladder.segment_ms() * random.lognormal(1, 0.2);
        const double latency = random.lognormal(40, 0.4);
        const double ms = bits / kbps;
        level = std::max(0.0, level - d.delay_ms - latency - ms) + plan.ladder.segment_ms();
        now_ms += d.delay_ms + latency + ms;
        played.rungs.push_back(d.rung);
        report_download(plan, state,
                        {.bits = bits, .download_ms = ms, .latency_ms = latency, .rung = d.rung, .level_ms = level});
    }
    return played;
}

// BOLA-E sets its placeholder so that two scores are equal at that buffer level. When a stall brings the buffer back to
// that very level (one segment), the last bit decides, in double too; so for BOLA-E single decisions are compared, and
// may differ a few times in thousands.
TEST_P(EveryRule, FloatAndDoubleDecideAlike) {
    const Plan plan = make_plan(settings(), kSix);
    const bool ties = GetParam().rule == Rule::BolaE || GetParam().rule == Rule::DynamicDash;
    int differences = 0;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        const Played in_double = play<double>(plan, seed);
        differences += in_double.single_step_differences;
        if (!ties) {
            ASSERT_EQ(play<float>(plan, seed).rungs, in_double.rungs) << seed;
        }
    }
    EXPECT_LE(differences, ties ? 6 : 0) << "of 6000";
}

TEST_P(EveryRule, UsesMoreThanOneRungOnALinkThatVaries) {
    const Plan plan = make_plan(settings(), kSix);
    const std::vector<int> rungs = play<double>(plan, 5).rungs;
    const bool varies = std::any_of(rungs.begin(), rungs.end(), [&](int q) { return q != rungs[0]; });
    EXPECT_EQ(varies, GetParam().rule != Rule::Constant);
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryRule, testing::ValuesIn(rules().begin(), rules().end()), [](const auto& param) {
    std::string name;
    for (const char c : param.param.name) {
        if (c != '-' && c != '.') name += c;
    }
    return name;
});

}  // namespace matinee::abr
