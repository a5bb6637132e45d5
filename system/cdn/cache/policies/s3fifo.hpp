// S3-FIFO (Yang et al., SOSP 2023) with the constants and corner cases of libCacheSim:
// - a small queue of a tenth of the capacity, a main queue of the rest, a ghost queue of nine tenths (in bytes).
// - A miss enters the small queue, or the main queue if its ghost is known. Any miss uses up the ghost.
// - Eviction from small: two or more hits since insertion move the tail to main's head with frequency 0; the first
//   object with fewer is evicted and leaves a ghost. Eviction from main: the tail with frequency f > 0 goes back to the
//   head with min(f, 3) - 1; the first object without hits is evicted and leaves no ghost.
// - Main is the one to evict from when it exceeds its share or small holds no bytes. Small may exceed its share.
// - An object larger than small's share is not taken. One of exactly that size makes room like any other, and is then
//   not inserted unless its ghost was known.
#pragma once

#include <algorithm>

#include "system/cdn/cache/compact_shelf.hpp"
#include "system/cdn/cache/linked_shelf.hpp"

namespace matinee::cdn {

/// `Shelf` keeps objects and ghosts in the three queues: LinkedShelf over an index, or CompactShelf.
template <class Shelf>
class S3FifoOn : public Shelf {
public:
    using typename Shelf::Id;

    S3FifoOn(Bytes capacity, const KeySpace& space)
        : Shelf(capacity, space),
          small_share_(capacity / 10),
          main_share_(capacity - capacity / 10),
          ghost_share_(capacity - capacity / 10 - (capacity % 10 != 0)) {}

    bool is_held(uint32_t slot) const { return this->queue_of(slot) != Queue::Ghost; }

    // Frequencies stop at 3: what happens to larger ones is the same, in either queue.
    void hit(uint32_t slot) {
        const uint32_t frequency = this->frequency_of(slot);
        if (frequency < 3) this->set_frequency(slot, frequency + 1);
    }

    void miss(uint32_t ghost) {
        was_ghost_ = ghost != kNoSlot;
        if (was_ghost_) drop_ghost(ghost);
    }

    bool takes(Bytes size) const { return size <= small_share_; }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) evict();
        if (was_ghost_) return add_to(Queue::Main, id, size);
        if (size == small_share_) return kNoSlot;
        return add_to(Queue::Small, id, size);
    }

    uint32_t prefill(Id id, Bytes size, uint32_t ghost) {
        if (ghost != kNoSlot) drop_ghost(ghost);
        return add_to(Queue::Main, id, size);
    }

    void erase(uint32_t slot) {
        const Bytes size = this->size(slot);
        if (this->queue_of(slot) == Queue::Small) small_bytes_ -= size;
        this->count_out(size);
        this->drop(slot);
    }

private:
    static constexpr uint32_t kHitsToStay = 2;

    Bytes main_bytes() const { return this->used() - small_bytes_; }

    uint32_t add_to(Queue queue, Id id, Bytes size) {
        if (queue == Queue::Small) small_bytes_ += size;
        this->count_in(size);
        return this->add(queue, id, size);
    }

    void evict() {
        if (main_bytes() > main_share_ || small_bytes_ == 0) {
            evict_main();
        } else {
            evict_small();
        }
    }

    void evict_small() {
        while (small_bytes_ > 0) {
            const uint32_t slot = this->oldest(Queue::Small);
            const Bytes size = this->size(slot);
            small_bytes_ -= size;
            if (this->frequency_of(slot) < kHitsToStay) {
                this->count_out(size);
                to_ghost(slot, size);
                return;
            }
            this->move_oldest(Queue::Small, Queue::Main, 0);
        }
    }

    void evict_main() {
        while (main_bytes() > 0) {
            const uint32_t slot = this->oldest(Queue::Main);
            const uint32_t frequency = this->frequency_of(slot);
            if (frequency == 0) {
                erase(slot);
                return;
            }
            this->move_oldest(Queue::Main, Queue::Main, frequency - 1);
        }
    }

    /// Of small's oldest object.
    void to_ghost(uint32_t slot, Bytes size) {
        if (ghost_share_ == 0 || size > ghost_share_) return this->drop(slot);
        while (size > ghost_share_ - ghost_bytes_) drop_ghost(this->oldest(Queue::Ghost));
        this->move_oldest(Queue::Small, Queue::Ghost, 0);
        ghost_bytes_ += size;
    }
    void drop_ghost(uint32_t slot) {
        ghost_bytes_ -= this->size(slot);
        this->drop(slot);
    }

    Bytes small_share_;
    Bytes main_share_;
    Bytes ghost_share_;
    Bytes small_bytes_ = 0;
    Bytes ghost_bytes_ = 0;
    bool was_ghost_ = false;  // the object being missed had a ghost
};

template <class Index>
using S3Fifo = S3FifoOn<LinkedShelf<Index>>;

}  // namespace matinee::cdn
