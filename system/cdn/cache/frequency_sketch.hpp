// How often a key was seen, in a few bytes a key and never too low: a count-min sketch (Cormode, Muthukrishnan 2005)
// that raises only those of a key's counters that are the lowest (conservative update: Estan, Varghese 2002).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "system/base/digest.hpp"
#include "system/cdn/cache/cache.hpp"

namespace matinee::cdn {

class FrequencySketch {
public:
    /// Stops at 65535.
    uint32_t estimate(ObjectKey key) const {
        const Probes at(key);
        uint32_t least = UINT16_MAX;
        for (uint32_t i = 0; i < kProbes; ++i) least = std::min<uint32_t>(least, counters_[at[i] & mask_]);
        return least;
    }
    void add(ObjectKey key) {
        const uint32_t least = estimate(key);
        if (least == UINT16_MAX) return;
        const Probes at(key);
        for (uint32_t i = 0; i < kProbes; ++i) {
            uint16_t& counter = counters_[at[i] & mask_];
            if (counter == least) ++counter;
        }
    }
    /// Ageing.
    void halve() {
        for (uint16_t& counter : counters_) counter = uint16_t(counter / 2);
    }
    /// At least eight counters an object. Both halves of a doubled table begin as the old one, so that estimates stay.
    void make_room_for(uint64_t objects) {
        while (counters_.size() / kCountersPerObject < objects && counters_.size() < kMostCounters) {
            const size_t half = counters_.size();
            counters_.resize(half * 2);
            std::copy_n(counters_.begin(), half, counters_.begin() + int64_t(half));
            mask_ = uint32_t(counters_.size() - 1);
        }
    }
    uint64_t memory_bytes() const { return counters_.capacity() * sizeof(uint16_t); }

private:
    static constexpr uint32_t kProbes = 4;
    static constexpr uint64_t kCountersPerObject = 8;
    static constexpr size_t kFewestCounters = 1024;
    static constexpr size_t kMostCounters = size_t(1) << 31;

    /// Double hashing (Kirsch, Mitzenmacher 2006).
    struct Probes {
        explicit Probes(ObjectKey key) : hash(mix64(key)) {}
        uint32_t operator[](uint32_t i) const { return uint32_t(hash) + i * (uint32_t(hash >> 32) | 1); }
        uint64_t hash;
    };

    std::vector<uint16_t> counters_ = std::vector<uint16_t>(kFewestCounters);
    uint32_t mask_ = kFewestCounters - 1;
};

}  // namespace matinee::cdn
