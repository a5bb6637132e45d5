#include "clients/player/abr/patience.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "clients/player/abr/names.hpp"
#include "system/base/random.hpp"
#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

namespace {

struct Case {
    Settings settings;
    std::vector<double> ladder;
};

/// A download that comes in at random, with pauses, and is polled at random moments until it is whole.
struct RandomDownload {
    Progress now;
    double request_level_ms;
    RandomStream& random;

    void go_on() {
        const double ms = 300 * random.uniform();
        now.elapsed_ms += ms;
        if (random.below(4) != 0)
            now.bits_done = std::min(now.bits_total, now.bits_done + ms * 6000 * random.uniform());
        now.level_ms = std::max(0.0, request_level_ms - now.elapsed_ms);
    }
};

struct Seen {
    int quiet = 0, asked = 0, answered = 0;
};

/// Wherever the patience lasts, the rule must answer -1.
Seen poll_random_downloads(const Case& c, uint64_t seed, int downloads) {
    const Plan plan = make_plan(c.settings, c.ladder);
    const Patience::Table table(plan.ladder);
    RandomStream random(seed, Purpose::Test, uint64_t(c.settings.rule));
    Seen seen;
    for (int i = 0; i < downloads; ++i) {
        State<double> state = state_with(plan, 500 + 5000 * random.uniform(), 200 * random.uniform());
        if (random.chance(0.5)) state.placeholder_ms = 20'000 * random.uniform();
        if (c.settings.rule != Rule::BolaE && c.settings.rule != Rule::DynamicDash) state.placeholder_ms = 0;
        state.uses_bola = random.below(2) & 1u;
        const double level_ms = c.settings.max_buffer_ms * random.uniform();
        const double latency_ms = random.chance(0.5) ? 0 : 400 * random.uniform();
        const int rung = int(random.below(uint32_t(plan.ladder.rungs())));
        const Progress request = {.bits_total = plan.ladder.bitrate(rung) * 4000 * (0.3 + 2 * random.uniform()),
                                  .level_ms = level_ms,
                                  .rung = rung,
                                  .segment = random.below(100),
                                  .segments = 100};
        const Patience patience(plan, table, state, request);
        RandomDownload download{request, level_ms, random};
        download.now.elapsed_ms = download.now.latency_ms = latency_ms;
        double until_ms = patience.lasts_until_ms(latency_ms, latency_ms, 0);
        for (download.go_on(); download.now.bits_done < request.bits_total; download.go_on()) {
            const Progress& now = download.now;
            if (now.elapsed_ms > 120'000) break;
            const int to = abandon_to(plan, state, now);
            seen.answered += to >= 0;
            if (now.elapsed_ms > until_ms)
                until_ms = patience.lasts_until_ms(now.elapsed_ms, latency_ms, now.bits_done);
            if (now.elapsed_ms > until_ms) {
                ++seen.asked;
                continue;
            }
            ++seen.quiet;
            EXPECT_EQ(to, -1) << name_of(c.settings.rule) << ", download " << i << " at " << now.elapsed_ms;
        }
    }
    return seen;
}

constexpr Rule kRules[] = {Rule::Throughput, Rule::Bola, Rule::BolaE, Rule::Dynamic, Rule::DynamicDash};

}  // namespace

TEST(Patience, LastsOnlyWhereNoPollAnswers) {
    for (const Rule rule : kRules) {
        SCOPED_TRACE(name_of(rule));
        Seen all;
        for (const double max_buffer_ms : {12'000.0, 25'000.0, 60'000.0}) {
            for (const double gamma_p : {0.5, 5.0}) {
                const Settings settings{.rule = rule, .max_buffer_ms = max_buffer_ms, .gamma_p = gamma_p};
                const Seen seen = poll_random_downloads({settings, {235, 375, 560, 1050, 1750, 3000, 4300}}, 3, 300);
                all.quiet += seen.quiet;
                all.asked += seen.asked;
                all.answered += seen.answered;
            }
        }
        EXPECT_GT(all.answered, 300);
        EXPECT_GT(all.asked, all.answered / 2);
        EXPECT_GT(all.quiet, 5000) << "of use";
        EXPECT_GT(all.asked, 300);
    }
}

// Where rounding could matter: rungs that nearly coincide, a weight that nearly vanishes, levels beyond all measure.
TEST(Patience, ClaimsNothingWhereRoundingDecides) {
    const std::vector<double> ladders[] = {
        {1000, std::nextafter(1000, 2000)},
        {500, 1000, 1000.0000001, 1000.0001, 1001},
        {1e-3, 1, 1e9},
    };
    for (const Rule rule : kRules) {
        for (const std::vector<double>& ladder : ladders) {
            for (const double gamma_p : {1e-6, 1.0, 1e6}) {
                Settings settings{.rule = rule, .max_buffer_ms = 25'000, .gamma_p = gamma_p};
                poll_random_downloads({settings, ladder}, 5, 40);
                settings.insufficient_buffer_rule = false;
                settings.max_buffer_ms = 1e8;
                poll_random_downloads({settings, ladder}, 6, 40);
            }
        }
    }
}

// Rungs of 1000 and 2000, V p = (60 - 4) / (ln 2 + 5) s. The level at which BOLA would choose rung 1 anew is
// V p (5 + ln 2 - ln 2 / (1 - 1/2)) = V p (5 - ln 2): from 45 s of buffer it is reached after 45 s less that.
TEST(Patience, BolaByHand) {
    const Plan plan = make_plan({.rule = Rule::Bola, .max_buffer_ms = 60'000}, {1000, 2000});
    const Patience::Table table(plan.ladder);
    const State<double> state = state_with(plan, 3000);
    Progress request = {.bits_total = 8e6, .level_ms = 45'000, .rung = 1, .segment = 500, .segments = 1000};
    const double vp = 56'000 / (5 + std::log(2));
    EXPECT_NEAR(Patience(plan, table, state, request).lasts_until_ms(0, 0, 0), 45'000 - vp * (5 - std::log(2)), 0.01);
    const double later = Patience(plan, table, state, request).lasts_until_ms(20'000, 0, 2e6);
    EXPECT_NEAR(later, 45'000 - vp * (5 + std::log(2) - std::log(2) * 0.75 / 0.25), 0.01) << "three quarters are left";
    EXPECT_TRUE(std::isinf(Patience(plan, table, state, request).lasts_until_ms(40'000, 0, 5e6))) << "less than half";
    request.rung = 0;
    EXPECT_TRUE(std::isinf(Patience(plan, table, state, request).lasts_until_ms(0, 0, 0)));
}

// A quarter has come in after 1 s of latency and 1 s of transfer. Should nothing more come, 1.8 x 4 s are exceeded once
// the transfer so far, four times over, exceeds 6.2 s.
TEST(Patience, ThroughputByHand) {
    const Plan plan = make_plan({.rule = Rule::Throughput}, {1000, 2000});
    const Patience::Table table(plan.ladder);
    const State<double> state = state_with(plan, 3000);
    const Progress request = {.bits_total = 8e6, .level_ms = 45'000, .rung = 1, .segment = 500, .segments = 1000};
    const Patience patience(plan, table, state, request);
    EXPECT_NEAR(patience.lasts_until_ms(2000, 1000, 2e6), 1000 + 6200 / 4.0, 0.01);
    EXPECT_NEAR(patience.lasts_until_ms(0, 0, 0), 500, 0.01) << "the time of grace";
}

}  // namespace matinee::abr
