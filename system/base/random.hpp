// Counter-based random streams. A draw is a function of (seed, purpose, who, which, n) and of nothing else, so no
// component can disturb another's draws, and a viewer carries no generator with it.
// Generator: Philox4x32-10 (Salmon et al., SC 2011) from the Random123 library. The distributions are ours, because the
// standard library's differ between implementations; they use base/math, because libm's bits differ between machines.
#pragma once

#include <cstdint>

#include "system/base/math.hpp"

namespace matinee {

/// What a stream is for. The numbers are part of every digest: append, never renumber.
enum class Purpose : uint32_t {
    Arrivals = 1,
    Session = 2,    ///< who the viewer is: population, device, link, title, patience
    Behaviour = 3,  ///< pauses, seeks, next episodes
    Catalog = 4,    ///< durations, series, popularity
    SegmentSize = 5,
    AccessTrace = 6,
    Admission = 7,
    Steering = 8,
    Fault = 9,
    Test = 10,
    Services = 11,  ///< ids, secrets and salts of the simulated services
    Visits = 12,     ///< what a viewer wants of the services, and when it tries again
    ServiceTime = 13,
};

class RandomStream {
public:
    /// `who` and `which` name the owner of the stream, for example a site and a session number.
    RandomStream(uint64_t seed, Purpose purpose, uint64_t who, uint32_t which = 0)
        : key_(mix_key(seed, purpose)), who_(who), which_(which) {}

    uint32_t next_u32() {
        if (used_ == 4) refill();
        return block_[used_++];
    }
    uint64_t next_u64() {
        const uint64_t high = next_u32();
        return high << 32 | next_u32();
    }
    /// Uniform in [0, 1), 53 bits.
    double uniform() { return double(next_u64() >> 11) * 0x1p-53; }
    /// Uniform in (0, 1]: safe for a logarithm.
    double uniform_positive() { return double((next_u64() >> 11) + 1) * 0x1p-53; }
    /// Uniform integer in [0, n), n > 0, by multiplication (bias below 2^-32 * n).
    uint32_t below(uint32_t n) { return uint32_t(uint64_t(next_u32()) * n >> 32); }
    bool chance(double probability) { return uniform() < probability; }
    double exponential(double mean) { return -mean * math::log(uniform_positive()); }
    /// Standard normal, by inversion (Acklam's rational approximation, relative error below 1.2e-9).
    double normal() { return math::normal_quantile(uniform_positive() * (1 - 0x1p-53)); }
    /// exp(log(median) + sigma * normal).
    double lognormal(double median, double sigma) { return median * math::exp(sigma * normal()); }

private:
    static uint64_t mix_key(uint64_t seed, Purpose purpose);
    void refill();

    uint64_t key_;
    uint64_t who_;
    uint32_t which_;
    uint32_t blocks_ = 0;
    uint32_t block_[4] = {};
    uint32_t used_ = 4;
};

}  // namespace matinee
