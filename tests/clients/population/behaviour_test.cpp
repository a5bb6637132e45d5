#include "clients/population/behaviour.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "system/base/errors.hpp"
#include "tests/clients/population/specs.hpp"

namespace matinee::population {
namespace {

using Kind = DurationLaw::Kind;

RandomStream test_stream(uint64_t who) { return RandomStream(13, Purpose::Test, who); }

struct Sample {
    double mean = 0, deviation = 0;
};

template <typename Draw>
Sample sample(int n, Draw draw_s) {
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
        const double x = draw_s();
        sum += x;
        squares += x * x;
    }
    const double mean = sum / n;
    return {mean, std::sqrt(squares / n - mean * mean)};
}

TEST(DurationLaws, HaveTheirMeansAndSpreads) {
    RandomStream random = test_stream(1);
    constexpr int n = 50'000;
    const struct {
        DurationLaw law;
        double mean, deviation;
    } cases[] = {{{Kind::Fixed, 42, 0}, 42, 0},
                 {{Kind::Exponential, 90, 0}, 90, 90},
                 {{Kind::Uniform, 10, 70}, 40, 60 / std::sqrt(12.0)},
                 {{Kind::Lognormal, 100, 0.5}, 100 * std::exp(0.125), 113.3 * std::sqrt(std::exp(0.25) - 1)}};
    for (const auto& c : cases) {
        const Sample s = sample(n, [&] { return to_seconds(draw(c.law, random)); });
        EXPECT_NEAR(mean_s(c.law), c.mean, 1e-9 * c.mean);
        EXPECT_NEAR(s.mean, c.mean, 4.5 * c.deviation / std::sqrt(double(n)) + 1e-9);
        EXPECT_NEAR(s.deviation, c.deviation, 0.05 * c.deviation + 1e-4);
    }
}

TEST(DurationLaws, AreCheckedAndNeverOverflow) {
    EXPECT_THROW(check_law({Kind::Fixed, 0, 0}, "x"), InputError);
    EXPECT_THROW(check_law({Kind::Exponential, -1, 0}, "x"), InputError);
    EXPECT_THROW(check_law({Kind::Uniform, 10, 5}, "x"), InputError);
    EXPECT_THROW(check_law({Kind::Lognormal, 10, NAN}, "x"), InputError);
    EXPECT_THROW(check_law({Kind::Exponential, INFINITY, 0}, "x"), InputError);
    EXPECT_NO_THROW(check_law({Kind::Uniform, 0, 5}, "x"));
    RandomStream random = test_stream(2);
    for (int i = 0; i < 1000; ++i) {
        const TimeNs t = draw({Kind::Lognormal, 1e9, 10}, random);
        ASSERT_TRUE(t >= 0 && t <= 1'000'000'000 * kSecond);
    }
}

TEST(PlanWatch, MixesBrowsingPartsAndWholes) {
    RandomStream random = test_stream(3);
    const Behaviour behaviour;
    const TimeNs duration = 47 * kMinute;
    constexpr int n = 100'000;
    int whole = 0, below_5 = 0, below_10 = 0;
    double sum_min = 0;
    for (int i = 0; i < n; ++i) {
        const TimeNs watch = plan_watch(behaviour, duration, random);
        ASSERT_TRUE(watch > 0 && watch <= duration);
        whole += watch == duration;
        below_5 += watch < 5 * kMinute;
        below_10 += watch < 10 * kMinute;
        sum_min += to_seconds(watch) / 60;
    }
    const double error = 4.5 * 0.5 / std::sqrt(double(n));
    EXPECT_NEAR(whole / double(n), 0.33, error);
    // The figures of the header: 21.6 min a play, 43 % below 5 min, 50 % below 10.
    EXPECT_NEAR(sum_min / n, 0.45 * 2 + 0.22 * 23.5 + 0.33 * 47, 0.3);
    EXPECT_NEAR(below_5 / double(n), 0.45 * (1 - std::exp(-2.5)) + 0.22 * 5 / 47, error);
    EXPECT_NEAR(below_10 / double(n), 0.45 * (1 - std::exp(-5.0)) + 0.22 * 10 / 47, error);
}

TEST(PlanWatch, FollowsALawWhereOneIsGiven) {
    RandomStream random = test_stream(4);
    Behaviour behaviour;
    behaviour.play_mix = false;
    behaviour.watch = fixed_s(600);
    EXPECT_EQ(plan_watch(behaviour, kHour, random), 600 * kSecond);
    EXPECT_EQ(plan_watch(behaviour, 5 * kMinute, random), 5 * kMinute) << "no longer than the playable";
    behaviour.watch = {Kind::Uniform, 0, 1e-12};
    EXPECT_EQ(plan_watch(behaviour, kHour, random), kMillisecond) << "never nothing";
}

TEST(Patience, AtStartUpIsNoneInTheGraceThenAConstantShare) {
    RandomStream random = test_stream(5);
    const Patience patience;
    constexpr int n = 100'000;
    int gone_at_5 = 0, gone_at_10 = 0;
    for (int i = 0; i < n; ++i) {
        const TimeNs t = draw_startup_patience(patience, random);
        ASSERT_GE(t, 2 * kSecond);
        ASSERT_LE(t, 2 * kSecond + TimeNs(1e9 / 0.058));
        gone_at_5 += t < 5 * kSecond;
        gone_at_10 += t < 10 * kSecond;
    }
    EXPECT_NEAR(gone_at_5 / double(n), 3 * 0.058, 0.006);
    EXPECT_NEAR(gone_at_10 / double(n), 8 * 0.058, 0.008);
}

TEST(Patience, CanBeEndless) {
    RandomStream random = test_stream(6);
    Patience patience;
    patience.during_startup = false;
    patience.during_stall = false;
    EXPECT_EQ(draw_startup_patience(patience, random), kNever);
    EXPECT_EQ(draw_stall_patience(patience, random), kNever);
    patience.during_startup = true;
    patience.startup_leave_per_s = 0;
    EXPECT_EQ(draw_startup_patience(patience, random), kNever);
}

TEST(Patience, InAStallAddsTheLawToTheGrace) {
    RandomStream random = test_stream(7);
    Patience patience;
    patience.stall = fixed_s(8);
    EXPECT_EQ(draw_stall_patience(patience, random), 10 * kSecond);
}

TEST(Seeks, GoEitherWayAndTenSecondsInThreeOfFive) {
    RandomStream random = test_stream(8);
    constexpr int n = 50'000;
    int forward = 0, near = 0;
    double far_s = 0;
    for (int i = 0; i < n; ++i) {
        const TimeNs by = draw_seek(random);
        const TimeNs distance = by < 0 ? -by : by;
        forward += by > 0;
        near += distance == 10 * kSecond;
        if (distance != 10 * kSecond) {
            ASSERT_TRUE(distance >= kMinute && distance <= 10 * kMinute);
            far_s += to_seconds(distance);
        }
    }
    EXPECT_NEAR(forward / double(n), 0.5, 0.011);
    EXPECT_NEAR(near / double(n), 0.6, 0.011);
    EXPECT_NEAR(far_s / (n - near), 330, 5);
    EXPECT_EQ(seek_target(5 * kSecond, -10 * kSecond, kHour), 0);
    EXPECT_EQ(seek_target(5 * kSecond, 10 * kSecond, kHour), 15 * kSecond);
    EXPECT_EQ(seek_target(kHour - kSecond, 10 * kSecond, kHour), kHour);
}

TEST(Interruptions, ComeAtTheirRates) {
    RandomStream random = test_stream(9);
    Behaviour behaviour;
    behaviour.seeks_per_hour = 1.5;
    behaviour.pauses_per_hour = 6;
    constexpr int n = 20'000;
    const Sample seek = sample(n, [&] { return to_seconds(draw_time_to_seek(behaviour, random)); });
    const Sample pause = sample(n, [&] { return to_seconds(draw_time_to_pause(behaviour, random)); });
    EXPECT_NEAR(seek.mean, 2400, 4.5 * 2400 / std::sqrt(double(n)));
    EXPECT_NEAR(pause.mean, 600, 4.5 * 600 / std::sqrt(double(n)));
    const Sample length = sample(n, [&] { return to_seconds(draw_pause(random)); });
    EXPECT_NEAR(length.mean, 123.3, 4.5 * 123.3 * 1.8 / std::sqrt(double(n)));
    EXPECT_NEAR(pause_factor(behaviour), 1 + 6 * 123.27 / 3600, 1e-4);
    behaviour.seeks_per_hour = behaviour.pauses_per_hour = 0;
    EXPECT_EQ(draw_time_to_seek(behaviour, random), kNever);
    EXPECT_EQ(draw_time_to_pause(behaviour, random), kNever);
    EXPECT_EQ(pause_factor(behaviour), 1);
}

TEST(Behaviours, AreChecked) {
    Behaviour behaviour;
    EXPECT_NO_THROW(check_behaviour(behaviour));
    behaviour.next_episode = 1.2;
    EXPECT_THROW(check_behaviour(behaviour), InputError);
    behaviour = {};
    behaviour.play_mix = false;
    EXPECT_THROW(check_behaviour(behaviour), InputError) << "no law to watch by";
    behaviour = {};
    behaviour.pauses_per_hour = -1;
    EXPECT_THROW(check_behaviour(behaviour), InputError);
    behaviour = {};
    behaviour.patience.startup_grace = -1;
    EXPECT_THROW(check_behaviour(behaviour), InputError);
    behaviour = {};
    behaviour.patience.stall = {Kind::Exponential, -8, 0};
    EXPECT_THROW(check_behaviour(behaviour), InputError);
}

}  // namespace
}  // namespace matinee::population
