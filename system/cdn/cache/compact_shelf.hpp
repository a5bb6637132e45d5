// The queues of S3-FIFO for dense keys whose sizes can be computed: one byte of state for every object that could exist, and
// rings of four bytes for each that is in a queue. A hit touches one line of memory, and 64 segments of a rendition share it.
//
// Rings only give up their oldest entry. What leaves a queue otherwise leaves its entry behind: of an erased object, which
// is rare and usually young, it is found and blanked; of a ghost that was used up, which is not rare, the state counts how
// many entries are stale. Since a ghost's entries lie in the order in which they came, the stale ones are its oldest.
#pragma once

#include "system/base/block_memory.hpp"
#include "system/cdn/cache/index.hpp"
#include "system/cdn/cache/linked_shelf.hpp"

namespace matinee::cdn {

/// A queue of ids that grows as needed: the newest is pushed at one end, the oldest taken from the other.
class IdRing {
public:
    void push(uint32_t id) {
        if (newest_ - oldest_ == ids_.size()) grow();
        ids_[newest_++ & mask_] = id;
    }
    bool empty() const { return newest_ == oldest_; }
    uint32_t oldest() const { return ids_[oldest_ & mask_]; }
    void pop() { ++oldest_; }
    /// The entry `ahead` places after the oldest; only while there are so many.
    uint32_t upcoming(uint64_t ahead) const { return ids_[(oldest_ + ahead) & mask_]; }
    uint64_t size() const { return newest_ - oldest_; }

    /// Overwrites one entry of `id`, the newest or the oldest.
    void blank_newest(uint32_t id, uint32_t with) {
        for (uint64_t at = newest_; at-- > oldest_;)
            if (ids_[at & mask_] == id) return void(ids_[at & mask_] = with);
    }
    void blank_oldest(uint32_t id, uint32_t with) {
        for (uint64_t at = oldest_; at < newest_; ++at)
            if (ids_[at & mask_] == id) return void(ids_[at & mask_] = with);
    }
    uint64_t memory_bytes() const { return ids_.size() * sizeof(uint32_t); }

private:
    [[gnu::noinline]] void grow() {
        BlockArray<uint32_t> wider(ids_.size() == 0 ? 256 : 2 * ids_.size());
        const uint64_t mask = wider.size() - 1;
        for (uint64_t at = oldest_; at < newest_; ++at) wider[at & mask] = ids_[at & mask_];
        ids_ = std::move(wider);
        mask_ = mask;
    }
    BlockArray<uint32_t> ids_;
    uint64_t mask_ = 0;
    uint64_t oldest_ = 0;
    uint64_t newest_ = 0;
};

/// A slot is an id plus one, so that 0 is kNoSlot.
class CompactShelf {
public:
    using Id = uint32_t;

    CompactShelf(Bytes capacity, const KeySpace& space)
        : sizes_(space.sizes()),
          entries_(space.entries_per_page()),
          pages_(space.pages()),
          shift_(page_shift(space)),
          capacity_(capacity),
          states_(size_t(space.pages() << shift_)) {}

    /// Dense keys with known sizes, few enough for one array. (Expiry needs a time for each object: not on this shelf.)
    static bool can_hold(const KeySpace& space) {
        return space.is_dense() && space.sizes() != nullptr && space.pages() <= kMostStates >> page_shift(space);
    }

    Id id_of(ObjectKey key) const {
        const uint64_t page = key >> 16;
        const uint32_t entry = uint32_t(key) & 0xffff;
        if (page >= pages_ || entry >= entries_) refuse_key(key, pages_, entries_);
        return uint32_t(page << shift_) | entry;
    }
    uint32_t find(Id id) const { return (states_[id] & kQueueMask) != 0 ? id + 1 : kNoSlot; }

    Bytes capacity() const { return capacity_; }
    Bytes used() const { return used_; }
    uint64_t objects() const { return objects_; }
    bool has_room(Bytes size) const { return size <= capacity_ - used_; }
    uint64_t memory_bytes() const {
        uint64_t bytes = states_.size();
        for (const IdRing& ring : rings_) bytes += ring.memory_bytes();
        return bytes;
    }
    uint32_t slot_limit() const { return 0; }  // for expiry times, which this shelf does not have

