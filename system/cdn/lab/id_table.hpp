// Gives ids the numbers 1, 2, 3, ... in the order in which they first come. What reading a trace waits for is memory,
// one random access a request: so a look-up touches one line of it, which can be asked for ahead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "system/cdn/cache/cache.hpp"
#include "system/memory/blocks.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::cdn::lab {

/// Open addressing with linear probing in a power of two of entries, four to a cache line. Ids that come early, which
/// are the popular ones, stand where they are looked for first. 22 to 43 bytes an id, and half as much more while it
/// grows.
class IdTable {
public:
    struct Entry {
        ObjectKey id;
        uint32_t number;  ///< 0: nobody's entry
        uint32_t note;    ///< the caller's
    };

    IdTable() { allocate(10); }

    /// Prefetches what entry_of() reads.
    [[gnu::always_inline]] void touch(ObjectKey id) const { matinee::prefetch(&table_[home_of(id)]); }

    /// The entry of an id; where it has none, nobody's entry for claim(). Valid until the next claim().
    [[gnu::always_inline]] Entry& entry_of(ObjectKey id) const {
        for (size_t at = home_of(id);; at = (at + 1) & mask_) {
            Entry& entry = table_[at];
            if (entry.id == id || entry.number == 0) return entry;  // nobody's has id 0, which may be somebody's, too
        }
    }

    /// Makes nobody's entry that of a new id; its number.
    uint32_t claim(Entry& entry, ObjectKey id, uint32_t note) {
        entry = {id, ++ids_, note};
        if (ids_ > most_ids_) grow();
        return ids_;
    }

private:
    /// Fibonacci hashing (Knuth, TAOCP 3, 6.4) of the id with its halves folded, so that high bits count as well.
    size_t home_of(ObjectKey id) const { return size_t(((id ^ id >> 32) * 0x9e3779b97f4a7c15ull) >> shift_); }

    void allocate(uint32_t bits) {
        table_ = BlockArray<Entry>(size_t(1) << bits);
        shift_ = 64 - bits;
        mask_ = (size_t(1) << bits) - 1;
        most_ids_ = (mask_ + 1) / 4 * 3;
    }

    /// A place is the highest bits of the hash, so that both tables are walked from end to end, once.
    [[gnu::noinline]] void grow() {
        const BlockArray<Entry> old = std::move(table_);
        const size_t entries = mask_ + 1;
        allocate(65 - shift_);
        for (size_t i = 0; i < entries; ++i) {
            if (old[i].number != 0) entry_of(old[i].id) = old[i];
        }
    }

    BlockArray<Entry> table_;
    uint32_t shift_ = 0;  // 64 - log2(entries)
    uint32_t ids_ = 0;
    size_t mask_ = 0;
    size_t most_ids_ = 0;  // before it grows
};

}  // namespace matinee::cdn::lab
