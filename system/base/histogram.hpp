// A log-linear histogram of non-negative integers in the manner of HdrHistogram: 128 buckets an octave, so a quantile is
// within 0.8 % of the exact one; counts and the sum are integers, so that merging does not depend on order or threads.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace matinee {

class Histogram {
public:
    static constexpr uint32_t kSubBits = 7;

    void add(uint64_t value, uint64_t count = 1) {
        const uint32_t bucket = bucket_of(value);
        if (bucket >= counts_.size()) counts_.resize(bucket + 1);
        counts_[bucket] += count;
        count_ += count;
        sum_ += value * count;
        max_ = std::max(max_, value);
    }
    void merge(const Histogram& other) {
        if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
        for (size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
        count_ += other.count_;
        sum_ += other.sum_;
        max_ = std::max(max_, other.max_);
    }

    uint64_t count() const { return count_; }
    uint64_t sum() const { return sum_; }
    uint64_t max() const { return max_; }
    double mean() const { return count_ == 0 ? 0 : double(sum_) / double(count_); }

    /// The smallest bucket midpoint below which at least `q` of the values lie (nearest rank); 0 when empty.
    double quantile(double q) const {
        if (count_ == 0) return 0;
        const double wanted = q * double(count_);
        uint64_t seen = 0;
        for (uint32_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (counts_[i] != 0 && double(seen) >= wanted) return std::min(midpoint_of(i), double(max_));
        }
        return double(max_);
    }

    uint32_t buckets() const { return uint32_t(counts_.size()); }
    uint64_t count_in(uint32_t bucket) const { return counts_[bucket]; }

    static uint32_t bucket_of(uint64_t value) {
        constexpr uint64_t linear = 1ull << (kSubBits + 1);
        if (value < linear) return uint32_t(value);
        const uint32_t shift = uint32_t(std::bit_width(value)) - kSubBits - 1;
        return ((shift + 1) << kSubBits) + uint32_t(value >> shift) - (1u << kSubBits);
    }
    static uint64_t lowest_of(uint32_t bucket) {
        if (bucket < (2u << kSubBits)) return bucket;
        const uint32_t shift = (bucket >> kSubBits) - 1;
        return uint64_t((bucket & ((1u << kSubBits) - 1)) + (1u << kSubBits)) << shift;
    }
    static double midpoint_of(uint32_t bucket) {
        return (double(lowest_of(bucket)) + double(lowest_of(bucket + 1)) - 1) / 2;
    }

private:
    std::vector<uint64_t> counts_;
    uint64_t count_ = 0;
    uint64_t sum_ = 0;
    uint64_t max_ = 0;
};

}  // namespace matinee
