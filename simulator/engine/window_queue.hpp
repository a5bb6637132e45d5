// The pending events of one logical process, batched by window.
//
// An event is one 64-bit key: its time within its window, its kind and the number of the object it concerns. Keys of
// one window are thrown into that window's bucket unsorted and sorted when the window is consumed, which costs a
// fraction of a heap at a million pending events: the heap misses the cache at every level, the bucket once. Events
// beyond the near ring wait in a far ring of coarser slots and, beyond that, in a list. The near ring is short and the
// far slots are many windows wide, so that the ends of all buckets in use stay in the processor's cache: an event is
// written twice, but nearly always beside one that was written just before.
//
// Nothing is ever removed: an object remembers when it is due, and a key that names another time is stale and skipped
// by the owner of the queue.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "simulator/engine/grid.hpp"
#include "system/base/units.hpp"
#include "system/memory/paged_array.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::engine {

struct Event {
    TimeNs time;
    uint32_t kind;  ///< below 16; at one time, lower kinds come first
    uint32_t id;    ///< at one time and kind, lower ids come first
};

class WindowQueue {
public:
    /// `window` is the width of a bucket, at most 2^28 ns; about so many events will be pending.
    explicit WindowQueue(TimeNs window, double events = 0)
        : grid_(window),
          coarse_bits_(coarse_bits_for(window)),
          near_(size_t(2) << coarse_bits_),
          near_mask_(near_.size() - 1),
          far_(kFarSlots),
          chunk_bits_(events < kQuiet ? kLineBits : kLineBits + 1),
          chunk_keys_((1u << chunk_bits_) - 1),
          words_(PageSize::for_about<uint64_t>(events)) {
        add_chunk();
        assert(window > 0 && window <= kWindowMax);
    }

    static constexpr TimeNs kWindowMax = TimeNs(1) << 28;

    /// `time` must not lie before the last event that was popped.
    void push(TimeNs time, uint32_t kind, uint32_t id) {
        const int64_t slot = grid_.at(time);
        assert(slot >= current_slot_);
        if (slot == current_slot_) {
            insert_current(key_of(time, slot, kind, id));
        } else {
            place(Event{time, kind, id}, slot);
        }
    }

    /// The next event before `end` in the order (time, kind, id), or false. `end` must not decrease from call to call.
    bool pop(TimeNs end, Event& event) {
        if (position_ == end_) {
            prepare(end);
            if (position_ == end_) return false;
        }
        event = event_of(current_[position_]);
        if (event.time >= end) return false;
        ++position_;
        return true;
    }

    /// Asks in two steps for the events of the next window, of whose bucket the newest chunk says where the one before
    /// it lies, and for the end of the far bucket that got the latest event, which others will follow: hints before
    /// prepare().
    [[gnu::always_inline]] void approach(int step) const {
        const uint32_t newest = chunk_of(near_slot(current_slot_ + 1));
        if (step == 0) {
            prefetch_chunk(newest);
            return prefetch(&far_[latest_far_]);
        }
        prefetch_chunk(next_of(newest));
        prefetch_chunk(chunk_of(far_[latest_far_]));
    }

    /// Sorts the next window before `end` that has events, if none is open. Changes no result.
    void prepare(TimeNs end) {
        if (end <= grid_.start_of(current_slot_ + 1)) return;
        while (position_ == end_)
            if (!open_next((end + grid_.width() - 1) / grid_.width())) return;
    }

    /// How many events of the open window are still to be popped.
    size_t in_sight() const { return end_ - position_; }

    /// Calls see(event) for up to `count` events of the open window, the first of them `ahead` places after the next
    /// one to be popped: for prefetching.
    template <class See>
    [[gnu::always_inline]] void look_ahead(size_t ahead, size_t count, See see) const {
        const uint64_t* const keys = current_.data();
        const size_t past = std::min(position_ + ahead + count, end_);
        const TimeNs start = current_start_ns_;
        for (size_t at = position_ + ahead; at < past; ++at)
            see(Event{start + TimeNs(keys[at] >> kTimeShift), uint32_t(keys[at] >> 32) & 15, uint32_t(keys[at])});
    }

    uint64_t memory_bytes() const {
        return words_.memory_bytes() + (current_.size() + scratch_.size() + counts_.size() / 2) * 8 +
               beyond_.capacity() * sizeof(Event) + (near_.size() + far_.size()) * sizeof(Slot);
    }

private:
    static constexpr uint32_t kNone = 0;  // no chunk: the first one is never used
    static constexpr uint32_t kMostChunks = 1u << 27;
    static constexpr int kTimeShift = 36;  // of a key: time, kind (4 bits), id (32)
    static constexpr uint64_t kOwnerMask = (uint64_t(1) << kTimeShift) - 1;
    static constexpr int kCoarseBitsMost = 6;
    static constexpr size_t kFarSlots = 256;
    static constexpr int kLineBits = 3;  // words of a line of the processor's cache
    static constexpr double kQuiet = 5000;  // fewer events
    /// Where the next key of a slot goes: 16 times the number of its newest chunk (the others of its chain are full)
    /// and the key's place there. Kept here, so that a push writes to the chunk without waiting to read from it.
    using Slot = uint32_t;
    static uint32_t chunk_of(Slot slot) { return slot >> 4; }
    static uint32_t used_of(Slot slot) { return slot & 15; }

