// Little's law: concurrent viewers are the arrival rate times the time that a visit takes.
#include <gtest/gtest.h>

#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

constexpr double kSampleS = 10;
// Set-up of 2 round trips, 1 round trip, 4 ms of disk, 20 ms for the one round of slow start (116,800 bits), the rest of 4 Mbit
// at 10 Mbit/s.
constexpr double kStartupS = 0.040 + 0.020 + 0.004 + 0.020 + (4e6 - 116'800) / 1e7;

scenario::Scenario audience(double viewers) {
    scenario::Scenario s = small_world();
    s.catalog.segment = 4 * kSecond;
    s.time.duration = 30 * kMinute;
    s.arrivals.viewers = viewers;
    s.cdn.nodes[0].holds_everything = true;
    return s;
}

TEST(Audience, AColdStartFillsToExactlyThoseWhoCameWithinAVisit) {
    const auto result = simulate(audience(1500));
    const auto viewers = series(result, "concurrent_viewers");
    const auto arrivals = series(result, "arrivals_per_s");
    // A visit is 200 s and the start-up, 200.47 s: those of the last 20 steps are there, those before the 21st are not.
    for (size_t step = 21; step < viewers.size(); ++step) {
        ASSERT_GE(viewers[step] + 0.01, sum(arrivals, step - 19, step + 1) * kSampleS) << step;
        ASSERT_LE(viewers[step] - 0.01, sum(arrivals, step - 20, step + 1) * kSampleS) << step;
    }
    const double rate = mean(arrivals);
    EXPECT_NEAR(mean(viewers, 21), rate * (200 + kStartupS), 0.02 * mean(viewers, 21));
    // The level asked for: a mean over 1580 s of a variable of standard deviation sqrt(1500) and memory 200 s.
    EXPECT_NEAR(mean(viewers, 21), 1500, 5 * std::sqrt(1500 * 200 / 1580.0));
    EXPECT_LT(viewers[0], 0.1 * 1500);
    EXPECT_NEAR(result.viewer_hours * 3600, sum(viewers) * kSampleS, 1e-6 * sum(viewers));
}

TEST(Audience, ASteadyStartIsLevelFromTheFirstInstant) {
    scenario::Scenario s = audience(2000);
    s.arrivals.steady = true;
    s.populations[0].behaviour.play_mix = true;  // browse, part or whole: visits differ
    const auto result = simulate(s);
    const auto viewers = series(result, "concurrent_viewers");
    ASSERT_EQ(viewers.size(), 180u);
    EXPECT_NEAR(viewers[0], 2000, 5 * std::sqrt(2000 * 0.2));
    for (size_t part = 0; part < 6; ++part) {
        const double level = mean(viewers, part * 30, part * 30 + 30);
        EXPECT_NEAR(level, 2000, 5 * std::sqrt(2000 * 150 / 300.0)) << "in part " << part;
    }
    EXPECT_EQ(result.experience.rebuffering_ratio.p99, 0) << "viewers found in mid-session do not stall for it";
}

TEST(Audience, ASteadyStartOfWholeVisitsTurnsOverAtTheArrivalRate) {
    scenario::Scenario s = audience(2000);
    s.arrivals.steady = true;
    const auto result = simulate(s);
    const auto viewers = series(result, "concurrent_viewers");
    const double rate = mean(series(result, "arrivals_per_s"));
    EXPECT_NEAR(rate, 10, 5 * std::sqrt(10.0 / 1800));
    EXPECT_NEAR(mean(viewers), rate * (200 + kStartupS), 5 * std::sqrt(2000 * 200 / 1800.0));
    EXPECT_NEAR(mean(viewers, 0, 10), 2000, 5 * std::sqrt(2000 * 0.25));
    EXPECT_NEAR(mean(viewers, 10, 20), 2000, 5 * std::sqrt(2000 * 0.25));
}

TEST(Audience, PausesKeepViewersLongerAndTheArrivalRateKnowsIt) {
    scenario::Scenario s = audience(2000);
    s.time.duration = kHour;
    s.populations[0].behaviour.pauses_per_hour = 6;
    const auto result = simulate(s);
    // Log-normal pauses of mean 60 e^0.72 = 123.3 s, 6 an hour of play: a visit takes 1.2055 times its media.
    const double stretch = 1 + 6 * 60 * std::exp(0.72) / 3600;
    const auto viewers = series(result, "concurrent_viewers");
    EXPECT_NEAR(mean(series(result, "arrivals_per_s")), 2000 / (200 * stretch), 5 * std::sqrt(2000 / (200 * stretch) / 3600));
    EXPECT_NEAR(mean(viewers, 180), 2000, 5 * std::sqrt(2000 * 300 / 1800.0));
}

}  // namespace
}  // namespace matinee::world
