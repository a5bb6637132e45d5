// What every policy stands on: the index, the slots, and the count of what is held.
#pragma once

#include <cstdint>

#include "system/cdn/cache/index.hpp"
#include "system/cdn/cache/slots.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::cdn {

/// A policy is a class template over the index with this interface, called by PolicyCache:
///   find(id)          its slot: a held object or a ghost, or kNoSlot
///   is_held(slot)     not a ghost
///   hit(slot)         a held object was requested
///   miss(ghost)       an object that is not held was requested; `ghost` is its ghost's slot or kNoSlot
///   takes(size)       whether an object of this size can ever be admitted
///   insert(id, size)  after miss() and takes(): makes room and inserts; its slot, or kNoSlot if it stays out
///   prefill(id, size, ghost)  inserts; there is room
///   erase(slot)       forgets a held object and leaves no ghost
///   memory_bytes()    index, slots, and what the policy has besides
///   slot_limit()      slots ever used, for arrays by slot
///   touch(id)         prefetches what find(id) reads first
///   approach(id)      prefetches what a request reads next, once that has come
///   surround(id)      and what it writes to after that
template <class Index, class SlotType>
class Store {
public:
    using Id = typename Index::Id;
    using Slot = SlotType;

    Store(Bytes capacity, const KeySpace& space, uint32_t lists) : index(space), slots(lists), capacity_(capacity) {}

    uint32_t find(Id id) const { return index.find(id, slots); }
    bool is_held(uint32_t) const { return true; }
    void miss(uint32_t) {}
    bool takes(Bytes size) const { return size <= capacity_; }
    uint64_t memory_bytes() const { return index.memory_bytes() + slots.memory_bytes(); }
    uint32_t slot_limit() const { return slots.limit(); }

    [[gnu::always_inline]] Id id_of(ObjectKey key) const { return index.id_of(key); }
    [[gnu::always_inline]] void touch(Id id) const { index.touch(id); }
    [[gnu::always_inline]] void approach(Id id) const { matinee::prefetch(&slots[index.peek(id)]); }
    void surround(Id) const {}

    Bytes capacity() const { return capacity_; }
    Bytes used() const { return used_; }
    uint64_t objects() const { return objects_; }
    bool has_room(Bytes size) const { return size <= capacity_ - used_; }

    Index index;
    SlotPool<SlotType> slots;

protected:
    /// A slot for a new object, known to the index and counted; the caller links it.
    uint32_t add(Id id, Bytes size) {
        count_in(size);
        return enter(id, size);
    }
    /// The same, not counted.
    uint32_t enter(Id id, Bytes size) {
        const uint32_t slot = slots.take();
        slots[slot].id = id;
        slots.set_size(slot, size);
        index.insert(id, slot);
        return slot;
    }
    /// The opposite, for an object that the caller has unlinked.
    void remove(uint32_t slot) {
        count_out(slots.size(slot));
        forget(slot);
    }
    /// The same, not counted: of a ghost, for example.
    void forget(uint32_t slot) {
        index.erase(slots[slot].id, slot);
        slots.give_back(slot);
    }
    void count_in(Bytes size) {
        used_ += size;
        ++objects_;
    }
    void count_out(Bytes size) {
        used_ -= size;
        --objects_;
    }
    /// The next victim's index line will be wanted at the next eviction; its slot was just written to.
    [[gnu::always_inline]] void expect_eviction(uint32_t slot) const { index.touch(slots[slot].id); }

private:
    Bytes capacity_;
    Bytes used_ = 0;
    uint64_t objects_ = 0;
};

/// A policy of one queue with the newest object at its head: LRU, FIFO, CLOCK, SIEVE.
template <class Index>
class QueueStore : public Store<Index, LinkedSlot<typename Index::Id>> {
    using Base = Store<Index, LinkedSlot<typename Index::Id>>;

public:
    using typename Base::Id;

    QueueStore(Bytes capacity, const KeySpace& space) : Base(capacity, space, 1) { this->slots.make_list(kQueue); }

    void erase(uint32_t slot) {
        this->slots.unlink(slot);
        this->remove(slot);
    }
    uint32_t prefill(Id id, Bytes size, uint32_t) { return add_newest(id, size); }
    /// The slot's neighbours in the queue.
    [[gnu::always_inline]] void surround(Id id) const {
        const auto& slot = this->slots[this->index.peek(id)];
        matinee::prefetch(&this->slots[slot.prev]);
        matinee::prefetch(&this->slots[slot.next]);
    }

protected:
    static constexpr uint32_t kQueue = 1;

    uint32_t oldest() const { return this->slots.tail(kQueue); }
    uint32_t add_newest(Id id, Bytes size) {
        const uint32_t slot = this->add(id, size);
        this->slots.push_head(kQueue, slot);
        return slot;
    }
    void make_newest(uint32_t slot) {
        this->slots.unlink(slot);
        this->slots.push_head(kQueue, slot);
    }
    /// Evicts the oldest object.
    void drop_oldest() {
        erase(oldest());
        this->expect_eviction(oldest());
    }
};

}  // namespace matinee::cdn
