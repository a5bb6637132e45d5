#include "clients/population/steady_state.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "clients/population/arrivals.hpp"
#include "clients/population/behaviour.hpp"
#include "system/base/errors.hpp"
#include "tests/clients/population/specs.hpp"

namespace matinee::population {
namespace {

using Kind = DurationLaw::Kind;

RandomStream test_stream(uint64_t who) { return RandomStream(14, Purpose::Test, who); }

Behaviour watching(const DurationLaw& law) {
    Behaviour behaviour;
    behaviour.play_mix = false;
    behaviour.watch = law;
    return behaviour;
}

std::vector<Behaviour> all_kinds() {
    return {Behaviour{},
            watching({Kind::Fixed, 1500, 0}),
            watching({Kind::Exponential, 1200, 0}),
            watching({Kind::Uniform, 600, 3000}),
            watching({Kind::Uniform, 4000, 9000}),
            watching({Kind::Lognormal, 1500, 1.2}),
            watching({Kind::Lognormal, 600, 1.0}),
            watching({Kind::Exponential, 5, 0})};
}

/// What is left of a visit from `position` in a play of which `watch` is meant to be watched.
TimeNs rest_of_visit(const Library& library, const Behaviour& behaviour, uint32_t playable, TimeNs watch,
                     TimeNs position, RandomStream& random) {
    TimeNs rest = watch - position;
    while (watch == library.duration_ns(playable)) {
        const auto next = library.next_episode(playable);
        if (!next || !goes_on(behaviour, random)) break;
        playable = *next;
        watch = plan_watch(behaviour, library.duration_ns(playable), random);
        rest += watch;
    }
    return rest;
}

TimeNs whole_visit(const Library& library, const Behaviour& behaviour, TimeNs now, RandomStream& random) {
    const uint32_t playable = library.pick(0, now, random);
    const TimeNs watch = plan_watch(behaviour, library.duration_ns(playable), random);
    return rest_of_visit(library, behaviour, playable, watch, 0, random);
}

TEST(MeanSession, ByHand) {
    // Two episodes of 100 s; everybody watches to the end and goes on in half of the cases. Starts: 1 : 0.95.
    Behaviour behaviour = watching(fixed_s(100));
    behaviour.next_episode = 0.5;
    const Library library(plain_series(1, 2, 100), {}, 1, 5, kDay);
    EXPECT_NEAR(mean_session_s(library, 0, 0, behaviour), 100 + 50 / 1.95, 1e-9);
    const std::vector<double> watched_s = watched_s_per_visit(library, 0, 0, behaviour);
    EXPECT_NEAR(watched_s[0], 100 / 1.95, 1e-9);
    EXPECT_NEAR(watched_s[1], (95 + 50) / 1.95, 1e-9);
    // One film, play mix: closed form.
    const Library film(plain_films(1, 1200), {}, 1, 5, kDay);
    EXPECT_NEAR(mean_session_s(film, 0, 0, Behaviour{}), 0.45 * 120 * (1 - std::exp(-10.0)) + 0.11 * 1200 + 0.33 * 1200,
                1e-9);
}

TEST(MeanSession, AgreesWithSampledVisits) {
    Catalog spec = small_catalog();
    spec.titles = 40;
    const Library library(spec, std::vector<Release>{{"hit", 0, 0.2, 0, 2 * kHour, {}}}, 1, 5, kDay);
    uint64_t who = 0;
    for (const Behaviour& behaviour : all_kinds()) {
        RandomStream random = test_stream(++who);
        constexpr int n = 30'000;
        double sum = 0, squares = 0;
        for (int i = 0; i < n; ++i) {
            const double s = to_seconds(whole_visit(library, behaviour, kHour, random));
            sum += s;
            squares += s * s;
        }
        const double deviation = std::sqrt(squares / n - sum / n * sum / n);
        EXPECT_NEAR(sum / n, mean_session_s(library, 0, kHour, behaviour),
                    4.5 * deviation / std::sqrt(double(n)) + 0.01)
            << "behaviour " << who;
    }
}

// E[W] under length bias is E[W^2] / E[W]; the two come from independent draws.
TEST(LengthBias, RaisesTheMeanAsItMust) {
    uint64_t who = 100;
    for (const Behaviour& behaviour : all_kinds()) {
        const TimeNs duration = 2500 * kSecond;
        RandomStream random = test_stream(++who);
        constexpr int n = 40'000;
        double sum = 0, squares = 0, cubes = 0, biased = 0;
        for (int i = 0; i < n; ++i) {
            const double w = to_seconds(plan_watch(behaviour, duration, random));
            sum += w;
            squares += w * w;
            cubes += w * w * w;
            biased += to_seconds(plan_watch_length_biased(behaviour, duration, random));
        }
        const double expected = squares / sum;
        const double spread = std::sqrt(std::max(cubes / sum - expected * expected, 0.0));
        EXPECT_NEAR(biased / n, expected, 8 * spread / std::sqrt(double(n)) + 1e-3 * expected) << "behaviour " << who;
    }
}

TEST(Residual, ByHand) {
    // One film, all watch 100 s: everybody found watches 100 s and stands anywhere in it.
    const Library library(plain_films(1, 1200), {}, 1, 5, kDay);
    const Residual residual(library, 0, 0, watching(fixed_s(100)));
    EXPECT_NEAR(residual.mean_session_s(), 100, 1e-9);
    RandomStream random = test_stream(200);
    double sum = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Residual::Found found = residual.draw(random);
        ASSERT_EQ(found.playable, 0u);
        ASSERT_EQ(found.watch, 100 * kSecond);
        ASSERT_TRUE(found.position >= 0 && found.position < found.watch);
        sum += to_seconds(found.position);
    }
    EXPECT_NEAR(sum / 20'000, 50, 4.5 * 28.9 / std::sqrt(20'000.0));
}

