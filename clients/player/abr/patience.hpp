// How long a download is certain not to be given up, whatever the network does. A player that polls abandon_to() may
// leave out every poll up to then. For labs, whose networks change their rate while a download is under way;
// earliest_abandonment() is for those that know the whole course of it.
#pragma once

#include <algorithm>
#include <limits>

#include "clients/player/abr/rules.hpp"

namespace matinee::abr {

/// Made for one download at its request, and valid until the rule hears of something else. The plan must outlive it.
///
/// Throughput. abandon_throughput() needs an elapsed time t of half a second or more and
///     latency + (t - latency) bits / done > 1.8 segment durations.
/// The bits received only grow, so with today's `done` the left side is at most what it will be at t if nothing more
/// comes: no poll answers before the t at which that reaches the limit.
///
/// BOLA. With A = V p (gamma p + utility), level l, x = the rest of this download as a share of its bits, and A', r' =
/// bitrate' / bitrate of a lower rung, abandon_bola() gives up only if r' < x and
///     D(x, l) = (A - l) r' - (A' - l) x = l (x - r') - (A' x - A r') < 0.
/// x and l only fall while the download goes on. For a fixed l, D is a straight line in x; at x = r' it is r' (A - A'),
/// which is positive, so where it is positive at today's x it is so at all those to come. For a fixed x above r' it
/// grows with l. Hence no poll answers while
///     l >= max over r' < x of (A' x - A r') / (x - r')
/// with today's x, and l falls by a millisecond a millisecond. BOLA-E has another l (with the placeholder, after the
/// latency) and a smaller x (the bits of that latency count as done), for which the same holds.
///
/// Rounding: D is kept above kSlack times the numbers it is made of, while the rule's own arithmetic is off by a few
/// 2^-53 of them. Where rungs are so near each other that this does not hold at x = r', nothing is certain.
class Patience {
public:
    template <class Real>
    Patience(const Plan& plan, const State<Real>& state, const Progress& request)
        : ladder_(plan.ladder), rung_(request.rung), bits_(request.bits_total), level_ms_(request.level_ms) {
        const Rule rule = plan.settings.rule;
        if (rung_ <= 0 || !may_abandon(plan)) {
            kind_ = Kind::Endless;
        } else if (rule == Rule::Bola) {
            kind_ = Kind::Bola;
            vp_ = bola_vp_at(plan, request.segment, request.segments, request.first_segment);
            gp_ = plan.settings.gamma_p;
        } else if (rule == Rule::BolaE || (rule == Rule::DynamicDash && state.uses_bola)) {
            kind_ = Kind::BolaE;
            vp_ = plan.bolae_vp;
            gp_ = plan.bolae_gp + 1;  // its utilities are the ladder's plus 1
            placeholder_ms_ = double(state.placeholder_ms);
        }
    }

    /// abandon_to() answers -1 at every poll up to this time since the request; infinite where it never answers. To be
    /// asked with what has come in so far.
    double lasts_until_ms(double latency_ms, double bits_done) const {
        constexpr double for_ever = std::numeric_limits<double>::infinity();
        if (kind_ == Kind::Endless) return for_ever;
        const double done = bits_done / bits_;
        if (kind_ == Kind::Throughput) {
            constexpr double below = 1 - kSlack;
            const double most_ms = kAbandonMultiplier * ladder_.segment_ms() * below;
            return std::max(kAbandonGraceMs * below, latency_ms + (most_ms - latency_ms) * done);
        }
        double least_level_ms = safe_level_ms(1 - done);
        if (least_level_ms <= 0) return for_ever;
        if (kind_ == Kind::BolaE) least_level_ms += latency_ms - placeholder_ms_;
        return least_level_ms <= 0 ? for_ever : level_ms_ - least_level_ms;
    }

private:
    enum class Kind : uint8_t { Throughput, Bola, BolaE, Endless };
    static constexpr double kSlack = 1e-9;
    static constexpr double kForgetIt = std::numeric_limits<double>::infinity();  ///< as a level: higher than any

    /// The bound on l above, for a rest of x.
    double safe_level_ms(double x) const {
        const double a = limit(rung_);
        const double slack = kSlack * (a + vp_ + level_ms_ + placeholder_ms_);
        const double per_bitrate = 1 / ladder_.bitrate(rung_);
        double least = 0;
        for (int q = 0; q < rung_; ++q) {
            const double r = ladder_.bitrate(q) * per_bitrate;
            if (r > x + kSlack) break;  // and so are those of the rungs that follow
            const double lower = limit(q);
            if (r * (a - lower) < slack) return kForgetIt;
            const double wanted = lower * x - a * r + slack;
            if (wanted + slack <= least * (x - r)) continue;
            if (x - r < kSlack) return kForgetIt;
            least = wanted / (x - r);
        }
        return least;
    }
    double limit(int q) const { return vp_ * (gp_ + ladder_.utility(q)); }

    const Ladder& ladder_;
    int rung_;
    Kind kind_ = Kind::Throughput;
    double bits_;
    double level_ms_;  // at the request
    double placeholder_ms_ = 0;
    double vp_ = 0, gp_ = 0;
};

}  // namespace matinee::abr
