// Benchmark `simulate`: prime_time's world, everything on, at 10 thousand, 100 thousand and 1 million concurrent
// viewers.
#pragma once

#include "clients/cli/bench/bench.hpp"

namespace matinee::bench {

void measure_simulate(const Emit& emit);

/// What series and breakdowns cost: the same world with and without them, in turn.
void measure_reporting(const Emit& emit);

}  // namespace matinee::bench
