// What a rule needs besides a session's own state: settings, ladder and everything that can be computed from them once.
// One plan per population and rung cap, shared by its sessions; it does not change after its construction.
#pragma once

#include <array>

#include "clients/player/abr/ladder.hpp"
#include "clients/player/abr/rule.hpp"

namespace matinee::abr {

/// How samples become an estimate. Ewma: two half-lives. Sliding: means over two windows of segments. Either way the
/// least throughput and the greatest latency of the two count.
enum class Average : uint8_t { Ewma, Sliding };

struct Settings {
    Rule rule = Rule::Bola;
    double max_buffer_ms = 25'000;  ///< the player asks for no segment that would take the buffer beyond it
    int constant_rung = 0;          ///< of rule `constant`; a ladder with fewer rungs gives its highest
    double initial_throughput_kbps =
        0;  ///< the first rung follows from it, before any sample; 0: rung 0, as Sabre has it
    bool insufficient_buffer_rule =
        true;                 ///< of throughput, bolae, dynamic and dynamicdash (Sabre's -noibr turns it off)
    bool bola_basic = false;  ///< bola with its full buffer from the first segment on, never abandoning (Sabre's -ab)
    bool bola_osc = false;    ///< BOLA-O instead of BOLA-U: waits rather than oscillate (Sabre's -ao)
    double gamma_p = 5;       ///< BOLA's weight of smooth playback against utility (Sabre's -gp)
    Average average = Average::Ewma;
    double half_life_s[2] = {3, 8};
    int window[2] = {3, 3};             ///< segments, of Average::Sliding; at most 20 (double) or 5 (float)
    double bba_reservoir_ms = 5'000;    ///< bba: lowest rung below it
    double bba_cushion_ms = 10'000;     ///< bba: from the reservoir to the highest rung
    bool bands_count_segments = false;  ///< bands: thresholds of 10 and 30 count segments instead of seconds
};

/// What the rolling window of a session's state holds.
enum class Samples : uint8_t {
    None,  ///< constant and bba measure nothing
    Ewma,
    Throughput,   ///< kbit/s of the last `window` segments
    BitsAndTime,  ///< bits and ms of the last `window` segments
    WithLatency,  ///< kbit/s and latency of the last `window` segments
    WithError,    ///< MB/s of the last `window` segments, and how far the estimate before each was off (robust-mpc)
};

struct Plan {
    /// Throws InputError for settings that no rule can work with.
    Plan(const Settings& settings, const Ladder& ladder);

    Settings settings;
    Ladder ladder;
    Samples samples;
    int window = 0;      ///< segments that the state remembers
    int first_rung = 0;  ///< before any sample

    double half_life_ms[2];
    double latency_decay[2];  ///< what an estimate of latency keeps of itself at each segment
    float octaves[4];         ///< by which averages fade: those of throughput in a ms, those of latency in a segment
    double bola_vp;           ///< BOLA's V p of the whole buffer, ms
    int64_t bola_whole_from;  ///< it applies so many segments from a title's start (or a seek) and from its end
    /// The level from which on BOLA prefers rung q or a higher one to all below it, in units of V p; -infinity before the
    /// first and infinity after the last. Levels nearer to one of them than `bola_margin` are for exact arithmetic.
    std::array<double, Ladder::kMaxRungs + 1> bola_from{};
    double bola_margin;
    double bolae_vp, bolae_gp;
    std::array<double, Ladder::kMaxRungs> bolae_utility{};  ///< 1 + ln(b_q / b_0)
    /// BOLA-E prefers rung q to every lower one from `min_level` on, and waits above `max_level` (ms).
    std::array<double, Ladder::kMaxRungs> min_level{};
    std::array<double, Ladder::kMaxRungs> max_level{};
    double bands_low_ms, bands_high_ms;

    /// Whether the rule reads Observation::now_ms.
    bool looks_at_clock() const { return settings.rule == Rule::RateCheck || settings.rule == Rule::LadderSteps; }

    /// Throws InputError unless State<Real> is large enough for the windows asked for.
    template <class Real>
    void require_fits() const;

private:
    void check() const;
    void plan_samples();
    void plan_bola();
    void plan_bolae();
    void refuse_window(int slots) const;
};

}  // namespace matinee::abr
