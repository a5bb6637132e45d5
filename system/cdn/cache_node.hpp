// One server of a CDN, without I/O: it decides from where an object is served, joins requests for an object that is
// already on its way, and keeps the books. Whoever drives it moves the bytes and tells it when a fill has come or
// failed.
//
// Semantics: a request updates the policy at once, so space for a miss is reserved before its bytes arrive; a request
// for an object in flight is *coalesced* and waits for that fill (with coalescing off, it starts a fill of its own). An
// object that is not admitted is fetched and passed on without being kept. A crash loses RAM, disk index and fills.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "system/base/units.hpp"
#include "system/cdn/cache/cache.hpp"
#include "system/cdn/cache/index.hpp"
#include "system/cdn/cache/spec.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::cdn {

struct NodeSpec {
    CacheSpec cache;
    Bytes disk_bytes = 0;
    Bytes ram_bytes = 0;            ///< an LRU of whole objects before the disk; 0: none
    bool holds_everything = false;  ///< a full copy: never a miss, no metadata
    bool coalesce = true;
    uint32_t max_connections = 0;  ///< 0: no limit
    TimeNs ram_latency_ns = 0;
    TimeNs disk_latency_ns = 0;
};

/// Counted when a request is answered, with the object's whole size; what a client did not take is `cancelled`.
struct NodeCounters {
    uint64_t requests = 0;  ///< all, refused ones too
    uint64_t hits = 0, coalesced = 0, misses = 0, rejected = 0;
    Bytes hit_bytes = 0, coalesced_bytes = 0, forwarded_bytes = 0, cancelled_bytes = 0, prefill_bytes = 0;

    Bytes egress_bytes() const { return hit_bytes + coalesced_bytes + forwarded_bytes - cancelled_bytes; }
    void add(const NodeCounters& other);
};

class CacheNode {
public:
    /// Who waits for a fill: opaque to the node.
    using Waiter = uint64_t;

    struct Answer {
        enum class Kind : uint8_t {
            Serve,   ///< from here, after `latency_ns`
            Join,    ///< wait for fill `fill`, which is on its way
            Fill,    ///< the driver must fetch the object from the parent as fill `fill`; the client waits for it
            Refuse,  ///< too many connections: an overload answer (503)
        } kind;
        bool from_disk = false;
        uint32_t fill = 0;
        TimeNs latency_ns = 0;
    };

    struct Fill {
        ObjectKey key = 0;
        Bytes size = 0;
        Waiter first = 0;              ///< who waits, nearly always alone
        uint32_t others = UINT32_MAX;  ///< the first and the last of a list
        uint32_t last = UINT32_MAX;
        bool open = false;
    };

    CacheNode(const NodeSpec& spec, const KeySpace& keys, RandomStream admission);

    /// One request. The connection counts against the limit until disconnected().
    Answer request(ObjectKey key, Bytes size, TimeNs now, Waiter waiter);
    void disconnected(uint32_t count = 1) { connections_ -= count; }

    const Fill& fill(uint32_t number) const { return fills_[number]; }

    /// Calls visit(waiter) for each who waits for an open fill, in order of arrival.
    template <class Visit>
    void for_each_waiter(uint32_t number, Visit visit) const;
    /// The fill is over, well or badly: calls visit(waiter) for each who waits, in order of arrival. After a failure
    /// the object's reservation is taken back.
    template <class Visit>
    void end_fill(uint32_t number, bool ok, Visit visit);

    /// Puts an object here ahead of demand if it fits; with `evicts`, at the cost of others if it must.
    void prefill(ObjectKey key, Bytes size, TimeNs now, bool evicts);
    /// All of these that fit, in this order. Costs next to nothing at the start: see Cache::insert_all.
    void prefill(std::span<const KeyRange> ranges, TimeNs now) {
        if (cache_) cache_->insert_all(ranges, now);
    }

    /// What was promised to those who wait for fills is cancelled; responses under way are the driver's to cut.
    void crash();
    /// See Cache::prefetch.
    int prefetch_steps() const {
        const auto steps_of = [](const std::unique_ptr<Cache>& cache) { return cache ? cache->prefetch_steps() : 1; };
        return std::max(steps_of(cache_), steps_of(ram_));
    }
    void prefetch(ObjectKey key, int step) const {
        if (step == 0) in_flight_.touch(key);
        if (cache_) cache_->prefetch(key, step);
        if (ram_) ram_->prefetch(key, step);
    }
    /// Step 0 for each.
    void prefetch_all(std::span<const ObjectKey> keys) const {
        for (const ObjectKey key : keys) in_flight_.touch(key);
        if (cache_) cache_->prefetch_all(keys);
        if (ram_) ram_->prefetch_all(keys);
    }
    /// See Cache::prefetch_leaving.
    void prefetch_leaving(int step) {
        if (cache_) cache_->prefetch_leaving(step);
    }
    /// What end_fill() looks at, in two steps.
    [[gnu::always_inline]] void prefetch_fill(uint32_t number, int step) const {
        if (step == 0) return matinee::prefetch(fills_.data() + number);
        in_flight_.touch(fills_[number].key);
    }
    /// Who has waited longest for an open fill: for prefetching.
    Waiter first_waiter(uint32_t number) const { return fills_[number].first; }

