// What policies for dense keys of known sizes stand on: a few bits of state for every object that could exist, and
// rings of four bytes for each that is in a queue. A look-up touches one line of memory, which tens of segments of a
// rendition share.
//
// What an empty cache is prefilled with are runs of ids: at the old end of their queue, and without states of their own
// until one in a block of them changes. States that were never written take no memory (blocks.hpp), and a cache that
// turns out to have room for everything keeps no order: it takes the ends of its runs and hardly more for ever.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "system/cdn/cache/cache.hpp"
#include "system/cdn/cache/id_runs.hpp"
#include "system/cdn/cache/index.hpp"
#include "system/cdn/cache/spec.hpp"
#include "system/memory/blocks.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::cdn {

/// A queue of ids: the newest is pushed at one end, the oldest taken from the other. It takes the memory of what is in
/// it, by the block.
class IdRing {
public:
    void push(uint32_t id) {
        if (newest_ % kBlockIds == 0) open_block();
        newest_block_[newest_++ % kBlockIds] = id;
    }
    bool empty() const { return newest_ == oldest_; }
    uint32_t oldest() const { return at(oldest_); }
    void pop() {
        if (++oldest_ % kBlockIds == 0) close_block(oldest_ / kBlockIds - 1);
    }
    uint64_t size() const { return newest_ - oldest_; }

    /// Asks for both ends.
    [[gnu::always_inline]] void approach() const {
        if (empty()) return;
        prefetch(&at(oldest_));
        prefetch(newest_block_ + newest_ % kBlockIds);
    }
    /// Calls ask(id) for the oldest entries, for a few more of them than have been taken since this was called last.
    template <class Ask>
    [[gnu::always_inline]] void ask_for_leaving(Ask ask) {
        constexpr uint64_t most = 16;
        const uint64_t taken = oldest_ - std::exchange(asked_from_, oldest_);
        asked_past_ = oldest_ + std::min(std::min(taken, most) + 2 * kAhead, size());
        for (uint64_t place = oldest_; place < asked_past_; ++place) ask(at(place));
    }
    /// The same for the entry that will be the oldest soon, if it has not been asked for like that.
    template <class Ask>
    void ask_for_later(Ask ask) const {
        if (oldest_ + kAhead >= asked_past_ && size() > kAhead) ask(at(oldest_ + kAhead));
    }

    /// Overwrites one entry of `id`, the newest or the oldest.
    void blank_newest(uint32_t id, uint32_t with) {
        for (uint64_t place = newest_; place-- > oldest_;)
            if (at(place) == id) return void(at(place) = with);
    }
    void blank_oldest(uint32_t id, uint32_t with) {
        for (uint64_t place = oldest_; place < newest_; ++place)
            if (at(place) == id) return void(at(place) = with);
    }
    template <class Visit>
    void for_each(Visit visit) const {
        for (uint64_t place = oldest_; place < newest_; ++place) visit(at(place));
    }
    /// Keeps those for which keep(id) says so, which it is asked for the newest first.
    template <class Keep>
    void filter(Keep keep) {
        uint64_t to = newest_;
        for (uint64_t place = newest_; place-- > oldest_;)
            if (const uint32_t id = at(place); keep(id)) at(--to) = id;
        for (uint64_t block = oldest_ / kBlockIds; block < to / kBlockIds; ++block) close_block(block);
        oldest_ = to;
    }
    uint64_t memory_bytes() const {
        const uint64_t open = (newest_ + kBlockIds - 1) / kBlockIds - oldest_ / kBlockIds + (spare_ ? 1 : 0);
        return open * kBlockBytes + blocks_.size() * sizeof(blocks_[0]);
    }

private:
    static constexpr uint64_t kBlockIds = kBlockBytes / sizeof(uint32_t);
    static constexpr uint64_t kAhead = 4;

    uint32_t& at(uint64_t place) const { return blocks_[place / kBlockIds & mask_][place % kBlockIds]; }

    /// The block in which the next entry comes to lie.
    [[gnu::noinline]] void open_block() {
        const uint64_t block = newest_ / kBlockIds;
        const uint64_t oldest = oldest_ / kBlockIds;
        if (block - oldest == blocks_.size()) {
            std::vector<BlockArray<uint32_t>> wider(blocks_.empty() ? 4 : 2 * blocks_.size());
            for (uint64_t b = oldest; b < block; ++b) wider[b & (wider.size() - 1)] = std::move(blocks_[b & mask_]);
            blocks_ = std::move(wider);
            mask_ = blocks_.size() - 1;
        }
        blocks_[block & mask_] = spare_ ? std::move(spare_) : BlockArray<uint32_t>(kBlockIds);
        newest_block_ = blocks_[block & mask_].data();
    }
    void close_block(uint64_t block) { spare_ = std::move(blocks_[block & mask_]); }

    std::vector<BlockArray<uint32_t>> blocks_;  // a ring of them; as many as a power of two
    uint64_t mask_ = 0;
    uint64_t oldest_ = 0;
    uint64_t newest_ = 0;
    uint64_t asked_from_ = 0, asked_past_ = 0;  // see ask_for_leaving()
    uint32_t* newest_block_ = nullptr;
    BlockArray<uint32_t> spare_;  // the last to be emptied
};

/// The counterpart of Store. A slot is an id plus one, so that 0 is kNoSlot. A state of 0 says that the object is in no
/// queue, or that it is in a run and as `kUndisturbed` says.
template <class State, State kUndisturbed>
class CompactStore {
public:
    using Id = uint32_t;

