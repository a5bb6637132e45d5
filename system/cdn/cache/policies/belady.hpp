// Belady's MIN (Belady, IBM Systems Journal 1966), the yardstick: evicts the object whose next request is farthest
// away. It knows the future, so it belongs to the laboratory: the n-th request since the beginning, hit or miss, is
// that of future[n]. Always admits, hence never beaten at equal sizes by a policy that does. Among objects that are
// equally far (never requested again), the one accessed longest ago leaves first.
#pragma once

#include <span>

#include "system/cdn/cache/heap.hpp"
#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Id>
struct ForeseenSlot {
    Id id;
    uint32_t size_and_flags;
    uint32_t free;
    uint64_t accessed;  ///< number of the latest access
    uint32_t& free_link() { return free; }
};

// Each access pushes a new entry on the heap and leaves the old one there. An old entry names a request that has
// passed, so it lies below those that count, unless its object was removed.
template <class Index>
class Belady : public Store<Index, ForeseenSlot<typename Index::Id>> {
    using Base = Store<Index, ForeseenSlot<typename Index::Id>>;

public:
    using typename Base::Id;

    Belady(Bytes capacity, const KeySpace& space, std::span<const uint32_t> future)
        : Base(capacity, space, 0), future_(future) {}

    /// The same cache without objects, at the same request.
    Belady emptied(const KeySpace& space) const {
        Belady other(this->capacity(), space, future_);
        other.requests_ = requests_;
        other.accesses_ = accesses_;
        return other;
    }

    void hit(uint32_t slot) { access(slot, future_[requests_++]); }

    void miss(uint32_t) { ++requests_; }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) evict();
        const uint32_t slot = this->add(id, size);
        access(slot, future_[requests_ - 1]);
        return slot;
    }

    /// Nothing is known about its next request: counts as never.
    uint32_t prefill(Id id, Bytes size, uint32_t) {
        const uint32_t slot = this->add(id, size);
        access(slot, kNeverAgain);
        return slot;
    }

    void erase(uint32_t slot) {
        this->slots[slot].accessed = kNoAccess;
        this->remove(slot);
    }

    uint64_t memory_bytes() const { return Base::memory_bytes() + heap_.memory_bytes(); }

private:
    static constexpr uint64_t kNoAccess = 0;
    static constexpr size_t kSlack = 64;

    struct Foreseen {
        uint32_t next;
        uint32_t slot;
        uint64_t accessed;
        bool before(const Foreseen& other) const {
            return next != other.next ? next > other.next : accessed < other.accessed;
        }
    };

    bool counts(const Foreseen& entry) const { return this->slots[entry.slot].accessed == entry.accessed; }

    void access(uint32_t slot, uint32_t next) {
        this->slots[slot].accessed = ++accesses_;
        heap_.push({next, slot, accesses_});
        if (heap_.size() > 2 * this->objects() + kSlack)
            heap_.rebuild([this](const Foreseen& entry) { return counts(entry); });
    }
    void evict() {
        while (!counts(heap_.top())) heap_.pop();
        const uint32_t slot = heap_.top().slot;
        heap_.pop();
        erase(slot);
    }

    std::span<const uint32_t> future_;
    Heap<Foreseen> heap_;
    uint64_t requests_ = 0;
    uint64_t accesses_ = 0;
};

}  // namespace matinee::cdn
