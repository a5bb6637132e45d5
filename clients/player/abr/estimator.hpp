// Throughput and latency from past downloads.
// Sabre (Spiteri, Sitaraman, Sparacio, MMSys 2018): exponential averages with half-lives of 3 s and 8 s, weighted by
// download time, for throughput; the same half-lives counted in segments for latency. Both are corrected for their
// start at zero, and the conservative one of each pair counts. Sliding: means over the last segments.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstring>

#include "clients/player/abr/state.hpp"
#include "system/base/math.hpp"

namespace matinee::abr {

struct Estimate {
    double throughput_kbps = 0;
    double latency_ms = 0;
};

// Bounds of a sample. A segment that arrives within a tick has no measurable duration; a link that carries nothing must
// not drive an average into subnormal numbers, which are slow and where products stick.
inline constexpr double kMinDownloadMs = 1e-3;
inline constexpr double kMaxDownloadMs = 1e12;
inline constexpr double kMaxThroughputKbps = 1e12;
inline constexpr double kMaxLatencyMs = 1e9;
inline constexpr double kNothing = 1e-30;

template <class Real>
bool has_samples(const State<Real>& state) {
    return state.count != 0;
}

/// 2^-x for x >= 0: the costly step of every download, for labs. A polynomial in Taylor's coefficients on quarters of an
/// octave, arranged for short dependency chains: relative error below 4e-16, which vanishes with x.
inline double half_to_the(double x) {
    if (!(x < 1000)) return 0;
    constexpr double kLn2 = 0.6931471805599453;
    constexpr double kQuarters[] = {1, 0.8408964152537145, 0.7071067811865476, 0.5946035575013605};
    const int64_t quarters = int64_t(x * 4 + 0.5);
    const double r = (double(quarters) - x * 4) * (kLn2 / 4);
    const double r2 = r * r;
    const double low = (1 + r) + r2 * (0.5 + r * (1.0 / 6));
    const double middle = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    const double high = 1.0 / 40320 + r * (1.0 / 362880);
    const double power = std::bit_cast<double>(uint64_t(1023 - (quarters >> 2)) << 52) * kQuarters[quarters & 3];
    return power * (low + r2 * r2 * (middle + r2 * r2 * high));
}

/// Two numbers side by side, for which processors have instructions; the same results as one after the other.
using Pair = double __attribute__((vector_size(16)));

inline void push_ewma(const Plan& plan, State<double>& state, double ms, double kbps, double latency_ms) {
    auto& e = state.ewma;
    const auto average = [](double (&mean)[2], Pair keep, double sample) {
        const Pair next = keep * Pair{mean[0], mean[1]} + (1 - keep) * sample;
        const Pair kept = next < kNothing ? Pair{} : next;
        mean[0] = kept[0];
        mean[1] = kept[1];
    };
    const Pair keep = {half_to_the(ms / plan.half_life_ms[0]), half_to_the(ms / plan.half_life_ms[1])};
    const Pair decay = {plan.latency_decay[0], plan.latency_decay[1]};
    average(e.throughput, keep, kbps);
    average(e.weight, keep, 1);
    average(e.latency, decay, latency_ms);
    average(e.latency_weight, decay, 1);
    state.count = 1;
}

using Floats = float __attribute__((vector_size(16)));

/// 1 - 2^-x for x >= 0, of each of four: as half_to_the(), on whole octaves. Relative error below 5e-7, also where x is
/// small.
inline Floats faded_after(Floats x) {
    using Ints = int32_t __attribute__((vector_size(16)));
    constexpr float kLn2 = 0.69314718f;
    constexpr Floats kMost = {126, 126, 126, 126};  // octaves of normal numbers
    x = x < kMost ? x : kMost;
    const Ints octaves = __builtin_convertvector(x + 0.5f, Ints);
    const Floats r = (__builtin_convertvector(octaves, Floats) - x) * kLn2;
    const Floats r2 = r * r;
    const Floats middle = (1.0f / 24 + r * (1.0f / 120)) + r2 * (1.0f / 720 + r * (1.0f / 5040));
    const Floats grown = r + r2 * ((0.5f + r * (1.0f / 6)) + r2 * middle);  // e^r - 1
    const Floats power = std::bit_cast<Floats>((127 - octaves) << 23);
    return (1 - power) - power * grown;
}

/// For the simulator, in the precision of what a session remembers: both averages of both quantities at once. With
/// weights w before and w' = (1 - fade) w + fade after it, (1 - fade) w mean + fade sample, divided by w', is
/// mean + fade / w' (sample - mean). That w' is what fades in all the time there was until now. Segments beyond
/// kMostCounted are not counted: averages of latency with half-lives of many hundreds of them follow a bit faster then.
inline void push_ewma(const Plan& plan, State<float>& state, double ms, double kbps, double latency_ms) {
    auto& e = state.ewma;
    const auto all_ms = float(ms);
    const auto all_kbps = float(kbps);
    const auto all_latency_ms = float(latency_ms);
    if (state.count < State<float>::kMostCounted) state.count = (state.count + 1) & State<float>::kMostCounted;
    const auto segments = float(state.count);
    e.measured_ms += all_ms;
    Floats per_ms_or_segment;
    std::memcpy(&per_ms_or_segment, plan.octaves, sizeof per_ms_or_segment);
    const Floats fade = faded_after(Floats{all_ms, all_ms, 1, 1} * per_ms_or_segment);
    const Floats weight = faded_after(Floats{e.measured_ms, e.measured_ms, segments, segments} * per_ms_or_segment);
    Floats means;
    static_assert(offsetof(Averages<float>, measured_ms) == sizeof means);
    std::memcpy(&means, &e, sizeof means);
    means += fade / weight * (Floats{all_kbps, all_kbps, all_latency_ms, all_latency_ms} - means);
    means = means < float(kNothing) ? Floats{} : means;
    std::memcpy(&e, &means, sizeof means);
}

template <class Real>
void push_slot(const Plan& plan, State<Real>& state, double first, double second) {
    const uint32_t window = uint32_t(plan.window);
    using Sample = State<Real>::Sample;
    state.slots[state.head] = Sample(first);
    if (plan.samples != Samples::Throughput) state.slots[state.head + window] = Sample(second);
    const uint32_t next = state.head + 1u;
    state.head = (next == window ? 0u : next) & 31u;
    if (uint32_t(state.count) < window) state.count = (state.count + 1u) & 31u;
}

/// A whole segment came in.
template <class Real>
void push_sample(const Plan& plan, State<Real>& state, const Download& done) {
    const double ms = std::min(std::max(kMinDownloadMs, done.download_ms), kMaxDownloadMs);
    const double kbps = clamped(done.bits / ms, kMaxThroughputKbps);
    const double latency = clamped(done.latency_ms, kMaxLatencyMs);
    switch (plan.samples) {
        case Samples::None:
            return;
        case Samples::Ewma:
            return push_ewma(plan, state, ms, kbps, latency);
        case Samples::BitsAndTime:
            return push_slot(plan, state, kbps * ms, ms);
        default:
            return push_slot(plan, state, kbps, latency);
    }
}

/// Calls `use(sample)` for the last `count` samples of a lane, the oldest first: in a sum the order decides the last
/// digit.
template <class Real, class Use>
void for_last(const Plan& plan, const State<Real>& state, int count, int lane, Use use) {
    int slot = int(state.head) - count;
    if (slot < 0) slot += plan.window;
    for (int i = 0; i < count; ++i) {
        use(double(state.slots[lane * plan.window + slot]));
        if (++slot == plan.window) slot = 0;
    }
}

template <class Real>
double sum_of_last(const Plan& plan, const State<Real>& state, int wanted, int lane) {
    double sum = 0;
    for_last(plan, state, std::min(wanted, int(state.count)), lane, [&](double sample) { sum += sample; });
    return sum;
}

template <class Real>
double mean_of_last(const Plan& plan, const State<Real>& state, int wanted, int lane) {
    return sum_of_last(plan, state, wanted, lane) / std::min(wanted, int(state.count));
}

inline Estimate estimate_of(const Averages<double>& e) {
    return {std::min(e.throughput[0] / e.weight[0], e.throughput[1] / e.weight[1]),
            std::max(e.latency[0] / e.latency_weight[0], e.latency[1] / e.latency_weight[1])};
}
inline Estimate estimate_of(const Averages<float>& e) {
    return {std::min(double(e.throughput[0]), double(e.throughput[1])),
            std::max(double(e.latency[0]), double(e.latency[1]))};
}

/// Of the rules that Sabre has; there is at least one sample.
template <class Real>
Estimate estimate(const Plan& plan, const State<Real>& state) {
    assert(has_samples(state));
    if (plan.samples == Samples::Ewma) return estimate_of(state.ewma);
    const int* window = plan.settings.window;
    return {std::min(mean_of_last(plan, state, window[0], 0), mean_of_last(plan, state, window[1], 0)),
            std::max(mean_of_last(plan, state, window[0], 1), mean_of_last(plan, state, window[1], 1))};
}

}  // namespace matinee::abr
