// A run with a stopwatch beside it: the world itself knows no clock.
#pragma once

#include "simulator/world/run.hpp"

namespace matinee::bench {

/// world::run, with Result::wall filled in. The peak of memory is the process's, so of all it did before as well.
reports::Result measured_run(const scenario::Scenario& scenario, const world::RunOptions& options);

}  // namespace matinee::bench
