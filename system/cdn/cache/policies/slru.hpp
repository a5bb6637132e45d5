// SLRU, segmented LRU (Karedla, Love, Wherry, Computer 1994) with the four equal segments of libCacheSim: see
// segments.hpp. An object larger than a segment is not taken.
#pragma once

#include "system/cdn/cache/segments.hpp"

namespace matinee::cdn {

template <class Index>
class Slru : public SegmentedStore<Index> {
    using Base = SegmentedStore<Index>;

public:
    using typename Base::Id;

    Slru(Bytes capacity, const KeySpace& space)
        : Base(capacity, space, {capacity / 4, capacity / 4, capacity / 4, capacity / 4}, 0) {}

    bool takes(Bytes size) const { return size <= this->share(0); }

    void hit(uint32_t slot) { this->promote(slot); }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) this->evict(this->victim());
        return prefill(id, size, kNoSlot);
    }
    uint32_t prefill(Id id, Bytes size, uint32_t) {
        const uint32_t list = this->lowest_with_room(size);
        const uint32_t slot = this->add(id, size);
        this->link(list == Base::kNoList ? kLowest : list, slot);
        return slot;
    }

    void erase(uint32_t slot) { this->evict(slot); }

private:
    static constexpr uint32_t kLowest = 1;
};

}  // namespace matinee::cdn
