// The throughput rule, with the insufficient buffer rule and the abandonment that go with it. Formulas: Sabre,
// ThroughputRule (Spiteri, Sitaraman, Sparacio, "From Theory to Practice", MMSys 2018).
#pragma once

#include "clients/player/abr/estimator.hpp"

namespace matinee::abr {

inline constexpr double kThroughputSafety = 0.9;
inline constexpr double kAbandonMultiplier = 1.8;  ///< of a segment's duration
inline constexpr double kAbandonGraceMs = 500;

/// The highest rung, reached step by step, whose nominal segment would take no longer than it plays.
inline int rung_for_throughput(const Ladder& ladder, double kbps, double latency_ms) {
    const double p = ladder.segment_ms();
    int rung = 0;
    while (rung < ladder.top() && latency_ms + p * ladder.bitrate(rung + 1) / kbps <= p) ++rung;
    return rung;
}

/// Safety factors of the insufficient buffer rule: 0.9, times 0.9 at each use, 0.5 at least.
inline constexpr double kIbrSafety[] = {0.9,
                                        0.9 * 0.9,
                                        0.9 * 0.9 * 0.9,
                                        0.9 * 0.9 * 0.9 * 0.9,
                                        0.9 * 0.9 * 0.9 * 0.9 * 0.9,
                                        0.9 * 0.9 * 0.9 * 0.9 * 0.9 * 0.9,
                                        0.5};
inline constexpr uint32_t kIbrLastStep = 6;

constexpr uint32_t next_ibr_step(uint32_t step) { return step < kIbrLastStep ? step + 1 : kIbrLastStep; }

/// The highest rung up to `rung` such that the buffer holds while it (and every rung below) downloads.
inline int rung_for_buffer(const Ladder& ladder, int rung, double safety, double level_ms, const Estimate& estimate) {
    const double safe_bits = safety * (level_ms - estimate.latency_ms) * estimate.throughput_kbps;
    for (int q = 0; q < rung; ++q) {
        if (ladder.bitrate(q + 1) * ladder.segment_ms() > safe_bits) return q;
    }
    return rung;
}

template <class Real>
Decision decide_throughput(const Plan& plan, State<Real>& state, double level_ms, const Estimate& estimate) {
    int rung = rung_for_throughput(plan.ladder, estimate.throughput_kbps * kThroughputSafety, estimate.latency_ms);
    if (plan.settings.insufficient_buffer_rule) {
        rung = rung_for_buffer(plan.ladder, rung, kIbrSafety[state.throughput_ibr], level_ms, estimate);
        state.throughput_ibr = next_ibr_step(state.throughput_ibr) & 7u;
    }
    return {rung, 0};
}

/// Gives up a download that would take more than 1.8 segment durations, for a rung that has fewer bits than what is
/// left. `latency_ms` is the estimate, not this request's.
inline int abandon_throughput(const Plan& plan, const Progress& at, double latency_ms) {
    const double transfer_ms = at.elapsed_ms - at.latency_ms;
    if (!(at.elapsed_ms >= kAbandonGraceMs && transfer_ms > 0)) return -1;
    const double kbps = at.bits_done / transfer_ms;
    const double left = at.bits_total - at.bits_done;
    if (!(at.elapsed_ms + left / kbps > kAbandonMultiplier * plan.ladder.segment_ms())) return -1;
    const int rung = rung_for_throughput(plan.ladder, kbps * kThroughputSafety, latency_ms);
    if (rung >= at.rung) return -1;
    const double bits = at.bits_total * plan.ladder.bitrate(rung) / plan.ladder.bitrate(at.rung);
    return bits < left ? rung : -1;
}

}  // namespace matinee::abr
