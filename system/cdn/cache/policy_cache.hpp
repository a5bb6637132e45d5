// The cache around a policy: expiry, admission, and the order in which they are asked. The policy is a type, so that a
// request is one virtual call and everything below it is inlined.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
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
        constexpr size_t step_apart = 8;  // requests between the steps of a hint
        const size_t count = requests.size();
        const auto hint = [&](size_t at, int step) {
            if (at < count) PolicyCache::prefetch(requests[at].key, step);
        };
        for (size_t at = 0; at < std::min(count, step_apart * kPrefetchSteps); ++at) hint(at, 0);
        Tally tally;
        for (size_t i = 0; i < count; ++i) {
            for (int step = 0; step < kPrefetchSteps; ++step)
                hint(i + step_apart * size_t(kPrefetchSteps - step), step);
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

    void insert_all(std::span<const KeyRange> ranges, TimeNs now) override {
        if constexpr (requires { policy_.prefill_runs(ranges); })
            if (policy_.prefill_runs(ranges)) return;
        if (space_.sizes() == nullptr) throw std::invalid_argument("ranges of keys need known sizes");
        for (const KeyRange& range : ranges)
            for (uint64_t i = 0; i < range.count; ++i)
                PolicyCache::insert(range.first + i, space_.sizes()->bytes_of(range.first + i), now);
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

    int prefetch_steps() const override {
        if constexpr (requires { Policy::kPrefetchSteps; }) return Policy::kPrefetchSteps;
        return Cache::kPrefetchSteps;
    }
    void prefetch(ObjectKey key, int step) override {
        const Id id = policy_.id_of(key);
        if (step == 0) return policy_.touch(id);
        if (step == 1) return policy_.approach(id);
        policy_.surround(id);
    }
    void prefetch_all(std::span<const ObjectKey> keys) override {
        for (const ObjectKey key : keys) policy_.touch(policy_.id_of(key));
    }

    void prefetch_leaving([[maybe_unused]] int step) override {
        if constexpr (requires { policy_.prefetch_leaving(step); }) policy_.prefetch_leaving(step);
    }

private:
    using Id = typename Policy::Id;

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
    KeySpace space_;
};

}  // namespace matinee::cdn
