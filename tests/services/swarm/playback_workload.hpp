// Households whose devices start streams, play on, fall silent, come back too late, stop, and ask where they left off.
#pragma once

#include "tests/services/swarm/swarm.hpp"

namespace matinee::swarm {

std::unique_ptr<Workload> playback_workload();

}  // namespace matinee::swarm
