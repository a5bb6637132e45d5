// The buffer-based rule (BBA-0 of Huang et al., SIGCOMM 2014, with the constants of the Pensieve repository's BB): the
// lowest rung below the reservoir, the highest from reservoir + cushion on, a straight line of rungs between.
#pragma once

#include "clients/player/abr/state.hpp"

namespace matinee::abr {

inline int rung_for_level(const Plan& plan, double level_ms) {
    const double reservoir = plan.settings.bba_reservoir_ms;
    const double cushion = plan.settings.bba_cushion_ms;
    if (level_ms < reservoir) return 0;
    if (level_ms >= reservoir + cushion) return plan.ladder.top();
    return int(plan.ladder.top() * (level_ms - reservoir) / cushion);  // towards zero, as Python's int()
}

}  // namespace matinee::abr
