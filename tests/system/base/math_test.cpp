// The elementary functions against libm's long double ones, which a test may use: it decides nothing.
#include "system/base/math.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "system/base/random.hpp"

namespace matinee {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Distance in units of the last place of the exact value.
double ulps(double value, long double exact) {
    const double near = std::abs(double(exact));
    const double ulp = std::nextafter(near, kInfinity) - near;
    return double(std::abs((static_cast<long double>(value) - exact) / static_cast<long double>(ulp)));
}

TEST(Math, LogIsAccurateOverItsWholeRange) {
    RandomStream random(1, Purpose::Test, 1);
    for (int i = 0; i < 200'000; ++i) {
        const double x = std::ldexp(1 + random.uniform(), int(random.below(2040)) - 1020);
        ASSERT_LE(ulps(math::log(x), std::log(static_cast<long double>(x))), 2) << x;
    }
}

TEST(Math, LogIsAccurateNearOneAndOfSubnormals) {
    RandomStream random(1, Purpose::Test, 2);
    for (int i = 0; i < 100'000; ++i) {
        const double x = 1 + (random.uniform() - 0.5) * std::ldexp(1.0, -int(random.below(40)));
        if (x == 1) continue;
        ASSERT_LE(ulps(math::log(x), std::log(static_cast<long double>(x))), 2) << x;
    }
    for (double x = 0x1p-1074; x < 0x1p-1020; x *= 2) ASSERT_LE(ulps(math::log(x), std::log(static_cast<long double>(x))), 2);
}

TEST(Math, ExpIsAccurate) {
    RandomStream random(1, Purpose::Test, 3);
    for (int i = 0; i < 200'000; ++i) {
        const double x = (random.uniform() - 0.5) * (i % 2 == 0 ? 1400 : 4);
        ASSERT_LE(ulps(math::exp(x), std::exp(static_cast<long double>(x))), 2) << x;
    }
}

TEST(Math, Exp2IsAccurate) {
    RandomStream random(1, Purpose::Test, 4);
    for (int i = 0; i < 100'000; ++i) {
        const double x = (random.uniform() - 0.5) * (i % 2 == 0 ? 2040 : 4);
        ASSERT_LE(ulps(math::exp2(x), std::exp2(static_cast<long double>(x))), 2) << x;
    }
    for (int k = -1074; k < 1024; ++k) ASSERT_EQ(math::exp2(k), std::ldexp(1.0, k)) << k;
}

TEST(Math, PowErrsInProportionToTheExponent) {
    RandomStream random(1, Purpose::Test, 5);
    for (int i = 0; i < 100'000; ++i) {
        const double x = math::exp((random.uniform() - 0.5) * 40);
        const double y = (random.uniform() - 0.5) * 10;
        const long double exact = std::pow(static_cast<long double>(x), static_cast<long double>(y));
        const double error = double(std::abs(static_cast<long double>(math::pow(x, y)) / exact - 1));
        ASSERT_LE(error, 1e-15 * (1 + std::abs(y * std::log(x)))) << x << "^" << y;
    }
    EXPECT_EQ(math::pow(17.0, 0), 1);
}

TEST(Math, CosineOfTurns) {
    const long double turn = 2 * std::acos(-1.0L);
    RandomStream random(1, Purpose::Test, 6);
    for (int i = 0; i < 100'000; ++i) {
        const double x = (random.uniform() - 0.5) * 8;
        const long double exact = std::cos(turn * (static_cast<long double>(x) - std::floor(static_cast<long double>(x))));
        ASSERT_NEAR(math::cos_turns(x), double(exact), 4.5e-16) << x;
    }
    EXPECT_EQ(math::cos_turns(0), 1);
    EXPECT_EQ(math::cos_turns(0.5), -1);
    EXPECT_NEAR(math::cos_turns(0.25), 0, 1e-16);
}

TEST(Math, EdgesAreWhatIeeeSays) {
    EXPECT_EQ(math::log(1), 0);
    EXPECT_EQ(math::log(0), -kInfinity);
    EXPECT_TRUE(std::isnan(math::log(-1)));
    EXPECT_TRUE(std::isnan(math::log(std::nan(""))));
    EXPECT_EQ(math::log(kInfinity), kInfinity);
    EXPECT_EQ(math::exp(0), 1);
    EXPECT_EQ(math::exp(710), kInfinity);
    EXPECT_EQ(math::exp(kInfinity), kInfinity);
    EXPECT_EQ(math::exp(-746), 0);
    EXPECT_EQ(math::exp(-kInfinity), 0);
    EXPECT_TRUE(std::isnan(math::exp(std::nan(""))));
    EXPECT_TRUE(std::isfinite(math::exp(709.78)));
    EXPECT_GT(math::exp(-745.1), 0);
    EXPECT_EQ(math::exp2(1024), kInfinity);
    EXPECT_EQ(math::exp2(-1080), 0);
}

TEST(Math, NormalQuantileInvertsTheNormalDistribution) {
    for (double p = 1e-9; p < 1; p += p < 0.001 ? p : 0.0007) {
        // Acklam's bound of 1.15e-9 is on the relative error of the quantile; near the median it is absolute.
        const long double x = static_cast<long double>(math::normal_quantile(p));
        const long double back = std::erfc(-x / std::sqrt(2.0L)) / 2;
        const long double density = std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0L));
        const long double error = std::abs((back - static_cast<long double>(p)) / density);
        ASSERT_LE(double(error), 1.2e-9 * std::max(1.0, double(std::abs(x)))) << p;
    }
    EXPECT_EQ(math::normal_quantile(0.5), 0);
}

}  // namespace
}  // namespace matinee
