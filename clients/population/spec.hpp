// What the audience watches and how it behaves, as a scenario states it. Shares are fractions of 1, already normalised.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "system/base/units.hpp"

namespace matinee::population {

/// A distribution of a duration in seconds.
struct DurationLaw {
    enum class Kind : uint8_t { Fixed, Exponential, Lognormal, Uniform };
    Kind kind = Kind::Fixed;
    double a = 0;  ///< Fixed: value; Exponential: mean; Lognormal: median; Uniform: least
    double b = 0;  ///< Lognormal: sigma; Uniform: most
};

struct Movie {  ///< real segment sizes, read from a Sabre JSON or Pensieve file; every title then repeats them cyclically
    std::string file;
    TimeNs segment = 0;
    std::vector<Kbps> ladder;
    std::vector<std::vector<uint32_t>> segment_bytes;  ///< [segment][rung]
};

struct Popularity {
    double alpha = 0.8;        ///< exponent s of v(r) ~ (r + shift)^-s exp(-r / cutoff)
    double shift = 0;          ///< q of Zipf-Mandelbrot
    double cutoff = 0;         ///< r0 in ranks; 0: none
    double regional_mix = 0;   ///< share of a region's plays that follow the region's own ranking, 0 to 1
    double churn_per_day = 0;  ///< share of titles that trade ranks with another title each day
};

struct Catalog {
    uint32_t titles = 1000;              ///< works: films and series; an episode is a playable of its own
    double series_share = 0.7;           ///< share of works that are series
    DurationLaw film_duration;
    DurationLaw episode_duration;
    uint32_t seasons_max = 4;            ///< seasons per series, uniform from 1
    uint32_t episodes_per_season = 8;
    Popularity popularity;
    std::vector<Kbps> ladder;            ///< nominal bitrate of each rung, ascending
    TimeNs segment = 4 * kSecond;
    double vbr_cv = 0.35;                ///< coefficient of variation of segment sizes within a title and rung
    double vbr_peak = 2.0;               ///< no segment above this multiple of the mean
    std::shared_ptr<const Movie> movie;  ///< replaces ladder, segment and the size model
};

struct Release {
    std::string title;    ///< its name in reports
    TimeNs at = 0;
    double share = 0;     ///< of the starts at its height
    TimeNs decay = 0;     ///< e-folding time of that share; 0: it stays
    TimeNs duration = 0;  ///< of the film released
    std::optional<TimeNs> prefill;  ///< when edges that prefill fetch it; empty: they meet it cold
};

/// When viewers lose patience; study figures in the header of clients/population/behaviour.hpp.
struct Patience {
    bool during_startup = true;
    TimeNs startup_grace = 2 * kSecond;  ///< nobody leaves earlier
    double startup_leave_per_s = 0.058;  ///< share of viewers that leave per further second
    bool during_stall = true;
    TimeNs stall_grace = 2 * kSecond;
    DurationLaw stall;                   ///< length of one stall, beyond the grace, that a viewer bears
};

/// How long a viewer means to watch and what it does meanwhile.
struct Behaviour {
    bool play_mix = true;        ///< the browse / part / finish mix of clients/population/behaviour.hpp, or `watch`
    DurationLaw watch;
    double next_episode = 0.75;  ///< chance to go on after a finished episode
    double pauses_per_hour = 1.0;
    double seeks_per_hour = 1.5;
    Patience patience;
};

struct Burst {
    TimeNs at = 0;
    double multiplier = 1;
    TimeNs rise = 0;
    TimeNs decay = 0;  ///< e-folding time
};

struct Arrivals {
    enum class Curve : uint8_t { Constant, Diurnal };
    Curve curve = Curve::Constant;
    double viewers = 0;        ///< concurrent viewers: the level (Constant) or the peak (Diurnal)
    bool steady = false;       ///< that many viewers are in mid-session at time 0
    double trough_ratio = 0.2;
    double peak_at_h = 20.5;   ///< local hour of the peak
    std::vector<double> hours;  ///< Diurnal by table: 24 factors per local hour; empty: a cosine between trough and peak
    std::vector<Burst> bursts;
};

}  // namespace matinee::population