TEST(Residual, FindsNobodyInAReleaseBeforeItsTime) {
    const std::vector<Release> releases = {{"hit", kHour, 0.9, 0, 2 * kHour, {}}};
    const Library library(plain_films(3, 1200), releases, 1, 5, kDay);
    const Residual residual(library, 0, 0, Behaviour{});
    RandomStream random = test_stream(201);
    for (int i = 0; i < 5000; ++i) ASSERT_FALSE(library.is_release(residual.draw(random).playable));
}

TEST(Residual, RefusesABadBehaviour) {
    const Library library(plain_films(3, 1200), {}, 1, 5, kDay);
    EXPECT_THROW(Residual(library, 0, 0, watching({Kind::Exponential, 0, 0})), InputError);
}

// Little's law and stationarity of the pure process: N found at time 0, Poisson arrivals at N / E[S], no network. The
// concurrency must be N at every moment. Repeated worlds make the error small enough to notice a bias of 1 %.
TEST(SteadyState, ConcurrencyStaysWhereItStarted) {
    Catalog spec = small_catalog();
    spec.titles = 40;
    const Library library(spec, {}, 1, 5, kDay);
    uint64_t who = 1000;
    for (const Behaviour& behaviour : {Behaviour{}, watching({Kind::Lognormal, 1500, 1.2})}) {
        const Residual residual(library, 0, 0, behaviour);
        const double session_s = residual.mean_session_s();
        constexpr int viewers = 2000, worlds = 12;
        const std::vector<double> marks = {0.05, 0.3, 1, 2};  // in mean sessions
        std::vector<double> present(marks.size());
        const auto count = [&](TimeNs from, TimeNs until) {
            for (size_t i = 0; i < marks.size(); ++i) {
                const TimeNs mark = from_seconds(marks[i] * session_s);
                present[i] += from <= mark && mark < until;
            }
        };
        for (int world = 0; world < worlds; ++world) {
            RandomStream random = test_stream(++who);
            for (int i = 0; i < viewers; ++i) {
                const auto found = residual.draw(random);
                count(0, rest_of_visit(library, behaviour, found.playable, found.watch, found.position, random));
            }
            const ArrivalRate arrivals({.viewers = viewers}, 0, 0, session_s, 1);
            const TimeNs end = from_seconds(marks.back() * session_s);
            for (TimeNs now = arrivals.next_arrival(0, random); now <= end; now = arrivals.next_arrival(now, random))
                count(now, now + whole_visit(library, behaviour, now, random));
        }
        const double error = std::sqrt(double(viewers) / worlds);
        for (size_t i = 0; i < marks.size(); ++i)
            EXPECT_NEAR(present[i] / worlds, viewers, 4 * error) << marks[i] << " sessions";
    }
}

// The same without viewers at time 0: the concurrency grows to N and stays.
TEST(SteadyState, LittlesLawFromAnEmptyStart) {
    const Library library(plain_films(3, 1200), {}, 1, 5, kDay);
    const Behaviour behaviour;
    const double session_s = mean_session_s(library, 0, 0, behaviour);
    RandomStream random = test_stream(300);
    const ArrivalRate arrivals({.viewers = 3000}, 0, 0, session_s, 1);
    double viewer_seconds = 0;
    const TimeNs from = kHour, to = 5 * kHour;
    for (TimeNs now = arrivals.next_arrival(0, random); now < to; now = arrivals.next_arrival(now, random)) {
        const TimeNs leave = now + whole_visit(library, behaviour, now, random);
        viewer_seconds += to_seconds(std::max<TimeNs>(0, std::min(leave, to) - std::max(now, from)));
    }
    EXPECT_NEAR(viewer_seconds / to_seconds(to - from), 3000, 60);
}

}  // namespace
}  // namespace matinee::population
