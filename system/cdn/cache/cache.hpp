// A byte-capacity cache of named objects: what to keep (eviction), what to let in (admission) and for how long (TTL).
// It holds metadata only, never the bytes. The same code decides in the simulator and in a live node.
//
// Exact rules of each policy: see policies/*.hpp. In general a hit is a find; on a miss an object that could never fit
// is bypassed, then admission is asked, then objects are evicted while used + size > capacity, then it is inserted.
// The size of a held object is the one it was inserted with; the size given with a hit is not looked at.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "system/base/random.hpp"
#include "system/base/units.hpp"
#include "system/cdn/cache/spec.hpp"

namespace matinee::cdn {

using ObjectKey = uint64_t;

enum class Lookup : uint8_t {
    Hit,
    Inserted,  ///< a miss; the object is present now (its bytes may still be on their way)
    Bypassed,  ///< a miss; not kept: too large, not admitted, or an S3-FIFO object exactly as large as the small queue
};

struct Request {
    ObjectKey key = 0;
    Bytes size = 0;
    TimeNs now = 0;
};

/// Objects with successive keys.
struct KeyRange {
    ObjectKey first = 0;
    uint64_t count = 0;
    Bytes bytes = 0;  ///< of all of them; must be right
};

/// What some requests came to.
struct Tally {
    uint64_t misses = 0;
    Bytes missed_bytes = 0;
};

/// Sizes that can be computed from a dense key.
class ObjectSizes {
public:
    virtual ~ObjectSizes() = default;
    virtual Bytes bytes_of(ObjectKey key) const = 0;
};

/// How keys look, which decides how they are found: any 64-bit numbers, or 0, 1, 2, ..., which are several times faster
/// because nothing is hashed. The results are the same.
class KeySpace {
public:
    /// Any 64-bit number is a key.
    static KeySpace hashed() { return KeySpace(0, nullptr); }
    /// Keys are below `objects`; best where keys that are near each other are asked for together. Memory is taken in
    /// blocks of keys when the first of them enters. More than 2^32 objects are legal but are found by hashing. With
    /// `sizes`, which must outlive the caches, every object has the size that they give, whenever it is asked for: some
    /// policies then need a fraction of the memory. A cache throws std::out_of_range at a key outside.
    static KeySpace dense(uint64_t objects, const ObjectSizes* sizes = nullptr) { return KeySpace(objects, sizes); }

    bool is_dense() const { return objects_ != 0; }
    uint64_t objects() const { return objects_; }
    const ObjectSizes* sizes() const { return sizes_; }

private:
    KeySpace(uint64_t objects, const ObjectSizes* sizes) : objects_(objects), sizes_(sizes) {}
    uint64_t objects_;
    const ObjectSizes* sizes_;
};

/// One server's cache. `now` must not go backwards from call to call.
class Cache {
public:
    virtual ~Cache() = default;
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;

    /// One request for an object, with everything that follows from it. An object inserted at or before now - ttl has
    /// expired: it is removed and the request is a miss like any other.
    virtual Lookup request(ObjectKey key, Bytes size, TimeNs now) = 0;
    /// request() for each in turn, with hints, for when they are known ahead.
    virtual Tally request_all(std::span<const Request> requests) = 0;
    /// Present and not expired. Changes nothing.
    virtual bool contains(ObjectKey key, TimeNs now) const = 0;
    /// Prefill: present from now on, as if just requested for the first time, but without asking admission and without
    /// evicting. False when there is no room or it is already there. Queues put it at their newest end, so prefill the
    /// most popular objects last. S3-FIFO puts it in the main queue.
    virtual bool insert(ObjectKey key, Bytes size, TimeNs now) = 0;
    /// insert() for each key in turn; sizes must be known (KeySpace). Policies with a compact form that are empty and
    /// untouched keep no more than the ranges' ends, if all fits.
    virtual void insert_all(std::span<const KeyRange> ranges, TimeNs now) = 0;
    /// Purge. False when it was not present. What a policy remembers of absent objects (ghosts) stays.
    virtual bool erase(ObjectKey key) = 0;
    /// A crash: objects, ghosts and the memory of admission are lost. The stream of random draws goes on.
    virtual void clear() = 0;

    virtual Bytes used_bytes() const = 0;
    virtual Bytes capacity_bytes() const = 0;
    virtual uint64_t objects() const = 0;
    /// Memory taken by the metadata now: the index, the slots used so far, ghosts, expiry times, memory of admission.
    virtual uint64_t metadata_bytes() const = 0;
    /// A hint that request(key) comes soon. Changes no result. A look-up follows a chain through memory; each of the
    /// steps 0, 1, ..., kPrefetchSteps - 1 asks for the next link, so they are best given some requests apart.
    virtual void prefetch(ObjectKey key, int step) = 0;
    static constexpr int kPrefetchSteps = 3;
    /// prefetch(key, 0) for each key, in one call.
    virtual void prefetch_all(std::span<const ObjectKey> keys) = 0;
    /// A hint that the next requests will push out about as many objects as those since it was last given, in steps 0
    /// and 1.
    virtual void prefetch_leaving(int step) = 0;
    /// How many of the steps of prefetch() do anything here.
    virtual int prefetch_steps() const = 0;

protected:
    Cache() = default;
};

/// `admission_stream` is drawn from by Admission::Probability only. Throws std::invalid_argument when the probability
/// is outside [0, 1], a duration is negative, or the policy is Belady, which make_belady_cache makes.
std::unique_ptr<Cache> make_cache(const CacheSpec& spec, Bytes capacity, const KeySpace& space,
                                  RandomStream admission_stream);

/// In a future: the object is not requested again.
inline constexpr uint32_t kNeverAgain = UINT32_MAX;

/// Belady's policy, whatever `spec` says of eviction. future[n] is the number of the request that is the next for the
/// object of request n, counted from 0, or kNeverAgain; it has to outlive the cache and cover all requests made.
std::unique_ptr<Cache> make_belady_cache(const CacheSpec& spec, Bytes capacity, const KeySpace& space,
                                         RandomStream admission_stream, std::span<const uint32_t> future);

/// Whether make_cache() gives a form that takes a few bytes an object, at most two for those that it does not hold.
bool has_compact_form(const CacheSpec& spec, const KeySpace& space);

/// Names as scenarios and command lines spell them, in the order of the enumerations.
std::span<const std::string> eviction_names();
std::span<const std::string> admission_names();
std::string name_of(Eviction eviction);
std::string name_of(Admission admission);
std::optional<Eviction> eviction_named(std::string_view name);
std::optional<Admission> admission_named(std::string_view name);

}  // namespace matinee::cdn
