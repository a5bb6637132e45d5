#include "system/cdn/steering.hpp"

namespace matinee::cdn {

SiteDirectory::Choice SiteDirectory::choose_among(std::span<const SiteStatus> table, uint64_t hash, uint32_t excluded,
                                                  bool wants_room) const {
    for (const Tier& tier : tiers_) {
        const size_t n = tier.sites.size();
        size_t at = n == 1 ? 0 : hash % n;
        for (size_t i = 0; i < n; ++i, at = at + 1 == n ? 0 : at + 1) {
            const uint32_t site = tier.sites[at];
            const SiteStatus& status = table[site];
            if (site != excluded && status.up && (status.has_room || !wants_room)) return {site, tier.one_way_ns};
        }
    }
    return {};
}

SiteDirectory::Choice SiteDirectory::choose(std::span<const SiteStatus> table, uint64_t hash, uint32_t excluded,
                                            bool wants_room) const {
    const Choice choice = choose_among(table, hash, excluded, wants_room);
    return choice.site != kNoSite || !wants_room ? choice : choose_among(table, hash, excluded, false);
}

}  // namespace matinee::cdn
