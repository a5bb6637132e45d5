#include "clients/population/segment_sizes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "system/base/errors.hpp"
#include "tests/clients/population/specs.hpp"

namespace matinee::population {
namespace {

Catalog with_variation(double cv, double peak) {
    Catalog spec = small_catalog();
    spec.vbr_cv = cv;
    spec.vbr_peak = peak;
    return spec;
}

struct Moments {
    double mean = 0, cv = 0, max = 0;
};

Moments moments_of(const SegmentSizes& sizes, uint32_t rung) {
    Moments result;
    double squares = 0;
    constexpr uint32_t titles = 100, segments = 1500;
    for (uint32_t p = 0; p < titles; ++p) {
        for (uint32_t i = 0; i < segments; ++i) {
            const double factor = sizes.factor(p, rung, i);
            result.mean += factor;
            squares += factor * factor;
            result.max = std::max(result.max, factor);
        }
    }
    result.mean /= titles * segments;
    result.cv = std::sqrt(squares / (titles * segments) - result.mean * result.mean) / result.mean;
    return result;
}

TEST(SegmentSizes, VariationHasTheMeanSpreadAndPeakAskedFor) {
    const std::pair<double, double> cases[] = {{0.35, 2.0}, {0.18, 2.3}, {0.5, 2.0}, {0.1, 1.2}, {0.7, 4.0}};
    for (const auto& [cv, peak] : cases) {
        const SegmentSizes sizes(with_variation(cv, peak), 3);
        for (const uint32_t rung : {0u, 4u}) {
            const Moments m = moments_of(sizes, rung);
            EXPECT_NEAR(m.mean, 1, 5 * cv / std::sqrt(150e3)) << cv << " " << peak;
            EXPECT_NEAR(m.cv, cv, 0.015 * cv) << cv << " " << peak;
            EXPECT_LE(m.max, peak * (1 + 1e-7)) << cv << " " << peak;
        }
    }
}

TEST(SegmentSizes, NearThePeakSomeSegmentsAreClipped) {
    EXPECT_GT(moments_of(SegmentSizes(with_variation(0.5, 2), 3), 2).max, 1.9);
}

TEST(SegmentSizes, RungsShareTheSceneAndStrayALittle) {
    const SegmentSizes sizes(with_variation(0.35, 2), 3);
    const double mean_of_0 = moments_of(sizes, 0).mean, mean_of_1 = moments_of(sizes, 1).mean;
    double together = 0, own_0 = 0, own_1 = 0;
    for (uint32_t i = 0; i < 20'000; ++i) {
        const double a = sizes.factor(1, 0, i) - mean_of_0;
        const double b = sizes.factor(1, 1, i) - mean_of_1;
        together += a * b;
        own_0 += a * a;
        own_1 += b * b;
    }
    // The jitter holds .4^2 = .16 of the variance.
    EXPECT_NEAR(together / std::sqrt(own_0 * own_1), 0.84, 0.03);
}

TEST(SegmentSizes, SuccessiveSegmentsAndTitlesAreIndependent) {
    const SegmentSizes sizes(with_variation(0.35, 2), 3);
    double next_segment = 0, next_title = 0;
    constexpr uint32_t n = 50'000;
    for (uint32_t i = 0; i < n; ++i) {
        next_segment += (sizes.factor(7, 2, i) - 1) * (sizes.factor(7, 2, i + 1) - 1);
        next_title += (sizes.factor(i, 2, 3) - 1) * (sizes.factor(i + 1, 2, 3) - 1);
    }
    const double error = 0.35 * 0.35 / std::sqrt(double(n));
    EXPECT_LT(std::abs(next_segment / n), 4.5 * error);
    EXPECT_LT(std::abs(next_title / n), 4.5 * error);
}

TEST(SegmentSizes, WithoutVariationEverySegmentIsNominal) {
    const SegmentSizes sizes(with_variation(0, 1), 3);
    EXPECT_EQ(sizes.full(9, 2, 17), 1750u * 4000 / 8);
    EXPECT_EQ(sizes.cut(9, 2, 17, kSecond), 1750u * 1000 / 8);
    EXPECT_EQ(sizes.cut(9, 2, 17, 1), 1u) << "never empty";
}

TEST(SegmentSizes, RefusesAVariationBeyondThePeak) {
    EXPECT_THROW(SegmentSizes(with_variation(1.2, 2), 3), InputError);
    EXPECT_THROW(SegmentSizes(with_variation(0.35, 1), 3), InputError);
    EXPECT_THROW(SegmentSizes(with_variation(0.35, 0.5), 3), InputError);
    EXPECT_THROW(SegmentSizes(with_variation(-1, 2), 3), InputError);
    EXPECT_THROW(SegmentSizes(with_variation(NAN, 2), 3), InputError);
}

TEST(SegmentSizes, RefusesBadLadders) {
    Catalog spec = small_catalog();
    spec.ladder = {};
    EXPECT_THROW(SegmentSizes(spec, 3), InputError);
    spec.ladder = {1000, 1000};
    EXPECT_THROW(SegmentSizes(spec, 3), InputError);
    spec.ladder = {0, 1000};
    EXPECT_THROW(SegmentSizes(spec, 3), InputError);
    spec.ladder = {4'000'000'000};
    EXPECT_THROW(SegmentSizes(spec, 3), InputError) << "segments above 4 GiB";
    spec = small_catalog();
    spec.segment = 0;
    EXPECT_THROW(SegmentSizes(spec, 3), InputError);
}

Catalog with_movie() {
    Movie movie;
    movie.segment = 2 * kSecond;
    movie.ladder = {100, 200};
    movie.segment_bytes = {{10, 20}, {11, 21}, {12, 22}};
    Catalog spec = small_catalog();
    spec.movie = std::make_shared<const Movie>(movie);
    return spec;
}

TEST(SegmentSizes, AMovieRepeatsCyclically) {
    const SegmentSizes sizes(with_movie(), 3);
    EXPECT_EQ(sizes.rungs(), 2u);
    EXPECT_EQ(sizes.segment_ns(), 2 * kSecond);
    for (const uint32_t playable : {0u, 5u}) {
        EXPECT_EQ(sizes.full(playable, 0, 0), 10u);
        EXPECT_EQ(sizes.full(playable, 1, 2), 22u);
        EXPECT_EQ(sizes.full(playable, 1, 3), 20u);
        EXPECT_EQ(sizes.full(playable, 0, 7), 11u);
        EXPECT_EQ(sizes.cut(playable, 1, 1, kSecond), 11u) << "half of 21, rounded";
    }
    // 15 s: twice 33 bytes, the first segment, half of the second.
    EXPECT_DOUBLE_EQ(sizes.expected_bytes(0, 15 * kSecond), 66 + 10 + 5.5);
}

TEST(SegmentSizes, RefusesAMovieThatContradictsItself) {
    Catalog spec = with_movie();
    Movie movie = *spec.movie;
    movie.segment_bytes[1] = {11};
    spec.movie = std::make_shared<const Movie>(movie);
    EXPECT_THROW(SegmentSizes(spec, 3), InputError);
    movie.segment_bytes.clear();
    spec.movie = std::make_shared<const Movie>(movie);
    EXPECT_THROW(SegmentSizes(spec, 3), InputError);
}

}  // namespace
}  // namespace matinee::population
