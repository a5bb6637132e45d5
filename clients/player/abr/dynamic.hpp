// Combinations of throughput and BOLA by buffer level (Spiteri, Sitaraman, Sparacio, MMSys 2018), as Sabre has them.
#pragma once

#include "clients/player/abr/bolae.hpp"

namespace matinee::abr {

inline constexpr double kDynamicLevelMs = 10'000;
inline constexpr double kDashLowMs = 5'000;
inline constexpr double kDashHighMs = 10'000;

/// Both rules decide at every segment, so that both states advance; one of the two decisions counts.
template <class Real>
Decision decide_dynamic(const Plan& plan, State<Real>& state, const Observation& now, double level_ms,
                        const Estimate& estimate) {
    const Decision bola = decide_bola(plan, state, now, level_ms);
    const Decision throughput = decide_throughput(plan, state, level_ms, estimate);
    if (state.uses_bola) {
        if (level_ms < kDynamicLevelMs && bola.rung < throughput.rung) state.uses_bola = 0;
    } else {
        if (level_ms > kDynamicLevelMs && bola.rung >= throughput.rung) state.uses_bola = 1;
    }
    return state.uses_bola ? bola : throughput;
}

/// Only the active rule decides; BOLA-E hears of every download all the same.
template <class Real>
Decision decide_dynamic_dash(const Plan& plan, State<Real>& state, double level_ms, const Estimate& estimate) {
    if (state.uses_bola) {
        if (level_ms < kDashLowMs) state.uses_bola = 0;
    } else {
        if (level_ms > kDashHighMs) state.uses_bola = 1;
    }
    return state.uses_bola ? decide_bolae(plan, state, level_ms, estimate)
                           : decide_throughput(plan, state, level_ms, estimate);
}

}  // namespace matinee::abr
