// Subscribers who pay, change their minds and send everything twice, and an administrator who gives money back.
#pragma once

#include "tests/services/swarm/swarm.hpp"

namespace matinee::swarm {

std::unique_ptr<Workload> payments_workload();

}  // namespace matinee::swarm
