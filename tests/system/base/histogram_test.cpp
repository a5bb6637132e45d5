#include "system/base/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "system/base/random.hpp"

namespace matinee {
namespace {

TEST(Histogram, EveryValueLiesInItsBucketAndBucketsAdjoin) {
    std::vector<uint64_t> values;
    for (uint64_t v = 0; v < 5000; ++v) values.push_back(v);
    for (int bit = 12; bit < 63; ++bit)
        for (const int64_t d : {-1, 0, 1}) values.push_back((1ull << bit) + uint64_t(d));
    for (const uint64_t v : values) {
        const uint32_t bucket = Histogram::bucket_of(v);
        ASSERT_LE(Histogram::lowest_of(bucket), v);
        ASSERT_GT(Histogram::lowest_of(bucket + 1), v);
        ASSERT_EQ(Histogram::bucket_of(Histogram::lowest_of(bucket)), bucket);
        ASSERT_LE(std::abs(Histogram::midpoint_of(bucket) - double(v)), 0.004 * double(v) + 1e-9) << v;
    }
}

TEST(Histogram, QuantilesAreNearTheExactOnes) {
    RandomStream random(1, Purpose::Test, 1);
    Histogram histogram;
    std::vector<uint64_t> values;
    for (int i = 0; i < 20'000; ++i) {
        values.push_back(uint64_t(random.lognormal(50'000, 2)));
        histogram.add(values.back());
    }
    std::sort(values.begin(), values.end());
    for (const double q : {0.001, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
        const double exact = double(values[size_t(std::ceil(q * double(values.size()))) - 1]);
        EXPECT_NEAR(histogram.quantile(q), exact, 0.004 * exact + 1) << q;
    }
}

TEST(Histogram, CountsSumsAndMeansAreExact) {
    Histogram histogram;
    histogram.add(10, 3);
    histogram.add(1'000'003);
    EXPECT_EQ(histogram.count(), 4u);
    EXPECT_EQ(histogram.sum(), 1'000'033u);
    EXPECT_EQ(histogram.max(), 1'000'003u);
    EXPECT_DOUBLE_EQ(histogram.mean(), 1'000'033 / 4.0);
    EXPECT_EQ(histogram.quantile(0.5), 10);
    EXPECT_LE(histogram.quantile(1), 1'000'003);
}

TEST(Histogram, AnEmptyOneSaysZero) {
    const Histogram histogram;
    EXPECT_EQ(histogram.count(), 0u);
    EXPECT_EQ(histogram.mean(), 0);
    EXPECT_EQ(histogram.quantile(0.99), 0);
}

TEST(Histogram, MergingIsAddingAllInAnyOrder) {
    RandomStream random(1, Purpose::Test, 2);
    Histogram whole, left, right;
    for (int i = 0; i < 5000; ++i) {
        const uint64_t v = uint64_t(random.exponential(1e6));
        whole.add(v);
        (i % 3 == 0 ? left : right).add(v);
    }
    Histogram one = left, other = right;
    one.merge(right);
    other.merge(left);
    for (const Histogram& merged : {one, other}) {
        EXPECT_EQ(merged.count(), whole.count());
        EXPECT_EQ(merged.sum(), whole.sum());
        EXPECT_EQ(merged.max(), whole.max());
        ASSERT_EQ(merged.buckets(), whole.buckets());
        for (uint32_t b = 0; b < whole.buckets(); ++b) ASSERT_EQ(merged.count_in(b), whole.count_in(b));
    }
}

}  // namespace
}  // namespace matinee
