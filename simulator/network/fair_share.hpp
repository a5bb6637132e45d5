// Max-min fair sharing of links among flows that are also capped one by one (Bertsekas and Gallager, Data Networks,
// 6.5.2: progressive filling). Bits per tick, in integers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "system/base/units.hpp"

namespace matinee::network {

inline constexpr uint32_t kNoLink = UINT32_MAX;

/// The mean rate of so many bits in a tick.
inline uint64_t kbps_over(TimeNs tick, uint64_t bits) { return uint64_t(double(bits) / to_ms(tick)); }

struct SharedFlow {
    uint64_t cap_bits = 0;  ///< what the flow could take were the links free
    uint32_t links[4] = {kNoLink, kNoLink, kNoLink, kNoLink};
    uint64_t share_bits = 0;  ///< result
};

/// Fills `share_bits` of every flow so that no link carries more than its capacity, no flow more than its cap, and no
/// flow could get more without taking from one that has no more than it. Rounding leaves at most one bit a flow unused.
/// Deterministic in the order of flows and links. O((flows + links) x saturated links).
class FairShare {
public:
    void allocate(std::span<SharedFlow> flows, std::span<const uint64_t> capacity_bits);

    /// What the links of a flow, as allocated last, would have let it have at least had its cap been higher.
    uint64_t level_bits(const SharedFlow& flow) const;

    /// What the last allocation left of a link's capacity.
    uint64_t left_bits(size_t link) const { return left_bits_[link]; }

private:
    /// A flow without a share so far. Its cap stands here too: every round looks at all of these and at few flows.
    struct Open {
        uint64_t cap_bits;
        uint32_t flow;
    };

    std::vector<uint64_t> left_bits_;
    std::vector<uint32_t> open_flows_;
    std::vector<Open> open_;
    std::vector<uint64_t> level_bits_;  ///< of each link that filled up; UINT64_MAX for the others
};

}  // namespace matinee::network
