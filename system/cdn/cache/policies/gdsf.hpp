// GDSF, greedy dual size frequency (Cherkasova, HPL-98-69R1): priority = L + frequency * 10^6 / size in doubles, where
// L is the priority of the last victim; set at insertion (frequency 1) and anew at each hit. The least priority is
// evicted, among equals the one accessed longest ago. An empty object counts as one byte in the quotient.
#pragma once

#include <algorithm>
#include <bit>
#include <vector>

#include "system/cdn/cache/heap.hpp"
#include "system/cdn/cache/store.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::cdn {

template <class Id>
struct RankedSlot {
    Id id;
    uint32_t size_and_flags;
    uint32_t frequency;  ///< stops at 2^32 - 1; chains free slots as well
    uint32_t accessed;   ///< number of the access that set the priority
    double priority;
    uint32_t& free_link() { return frequency; }
};

// A hit only raises an object's rank, and writes it into the slot alone. The heap's entry is then too low, which is
// noticed when it reaches the top: it is corrected and sinks. That is the same order as with an eager heap, since an
// entry is never too high, and a hit costs no walk through the heap.
//
// An entry is the bits of the priority (which order like the numbers, as none is negative), then the access, then the
// slot. Accesses are numbered anew after kMostAccesses.
template <class Index, uint32_t kMostAccesses>
class GdsfRenumberedAfter : public Store<Index, RankedSlot<typename Index::Id>> {
    using Base = Store<Index, RankedSlot<typename Index::Id>>;

public:
    using typename Base::Id;

    GdsfRenumberedAfter(Bytes capacity, const KeySpace& space) : Base(capacity, space, 0) {}

    void hit(uint32_t slot) {
        auto& entry = this->slots[slot];
        if (entry.frequency != UINT32_MAX) ++entry.frequency;
        entry.priority = rank(entry.frequency, this->slots.size(slot));
        entry.accessed = next_access();
    }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) evict();
        return prefill(id, size, kNoSlot);
    }

    uint32_t prefill(Id id, Bytes size, uint32_t) {
        const uint32_t accessed = next_access();
        const uint32_t slot = this->add(id, size);
        auto& entry = this->slots[slot];
        entry.frequency = 1;
        entry.priority = rank(1, size);
        entry.accessed = accessed;
        heap_.push(key_of(slot));
        return slot;
    }

    /// The heap's entry stays behind with its slot, which cannot be used again before the entry is gone.
    void erase(uint32_t slot) {
        this->count_out(this->slots.size(slot));
        this->index.erase(this->slots[slot].id, slot);
        this->slots[slot].accessed = kErased;
        if (++erased_ > heap_.size() / 2 + 16) sweep();
    }

    uint64_t memory_bytes() const { return Base::memory_bytes() + heap_.memory_bytes(); }

private:
    static constexpr uint32_t kErased = 0;

    static uint32_t slot_of(Heap::Key key) { return uint32_t(key); }
    static uint32_t access_of(Heap::Key key) { return uint32_t(key >> 32); }
    Heap::Key key_of(uint32_t slot) const {
        const auto& entry = this->slots[slot];
        return Heap::key(std::bit_cast<uint64_t>(entry.priority), uint64_t(entry.accessed) << 32 | slot);
    }

    double rank(uint32_t frequency, Bytes size) const {
        return floor_ + double(frequency) * 1e6 / double(std::max<Bytes>(size, 1));
    }

    void evict() {
        while (true) {
            const uint32_t slot = slot_of(heap_.top());
            const uint32_t accessed = this->slots[slot].accessed;
            if (accessed == access_of(heap_.top())) break;
            if (accessed == kErased) {
                this->slots.give_back(slot);
                --erased_;
                heap_.pop();
            } else {
                heap_.replace_top(key_of(slot));
            }
            expect_next();
        }
        const uint32_t victim = slot_of(heap_.top());
        floor_ = this->slots[victim].priority;
        heap_.pop();
        expect_next();
        this->remove(victim);
    }
    /// One of the keys below the top comes up next.
    void expect_next() const {
        for (size_t which = 0; which < 4; ++which) {
            const uint32_t slot = slot_of(heap_.below_top(which));
            if (slot < this->slots.limit()) matinee::prefetch(&this->slots[slot]);
        }
    }

    /// Half of the heap is erased objects: rebuild it from the others, with their present ranks.
    void sweep() {
        heap_.rebuild([this](Heap::Key& key) {
            const uint32_t slot = slot_of(key);
            if (this->slots[slot].accessed == kErased) {
                this->slots.give_back(slot);
                return false;
            }
            key = key_of(slot);
            return true;
        });
        erased_ = 0;
    }

    uint32_t next_access() {
        if (accesses_ == kMostAccesses) renumber();
        return ++accesses_;
    }
    /// Numbers from 1 again, in the same order.
    void renumber() {
        sweep();
        std::vector<uint32_t> by_access;
        heap_.for_each([&](Heap::Key key) { by_access.push_back(slot_of(key)); });
        std::sort(by_access.begin(), by_access.end(),
                  [this](uint32_t a, uint32_t b) { return this->slots[a].accessed < this->slots[b].accessed; });
        accesses_ = 0;
        for (const uint32_t slot : by_access) this->slots[slot].accessed = ++accesses_;
        sweep();
    }

    Heap heap_;
    double floor_ = 0;  // L
    uint32_t accesses_ = 0;
    size_t erased_ = 0;
};

template <class Index>
using Gdsf = GdsfRenumberedAfter<Index, UINT32_MAX>;

}  // namespace matinee::cdn
