#include "simulator/network/fair_share.hpp"

#include <algorithm>
#include <iterator>

namespace matinee::network {

// Rounds of progressive filling: the least level at which a link would be full decides. Flows whose caps lie at or
// below it get their caps; if there are none, the flows of that link get the level. Each round closes a flow's worth at
// least.
void FairShare::allocate(std::span<SharedFlow> flows, std::span<const uint64_t> capacity_bits) {
    left_bits_.assign(capacity_bits.begin(), capacity_bits.end());
    open_flows_.assign(capacity_bits.size(), 0);
    level_bits_.assign(capacity_bits.size(), UINT64_MAX);
    open_.clear();
    for (uint32_t f = 0; f < flows.size(); ++f) {
        open_.push_back({flows[f].cap_bits, f});
        for (const uint32_t link : flows[f].links)
            if (link != kNoLink) ++open_flows_[link];
    }
    const auto close = [&](SharedFlow& flow, uint64_t share) {
        flow.share_bits = share;
        for (const uint32_t link : flow.links) {
            if (link == kNoLink) continue;
            left_bits_[link] -= share;
            --open_flows_[link];
        }
    };
    while (!open_.empty()) {
        uint64_t level = UINT64_MAX;
        uint32_t tightest = kNoLink;
        for (uint32_t link = 0; link < left_bits_.size(); ++link) {
            if (open_flows_[link] == 0) continue;
            const uint64_t at = left_bits_[link] / open_flows_[link];
            if (at < level) {
                level = at;
                tightest = link;
            }
        }
        const auto is_capped = [&](const Open& one) { return one.cap_bits <= level; };
        const auto first = std::find_if(open_.begin(), open_.end(), is_capped);
        if (first != open_.end()) {
            const auto closes = [&](const Open& one) {
                if (!is_capped(one)) return false;
                close(flows[one.flow], one.cap_bits);
                return true;
            };
            open_.erase(std::remove_if(first, open_.end(), closes), open_.end());
            continue;
        }
        level_bits_[tightest] = level;
        std::erase_if(open_, [&](const Open& one) {
            SharedFlow& flow = flows[one.flow];
            const bool crosses =
                std::find(std::begin(flow.links), std::end(flow.links), tightest) != std::end(flow.links);
            if (crosses) close(flow, level);
            return crosses;
        });
    }
}

uint64_t FairShare::level_bits(const SharedFlow& flow) const {
    uint64_t least = UINT64_MAX;
    for (const uint32_t link : flow.links)
        if (link != kNoLink) least = std::min(least, level_bits_[link]);
    return least;
}

}  // namespace matinee::network
