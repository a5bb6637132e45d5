// Benchmark `services`: what a call of the platform's API costs the simulator, operation by operation.
#pragma once

#include "clients/cli/bench/bench.hpp"

namespace matinee::bench {

void measure_services(const Emit& emit);

}  // namespace matinee::bench
