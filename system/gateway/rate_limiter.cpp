#include "system/gateway/rate_limiter.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

#include "system/base/digest.hpp"

namespace matinee::gateway {

RateLimiter::RateLimiter(uint64_t secret, size_t most_buckets)
    : secret_(secret),
      most_(std::bit_floor(std::max<size_t>(most_buckets, kWays))),
      slots_(std::min<size_t>(most_, 256)) {}

uint64_t RateLimiter::key_of(uint64_t limit, std::string_view who) const {
    uint64_t hash = mix64(secret_ ^ (limit << 32) ^ who.size());
    for (size_t at = 0; at < who.size(); at += 8) {
        uint64_t word = 0;
        std::memcpy(&word, who.data() + at, std::min<size_t>(8, who.size() - at));
        hash = mix64(hash ^ word) + secret_;
    }
    return std::max<uint64_t>(mix64(hash), 1);
}

RateLimiter::Decision RateLimiter::decide(TimeNs full_at, const Quota& quota, TimeNs now) {
    const TimeNs interval = quota.interval();
    const TimeNs whole = interval * quota.capacity;
    const TimeNs missing = std::max<TimeNs>(0, full_at - now);
    if (missing + interval > whole)
        return {.allowed = false, .remaining = 0, .full_in = missing, .retry_in = missing + interval - whole};
    return {.allowed = true,
            .remaining = (whole - missing - interval) / interval,
            .full_in = missing + interval,
            .retry_in = 0};
}

const RateLimiter::Slot* RateLimiter::find(uint64_t key) const {
    const size_t first = set_of(key);
    for (size_t i = first; i < first + kWays; ++i)
        if (slots_[i].key == key) return &slots_[i];
    return nullptr;
}

RateLimiter::Decision RateLimiter::look(uint64_t key, const Quota& quota, TimeNs now) const {
    const Slot* const slot = find(key);
    return decide(slot == nullptr ? 0 : slot->full_at, quota, now);
}

RateLimiter::Decision RateLimiter::take(uint64_t key, const Quota& quota, TimeNs now) {
    Slot& slot = place_for(key, now);
    const Decision decision = decide(slot.full_at, quota, now);
    if (decision.allowed) slot.full_at = now + decision.full_in;
    return decision;
}

RateLimiter::Slot& RateLimiter::place_for(uint64_t key, TimeNs now) {
    for (;;) {
        const size_t first = set_of(key);
        Slot* nearest_to_full = &slots_[first];
        for (size_t i = first; i < first + kWays; ++i) {
            if (slots_[i].key == key) return slots_[i];
            if (slots_[i].full_at < nearest_to_full->full_at) nearest_to_full = &slots_[i];
        }
        if (nearest_to_full->full_at <= now || slots_.size() >= most_) {
            *nearest_to_full = {key, 0};
            return *nearest_to_full;
        }
        grow(now);
    }
}

/// Each set splits into two, so that everything fits.
void RateLimiter::grow(TimeNs now) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
        if (slot.full_at <= now) continue;
        const size_t first = set_of(slot.key);
        *std::find_if(slots_.begin() + std::ptrdiff_t(first), slots_.end(), [](const Slot& s) { return s.key == 0; }) = slot;
    }
}

namespace {

std::vector<std::string_view> groups_of(std::string_view text) {
    std::vector<std::string_view> groups;
    while (!text.empty()) {
        const size_t end = std::min(text.find(':'), text.size());
        groups.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return groups;
}

}  // namespace

std::string network_of(std::string_view address) {
    if (address.find(':') == std::string_view::npos) return std::string(address);
    const size_t gap = address.find("::");
    std::vector<std::string_view> groups = groups_of(address.substr(0, gap));
    if (gap != std::string_view::npos) {
        const std::vector<std::string_view> behind = groups_of(address.substr(gap + 2));
        while (groups.size() + behind.size() < 8) groups.push_back("0");
        groups.insert(groups.end(), behind.begin(), behind.end());
    }
    std::string network;
    for (size_t i = 0; i < std::min<size_t>(4, groups.size()); ++i) network.append(groups[i]).append(":");
    return network;
}

}  // namespace matinee::gateway
