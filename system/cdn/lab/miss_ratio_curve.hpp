// Miss-ratio curves: what a policy would miss at each of many capacities.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "system/cdn/lab/replay.hpp"

namespace matinee::cdn::lab {

/// `count` capacities from a thousandth of the footprint to all of it, evenly in the logarithm; ascending, none twice.
std::vector<Bytes> curve_capacities(Bytes footprint, uint32_t count);

/// Exactly what LRU counts at each of the capacities (ascending), in one pass: a request hits where the bytes of the
/// objects requested since the object's last request, and its own, do not exceed the capacity (Mattson et al., IBM
/// Systems Journal 1970; summed by a Fenwick tree over the times of last requests, as Bennett and Kruskal, IBM J. R&D
/// 1975). That holds where objects do not change their size and every one fits; at other capacities the trace is
/// replayed.
std::vector<Counts> lru_curve(const Trace& trace, std::span<const Bytes> capacities, bool ignore_size);

/// Any policy at one capacity, by a cache scaled down with a sample of the objects (miniature simulation: Waldspurger
/// et al., ATC 2017). Misses are set against the requests that the rate leads one to expect, not those that the sample
/// got: what it lacks or has too much of are requests for a few popular objects, which hit (SHARDS-adj of FAST 2015).
struct MissRatios {
    double objects = 0;
    double bytes = 0;
};
class MiniatureCache {
public:
    /// `rate`: share of the objects, 0 to 1; 1 is exact.
    MiniatureCache(const Trace& trace, double rate, bool ignore_size);
    MissRatios ratios_at(const CacheSpec& spec, Bytes capacity) const;

private:
    Trace sample_;
    std::vector<uint32_t> future_;  // of the sample
    double rate_;
    bool ignore_size_;
    double expected_requests_;
    double expected_bytes_;
};

/// A rate that leaves enough objects for errors around one point (FAST 2015, figure 6): 1 for small traces, 0.01 at
/// least.
double usual_sample_rate(const Trace& trace);

}  // namespace matinee::cdn::lab
