// When viewers arrive: a Poisson process whose rate follows the wanted number of concurrent viewers.
//
// target(t) = viewers * share * curve(t) * bursts(t);  rate(t) = target(t) / mean session, by Little's law. The law
// holds for a constant rate: where the target moves, the viewers present lag behind it by about one session.
//
// Curves: constant 1; or diurnal by local hour h (of the UTC offset given), either a cosine between trough_ratio and 1
// at peak_at_h, or 24 factors, each standing at the middle of its hour (21:30 for hour 21), joined by straight lines
// over midnight and divided by the largest. Measured shapes: hour factors .95 .60 .38 .26 .20 .20 .28 .42 .55 .65 .75
// .82 .95 1 1 1.05 1.15 1.3 1.55 1.85 2.15 2.3 2.05 1.5 (proposal, after reports of evening peaks). A burst multiplies
// by 1 + (multiplier - 1) * s, with s = 0 before `at`, rising in a straight line to 1 within `rise`, then exp(-t /
// decay); decay 0: it stays at 1. Bursts multiply each other. Known sizes: a drop at midnight, 1.3 in one hour; a live
// event, 23 % of all members at once (65 M streams, November 2024).
//
// Draws are exact (thinning: P. A. W. Lewis and G. S. Shedler, "Simulation of nonhomogeneous Poisson processes by
// thinning", Naval Research Logistics 26, 1979), with a bound that follows the curve minute by minute where it matters.
#pragma once

#include <cstdint>
#include <vector>

#include "clients/population/spec.hpp"
#include "system/base/random.hpp"
#include "system/base/units.hpp"

namespace matinee::population {

class ArrivalRate {
public:
    /// One stream of arrivals: `share` of spec.viewers, whose visits last `mean_session_s` (pauses included). Throws
    /// InputError for negative or infinite levels, a ratio outside 0 to 1, an hour outside 0 to 24, a table that is not
    /// 24 factors with one above 0, a negative burst, and a mean session that is not above 0.
    ArrivalRate(const Arrivals& spec, int64_t start_unix_s, double utc_offset_h, double mean_session_s, double share);

    /// Concurrent viewers wanted.
    double target_viewers(TimeNs now) const { return level_ * curve(now) * bursts(now); }
    /// Arrivals per second.
    double per_second(TimeNs now) const { return target_viewers(now) / mean_session_s_; }
    /// A bound on the rate in [from, to]: the largest curve times the largest of every burst, each exact.
    double max_per_second(TimeNs from, TimeNs to) const;
    /// The first arrival after `after`; kNever where the rate stays 0 or the wait exceeds 70 years.
    TimeNs next_arrival(TimeNs after, RandomStream& random) const;

    /// The share of a day that has passed at `now`, local time: 0.5 is noon.
    double local_day(TimeNs now) const;

private:
    double curve(TimeNs now) const;
    double curve_at(double day) const;
    double max_curve(TimeNs from, TimeNs to) const;
    double bursts(TimeNs now) const;

    Arrivals spec_;
    double level_;
    double mean_session_s_;
    TimeNs day_offset_;  ///< local time of day at virtual time 0
};

}  // namespace matinee::population
