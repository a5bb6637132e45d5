// What the machine at hand has.
#pragma once

#include <cstdint>

namespace matinee::bench {

/// Threads that can run at one time; at least 1.
uint32_t machine_threads();
/// How many of a simulation's threads are worth starting: those beyond the machine's would only take turns with the
/// others, and at every window (60 PoPs on two cores with four threads: 45 % more time).
uint32_t useful_threads(uint32_t wanted);
/// Memory that a process may take without making the system look for some, by what Linux says of the machine and of the
/// process's control group; UINT64_MAX where it says nothing.
uint64_t free_memory_bytes();

}  // namespace matinee::bench
