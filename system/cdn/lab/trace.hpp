// A recorded trace of requests as the cache laboratory holds it: read once, used for every policy and capacity. Twelve
// bytes a request and sixteen an object.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "system/base/units.hpp"
#include "system/cdn/cache/cache.hpp"
#include "system/cdn/lab/id_table.hpp"
#include "system/memory/blocks.hpp"

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

    /// The size of an object at its first request.
    Bytes first_size_of(uint32_t object) const { return first_sizes_[object]; }
    /// No object changes its size.
    bool has_stable_sizes() const { return stable_sizes_; }

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

    /// Huge pages: policies look up objects at random, and fresh memory costs a fraction.
    template <class T>
    using Array = std::vector<T, BlockAllocator<T>>;
    Array<uint32_t> objects_;  // by request, as are sizes_ and times_s_
    Array<uint32_t> sizes_;
    Array<uint32_t> times_s_;
    Array<ObjectKey> ids_;  // by object, as is first_sizes_
    Array<Bytes> first_sizes_;
    std::vector<LargeSize> large_sizes_;  // by request, ascending
    std::vector<Beyond> beyond_;          // likewise: recorded next requests that lie beyond the trace
    bool stable_sizes_ = true;
    Bytes requested_bytes_ = 0;
    Bytes footprint_bytes_ = 0;
};

/// Puts requests together, giving numbers to ids.
class TraceBuilder {
public:
    static constexpr size_t kMostRequests = UINT32_MAX / 2;

    /// A guess, for memory.
    void expect(size_t requests);
    /// A hint for an id that is added some twenty to forty calls later.
    [[gnu::always_inline]] void touch(ObjectKey id) const { table_.touch(id); }
    /// A time before the latest counts as the latest. False, and nothing added, where the trace is full or its bytes do
    /// not fit 64 bits. `next`: number of the object's next request in the recording, where that lies beyond the trace;
    /// 0 where it does not, or is not known.
    bool add(uint32_t time_s, ObjectKey id, Bytes size, uint64_t next = 0);
    Trace take() { return std::move(trace_); }

private:
    uint32_t object_of(ObjectKey id, Bytes size);
    uint32_t new_object(IdTable::Entry& entry, ObjectKey id, Bytes size);

    Trace trace_;
    IdTable table_;  // an id's number is its object's plus one; notes are first sizes, as sizes_ has them
    uint32_t latest_s_ = 0;
};

inline uint32_t TraceBuilder::object_of(ObjectKey id, Bytes size) {
    IdTable::Entry& entry = table_.entry_of(id);
    if (entry.number == 0) return new_object(entry, id, size);
    const uint32_t object = entry.number - 1;
    if (size < Trace::kLargeSize)
        trace_.stable_sizes_ &= entry.note == size;
    else
        trace_.stable_sizes_ &= trace_.first_sizes_[object] == size;
    return object;
}

inline bool TraceBuilder::add(uint32_t time_s, ObjectKey id, Bytes size, uint64_t next) {
    const size_t request = trace_.requests();
    if (request >= kMostRequests || size > UINT64_MAX - trace_.requested_bytes_) return false;
    latest_s_ = std::max(latest_s_, time_s);
    trace_.objects_.push_back(object_of(id, size));
    trace_.sizes_.push_back(uint32_t(std::min<Bytes>(size, Trace::kLargeSize)));
    trace_.times_s_.push_back(latest_s_);
    trace_.requested_bytes_ += size;
    if (size >= Trace::kLargeSize) trace_.large_sizes_.push_back({uint32_t(request), size});
    if (next != 0) trace_.beyond_.push_back({uint32_t(request), next});
    return true;
}

}  // namespace matinee::cdn::lab