    CompactStore(Bytes capacity, const KeySpace& space)
        : states_(space.objects()),
          sizes_(space.sizes()),
          objects_possible_(space.objects()),
          capacity_(capacity),
          written_((space.objects() * sizeof(State) + kHugePageBytes - 1) / kHugePageBytes) {}

    Id id_of(ObjectKey key) const {
        if (key >= objects_possible_) refuse_key(key, objects_possible_);
        return Id(key);
    }
    bool takes(Bytes size) const { return size <= capacity_; }

    /// Prefills with all of these if nothing has happened to the cache yet and they fit; else does nothing: false.
    bool prefill_runs(std::span<const KeyRange> ranges);

    Bytes capacity() const { return capacity_; }
    Bytes used() const { return used_; }
    uint64_t objects() const { return objects_; }
    bool has_room(Bytes size) const { return size <= capacity_ - used_; }
    uint32_t slot_limit() const { return 0; }  // for expiry times, which these policies cannot keep

    static constexpr int kPrefetchSteps = 1;  // of which touch() is the only one
    [[gnu::always_inline]] void touch(Id id) const {
        matinee::prefetch(&states_[id]);
        undisturbed_.touch(id);
    }
    void approach(Id) const {}
    void surround(Id) const {}

protected:
    State state_of(Id id) const { return states_[id]; }
    /// Of an object whose state is 0.
    bool is_undisturbed(Id id) const { return undisturbed_.has(id); }
    /// The state of an object that is about to change.
    [[gnu::always_inline]] State& own_state(Id id) {
        State& state = states_[id];
        if (state == 0 && (written_[page_of(id)] == 0 || undisturbed_.has_block(id))) [[unlikely]]
            own_block(id);
        return state;
    }
    /// The same of an object that has a state of its own already.
    State& known_state(Id id) { return states_[id]; }
    /// There is room for every object that could exist. True only from a prefill on; then queues are not asked again.
    bool never_evicts() const { return never_evicts_; }

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
        ring.pop();
        ring.ask_for_later([this](Id id) {
            if (id < objects_possible_) touch(id);
        });
    }
    /// See Cache::prefetch_leaving.
    [[gnu::always_inline]] void prefetch_leaving(IdRing& ring, int step) const {
        if (never_evicts_) return;
        if (step == 0) return ring.approach();
        ring.ask_for_leaving([this](Id id) {
            if (id < objects_possible_) matinee::prefetch(&states_[id]);
        });
    }
    /// Of states and runs, without pages that were never written to.
    uint64_t store_bytes() const {
        const uint64_t written = std::min<uint64_t>(objects_possible_ * sizeof(State), pages_written_ * kHugePageBytes);
        return written + runs.memory_bytes() + undisturbed_.memory_bytes();
    }

    RunQueue runs;  ///< what is older than all entries of the ring in which it would stand

private:
    static size_t page_of(Id id) { return id * sizeof(State) / kHugePageBytes; }
    [[gnu::noinline]] void own_block(Id id) {
        uint8_t& page = written_[page_of(id)];
        pages_written_ += page == 0;
        page = 1;
        undisturbed_.take_block(id, [&](Id other) { states_[other] = kUndisturbed; });
    }
    bool has_room_for_the_rest() const;

    BlockArray<State> states_;
    RunSet undisturbed_;  // what has no state of its own
    const ObjectSizes* sizes_;
    uint64_t objects_possible_;
    Bytes capacity_;
    Bytes used_ = 0;
    uint64_t objects_ = 0;
    bool never_evicts_ = false;
    uint64_t pages_written_ = 0;
    std::vector<uint8_t> written_;  // by page of states
};

template <class State, State kUndisturbed>
bool CompactStore<State, kUndisturbed>::prefill_runs(std::span<const KeyRange> ranges) {
    if (objects_ != 0 || pages_written_ != 0) return false;
    RunQueue queue;
    uint64_t objects = 0;
    Bytes bytes = 0;
    for (const KeyRange& range : ranges) {
        if (range.count == 0) continue;
        if (range.count > objects_possible_) refuse_key(range.count - 1, objects_possible_);
        const Id last = id_of(range.first + (range.count - 1));
        queue.push({id_of(range.first), last + 1});
        objects += range.count;
        bytes += range.bytes;
    }
    if (!has_room(bytes)) return false;
    RunSet set(queue.runs());
    if (set.overlaps()) return false;
    runs = std::move(queue);
    undisturbed_ = std::move(set);
    objects_ = objects;
    used_ = bytes;
    never_evicts_ = has_room_for_the_rest();
    return true;
}

/// Right after a prefill. To know is worth as much as adding up the sizes of a few absent objects, not more.
template <class State, State kUndisturbed>
bool CompactStore<State, kUndisturbed>::has_room_for_the_rest() const {
    constexpr uint64_t worthwhile = 8;
    if (objects_possible_ - objects_ > objects_possible_ / worthwhile) return false;
    Bytes rest = 0;
    uint64_t id = 0;
    const auto add_up_to = [&](uint64_t past) {
        for (; id < past; ++id) rest += sizes_->bytes_of(id);
    };
    for (const IdRun& run : undisturbed_.runs()) {
        add_up_to(run.first);
        id = run.past;
    }
    add_up_to(objects_possible_);
    return has_room(rest);
}

/// Whether the compact policies can serve: dense keys with known sizes, few enough that a state for each costs little,
/// that never expire.
inline bool can_be_compact(const CacheSpec& spec, const KeySpace& space) {
    constexpr uint64_t most_objects = uint64_t(1) << 28;
    return space.is_dense() && space.sizes() != nullptr && space.objects() <= most_objects && spec.ttl == 0;
}

}  // namespace matinee::cdn
