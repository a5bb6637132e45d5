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

#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Index>
class S3Fifo : public Store<Index, LinkedSlot<typename Index::Id>> {
    using Base = Store<Index, LinkedSlot<typename Index::Id>>;

public:
    using typename Base::Id;

    S3Fifo(Bytes capacity, const KeySpace& space)
        : Base(capacity, space, 3),
          small_share_(capacity / 10),
          main_share_(capacity - capacity / 10),
          ghost_share_(capacity - capacity / 10 - (capacity % 10 != 0)) {
        for (const uint32_t list : {kSmall, kMain, kGhost}) this->slots.make_list(list);
    }

    bool is_held(uint32_t slot) const { return place_of(slot) != kGhost; }

    // Frequencies stop at 3: what happens to larger ones is the same, in either queue.
    void hit(uint32_t slot) {
        const uint32_t flags = this->slots.flags(slot);
        if (flags < kFrequencyMask << kPlaceBits) this->slots.set_flags(slot, flags + kOneHit);
    }

    void miss(uint32_t ghost) {
        was_ghost_ = ghost != kNoSlot;
        if (was_ghost_) drop_ghost(ghost);
    }

    bool takes(Bytes size) const { return size <= small_share_; }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) evict();
        if (was_ghost_) return add_to(kMain, id, size);
        if (size == small_share_) return kNoSlot;
        return add_to(kSmall, id, size);
    }

    uint32_t prefill(Id id, Bytes size, uint32_t ghost) {
        if (ghost != kNoSlot) drop_ghost(ghost);
        return add_to(kMain, id, size);
    }

    void erase(uint32_t slot) {
        if (place_of(slot) == kSmall) small_bytes_ -= this->slots.size(slot);
        this->slots.unlink(slot);
        this->remove(slot);
    }

private:
    // Flags: the queue (also the number of its sentinel slot) in the low two bits, the frequency in the high two.
    static constexpr uint32_t kSmall = 1;
    static constexpr uint32_t kMain = 2;
    static constexpr uint32_t kGhost = 3;
    static constexpr uint32_t kPlaceBits = 2;
    static constexpr uint32_t kPlaceMask = 3;
    static constexpr uint32_t kFrequencyMask = 3;
    static constexpr uint32_t kOneHit = 1u << kPlaceBits;
    static constexpr uint32_t kHitsToStay = 2;

    uint32_t place_of(uint32_t slot) const { return this->slots.flags(slot) & kPlaceMask; }
    uint32_t frequency_of(uint32_t slot) const { return this->slots.flags(slot) >> kPlaceBits; }
    Bytes main_bytes() const { return this->used() - small_bytes_; }

    uint32_t add_to(uint32_t queue, Id id, Bytes size) {
        const uint32_t slot = this->add(id, size);
        this->slots.set_flags(slot, queue);
        this->slots.push_head(queue, slot);
        if (queue == kSmall) small_bytes_ += size;
        return slot;
    }
    void move_to(uint32_t queue, uint32_t slot, uint32_t frequency) {
        this->slots.unlink(slot);
        this->slots.set_flags(slot, frequency << kPlaceBits | queue);
        this->slots.push_head(queue, slot);
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
            const uint32_t slot = this->slots.tail(kSmall);
            const Bytes size = this->slots.size(slot);
            small_bytes_ -= size;
            if (frequency_of(slot) < kHitsToStay) {
                this->count_out(size);
                to_ghost(slot, size);
                return;
            }
            move_to(kMain, slot, 0);
        }
    }

    void evict_main() {
        while (main_bytes() > 0) {
            const uint32_t slot = this->slots.tail(kMain);
            const uint32_t frequency = frequency_of(slot);
            if (frequency == 0) {
                erase(slot);
                return;
            }
            move_to(kMain, slot, frequency - 1);
        }
    }

    void to_ghost(uint32_t slot, Bytes size) {
        if (ghost_share_ == 0 || size > ghost_share_) {
            this->slots.unlink(slot);
            this->forget(slot);
            return;
        }
        while (size > ghost_share_ - ghost_bytes_) {
            drop_ghost(this->slots.tail(kGhost));
            this->expect_eviction(this->slots.tail(kGhost));
        }
        move_to(kGhost, slot, 0);
        ghost_bytes_ += size;
    }
    void drop_ghost(uint32_t slot) {
        ghost_bytes_ -= this->slots.size(slot);
        this->slots.unlink(slot);
        this->forget(slot);
    }

    Bytes small_share_;
    Bytes main_share_;
    Bytes ghost_share_;
    Bytes small_bytes_ = 0;
    Bytes ghost_bytes_ = 0;
    bool was_ghost_ = false;  // the object being missed had a ghost
};

}  // namespace matinee::cdn
