// GDSF, greedy dual size frequency (Cherkasova, HPL-98-69R1): priority = L + frequency * 10^6 / size in doubles, where
// L is the priority of the last victim; set at insertion (frequency 1) and anew at each hit. The least priority is
// evicted, among equals the one accessed longest ago. An empty object counts as one byte in the quotient.
#pragma once

#include <algorithm>

#include "system/cdn/cache/heap.hpp"
#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Id>
struct RankedSlot {
    Id id;
    uint32_t size_and_flags;
    uint32_t frequency;  ///< stops at 2^32 - 1; chains free slots as well
    double priority;
    uint64_t accessed;  ///< number of the access that set the priority
    uint32_t& free_link() { return frequency; }
};

// A hit only raises an object's rank, and writes it into the slot alone. The heap's entry is then too low, which is
// noticed when it reaches the top: it is corrected and sinks. That is the same order as with an eager heap, since an
// entry is never too high, and a hit costs no walk through the heap.
template <class Index>
class Gdsf : public Store<Index, RankedSlot<typename Index::Id>> {
    using Base = Store<Index, RankedSlot<typename Index::Id>>;

public:
    using typename Base::Id;

    Gdsf(Bytes capacity, const KeySpace& space) : Base(capacity, space, 0) {}

    void hit(uint32_t slot) {
        auto& entry = this->slots[slot];
        if (entry.frequency != UINT32_MAX) ++entry.frequency;
        entry.priority = rank(entry.frequency, this->slots.size(slot));
        entry.accessed = ++accesses_;
    }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) evict();
        return prefill(id, size, kNoSlot);
    }

    uint32_t prefill(Id id, Bytes size, uint32_t) {
        const uint32_t slot = this->add(id, size);
        auto& entry = this->slots[slot];
        entry.frequency = 1;
        entry.priority = rank(1, size);
        entry.accessed = ++accesses_;
        heap_.push({entry.priority, entry.accessed, slot});
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
    struct Ranked {
        double priority;
        uint64_t accessed;
        uint32_t slot;
        bool before(const Ranked& other) const {
            return priority != other.priority ? priority < other.priority : accessed < other.accessed;
        }
    };
    static constexpr uint64_t kErased = 0;

    double rank(uint32_t frequency, Bytes size) const {
        return floor_ + double(frequency) * 1e6 / double(std::max<Bytes>(size, 1));
    }

    void evict() {
        while (true) {
            const Ranked& top = heap_.top();
            const auto& entry = this->slots[top.slot];
            if (entry.accessed == top.accessed) break;
            if (entry.accessed == kErased) {
                this->slots.give_back(top.slot);
                --erased_;
                heap_.pop();
            } else {
                heap_.replace_top({entry.priority, entry.accessed, top.slot});
            }
        }
        const uint32_t victim = heap_.top().slot;
        floor_ = heap_.top().priority;
        heap_.pop();
        this->remove(victim);
    }

    /// Half of the heap is erased objects: rebuild it from the others, with their present ranks.
    void sweep() {
        heap_.rebuild([this](Ranked& ranked) {
            const auto& entry = this->slots[ranked.slot];
            if (entry.accessed == kErased) {
                this->slots.give_back(ranked.slot);
                return false;
            }
            ranked = {entry.priority, entry.accessed, ranked.slot};
            return true;
        });
        erased_ = 0;
    }

    Heap<Ranked> heap_;
    double floor_ = 0;  // L
    uint64_t accesses_ = 0;
    size_t erased_ = 0;
};

}  // namespace matinee::cdn
