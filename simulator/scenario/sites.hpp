// How many sites a node group stands for.
#pragma once

#include <cstdint>

#include "simulator/scenario/scenario.hpp"

namespace matinee::scenario {

/// No scenario has more sites, or more servers, than this.
inline constexpr uint64_t kMaxSites = 1u << 24;

/// `count` times 1, the number of regions, or the number of (region, ISP) pairs that have viewers.
uint64_t site_count(const Scenario& scenario, const NodeGroup& group);

}  // namespace matinee::scenario
