// From behaviour to load: how long a visit lasts, and whom one finds in mid-visit.
//
// A visit is a first play, picked by popularity, and the next episodes that follow it: after a finished episode the
// viewer goes on with probability next_episode. In closed form (a law `watch` that is log-normal: by 4096 quantiles),
// for playable p with duration D, m(p) = E[time watched of p] and f(p) = P(p is finished):
//     plays of p per visit  n(p) = popularity(p) + n(p - 1) f(p - 1) next_episode   (within a series)
//     mean visit            E[S] = sum over p of n(p) m(p)
// Little's law (L = rate * E[S]) turns concurrent viewers into an arrival rate. E[S] is media time: multiply by
// pause_factor for the time that a viewer stays. It holds for the popularity of one region at one moment.
//
// Steady state: a visit found at time 0 is longer than most (length-biased: the inspection paradox) and found at a
// uniform position. As visits are chains of plays, the play found is drawn with weight n(p) m(p); its length has the
// density w f(w) / E[w], the position in it is uniform, and what follows it is as for any other play. N viewers drawn
// so, and Poisson arrivals at N / E[S], keep the mean concurrency at N from the first instant. Simplification: nobody
// is found pausing, stalled or after a seek.
#pragma once

#include <cstdint>
#include <vector>

#include "clients/population/alias.hpp"
#include "clients/population/catalog.hpp"
#include "clients/population/spec.hpp"
#include "system/base/random.hpp"
#include "system/base/units.hpp"

namespace matinee::population {

/// Moments of plan_watch, without drawing.
class WatchMoments {
public:
    explicit WatchMoments(const Behaviour& behaviour);
    double mean_s(double duration_s) const;  ///< E[min(X, duration)]
    double finish(double duration_s) const;  ///< P(X >= duration)

private:
    Behaviour behaviour_;
    std::vector<double> quantiles_s_;  ///< of a log-normal law; else empty
    std::vector<double> sums_s_;       ///< sums_s_[i]: of the first i quantiles
};

/// n(p) m(p) of every playable: seconds of it watched per visit that starts in `region` at `now`, next episodes
/// included. Divided by the duration it ranks what a cache should hold, better than the share of starts does for later
/// episodes.
std::vector<double> watched_s_per_visit(const Library& library, uint32_t region, TimeNs now,
                                        const Behaviour& behaviour);

/// Mean media time of a visit that starts in `region` at `now`, in seconds.
double mean_session_s(const Library& library, uint32_t region, TimeNs now, const Behaviour& behaviour);

/// How long a viewer that is in the middle of a play means to watch it in all: plan_watch, length-biased.
TimeNs plan_watch_length_biased(const Behaviour& behaviour, TimeNs duration, RandomStream& random);

/// The viewers of one population that are in mid-visit at time 0 (or another moment).
class Residual {
public:
    struct Found {
        uint32_t playable = 0;
        TimeNs watch = 0;     ///< means to watch this much of the playable in all, as plan_watch
        TimeNs position = 0;  ///< and has watched this much, below `watch`
    };

    /// Keeps a reference to the library.
    Residual(const Library& library, uint32_t region, TimeNs now, const Behaviour& behaviour);

    Found draw(RandomStream& random) const;
    double mean_session_s() const { return mean_session_s_; }  ///< media time of a whole visit

private:
    const Library& library_;
    Behaviour behaviour_;
    double mean_session_s_ = 0;
    AliasTable plays_;
};

}  // namespace matinee::population
