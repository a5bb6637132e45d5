// A run with its costs: what building the world took, what the simulation itself, and how steadily it went on.
#pragma once

#include <string>

#include "simulator/world/run.hpp"

namespace matinee::bench {

/// One of the scenarios that come with matinee, by its name.
scenario::Scenario shipped_scenario(const std::string& name);

struct TimedRun {
    reports::Result result;
    world::Footprint footprint;
    uint64_t segments = 0;      ///< requested in the time below
    double build_s = 0;         ///< wall time before the first window: the world, its caches' content, its viewers
    double wall_s = 0;          ///< of the simulation itself, without building the world
    double cpu_s = 0;           ///< of all threads, in that time
    double median_cpu_ns = 0;   ///< a segment request, by slices of the run in which the leading thread had its core to
                                ///< itself (core_probe.hpp); by all slices where there are hardly any such
    double median_wall_ns = 0;  ///< likewise
    double disturbed_cpu_ns = 0;   ///< the median of all slices
    double undisturbed_share = 0;  ///< of the slices
};

TimedRun timed_run(const scenario::Scenario& scenario, uint32_t threads = 1);

}  // namespace matinee::bench
