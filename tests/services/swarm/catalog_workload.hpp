// Administrators who write, rewrite and remove titles, often the same at once, and viewers who read, list and search.
#pragma once

#include "tests/services/swarm/swarm.hpp"

namespace matinee::swarm {

std::unique_ptr<Workload> catalog_workload();

}  // namespace matinee::swarm
