// Slots: one small record per known object, named by a 32-bit number, kept in one array and chained into lists by those
// numbers. Half the size of pointers, no allocation per object, and an object's key and links share a cache line.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "system/base/units.hpp"
#include "system/memory/blocks.hpp"

namespace matinee::cdn {

/// No slot. Slot 0 exists but never stands for an object, so zeroed memory means "absent".
inline constexpr uint32_t kNoSlot = 0;

/// An array that grows by doubling. The elements are not initialised.
template <class T>
class GrowArray {
public:
    GrowArray() = default;
    GrowArray(GrowArray&& other) noexcept : data_(std::move(other.data_)) {}
    GrowArray& operator=(GrowArray&& other) noexcept {
        std::swap(data_, other.data_);
        return *this;
    }

    T& operator[](size_t i) { return data_[i]; }
    const T& operator[](size_t i) const { return data_[i]; }
    T* data() { return data_.data(); }
    size_t capacity() const { return data_.size(); }
    /// Makes room for at least `count` elements.
    void reserve(size_t count) {
        if (count > capacity()) grow(count);
    }

private:
    [[gnu::noinline]] void grow(size_t count) {
        BlockArray<T> wider(std::max({count, 2 * capacity(), kBlockBytes / sizeof(T)}));
        std::copy_n(data_.data(), capacity(), wider.data());
        data_ = std::move(wider);
    }
    BlockArray<T> data_;
};

/// A member of a doubly linked list. `Id` is what the index calls the object: 16 bytes a slot with 32-bit ids.
template <class Id>
struct LinkedSlot {
    Id id;
    uint32_t prev;  ///< towards the head, where the newest is
    uint32_t next;  ///< towards the tail; chains free slots as well
    uint32_t size_and_flags;
    uint32_t& free_link() { return next; }
};

/// The slots of one cache. A slot type has `id`, `size_and_flags` (4 flag bits below 28 bits of size) and free_link().
template <class Slot>
class SlotPool {
public:
    /// Slots 1 to `sentinels` are set aside as the ends of lists.
    explicit SlotPool(uint32_t sentinels) : used_(sentinels + 1) { slots_.reserve(used_); }

    Slot& operator[](uint32_t slot) { return slots_[slot]; }
    const Slot& operator[](uint32_t slot) const { return slots_[slot]; }

    /// May move the slots: references die, numbers stay. The slot is not initialised.
    uint32_t take() {
        if (free_ != kNoSlot) {
            const uint32_t slot = free_;
            free_ = slots_[slot].free_link();
            return slot;
        }
        if (used_ == UINT32_MAX) throw std::length_error("a cache holds at most 2^32 - 2 objects and ghosts");
        slots_.reserve(size_t(used_) + 1);
        return used_++;
    }
    /// The newest free slot is taken first: it is still in the processor's cache.
    void give_back(uint32_t slot) {
        if (slots_[slot].size_and_flags >> kFlagBits == kLargeSize) large_.erase(slot);
        slots_[slot].free_link() = free_;
        free_ = slot;
    }

    Bytes size(uint32_t slot) const {
        const uint32_t size = slots_[slot].size_and_flags >> kFlagBits;
        return size != kLargeSize ? size : large_.at(slot);
    }
    /// For a slot just taken; the flags become 0.
    void set_size(uint32_t slot, Bytes size) {
        if (size >= kLargeSize) {
            large_[slot] = size;
            size = kLargeSize;
        }
        slots_[slot].size_and_flags = uint32_t(size) << kFlagBits;
    }
    uint32_t flags(uint32_t slot) const { return slots_[slot].size_and_flags & kFlagMask; }
    void set_flags(uint32_t slot, uint32_t flags) {
        slots_[slot].size_and_flags = (slots_[slot].size_and_flags & ~kFlagMask) | flags;
    }

    /// Slots ever used: 0 to limit() - 1 may be looked at.
    uint32_t limit() const { return used_; }
    uint64_t memory_bytes() const { return uint64_t(used_) * sizeof(Slot) + large_.size() * kLargeEntryBytes; }

    // Lists are circular through a sentinel slot, which saves every special case of an empty list and of its ends.
    void make_list(uint32_t list) {
        slots_[list].id = 0;  // may be prefetched by, never found
        slots_[list].prev = slots_[list].next = list;
    }
    uint32_t tail(uint32_t list) const { return slots_[list].prev; }
    bool empty(uint32_t list) const { return slots_[list].next == list; }
    void push_head(uint32_t list, uint32_t slot) {
        const uint32_t newest = slots_[list].next;
        slots_[slot].prev = list;
        slots_[slot].next = newest;
        slots_[newest].prev = slot;
        slots_[list].next = slot;
    }
    void unlink(uint32_t slot) {
        const uint32_t prev = slots_[slot].prev;
        const uint32_t next = slots_[slot].next;
        slots_[prev].next = next;
        slots_[next].prev = prev;
    }

private:
    static constexpr uint32_t kFlagBits = 4;
    static constexpr uint32_t kFlagMask = (1u << kFlagBits) - 1;
    /// Objects from 256 MiB up, which are rare, keep their size in a side table.
    static constexpr uint32_t kLargeSize = (1u << (32 - kFlagBits)) - 1;
    static constexpr uint64_t kLargeEntryBytes = 40;

    GrowArray<Slot> slots_;
    uint32_t used_;
    uint32_t free_ = kNoSlot;
    std::unordered_map<uint32_t, Bytes> large_;  // looked up, never walked
};

}  // namespace matinee::cdn
