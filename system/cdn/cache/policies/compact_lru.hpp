// LRU for dense keys of known sizes, with the same answers as Lru: a ring of accesses. Each access to an object pushes
// an entry; its newest one is its place in the order of use, those before are stale. The state counts an object's
// entries, so that an entry is known for the last one when it comes up at the old end. Stale ones are swept out when
// they prevail. The runs of a prefill come before the ring: a bit of the state says whether an object's place there is
// still to come up.
#pragma once

#include "system/cdn/cache/compact_store.hpp"

namespace matinee::cdn {

namespace compact_lru {
// A state: whether the object is here, whether it is in a run, and in the rest how many entries the ring has of it.
inline constexpr uint16_t kPresent = 1u << 15;
inline constexpr uint16_t kInRun = 1u << 14;
inline constexpr uint16_t kEntries = kInRun - 1;
}  // namespace compact_lru

class CompactLru : public CompactStore<uint16_t, compact_lru::kPresent | compact_lru::kInRun> {
public:
    using CompactStore::CompactStore;

    [[gnu::always_inline]] uint32_t find(Id id) const {
        const uint16_t state = state_of(id);
        if ((state & kPresent) != 0) return id + 1;
        return state == 0 && is_undisturbed(id) ? id + 1 : kNoSlot;
    }
    bool is_held(uint32_t) const { return true; }
    void hit(uint32_t slot) { enter(slot - 1); }
    void miss(uint32_t) {}

    uint32_t insert(Id id, Bytes size) {
        while (!has_room(size)) evict();
        return prefill(id, size, kNoSlot);
    }
    uint32_t prefill(Id id, Bytes size, uint32_t) {
        count_in(size);
        uint16_t& state = own_state(id);
        state = uint16_t(state | kPresent);
        enter(id);
        return id + 1;
    }
    void erase(uint32_t slot) {
        count_out(size(slot));
        uint16_t& state = own_state(slot - 1);
        state = uint16_t(state & ~kPresent);
    }

    void prefetch_leaving(int step) { CompactStore::prefetch_leaving(ring_, step); }

    uint64_t memory_bytes() const { return store_bytes() + ring_.memory_bytes(); }

private:
    static constexpr uint16_t kPresent = compact_lru::kPresent;
    static constexpr uint16_t kInRun = compact_lru::kInRun;
    static constexpr uint16_t kEntries = compact_lru::kEntries;
    static constexpr uint64_t kEntriesAnObject = 3;  // before stale ones are swept out
    static constexpr uint64_t kSmallRing = 4096;

    void enter(Id id) {
        if (never_evicts()) return;
        uint16_t& state = own_state(id);
        if ((state & kEntries) == kEntries || ring_.size() > kSmallRing + kEntriesAnObject * objects()) sweep();
        ring_.push(id);
        ++state;
    }

    void evict() {
        for (;;) {
            const Id id = take_oldest();
            if (known_state(id) != kPresent) continue;
            count_out(size(id + 1));
            known_state(id) = 0;
            return;
        }
    }
    /// What the oldest entry is of; it has one entry fewer then.
    Id take_oldest() {
        if (!runs.empty()) {
            const Id id = runs.oldest();
            runs.pop();
            uint16_t& state = own_state(id);
            state = uint16_t(state & ~kInRun);
            return id;
        }
        const Id id = ring_.oldest();
        pop(ring_);
        --known_state(id);
        return id;
    }

    /// Leaves one entry for each object that is here, at its newest place.
    void sweep() {
        ring_.for_each([&](Id id) { known_state(id) = uint16_t(known_state(id) & ~kEntries); });
        ring_.filter([&](Id id) {
            uint16_t& state = known_state(id);
            if ((state & (kPresent | kEntries)) != kPresent) return false;
            ++state;
            return true;
        });
    }

    IdRing ring_;
};

}  // namespace matinee::cdn
