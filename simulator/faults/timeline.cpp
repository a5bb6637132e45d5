#include "simulator/faults/timeline.hpp"

#include <algorithm>

namespace matinee::faults {

static bool concerns(const scenario::Fault& fault, const Place& place) {
    if (fault.target == scenario::Fault::Target::Region) return place.region == fault.region;
    return place.group == fault.group && place.number >= fault.first_site && place.number <= fault.last_site;
}

Timeline::Timeline(std::span<const scenario::Fault> faults, std::span<const Place> sites) : changes_(sites.size()) {
    for (size_t site = 0; site < sites.size(); ++site) {
        std::vector<Change>& changes = changes_[site];
        for (uint32_t f = 0; f < faults.size(); ++f) {
            if (!concerns(faults[f], sites[site])) continue;
            changes.push_back({faults[f].at, f, true});
            if (faults[f].end < kNever) changes.push_back({faults[f].end, f, false});
        }
        std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
            if (a.at != b.at) return a.at < b.at;
            return a.begins < b.begins;
        });
    }
}

void Condition::worsen(const scenario::Fault& fault) {
    switch (fault.kind) {
        case scenario::Fault::Kind::Down: down = true; break;
        case scenario::Fault::Kind::Slow:
            rate_factor *= fault.rate_factor;
            added_latency += fault.added_latency;
            break;
        case scenario::Fault::Kind::Lossy: loss = 1 - (1 - loss) * (1 - fault.loss); break;
    }
}

}  // namespace matinee::faults
