// The queues of S3-FIFO as linked slots: for any keys and any sizes.
#pragma once

#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

/// Also the number of a linked queue's sentinel slot.
enum class Queue : uint32_t { Small = 1, Main = 2, Ghost = 3 };

/// What a shelf offers to S3FifoOn, besides what a policy needs (see Store):
///   queue_of(slot), frequency_of(slot), set_frequency(slot, 0..3), size(slot)
///   add(queue, id, size)        a new object, the newest of its queue; not counted
///   oldest(queue)               a slot, or kNoSlot
///   move_oldest(from, to, frequency)
///   drop(slot)                  out of its queue and forgotten; not counted
template <class Index>
class LinkedShelf : public Store<Index, LinkedSlot<typename Index::Id>> {
    using Base = Store<Index, LinkedSlot<typename Index::Id>>;

public:
    using typename Base::Id;

    LinkedShelf(Bytes capacity, const KeySpace& space) : Base(capacity, space, 3) {
        for (const Queue queue : {Queue::Small, Queue::Main, Queue::Ghost}) this->slots.make_list(uint32_t(queue));
    }

protected:
    Queue queue_of(uint32_t slot) const { return Queue(this->slots.flags(slot) & kQueueMask); }
    uint32_t frequency_of(uint32_t slot) const { return this->slots.flags(slot) >> kQueueBits; }
    void set_frequency(uint32_t slot, uint32_t frequency) {
        this->slots.set_flags(slot, frequency << kQueueBits | (this->slots.flags(slot) & kQueueMask));
    }
    Bytes size(uint32_t slot) const { return this->slots.size(slot); }

    uint32_t add(Queue queue, Id id, Bytes size) {
        const uint32_t slot = this->enter(id, size);
        put(slot, queue, 0);
        return slot;
    }
    uint32_t oldest(Queue queue) const {
        return this->slots.empty(uint32_t(queue)) ? kNoSlot : this->slots.tail(uint32_t(queue));
    }
    void move_oldest(Queue from, Queue to, uint32_t frequency) {
        const uint32_t slot = this->slots.tail(uint32_t(from));
        this->slots.unlink(slot);
        put(slot, to, frequency);
    }
    void drop(uint32_t slot) {
        const Queue queue = queue_of(slot);
        this->slots.unlink(slot);
        this->forget(slot);
        if (queue == Queue::Ghost) this->expect_eviction(this->slots.tail(uint32_t(queue)));
    }

private:
    // Flags of a slot: the queue in the low two bits, the frequency in the high two.
    static constexpr uint32_t kQueueBits = 2;
    static constexpr uint32_t kQueueMask = 3;

    void put(uint32_t slot, Queue queue, uint32_t frequency) {
        this->slots.set_flags(slot, frequency << kQueueBits | uint32_t(queue));
        this->slots.push_head(uint32_t(queue), slot);
    }
};

}  // namespace matinee::cdn
