// From what was counted to what is reported.
#pragma once

#include <vector>

#include "reports/result.hpp"
#include "simulator/world/metrics.hpp"
#include "simulator/world/world.hpp"

namespace matinee::world {

struct SiteOutcome {
    cdn::NodeCounters counters;   ///< of the whole run
    cdn::NodeCounters of_warmup;  ///< what of it the warm-up saw
    TimeNs saturated_ns = 0;      ///< after the warm-up
    uint64_t digest = 0;
};

/// Everything but `build`, `wall` and `cost`. `end` is where the run ended.
reports::Result make_result(const World& world, const Recorder& recorder, const std::vector<SiteOutcome>& sites,
                            TimeNs end);

/// A histogram in reported units, of which one of its integers is `per_unit`.
reports::Distribution distribution(const Histogram& histogram, double per_unit);

/// The scenario's thresholds held against a result that is complete but for them (cost included).
void judge_thresholds(const World& world, const Recorder& recorder, reports::Result& result);

}  // namespace matinee::world
