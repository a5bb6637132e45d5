// What policies for dense keys of known sizes stand on: a few bits of state for every object that could exist, and
// rings of four bytes for each that is in a queue. A look-up touches one line of memory, which tens of segments of a
// rendition share.
#pragma once

#include <cstdint>

#include "system/cdn/cache/cache.hpp"
#include "system/cdn/cache/index.hpp"
#include "system/cdn/cache/spec.hpp"
#include "system/memory/blocks.hpp"

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
    template <class Visit>
    void for_each(Visit visit) const {
        for (uint64_t at = oldest_; at < newest_; ++at) visit(ids_[at & mask_]);
    }
    /// Keeps those for which keep(id) says so, which it is asked for the newest first.
    template <class Keep>
    void filter(Keep keep) {
        uint64_t to = newest_;
        for (uint64_t at = newest_; at-- > oldest_;)
            if (const uint32_t id = ids_[at & mask_]; keep(id)) ids_[--to & mask_] = id;
        oldest_ = to;
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

/// The counterpart of Store. A slot is an id plus one, so that 0 is kNoSlot.
template <class State>
class CompactStore {
public:
    using Id = uint32_t;

    CompactStore(Bytes capacity, const KeySpace& space)
        : states_(space.objects()), sizes_(space.sizes()), objects_possible_(space.objects()), capacity_(capacity) {}

    Id id_of(ObjectKey key) const {
        if (key >= objects_possible_) refuse_key(key, objects_possible_);
        return Id(key);
    }
    bool takes(Bytes size) const { return size <= capacity_; }

    Bytes capacity() const { return capacity_; }
    Bytes used() const { return used_; }
    uint64_t objects() const { return objects_; }
    bool has_room(Bytes size) const { return size <= capacity_ - used_; }
    uint32_t slot_limit() const { return 0; }  // for expiry times, which these policies cannot keep

    [[gnu::always_inline]] void touch(Id id) const { __builtin_prefetch(&states_[id], 1); }
    void approach(Id) const {}
    void surround(Id) const {}

protected:
    Bytes size(uint32_t slot) const { return sizes_->bytes_of(slot - 1); }
    void count_in(Bytes size) {
        used_ += size;
        ++objects_;
    }
    void count_out(Bytes size) {
        used_ -= size;
        --objects_;
    }
    /// Takes the oldest entry off, and asks for the state of one that will be it soon.
    void pop(IdRing& ring) const {
        constexpr uint64_t victims_ahead = 4;
        ring.pop();
        if (ring.size() <= victims_ahead) return;
        const Id later = ring.upcoming(victims_ahead);
        if (later < objects_possible_) touch(later);
    }

    BlockArray<State> states_;

private:
    const ObjectSizes* sizes_;
    uint64_t objects_possible_;
    Bytes capacity_;
    Bytes used_ = 0;
    uint64_t objects_ = 0;
};

/// Whether the compact policies can serve: dense keys with known sizes, few enough that a state for each costs little, that
/// never expire.
inline bool can_be_compact(const CacheSpec& spec, const KeySpace& space) {
    constexpr uint64_t most_objects = uint64_t(1) << 28;
    return space.is_dense() && space.sizes() != nullptr && space.objects() <= most_objects && spec.ttl == 0;
}

}  // namespace matinee::cdn
