// LFU: frequency 1 at insertion, one more at each hit, forgotten at eviction. The least frequent object is evicted;
// among equals the one that reached that frequency first. Constant time: one list per frequency in use, the lists in
// ascending order (Shah, Mitra, Matani, "An O(1) algorithm for implementing the LFU cache eviction scheme", 2010).
#pragma once

#include <vector>

#include "system/cdn/cache/store.hpp"

namespace matinee::cdn {

template <class Id>
struct CountedSlot {
    Id id;
    uint32_t prev;
    uint32_t next;
    uint32_t size_and_flags;
    uint32_t group;
    uint32_t& free_link() { return next; }
};

template <class Index>
class Lfu : public Store<Index, CountedSlot<typename Index::Id>> {
    using Base = Store<Index, CountedSlot<typename Index::Id>>;

public:
    using typename Base::Id;

    Lfu(Bytes capacity, const KeySpace& space) : Base(capacity, space, 0), groups_(1) {}

    void hit(uint32_t slot) {
        const uint32_t from = this->slots[slot].group;
        const uint64_t frequency = groups_[from].frequency + 1;
        uint32_t to = groups_[from].above;
        if (to == kNone || groups_[to].frequency != frequency) {
            // The only object of its frequency takes its group along.
            if (groups_[from].oldest == groups_[from].newest) {
                groups_[from].frequency = frequency;
                return;
            }
            to = new_group(frequency, from);
        }
        leave(slot);
        join(slot, to);
    }

    uint32_t insert(Id id, Bytes size) {
        while (!this->has_room(size)) {
            erase(groups_[lowest()].oldest);
        }
        return prefill(id, size, kNoSlot);
    }

    uint32_t prefill(Id id, Bytes size, uint32_t) {
        const uint32_t slot = this->add(id, size);
        uint32_t group = lowest();
        if (group == kNone || groups_[group].frequency != 1) group = new_group(1, kNone);
        join(slot, group);
        return slot;
    }

    void erase(uint32_t slot) {
        leave(slot);
        this->remove(slot);
    }

    uint64_t memory_bytes() const { return Base::memory_bytes() + groups_.capacity() * sizeof(Group); }

private:
    /// The objects of one frequency in the order in which they reached it. Group 0 is no group but the ring's seam.
    struct Group {
        uint64_t frequency = 0;
        uint32_t oldest = kNoSlot;
        uint32_t newest = kNoSlot;
        uint32_t below = kNone;
        uint32_t above = kNone;
    };
    static constexpr uint32_t kNone = 0;

    uint32_t lowest() const { return groups_[kNone].above; }

    uint32_t new_group(uint64_t frequency, uint32_t below) {
        uint32_t group = free_group_;
        if (group != kNone) {
            free_group_ = groups_[group].above;
        } else {
            group = uint32_t(groups_.size());
            groups_.emplace_back();
        }
        const uint32_t above = groups_[below].above;
        groups_[group] = {frequency, kNoSlot, kNoSlot, below, above};
        groups_[below].above = group;
        groups_[above].below = group;
        return group;
    }

    /// Appends the slot at the newest end.
    void join(uint32_t slot, uint32_t group) {
        auto& entry = this->slots[slot];
        const uint32_t newest = groups_[group].newest;
        entry.group = group;
        entry.prev = kNoSlot;
        entry.next = newest;
        if (newest != kNoSlot) {
            this->slots[newest].prev = slot;
        } else {
            groups_[group].oldest = slot;
        }
        groups_[group].newest = slot;
    }

    /// Takes the slot out of its group, and the group away if that was its last.
    void leave(uint32_t slot) {
        const auto& entry = this->slots[slot];
        Group& group = groups_[entry.group];
        if (entry.prev != kNoSlot) {
            this->slots[entry.prev].next = entry.next;
        } else {
            group.newest = entry.next;
        }
        if (entry.next != kNoSlot) {
            this->slots[entry.next].prev = entry.prev;
        } else {
            group.oldest = entry.prev;
        }
        if (group.oldest != kNoSlot) return;
        groups_[group.below].above = group.above;
        groups_[group.above].below = group.below;
        group.above = free_group_;
        free_group_ = entry.group;
    }

    std::vector<Group> groups_;
    uint32_t free_group_ = kNone;
};

}  // namespace matinee::cdn
