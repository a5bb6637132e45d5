// When a download would be given up, known at the time of its request. An event-driven player that knows how its
// download will go (latency, then a constant rate) asks this once instead of polling abandon_to() at every check. One
// that does not know asks Patience (patience.hpp).
#pragma once

#include <cmath>

#include "clients/player/abr/rules.hpp"

namespace matinee::abr {

/// A request about to be made, as it would go if nobody gave it up.
struct Transfer {
    double latency_ms = 0;
    double download_ms = 0;  ///< first byte to last, at a constant rate
    double bits = 0;
    double level_ms = 0;  ///< media in the buffer at the request
    int rung = 0;
    uint32_t segment = 0;  ///< these three as in Observation
    uint32_t segments = 0;
    uint32_t first_segment = 0;
    bool playing = true;  ///< the buffer drains meanwhile
};

struct Abandonment {
    double at_ms = 0;  ///< since the request
    int to = -1;       ///< rung for report_download(); -1: never
};

/// Sabre's checks: after so many bits, but at least so long after the check before (the first: after the request).
inline constexpr double kCheckBits = 12'000;
inline constexpr double kCheckMs = 50;

namespace detail {

class Checks {
public:
    explicit Checks(const Transfer& t) : transfer_(t), kbps_(t.bits / t.download_ms) {
        first_ms_ = std::max(kCheckBits / kbps_, kCheckMs - t.latency_ms);
        step_ms_ = std::max(kCheckBits / kbps_, kCheckMs);
        // Strictly before the last bit.
        const double steps = std::ceil((t.download_ms - first_ms_) / step_ms_);
        count_ = steps >= 1 ? int64_t(std::min(steps, 1e9)) : 0;
    }
    int64_t count() const { return count_; }
    double transfer_ms(int64_t check) const { return first_ms_ + double(check) * step_ms_; }
    double elapsed_ms(int64_t check) const { return transfer_.latency_ms + transfer_ms(check); }
    double level_ms(int64_t check) const {
        return transfer_.playing ? std::max(0.0, transfer_.level_ms - elapsed_ms(check)) : transfer_.level_ms;
    }
    double bits(int64_t check) const { return std::min(kbps_ * transfer_ms(check), transfer_.bits); }
    /// The first check at or after an elapsed time; count() when there is none.
    int64_t first_after(double elapsed) const {
        const double steps = std::ceil((elapsed - transfer_.latency_ms - first_ms_) / step_ms_);
        int64_t check = steps < double(count_) ? std::max(int64_t(steps), int64_t(0)) : count_;
        while (check < count_ && elapsed_ms(check) < elapsed) ++check;  // rounding
        return check;
    }
    Progress at(int64_t check) const {
        return {.elapsed_ms = elapsed_ms(check),
                .latency_ms = transfer_.latency_ms,
                .bits_done = bits(check),
                .bits_total = transfer_.bits,
                .level_ms = level_ms(check),
                .rung = transfer_.rung,
                .segment = transfer_.segment,
                .segments = transfer_.segments,
                .first_segment = transfer_.first_segment};
    }

private:
    const Transfer& transfer_;
    double kbps_;
    double first_ms_;
    double step_ms_;
    int64_t count_;
};

/// Bound for BOLA: false only when no check from `from` to `to` can give up. With A = V p (gamma p + u), level l and
/// rest r of this download, and A', r' those of a lower rung, BOLA gives up when (A' - l) r > (A - l) r' and r > r'.
/// Between two checks l only falls and r only falls, and (A' - l) / (A - l) grows as l falls, so that the last check's
/// l with the first check's r is the worst case.
template <class Limit>
bool may_abandon_between(const Plan& plan, const Transfer& t, double last_level_ms, double first_left, Limit limit) {
    const double here = limit(t.rung) - last_level_ms;
    if (here < 0) return false;
    for (int q = 0; q < t.rung; ++q) {
        const double bits = t.bits * plan.ladder.bitrate(q) / plan.ladder.bitrate(t.rung);
        if (bits >= first_left) return false;  // lower rungs have fewer bits: none that follows can pass
        constexpr double slack = 1e-9;
        const double there = limit(q) - last_level_ms;
        if (there * first_left > here * bits - slack * std::abs(here * bits)) return true;
    }
    return false;
}

/// First check that gives up; whole stretches are skipped where the bound rules it out.
template <class Real, class Bound>
Abandonment search(const Plan& plan, const State<Real>& state, const Checks& checks, Bound may_abandon_in) {
    int64_t check = 0;
    int64_t stretch = checks.count();
    while (check < checks.count()) {
        const int64_t last = std::min(check + stretch, checks.count()) - 1;
        if (!may_abandon_in(check, last)) {
            check = last + 1;
            stretch *= 2;
        } else if (last > check) {
            stretch = (last - check + 1) / 2;
        } else {
            const Progress at = checks.at(check);
            const int to = abandon_to(plan, state, at);
            if (to >= 0) return {at.elapsed_ms, to};
            ++check;
            stretch = 2;
        }
    }
    return {};
}

}  // namespace detail

/// When and for which rung this download would be given up. The same answer as asking abandon_to() at each of Sabre's
/// checks, in constant time for the throughput rules and in few steps for BOLA.
template <class Real>
Abandonment earliest_abandonment(const Plan& plan, const State<Real>& state, const Transfer& transfer) {
    if (transfer.rung <= 0 || !may_abandon(plan)) return {};
    if (!(transfer.bits > 0 && transfer.download_ms > 0)) return {};
    const detail::Checks checks(transfer);
    const Rule rule = plan.settings.rule;
    const bool by_bolae = rule == Rule::BolaE || (rule == Rule::DynamicDash && state.uses_bola);
    if (rule == Rule::Bola) {
        const double vp = bola_vp_at(plan, transfer.segment, transfer.segments, transfer.first_segment);
        return detail::search(plan, state, checks, [&](int64_t from, int64_t to) {
            return detail::may_abandon_between(
                plan, transfer, checks.level_ms(to), transfer.bits - checks.bits(from),
                [&](int q) { return vp * (plan.settings.gamma_p + plan.ladder.utility(q)); });
        });
    }
    if (by_bolae) {
        const double latency_bits = transfer.latency_ms * (transfer.bits / transfer.download_ms);
        return detail::search(plan, state, checks, [&](int64_t from, int64_t to) {
            const double level = checks.level_ms(to) + double(state.placeholder_ms) - transfer.latency_ms;
            return detail::may_abandon_between(plan, transfer, std::max(0.0, level),
                                               transfer.bits - checks.bits(from) - latency_bits,
                                               [&](int q) { return plan.max_level[size_t(q)]; });
        });
    }
    // At a constant rate the time a download takes in all does not change, and fewer bits are left at each check: if
    // the first check after the grace time does not give up, none does.
    const int64_t check = checks.first_after(kAbandonGraceMs);
    if (check >= checks.count()) return {};
    const Progress at = checks.at(check);
    const int to = abandon_to(plan, state, at);
    return to >= 0 ? Abandonment{at.elapsed_ms, to} : Abandonment{};
}

}  // namespace matinee::abr
