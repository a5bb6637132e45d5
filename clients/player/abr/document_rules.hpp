// The rules of matinee's source documents. What a document leaves open is filled in here, and said so. Common to all:
// decisions at segment boundaries only (003: "never mid-segment"), so none abandons a download; R is the nominal
// bitrate of the rung requested last; the branches for a low buffer apply once playback has begun, since before it a
// low buffer is no sign of trouble; a bitrate that the document names is the highest rung at or below it, rung 0 at
// least.
#pragma once

#include "clients/player/abr/estimator.hpp"

namespace matinee::abr {

namespace document {

// 000: example: ladder 1/3/5/15 Mbit/s, measured 2, 2, 10, 1 Mbit/s: 720p (3), 720p, 1080p (5), 480p (1).
inline constexpr double kRateCheckMs = 6'000;
inline constexpr double kRateTolerance = 1.5;  ///< ours: R / W that the example starts and stays at
// 002
inline constexpr double kRatioUp = 1.5;
inline constexpr double kRatioLowMs = 5'000;
inline constexpr int kRatioSegments = 3;  ///< ours: "the last few segments"
// 003: its own ladder is 1000/2500/5000/8000/25000 kbit/s for 360p/480p/720p/1080p/4K.
inline constexpr double kBandsLow = 10;
inline constexpr double kBandsHigh = 30;
inline constexpr int kBandsSegments = 5;
// 004
inline constexpr double kSafeMs = 10'000;
inline constexpr double kAggressiveMs = 20'000;
inline constexpr double kEmergencyMs = 5'000;
inline constexpr double kUpRatio = 1.5;
inline constexpr int kStepsSegments = 10;
inline constexpr double kMeasureMs = 5'000;
inline constexpr double k720p004Kbps = 2'500;  ///< 720p on its ladder 500/1000/2500/5000/25000

}  // namespace document

/// 000 (6.6, Q2): "client checks bandwidth every 6 seconds; high: fetch higher quality chunk, low: lower quality
/// chunk." Filled in so that the document's example comes out: W is the last segment's throughput; the next rung's
/// bitrate within W is "high", W below R / 1.5 is "low"; either way the highest rung within W is taken. The first look
/// accepts R up to 1.5 W (the example starts 3 Mbit/s at 2). Looks happen at the first request 6 s or more after the
/// previous look.
template <class Real>
int rung_by_rate_check(const Plan& plan, State<Real>& state, const Observation& now, int last) {
    const double time_ms = clamped(now.now_ms, kMaxLevelMs);
    const bool first = !state.steady;
    if (!first && time_ms - double(state.checked_ms) < document::kRateCheckMs) return last;
    state.steady = 1;
    state.checked_ms = Real(time_ms);
    const double w = mean_of_last(plan, state, 1, 0);
    if (first) return plan.ladder.highest_at_most(w * document::kRateTolerance);
    const bool high = last < plan.ladder.top() && plan.ladder.bitrate(last + 1) <= w;
    const bool low = w < plan.ladder.bitrate(last) / document::kRateTolerance;
    return high || low ? plan.ladder.highest_at_most(w) : last;
}

/// 002 (7): W = bits_received / time_taken over the last few segments; W > 1.5 R: up; buffer < 5 s: down immediately.
/// Filled in: one rung at a time; the buffer goes first ("immediately"); a few segments are three.
template <class Real>
int rung_by_ratio(const Plan& plan, const State<Real>& state, bool playing, double level_ms, int last) {
    if (playing && level_ms < document::kRatioLowMs) return std::max(last - 1, 0);
    const double bits = sum_of_last(plan, state, document::kRatioSegments, 0);
    const double ms = sum_of_last(plan, state, document::kRatioSegments, 1);
    const bool up = bits / ms > document::kRatioUp * plan.ladder.bitrate(last);
    return up ? std::min(last + 1, plan.ladder.top()) : last;
}

/// 003 (ABRAlgorithm): len(buffer) < 10: 'low'; > 30: 'high'; else by W, the mean of size / downloadTime of the last 5
/// segments: > 10 Mbit/s 1080p, > 5 720p, > 2 480p, else 360p.
/// Filled in: the thresholds are seconds (its code takes the length of a list of segments, but the target beside it is
/// "30; // seconds"); Settings::bands_count_segments reads it literally. low and high are the ends of the ladder, the
/// resolutions are what the document's own ladder gives them.
template <class Real>
int rung_by_bands(const Plan& plan, const State<Real>& state, bool playing, double level_ms) {
    if (playing && level_ms < plan.bands_low_ms) return 0;
    if (level_ms > plan.bands_high_ms) return plan.ladder.top();
    const double w = mean_of_last(plan, state, document::kBandsSegments, 0);
    const double kbps = w > 10'000 ? 8'000 : w > 5'000 ? 5'000 : w > 2'000 ? 2'500 : 1'000;
    return plan.ladder.highest_at_most(kbps);
}

/// 004 (core components, select_bitrate): buffer < 10 s: max(R / 2, lowest); buffer > 20 s and W > 1.5 R: min(2 R,
/// highest); else R. Filled in: W is the last segment's throughput. On a ladder with more than a factor of 2 between
/// two rungs it never climbs that gap: the document's own ladder, 5000 to 25000, has one.
template <class Real>
int rung_by_halving(const Plan& plan, const State<Real>& state, bool playing, double level_ms, int last) {
    const double r = plan.ladder.bitrate(last);
    if (playing && level_ms < document::kSafeMs) return plan.ladder.highest_at_most(r / 2);
    const double w = mean_of_last(plan, state, 1, 0);
    if (level_ms > document::kAggressiveMs && w > document::kUpRatio * r) return plan.ladder.highest_at_most(r * 2);
    return last;
}

/// 004 (deep dive, AdaptiveBitrateController): buffer < 5 s: lowest; < 10 s: one rung down; > 20 s and A > 1.5 R: one
/// up, A being the mean of the last 10 measurements; else R. "Measure the first 5 seconds, start with 720p": filled in
/// as the rung of 2500 kbit/s (720p on its ladder), kept for the session's first 5 s.
template <class Real>
int rung_by_steps(const Plan& plan, const State<Real>& state, const Observation& now, double level_ms, int last) {
    if (now.now_ms < document::kMeasureMs) return last;
    if (now.playing && level_ms < document::kEmergencyMs) return 0;
    if (now.playing && level_ms < document::kSafeMs) return std::max(last - 1, 0);
    const double mean = mean_of_last(plan, state, document::kStepsSegments, 0);
    const bool up = level_ms > document::kAggressiveMs && mean > document::kUpRatio * plan.ladder.bitrate(last);
    return up ? std::min(last + 1, plan.ladder.top()) : last;
}

}  // namespace matinee::abr
