// The cache around a policy: expiry, admission, and the order in which they are asked. The policy is a type, so that a
// request is one virtual call and everything below it is inlined.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "system/cdn/cache/admission.hpp"
#include "system/cdn/cache/cache.hpp"
#include "system/cdn/cache/slots.hpp"

namespace matinee::cdn {

template <class Policy>
class PolicyCache final : public Cache {
public:
    PolicyCache(const CacheSpec& spec, Policy empty, const KeySpace& space, const RandomStream& stream)
        : policy_(std::move(empty)), ttl_(spec.ttl), admission_(spec, stream), space_(space) {}

    Lookup request(ObjectKey key, Bytes size, TimeNs now) override {
        const Id id = policy_.id_of(key);
        uint32_t slot = policy_.find(id);
        if (slot != kNoSlot && policy_.is_held(slot)) {
            if (!expired(slot, now)) {
                policy_.hit(slot);
                return Lookup::Hit;
            }
            policy_.erase(slot);
            slot = kNoSlot;
        }
        policy_.miss(slot);
        if (!policy_.takes(size) || !admission_.admits(key, size, now)) return Lookup::Bypassed;
        slot = policy_.insert(id, size);
        if (slot == kNoSlot) return Lookup::Bypassed;
        stamp(slot, now);
        return Lookup::Inserted;
    }

    Tally request_all(std::span<const Request> requests) override {
        Tally tally;
        for (size_t i = 0; i < std::min(kHintsAhead, requests.size()); ++i) PolicyCache::prefetch(requests[i].key);
        for (size_t i = 0; i < requests.size(); ++i) {
            if (i + kHintsAhead < requests.size()) PolicyCache::prefetch(requests[i + kHintsAhead].key);
            const auto& [key, size, now] = requests[i];
            const bool missed = PolicyCache::request(key, size, now) != Lookup::Hit;
            tally.misses += missed;
            tally.missed_bytes += missed ? size : 0;
        }
        return tally;
    }

    bool contains(ObjectKey key, TimeNs now) const override {
        const uint32_t slot = policy_.find(policy_.id_of(key));
        return slot != kNoSlot && policy_.is_held(slot) && !expired(slot, now);
    }

    bool insert(ObjectKey key, Bytes size, TimeNs now) override {
        const Id id = policy_.id_of(key);
        uint32_t slot = policy_.find(id);
        if (slot != kNoSlot && policy_.is_held(slot)) {
            if (!expired(slot, now)) return false;
            policy_.erase(slot);
            slot = kNoSlot;
        }
        if (!policy_.has_room(size)) return false;
        stamp(policy_.prefill(id, size, slot), now);
        return true;
    }

    bool erase(ObjectKey key) override {
        const uint32_t slot = policy_.find(policy_.id_of(key));
        if (slot == kNoSlot || !policy_.is_held(slot)) return false;
        policy_.erase(slot);
        return true;
    }

    void clear() override {
        if constexpr (requires { policy_.emptied(space_); })
            policy_ = policy_.emptied(space_);
        else
            policy_ = Policy(policy_.capacity(), space_);
        inserted_ = {};
        admission_.clear();
    }

    Bytes used_bytes() const override { return policy_.used(); }
    Bytes capacity_bytes() const override { return policy_.capacity(); }
    uint64_t objects() const override { return policy_.objects(); }
    uint64_t metadata_bytes() const override {
        const uint64_t stamps = ttl_ != 0 ? uint64_t(policy_.slot_limit()) * sizeof(TimeNs) : 0;
        return policy_.memory_bytes() + stamps + admission_.memory_bytes();
    }

    void prefetch(ObjectKey key) override {
        const Id id = policy_.id_of(key);
        policy_.touch(id);
        // The line asked for a few hints ago has arrived: it names the slot that will be wanted.
        const Id earlier = hinted_[hints_ % kHintsBetween];
        hinted_[hints_++ % kHintsBetween] = id;
        policy_.approach(earlier);
    }

private:
    using Id = typename Policy::Id;
    static constexpr uint32_t kHintsBetween = 8;
    static constexpr size_t kHintsAhead = 16;

    bool expired(uint32_t slot, TimeNs now) const { return ttl_ != 0 && inserted_[slot] <= now - ttl_; }
    void stamp(uint32_t slot, TimeNs now) {
        if (ttl_ == 0) return;
        inserted_.reserve(policy_.slot_limit());
        inserted_[slot] = now;
    }

    Policy policy_;
    TimeNs ttl_;
    GrowArray<TimeNs> inserted_;  // by slot; used only when objects can expire
    AdmissionGate admission_;
    Id hinted_[kHintsBetween] = {};
    uint32_t hints_ = 0;
    KeySpace space_;
};

}  // namespace matinee::cdn
