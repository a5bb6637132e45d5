// 2Q (Johnson, Shasha, VLDB 1994), full version, in bytes as libCacheSim does it: A1in, a FIFO with a quarter of the
// capacity, holds what was seen once; A1out, ghosts of half the capacity, remembers what A1in evicted; Am, LRU with the
// rest, holds what came back.
// - A hit in A1in changes nothing. A miss that A1out knows enters Am, any other A1in. Any miss uses up the ghost.
// - To evict, A1in's tail becomes a ghost while A1in exceeds its share; else Am's tail leaves. A1in may exceed its
// share
//   until the cache is full; Am never does.
// - An object larger than A1in's share is not taken.
#pragma once

#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Index>
class TwoQ : public Store<Index, LinkedSlot<typename Index::Id>> {
    using Base = Store<Index, LinkedSlot<typename Index::Id>>;

public:
    using typename Base::Id;

    TwoQ(Bytes capacity, const KeySpace& space)
        : Base(capacity, space, 3),
          in_share_(capacity / 4),
          main_share_(capacity - capacity / 4),
          out_share_(capacity / 2) {
        for (const uint32_t list : {kIn, kMain, kOut}) this->slots.make_list(list);
    }

    bool is_held(uint32_t slot) const { return list_of(slot) != kOut; }
    bool takes(Bytes size) const { return size <= in_share_; }

    void hit(uint32_t slot) {
        if (list_of(slot) == kIn) return;
        this->slots.unlink(slot);
        this->slots.push_head(kMain, slot);
    }

    void miss(uint32_t ghost) {
        was_ghost_ = ghost != kNoSlot;
        if (was_ghost_) drop_ghost(ghost);
    }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) evict();
        if (!was_ghost_) return add_to(kIn, id, size);
        while (main_bytes() + size > main_share_) erase(this->slots.tail(kMain));
        return add_to(kMain, id, size);
    }

    /// Stands in Am while that has room, as if it had come back.
    uint32_t prefill(Id id, Bytes size, uint32_t ghost) {
        if (ghost != kNoSlot) drop_ghost(ghost);
        return add_to(main_bytes() + size <= main_share_ ? kMain : kIn, id, size);
    }

    void erase(uint32_t slot) {
        if (list_of(slot) == kIn) in_bytes_ -= this->slots.size(slot);
        this->slots.unlink(slot);
        this->remove(slot);
    }

private:
    // The lists by the numbers of their sentinel slots, kept in the flags of a slot.
    static constexpr uint32_t kIn = 1;
    static constexpr uint32_t kMain = 2;
    static constexpr uint32_t kOut = 3;

    uint32_t list_of(uint32_t slot) const { return this->slots.flags(slot); }
    Bytes main_bytes() const { return this->used() - in_bytes_; }

    uint32_t add_to(uint32_t list, Id id, Bytes size) {
        const uint32_t slot = this->add(id, size);
        this->slots.set_flags(slot, list);
        this->slots.push_head(list, slot);
        if (list == kIn) in_bytes_ += size;
        return slot;
    }

    void evict() {
        if (in_bytes_ > in_share_ || main_bytes() == 0) {
            const uint32_t slot = this->slots.tail(kIn);
            const Bytes size = this->slots.size(slot);
            in_bytes_ -= size;
            this->count_out(size);
            to_ghost(slot, size);
        } else {
            erase(this->slots.tail(kMain));
        }
    }

    void to_ghost(uint32_t slot, Bytes size) {
        this->slots.unlink(slot);
        if (size > out_share_) {
            this->forget(slot);
            return;
        }
        while (size > out_share_ - out_bytes_) drop_ghost(this->slots.tail(kOut));
        this->slots.set_flags(slot, kOut);
        this->slots.push_head(kOut, slot);
        out_bytes_ += size;
    }
    void drop_ghost(uint32_t slot) {
        out_bytes_ -= this->slots.size(slot);
        this->slots.unlink(slot);
        this->forget(slot);
    }

    Bytes in_share_;
    Bytes main_share_;
    Bytes out_share_;
    Bytes in_bytes_ = 0;
    Bytes out_bytes_ = 0;
    bool was_ghost_ = false;  // the object being missed had a ghost
};

}  // namespace matinee::cdn
