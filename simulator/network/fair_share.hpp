// Max-min fair sharing of links among flows that are also capped one by one (Bertsekas and Gallager, Data Networks,
// 6.5.2: progressive filling). Bits per tick, in integers.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "system/base/units.hpp"

namespace matinee::network {

inline constexpr uint32_t kNoLink = UINT32_MAX;

/// The mean rate of so many bits in a tick.
inline uint64_t kbps_over(TimeNs tick, uint64_t bits) { return uint64_t(double(bits) / to_ms(tick)); }

/// The links that a flow crosses: up to four, in any places. Many flows cross the same ones.
using LinkSet = std::array<uint32_t, 4>;
inline constexpr LinkSet kNoLinks = {kNoLink, kNoLink, kNoLink, kNoLink};

struct SharedFlow {
    uint64_t cap_bits = 0;    ///< what the flow could take were the links free
    uint64_t share_bits = 0;  ///< result
    uint32_t link_set = 0;    ///< number of the set that it crosses
};

/// Fills `share_bits` of every flow so that no link carries more than its capacity, no flow more than its cap, and no
/// flow could get more without taking from one that has no more than it. Rounding leaves at most one bit a flow unused.
/// Deterministic, whatever the order of flows, sets and links. O((flows + link sets) x rounds).
class FairShare {
public:
    void allocate(std::span<SharedFlow> flows, std::span<const LinkSet> link_sets,
                  std::span<const uint64_t> capacity_bits);

    /// What the links of a flow, as allocated last, would have let it have at least had its cap been higher.
    uint64_t level_bits(const SharedFlow& flow) const { return levels_[flow.link_set]; }

    /// What the last allocation left of a link's capacity.
    uint64_t left_bits(size_t link) const { return left_bits_[link]; }

private:
    /// A flow without a share so far. What rounds ask of it stands here too: they look at all of these.
    struct Open {
        uint64_t cap_bits;
        uint32_t flow;
        uint32_t link_set;
    };
    struct Sum {
        uint64_t bits = 0;
        uint32_t flows = 0;
    };
    struct Tightest {
        uint64_t level_bits = UINT64_MAX;
        uint32_t link = kNoLink;
    };
    Tightest tightest() const;
    template <class Closes>
    bool close(std::span<SharedFlow> flows, uint64_t level_bits, Closes closes);
    void settle(std::span<const LinkSet> link_sets);

    std::vector<uint64_t> left_bits_;
    std::vector<uint32_t> open_flows_;  ///< of each link
    std::vector<Open> open_;
    std::vector<Sum> closed_;       ///< of each link set, in the running round
    std::vector<uint64_t> levels_;  ///< of each link set, once one of its links is full; else UINT64_MAX
};

}  // namespace matinee::network
