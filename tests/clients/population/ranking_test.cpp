#include "clients/population/ranking.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

#include "clients/population/alias.hpp"
#include "system/base/errors.hpp"

namespace matinee::population {
namespace {

RandomStream test_stream(uint64_t who) { return RandomStream(11, Purpose::Test, who); }

Ranking ranking_of(const Popularity& law, uint32_t works, uint32_t regions = 1, TimeNs duration = kDay) {
    return Ranking(law, works, regions, 5, duration);
}

TEST(AliasTable, GivesTheWeightsExactly) {
    const std::vector<double> weights = {1, 2, 3, 4, 0, 10};
    const AliasTable table(weights);
    const std::vector<double> probabilities = table.probabilities();
    for (size_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(probabilities[i], weights[i] / 20, 1e-9);
    EXPECT_EQ(probabilities[4], 0) << "a weight of zero is never drawn";
}

TEST(AliasTable, StaysExactOnALongSteepLaw) {
    std::vector<double> weights(20'000);
    double sum = 0;
    for (size_t i = 0; i < weights.size(); ++i) sum += weights[i] = 1 / double(i + 1);
    const std::vector<double> probabilities = AliasTable(weights).probabilities();
    double worst = 0;
    for (size_t i = 0; i < weights.size(); ++i) worst = std::max(worst, std::abs(probabilities[i] - weights[i] / sum));
    EXPECT_LT(worst, 1e-9);
}

TEST(AliasTable, HasOneForOneAndRefusesNonsense) {
    RandomStream random = test_stream(1);
    EXPECT_EQ(AliasTable(std::vector<double>{7}).pick(random), 0u);
    EXPECT_THROW(AliasTable(std::vector<double>{}), std::invalid_argument);
    EXPECT_THROW(AliasTable(std::vector<double>{0, 0}), std::invalid_argument);
    EXPECT_THROW(AliasTable(std::vector<double>{1, -1}), std::invalid_argument);
}

TEST(Ranking, SharesByHand) {
    // alpha 1, shift 1: 1/2, 1/3, 1/4 over 13/12.
    const Ranking zipf = ranking_of({.alpha = 1, .shift = 1}, 3);
    EXPECT_NEAR(zipf.share_of_rank(0), 6.0 / 13, 1e-15);
    EXPECT_NEAR(zipf.share_of_rank(1), 4.0 / 13, 1e-15);
    EXPECT_NEAR(zipf.share_of_rank(2), 3.0 / 13, 1e-15);
    // alpha 0, cutoff 1 / ln 2: every rank has half of the one before.
    const Ranking cut = ranking_of({.alpha = 0, .cutoff = 1 / 0.6931471805599453}, 3);
    EXPECT_NEAR(cut.share_of_rank(0), 4.0 / 7, 1e-15);
    EXPECT_NEAR(cut.share_of_rank(2), 1.0 / 7, 1e-15);
}

TEST(Ranking, DrawsFollowTheLaw) {
    const Ranking ranking = ranking_of({.alpha = 0.8}, 50);
    std::vector<int> count(50);
    RandomStream random = test_stream(2);
    constexpr int draws = 200'000;
    for (int i = 0; i < draws; ++i) ++count[ranking.pick(0, 0, random)];
    double chi_square = 0;
    for (uint32_t r = 0; r < 50; ++r) {
        const double expected = draws * ranking.share_of_rank(r);
        chi_square += (count[r] - expected) * (count[r] - expected) / expected;
    }
    // 49 degrees of freedom: mean 49, standard deviation 9.9.
    EXPECT_LT(chi_square, 49 + 5 * 9.9);
    EXPECT_GT(chi_square, 49 - 4 * 9.9);
}

TEST(Ranking, AlphaZeroIsUniformAndOneWorkIsAll) {
    const Ranking flat = ranking_of({.alpha = 0}, 1000);
    EXPECT_DOUBLE_EQ(flat.share_of_rank(0), 1.0 / 1000);
    EXPECT_DOUBLE_EQ(flat.share_of_rank(999), 1.0 / 1000);
    const Ranking one = ranking_of({.alpha = 0.8, .regional_mix = 0.5, .churn_per_day = 1}, 1, 3, 10 * kDay);
    RandomStream random = test_stream(3);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(one.pick(2, TimeNs(i) * kHour, random), 0u);
}

TEST(Ranking, ExtremeExponentsKeepAFirstPlace) {
    const Ranking steep = ranking_of({.alpha = 400, .shift = 0}, 100);
    EXPECT_NEAR(steep.share_of_rank(0), 1, 1e-12);
    const Ranking shifted = ranking_of({.alpha = 60, .shift = 1e6}, 100);
    EXPECT_GT(shifted.share_of_rank(99), 0);
}

TEST(Ranking, MixBlendsTheRegionsOwnRanking) {
    const Popularity law = {.alpha = 0.9, .regional_mix = 0.4};
    const Ranking ranking = ranking_of(law, 100, 3);
    std::set<uint32_t> places;
    for (uint32_t rank = 0; rank < 100; ++rank) places.insert(ranking.regional_place(1, rank));
    EXPECT_EQ(places.size(), 100u) << "a region's ranking is a permutation";

    const std::vector<double> shares = ranking.shares(1, 0);
    const uint32_t own_first = ranking.regional_place(1, 0);
    EXPECT_NEAR(shares[own_first], 0.6 * ranking.share_of_rank(own_first) + 0.4 * ranking.share_of_rank(0), 1e-15);
    std::vector<int> count(100);
    RandomStream random = test_stream(4);
    for (int i = 0; i < 100'000; ++i) ++count[ranking.pick(1, 0, random)];
    double chi_square = 0;
    for (uint32_t w = 0; w < 100; ++w)
        chi_square += (count[w] - 1e5 * shares[w]) * (count[w] - 1e5 * shares[w]) / (1e5 * shares[w]);
    EXPECT_LT(chi_square, 99 + 5 * 14.1);

    bool differs = false;
    for (uint32_t rank = 0; rank < 100; ++rank)
        differs |= ranking.regional_place(0, rank) != ranking.regional_place(2, rank);
    EXPECT_TRUE(differs) << "regions have rankings of their own";
}

TEST(Ranking, ChurnMovesItsShareEveryDay) {
    constexpr uint32_t works = 1000;
    const Ranking ranking = ranking_of({.alpha = 0.8, .churn_per_day = 0.05}, works, 1, 30 * kDay);
    for (uint32_t day = 1; day <= 30; ++day) {
        uint32_t moved = 0;
        std::set<uint32_t> holders;
        for (uint32_t place = 0; place < works; ++place) {
            moved += ranking.holder(place, day) != ranking.holder(place, day - 1);
            holders.insert(ranking.holder(place, day));
        }
        EXPECT_EQ(moved, 50u) << "day " << day;
        EXPECT_EQ(holders.size(), works) << "places stay a permutation, day " << day;
    }
    for (uint32_t place = 0; place < works; ++place) EXPECT_EQ(ranking.holder(place, 0), place);
}

TEST(Ranking, ChurnTradesInPairs) {
    const Ranking ranking = ranking_of({.alpha = 0.8, .churn_per_day = 0.1}, 40, 1, 3 * kDay);
    for (uint32_t place = 0; place < 40; ++place) {
        const uint32_t work = ranking.holder(place, 1);
        EXPECT_EQ(ranking.holder(work, 1), place) << "after one day, who took a place gave his own for it";
    }
}

TEST(Ranking, ChurnTooSmallForAPairADayIsCarriedOver) {
    // 0.1 works a day: one pair every 20 days.
    const Ranking ranking = ranking_of({.alpha = 0.8, .churn_per_day = 0.001}, 100, 1, 40 * kDay);
    const auto moved_until = [&](uint32_t day) {
        uint32_t moved = 0;
        for (uint32_t place = 0; place < 100; ++place) moved += ranking.holder(place, day) != place;
        return moved;
    };
    EXPECT_EQ(moved_until(19), 0u);
    EXPECT_EQ(moved_until(20), 2u);
    EXPECT_EQ(moved_until(39), 2u);
}

TEST(Ranking, FullChurnMovesEverybodyAndDaysStopWithTheRun) {
    const Ranking ranking = ranking_of({.alpha = 0.8, .churn_per_day = 1}, 10, 1, 2 * kDay);
    for (uint32_t place = 0; place < 10; ++place) EXPECT_NE(ranking.holder(place, 1), place);
    EXPECT_EQ(ranking.day_of(-kHour), 0u);
    EXPECT_EQ(ranking.day_of(kDay - 1), 0u);
    EXPECT_EQ(ranking.day_of(kDay), 1u);
    EXPECT_EQ(ranking.day_of(100 * kDay), 2u);
}

TEST(Ranking, ChurnDoesNotDependOnTheLengthOfTheRun) {
    const Popularity law = {.alpha = 0.8, .churn_per_day = 0.2};
    const Ranking shorter = ranking_of(law, 300, 1, 3 * kDay);
    const Ranking longer = ranking_of(law, 300, 1, 9 * kDay);
    for (uint32_t place = 0; place < 300; ++place) EXPECT_EQ(shorter.holder(place, 3), longer.holder(place, 3));
}

TEST(Ranking, RefusesNonsense) {
    EXPECT_THROW(ranking_of({.alpha = 0.8}, 0), InputError);
    EXPECT_THROW(ranking_of({.alpha = -1}, 5), InputError);
    EXPECT_THROW(ranking_of({.alpha = NAN}, 5), InputError);
    EXPECT_THROW(ranking_of({.regional_mix = 1.5}, 5), InputError);
    EXPECT_THROW(ranking_of({.churn_per_day = -0.1}, 5), InputError);
    EXPECT_THROW(ranking_of({.churn_per_day = 1}, 1'000'000, 1, 365 * kDay), InputError);
}

}  // namespace
}  // namespace matinee::population
