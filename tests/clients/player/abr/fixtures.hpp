// What the tests of the rules share: short ways to a plan and to a state that has measured something.
#pragma once

#include <vector>

#include "clients/player/abr/rules.hpp"

namespace matinee::abr {

inline Plan make_plan(const Settings& settings, const std::vector<double>& bitrates, double segment_ms = 4000) {
    return Plan(settings, Ladder(bitrates, segment_ms));
}

/// A whole segment that came at `kbps` within `ms`.
inline Download download_at(double kbps, double ms = 1000, double latency_ms = 0, int rung = 0,
                            double level_ms = 10'000) {
    return {.bits = kbps * ms, .download_ms = ms, .latency_ms = latency_ms, .rung = rung, .level_ms = level_ms};
}

inline State<double> state_with(const Plan& plan, double kbps, double latency_ms = 0) {
    State<double> state{};
    report_download(plan, state, download_at(kbps, 1000, latency_ms));
    return state;
}

/// In the middle of a long title.
inline Observation at_level(double level_ms, int last_rung = 0, double now_ms = 600'000) {
    return {.level_ms = level_ms,
            .segment = 500,
            .segments = 1000,
            .first_segment = 0,
            .last_rung = last_rung,
            .now_ms = now_ms,
            .playing = true};
}

}  // namespace matinee::abr
