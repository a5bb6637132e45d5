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
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "system/base/units.hpp"
#include "system/memory/paged_array.hpp"

namespace matinee::engine {

struct Event {
    TimeNs time;
    uint32_t kind;  ///< below 16; at one time, lower kinds come first
    uint32_t id;    ///< at one time and kind, lower ids come first
};

class WindowQueue {
public:
    /// `window` is the width of a bucket, at most 2^28 ns.
    explicit WindowQueue(TimeNs window)
        : window_(window),
          windows_per_ns_(1 / double(window)),
          coarse_bits_(coarse_bits_for(window)),
          near_(size_t(2) << coarse_bits_),
          far_(kFarSlots) {
        assert(window > 0 && window <= kWindowMax);
    }

    static constexpr TimeNs kWindowMax = TimeNs(1) << 28;

    /// `time` must not lie before the last event that was popped.
    void push(TimeNs time, uint32_t kind, uint32_t id) {
        const int64_t slot = slot_of(time);
        assert(slot >= current_slot_);
        if (slot == current_slot_) {
            insert_current(key_of(time, slot, kind, id));
        } else {
            place(Event{time, kind, id}, slot);
        }
    }

    /// The next event before `end` in the order (time, kind, id), or false. `end` must not decrease from call to call.
    bool pop(TimeNs end, Event& event) {
        prepare(end);
        if (position_ == current_.size()) return false;
        event = event_of(current_[position_]);
        if (event.time >= end) return false;
        ++position_;
        return true;
    }

    /// Asks for the events of the next window: hints before prepare(), the far one before the near one.
    void approach_far() const {
        const uint32_t chunk = next_chunk();
        if (chunk != kNone) prefetch(chunk);
    }
    void approach_near() const {
        const uint32_t chunk = next_chunk();
        if (chunk != kNone && chunks_[chunk].next != kNone) prefetch(chunks_[chunk].next);
    }

    /// Sorts the next window before `end` that has events, if none is open. Changes no result.
    void prepare(TimeNs end) {
        while (position_ == current_.size())
            if (!open_next((end + window_ - 1) / window_)) return;
    }

    /// How many events of the open window are still to be popped, and the one `ahead` places after the next: for
    /// prefetching.
    size_t in_sight() const { return current_.size() - position_; }
    Event upcoming(size_t ahead) const { return event_of(current_[position_ + ahead]); }

    uint64_t memory_bytes() const {
        return chunks_.memory_bytes() + current_.capacity() * 8 + beyond_.capacity() * sizeof(Event) +
               (near_.size() + far_.size()) * sizeof(Slot);
    }

private:
    static constexpr uint32_t kNone = (1u << 28) - 1;
    static constexpr int kTimeShift = 36;  // of a key: time, kind (4 bits), id (32)
    static constexpr uint64_t kOwnerMask = (uint64_t(1) << kTimeShift) - 1;
    static constexpr int kCoarseBitsMost = 6;
    static constexpr size_t kFarSlots = 1024;
    static constexpr uint32_t kChunkKeys = 15;
    // 128 bytes: a bucket of a quiet process holds a handful of keys, a larger chunk would stand mostly empty.
    struct alignas(64) Chunk {
        uint64_t keys[kChunkKeys];
        uint32_t next;
    };
    /// The newest chunk of a slot and how many of its keys are used (the others of its chain are full): kept here, so
    /// that a push writes to the chunk without waiting to read from it. In 4 bytes, because a push goes to a slot at
    /// random.
    struct Slot {
        uint32_t chunk : 28 = kNone;
        uint32_t used : 4 = 0;
    };

    /// A slot of the far ring is 2 to the power of this many windows wide, and no wider than a key can tell times
    /// apart.
    static int coarse_bits_for(TimeNs window) {
        int bits = 0;
        while (bits < kCoarseBitsMost && window << (bits + 1) <= kWindowMax) ++bits;
        return bits;
    }
    Slot& near_slot(int64_t slot) { return near_[size_t(slot) & (near_.size() - 1)]; }
    const Slot& near_slot(int64_t slot) const { return near_[size_t(slot) & (near_.size() - 1)]; }
    Slot& far_slot(int64_t coarse) { return far_[size_t(coarse) % kFarSlots]; }

    uint32_t next_chunk() const { return position_ == current_.size() ? near_slot(current_slot_ + 1).chunk : kNone; }
    void prefetch(uint32_t chunk) const {
        const char* line = reinterpret_cast<const char*>(&chunks_[chunk]);
        __builtin_prefetch(line);
        __builtin_prefetch(line + 64);
    }

