// Benchmark `lab-cache`: what `matinee lab cache` does for one policy, on one thread, beside a textbook LRU cache
// (std::list and std::unordered_map) in the same run.
#pragma once

#include "clients/cli/bench/bench.hpp"

namespace matinee::bench {

void measure_lab_cache(const Emit& emit);

}  // namespace matinee::bench