    [[gnu::always_inline]] void touch(Id id) const { __builtin_prefetch(&states_[id], 1); }
    void approach(Id) const {}

protected:
    Queue queue_of(uint32_t slot) const { return Queue(states_[slot - 1] & kQueueMask); }
    uint32_t frequency_of(uint32_t slot) const { return states_[slot - 1] >> kFrequencyShift & kFrequencyMask; }
    void set_frequency(uint32_t slot, uint32_t frequency) {
        uint8_t& state = states_[slot - 1];
        state = uint8_t((state & ~(kFrequencyMask << kFrequencyShift)) | frequency << kFrequencyShift);
    }
    Bytes size(uint32_t slot) const {
        const Id id = slot - 1;
        return sizes_->bytes_of(id >> shift_, id & ((1u << shift_) - 1));
    }

    uint32_t add(Queue queue, Id id, Bytes) {
        put(id, queue, 0);
        return id + 1;
    }
    uint32_t oldest(Queue queue) {
        IdRing& ring = ring_of(queue);
        for (; !ring.empty(); ring.pop()) {
            const Id id = ring.oldest();
            if (id == kBlank) continue;
            if (queue != Queue::Ghost || stale_of(id) == 0) return id + 1;
            states_[id] = uint8_t(states_[id] - kOneStale);
        }
        return kNoSlot;
    }
    void move_oldest(Queue from, Queue to, uint32_t frequency) {
        const Id id = oldest(from) - 1;
        pop(from);
        put(id, to, frequency);
    }
    void drop(uint32_t slot) {
        const Id id = slot - 1;
        const Queue queue = queue_of(slot);
        if (oldest(queue) == slot) {
            pop(queue);
        } else if (queue != Queue::Ghost) {
            ring_of(queue).blank_newest(id, kBlank);
        } else if (stale_of(id) < kStaleMost) {
            states_[id] = uint8_t(states_[id] + kOneStale);
        } else {
            ring_of(queue).blank_oldest(id, kBlank);
        }
        states_[id] = uint8_t(states_[id] & ~kPresentMask);
    }
    void count_in(Bytes size) {
        used_ += size;
        ++objects_;
    }
    void count_out(Bytes size) {
        used_ -= size;
        --objects_;
    }

private:
    // A state: the queue (0: in none) in the low two bits, the frequency in the next two, stale ghost entries in the rest.
    static constexpr uint32_t kQueueMask = 3;
    static constexpr uint32_t kFrequencyShift = 2;
    static constexpr uint32_t kFrequencyMask = 3;
    static constexpr uint32_t kPresentMask = 15;
    static constexpr uint32_t kStaleShift = 4;
    static constexpr uint32_t kOneStale = 1u << kStaleShift;
    static constexpr uint32_t kStaleMost = 15;
    static constexpr Id kBlank = UINT32_MAX;
    static constexpr uint64_t kMostStates = uint64_t(1) << 31;
    static constexpr uint64_t kVictimsAhead = 4;

    IdRing& ring_of(Queue queue) { return rings_[uint32_t(queue) - 1]; }
    uint32_t stale_of(Id id) const { return states_[id] >> kStaleShift; }

    void put(Id id, Queue queue, uint32_t frequency) {
        states_[id] = uint8_t((states_[id] & ~kPresentMask) | frequency << kFrequencyShift | uint32_t(queue));
        ring_of(queue).push(id);
    }
    /// Takes the oldest entry off, and asks for the state of one that will be it soon.
    void pop(Queue queue) {
        IdRing& ring = ring_of(queue);
        ring.pop();
        if (ring.size() <= kVictimsAhead) return;
        const Id later = ring.upcoming(kVictimsAhead);
        if (later != kBlank) touch(later);
    }

    const ObjectSizes* sizes_;
    uint32_t entries_;
    uint64_t pages_;
    uint32_t shift_;
    Bytes capacity_;
    Bytes used_ = 0;
    uint64_t objects_ = 0;
    BlockArray<uint8_t> states_;
    IdRing rings_[3];
};

}  // namespace matinee::cdn
