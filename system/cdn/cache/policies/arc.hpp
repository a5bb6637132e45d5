// ARC (Megiddo, Modha, FAST 2003) in bytes, as libCacheSim does it: T1 holds objects seen once, T2 objects seen again,
// B1 and B2 the ghosts of each; p is the bytes that T1 may keep.
#pragma once

#include <algorithm>

#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Index>
class Arc : public Store<Index, LinkedSlot<typename Index::Id>> {
    using Base = Store<Index, LinkedSlot<typename Index::Id>>;

public:
    using typename Base::Id;

    Arc(Bytes capacity, const KeySpace& space) : Base(capacity, space, 4) {
        for (const uint32_t list : {kT1, kT2, kB1, kB2}) this->slots.make_list(list);
    }

    bool is_held(uint32_t slot) const { return this->slots.flags(slot) < kB1 - 1; }

    void hit(uint32_t slot) { move_to(kT2, slot); }

    void miss(uint32_t ghost) {
        ghost_of_ = ghost == kNoSlot ? 0 : place_of(ghost);
        if (ghost == kNoSlot) return;
        const double b1 = double(bytes_[kB1]);
        const double b2 = double(bytes_[kB2]);
        if (ghost_of_ == kB1) {
            target_ = std::min(target_ + step(b2, b1), double(this->capacity()));
        } else {
            target_ = std::max(target_ - step(b1, b2), 0.0);
        }
        drop(ghost);
    }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) {
            if (ghost_of_ == 0)
                make_room_for_new(size);
            else
                replace();
        }
        return add_to(ghost_of_ != 0 ? kT2 : kT1, id, size);
    }

    /// Enters T1. B1 gives way so that T1 and B1 together stay within the capacity, as they do by themselves otherwise.
    uint32_t prefill(Id id, Bytes size, uint32_t ghost) {
        if (ghost != kNoSlot) drop(ghost);
        const uint32_t slot = add_to(kT1, id, size);
        while (bytes_[kB1] > 0 && bytes_[kT1] + bytes_[kB1] > this->capacity()) drop(this->slots.tail(kB1));
        return slot;
    }

    void erase(uint32_t slot) {
        this->count_out(this->slots.size(slot));
        drop(slot);
    }

private:
    // The lists by the numbers of their sentinel slots; the flags of a slot are its list less one.
    static constexpr uint32_t kT1 = 1;
    static constexpr uint32_t kT2 = 2;
    static constexpr uint32_t kB1 = 3;
    static constexpr uint32_t kB2 = 4;

    uint32_t place_of(uint32_t slot) const { return this->slots.flags(slot) + 1; }

    /// max(other / own, 1). Ghosts of empty objects alone can make `own` zero: then the quotient counts as infinite,
    /// or as one if the other is zero as well.
    double step(double other, double own) const {
        if (own == 0) return other == 0 ? 1 : double(this->capacity());
        return std::max(other / own, 1.0);
    }

    uint32_t add_to(uint32_t list, Id id, Bytes size) {
        const uint32_t slot = this->add(id, size);
        this->slots.set_flags(slot, list - 1);
        this->slots.push_head(list, slot);
        bytes_[list] += size;
        return slot;
    }
    void move_to(uint32_t list, uint32_t slot) {
        const Bytes size = this->slots.size(slot);
        bytes_[place_of(slot)] -= size;
        bytes_[list] += size;
        this->slots.set_flags(slot, list - 1);
        this->slots.unlink(slot);
        this->slots.push_head(list, slot);
    }
    /// Forgets a ghost, or an object that is no longer counted.
    void drop(uint32_t slot) {
        bytes_[place_of(slot)] -= this->slots.size(slot);
        this->slots.unlink(slot);
        this->forget(slot);
    }

    /// Case IV of the paper: one eviction for an object that no list knows.
    void make_room_for_new(Bytes size) {
        if (bytes_[kT1] + bytes_[kB1] + size > this->capacity()) {
            if (bytes_[kB1] == 0) {
                erase(this->slots.tail(kT1));
                return;
            }
            drop(this->slots.tail(kB1));
        } else if (bytes_[kB2] > 0 && this->used() + bytes_[kB1] + bytes_[kB2] >= this->capacity() * 2) {
            drop(this->slots.tail(kB2));
        }
        replace();
    }

    /// REPLACE of the paper: turns an object into a ghost.
    void replace() {
        const double t1 = double(bytes_[kT1]);
        const bool beyond = t1 > target_ || (t1 == target_ && ghost_of_ == kB2);
        const uint32_t from = (bytes_[kT1] > 0 && beyond) || bytes_[kT2] == 0 ? kT1 : kT2;
        const uint32_t slot = this->slots.tail(from);
        this->count_out(this->slots.size(slot));
        move_to(from == kT1 ? kB1 : kB2, slot);
    }

    Bytes bytes_[5] = {};
    double target_ = 0;      // p
    uint32_t ghost_of_ = 0;  // the list that knew the object being missed, 0: none
};

}  // namespace matinee::cdn
