// SIEVE (Zhang et al., NSDI 2024): a queue that is never reordered. A hit sets the visited bit. A hand walks from the
// tail towards newer objects and round again, clears the bits it passes and evicts the first object without one; it
// then stands at the next newer object.
#pragma once

#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Index>
class Sieve : public QueueStore<Index> {
    using Base = QueueStore<Index>;
    using Base::kQueue;

public:
    using Base::Base;
    using typename Base::Id;

    void hit(uint32_t slot) { this->slots.set_flags(slot, kVisited); }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) evict();
        return this->add_newest(id, size);
    }

    void erase(uint32_t slot) {
        if (slot == hand_) hand_ = this->slots[slot].prev;
        Base::erase(slot);
    }

private:
    static constexpr uint32_t kVisited = 1;

    void evict() {
        uint32_t at = hand_ == kQueue ? this->oldest() : hand_;
        while (this->slots.flags(at) & kVisited) {
            this->slots.set_flags(at, 0);
            at = this->slots[at].prev;
            if (at == kQueue) at = this->oldest();
        }
        hand_ = this->slots[at].prev;
        Base::erase(at);
        this->expect_eviction(hand_);
    }

    uint32_t hand_ = kQueue;  // the queue's own slot: start at the tail, whichever object that is by then
};

}  // namespace matinee::cdn
