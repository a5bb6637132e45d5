// What a rule remembers of one session, and what passes between a player and its rule.
// The storage type is float in the simulator, where millions of sessions must stay near the processor, and double in
// labs, which repeat published results digit for digit; the arithmetic is double in both but for the moving averages of
// throughput and latency, which the simulator keeps four floats at a time. Samples in rings are shorter still there.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "clients/player/abr/plan.hpp"

namespace matinee::abr {

/// The sizes of a title's segments, row after row; the title repeats them.
struct SegmentSizes {
    const double* row_bits = nullptr;  ///< [segment][rung]
    uint32_t rows = 0;
    uint32_t rungs = 0;

    const double* row(uint32_t segment) const { return row_bits + size_t(segment % rows) * rungs; }
    double bits(uint32_t segment, int rung) const { return row(segment)[rung]; }
};

/// What the player sees when it is about to ask for a segment.
struct Observation {
    double level_ms = 0;                  ///< media in the buffer
    uint32_t segment = 0;                 ///< index of the segment to be requested
    uint32_t segments = 0;                ///< of the whole title; UINT32_MAX where it has no end
    uint32_t first_segment = 0;           ///< the first one requested since the session began or the viewer sought
    int last_rung = 0;                    ///< of the segment requested before this one; 0 when there is none
    double now_ms = 0;                    ///< since the session began
    bool playing = false;                 ///< the first frame has been shown; stays true through stalls
    const SegmentSizes* sizes = nullptr;  ///< for rules that look ahead; without it they take the nominal bitrates
};

struct Decision {
    int rung = 0;
    double delay_ms = 0;  ///< to wait before the request
};

/// A segment that came in, whole or abandoned.
struct Download {
    double bits = 0;         ///< received
    double download_ms = 0;  ///< without latency
    double latency_ms = 0;   ///< request to first byte
    int rung = 0;
    double level_ms = 0;    ///< media in the buffer, this segment (if whole) included
    int abandoned_to = -1;  ///< the rung that abandon_to() named when the download was given up; -1: it is whole
};

/// A segment that is coming in.
struct Progress {
    double elapsed_ms = 0;  ///< since the request, latency included
    double latency_ms = 0;
    double bits_done = 0;
    double bits_total = 0;
    double level_ms = 0;  ///< media in the buffer now
    int rung = 0;
    uint32_t segment = 0;  ///< these three as in Observation
    uint32_t segments = 0;
    uint32_t first_segment = 0;
};

/// A sample as the simulator keeps it: 0, or 2^-20 to 2^44 with an error of at most a twentieth of a per cent. What is
/// less counts as 0, what is more as the most.
class SmallFloat {
public:
    SmallFloat() = default;
    explicit SmallFloat(double value) {
        const auto rounded = int64_t(std::bit_cast<uint32_t>(float(value)) + (1u << (kDropped - 1))) >> kDropped;
        bits_ = uint16_t(std::clamp<int64_t>(rounded - kZero, 0, UINT16_MAX));
    }
    explicit operator double() const {
        return bits_ == 0 ? 0 : double(std::bit_cast<float>((bits_ + kZero) << kDropped));
    }

private:
    static constexpr int kDropped = 13;  // bits of a float's 23 after the point
    static constexpr uint32_t kZero = ((127u - 20) << (23 - kDropped)) - 1;
    uint16_t bits_;
};

/// Averages of throughput (kbit/s) and latency (ms), each with two half-lives.
template <class Real>
struct Averages {
    Real throughput[2];  ///< not yet divided by `weight`
    Real latency[2];     ///< likewise
    Real weight[2];      ///< the same averages of the constant 1: correct the bias of starting at 0
    Real latency_weight[2];
};
/// These are corrected already: what their weights are follows from `measured_ms` and from how many samples there were.
template <>
struct Averages<float> {
    float throughput[2];
    float latency[2];
    float measured_ms;  ///< duration of all downloads
};

/// Zero is its initial value: State<Real>{}.
template <class Real>
struct State {
    static_assert(std::is_same_v<Real, float> || std::is_same_v<Real, double>);
    using Sample = std::conditional_t<std::is_same_v<Real, float>, SmallFloat, double>;
    /// Ten samples (document 004 averages ten) or two lanes of five; Sabre keeps twenty of each kind.
    static constexpr int kSlots = std::is_same_v<Real, float> ? 10 : 40;
    static constexpr uint32_t kMostCounted = (1u << 14) - 1;

    union {
        Averages<Real> ewma;
        Sample slots[kSlots];  ///< rings; the first lane from 0, the second from plan.window
    };
    union {
        Real placeholder_ms;  ///< bolae, dynamicdash: buffer that BOLA-E pretends to have
        Real checked_ms;      ///< rate-check: when it last looked
        Real expected;        ///< robust-mpc: MB/s, the last estimate before it is made cautious
    };
    uint32_t count : 14;          ///< samples in a ring, or in the averages (at most kMostCounted)
    uint32_t head : 5;            ///< slot of the next sample
    uint32_t last_rung : 5;       ///< bola: its own last choice; bolae: the last download's
    uint32_t throughput_ibr : 3;  ///< steps that the safety factors of the insufficient buffer rule have made
    uint32_t bolae_ibr : 3;
    uint32_t uses_bola : 1;  ///< dynamic, dynamicdash: which half decides
    uint32_t steady : 1;     ///< bolae: beyond its first decision; rate-check: has looked once

    void remember_rung(int rung) { last_rung = uint32_t(rung) & 31u; }
};

static_assert(Ladder::kMaxRungs <= 32);
static_assert(sizeof(State<float>) == 28, "millions of these lie in the simulator's memory");
static_assert(std::is_trivially_copyable_v<State<float>> && std::is_trivially_copyable_v<State<double>>);

/// The value within [0, most]; 0 for NaN (both comparisons are false for it).
inline double clamped(double value, double most) { return std::min(std::max(0.0, value), most); }

inline constexpr double kMaxLevelMs = 1e12;

}  // namespace matinee::abr
