// How long a download is certain not to be given up, whatever the network does. A player that polls abandon_to() may
// leave out every poll up to then. For networks that change their rate while a download is under way, as labs' and full
// links do; earliest_abandonment() is for those that know the whole course of it.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "clients/player/abr/rules.hpp"

namespace matinee::abr {

/// Made for one download at its request, and valid until the rule hears of something else. Plan and table must outlive
/// it.
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
    /// What downloads have in common.
    class Table {
    public:
        explicit Table(const Ladder& ladder) {
            for (int rung = 0; rung < ladder.rungs(); ++rung) {
                Row& row = rows_.emplace_back();
                for (int q = 0; q < rung; ++q) {
                    const double share = ladder.bitrate(q) / ladder.bitrate(rung);
                    const double step = ladder.utility(rung) - ladder.utility(q);
                    row.shares.push_back(share);
                    row.gap = std::min(row.gap, share * step);
                    row.fall = std::min(row.fall, step / (1 - share));
                }
            }
        }

    private:
        friend class Patience;
        struct Row {
            std::vector<double> shares;  // r' of each lower rung
            double gap = kForEver;       // the least r' (A - A') / V p
            double fall = kForEver;      // the least (A - A') / (1 - r') / V p
        };
        std::vector<Row> rows_;
    };

    template <class Real>
    Patience(const Plan& plan, const Table& table, const State<Real>& state, const Progress& request)
        : ladder_(plan.ladder),
          row_(table.rows_[size_t(request.rung)]),
          rung_(request.rung),
          bits_(request.bits_total),
          level_ms_(request.level_ms) {
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

    /// abandon_to() answers -1 at every poll from `elapsed_ms`, when so many bits have come in, up to this time since
    /// the request; infinite where it never answers again. Before `elapsed_ms`: the next poll may answer.
    double lasts_until_ms(double elapsed_ms, double latency_ms, double bits_done) const {
        if (kind_ == Kind::Endless) return kForEver;
        if (kind_ == Kind::Throughput) {
            constexpr double below = 1 - kSlack;
            const double most_ms = kAbandonMultiplier * ladder_.segment_ms() * below;
            return std::max(kAbandonGraceMs * below, latency_ms + (most_ms - latency_ms) * (bits_done / bits_));
        }
        const double a = limit(rung_);
        const double slack = kSlack * (a + vp_ + level_ms_ + placeholder_ms_);
        if (vp_ * row_.gap < 2 * slack) return 0;
        // What the rule calls level is so much above the buffer's.
        const double above_ms = kind_ == Kind::BolaE ? placeholder_ms_ - latency_ms : 0;
        const auto reached_ms = [&](double level_ms) {
            return level_ms <= 0 || level_ms <= above_ms ? kForEver : level_ms_ + above_ms - level_ms;
        };
        const double at_most_ms = a - vp_ * row_.fall + slack / (1 - row_.shares.back());  // the bound for x = 1
        const double early_ms = reached_ms(at_most_ms);
        return elapsed_ms <= early_ms ? early_ms : reached_ms(safe_level_ms(1 - bits_done / bits_, a, slack));
    }

private:
    enum class Kind : uint8_t { Throughput, Bola, BolaE, Endless };
    static constexpr double kForEver = std::numeric_limits<double>::infinity();
    static constexpr double kSlack = 1e-9;

    /// The bound on l above, for a rest of x.
    double safe_level_ms(double x, double a, double slack) const {
        double least = 0;
        for (int q = 0; q < rung_; ++q) {
            const double r = row_.shares[size_t(q)];
            const double wanted = limit(q) * x - a * r + slack;  // below 0 where x is not above r, and a little beyond
            least = std::max(least, wanted / std::max(x - r, kSlack));
        }
        return least;
    }
    double limit(int q) const { return vp_ * (gp_ + ladder_.utility(q)); }

    const Ladder& ladder_;
    const Table::Row& row_;
    int rung_;
    Kind kind_ = Kind::Throughput;
    double bits_;
    double level_ms_;  // at the request
    double placeholder_ms_ = 0;
    double vp_ = 0, gp_ = 0;
};

}  // namespace matinee::abr
