// Small specifications that the tests of this room start from.
#pragma once

#include "clients/population/spec.hpp"
#include "system/base/units.hpp"

namespace matinee::population {

inline DurationLaw fixed_s(double s) { return {DurationLaw::Kind::Fixed, s, 0}; }

/// 200 works, 70 % series of up to 4 seasons of 8 episodes; films of 100 min, episodes of 22 to 60 min.
inline Catalog small_catalog() {
    Catalog spec;
    spec.titles = 200;
    spec.film_duration = {DurationLaw::Kind::Lognormal, 103 * 60, 0.2};
    spec.episode_duration = {DurationLaw::Kind::Uniform, 22 * 60, 60 * 60};
    spec.ladder = {235, 750, 1750, 3000, 5800};
    return spec;
}

/// `titles` films of `duration_s` seconds at one rung of 1000 kbit/s, in segments of 4 s without variation.
inline Catalog plain_films(uint32_t titles, double duration_s) {
    Catalog spec;
    spec.titles = titles;
    spec.series_share = 0;
    spec.film_duration = fixed_s(duration_s);
    spec.ladder = {1000};
    spec.vbr_cv = 0;
    return spec;
}

/// `titles` series of one season of `episodes` episodes of `duration_s` seconds.
inline Catalog plain_series(uint32_t titles, uint32_t episodes, double duration_s) {
    Catalog spec = plain_films(titles, 1);
    spec.series_share = 1;
    spec.seasons_max = 1;
    spec.episodes_per_season = episodes;
    spec.episode_duration = fixed_s(duration_s);
    return spec;
}

}  // namespace matinee::population
