// LRU segments one above the other, as libCacheSim stacks them; what SLRU is and what W-TinyLFU has behind its window.
// - A new object enters the lowest segment that has room (so that upper ones fill while the cache is cold), or segment
// 0.
// - A hit moves an object to the head of the next segment up, or of the highest if it is there. While that exceeds its
//   share its tail goes to the head of the segment below, which then does the same; segment 0 evicts.
// - The victim is the tail of the lowest segment that holds any bytes.
// An object larger than the share of the next segment up (only prefill lets one in) stays in its own.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Index>
class SegmentedStore : public Store<Index, LinkedSlot<typename Index::Id>> {
    using Base = Store<Index, LinkedSlot<typename Index::Id>>;

public:
    using typename Base::Id;

protected:
    static constexpr uint32_t kMostSegments = 4;

    /// Lists 1 to n, whose sentinels are slots 1 to n, are the segments; `further_lists` follow, up to five together.
    SegmentedStore(Bytes capacity, const KeySpace& space, std::initializer_list<Bytes> shares, uint32_t further_lists)
        : Base(capacity, space, uint32_t(shares.size()) + further_lists) {
        for (const Bytes share : shares) segments_[count_++].share = share;
        for (uint32_t list = 1; list <= count_ + further_lists; ++list) this->slots.make_list(list);
    }

    /// The list a slot is in, kept in its flags.
    uint32_t list_of(uint32_t slot) const { return this->slots.flags(slot) + 1; }
    bool in_segment(uint32_t slot) const { return list_of(slot) <= count_; }
    Bytes share(uint32_t segment) const { return segments_[segment].share; }
    Bytes segment_bytes() const { return segment_bytes_; }

    /// Puts a slot that is in no list at the head of one.
    void link(uint32_t list, uint32_t slot) {
        this->slots.set_flags(slot, list - 1);
        this->slots.push_head(list, slot);
        if (list > count_) return;
        const Bytes size = this->slots.size(slot);
        segments_[list - 1].bytes += size;
        segment_bytes_ += size;
    }
    void unlink(uint32_t slot) {
        this->slots.unlink(slot);
        if (!in_segment(slot)) return;
        const Bytes size = this->slots.size(slot);
        segments_[list_of(slot) - 1].bytes -= size;
        segment_bytes_ -= size;
    }
    void move(uint32_t list, uint32_t slot) {
        unlink(slot);
        link(list, slot);
    }

    static constexpr uint32_t kNoList = 0;
    /// The list of the lowest segment with room for `size`, or kNoList.
    uint32_t lowest_with_room(Bytes size) const {
        for (uint32_t i = 0; i < count_; ++i)
            if (segments_[i].bytes + size <= segments_[i].share) return i + 1;
        return kNoList;
    }
    /// The slot to evict next, or kNoSlot where the segments hold no bytes.
    uint32_t victim() const {
        for (uint32_t i = 0; i < count_; ++i)
            if (segments_[i].bytes > 0) return this->slots.tail(i + 1);
        return kNoSlot;
    }
    void evict(uint32_t slot) {
        unlink(slot);
        this->remove(slot);
    }
    /// A hit on an object of the segments.
    void promote(uint32_t slot) {
        const uint32_t list = list_of(slot);
        if (list == count_ || this->slots.size(slot) > segments_[list].share) {
            this->slots.unlink(slot);
            this->slots.push_head(list, slot);
            return;
        }
        move(list + 1, slot);
        cool(list + 1);
    }

private:
    struct Segment {
        Bytes share = 0;
        Bytes bytes = 0;
    };

    void cool(uint32_t list) {
        while (segments_[list - 1].bytes > segments_[list - 1].share) {
            const uint32_t coldest = this->slots.tail(list);
            if (list == 1) {
                evict(coldest);
            } else {
                move(list - 1, coldest);
                cool(list - 1);
            }
        }
    }

    std::array<Segment, kMostSegments> segments_;
    uint32_t count_ = 0;
    Bytes segment_bytes_ = 0;
};

}  // namespace matinee::cdn