    /// A slot of the far ring is 2 to the power of this many windows wide, and no wider than a key can tell times
    /// apart.
    static int coarse_bits_for(TimeNs window) {
        int bits = 0;
        while (bits < kCoarseBitsMost && window << (bits + 1) <= kWindowMax) ++bits;
        return bits;
    }

    // A chunk is one or two lines: keys, and last the number of the next chunk. A bucket of a quiet process holds a
    // handful of keys, a larger chunk would stand mostly empty there; where there are more, a smaller one would have to
    // be taken from the free ones more often.
    uint64_t* keys_of(uint32_t chunk) { return &words_[chunk << chunk_bits_]; }
    const uint64_t* keys_of(uint32_t chunk) const { return &words_[chunk << chunk_bits_]; }
    uint32_t next_of(uint32_t chunk) const { return uint32_t(keys_of(chunk)[chunk_keys_]); }
    void prefetch_chunk(uint32_t chunk) const {
        prefetch(keys_of(chunk));
        prefetch(keys_of(chunk) + chunk_keys_);
    }
    uint32_t add_chunk() {
        for (uint32_t word = 0; word <= chunk_keys_; ++word) words_.emplace_back();
        return (words_.size() >> chunk_bits_) - 1;
    }

    Slot& near_slot(int64_t slot) { return near_[size_t(slot) & near_mask_]; }
    const Slot& near_slot(int64_t slot) const { return near_[size_t(slot) & near_mask_]; }
    Slot& far_slot(int64_t coarse) { return far_[size_t(coarse) % kFarSlots]; }

    uint64_t key_of(TimeNs time, int64_t slot, uint32_t kind, uint32_t id) const {
        return uint64_t(time - grid_.start_of(slot)) << kTimeShift | uint64_t(kind) << 32 | id;
    }

    /// Of a key of the open window.
    Event event_of(uint64_t key) const {
        return {current_start_ns_ + TimeNs(key >> kTimeShift), uint32_t(key >> 32) & 15, uint32_t(key)};
    }

    void insert_current(uint64_t key) {
        if (position_ == end_) {  // nobody has opened this window
            position_ = end_ = 0;
            current_start_ns_ = grid_.start_of(current_slot_);
        }
        make_room(1);
        const auto begin = current_.begin();
        const auto at = std::upper_bound(begin + std::ptrdiff_t(position_), begin + std::ptrdiff_t(end_), key);
        std::move_backward(at, begin + std::ptrdiff_t(end_), begin + std::ptrdiff_t(end_ + 1));
        *at = key;
        ++end_;
    }

    void make_room(size_t keys) {
        if (end_ + keys > current_.size()) [[unlikely]]
            current_.resize(2 * (end_ + keys));
    }

    /// A burst, as when everybody is there at time 0, does not keep its room for ever.
    void give_back_room() {
        constexpr size_t worth_it = 1024;  // keys
        if (current_.size() < worth_it || end_ > current_.size() / 16) [[likely]]
            return;
        current_.resize(end_);
        current_.shrink_to_fit();
        scratch_ = {};
        counts_ = {};
    }

    /// Keys are spread evenly over a window, as a rule: they are thrown into about as many buckets as there are keys,
    /// and insertion does the rest.
    void sort_current() {
        constexpr size_t few = 20;
        if (end_ > few && !scatter()) {
            std::sort(current_.begin(), current_.begin() + std::ptrdiff_t(end_));
            return;
        }
        for (size_t i = 1; i < end_; ++i) {
            const uint64_t key = current_[i];
            size_t at = i;
            for (; at > 0 && current_[at - 1] > key; --at) current_[at] = current_[at - 1];
            current_[at] = key;
        }
    }

    /// False, and nothing has happened, where many keys would lie in one bucket.
    bool scatter() {
        constexpr uint32_t many = 32;
        const int widest = int(std::bit_width(uint64_t(grid_.width() - 1)));
        const int shift = kTimeShift + std::max(0, widest - int(std::bit_width(end_)) + 1);
        counts_.assign(size_t((uint64_t(grid_.width() - 1) << kTimeShift) >> shift) + 2, 0);
        for (size_t i = 0; i < end_; ++i) ++counts_[(current_[i] >> shift) + 1];
        for (size_t bucket = 1; bucket < counts_.size(); ++bucket) {
            if (counts_[bucket] > many) return false;
            counts_[bucket] += counts_[bucket - 1];
        }
        if (scratch_.size() < current_.size()) scratch_.resize(current_.size());
        for (size_t i = 0; i < end_; ++i) scratch_[counts_[current_[i] >> shift]++] = current_[i];
        std::swap(scratch_, current_);
        return true;
    }

