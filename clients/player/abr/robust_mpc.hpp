// RobustMPC (Yin, Jindal, Sekar, Sinopoli, "A Control-Theoretic Approach for Dynamic Adaptive Video Streaming over
// HTTP", SIGCOMM 2015) with the constants and the arithmetic of the Pensieve repository's test/mpc.py (Mao, Netravali,
// Alizadeh, SIGCOMM 2017): the next five segments are planned for the throughput expected, and the first of the best
// plan is asked for.
//
// Throughput: harmonic mean of the last five segments (size over the whole time of the request, latency included),
// divided by 1 + the greatest of the last five relative errors of that mean against the segment that followed.
// Worth of a plan: sum of bitrates in Mbit/s - 4.3 x stall in s - sum of the changes of bitrate in Mbit/s. Of equal
// plans the last in lexicographic order counts, as in an enumeration that takes `>=`.
#pragma once

#include "clients/player/abr/estimator.hpp"

namespace matinee::abr {

namespace mpc {

inline constexpr int kHorizon = 5;            ///< segments planned
inline constexpr int kMemory = 5;             ///< segments that the estimate looks back
inline constexpr double kStallPenalty = 4.3;  ///< Mbit/s that a second of stall costs

/// The first rung of the best plan from `now` on, at a throughput in MB/s.
int best_first_rung(const Ladder& ladder, const Observation& now, double level_ms, double throughput);

}  // namespace mpc

template <class Real>
void push_mpc(const Plan& plan, State<Real>& state, const Download& done) {
    const double ms = std::min(std::max(kMinDownloadMs, done.download_ms + done.latency_ms), kMaxDownloadMs);
    const double actual = std::max(kNothing, done.bits / 8 / ms / 1000);
    const double expected = double(state.expected);
    push_slot(plan, state, actual, expected > 0 ? std::abs(expected - actual) / actual : 0);
    double reciprocals = 0;
    for_last(plan, state, int(state.count), 0, [&](double throughput) { reciprocals += 1 / throughput; });
    state.expected = Real(1.0 / (reciprocals / int(state.count)));
}

template <class Real>
int rung_by_mpc(const Plan& plan, const State<Real>& state, const Observation& now, double level_ms) {
    double error = 0;
    for_last(plan, state, int(state.count), 1, [&](double e) { error = std::max(error, e); });
    return mpc::best_first_rung(plan.ladder, now, level_ms, double(state.expected) / (1 + error));
}

}  // namespace matinee::abr
