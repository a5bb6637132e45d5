// Throughput and latency from past downloads.
// Sabre (Spiteri, Sitaraman, Sparacio, MMSys 2018): exponential averages with half-lives of 3 s and 8 s, weighted by
// download time, for throughput; the same half-lives counted in segments for latency. Both are corrected for their
// start at zero, and the conservative one of each pair counts. Sliding: means over the last segments.
#pragma once

#include <bit>
#include <cassert>
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

/// 2^-x for x >= 0: the costly step of every download. Polynomials in Taylor's coefficients, arranged for short
/// dependency chains. For labs to double precision (relative error below 4e-16), on quarters of an octave; for the
/// simulator, where a float holds the result, on whole octaves (below 3e-10). Both vanish with x.
template <class Real>
double half_to_the(double x) {
    if (!(x < 1000)) return 0;
    constexpr double kLn2 = 0.6931471805599453;
    if constexpr (std::is_same_v<Real, double>) {
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
    const int64_t k = int64_t(x + 0.5);
    const double r = (double(k) - x) * kLn2;
    const double r2 = r * r;
    const double r4 = r2 * r2;
    const double low = (1 + r) + r2 * (0.5 + r * (1.0 / 6));
    const double high = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    const double power = std::bit_cast<double>(uint64_t(1023 - k) << 52);
    return power * (low + r4 * (high + r4 * (1.0 / 40320)));
}

/// Two numbers side by side, for which processors have instructions; the same results as one after the other.
using Pair = double __attribute__((vector_size(16)));

inline Pair half_to_the(Pair x) {
    if (!(x[0] < 1000 && x[1] < 1000)) return Pair{half_to_the<float>(x[0]), half_to_the<float>(x[1])};
    constexpr double kLn2 = 0.6931471805599453;
    const int64_t k[] = {int64_t(x[0] + 0.5), int64_t(x[1] + 0.5)};
    const Pair r = (Pair{double(k[0]), double(k[1])} - x) * kLn2;
    const Pair r2 = r * r;
    const Pair r4 = r2 * r2;
    const Pair low = (1 + r) + r2 * (0.5 + r * (1.0 / 6));
    const Pair high = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    const Pair power = {std::bit_cast<double>(uint64_t(1023 - k[0]) << 52),
                        std::bit_cast<double>(uint64_t(1023 - k[1]) << 52)};
    return power * (low + r4 * (high + r4 * (1.0 / 40320)));
}

inline Pair pair_of(const double (&values)[2]) { return Pair{values[0], values[1]}; }
inline void assign(double (&values)[2], Pair pair) {
    values[0] = pair[0];
    values[1] = pair[1];
}

using FloatPair = float __attribute__((vector_size(8)));
inline Pair pair_of(const float (&values)[2]) {
    FloatPair pair;
    std::memcpy(&pair, values, sizeof pair);
    return __builtin_convertvector(pair, Pair);
}
inline void assign(float (&values)[2], Pair pair) {
    const FloatPair rounded = __builtin_convertvector(pair, FloatPair);
    std::memcpy(values, &rounded, sizeof rounded);
}

template <class Real>
Pair halves_to_the(Pair x) {
    if constexpr (std::is_same_v<Real, float>) return half_to_the(x);
    return Pair{half_to_the<Real>(x[0]), half_to_the<Real>(x[1])};
}

template <class Real>
void push_ewma(const Plan& plan, State<Real>& state, double ms, double kbps, double latency_ms) {
    auto& e = state.ewma;
    const auto average = [](Real (&mean)[2], Pair keep, double sample) {
        const Pair next = keep * pair_of(mean) + (1 - keep) * sample;
        assign(mean, next < kNothing ? Pair{} : next);
    };
    const Pair keep = halves_to_the<Real>(ms / Pair{plan.half_life_ms[0], plan.half_life_ms[1]});
    const Pair decay = {plan.latency_decay[0], plan.latency_decay[1]};
    average(e.throughput, keep, kbps);
    average(e.weight, keep, 1);
    average(e.latency, decay, latency_ms);
    average(e.latency_weight, decay, 1);
    state.count = 1;
}

template <class Real>
void push_slot(const Plan& plan, State<Real>& state, double first, double second) {
    const uint32_t window = uint32_t(plan.window);
    state.slots[state.head] = Real(first);
    if (plan.samples != Samples::Throughput) state.slots[state.head + window] = Real(second);
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

/// Of the rules that Sabre has; there is at least one sample.
template <class Real>
Estimate estimate(const Plan& plan, const State<Real>& state) {
    assert(has_samples(state));
    if (plan.samples == Samples::Ewma) {
        const auto& e = state.ewma;
        const auto corrected = [](Real mean, Real weight) { return double(mean) / double(weight); };
        return {std::min(corrected(e.throughput[0], e.weight[0]), corrected(e.throughput[1], e.weight[1])),
                std::max(corrected(e.latency[0], e.latency_weight[0]), corrected(e.latency[1], e.latency_weight[1]))};
    }
    const int* window = plan.settings.window;
    return {std::min(mean_of_last(plan, state, window[0], 0), mean_of_last(plan, state, window[1], 0)),
            std::max(mean_of_last(plan, state, window[0], 1), mean_of_last(plan, state, window[1], 1))};
}

}  // namespace matinee::abr
