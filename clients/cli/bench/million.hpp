// Benchmark `million`: a launch night, a million viewers, on one thread and several, and what misses, saturated links,
// reporting and the number of viewers add to the price of a request.
#pragma once

#include "clients/cli/bench/bench.hpp"

namespace matinee::bench {

/// The whole hour of the launch night on two threads, and everything else for a minute or two of virtual time.
void measure_million(const Emit& emit);
/// A million viewers for half a minute of virtual time.
void measure_million_quick(const Emit& emit);

}  // namespace matinee::bench
