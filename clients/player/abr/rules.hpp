// The rules behind one door. A player calls, in this order for each segment: report_delay() after it waited because its
// buffer was full, decide(), (wait Decision::delay_ms,) request, abandon_to() meanwhile if it may give up, and
// report_download() when the segment is in the buffer or was given up. No function here allocates or throws.
//
//     State<float> state{};
//     Decision next = decide(plan, state, {.level_ms = 8000, .segment = 12, .segments = 1800, .last_rung = 3, ...});
//
// A plan made for State<float> must have passed plan.require_fits<float>(). Rungs given must be on the plan's ladder.
#pragma once

#include "clients/player/abr/buffer_based.hpp"
#include "clients/player/abr/document_rules.hpp"
#include "clients/player/abr/dynamic.hpp"
#include "clients/player/abr/robust_mpc.hpp"

namespace matinee::abr {

/// Whether the rule takes the throughput model of Sabre (throughput, bola, bolae, dynamic, dynamicdash).
constexpr bool is_sabre_rule(Rule rule) { return rule >= Rule::Throughput && rule <= Rule::DynamicDash; }

/// Whether abandon_to() can ever answer anything but -1.
inline bool may_abandon(const Plan& plan) {
    return is_sabre_rule(plan.settings.rule) && !(plan.settings.rule == Rule::Bola && plan.settings.bola_basic);
}

namespace detail {

template <class Real>
Decision decide_first(const Plan& plan, State<Real>& state) {
    if (plan.settings.rule == Rule::Bola || plan.settings.rule == Rule::Dynamic)
        state.remember_rung(plan.first_rung);
    return {plan.first_rung, 0};
}

template <class Real>
[[gnu::always_inline]] inline Decision decide_by_sabre(const Plan& plan, State<Real>& state, const Observation& now, double level_ms) {
    if (plan.settings.rule == Rule::Bola) return decide_bola(plan, state, now, level_ms);
    const Estimate e = estimate(plan, state);
    switch (plan.settings.rule) {
        case Rule::Throughput:
            return decide_throughput(plan, state, level_ms, e);
        case Rule::BolaE:
            return decide_bolae(plan, state, level_ms, e);
        case Rule::Dynamic:
            return decide_dynamic(plan, state, now, level_ms, e);
        default:
            return decide_dynamic_dash(plan, state, level_ms, e);
    }
}

template <class Real>
int decide_by_document(const Plan& plan, State<Real>& state, const Observation& now, double level_ms) {
    const int last = std::clamp(now.last_rung, 0, plan.ladder.top());
    switch (plan.settings.rule) {
        case Rule::RateCheck:
            return rung_by_rate_check(plan, state, now, last);
        case Rule::Ratio15:
            return rung_by_ratio(plan, state, now.playing, level_ms, last);
        case Rule::Bands:
            return rung_by_bands(plan, state, now.playing, level_ms);
        case Rule::Halving:
            return rung_by_halving(plan, state, now.playing, level_ms, last);
        default:
            return rung_by_steps(plan, state, now, level_ms, last);
    }
}

template <class Real>
void push(const Plan& plan, State<Real>& state, const Download& done) {
    if (plan.samples == Samples::WithError) return push_mpc(plan, state, done);
    push_sample(plan, state, done);
}

}  // namespace detail

/// The rung of the next segment and how long to wait before asking for it. Without samples: plan.first_rung.
template <class Real>
[[gnu::always_inline]] inline Decision decide(const Plan& plan, State<Real>& state, const Observation& now) {
    const double level_ms = clamped(now.level_ms, kMaxLevelMs);
    if (plan.ladder.rungs() == 1) return {0, 0};
    if (plan.settings.rule == Rule::Constant) return {plan.first_rung, 0};
    if (plan.settings.rule == Rule::Bba) return {rung_for_level(plan, level_ms), 0};
    if (!has_samples(state)) return detail::decide_first(plan, state);
    if (is_sabre_rule(plan.settings.rule)) return detail::decide_by_sabre(plan, state, now, level_ms);
    if (plan.settings.rule == Rule::RobustMpc) return {rung_by_mpc(plan, state, now, level_ms), 0};
    return {detail::decide_by_document(plan, state, now, level_ms), 0};
}

/// The player waited because its buffer had no room (not because of Decision::delay_ms).
template <class Real>
void report_delay(const Plan& plan, State<Real>& state, double delay_ms) {
    if (plan.settings.rule == Rule::BolaE || plan.settings.rule == Rule::DynamicDash)
        report_delay_bolae(state, delay_ms);
}

/// A segment is in the buffer, or its download was given up.
template <class Real>
void report_download(const Plan& plan, State<Real>& state, const Download& done) {
    const Rule rule = plan.settings.rule;
    if (rule == Rule::BolaE || rule == Rule::DynamicDash)
        report_download_bolae(plan, state, done, clamped(done.level_ms, kMaxLevelMs));
    if (done.abandoned_to < 0) return detail::push(plan, state, done);
    if (rule == Rule::Bola) state.remember_rung(done.abandoned_to);
}

/// A segment of the buffer came in again at another rung (`whole`), or that download was given up. For players that
/// replace segments, as Sabre's.
template <class Real>
void report_replacement(const Plan& plan, State<Real>& state, const Download& done, bool whole) {
    const Rule rule = plan.settings.rule;
    if (rule == Rule::BolaE || rule == Rule::DynamicDash) report_replacement_bolae(plan, state, done, whole);
    if (rule == Rule::Dynamic) state.uses_bola = 0;
    if (whole) detail::push(plan, state, done);
}

/// The viewer sought. What was measured stays; BOLA-E takes a new placeholder at its next decision.
template <class Real>
void report_seek(const Plan& plan, State<Real>& state) {
    if (plan.settings.rule == Rule::BolaE || plan.settings.rule == Rule::DynamicDash) state.steady = 0;
}

/// The rung for whose sake this download should be given up, or -1: go on. A pure function: the caller chooses when to
/// ask. Sabre asks after every 12 000 bits, but not more often than every 50 ms, and then asks decide() afresh; the
/// rung named here only has to be handed to report_download().
template <class Real>
int abandon_to(const Plan& plan, const State<Real>& state, const Progress& at) {
    if (at.rung <= 0) return -1;
    const auto by_throughput = [&] {
        return abandon_throughput(plan, at, has_samples(state) ? estimate(plan, state).latency_ms : 0);
    };
    switch (plan.settings.rule) {
        case Rule::Throughput:
        case Rule::Dynamic:
            return by_throughput();
        case Rule::Bola:
            return abandon_bola(plan, at);
        case Rule::BolaE:
            return abandon_bolae(plan, state, at);
        case Rule::DynamicDash:
            return state.uses_bola ? abandon_bolae(plan, state, at) : by_throughput();
        default:
            return -1;
    }
}

}  // namespace matinee::abr
