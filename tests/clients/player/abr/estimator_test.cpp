#include "clients/player/abr/estimator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "system/base/random.hpp"
#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

static const std::vector<double> kThree = {1000, 2000, 4000};

TEST(Estimator, OneSampleIsTheEstimate) {
    const Plan plan = make_plan({}, kThree);
    State<double> state{};
    EXPECT_FALSE(has_samples(state));
    push_sample(plan, state, download_at(3000, 700, 80));
    ASSERT_TRUE(has_samples(state));
    EXPECT_NEAR(estimate(plan, state).throughput_kbps, 3000, 1e-9);
    EXPECT_NEAR(estimate(plan, state).latency_ms, 80, 1e-11);
}

// Two samples of 3 s, 1000 then 4000 kbit/s. Half-life 3 s: (0.5 x 1000 + 4000) / 1.5 = 3000. Half-life 8 s:
// a = 2^(-3/8), (a x 1000 + 4000) / (1 + a) = 2693.86. The least counts.
TEST(Estimator, ThroughputByHand) {
    const Plan plan = make_plan({}, kThree);
    State<double> state{};
    push_sample(plan, state, download_at(1000, 3000));
    push_sample(plan, state, download_at(4000, 3000));
    EXPECT_NEAR(estimate(plan, state).throughput_kbps, 2693.857, 1e-3);
    // The other way round the short memory is the pessimist: (0.5 x 4000 + 1000) / 1.5.
    state = {};
    push_sample(plan, state, download_at(4000, 3000));
    push_sample(plan, state, download_at(1000, 3000));
    EXPECT_NEAR(estimate(plan, state).throughput_kbps, 2000, 1e-9);
}

// Segments of 4 s, so half-lives of 3/4 and 8/4 segments, whatever the downloads took. Latencies 100, 20 ms: a =
// 2^(-4/8), (a x 100 + 20) / (1 + a) = 53.14 of the longer one is the greatest.
TEST(Estimator, LatencyByHand) {
    const Plan plan = make_plan({}, kThree);
    State<double> state{};
    push_sample(plan, state, download_at(1000, 123, 100));
    push_sample(plan, state, download_at(1000, 4567, 20));
    EXPECT_NEAR(estimate(plan, state).latency_ms, 53.137085, 1e-6);
}

TEST(Estimator, SlidingMeansTakeTheConservativeOfTwoWindows) {
    Settings settings;
    settings.average = Average::Sliding;
    settings.window[0] = 2;
    settings.window[1] = 4;
    const Plan plan = make_plan(settings, kThree);
    State<double> state{};
    const auto push = [&](double kbps, double latency) { push_sample(plan, state, download_at(kbps, 500, latency)); };
    push(1000, 10);
    EXPECT_DOUBLE_EQ(estimate(plan, state).throughput_kbps, 1000);
    push(3000, 20);
    EXPECT_DOUBLE_EQ(estimate(plan, state).throughput_kbps, 2000);
    push(5000, 30);
    push(7000, 40);
    EXPECT_DOUBLE_EQ(estimate(plan, state).throughput_kbps, 4000) << "mean of 4; that of 2 is 6000";
    EXPECT_DOUBLE_EQ(estimate(plan, state).latency_ms, 35) << "mean of 2; that of 4 is 25";
    push(1000, 0);  // the first sample leaves
    EXPECT_DOUBLE_EQ(estimate(plan, state).throughput_kbps, 4000) << "both means: (3+5+7+1)/4 and (7+1)/2";
    EXPECT_DOUBLE_EQ(estimate(plan, state).latency_ms, 22.5);
}

TEST(Estimator, TheFastPowerOfTwoIsExact) {
    for (double x = 0; x < 120; x += 0.0137) {
        const double exact = std::exp2(-x);
        ASSERT_NEAR(half_to_the(x), exact, 4e-14 * exact) << x;
    }
    EXPECT_EQ(half_to_the(0), 1);
    EXPECT_EQ(half_to_the(1e300), 0);
    EXPECT_EQ(half_to_the(std::numeric_limits<double>::infinity()), 0);
}

TEST(Estimator, WhatFadesIsCloseEnoughForAFloatAlsoWhereItIsLittle) {
    const auto faded = [](double x, int lane) { return double(faded_after(Floats{} + float(x))[lane]); };
    int lane = 0;
    for (double x = 1e-9; x < 120; x *= 1.00037) {
        const double exact = -std::expm1(-double(float(x)) * std::log(2.0));
        ASSERT_NEAR(faded(x, ++lane % 4), exact, 5e-7 * exact) << x;
    }
    EXPECT_EQ(faded(0, 0), 0);
    EXPECT_EQ(faded(1e30, 3), 1);
    EXPECT_EQ(faded(std::numeric_limits<double>::infinity(), 1), 1);
}