    void place(const Event& event, int64_t slot) {
        if (slot < near_end_) {
            append(near_slot(slot), key_of(event.time, slot, event.kind, event.id));
        } else {
            push_far(event, slot);
        }
    }

    void append(Slot& slot, uint64_t key) {
        ++pending_;
        if (slot == kNone || used_of(slot) == chunk_keys_) {
            const uint32_t fresh = take_chunk();
            keys_of(fresh)[chunk_keys_] = chunk_of(slot);
            slot = fresh << 4;
        }
        keys_of(chunk_of(slot))[used_of(slot)] = key;
        ++slot;
    }

    uint32_t take_chunk() {
        if (free_ == kNone) {
            if (words_.size() >> chunk_bits_ == kMostChunks)
                throw std::length_error("a process has more than 900 million events pending");
            return add_chunk();
        }
        const uint32_t chunk = free_;
        free_ = next_of(chunk);
        prefetch_chunk(free_);  // for the next who takes one
        return chunk;
    }

    template <class Visit>
    void drain(Slot& slot, Visit visit) {
        uint32_t at = chunk_of(slot);
        uint32_t used = used_of(slot);
        slot = kNone;
        while (at != kNone) {
            uint64_t* const keys = keys_of(at);
            const auto next = uint32_t(keys[chunk_keys_]);
            prefetch_chunk(next);
            visit(keys, used);
            pending_ -= used;
            used = chunk_keys_;
            keys[chunk_keys_] = free_;
            free_ = std::exchange(at, next);
        }
    }

    /// Opens the next non-empty window before window number `end_slot`.
    bool open_next(int64_t end_slot) {
        position_ = end_ = 0;
        while (current_slot_ + 1 < end_slot) {
            if (pending_ == 0) {
                skip_to(end_slot - 1);
                return false;
            }
            ++current_slot_;
            if (current_slot_ + (int64_t(1) << coarse_bits_) == near_end_) refill_near();
            Slot& slot = near_slot(current_slot_);
            if (slot == kNone) continue;
            drain(slot, [&](const uint64_t* keys, uint32_t count) {
                make_room(count);
                std::copy_n(keys, count, &current_[end_]);
                end_ += count;
            });
            sort_current();
            give_back_room();
            current_start_ns_ = grid_.start_of(current_slot_);
            return true;
        }
        return false;
    }

    void skip_to(int64_t slot) {
        current_slot_ = slot;
        near_end_ = ((slot >> coarse_bits_) + 2) << coarse_bits_;
    }

    /// Moves the events of the next coarse slot into the near ring.
    void refill_near() {
        const int64_t coarse = near_end_ >> coarse_bits_;
        const int64_t first = near_end_;
        near_end_ += int64_t(1) << coarse_bits_;
        drain(far_slot(coarse), [&](const uint64_t* keys, uint32_t count) {
            for (const uint64_t* key = keys; key != keys + count; ++key) {
                const TimeNs into = TimeNs(*key >> kTimeShift);
                const int64_t ahead = grid_.at(into);
                const auto into_slot = uint64_t(into - grid_.start_of(ahead));
                append(near_slot(first + ahead), into_slot << kTimeShift | (*key & kOwnerMask));
            }
        });
        if (coarse % int64_t(kFarSlots) == 0 && !beyond_.empty()) redistribute_beyond();
    }

    void push_far(const Event& event, int64_t slot) {
        const int64_t coarse = slot >> coarse_bits_;
        if (coarse < (near_end_ >> coarse_bits_) + int64_t(kFarSlots)) {
            latest_far_ = size_t(coarse) % kFarSlots;
            append(far_[latest_far_], key_of(event.time, coarse << coarse_bits_, event.kind, event.id));
        } else {
            beyond_.push_back(event);
            ++pending_;
        }
    }

    /// Every kFarSlots coarse slots (40 s of virtual time with windows of 5 ms): events far beyond the ring get another
    /// chance to enter it.
    void redistribute_beyond() {
        std::vector<Event> waiting;
        waiting.swap(beyond_);
        pending_ -= waiting.size();
        for (const Event& event : waiting) place(event, grid_.at(event.time));
    }

    Grid grid_;
    int64_t current_slot_ = -1;
    TimeNs current_start_ns_ = 0;
    int coarse_bits_;
    int64_t near_end_ = int64_t(2) << coarse_bits_;  ///< first window beyond the near ring
    std::vector<uint64_t> current_;                  // keys of the open window, sorted, up to end_
    size_t position_ = 0;
    size_t end_ = 0;
    std::vector<uint64_t> scratch_;  // of scatter()
    std::vector<uint32_t> counts_;
    std::vector<Slot> near_;
    size_t near_mask_;
    std::vector<Slot> far_;
    size_t latest_far_ = 0;  ///< slot of the latest event in there
    std::vector<Event> beyond_;
    int chunk_bits_;       ///< of its words' number
    uint32_t chunk_keys_;  ///< that it has room for
    PagedArray<uint64_t> words_;  // chunk after chunk
    uint32_t free_ = kNone;
    uint64_t pending_ = 0;
};

}  // namespace matinee::engine
