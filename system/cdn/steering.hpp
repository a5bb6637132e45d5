// Which site serves whom, without I/O: a table of what sites last reported, and choices from it. Nobody peeks at a
// site; a site that has fallen silent is down.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "system/base/units.hpp"

namespace matinee::cdn {

struct SiteStatus {
    TimeNs reported_ns = 0;
    bool up = true;
    bool has_room = true;
};

/// A site's view of the others: candidates nearest first, in tiers of equal distance. `hash` spreads the viewers of one
/// site over the candidates of one tier, so that a failing site does not drown a single neighbour.
class SiteDirectory {
public:
    struct Tier {
        std::vector<uint32_t> sites;
        TimeNs one_way_ns = 0;
    };
    static constexpr uint32_t kNoSite = UINT32_MAX;

    explicit SiteDirectory(std::vector<Tier> tiers) : tiers_(std::move(tiers)) {}

    struct Choice {
        uint32_t site = kNoSite;
        TimeNs one_way_ns = 0;
    };
    /// The nearest site that is up (and has room, if wanted and anyone has), other than `excluded`.
    Choice choose(std::span<const SiteStatus> table, uint64_t hash, uint32_t excluded, bool wants_room) const;

    const std::vector<Tier>& tiers() const { return tiers_; }

private:
    Choice choose_among(std::span<const SiteStatus> table, uint64_t hash, uint32_t excluded, bool wants_room) const;
    std::vector<Tier> tiers_;
};

}  // namespace matinee::cdn
