// W-TinyLFU (Einziger, Friedman, Manes, ACM TOS 2017) as libCacheSim does it: a window, LRU, of a hundredth of the
// capacity; behind it segments of a fifth and four fifths of the rest (segments.hpp). To evict, the window's tail moves
// to the segments while they have room. Once they have none it competes with their victim: the one that was seen less
// often leaves, the newcomer on a tie.
// - Seen are: an object that enters the window, one that leaves it, a hit in the segments (not in the window).
// - Counts are halved after 32 hits in the segments for each byte of them: in practice only where objects count one.
// - The window exceeds its share until the cache is full. An object larger than the window's share is not taken, so a
//   cache of fewer than 100 bytes holds nothing.
// Counts come from a sketch (frequency_sketch.hpp), so results depend on the keys in the last digits.
#pragma once

#include "system/cdn/cache/frequency_sketch.hpp"
#include "system/cdn/cache/segments.hpp"

namespace matinee::cdn {

template <class Index>
class WTinyLfu : public SegmentedStore<Index> {
    using Base = SegmentedStore<Index>;

public:
    using typename Base::Id;

    WTinyLfu(Bytes capacity, const KeySpace& space)
        : Base(capacity, space, {main_of(capacity) / 5, main_of(capacity) - (main_of(capacity) + 4) / 5}, 1),
          main_share_(main_of(capacity)) {}

    bool takes(Bytes size) const { return size <= this->capacity() - main_share_ && size <= this->share(0); }

    void hit(uint32_t slot) {
        if (!this->in_segment(slot)) {
            this->slots.unlink(slot);
            this->slots.push_head(kWindow, slot);
            return;
        }
        this->promote(slot);
        see(slot);
        if (++main_hits_ / kHitsPerByte >= main_share_) {
            main_hits_ = 0;
            sketch_.halve();
        }
    }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) make_room();
        const uint32_t slot = add_to(kWindow, id, size);
        see(slot);
        return slot;
    }

    /// Stands in the segments where they have room, as if it had proved itself.
    uint32_t prefill(Id id, Bytes size, uint32_t) {
        const uint32_t slot = add_to(this->segment_bytes() + size <= main_share_ ? list_for(size) : kWindow, id, size);
        see(slot);
        return slot;
    }

    void erase(uint32_t slot) {
        if (!this->in_segment(slot)) window_bytes_ -= this->slots.size(slot);
        this->evict(slot);
    }

    uint64_t memory_bytes() const { return Base::memory_bytes() + sketch_.memory_bytes(); }

private:
    static constexpr uint32_t kLowest = 1;
    static constexpr uint32_t kWindow = 3;
    static constexpr uint64_t kHitsPerByte = 32;

    static Bytes main_of(Bytes capacity) { return capacity - capacity / 100; }

    void see(uint32_t slot) {
        sketch_.make_room_for(this->objects());
        sketch_.add(this->index.key_of(this->slots[slot].id));
    }
    uint32_t seen(uint32_t slot) const { return sketch_.estimate(this->index.key_of(this->slots[slot].id)); }

    uint32_t add_to(uint32_t list, Id id, Bytes size) {
        const uint32_t slot = this->add(id, size);
        this->link(list, slot);
        if (list == kWindow) window_bytes_ += size;
        return slot;
    }
    uint32_t list_for(Bytes size) const {
        const uint32_t list = this->lowest_with_room(size);
        return list == Base::kNoList ? kLowest : list;
    }

    /// Moves window tails on until one object has left the cache.
    void make_room() {
        while (window_bytes_ > 0) {
            const uint32_t candidate = this->slots.tail(kWindow);
            const Bytes size = this->slots.size(candidate);
            const bool fits = this->segment_bytes() + size <= main_share_;
            if (!fits && !wins(candidate, size)) {
                see(candidate);
                erase(candidate);
                return;
            }
            if (!fits) this->evict(this->victim());
            admit(candidate, size);
            see(candidate);
            if (!fits) return;
        }
        this->evict(this->victim());
    }
    bool wins(uint32_t candidate, Bytes size) const {
        return size <= this->share(0) && seen(candidate) > seen(this->victim());
    }
    void admit(uint32_t candidate, Bytes size) {
        if (this->lowest_with_room(size) == Base::kNoList)
            while (this->segment_bytes() + size > main_share_) this->evict(this->victim());
        window_bytes_ -= size;
        this->move(list_for(size), candidate);
    }

    Bytes main_share_;  // of the segments together
    Bytes window_bytes_ = 0;
    FrequencySketch sketch_;
    uint64_t main_hits_ = 0;
};

}  // namespace matinee::cdn
