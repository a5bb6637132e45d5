// The queues of S3-FIFO for dense keys of known sizes: a byte of state an object.
//
// Rings only give up their oldest entry. What leaves a queue otherwise leaves its entry behind: of an erased object,
// which is rare and usually young, it is found and blanked; of a ghost that was used up, which is not rare, the state
// counts how many entries are stale. Since a ghost's entries lie in the order in which they came, the stale ones are
// its oldest.
#pragma once

#include "system/cdn/cache/compact_store.hpp"
#include "system/cdn/cache/linked_shelf.hpp"

namespace matinee::cdn {

class CompactShelf : public CompactStore<uint8_t, uint8_t(Queue::Main)> {
public:
    using CompactStore::CompactStore;

    [[gnu::always_inline]] uint32_t find(Id id) const {
        const uint8_t state = state_of(id);
        if ((state & kQueueMask) != 0) return id + 1;
        return state == 0 && is_undisturbed(id) ? id + 1 : kNoSlot;
    }

    void prefetch_leaving(int step) {
        for (IdRing& ring : rings_) CompactStore::prefetch_leaving(ring, step);
    }

    uint64_t memory_bytes() const {
        uint64_t bytes = store_bytes();
        for (const IdRing& ring : rings_) bytes += ring.memory_bytes();
        return bytes;
    }

protected:
    // Of what was found; undisturbed it is in the main queue.
    Queue queue_of(uint32_t slot) const {
        const uint32_t queue = state_of(slot - 1) & kQueueMask;
        return queue != 0 ? Queue(queue) : Queue::Main;
    }
    uint32_t frequency_of(uint32_t slot) const { return state_of(slot - 1) >> kFrequencyShift & kFrequencyMask; }
    void set_frequency(uint32_t slot, uint32_t frequency) {
        if (never_evicts()) return;
        uint8_t& state = own_state(slot - 1);
        state = uint8_t((state & ~(kFrequencyMask << kFrequencyShift)) | frequency << kFrequencyShift);
    }

    uint32_t add(Queue queue, Id id, Bytes) {
        put(id, queue, 0);
        return id + 1;
    }
    uint32_t oldest(Queue queue) {
        if (queue == Queue::Main && !runs.empty()) return runs.oldest() + 1;
        IdRing& ring = ring_of(queue);
        for (; !ring.empty(); ring.pop()) {
            const Id id = ring.oldest();
            if (id == kBlank) continue;
            if (queue != Queue::Ghost || stale_of(id) == 0) return id + 1;
            uint8_t& state = known_state(id);
            state = uint8_t(state - kOneStale);
        }
        return kNoSlot;
    }
    void move_oldest(Queue from, Queue to, uint32_t frequency) {
        const Id id = oldest(from) - 1;
        pop_oldest(from);
        put(id, to, frequency);
    }
    void drop(uint32_t slot) {
        const Id id = slot - 1;
        const Queue queue = queue_of(slot);
        uint8_t& state = own_state(id);
        if (never_evicts()) {
            // It is in no queue.
        } else if (oldest(queue) == slot) {
            pop_oldest(queue);
        } else if (queue != Queue::Ghost) {
            if (queue != Queue::Main || !runs.remove(id)) ring_of(queue).blank_newest(id, kBlank);
        } else if (stale_of(id) < kStaleMost) {
            state = uint8_t(state + kOneStale);
        } else {
            ring_of(queue).blank_oldest(id, kBlank);
        }
        state = uint8_t(state & ~kPresentMask);
    }

private:
    // A state: the queue (0: in none) in the low two bits, the frequency in the next two, stale ghost entries in the
    // rest.
    static constexpr uint32_t kQueueMask = 3;
    static constexpr uint32_t kFrequencyShift = 2;
    static constexpr uint32_t kFrequencyMask = 3;
    static constexpr uint32_t kPresentMask = 15;
    static constexpr uint32_t kStaleShift = 4;
    static constexpr uint32_t kOneStale = 1u << kStaleShift;
    static constexpr uint32_t kStaleMost = 15;
    static constexpr Id kBlank = UINT32_MAX;

    IdRing& ring_of(Queue queue) { return rings_[uint32_t(queue) - 1]; }
    uint32_t stale_of(Id id) const { return state_of(id) >> kStaleShift; }

    void pop_oldest(Queue queue) {
        if (queue == Queue::Main && !runs.empty()) return runs.pop();
        pop(ring_of(queue));
    }
    void put(Id id, Queue queue, uint32_t frequency) {
        uint8_t& state = own_state(id);
        state = uint8_t((state & ~kPresentMask) | frequency << kFrequencyShift | uint32_t(queue));
        if (!never_evicts()) ring_of(queue).push(id);
    }

    IdRing rings_[3];
};

}  // namespace matinee::cdn
