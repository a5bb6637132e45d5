// Benchmark `lab-abr`: sessions of Sabre's model on the mobile links that come with matinee.
#pragma once

#include "clients/cli/bench/bench.hpp"

namespace matinee::bench {

void measure_lab_abr(const Emit& emit);

}  // namespace matinee::bench
