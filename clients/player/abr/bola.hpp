// BOLA (Spiteri, Urgaonkar, Sitaraman, INFOCOM 2016) as Sabre runs it: a buffer that grows from three segments to the
// whole while a title begins, and shrinks again as it ends; steps up capped by throughput (BOLA-U, or BOLA-O with
// waits).
#pragma once

#include "clients/player/abr/throughput.hpp"

namespace matinee::abr {

/// V p in ms for a segment's place in its title.
inline double bola_vp_at(const Plan& plan, uint32_t segment, uint32_t segments, uint32_t first_segment) {
    const int64_t since = int64_t(segment) - int64_t(first_segment);
    const int64_t to_go = int64_t(segments) - int64_t(segment);
    const int64_t nearer_end = std::min(since, to_go);
    if (nearer_end >= plan.bola_whole_from) [[likely]]
        return plan.bola_vp;
    const double p = plan.ladder.segment_ms();
    const double buffer = std::min(plan.settings.max_buffer_ms, std::max(double(nearer_end) / 2, 3.0) * p);
    return (buffer - p) / (plan.ladder.utility(plan.ladder.top()) + plan.settings.gamma_p);
}

/// The rung with the highest (V p (utility + gamma p) - level) / bitrate; of equals the lower.
template <class Utility>
int bola_choice(const Ladder& ladder, double vp, double gp, double level_ms, Utility utility) {
    int best = 0;
    double best_score = (vp * (utility(0) + gp) - level_ms) / ladder.bitrate(0);
    for (int q = 1; q < ladder.rungs(); ++q) {
        const double score = (vp * (utility(q) + gp) - level_ms) / ladder.bitrate(q);
        if (score > best_score) {
            best = q;
            best_score = score;
        }
    }
    return best;
}

/// The same by a table, without divisions: for the plan's own utilities. `last`, a rung of the ladder, is looked at
/// first.
inline int bola_choice(const Plan& plan, double vp, double level_ms, int last) {
    const auto from = [&](int rung) { return plan.bola_from[size_t(rung)] * vp; };
    int rung = last;
    while (level_ms < from(rung)) --rung;
    while (level_ms >= from(rung + 1)) ++rung;
    const double margin = plan.bola_margin * vp;
    if (level_ms - from(rung) > margin && from(rung + 1) - level_ms > margin) [[likely]]
        return rung;
    const Ladder& ladder = plan.ladder;
    return bola_choice(ladder, vp, plan.settings.gamma_p, level_ms, [&](int q) { return ladder.utility(q); });
}

template <class Real>
Decision decide_bola(const Plan& plan, State<Real>& state, const Observation& now, double level_ms) {
    const Ladder& ladder = plan.ladder;
    const double gp = plan.settings.gamma_p;
    const double vp = bola_vp_at(plan, now.segment, now.segments, now.first_segment);
    const int last = std::min(int(state.last_rung), ladder.top());
    int rung = bola_choice(plan, vp, level_ms, last);
    double delay = 0;
    if (rung > last) {
        const Estimate measured = estimate(plan, state);
        const int sustainable = rung_for_throughput(ladder, measured.throughput_kbps, measured.latency_ms);
        if (rung > sustainable) {
            if (last > sustainable) {
                rung = last;
            } else if (!plan.settings.bola_osc) {
                rung = sustainable + 1;
            } else {
                rung = sustainable;
                if (rung < ladder.top()) delay = std::max(0.0, level_ms - vp * (gp + ladder.utility(rung)));
            }
        }
    }
    state.remember_rung(rung);
    return {rung, delay};
}

/// Gives up a download for a lower rung whose whole segment scores better than the rest of this one.
inline int abandon_bola(const Plan& plan, const Progress& at) {
    if (plan.settings.bola_basic) return -1;
    const double left = at.bits_total - at.bits_done;
    if (!(at.bits_done > 0 && left > 0)) return -1;
    const Ladder& ladder = plan.ladder;
    const double gp = plan.settings.gamma_p;
    const double vp = bola_vp_at(plan, at.segment, at.segments, at.first_segment);
    double best_score = (vp * (gp + ladder.utility(at.rung)) - at.level_ms) / left;
    if (best_score < 0) return -1;
    int best = -1;
    for (int q = 0; q < at.rung; ++q) {
        const double bits = at.bits_total * ladder.bitrate(q) / ladder.bitrate(at.rung);
        const double score = (vp * (gp + ladder.utility(q)) - at.level_ms) / bits;
        if (bits < left && score > best_score) {
            best = q;
            best_score = score;
        }
    }
    return best;
}

}  // namespace matinee::abr
