// Max-min fair sharing of links among flows that are also capped one by one (Bertsekas and Gallager, Data Networks,
// 6.5.2: progressive filling). Bits per tick, in integers.
#pragma once

#include <algorithm>
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
    uint64_t cap_bits = 0;  ///< what the flow could take were the links free
    uint32_t link_set = 0;  ///< number of the set that it crosses
};

/// Shares such that no link carries more than its capacity, no flow more than its cap, and no flow could get more
/// without taking from one that has no more than it. Rounding leaves at most one bit a flow unused. Deterministic,
/// whatever the order of flows, sets and links, and whatever was allocated before. O(flows + link sets x rounds) where
/// the first level at which a link is full is near that of the allocation before.
class FairShare {
public:
    void allocate(std::span<const SharedFlow> flows, std::span<const LinkSet> link_sets,
                  std::span<const uint64_t> capacity_bits);

    uint64_t share_bits(const SharedFlow& flow) const { return std::min(flow.cap_bits, level_bits(flow.link_set)); }

    /// What flows of this set get, as allocated last, unless their caps are lower; UINT64_MAX where none of their links
    /// is full.
    uint64_t level_bits(uint32_t link_set) const { return levels_[link_set]; }

    /// What the last allocation left of a link's capacity.
    uint64_t left_bits(size_t link) const { return left_bits_[link]; }

private:
    struct Sum {
        uint64_t bits = 0;
        uint32_t flows = 0;
    };
    struct Tightest {
        uint64_t level_bits = UINT64_MAX;
        uint32_t link = kNoLink;
    };
    bool start_at(uint64_t level_bits);
    bool take_off_links();
    Tightest tightest() const;
    void gather_near(uint64_t above_bits, uint64_t level_bits);
    bool close_up_to(uint64_t level_bits);
    void close_those_on(uint32_t link, uint64_t level_bits);

    // of the running allocation
    std::span<const SharedFlow> flows_;
    std::span<const LinkSet> link_sets_;
    std::span<const uint64_t> capacity_bits_;

    std::vector<uint64_t> left_bits_;
    std::vector<uint32_t> open_flows_;  ///< of each link
    std::vector<uint32_t> open_;        ///< of each link set: flows without a share so far
    std::vector<Sum> closed_;           ///< of each link set, not yet taken off the links
    std::vector<uint64_t> levels_;      ///< of each link set, once one of its links is full; else UINT64_MAX
    std::vector<SharedFlow> near_;      ///< among the open flows, all whose caps are at most `near_up_to_bits_`
    uint64_t near_up_to_bits_ = 0;
    uint64_t first_level_bits_ = 0;  ///< at which a link was full, last time
};

}  // namespace matinee::network
