#include "clients/population/arrivals.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "system/base/errors.hpp"

namespace matinee::population {
namespace {

RandomStream test_stream(uint64_t who) { return RandomStream(15, Purpose::Test, who); }

Arrivals diurnal(double viewers) {
    Arrivals spec;
    spec.curve = Arrivals::Curve::Diurnal;
    spec.viewers = viewers;
    return spec;
}

/// Arrivals counted in `bins` bins of `width`, from time 0.
std::vector<double> counted(const ArrivalRate& rate, size_t bins, TimeNs width, uint64_t who) {
    std::vector<double> count(bins);
    RandomStream random = test_stream(who);
    TimeNs now = 0;
    while (true) {
        const TimeNs next = rate.next_arrival(now, random);
        EXPECT_GT(next, now);
        now = next;
        if (now >= TimeNs(bins) * width) return count;
        count[size_t(now / width)] += 1;
    }
}

/// The integral of the rate over a bin, by the midpoint rule.
double expected_in(const ArrivalRate& rate, TimeNs from, TimeNs to) {
    constexpr int steps = 2000;
    double sum = 0;
    for (int i = 0; i < steps; ++i) sum += rate.per_second(from + (to - from) / steps * i + (to - from) / (2 * steps));
    return sum * to_seconds(to - from) / steps;
}

void expect_counts_follow(const ArrivalRate& rate, size_t bins, TimeNs width, uint64_t who) {
    const std::vector<double> count = counted(rate, bins, width, who);
    double chi_square = 0;
    for (size_t i = 0; i < bins; ++i) {
        const double expected = expected_in(rate, TimeNs(i) * width, TimeNs(i + 1) * width);
        EXPECT_NEAR(count[i], expected, 4.5 * std::sqrt(expected) + 1) << "bin " << i;
        if (expected > 5) chi_square += (count[i] - expected) * (count[i] - expected) / expected;
    }
    EXPECT_LT(chi_square, double(bins) + 5 * std::sqrt(2.0 * double(bins)));
}

TEST(Arrivals, ConstantRateByLittlesLaw) {
    const ArrivalRate rate({.viewers = 1200}, 0, 0, 600, 0.25);
    EXPECT_DOUBLE_EQ(rate.target_viewers(5 * kHour), 300);
    EXPECT_DOUBLE_EQ(rate.per_second(0), 0.5);
    EXPECT_NEAR(rate.max_per_second(0, kDay), 0.5, 1e-9);
    expect_counts_follow(rate, 48, kHour, 1);
}

TEST(Arrivals, GapsAreExponential) {
    const ArrivalRate rate({.viewers = 100}, 0, 0, 100, 1);
    RandomStream random = test_stream(2);
    TimeNs now = 0;
    constexpr int n = 40'000;
    double squares = 0;
    int beyond_2 = 0;
    for (int i = 0; i < n; ++i) {
        const TimeNs next = rate.next_arrival(now, random);
        const double gap = to_seconds(next - now);
        squares += gap * gap;
        beyond_2 += gap > 2;
        now = next;
    }
    EXPECT_NEAR(to_seconds(now) / n, 1, 4.5 / std::sqrt(double(n)));
    EXPECT_NEAR(squares / n, 2, 4.5 * std::sqrt(20.0 / n));
    EXPECT_NEAR(beyond_2 / double(n), std::exp(-2.0), 4.5 * 0.342 / std::sqrt(double(n)));
}

// Gaps of many look-ahead windows.
TEST(Arrivals, RareArrivalsKeepTheirRate) {
    const ArrivalRate rate({.viewers = 1}, 0, 0, 1000, 1);
    RandomStream random = test_stream(10);
    TimeNs now = 0;
    constexpr int n = 20'000;
    int beyond = 0;
    for (int i = 0; i < n; ++i) {
        const TimeNs next = rate.next_arrival(now, random);
        beyond += next - now > 2000 * kSecond;
        now = next;
    }
    EXPECT_NEAR(to_seconds(now) / n, 1000, 4.5 * 1000 / std::sqrt(double(n)));
    EXPECT_NEAR(beyond / double(n), std::exp(-2.0), 4.5 * 0.342 / std::sqrt(double(n)));
    expect_counts_follow(ArrivalRate(diurnal(3), 0, 0, 1200, 1), 12, 10 * kDay / 3, 11);
}

TEST(Arrivals, CosineByHand) {
    // Start at 17:00 UTC, two hours east: 19:00 local.
    const ArrivalRate rate(diurnal(1000), 1'795'194'000 / 86400 * 86400 + 17 * 3600, 2, 100, 1);
    EXPECT_NEAR(rate.local_day(0), 19.0 / 24, 1e-12);
    EXPECT_NEAR(rate.target_viewers(90 * kMinute), 1000, 1e-6) << "20:30, the peak";
    EXPECT_NEAR(rate.target_viewers(90 * kMinute + 12 * kHour), 200, 1e-6) << "the trough";
    EXPECT_NEAR(rate.target_viewers(90 * kMinute + 6 * kHour), 600, 1e-6);
    EXPECT_NEAR(rate.target_viewers(90 * kMinute + 5 * kDay), 1000, 1e-6) << "every day";
    expect_counts_follow(rate, 48, kHour, 3);
}

TEST(Arrivals, TableIsNormalisedAndJoinedOverMidnight) {
    Arrivals spec = diurnal(100);
    spec.hours.assign(24, 1);
    spec.hours[20] = 3;
    spec.hours[21] = 4;
    const ArrivalRate rate(spec, 0, 0, 1, 1);
    EXPECT_NEAR(rate.target_viewers(21 * kHour + 30 * kMinute), 100, 1e-9);
    EXPECT_NEAR(rate.target_viewers(21 * kHour), 87.5, 1e-9) << "half way from 3 to 4";
    EXPECT_NEAR(rate.target_viewers(0), 25, 1e-9);
    spec.hours[23] = 2;
    EXPECT_NEAR(ArrivalRate(spec, 0, 0, 1, 1).target_viewers(0), 37.5, 1e-9) << "between hours 23 and 0";
    EXPECT_NEAR(ArrivalRate(spec, 0, 0, 1, 1).target_viewers(15 * kMinute), 31.25, 1e-9);
    expect_counts_follow(ArrivalRate(spec, 0, -3.5, 50, 10), 48, kHour, 4);
}

TEST(Arrivals, BurstsRiseAndDecay) {
    Arrivals spec;
    spec.viewers = 100;
    spec.bursts = {{kHour, 4, 90 * kSecond, 20 * kMinute}};
    const ArrivalRate rate(spec, 0, 0, 1, 1);
    EXPECT_DOUBLE_EQ(rate.target_viewers(kHour - 1), 100);
    EXPECT_NEAR(rate.target_viewers(kHour + 45 * kSecond), 250, 1e-9);
    EXPECT_NEAR(rate.target_viewers(kHour + 90 * kSecond), 400, 1e-9);
    EXPECT_NEAR(rate.target_viewers(kHour + 90 * kSecond + 20 * kMinute), 100 + 300 * std::exp(-1.0), 1e-9);
    expect_counts_follow(ArrivalRate(spec, 0, 0, 60, 1), 40, 3 * kMinute, 5);

    spec.bursts = {{kHour, 2, 0, 0}, {2 * kHour, 3, 0, 0}};
    const ArrivalRate steps(spec, 0, 0, 1, 1);
    EXPECT_DOUBLE_EQ(steps.target_viewers(kHour - 1), 100);
    EXPECT_DOUBLE_EQ(steps.target_viewers(kHour), 200);
    EXPECT_DOUBLE_EQ(steps.target_viewers(2 * kHour), 600) << "bursts multiply; without decay they stay";
}

TEST(Arrivals, TheBoundIsNeverBelowTheRateAndTouchesIt) {
    Arrivals cosine = diurnal(1000);
    cosine.bursts = {{9 * kHour, 4, 10 * kMinute, 20 * kMinute}, {15 * kHour, 0.2, kMinute, kHour}};
    Arrivals table = cosine;
    table.hours = {.95, .60, .38, .26,  .20,  .20, .28,  .42,  .55,  .65, .75,  .82,
                   .95, 1,   1,   1.05, 1.15, 1.3, 1.55, 1.85, 2.15, 2.3, 2.05, 1.5};
    RandomStream random = test_stream(6);
    for (const Arrivals& spec : {cosine, table}) {
        const ArrivalRate rate(spec, 12345, 5.5, 100, 1);
        for (int i = 0; i < 400; ++i) {
            const TimeNs from = TimeNs(random.uniform() * double(2 * kDay));
            const TimeNs to = from + TimeNs(random.uniform() * random.uniform() * double(20 * kHour));
            const double bound = rate.max_per_second(from, to);
            double largest = 0;
            for (int k = 0; k <= 200; ++k) largest = std::max(largest, rate.per_second(from + (to - from) / 200 * k));
            ASSERT_GE(bound, largest);
            if (to - from < 5 * kMinute) {
                EXPECT_LT(bound, 1.6 * largest) << "tight where it is short";
            }
        }
    }
}

TEST(Arrivals, ANightWithoutAnybodyIsCrossed) {
    Arrivals spec = diurnal(5000);
    spec.hours.assign(24, 0);
    spec.hours[20] = 1;
    const ArrivalRate rate(spec, 0, 0, 100, 1);
    RandomStream random = test_stream(7);
    const TimeNs first = rate.next_arrival(0, random);
    EXPECT_GT(first, 19 * kHour + 30 * kMinute);
    EXPECT_LT(first, 19 * kHour + 35 * kMinute);
    const TimeNs tomorrow = rate.next_arrival(21 * kHour + 30 * kMinute, random);
    EXPECT_GT(tomorrow, kDay + 19 * kHour + 30 * kMinute);
    expect_counts_follow(rate, 48, kHour, 8);
}

TEST(Arrivals, ZeroNeverHangs) {
    RandomStream random = test_stream(9);
    EXPECT_EQ(ArrivalRate({.viewers = 0}, 0, 0, 100, 1).next_arrival(0, random), kNever);
    EXPECT_EQ(ArrivalRate({.viewers = 10}, 0, 0, 100, 0).next_arrival(0, random), kNever);
    EXPECT_EQ(ArrivalRate({.viewers = 10}, 0, 0, 100, 1).next_arrival(kNever, random), kNever);
    Arrivals spec;
    spec.viewers = 10;
    spec.bursts = {{kHour, 0, 0, 0}};  // from then on nobody, for ever
    EXPECT_EQ(ArrivalRate(spec, 0, 0, 100, 1).next_arrival(2 * kHour, random), kNever);
    EXPECT_EQ(ArrivalRate({.viewers = 1e-12}, 0, 0, 1e6, 1).next_arrival(0, random), kNever) << "one in 30 Gyr";
    const TimeNs rare = ArrivalRate({.viewers = 1e-3}, 0, 0, 1e4, 1).next_arrival(0, random);
    EXPECT_GT(rare, kHour);
}

TEST(Arrivals, RefusesNonsense) {
    const auto build = [](const Arrivals& spec, double session_s = 100, double share = 1, double offset = 0) {
        return ArrivalRate(spec, 0, offset, session_s, share);
    };
    EXPECT_THROW(build({.viewers = -1}), InputError);
    EXPECT_THROW(build({.viewers = NAN}), InputError);
    EXPECT_THROW(build({.viewers = 1}, 0), InputError);
    EXPECT_THROW(build({.viewers = 1}, 100, -0.5), InputError);
    EXPECT_THROW(build({.viewers = 1}, 100, 1, 99), InputError);
    EXPECT_THROW(build({.viewers = 1, .trough_ratio = 1.5}), InputError);
    EXPECT_THROW(build({.viewers = 1, .peak_at_h = 25}), InputError);
    EXPECT_THROW(build({.viewers = 1, .hours = {1, 2, 3}}), InputError);
    EXPECT_THROW(build({.viewers = 1, .hours = std::vector<double>(24, 0)}), InputError);
    EXPECT_THROW(build({.viewers = 1, .bursts = {{0, -1, 0, 0}}}), InputError);
    EXPECT_THROW(build({.viewers = 1, .bursts = {{0, 2, -1, 0}}}), InputError);
}

}  // namespace
}  // namespace matinee::population