    NodeCounters counters;

    uint32_t connections() const { return connections_; }
    Bytes used_bytes() const { return cache_ ? cache_->used_bytes() : 0; }
    uint64_t metadata_bytes() const;
    const NodeSpec& spec() const { return spec_; }

private:
    static constexpr uint32_t kNone = UINT32_MAX;
    struct Waiting {
        Waiter who;
        uint32_t next;
    };

    Answer serve(ObjectKey key, Bytes size, TimeNs now) {
        ++counters.hits;
        counters.hit_bytes += size;
        const bool in_ram = ram_ && ram_->request(key, size, now) == Lookup::Hit;
        return {Answer::Kind::Serve, !in_ram, 0, in_ram ? spec_.ram_latency_ns : spec_.disk_latency_ns};
    }
    bool finds_in_flight(ObjectKey key, Bytes size, Waiter waiter, Lookup found, Answer& answer);
    Answer miss(ObjectKey key, Bytes size, TimeNs now, Waiter waiter, Lookup found);
    Answer join(uint32_t fill, Waiter waiter);
    Answer start_fill(ObjectKey key, Bytes size, Waiter waiter);

    NodeSpec spec_;
    std::unique_ptr<Cache> cache_;
    std::unique_ptr<Cache> ram_;
    uint32_t connections_ = 0;
    struct FillKeys {  ///< what HashIndex asks of slots: fill n is slot n + 1
        const std::vector<Fill>& fills;
        struct Slot {
            ObjectKey id;
        };
        Slot operator[](uint32_t slot) const { return {fills[slot - 1].key}; }
    };
    uint32_t fill_slot_of(ObjectKey key) const { return in_flight_.find(key, FillKeys{fills_}); }

    HashIndex in_flight_{KeySpace::hashed()};  ///< of each key, the latest fill
    uint32_t open_fills_ = 0;
    std::vector<Fill> fills_;
    std::vector<uint32_t> free_fills_;
    std::vector<Waiting> waiting_;
    std::vector<uint32_t> free_waiting_;
};

inline CacheNode::Answer CacheNode::request(ObjectKey key, Bytes size, TimeNs now, Waiter waiter) {
    ++counters.requests;
    if (spec_.max_connections != 0 && connections_ >= spec_.max_connections) {
        ++counters.rejected;
        return {Answer::Kind::Refuse};
    }
    ++connections_;
    if (spec_.holds_everything) {
        ++counters.hits;
        counters.hit_bytes += size;
        return {Answer::Kind::Serve, true, 0, spec_.disk_latency_ns};
    }
    const Lookup found = cache_->request(key, size, now);
    Answer answer;
    if (open_fills_ > 0 && in_flight_.may_hold(key) && finds_in_flight(key, size, waiter, found, answer)) return answer;
    return found == Lookup::Hit ? serve(key, size, now) : miss(key, size, now, waiter, found);
}

template <class Visit>
void CacheNode::for_each_waiter(uint32_t number, Visit visit) const {
    visit(fills_[number].first);
    for (uint32_t at = fills_[number].others; at != kNone; at = waiting_[at].next) visit(waiting_[at].who);
}

template <class Visit>
void CacheNode::end_fill(uint32_t number, bool ok, Visit visit) {
    const Fill fill = fills_[number];
    if (spec_.coalesce || fill_slot_of(fill.key) == number + 1) in_flight_.erase(fill.key, number + 1);
    fills_[number].open = false;
    free_fills_.push_back(number);
    --open_fills_;
    if (!ok) {
        cache_->erase(fill.key);
        if (ram_) ram_->erase(fill.key);
    }
    visit(fill.first);
    for (uint32_t at = fill.others; at != kNone;) {
        const Waiting waiting = waiting_[at];
        free_waiting_.push_back(at);
        visit(waiting.who);
        at = waiting.next;
    }
}

}  // namespace matinee::cdn
