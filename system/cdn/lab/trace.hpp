// A recorded trace of requests as the cache laboratory holds it: read once, used for every policy and capacity. Twelve
// bytes a request and eight an object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "system/base/units.hpp"
#include "system/cdn/cache/cache.hpp"
#include "system/cdn/cache/index.hpp"

namespace matinee::cdn::lab {

class Trace {
public:
    size_t requests() const { return objects_.size(); }
    /// Objects are numbered from 0 in the order of their first requests, so that popular ones lie together.
    uint32_t objects() const { return uint32_t(ids_.size()); }
    uint32_t object_of(size_t request) const { return objects_[request]; }
    ObjectKey id_of(uint32_t object) const { return ids_[object]; }
    Bytes size_of(size_t request) const {
        return sizes_[request] != kLargeSize ? sizes_[request] : large_size_of(request);
    }
    TimeNs time_of(size_t request) const { return TimeNs(times_s_[request]) * kSecond; }

    Bytes requested_bytes() const { return requested_bytes_; }
    /// The bytes of all objects, each with the size of its first request.
    Bytes footprint_bytes() const { return footprint_bytes_; }

    /// The future of each request as Belady's policy wants it: the number of the object's next request, or kNeverAgain.
    /// Where the recording went on, the latest request of an object has a number beyond the trace's, in the recorded
    /// order.
    std::vector<uint32_t> future() const;

    /// The requests for a sample of the objects (SHARDS: Waldspurger et al., FAST 2015): those whose hashed id lies in
    /// the lowest `rate` of all hashes.
    Trace sample(double rate) const;

private:
    friend class TraceBuilder;
    static constexpr uint32_t kLargeSize = UINT32_MAX;
    struct LargeSize {
        uint32_t request;
        Bytes size;
    };
    struct Beyond {
        uint32_t request;
        uint64_t next;
    };

    Bytes large_size_of(size_t request) const;

    std::vector<uint32_t> objects_;  // by request, as are sizes_ and times_s_
    std::vector<uint32_t> sizes_;
    std::vector<uint32_t> times_s_;
    std::vector<ObjectKey> ids_;          // by object
    std::vector<LargeSize> large_sizes_;  // by request, ascending
    std::vector<Beyond> beyond_;          // likewise: recorded next requests that lie beyond the trace
    Bytes requested_bytes_ = 0;
    Bytes footprint_bytes_ = 0;
};

/// Puts requests together, giving numbers to ids.
class TraceBuilder {
public:
    static constexpr size_t kMostRequests = UINT32_MAX / 2;

    /// A guess, for memory.
    void expect(size_t requests);
    /// Hints for an id that is added about 24 calls, and about 8 calls later.
    void touch(ObjectKey id) const { index_.touch(id); }
    void approach(ObjectKey id) const {
        const uint32_t slot = index_.peek(id);
        if (slot != kNoSlot) __builtin_prefetch(&trace_.ids_[slot - 1]);
    }
    /// A time before the latest counts as the latest. False, and nothing added, where the trace is full or its bytes do
    /// not fit 64 bits. `next`: number of the object's next request in the recording, where that lies beyond the trace;
    /// 0 where it does not, or is not known.
    bool add(uint32_t time_s, ObjectKey id, Bytes size, uint64_t next = 0);
    Trace take() { return std::move(trace_); }

private:
    uint32_t number_of(ObjectKey id);

    Trace trace_;
    HashIndex index_ = HashIndex(KeySpace::hashed());  // an id's slot is its number plus one
    uint32_t latest_s_ = 0;
};

}  // namespace matinee::cdn::lab
