#include "simulator/network/fair_share.hpp"

#include <algorithm>

namespace matinee::network {

namespace {
bool crosses(const LinkSet& set, uint32_t link) { return std::find(set.begin(), set.end(), link) != set.end(); }
}  // namespace

// Rounds of progressive filling: the least level at which a link would be full decides. Flows whose caps lie at or
// below it get their caps; if there are none, the flows of that link get the level. Each round closes a flow's worth at
// least.
void FairShare::allocate(std::span<SharedFlow> flows, std::span<const LinkSet> link_sets,
                         std::span<const uint64_t> capacity_bits) {
    left_bits_.assign(capacity_bits.begin(), capacity_bits.end());
    open_flows_.assign(capacity_bits.size(), 0);
    levels_.assign(link_sets.size(), UINT64_MAX);
    closed_.assign(link_sets.size(), {});
    open_.clear();
    for (uint32_t f = 0; f < flows.size(); ++f) {
        open_.push_back({flows[f].cap_bits, f, flows[f].link_set});
        ++closed_[flows[f].link_set].flows;
    }
    for (size_t set = 0; set < link_sets.size(); ++set)
        for (const uint32_t link : link_sets[set])
            if (link != kNoLink) open_flows_[link] += closed_[set].flows;
    closed_.assign(link_sets.size(), {});
    while (!open_.empty()) {
        const auto [level, link] = tightest();
        if (!close(flows, level, [&](const Open& one) { return one.cap_bits <= level; })) {
            for (size_t set = 0; set < link_sets.size(); ++set)
                if (crosses(link_sets[set], link)) levels_[set] = std::min(levels_[set], level);
            close(flows, level, [&](const Open& one) { return crosses(link_sets[one.link_set], link); });
        }
        settle(link_sets);
    }
}

/// The link that would be full first if all open flows got the same.
FairShare::Tightest FairShare::tightest() const {
    Tightest least;
    for (uint32_t link = 0; link < left_bits_.size(); ++link) {
        if (open_flows_[link] == 0) continue;
        const uint64_t at = left_bits_[link] / open_flows_[link];
        if (at < least.level_bits) least = {at, link};
    }
    return least;
}

/// Closes the open flows for which closes() is true at their caps or the level; says whether there were any.
template <class Closes>
bool FairShare::close(std::span<SharedFlow> flows, uint64_t level_bits, Closes closes) {
    const auto does_close = [&](const Open& one) {
        if (!closes(one)) return false;
        const uint64_t share = std::min(one.cap_bits, level_bits);
        flows[one.flow].share_bits = share;
        closed_[one.link_set].bits += share;
        ++closed_[one.link_set].flows;
        return true;
    };
    return std::erase_if(open_, does_close) != 0;
}

/// Takes what has been closed off the links.
void FairShare::settle(std::span<const LinkSet> link_sets) {
    for (size_t set = 0; set < link_sets.size(); ++set) {
        if (closed_[set].flows == 0) continue;
        for (const uint32_t link : link_sets[set]) {
            if (link == kNoLink) continue;
            left_bits_[link] -= closed_[set].bits;
            open_flows_[link] -= closed_[set].flows;
        }
        closed_[set] = {};
    }
}

}  // namespace matinee::network
