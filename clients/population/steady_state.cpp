#include "clients/population/steady_state.hpp"

#include <algorithm>
#include <cmath>

#include "clients/population/behaviour.hpp"
#include "system/base/math.hpp"

namespace matinee::population {

namespace {

/// E[min(X, d)] and P(X >= d) of an exponential X.
double exponential_mean_to(double mean, double d) { return mean * (1 - math::exp(-d / mean)); }

double sum_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
}

/// A length-biased draw of a law that is not cut: density x f(x) / E[X].
TimeNs draw_length_biased(const DurationLaw& law, RandomStream& random) {
    switch (law.kind) {
        case DurationLaw::Kind::Fixed:
            break;
        case DurationLaw::Kind::Exponential: {  // a gamma law of shape 2
            const TimeNs first = draw(law, random);
            return first + draw(law, random);
        }
        case DurationLaw::Kind::Lognormal: {
            DurationLaw biased = law;
            biased.a *= math::exp(law.b * law.b);
            return draw(biased, random);
        }
        case DurationLaw::Kind::Uniform: {
            const double square = law.a * law.a + random.uniform() * (law.b * law.b - law.a * law.a);
            return from_seconds(std::sqrt(square));
        }
    }
    return draw(law, random);
}

}  // namespace

WatchMoments::WatchMoments(const Behaviour& behaviour) : behaviour_(behaviour) {
    if (behaviour.play_mix || behaviour.watch.kind != DurationLaw::Kind::Lognormal) return;
    constexpr uint32_t n = 4096;
    sums_s_.push_back(0);
    for (uint32_t i = 0; i < n; ++i) {
        const double z = math::normal_quantile((double(i) + 0.5) / n);
        quantiles_s_.push_back(behaviour.watch.a * math::exp(behaviour.watch.b * z));
        sums_s_.push_back(sums_s_.back() + quantiles_s_.back());
    }
}

double WatchMoments::mean_s(double d) const {
    if (behaviour_.play_mix) {
        return kBrowseShare * exponential_mean_to(to_seconds(kBrowseMean), d) + kPartShare * d / 2 +
               (1 - kBrowseShare - kPartShare) * d;
    }
    const DurationLaw& law = behaviour_.watch;
    switch (law.kind) {
        case DurationLaw::Kind::Fixed:
            return std::min(law.a, d);
        case DurationLaw::Kind::Exponential:
            return exponential_mean_to(law.a, d);
        case DurationLaw::Kind::Uniform: {
            if (d <= law.a) return d;
            if (d >= law.b) return (law.a + law.b) / 2;
            return ((d * d - law.a * law.a) / 2 + (law.b - d) * d) / (law.b - law.a);
        }
        case DurationLaw::Kind::Lognormal: {
            const auto below = std::lower_bound(quantiles_s_.begin(), quantiles_s_.end(), d) - quantiles_s_.begin();
            const double above = double(quantiles_s_.size()) - double(below);
            return (sums_s_[size_t(below)] + above * d) / double(quantiles_s_.size());
        }
    }
    return 0;
}

double WatchMoments::finish(double d) const {
    if (behaviour_.play_mix)
        return 1 - kBrowseShare - kPartShare + kBrowseShare * math::exp(-d / to_seconds(kBrowseMean));
    const DurationLaw& law = behaviour_.watch;
    switch (law.kind) {
        case DurationLaw::Kind::Fixed:
            return law.a >= d ? 1 : 0;
        case DurationLaw::Kind::Exponential:
            return math::exp(-d / law.a);
        case DurationLaw::Kind::Uniform:
            return d <= law.a ? 1 : d >= law.b ? 0 : (law.b - d) / (law.b - law.a);
        case DurationLaw::Kind::Lognormal: {
            const auto below = std::lower_bound(quantiles_s_.begin(), quantiles_s_.end(), d) - quantiles_s_.begin();
            return 1 - double(below) / double(quantiles_s_.size());
        }
    }
    return 0;
}

std::vector<double> watched_s_per_visit(const Library& library, uint32_t region, TimeNs now,
                                        const Behaviour& behaviour) {
    check_behaviour(behaviour);
    const WatchMoments moments(behaviour);
    std::vector<double> result = library.popularity(region, now);
    double carried_on = 0;  // visits that reach p from the episode before it
    TimeNs duration = -1;
    double mean = 0;
    double finish = 0;
    for (uint32_t p = 0; p < library.playables(); ++p) {
        if (library.duration_ns(p) != duration) {  // episodes of a series have the same
            duration = library.duration_ns(p);
            mean = moments.mean_s(to_seconds(duration));
            finish = moments.finish(to_seconds(duration));
        }
        const double plays = result[p] + carried_on;
        carried_on = library.next_episode(p) ? plays * finish * behaviour.next_episode : 0;
        result[p] = plays * mean;
    }
    return result;
}

double mean_session_s(const Library& library, uint32_t region, TimeNs now, const Behaviour& behaviour) {
    return sum_of(watched_s_per_visit(library, region, now, behaviour));
}

// Rejection. Drawn plainly, a watched time w is kept with probability w / duration; where the law is short beside the
// playable that would throw most draws away, so the law itself is drawn length-biased and cut draws x > duration are
// kept with probability duration / x. Whichever bound is lower leaves few draws to reject.
TimeNs plan_watch_length_biased(const Behaviour& behaviour, TimeNs duration, RandomStream& random) {
    const bool bias_the_law = !behaviour.play_mix && mean_s(behaviour.watch) < to_seconds(duration);
    constexpr int kMostDraws =
        1'000'000;  // never reached by a law that check_behaviour accepts; no input may hang a run
    for (int i = 0; i < kMostDraws; ++i) {
        if (bias_the_law) {
            const TimeNs wanted = draw_length_biased(behaviour.watch, random);
            if (wanted <= duration || random.uniform() * double(wanted) < double(duration))
                return std::clamp(wanted, std::min(kMillisecond, duration), duration);
        } else {
            const TimeNs watch = plan_watch(behaviour, duration, random);
            if (random.uniform() * double(duration) < double(watch)) return watch;
        }
    }
    return plan_watch(behaviour, duration, random);
}

Residual::Residual(const Library& library, uint32_t region, TimeNs now, const Behaviour& behaviour)
    : library_(library), behaviour_(behaviour) {
    const std::vector<double> weights = watched_s_per_visit(library, region, now, behaviour);
    mean_session_s_ = sum_of(weights);
    plays_ = AliasTable(weights);
}

Residual::Found Residual::draw(RandomStream& random) const {
    Found found;
    found.playable = plays_.pick(random);
    found.watch = plan_watch_length_biased(behaviour_, library_.duration_ns(found.playable), random);
    found.position = TimeNs(random.uniform() * double(found.watch));
    return found;
}

}  // namespace matinee::population
