// LRU for dense keys of known sizes, with the same answers as Lru: a ring of accesses. Each access to an object pushes
// an entry; its newest one is its place in the order of use, those before are stale. The state counts an object's
// entries, so that an entry is known for the last one when it comes up at the old end. Stale ones are swept out when
// they prevail.
#pragma once

#include "system/cdn/cache/compact_store.hpp"

namespace matinee::cdn {

class CompactLru : public CompactStore<uint16_t> {
public:
    using CompactStore::CompactStore;

    uint32_t find(Id id) const { return (states_[id] & kPresent) != 0 ? id + 1 : kNoSlot; }
    bool is_held(uint32_t) const { return true; }
    void hit(uint32_t slot) { enter(slot - 1); }
    void miss(uint32_t) {}

    uint32_t insert(Id id, Bytes size) {
        while (!has_room(size)) evict();
        return prefill(id, size, kNoSlot);
    }
    uint32_t prefill(Id id, Bytes size, uint32_t) {
        count_in(size);
        states_[id] = uint16_t(states_[id] | kPresent);
        enter(id);
        return id + 1;
    }
    void erase(uint32_t slot) {
        count_out(size(slot));
        states_[slot - 1] = uint16_t(states_[slot - 1] & ~kPresent);
    }

    uint64_t memory_bytes() const { return states_.size() * sizeof(states_[0]) + ring_.memory_bytes(); }

private:
    static constexpr uint32_t kPresent = 1u << 15;
    static constexpr uint32_t kEntries = kPresent - 1;  // of the ring, in the low bits
    static constexpr uint64_t kEntriesAnObject = 3;     // before stale ones are swept out
    static constexpr uint64_t kSmallRing = 4096;

    void enter(Id id) {
        if ((states_[id] & kEntries) == kEntries || ring_.size() > kSmallRing + kEntriesAnObject * objects()) sweep();
        ring_.push(id);
        ++states_[id];
    }

    void evict() {
        for (;;) {
            const Id id = ring_.oldest();
            pop(ring_);
            if (--states_[id] != kPresent) continue;
            count_out(size(id + 1));
            states_[id] = 0;
            return;
        }
    }

    /// Leaves one entry for each object that is here.
    void sweep() {
        ring_.for_each([&](Id id) { states_[id] = uint16_t(states_[id] & kPresent); });
        ring_.filter([&](Id id) {
            if (states_[id] != kPresent) return false;
            ++states_[id];
            return true;
        });
    }

    IdRing ring_;
};

}  // namespace matinee::cdn