/// What the averages are corrected by must neither be nothing nor stick.
static double correction(const Averages<double>& e) { return std::min(e.weight[0], e.weight[1]); }
static double correction(const Averages<float>& e) { return double(e.measured_ms); }

// Instants, dead links and nonsense: the averages stay finite, and neither they nor their weights stick at subnormals.
template <class Real>
static void survive_extremes() {
    const Plan plan = make_plan({}, kThree);
    const double inf = std::numeric_limits<double>::infinity();
    for (const double odd : {0.0, -1.0, 1e-300, std::numeric_limits<double>::denorm_min(), 1e300, inf, std::nan("")}) {
        State<Real> state{};
        for (int i = 0; i < 5000; ++i) push_sample(plan, state, {.bits = odd, .download_ms = 100, .latency_ms = odd});
        Estimate e = estimate(plan, state);
        EXPECT_TRUE(std::isfinite(e.throughput_kbps) && e.throughput_kbps >= 0) << odd;
        EXPECT_TRUE(std::isfinite(e.latency_ms) && e.latency_ms >= 0) << odd;
        EXPECT_NE(std::fpclassify(correction(state.ewma)), FP_SUBNORMAL) << odd;
        for (int i = 0; i < 2; ++i) {
            EXPECT_NE(std::fpclassify(state.ewma.throughput[i]), FP_SUBNORMAL) << odd;
            EXPECT_NE(std::fpclassify(state.ewma.latency[i]), FP_SUBNORMAL) << odd;
        }
        for (int i = 0; i < 200; ++i) push_sample(plan, state, download_at(2500, 2000, 40));
        e = estimate(plan, state);
        EXPECT_NEAR(e.throughput_kbps, 2500, 1) << "recovers after " << odd;
        EXPECT_NEAR(e.latency_ms, 40, 1) << "recovers after " << odd;
    }
    for (const double odd_ms : {0.0, -5.0, 1e-300, 1e300, inf, std::nan("")}) {
        State<Real> state{};
        push_sample(plan, state, {.bits = 8e6, .download_ms = odd_ms, .latency_ms = 10});
        EXPECT_TRUE(std::isfinite(estimate(plan, state).throughput_kbps)) << odd_ms;
        EXPECT_GT(correction(state.ewma), 0) << odd_ms;
    }
}

TEST(Estimator, SurvivesExtremesInFloat) { survive_extremes<float>(); }
TEST(Estimator, SurvivesExtremesInDouble) { survive_extremes<double>(); }

// What the simulator keeps of a session is another form of what labs keep: it says the same after any downloads.
TEST(Estimator, FloatsSayWhatDoublesDo) {
    Settings settings;
    for (const double half_life_s : {3.0, 0.01, 4000.0}) {
        settings.half_life_s[0] = half_life_s;
        const Plan plan = make_plan(settings, kThree);
        RandomStream random(1, Purpose::Test, 0);
        State<float> in_float{};
        State<double> in_double{};
        for (int i = 0; i < 3000; ++i) {
            const Download done =
                download_at(random.lognormal(3000, 1), random.lognormal(700, 1.5), random.lognormal(40, 1));
            push_sample(plan, in_float, done);
            push_sample(plan, in_double, done);
            const Estimate a = estimate(plan, in_float);
            const Estimate b = estimate(plan, in_double);
            ASSERT_NEAR(a.throughput_kbps, b.throughput_kbps, 1e-4 * b.throughput_kbps) << i;
            ASSERT_NEAR(a.latency_ms, b.latency_ms, 1e-4 * b.latency_ms) << i;
        }
    }
}

TEST(SmallFloat, IsOffByATwentiethOfAPerCentAtMost) {
    for (double x = std::exp2(-20); x < std::exp2(43.9); x *= 1.00013) {
        ASSERT_NEAR(double(SmallFloat(x)), x, 5e-4 * x);
    }
    for (const double exact : {0.0, 1.0, 1.5, 1000.0, 4096.0}) EXPECT_EQ(double(SmallFloat(exact)), exact);
    EXPECT_EQ(double(SmallFloat(1e-9)), 0);
    EXPECT_GT(double(SmallFloat(1e30)), 1e13);
    EXPECT_EQ(double(SmallFloat(1e30)), double(SmallFloat(std::numeric_limits<double>::infinity())));
}

TEST(Estimator, AfterALongLullAverageDoesNotStick) {
    const Plan plan = make_plan({}, kThree);
    State<float> state{};
    push_sample(plan, state, download_at(5000, 1000));
    for (int i = 0; i < 100'000; ++i) push_sample(plan, state, {.bits = 0, .download_ms = 60'000});
    EXPECT_EQ(state.ewma.throughput[0], 0.0f);
    EXPECT_EQ(state.ewma.throughput[1], 0.0f);
    EXPECT_EQ(estimate(plan, state).throughput_kbps, 0);
}

}  // namespace matinee::abr
