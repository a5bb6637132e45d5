#include "system/cdn/cache_node.hpp"

namespace matinee::cdn {

void NodeCounters::add(const NodeCounters& other) {
    requests += other.requests;
    hits += other.hits;
    coalesced += other.coalesced;
    misses += other.misses;
    rejected += other.rejected;
    hit_bytes += other.hit_bytes;
    coalesced_bytes += other.coalesced_bytes;
    forwarded_bytes += other.forwarded_bytes;
    cancelled_bytes += other.cancelled_bytes;
    prefill_bytes += other.prefill_bytes;
}

CacheNode::CacheNode(const NodeSpec& spec, const KeySpace& keys, RandomStream admission) : spec_(spec) {
    if (spec.holds_everything) return;
    cache_ = make_cache(spec.cache, spec.disk_bytes, keys, admission);
    if (spec.ram_bytes > 0) ram_ = make_cache(CacheSpec{}, spec.ram_bytes, keys, admission);
}

/// The object is on its way: true, with the answer, unless it is here all the same.
bool CacheNode::finds_in_flight(ObjectKey key, Bytes size, Waiter waiter, Lookup found, Answer& answer) {
    const uint32_t flying = fill_slot_of(key);
    if (flying == kNoSlot) return false;
    if (spec_.coalesce) {
        ++counters.coalesced;
        counters.coalesced_bytes += size;
        answer = join(flying - 1, waiter);
        return true;
    }
    if (found != Lookup::Hit) return false;
    answer = start_fill(key, size, waiter);
    return true;
}

CacheNode::Answer CacheNode::miss(ObjectKey key, Bytes size, TimeNs now, Waiter waiter, Lookup found) {
    if (ram_ && found == Lookup::Inserted) ram_->request(key, size, now);
    return start_fill(key, size, waiter);
}

CacheNode::Answer CacheNode::join(uint32_t number, Waiter waiter) {
    uint32_t at;
    if (free_waiting_.empty()) {
        at = uint32_t(waiting_.size());
        waiting_.push_back({waiter, kNone});
    } else {
        at = free_waiting_.back();
        free_waiting_.pop_back();
        waiting_[at] = {waiter, kNone};
    }
    Fill& fill = fills_[number];
    (fill.others == kNone ? fill.others : waiting_[fill.last].next) = at;
    fill.last = at;
    return {Answer::Kind::Join, false, number, 0};
}

CacheNode::Answer CacheNode::start_fill(ObjectKey key, Bytes size, Waiter waiter) {
    ++counters.misses;
    counters.forwarded_bytes += size;
    uint32_t number;
    if (free_fills_.empty()) {
        number = uint32_t(fills_.size());
        fills_.emplace_back();
    } else {
        number = free_fills_.back();
        free_fills_.pop_back();
    }
    if (!spec_.coalesce)  // else there is none
        if (const uint32_t older = fill_slot_of(key); older != kNoSlot) in_flight_.erase(key, older);
    fills_[number] = Fill{key, size, waiter, kNone, kNone, true};
    in_flight_.insert(key, number + 1);
    ++open_fills_;
    return {Answer::Kind::Fill, false, number, 0};
}

void CacheNode::prefill(ObjectKey key, Bytes size, TimeNs now, bool evicts) {
    if (cache_ && !cache_->insert(key, size, now) && evicts) cache_->request(key, size, now);
}

void CacheNode::crash() {
    for (const Fill& fill : fills_) {
        if (!fill.open) continue;
        counters.cancelled_bytes += fill.size;
        for (uint32_t at = fill.others; at != kNone; at = waiting_[at].next) counters.cancelled_bytes += fill.size;
    }
    if (cache_) cache_->clear();
    if (ram_) ram_->clear();
    in_flight_ = HashIndex(KeySpace::hashed());
    open_fills_ = 0;
    fills_.clear();
    free_fills_.clear();
    waiting_.clear();
    free_waiting_.clear();
    connections_ = 0;
}

uint64_t CacheNode::metadata_bytes() const {
    return (cache_ ? cache_->metadata_bytes() : 0) + (ram_ ? ram_->metadata_bytes() : 0);
}

}  // namespace matinee::cdn
