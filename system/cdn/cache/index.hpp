// From a key to a slot, in two ways with one interface:
//   Id                what a slot remembers of its key
//   id_of(key)        that id
//   key_of(id)        and back
//   find(id, slots)   the slot or kNoSlot
//   insert(id, slot)  the id must be absent
//   erase(id, slot)   the id must be present, in this slot
//   touch(id)         prefetches what find() reads first
//   peek(id)          the slot that is probably meant, without looking at the slots: for prefetching only
#pragma once

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "system/cdn/cache/cache.hpp"
#include "system/cdn/cache/slots.hpp"
#include "system/memory/blocks.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::cdn {

/// Any 64-bit keys: open addressing with linear probing. An entry is 32 bits of hash and the slot number, eight entries
/// to a cache line, so a miss seldom looks at a slot. Erasing shifts the entries behind it back: no tombstones.
class HashIndex {
public:
    using Id = uint64_t;

    explicit HashIndex(const KeySpace&) { allocate(4); }

    static Id id_of(ObjectKey key) { return key; }
    static ObjectKey key_of(Id id) { return id; }

    template <class Slots>
    uint32_t find(Id id, const Slots& slots) const {
        const uint32_t hash = hash_of(id);
        for (uint32_t at = hash >> shift_;; at = (at + 1) & mask_) {
            const uint64_t entry = table_[at];
            if (entry == 0) return kNoSlot;
            if (uint32_t(entry >> 32) == hash && slots[uint32_t(entry)].id == id) return uint32_t(entry);
        }
    }

    /// False only if find() would not find it, from a look at one entry: for tables that are nearly empty.
    bool may_hold(Id id) const { return table_[hash_of(id) >> shift_] != 0; }

    void insert(Id id, uint32_t slot) {
        if (count_ >= limit_) grow();
        ++count_;
        place(uint64_t(hash_of(id)) << 32 | slot);
    }

    void erase(Id id, uint32_t slot) {
        uint32_t hole = hash_of(id) >> shift_;
        while (uint32_t(table_[hole]) != slot) hole = (hole + 1) & mask_;
        for (uint32_t at = (hole + 1) & mask_;; at = (at + 1) & mask_) {
            const uint64_t entry = table_[at];
            if (entry == 0) break;
            // Only an entry whose home does not lie between the hole and itself may move into the hole.
            const uint32_t home = uint32_t(entry >> 32) >> shift_;
            if (((at - home) & mask_) < ((at - hole) & mask_)) continue;
            table_[hole] = entry;
            hole = at;
        }
        table_[hole] = 0;
        --count_;
    }

    [[gnu::always_inline]] void touch(Id id) const { matinee::prefetch(&table_[hash_of(id) >> shift_]); }
    /// For several in a row.

    /// Right three times in four, and free of branches: what stands at the key's home.
    uint32_t peek(Id id) const { return uint32_t(table_[hash_of(id) >> shift_]); }

    uint64_t memory_bytes() const { return (uint64_t(mask_) + 1) * sizeof(uint64_t); }

private:
    /// Fibonacci hashing (Knuth, TAOCP 3, 6.4) of the key with its halves folded, so that high bits count as well.
    static uint32_t hash_of(Id id) { return uint32_t(((id ^ id >> 32) * 0x9e3779b97f4a7c15ull) >> 32); }

    void allocate(uint32_t bits) {
        table_ = BlockArray<uint64_t>(size_t(1) << bits);
        shift_ = 32 - bits;
        mask_ = uint32_t((uint64_t(1) << bits) - 1);
        limit_ = (uint64_t(mask_) + 1) * 5 / 8;
    }
    void place(uint64_t entry) {
        uint32_t at = uint32_t(entry >> 32) >> shift_;
        while (table_[at] != 0) at = (at + 1) & mask_;
        table_[at] = entry;
    }
    [[gnu::noinline]] void grow() {
        if (shift_ <= 1) throw std::length_error("a hashed cache knows at most 5/8 of 2^31 objects and ghosts");
        const auto old = std::move(table_);
        const uint64_t entries = uint64_t(mask_) + 1;
        allocate(33 - shift_);
        for (uint64_t i = 0; i < entries; ++i) {
            if (old[i] != 0) place(old[i]);
        }
    }

    BlockArray<uint64_t> table_;
    uint32_t shift_ = 0;  // 32 - log2(entries)
    uint32_t mask_ = 0;
    uint64_t count_ = 0;
    uint64_t limit_ = 0;
};

[[noreturn]] void refuse_key(ObjectKey key, uint64_t objects);

/// Dense keys: four bytes each, in the blocks of keys that were ever used.
class PagedIndex {
public:
    using Id = uint32_t;

    explicit PagedIndex(const KeySpace& space);
    /// Whether every key has a 32-bit id.
    static bool can_hold(const KeySpace& space) { return space.objects() <= uint64_t(1) << 32; }

    Id id_of(ObjectKey key) const {
        if (key >= objects_) refuse_key(key, objects_);
        return Id(key);
    }
    static ObjectKey key_of(Id id) { return id; }

    template <class Slots>
    uint32_t find(Id id, const Slots&) const {
        return peek(id);
    }
    void insert(Id id, uint32_t slot) {
        uint32_t*& page = pages_[id >> kShift];
        if (page == nullptr) page = take_page();
        page[id & kMask] = slot;
    }
    void erase(Id id, uint32_t) { *position(id) = kNoSlot; }

    [[gnu::always_inline]] void touch(Id id) const {
        const uint32_t* at = position(id);
        if (at != nullptr) matinee::prefetch(at);
    }
    uint32_t peek(Id id) const {
        const uint32_t* at = position(id);
        return at != nullptr ? *at : kNoSlot;
    }

    uint64_t memory_bytes() const { return pages_.size() * sizeof(pages_[0]) + taken_ * sizeof(uint32_t); }

private:
    // A page is about as long as a rendition has segments: what is asked for together.
    static constexpr uint32_t kShift = 10;
    static constexpr uint32_t kMask = (1u << kShift) - 1;
    static constexpr size_t kBlockIds = kBlockBytes / sizeof(uint32_t);

    [[gnu::noinline]] uint32_t* take_page() {
        if (taken_ % kBlockIds == 0) blocks_.emplace_back(kBlockIds);
        uint32_t* const page = blocks_.back().data() + taken_ % kBlockIds;
        taken_ += kMask + 1;
        return page;
    }
    uint32_t* position(Id id) const {
        uint32_t* const page = pages_[id >> kShift];
        return page != nullptr ? &page[id & kMask] : nullptr;
    }

    uint64_t objects_;
    std::vector<uint32_t*> pages_;
    std::vector<BlockArray<uint32_t>> blocks_;  // own the pages
    uint64_t taken_ = 0;                        // ids in pages
};

}  // namespace matinee::cdn
