#include "clients/player/abr/plan.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "clients/player/abr/document_rules.hpp"
#include "clients/player/abr/robust_mpc.hpp"
#include "clients/player/abr/state.hpp"
#include "clients/player/abr/throughput.hpp"
#include "system/base/errors.hpp"
#include "system/base/math.hpp"

namespace matinee::abr {

namespace {
// BOLA-E of Sabre: the buffer that every ladder gets, whatever the player's own limit is.
constexpr double kMinimumBufferMs = 10'000;
constexpr double kMinimumBufferPerRungMs = 2'000;

[[noreturn]] void refuse(const char* path, const std::string& found, const char* expected) {
    throw InputError({.file = "", .path = path, .found = found, .expected = expected, .suggestion = ""});
}

void require(bool holds, const char* path, double found, const char* expected) {
    if (!holds) refuse(path, std::to_string(found), expected);
}

int first_rung_of(const Settings& settings, const Ladder& ladder) {
    switch (settings.rule) {
        case Rule::Constant:
            return std::min(settings.constant_rung, ladder.top());
        case Rule::Bba:
            return 0;
        case Rule::LadderSteps:
            return ladder.highest_at_most(document::k720p004Kbps);
        default:
            break;
    }
    const double kbps = settings.initial_throughput_kbps;
    if (!(kbps > 0)) return 0;
    if (settings.rule == Rule::RateCheck) return ladder.highest_at_most(kbps * document::kRateTolerance);
    if (settings.rule >= Rule::RateCheck) return ladder.highest_at_most(kbps);
    return rung_for_throughput(ladder, kThroughputSafety * kbps, 0);
}
}  // namespace

Plan::Plan(const Settings& s, const Ladder& l) : settings(s), ladder(l) {
    check();
    plan_samples();
    first_rung = first_rung_of(settings, ladder);
    for (int i = 0; i < 2; ++i) {
        half_life_ms[i] = settings.half_life_s[i] * 1000;
        latency_decay[i] = math::exp2(-1 / (half_life_ms[i] / ladder.segment_ms()));
        octaves[i] = float(1 / half_life_ms[i]);
        octaves[2 + i] = float(ladder.segment_ms() / half_life_ms[i]);
    }
    plan_bola();
    plan_bolae();
    const double unit_ms = settings.bands_count_segments ? ladder.segment_ms() : 1000;
    bands_low_ms = document::kBandsLow * unit_ms;
    bands_high_ms = document::kBandsHigh * unit_ms;
}

void Plan::check() const {
    const bool buffer_fits = settings.max_buffer_ms > ladder.segment_ms() && settings.max_buffer_ms <= 1e8;
    require(buffer_fits, "buffer target (ms)", settings.max_buffer_ms, "more than one segment, and at most 1e8 ms");
    require(settings.constant_rung >= 0, "constant rung", settings.constant_rung, "0 or more");
    const double initial = settings.initial_throughput_kbps;
    require(initial >= 0 && initial <= 1e9, "initial throughput (kbit/s)", initial, "0 to 1e9");
    require(settings.gamma_p > 0 && settings.gamma_p <= 1e6, "gamma p", settings.gamma_p, "above 0, at most 1e6");
    for (const double half_life : settings.half_life_s)
        require(half_life >= 1e-3 && half_life <= 1e6, "half-life (s)", half_life, "0.001 to 1e6");
    for (const int length : settings.window)
        require(length >= 1 && length <= 20, "window (segments)", length, "1 to 20");
    require(settings.bba_reservoir_ms >= 0 && settings.bba_reservoir_ms <= 1e8, "bba reservoir (ms)",
            settings.bba_reservoir_ms, "0 to 1e8");
    require(settings.bba_cushion_ms >= 1 && settings.bba_cushion_ms <= 1e8, "bba cushion (ms)", settings.bba_cushion_ms,
            "1 to 1e8");
}

void Plan::plan_samples() {
    const auto remember = [&](Samples kind, int segments) {
        samples = kind;
        window = segments;
    };
    switch (settings.rule) {
        case Rule::Constant:
        case Rule::Bba:
            return remember(Samples::None, 0);
        case Rule::RobustMpc:
            return remember(Samples::WithError, mpc::kMemory);
        case Rule::RateCheck:
        case Rule::Halving:
            return remember(Samples::Throughput, 1);
        case Rule::Ratio15:
            return remember(Samples::BitsAndTime, document::kRatioSegments);
        case Rule::Bands:
            return remember(Samples::Throughput, document::kBandsSegments);
        case Rule::LadderSteps:
            return remember(Samples::Throughput, document::kStepsSegments);
        default:
            break;
    }
    if (settings.average == Average::Ewma) return remember(Samples::Ewma, 0);
    remember(Samples::WithLatency, std::max(settings.window[0], settings.window[1]));
}

// Scores of rungs as functions of the level are straight lines, of which the slopes ascend with the rungs. Rounding moves
// the level at which two of them meet by 1e-15 of the scores over the difference of their slopes: with rungs a hundredth
// apart, by a millionth of the margin.
void Plan::plan_bola() {
    const double most = ladder.utility(ladder.top()) + settings.gamma_p;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    bola_vp = (settings.max_buffer_ms - ladder.segment_ms()) / most;
    bola_whole_from = settings.bola_basic ? std::numeric_limits<int64_t>::min()
                                          : int64_t(2 * settings.max_buffer_ms / ladder.segment_ms()) + 2;
    bola_margin = 1e-7 * most;
    bola_from.fill(infinity);
    bola_from[0] = -infinity;
    for (int q = 1; q < ladder.rungs(); ++q) {
        if (ladder.bitrate(q) < 1.01 * ladder.bitrate(q - 1)) bola_margin = infinity;
        for (int above = q; above < ladder.rungs(); ++above) {
            double beats_all = -infinity;
            for (int below = 0; below < q; ++below) {
                const double b = ladder.bitrate(above);
                const double bi = ladder.bitrate(below);
                const double meet = (b * ladder.utility(below) - bi * ladder.utility(above)) / (b - bi);
                beats_all = std::max(beats_all, settings.gamma_p + meet);
            }
            bola_from[size_t(q)] = std::min(bola_from[size_t(q)], beats_all);
        }
    }
}

// Sabre's BolaEnh: V p and gamma p follow from a buffer in which every rung has its place; without the insufficient
// buffer rule they are those of plain BOLA (utilities start at 1 here, hence the 1 taken from gamma p).
void Plan::plan_bolae() {
    const int rungs = ladder.rungs();
    for (int q = 0; q < rungs; ++q)
        bolae_utility[size_t(q)] = math::log(ladder.bitrate(q)) + (1 - math::log(ladder.bitrate(0)));
    const double top_utility = bolae_utility[size_t(rungs - 1)];
    if (rungs == 1) {  // nothing to choose from, and gamma p would be 0
        bolae_gp = settings.gamma_p;
        bolae_vp = 0;
    } else if (settings.insufficient_buffer_rule) {
        const double buffer = std::max(kMinimumBufferMs + kMinimumBufferPerRungMs * rungs, settings.max_buffer_ms);
        bolae_gp = (top_utility - 1) / (buffer / kMinimumBufferMs - 1);
        bolae_vp = kMinimumBufferMs / bolae_gp;
    } else {
        bolae_gp = settings.gamma_p - 1;
        bolae_vp = (settings.max_buffer_ms - ladder.segment_ms()) / (top_utility + bolae_gp);
    }
    for (int q = 0; q < rungs; ++q) {
        const double b = ladder.bitrate(q);
        const double u = bolae_utility[size_t(q)];
        max_level[size_t(q)] = bolae_vp * (u + bolae_gp);
        double least = 0;
        for (int i = 0; i < q; ++i) {
            const double bi = ladder.bitrate(i);
            const double ui = bolae_utility[size_t(i)];
            least = std::max(least, bolae_vp * (bolae_gp + (b * ui - bi * u) / (b - bi)));
        }
        min_level[size_t(q)] = least;
    }
}

template <class Real>
void Plan::require_fits() const {
    const int lanes = samples == Samples::None || samples == Samples::Throughput ? 1 : 2;
    if (window * lanes > State<Real>::kSlots) refuse_window(State<Real>::kSlots / lanes);
}

void Plan::refuse_window(int longest) const {
    throw InputError({.file = "",
                      .path = "window (segments)",
                      .found = std::to_string(window),
                      .expected = "1 to " + std::to_string(longest),
                      .suggestion = "longer windows are for labs, which keep a larger state"});
}

template void Plan::require_fits<float>() const;
template void Plan::require_fits<double>() const;

}  // namespace matinee::abr
