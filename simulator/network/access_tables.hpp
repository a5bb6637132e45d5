// The numbers behind access_generators.hpp; nobody else includes this header.
#pragma once

#include <array>
#include <cstddef>

namespace matinee::network {

/// A chain of rates that moves once a second; see access_generators.hpp for the law. States beyond `states` are unused.
struct RateChain {
    static constexpr size_t kMostStates = 6;
    size_t states = 0;
    std::array<double, kMostStates> start{};   ///< stationary law
    std::array<double, kMostStates> median{};  ///< kbit/s; 0: an outage
    std::array<double, kMostStates> sigma{};
    std::array<double, kMostStates> drift{};  ///< sigma^2/2 where `median` is meant as a mean, else 0
    std::array<std::array<double, kMostStates>, kMostStates> to{};  ///< [from][to]; rows sum to 1 within rounding
    double rho = 0;
    double floor_kbps = 0;  ///< a rate at or below it is 0
    double cap_kbps = 0;
};

extern const RateChain kFibreChain;
extern const RateChain kCableChain;
extern const RateChain kDslChain;
extern const RateChain kWifiChain;
extern const RateChain k5gChain;
extern const RateChain k4gChain;
extern const RateChain k3gChain;

}  // namespace matinee::network
