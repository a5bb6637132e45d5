#include "simulator/network/access_tables.hpp"

#include "simulator/network/access_generators.hpp"

namespace matinee::network {

namespace {

/// One state of a class that was chosen, not fitted.
struct DwellState {
    double factor;   ///< mean rate as a multiple of the viewer's own M
    double share;    ///< of the time, roughly
    double dwell_s;  ///< mean stay of one visit
};

/// A state is left with probability 1 / dwell each second, for another state j with weight w_j = share_j / dwell_j.
/// This chain is reversible, with a stationary law proportional to share_i (W - w_i), W the sum of all weights: near
/// the shares, not equal to them, because a state never follows itself. Traces start from that law.
template <size_t N>
consteval RateChain chain_of(const DwellState (&table)[N], double jitter) {
    static_assert(N <= RateChain::kMostStates);
    double weights[N];
    double all = 0;
    for (size_t i = 0; i < N; ++i) {
        weights[i] = table[i].share / table[i].dwell_s;
        all += weights[i];
    }
    RateChain chain;
    chain.states = N;
    double norm = 0;
    for (size_t i = 0; i < N; ++i) norm += table[i].share * (all - weights[i]);
    for (size_t i = 0; i < N; ++i) {
        chain.start[i] = table[i].share * (all - weights[i]) / norm;
        chain.median[i] = kRelativeUnitKbps * table[i].factor;
        chain.sigma[i] = jitter;
        chain.drift[i] = jitter * jitter / 2;
        for (size_t j = 0; j < N; ++j)
            chain.to[i][j] = i == j ? 1 - 1 / table[i].dwell_s : weights[j] / (all - weights[i]) / table[i].dwell_s;
    }
    chain.rho = 0.7;
    chain.cap_kbps = 10'000;  // ten times M: no draw gets there, but a trace must not be unbounded
    return chain;
}

// The states and jitters are proposals of this project. They give coefficients of variation of 1-s rates within a
// session of about .08 (fibre, DSL), .16 (cable), .38 (Wi-Fi) and .62 (5G).
constexpr DwellState kFibre[] = {{1, .965, 600}, {.6, .03, 10}, {.1, .005, 2}};
constexpr DwellState kCable[] = {{1.05, .87, 300}, {.7, .1, 30}, {.3, .025, 10}, {.03, .005, 3}};
constexpr DwellState kDsl[] = {{1, .955, 600}, {.75, .04, 20}, {0, .005, 8}};
constexpr DwellState kWifi[] = {{1.25, .5, 25}, {.9, .3, 10}, {.5, .15, 6}, {.15, .04, 3}, {.01, .01, 1.5}};
constexpr DwellState k5g[] = {{1.7, .25, 20}, {1.05, .35, 12}, {.6, .24, 10},
                              {.25, .12, 7},  {.05, .03, 4},   {0, .01, 3}};

}  // namespace

constinit const RateChain kFibreChain = chain_of(kFibre, .03);
constinit const RateChain kCableChain = chain_of(kCable, .05);
constinit const RateChain kDslChain = chain_of(kDsl, .04);
constinit const RateChain kWifiChain = chain_of(kWifi, .15);
constinit const RateChain k5gChain = chain_of(k5g, .25);

// Fitted to the 1-s means of 40 logs (5.0 h) of the Ghent 4G/LTE set (van der Hooft et al., "HTTP/2-Based Adaptive
// Streaming of HEVC Video Over 4G/LTE Networks", IEEE Communications Letters 20(11), 2016) and of 86 logs (31.2 h) of
// the Norway HSDPA set (Riiser et al., "Commute Path Bandwidth Traces from 3G Networks", MMSys 2013), all recorded on
// the move by a greedy TCP receiver. Method: Baum-Welch with log-normal emissions; then all moves between states times
// 0.30, which leaves the stationary law and gives the recordings' memory over 5 to 20 s, and rho set likewise. The cap
// is the fastest second seen.
// clang-format off
constinit const RateChain k4gChain{
    .states = 6,
    .start = {{0.0205735, 0.0894747, 0.1542, 0.195862, 0.19777, 0.34212}},
    .median = {{247.87, 6774.01, 14901.6, 23625.6, 33932.9, 45317.9}},
    .sigma = {{1, 0.48403, 0.240598, 0.154938, 0.149669, 0.24535}},
    .to = {{
        {{0.899809, 0.0590614, 0.030062, 0.00505919, 0.00119899, 0.00480958}},
        {{0.0223005, 0.93921, 0.0264752, 0.00710959, 0.00411746, 0.000787143}},
        {{0.000427638, 0.0248614, 0.931048, 0.0255862, 0.00971092, 0.00836563}},
        {{3.51628e-08, 0.00135557, 0.0294011, 0.940041, 0.0240055, 0.00519686}},
        {{1.10906e-10, 0.000308818, 0.00419094, 0.0319745, 0.950149, 0.0133764}},
        {{8.22625e-11, 0.000186651, 0.00309135, 0.00214691, 0.00954843, 0.985027}},
    }},
    .rho = 0.2,
    .floor_kbps = 0,
    .cap_kbps = 108832,
};

constinit const RateChain k3gChain{
    .states = 6,
    .start = {{0.106713, 0.0834926, 0.129979, 0.193873, 0.276675, 0.209268}},
    .median = {{10.0139, 37.1028, 159.284, 566.619, 1144.42, 2354.14}},
    .sigma = {{0.05, 0.609309, 0.465478, 0.335235, 0.21754, 0.323674}},
    .to = {{
        {{0.986906, 0.00833329, 0.00296814, 0.00122592, 0.000521787, 4.47029e-05}},
        {{0.011614, 0.964505, 0.0168049, 0.00550258, 0.000868092, 0.000705477}},
        {{0.00282284, 0.0137314, 0.960733, 0.019353, 0.00191191, 0.00144822}},
        {{0.000272315, 0.00114132, 0.0164994, 0.959261, 0.0208897, 0.0019367}},
        {{4.367e-06, 0.000114517, 0.000357369, 0.0163313, 0.977247, 0.00594542}},
        {{3.19398e-05, 0.000174647, 0.000413149, 0.00130978, 0.00892898, 0.989142}},
    }},
    .rho = 0.6,
    .floor_kbps = 15,
    .cap_kbps = 8174.65,
};
// clang-format on

}  // namespace matinee::network
