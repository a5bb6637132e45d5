// Token buckets by the million, without I/O: time and a key in, a decision out.
//
// A bucket holds `capacity` tokens and fills in `window`: tokens = min(capacity, tokens + elapsed * capacity / window),
// and a request takes one. It is kept as one number, the moment at which it would be full again, which is the generic
// cell rate algorithm (ITU-T I.371, annex A: virtual scheduling) and exact in integers. A bucket that is full is one
// that need not be kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "system/base/units.hpp"
#include "system/memory/prefetch.hpp"

namespace matinee::gateway {

struct Quota {
    int64_t capacity = 0;
    TimeNs window = 0;
    /// Between two tokens. Windows are whole multiples in practice; what is lost by rounding down is less than a
    /// nanosecond a token.
    TimeNs interval() const { return window / capacity; }
};

class RateLimiter {
public:
    struct Decision {
        bool allowed = false;
        int64_t remaining = 0;  ///< tokens, after this request where it is allowed
        TimeNs full_in = 0;     ///< until the bucket is full again
        TimeNs retry_in = 0;    ///< until there is a token; 0 where it is allowed
    };

    /// `secret` keeps strangers from choosing keys that meet in one place of the table.
    RateLimiter(uint64_t secret, size_t most_buckets);

    /// Whose bucket: of which limit, and of whom.
    uint64_t key_of(uint64_t limit, std::string_view who) const;
    /// Asks for the memory that the bucket is in, ahead of its use.
    void approach(uint64_t key) const { prefetch(&slots_[set_of(key)]); }
    /// What take() would say.
    Decision look(uint64_t key, const Quota& quota, TimeNs now) const;
    /// Takes a token where there is one.
    Decision take(uint64_t key, const Quota& quota, TimeNs now);

    /// Buckets there is room for; grows as they are needed.
    size_t places() const { return slots_.size(); }

private:
    /// Four fill a line of the processor's cache; a key belongs to one such set.
    struct Slot {
        uint64_t key = 0;  ///< 0: empty
        TimeNs full_at = 0;
    };
    static constexpr size_t kWays = 4;

    static Decision decide(TimeNs full_at, const Quota& quota, TimeNs now);
    size_t set_of(uint64_t key) const { return size_t(key & (slots_.size() / kWays - 1)) * kWays; }
    const Slot* find(uint64_t key) const;
    Slot& place_for(uint64_t key, TimeNs now);
    void grow(TimeNs now);

    uint64_t secret_;
    size_t most_;
    std::vector<Slot> slots_;
};

/// What an address counts as: itself for IPv4, its /64 for IPv6, because that is the least that a customer gets (RFC
/// 6177).
std::string network_of(std::string_view address);

}  // namespace matinee::gateway
