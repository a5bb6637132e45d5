// The faults of a scenario as each site will live through them: a list of changes in order of time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "simulator/scenario/scenario.hpp"
#include "system/base/units.hpp"

namespace matinee::faults {

/// Something begins or ends at a site.
struct Change {
    TimeNs at = 0;
    uint32_t fault = 0;  ///< index in the scenario's list
    bool begins = true;
};

/// Where a site stands, as far as faults care.
struct Place {
    uint32_t group = 0;
    uint32_t number = 0;
    uint32_t region = 0;
};

class Timeline {
public:
    Timeline() = default;
    Timeline(std::span<const scenario::Fault> faults, std::span<const Place> sites);

    /// Changes at a site, in order of time; ends before beginnings at one instant, then in the scenario's order. A fault of
    /// the link from a child group appears at the child's sites.
    std::span<const Change> at_site(uint32_t site) const { return changes_[site]; }

private:
    std::vector<std::vector<Change>> changes_;
};

/// What the faults that are active at a site add up to.
struct Condition {
    bool down = false;
    double rate_factor = 1;
    TimeNs added_latency = 0;
    double loss = 0;

    /// Worst of both for being down; rates multiply, latencies add, losses combine independently.
    void worsen(const scenario::Fault& fault);
};

}  // namespace matinee::faults
