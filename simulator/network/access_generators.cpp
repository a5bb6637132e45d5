#include "simulator/network/access_generators.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "simulator/network/access_tables.hpp"
#include "system/base/errors.hpp"
#include "system/base/math.hpp"

namespace matinee::network {

namespace {

constexpr Kbps operator""_Mbps(unsigned long long mbps) { return Kbps(mbps * 1000); }

// Speeds, round trips and losses are assumptions of this project, in the order of magnitude of the FCC's Measuring
// Broadband America reports (fixed lines) and of Ookla's national medians (5G); only the rates of 3G and 4G come from
// recordings. Where no more than a bound is known of the loss, half of it is used. Wi-Fi stands for homes whose line is
// no bottleneck: the least of line and Wi-Fi is then the Wi-Fi. Its round trip is a fibre line's and the air's.
constexpr std::array<AccessGenerator, 7> kGenerators{{
    {.name = "fibre",
     .description = "Fibre to the home: median 250 Mbit/s, round trip 8 ms, hardly any variation",
     .relative = true,
     .scale = {250_Mbps, 0.90, 10_Mbps, 10'000_Mbps},
     .rtt = {8, 20},
     .loss = 0.00025,
     .stream = 1,
     .chain = &kFibreChain},
    {.name = "cable",
     .description = "Cable (DOCSIS): median 150 Mbit/s, round trip 16 ms, slower spells of half a minute",
     .relative = true,
     .scale = {150_Mbps, 0.95, 5_Mbps, 5'000_Mbps},
     .rtt = {16, 40},
     .loss = 0.001,
     .stream = 2,
     .chain = &kCableChain},
    {.name = "dsl",
     .description = "ADSL and VDSL: median 12 Mbit/s, round trip 28 ms, short losses of synchronisation",
     .relative = true,
     .scale = {12_Mbps, 1.05, 1_Mbps, 300_Mbps},
     .rtt = {28, 60},
     .loss = 0.002,
     .stream = 3,
     .chain = &kDslChain},
    {.name = "wifi",
     .description = "Home Wi-Fi on a line that is faster: median 80 Mbit/s, round trip 13 ms, varies within seconds",
     .relative = true,
     .scale = {80_Mbps, 1.15, 2_Mbps, 2'000_Mbps},
     .rtt = {8, 20},
     .extra_rtt = {3, 30},
     .loss = 0.003,
     .stream = 4,
     .chain = &kWifiChain},
    {.name = "5g",
     .description = "5G: median 110 Mbit/s, round trip 35 ms, fades of seconds",
     .relative = true,
     .scale = {110_Mbps, 1.10, 2_Mbps, 4'000_Mbps},
     .rtt = {35, 90},
     .loss = 0.0005,
     .stream = 5,
     .chain = &k5gChain},
    {.name = "4g",
     .description =
         "4G on the move, fitted to logs from Ghent (2016): median 29 Mbit/s; scale by 0.7 for a loaded cell",
     .rtt = {50, 120},
     .loss = 0.0005,
     .stream = 6,
     .chain = &k4gChain},
    {.name = "3g",
     .description = "3G on the move, fitted to logs from Norway (2010-11): median 0.8 Mbit/s, outages of minutes",
     .rtt = {100, 400},
     .loss = 0.0025,
     .stream = 7,
     .chain = &k3gChain},
}};

template <class Weights>
size_t draw_index(const Weights& weights, size_t count, RandomStream& random) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += weights[i];
    double left = random.uniform() * sum;  // fitted rows sum to 1 only to the digits given
    for (size_t i = 0; i + 1 < count; ++i) {
        left -= weights[i];
        if (left < 0) return i;
    }
    return count - 1;
}

/// The chain in motion: each call of next() is the rate of one more second.
class RateProcess {
public:
    RateProcess(const RateChain& chain, RandomStream& random)
        : chain_(chain), random_(random), state_(draw_index(chain.start, chain.states, random)), z_(random.normal()) {}

    /// Whole kbit/s.
    int64_t next() {
        const double exponent = chain_.sigma[state_] * z_ - chain_.drift[state_];
        const double kbps = chain_.median[state_] * math::exp(exponent);
        state_ = draw_index(chain_.to[state_], chain_.states, random_);
        z_ = chain_.rho * z_ + std::sqrt(1 - chain_.rho * chain_.rho) * random_.normal();
        return kbps <= chain_.floor_kbps ? 0 : int64_t(std::floor(std::min(kbps, chain_.cap_kbps) + 0.5));
    }

private:
    const RateChain& chain_;
    RandomStream& random_;
    size_t state_;
    double z_;
};

/// Cuts the 1-s rates of a process into steps. Sums are integers, so the mean over any steps is exact.
std::vector<RecordedTrace::Period> draw_periods(RateProcess& process, int64_t duration_ms, int64_t step_ms) {
    std::vector<RecordedTrace::Period> periods;
    int64_t rate = 0;
    int64_t rate_end_ms = 0;
    for (int64_t from_ms = 0; from_ms < duration_ms; from_ms += step_ms) {
        const int64_t to_ms = std::min(from_ms + step_ms, duration_ms);
        int64_t bits = 0;
        for (int64_t at_ms = from_ms; at_ms < to_ms;) {
            if (at_ms == rate_end_ms) {
                rate = process.next();
                rate_end_ms += 1000;
            }
            const int64_t until_ms = std::min(rate_end_ms, to_ms);
            bits += rate * (until_ms - at_ms);
            at_ms = until_ms;
        }
        const double kbps = double(bits) / double(to_ms - from_ms);
        if (!periods.empty() && periods.back().bandwidth_kbps == kbps)
            periods.back().duration_ms += double(to_ms - from_ms);
        else
            periods.push_back({double(to_ms - from_ms), kbps, 0});
    }
    return periods;
}

bool is_dead(const std::vector<RecordedTrace::Period>& periods) {
    return std::all_of(periods.begin(), periods.end(), [](const auto& period) { return period.bandwidth_kbps == 0; });
}

/// Whole milliseconds of `seconds`, which must lie between 1 ms and 31 days.
int64_t whole_ms(double seconds, const char* what) {
    constexpr double kMost = 31 * 86'400.0;
    if (!(seconds >= 0.001 && seconds <= kMost))
        throw InputError({"access generator", what, std::to_string(seconds) + " s", "0.001 s to 31 days", ""});
    return int64_t(std::floor(seconds * 1000 + 0.5));
}

double draw_rtt_ms(const RttLaw& law, RandomStream& random) {
    if (law.median_ms == 0) return 0;
    constexpr double kNormal95 = 1.6448536269514722;
    const double sigma = math::log(law.p95_ms / law.median_ms) / kNormal95;
    return std::min(random.lognormal(law.median_ms, sigma), 4 * law.p95_ms);
}

}  // namespace

std::span<const AccessGenerator> access_generators() { return kGenerators; }

const AccessGenerator* find_access_generator(std::string_view name) {
    for (const AccessGenerator& generator : kGenerators)
        if (generator.name == name) return &generator;
    return nullptr;
}

std::vector<RecordedTrace> generate_traces(const AccessGenerator& generator, uint32_t count, double duration_s,
                                           double step_s, uint64_t seed) {
    const int64_t duration_ms = whole_ms(duration_s, "duration_s");
    const int64_t step_ms = whole_ms(step_s, "step_s");
    if (step_ms > duration_ms)
        throw InputError({"access generator", "step_s", std::to_string(step_s) + " s", "at most the duration", ""});
    const double periods = double(count) * double((duration_ms + step_ms - 1) / step_ms);
    if (periods > 1e8)
        throw InputError({"access generator", "count", std::to_string(count) + " traces of that length",
                          "at most 1e8 periods in all", "generate fewer traces: viewers can share them"});
    std::vector<RecordedTrace> traces;
    traces.reserve(count);
    for (uint32_t i = 0; i < count; ++i) {
        RandomStream random(seed, Purpose::AccessTrace, i, generator.stream);
        RecordedTrace trace{std::string(generator.name) + "-" + std::to_string(i), {}};
        do {  // no class starts dead with a probability above 1 in 8
            RateProcess process(*generator.chain, random);
            trace.periods = draw_periods(process, duration_ms, step_ms);
        } while (is_dead(trace.periods));
        traces.push_back(std::move(trace));
    }
    return traces;
}

double draw_scale(const AccessGenerator& generator, RandomStream& random) {
    if (!generator.relative) return 1;
    const ScaleLaw& law = generator.scale;
    const double kbps = random.lognormal(law.median_kbps, law.sigma);
    return std::clamp(kbps, double(law.least_kbps), double(law.most_kbps)) / kRelativeUnitKbps;
}

TimeNs draw_rtt(const AccessGenerator& generator, RandomStream& random) {
    const double line_ms = draw_rtt_ms(generator.rtt, random);
    return from_ms(std::max(0.5, line_ms + draw_rtt_ms(generator.extra_rtt, random)));
}

}  // namespace matinee::network
