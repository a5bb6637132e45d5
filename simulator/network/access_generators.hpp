// Access links that nobody recorded: for each class of network a random law of the rate over time, of the round trip
// and of the loss, and traces drawn from it.
//
// 3G and 4G are hidden Markov chains of 6 states fitted to recorded links; the other classes are chains of named states
// (factor, share of time, mean stay) chosen to match published speeds and variability, not fitted to recordings. Tables
// and sources: access_tables.cpp. A chain moves once a second. In state s the rate is median_s * exp(sigma_s z -
// drift_s), where z is one autoregressive normal series for all states, z' = rho z + sqrt(1 - rho^2) N(0, 1), rounded
// to whole kbit/s; below a floor it is 0, above a cap it is the cap.
//
// What the model leaves out: viewers of one cell or one line share nothing, the round trip does not move with the rate,
// recorded 3G and 4G links differ more from each other (by a fifth to a quarter) than generated ones, and the 29-minute
// outage in the 3G recordings is longer than any the chain is likely to make.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "simulator/network/recorded_trace.hpp"
#include "system/base/random.hpp"
#include "system/base/units.hpp"

namespace matinee::network {

struct RateChain;

/// A log-normal law by two of its points; both 0: always 0.
struct RttLaw {
    double median_ms = 0;
    double p95_ms = 0;
};

/// The log-normal law of a viewer's own median rate M, cut off at both ends.
struct ScaleLaw {
    Kbps median_kbps = 0;
    double sigma = 0;  ///< of log M
    Kbps least_kbps = 0;
    Kbps most_kbps = 0;
};

struct AccessGenerator {
    std::string_view name;         ///< as scenarios write it: `fibre`, `4g`
    std::string_view description;  ///< one line for a person
    /// True: a trace's rates are relative to the viewer, 1000 kbit/s standing for the viewer's own M, so they must be
    /// multiplied by draw_scale(). False: rates are kbit/s as they stand.
    bool relative = false;
    ScaleLaw scale;       ///< of relative classes
    RttLaw rtt;           ///< of the line
    RttLaw extra_rtt;     ///< what the home network adds, drawn on its own
    double loss = 0;      ///< fraction of packets; cellular links turn most losses into delay, which the RTT law holds
    uint32_t stream = 0;  ///< `which` of the class's random streams: part of every digest
    const RateChain* chain = nullptr;
};

/// In a relative trace this rate stands for the viewer's own median rate M.
inline constexpr double kRelativeUnitKbps = 1000;

/// Every class, in the order in which people should see them.
std::span<const AccessGenerator> access_generators();

/// The class of that name, or nullptr.
const AccessGenerator* find_access_generator(std::string_view name);

/// `count` independent traces of `duration_s`, cut into periods of `step_s` that hold the mean of the chain's 1-s rates
/// over them (steps below 1 s repeat a rate); neighbours of equal rate become one period. Both times are rounded to
/// whole milliseconds. Trace i is named `<class>-<i>`, has latency 0 (see draw_rtt) and depends on (seed, class, i) and
/// the two times only: not on `count`. A trace that would be 0 from beginning to end is drawn again. Throws InputError
/// unless 1 ms <= step <= duration <= 31 days and all traces together have at most 1e8 periods.
std::vector<RecordedTrace> generate_traces(const AccessGenerator& generator, uint32_t count, double duration_s,
                                           double step_s, uint64_t seed);

/// The factor for the bandwidths of a generated trace: M / kRelativeUnitKbps of a new viewer; 1, without a draw, for
/// classes that are not relative.
double draw_scale(const AccessGenerator& generator, RandomStream& random);

/// The round trip of a new viewer, at least 0.5 ms; neither part of it exceeds 4 times its 95th percentile.
TimeNs draw_rtt(const AccessGenerator& generator, RandomStream& random);

}  // namespace matinee::network
