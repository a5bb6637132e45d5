#include "clients/cli/bench/core_probe.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace matinee::bench {
namespace {

TEST(CoreProbe, TakesTime) { EXPECT_GT(core_probe_s(), 0); }

TEST(ProbedSamples, CountsWhatWasTakenAtFullSpeed) {
    ProbedSamples samples;
    for (const double value : {5.0, 3.0, 4.0, 6.0}) samples.add(value, 1.00);
    samples.add(2.0, 1.04);
    for (const double value : {70.0, 80.0, 90.0, 100.0, 110.0, 120.0}) samples.add(value, 1.06);
    EXPECT_EQ(samples.size(), 11u);
    EXPECT_EQ(samples.fastest_probe_s(), 1.00);
    EXPECT_EQ(samples.at_full_speed(1.00), 5u);
    EXPECT_EQ(samples.median_at_full_speed(1.00), 4.0);
    EXPECT_EQ(samples.median(), 70.0);
}

TEST(ProbedSamples, CountsAllWhereHardlyAnyWasTakenAtFullSpeed) {
    ProbedSamples samples;
    for (const double value : {1.0, 2.0, 9.0}) samples.add(value, 2.0);
    samples.add(0.5, 1.0);
    EXPECT_EQ(samples.at_full_speed(1.0), 1u);
    EXPECT_EQ(samples.median_at_full_speed(1.0), 2.0);
}

TEST(ProbedSamples, HasNoMedianOfNothing) {
    const ProbedSamples samples;
    EXPECT_TRUE(std::isinf(samples.fastest_probe_s()));
    EXPECT_EQ(samples.median_at_full_speed(1.0), 0);
}

}  // namespace
}  // namespace matinee::bench
