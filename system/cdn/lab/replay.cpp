#include "system/cdn/lab/replay.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "system/cdn/cache/cache.hpp"

namespace matinee::cdn::lab {

namespace {

constexpr size_t kBlock = 1024;  // requests that are handed over together: few enough for the nearest cache
constexpr uint64_t kSeed = 1;

/// Sketches and filters hash keys, so the outcome is that of a real node only with the ids the trace has. All others
/// see the dense numbers, which need no hashing.
bool hashes_keys(const CacheSpec& spec) { return spec.evict == Eviction::WTinyLfu || spec.admit == Admission::Bloom; }

std::unique_ptr<Cache> cache_for(const Trace& trace, const Setup& setup, std::span<const uint32_t> future) {
    const KeySpace space =
        hashes_keys(setup.spec) ? KeySpace::hashed() : KeySpace::dense(trace.objects() / 65536 + 1, 65536);
    const RandomStream stream(kSeed, Purpose::Admission, 0);
    CacheSpec spec = setup.spec;
    if (spec.admit_objects == 0) spec.admit_objects = std::max(trace.objects(), 1u);
    if (spec.evict == Eviction::Belady) return make_belady_cache(spec, setup.capacity, space, stream, future);
    return make_cache(spec, setup.capacity, space, stream);
}

}  // namespace

Counts replay(const Trace& trace, const Setup& setup, std::span<const uint32_t> future) {
    const std::unique_ptr<Cache> cache = cache_for(trace, setup, future);
    const bool by_id = hashes_keys(setup.spec);
    Counts counts;
    counts.requests = trace.requests();
    counts.requested_bytes = setup.ignore_size ? trace.requests() : trace.requested_bytes();
    std::vector<Request> block(kBlock);
    for (size_t from = 0; from < trace.requests(); from += kBlock) {
        const size_t count = std::min(kBlock, trace.requests() - from);
        for (size_t i = 0; i < count; ++i) {
            const uint32_t object = trace.object_of(from + i);
            block[i] = {by_id ? trace.id_of(object) : object, setup.ignore_size ? 1 : trace.size_of(from + i),
                        trace.time_of(from + i)};
        }
        const Tally tally = cache->request_all({block.data(), count});
        counts.misses += tally.misses;
        counts.missed_bytes += tally.missed_bytes;
    }
    return counts;
}

}  // namespace matinee::cdn::lab
