// Admission: which missed objects are worth room. Asked on a miss, before anything is evicted, about objects that could
// be held at all.
#pragma once

#include <cstdint>
#include <vector>

#include "system/base/random.hpp"
#include "system/base/units.hpp"
#include "system/cdn/cache/cache.hpp"
#include "system/cdn/cache/spec.hpp"

namespace matinee::cdn {

/// When each key was last seen, for at least `window`. Two generations: keys are noted in the young one; when that is
/// older than the window it becomes the old one, and the one before, whose notes have all expired, is dropped. A
/// generation also ends at `limit` keys, which bounds the memory (32 bytes a key and generation) and is the only way in
/// which a key can be forgotten within the window.
class RecentKeys {
public:
    static constexpr size_t kDefaultLimit = size_t(1) << 21;

    explicit RecentKeys(TimeNs window, size_t limit = kDefaultLimit) : window_(window), limit_(limit) {}

    /// Whether the key was noted at or after now - window; notes it now.
    bool note(ObjectKey key, TimeNs now);
    void clear();
    uint64_t memory_bytes() const;

private:
    static constexpr TimeNs kNoTime = INT64_MIN;
    struct Entry {
        ObjectKey key = 0;
        TimeNs at = kNoTime;
    };
    /// Open addressing, a power of two of entries, at most half full; nothing is erased.
    struct Generation {
        std::vector<Entry> table;
        size_t count = 0;
    };

    static size_t place(const std::vector<Entry>& table, ObjectKey key);
    static TimeNs last_seen(const Generation& generation, ObjectKey key);
    static void widen(Generation& generation);

    TimeNs window_;
    size_t limit_;
    TimeNs young_since_ = kNoTime;
    Generation young_;
    Generation old_;
};

/// Whether a key was seen before, in bits (Bloom, CACM 1970): 16 to 32 bits and 8 probes a key, so that one unknown key
/// in 850 at most passes for known. Two generations, each made for `objects` keys: a full one becomes the old one, and
/// the one before is dropped. So what is remembered are the latest `objects` keys at least and twice as many at most.
class SeenKeys {
public:
    explicit SeenKeys(uint64_t objects) : objects_(objects) {}

    /// Whether the key was noted before; notes it now.
    bool note(ObjectKey key);
    void clear();
    uint64_t memory_bytes() const { return (young_.capacity() + old_.capacity()) * sizeof(uint64_t); }

private:
    uint64_t objects_;
    uint64_t noted_ = 0;           // in the young generation
    std::vector<uint64_t> young_;  // a power of two of words; empty until a key is noted
    std::vector<uint64_t> old_;
};

/// One cache's admission rule:
/// - always;
/// - size: objects of at most admit_max_bytes;
/// - probability: one draw per question, admitted with admit_probability;
/// - second-hit: the key missed before, at or after now - admit_window. Hits are not noted, an object that is held need
///   not be remembered; nor are objects too large for the cache;
/// - bloom: the same without a window, by a filter made for admit_objects.
class AdmissionGate {
public:
    AdmissionGate(const CacheSpec& spec, const RandomStream& stream);

    bool admits(ObjectKey key, Bytes size, TimeNs now) {
        return rule_ == Admission::Always || admits_by_rule(key, size, now);
    }
    void clear() {
        recent_.clear();
        seen_.clear();
    }
    uint64_t memory_bytes() const { return recent_.memory_bytes() + seen_.memory_bytes(); }

private:
    bool admits_by_rule(ObjectKey key, Bytes size, TimeNs now);

    Admission rule_;
    double probability_;
    Bytes max_bytes_;
    RecentKeys recent_;
    SeenKeys seen_;
    RandomStream stream_;
};

}  // namespace matinee::cdn
