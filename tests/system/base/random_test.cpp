#include "system/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <vector>

namespace matinee {
namespace {

TEST(Random, ADrawDependsOnNothingButItsNames) {
    RandomStream a(7, Purpose::Session, 123, 4);
    std::vector<uint32_t> first;
    for (int i = 0; i < 100; ++i) first.push_back(a.next_u32());
    RandomStream disturbing(7, Purpose::Behaviour, 123, 4);
    RandomStream again(7, Purpose::Session, 123, 4);
    for (const uint32_t draw : first) {
        disturbing.next_u32();
        ASSERT_EQ(again.next_u32(), draw);
    }
}

TEST(Random, EveryPartOfTheNameGivesAnotherStream) {
    std::set<uint64_t> firsts;
    for (uint64_t seed = 0; seed < 10; ++seed)
        for (const Purpose purpose : {Purpose::Arrivals, Purpose::Session, Purpose::Test})
            for (uint64_t who : {0ull, 1ull, 1ull << 32, (1ull << 32) + 1, ~0ull})
                for (uint32_t which = 0; which < 5; ++which) firsts.insert(RandomStream(seed, purpose, who, which).next_u64());
    EXPECT_EQ(firsts.size(), 10u * 3 * 5 * 5);
}

TEST(Random, PinnedDraws) {
    // Digests of every scenario rest on these words.
    RandomStream random(1, Purpose::Arrivals, 2, 3);
    std::array<uint32_t, 6> words;
    for (uint32_t& word : words) word = random.next_u32();
    EXPECT_EQ(words, (std::array<uint32_t, 6>{3599148838u, 2798542034u, 2363139438u, 1264440496u, 1804758732u, 590581110u}));
}

TEST(Random, SixtyFourBitsAreTwoWords) {
    RandomStream words(5, Purpose::Test, 9);
    RandomStream doubles(5, Purpose::Test, 9);
    for (int i = 0; i < 20; ++i) {
        const uint64_t high = words.next_u32();
        const uint64_t low = words.next_u32();
        ASSERT_EQ(doubles.next_u64(), high << 32 | low);
    }
}

TEST(Random, UniformFillsItsRangeEvenly) {
    RandomStream random(1, Purpose::Test, 11);
    constexpr int draws = 200'000;
    std::array<int, 20> bins{};
    for (int i = 0; i < draws; ++i) {
        const double x = random.uniform();
        ASSERT_GE(x, 0);
        ASSERT_LT(x, 1);
        ++bins[size_t(x * 20)];
    }
    double chi_square = 0;
    for (const int n : bins) chi_square += (n - draws / 20.0) * (n - draws / 20.0) / (draws / 20.0);
    EXPECT_LT(chi_square, 43.8);  // 19 degrees of freedom, one in a thousand
    for (int i = 0; i < 1000; ++i) ASSERT_GT(random.uniform_positive(), 0);
}

TEST(Random, BelowIsEvenAndBelow) {
    RandomStream random(1, Purpose::Test, 12);
    std::array<int, 7> count{};
    for (int i = 0; i < 70'000; ++i) {
        const uint32_t x = random.below(7);
        ASSERT_LT(x, 7u);
        ++count[x];
    }
    for (const int n : count) EXPECT_NEAR(n, 10'000, 4 * std::sqrt(10'000.0));
    for (int i = 0; i < 100; ++i) ASSERT_EQ(random.below(1), 0u);
}

TEST(Random, ChanceIsItsProbability) {
    RandomStream random(1, Purpose::Test, 13);
    int yes = 0;
    for (int i = 0; i < 100'000; ++i) {
        yes += random.chance(0.3);
        ASSERT_FALSE(random.chance(0));
        ASSERT_TRUE(random.chance(1));
    }
    EXPECT_NEAR(yes, 30'000, 4 * std::sqrt(21'000.0));
}

TEST(Random, ExponentialHasItsMeanAndTail) {
    RandomStream random(1, Purpose::Test, 14);
    constexpr int draws = 200'000;
    double sum = 0;
    int beyond = 0;
    for (int i = 0; i < draws; ++i) {
        const double x = random.exponential(3);
        ASSERT_GE(x, 0);
        sum += x;
        beyond += x > 6;
    }
    EXPECT_NEAR(sum / draws, 3, 4 * 3 / std::sqrt(double(draws)));
    const double share = std::exp(-2.0);
    EXPECT_NEAR(beyond / double(draws), share, 4 * std::sqrt(share / draws));
}

TEST(Random, NormalAndLognormalHaveTheirMoments) {
    RandomStream random(1, Purpose::Test, 15);
    constexpr int draws = 200'000;
    double sum = 0, squares = 0, cubes = 0;
    int below_median = 0;
    for (int i = 0; i < draws; ++i) {
        const double x = random.normal();
        sum += x;
        squares += x * x;
        cubes += x * x * x;
        below_median += random.lognormal(40, 0.7) < 40;
    }
    EXPECT_NEAR(sum / draws, 0, 4 / std::sqrt(double(draws)));
    EXPECT_NEAR(squares / draws, 1, 4 * std::sqrt(2.0 / draws));
    EXPECT_NEAR(cubes / draws, 0, 4 * std::sqrt(15.0 / draws));
    EXPECT_NEAR(below_median, draws / 2, 4 * std::sqrt(draws / 4.0));
}

}  // namespace
}  // namespace matinee
