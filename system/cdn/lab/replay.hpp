// A trace through one cache: the laboratory's unit of work. The policies are those of system/cdn/cache.
#pragma once

#include <cstdint>
#include <span>

#include "system/cdn/cache/spec.hpp"
#include "system/cdn/lab/trace.hpp"

namespace matinee::cdn::lab {

struct Setup {
    CacheSpec spec;  ///< admit_objects 0: as many as the trace has
    Bytes capacity = 0;
    bool ignore_size = false;  ///< every object counts 1
};

struct Counts {
    uint64_t requests = 0;
    uint64_t misses = 0;
    Bytes requested_bytes = 0;
    Bytes missed_bytes = 0;

    /// 0 where nothing was requested.
    double object_miss_ratio() const { return requests > 0 ? double(misses) / double(requests) : 0; }
    double byte_miss_ratio() const { return requested_bytes > 0 ? double(missed_bytes) / double(requested_bytes) : 0; }
};

/// Every request counts, the first for an object too. `future` is the trace's, for Belady's policy only, and has to be
/// there until the end. Admission by probability draws from one fixed stream.
Counts replay(const Trace& trace, const Setup& setup, std::span<const uint32_t> future = {});

}  // namespace matinee::cdn::lab