    /// time / window_, which costs as much as the rest of a push, by a multiplication that may be off by one.
    int64_t slot_of(TimeNs time) const {
        const auto slot = int64_t(double(time) * windows_per_ns_);
        const TimeNs into = time - slot * window_;
        return slot + int64_t(into >= window_) - int64_t(into < 0);
    }

    uint64_t key_of(TimeNs time, int64_t slot, uint32_t kind, uint32_t id) const {
        return uint64_t(time - slot * window_) << kTimeShift | uint64_t(kind) << 32 | id;
    }

    /// Of a key of the open window.
    Event event_of(uint64_t key) const {
        return {current_slot_ * window_ + TimeNs(key >> kTimeShift), uint32_t(key >> 32) & 15, uint32_t(key)};
    }

    void insert_current(uint64_t key) {
        const auto at = std::upper_bound(current_.begin() + std::ptrdiff_t(position_), current_.end(), key);
        current_.insert(at, key);
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
        if (slot.chunk == kNone || slot.used == kChunkKeys) {
            const uint32_t fresh = take_chunk();
            chunks_[fresh].next = slot.chunk;
            slot.chunk = fresh & kNone;
            slot.used = 0;
        }
        chunks_[slot.chunk].keys[slot.used] = key;
        slot.used = (slot.used + 1u) & 15u;
    }

    uint32_t take_chunk() {
        if (free_ == kNone) {
            if (chunks_.size() == kNone)
                throw std::length_error("a process has more than 4 thousand million events pending");
            chunks_.emplace_back();
            return chunks_.size() - 1;
        }
        const uint32_t chunk = free_;
        free_ = chunks_[chunk].next;
        return chunk;
    }

    template <class Visit>
    void drain(Slot& slot, Visit visit) {
        uint32_t at = slot.chunk;
        uint32_t used = slot.used;
        slot = Slot();
        while (at != kNone) {
            Chunk& chunk = chunks_[at];
            for (uint32_t i = 0; i < used; ++i) visit(chunk.keys[i]);
            pending_ -= used;
            used = kChunkKeys;
            const uint32_t next = std::exchange(chunk.next, free_);
            free_ = std::exchange(at, next);
        }
    }

    /// Opens the next non-empty window before window number `end_slot`.
    bool open_next(int64_t end_slot) {
        current_.clear();
        position_ = 0;
        while (current_slot_ + 1 < end_slot) {
            if (pending_ == 0) {
                skip_to(end_slot - 1);
                return false;
            }
            ++current_slot_;
            if (current_slot_ + (int64_t(1) << coarse_bits_) == near_end_) refill_near();
            Slot& slot = near_slot(current_slot_);
            if (slot.chunk == kNone) continue;
            drain(slot, [&](uint64_t key) { current_.push_back(key); });
            std::sort(current_.begin(), current_.end());
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
        drain(far_slot(coarse), [&](uint64_t key) {
            const TimeNs time = first * window_ + TimeNs(key >> kTimeShift);
            const int64_t slot = slot_of(time);
            append(near_slot(slot), uint64_t(time - slot * window_) << kTimeShift | (key & kOwnerMask));
        });
        if (coarse % int64_t(kFarSlots) == 0 && !beyond_.empty()) redistribute_beyond();
    }

    void push_far(const Event& event, int64_t slot) {
        const int64_t coarse = slot >> coarse_bits_;
        if (coarse < (near_end_ >> coarse_bits_) + int64_t(kFarSlots)) {
            append(far_slot(coarse), key_of(event.time, coarse << coarse_bits_, event.kind, event.id));
        } else {
            beyond_.push_back(event);
            ++pending_;
        }
    }

    /// Every kFarSlots coarse slots (minutes of virtual time): events far beyond the ring get another chance to enter
    /// it.
    void redistribute_beyond() {
        std::vector<Event> waiting;
        waiting.swap(beyond_);
        pending_ -= waiting.size();
        for (const Event& event : waiting) place(event, slot_of(event.time));
    }

    TimeNs window_;
    double windows_per_ns_;
    int64_t current_slot_ = -1;
    int coarse_bits_;
    int64_t near_end_ = int64_t(2) << coarse_bits_;  ///< first window beyond the near ring
    std::vector<uint64_t> current_;                  // sorted keys of the open window
    size_t position_ = 0;
    std::vector<Slot> near_;
    std::vector<Slot> far_;
    std::vector<Event> beyond_;
    PagedArray<Chunk> chunks_;
    uint32_t free_ = kNone;
    uint64_t pending_ = 0;
};

}  // namespace matinee::engine
