// BOLA-E, "BOLA Enhanced" (Spiteri, Sitaraman, Sparacio, MMSys 2018), as Sabre's BolaEnh has it: a placeholder is added
// to the buffer level, so that a player with a short buffer (at the start, or after it waited) decides as one with a
// full one would; the insufficient buffer rule takes care of the difference.
#pragma once

#include "clients/player/abr/bola.hpp"

namespace matinee::abr {

namespace bolae {

template <class Real>
void set_placeholder(State<Real>& state, double ms) {
    state.placeholder_ms = Real(std::min(ms, kMaxLevelMs));
}

/// No more of it than brings `rung` to its least level.
template <class Real>
void limit_placeholder(const Plan& plan, State<Real>& state, int rung, double level_ms) {
    const double most = std::max(0.0, plan.min_level[size_t(rung)] - level_ms);
    set_placeholder(state, std::min(double(state.placeholder_ms), most));
}

/// Waiting time above a rung's greatest level: the placeholder pays first.
template <class Real>
double delay_above(State<Real>& state, double level_ms, double max_level_ms) {
    const double delay = level_ms + double(state.placeholder_ms) - max_level_ms;
    if (!(delay > 0)) return 0;
    if (delay <= double(state.placeholder_ms)) {
        set_placeholder(state, double(state.placeholder_ms) - delay);
        return 0;
    }
    const double rest = delay - double(state.placeholder_ms);
    state.placeholder_ms = 0;
    return rest;
}

}  // namespace bolae

template <class Real>
Decision decide_bolae(const Plan& plan, State<Real>& state, double level_ms, const Estimate& estimate) {
    const Ladder& ladder = plan.ladder;
    const int sustainable = rung_for_throughput(ladder, estimate.throughput_kbps, estimate.latency_ms);
    if (!state.steady) {
        state.steady = 1;
        state.bolae_ibr = 0;
        bolae::set_placeholder(state, std::max(0.0, plan.min_level[size_t(sustainable)] - level_ms));
        return {sustainable, 0};
    }
    int rung = bola_choice(ladder, plan.bolae_vp, plan.bolae_gp, level_ms + double(state.placeholder_ms),
                           [&](int q) { return plan.bolae_utility[size_t(q)]; });
    const int last = std::min(int(state.last_rung), ladder.top());
    if (rung > last && rung > sustainable) {
        rung = std::max(last, sustainable);
        if (!plan.settings.bola_osc) ++rung;  // still not above the choice, which exceeds both
    }
    double delay = bolae::delay_above(state, level_ms, plan.max_level[size_t(rung)]);
    if (rung == ladder.top()) delay = 0;
    if (plan.settings.insufficient_buffer_rule) {
        const int safe = rung_for_buffer(ladder, rung, kIbrSafety[state.bolae_ibr], level_ms, estimate);
        state.bolae_ibr = next_ibr_step(state.bolae_ibr) & 7u;
        if (safe < rung) {
            rung = safe;
            delay = 0;
            bolae::limit_placeholder(plan, state, rung, level_ms);
        }
    }
    return {rung, delay};
}

template <class Real>
void report_delay_bolae(State<Real>& state, double delay_ms) {
    bolae::set_placeholder(state, double(state.placeholder_ms) + clamped(delay_ms, kMaxLevelMs));
}

template <class Real>
void report_download_bolae(const Plan& plan, State<Real>& state, const Download& done, double level_ms) {
    state.remember_rung(done.rung);
    if (done.abandoned_to >= 0) {
        // Something went wrong: down to a conservative level. The least level of rung 0 is 0, which would say nothing.
        const double want = done.abandoned_to > 0 ? plan.min_level[size_t(done.abandoned_to)] : 10'000;
        const double most = std::max(0.0, want - level_ms);
        bolae::set_placeholder(state, std::min(double(state.placeholder_ms), most));
        return;
    }
    // The placeholder must fit what was downloaded, also where another rule decided. An empty buffer does not inflate
    // it.
    const double level_was = level_ms + clamped(done.latency_ms + done.download_ms, kMaxLevelMs);
    double placeholder =
        std::min(double(state.placeholder_ms), std::max(0.0, plan.max_level[size_t(done.rung)] - level_was));
    if (level_ms > 0) placeholder = std::max(placeholder, plan.min_level[size_t(done.rung)] - level_was);
    bolae::set_placeholder(state, placeholder);
}

/// The buffer holds no more than before, but what came in could have: the placeholder grows by a segment.
template <class Real>
void report_replacement_bolae(const Plan& plan, State<Real>& state, const Download& done, bool whole) {
    state.remember_rung(done.rung);
    if (whole) bolae::set_placeholder(state, double(state.placeholder_ms) + plan.ladder.segment_ms());
}

/// As abandon_bola, on the level with placeholder and after the latency that a new request would cost.
template <class Real>
int abandon_bolae(const Plan& plan, const State<Real>& state, const Progress& at) {
    const double left = at.bits_total - at.bits_done;
    const double transfer_ms = at.elapsed_ms - at.latency_ms;
    if (!(at.bits_done > 0 && left > 0 && transfer_ms > 0)) return -1;
    const Ladder& ladder = plan.ladder;
    const double level = std::max(0.0, at.level_ms + double(state.placeholder_ms) - at.latency_ms);
    const double kbps = at.bits_done / transfer_ms;
    const double left_then = left - at.latency_ms * kbps;
    if (left_then <= 0) return -1;
    const auto level_limit = [&](int q) { return plan.bolae_vp * (plan.bolae_gp + plan.bolae_utility[size_t(q)]); };
    double best_score = (level_limit(at.rung) - level) / left_then;
    int best = -1;
    for (int q = 0; q < at.rung; ++q) {
        const double bits = at.bits_total * ladder.bitrate(q) / ladder.bitrate(at.rung);
        const double score = (level_limit(q) - level) / bits;
        if (bits < left_then && score > best_score) {
            best = q;
            best_score = score;
        }
    }
    return best;
}

}  // namespace matinee::abr
