// How long viewers watch, when they lose patience, pause, seek and go on to the next episode. Pure draws: time is media
// or waiting time that the caller measures. Figures marked (proposal) are ours for want of a published one.
//
// Watching: 45 % of plays browse (exponential, mean 2 min, cut at the end), 22 % watch a uniform part, 33 % mean to
// finish (proposal). With a mean title of 47 min that is 21.6 min a play, 43 % below 5 min and 50 % below 10; against
// 20.8 min a play (Conviva, Q2 2022), 37 / 53 / 70 % below 5 / 10 / 20 min (Yu et al., EuroSys 2006, PowerInfo), an
// exponential start of the session law (Chen et al. 2014, PPLive) and about 20 % of plays that reach the end on sites
// made for browsing ("Video browsing", ICCCN 2013, 540 M sessions).
//
// Start-up patience: nobody leaves in the first 2 s, then 5.8 % more of all viewers leave with every further second
// (Krishnan and Sitaraman, IMC 2012). A constant share of all viewers, not of those left, is a uniform law: grace plus
// uniform up to 1 / 0.058 = 17.2 s. It gives 17 % at 5 s and 46 % at 10 s; the authors' press figures are 25 and 50 %.
//
// Stall patience: the scenario's law, beyond a grace. Published effects are on time watched: 1 % of rebuffering costs 5
// % of it (same study), or 3 min of a 90 min live event (Dobrian et al., SIGCOMM 2011).
//
// Next episode: .75 after a finished one with autoplay, .55 without (proposal, from memory of reports).
// Pauses: 1 an hour of play, log-normal with median 60 s and sigma 1.2, mean 123 s (proposal): mostly short, some long.
// Seeks: 1.5 an hour of play; 60 % by 10 s, the rest uniform from 1 to 10 min. Either direction is equally likely
// (proposal): seeks then do not shift the mean time watched, which the arrival rate is computed from.
#pragma once

#include "clients/population/spec.hpp"
#include "system/base/random.hpp"
#include "system/base/units.hpp"

namespace matinee::population {

inline constexpr double kBrowseShare = 0.45;
inline constexpr double kPartShare = 0.22;  ///< the rest, .33, mean to finish
inline constexpr TimeNs kBrowseMean = 2 * kMinute;
inline constexpr double kPauseMedian_s = 60;
inline constexpr double kPauseSigma = 1.2;

/// From 0 to 10^9 s (longer draws are cut).
TimeNs draw(const DurationLaw& law, RandomStream& random);
double mean_s(const DurationLaw& law);
/// Throws InputError for parameters without sense: negative, not finite, a uniform law upside down, a length of always
/// 0.
void check_law(const DurationLaw& law, const char* path);

/// How much of a playable the viewer means to watch, from its start: 1 ms to `duration`. The whole means that the end
/// is reached, after which `goes_on` decides about a next episode.
TimeNs plan_watch(const Behaviour& behaviour, TimeNs duration, RandomStream& random);
bool goes_on(const Behaviour& behaviour, RandomStream& random);

/// A wait before the first frame (or within one stall) that makes the viewer leave; kNever: waits for ever.
TimeNs draw_startup_patience(const Patience& patience, RandomStream& random);
TimeNs draw_stall_patience(const Patience& patience, RandomStream& random);

/// Playing time until the next seek or pause (a Poisson process in playing time); kNever where the behaviour has none.
TimeNs draw_time_to_seek(const Behaviour& behaviour, RandomStream& random);
TimeNs draw_time_to_pause(const Behaviour& behaviour, RandomStream& random);
/// How far a seek goes; negative: backwards. Add to the position and keep within the playable: seek_target.
TimeNs draw_seek(RandomStream& random);
TimeNs seek_target(TimeNs position, TimeNs by, TimeNs duration);
TimeNs draw_pause(RandomStream& random);

/// Time that a visit takes over the media time it plays, through pauses: 1 + pauses_per_hour * mean pause. Start-up and
/// stalls come on top.
double pause_factor(const Behaviour& behaviour);

/// Throws InputError for chances outside 0 to 1, negative rates or graces, or a bad law.
void check_behaviour(const Behaviour& behaviour);

}  // namespace matinee::population
