// What the regions' services counted, as it is reported.
#pragma once

#include <vector>

#include "reports/result.hpp"
#include "simulator/services/counts.hpp"
#include "simulator/world/world.hpp"

namespace matinee::world {

/// Fills Result::services and adds the services' series. `regions`: in the scenario's order; `end`: of the run.
void add_services(const World& world, const std::vector<services::RegionCounts>& regions, TimeNs end,
                  reports::Result& result);

}  // namespace matinee::world
