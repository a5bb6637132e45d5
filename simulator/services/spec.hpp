// What a scenario says about the platform's services: the control plane of each region, its clients and the payment
// provider. The simulated host (region.hpp) is built from it; the scenario format fills it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "simulator/services/models.hpp"
#include "simulator/services/operations.hpp"

namespace matinee::services {

/// One instance: a process of the platform on a machine of its own.
struct InstanceSpec {
    uint32_t cores = 2;
    uint32_t concurrency = 128;  ///< requests handled at a time; more wait
    uint32_t queue = 256;        ///< of those that wait; more are refused at once
};

/// How many instances there are. The rule is that of Kubernetes' Horizontal Pod Autoscaler: wanted = ceil(running x
/// utilisation / target), at most every `interval`, nothing within a tolerance of a tenth, and down only to the most
/// that was wanted within the cool-down. Utilisation is busy core time over core time since the last look, hashing
/// included.
struct ScalingSpec {
    bool on = false;
    uint32_t least = 1;
    uint32_t most = 10;
    double target = 0.6;
    TimeNs interval = 15 * kSecond;
    TimeNs start_up = 60 * kSecond;  ///< from the decision until an instance takes requests
    TimeNs cool_down = 5 * kMinute;
};

/// What clients do. Who neither is new nor logs in comes with a refresh token of an earlier day, as an app on a
/// television does.
struct ClientSpec {
    double new_share = 0.02;     ///< of those who arrive: registers, chooses a plan and pays
    double log_in_share = 0.05;  ///< of the others: with address and password
    double search_share = 0.3;   ///< searches before it chooses
    TimeNs think = 5 * kSecond;  ///< mean of the exponential time for a choice: a plan, what to search, what to play
    TimeNs heartbeat = 30 * kSecond;
    TimeNs timeout = 10 * kSecond;        ///< a client waits so long for an answer, its way through the network aside
    uint32_t attempts = 3;                ///< of one call, the first included; heartbeats have one
    TimeNs backoff = 500 * kMillisecond;  ///< before the second attempt; doubles with each further one
    bool jitter = true;                   ///< waits a uniform part of that time (full jitter) instead of all of it
};

/// From `at` on, before `end`, another share of those who arrive is new.
struct Promotion {
    TimeNs at = 0;
    TimeNs end = kNever;
    double new_share = 0;
};

/// What goes wrong with calls to the payment provider: shares of calls, in whole per cent, independent of each other.
struct ProviderFaults {
    double slow = 0;      ///< take `slow_latency`
    double failed = 0;    ///< an error at once, and nothing has happened
    double lost = 0;      ///< done, and no answer within the provider's time-out
    double declined = 0;  ///< of payments: the card is refused
    double late = 0;      ///< of payments: decided some seconds later
};
struct BrownOut {
    TimeNs at = 0;
    TimeNs end = kNever;
    ProviderFaults faults;  ///< instead of the usual ones
};
struct ProviderSpec {
    TimeNs latency = 300 * kMillisecond;
    TimeNs slow_latency = 2 * kSecond;
    TimeNs timeout = 4 * kSecond;  ///< after which the platform calls a payment unknown, and asks again later
    ProviderFaults usual{.declined = 0.02};
    std::vector<BrownOut> brown_outs;

    const ProviderFaults& at(TimeNs time) const {
        for (const BrownOut& spell : brown_outs)
            if (spell.at <= time && time < spell.end) return spell.faults;
        return usual;
    }
};

constexpr std::array<TimeNs, kOperations> default_cpu_times() {
    std::array<TimeNs, kOperations> times{};
    for (size_t i = 0; i < kOperations; ++i) times[i] = kOperationTable[i].cpu;
    return times;
}

struct Spec {
    uint32_t instances = 2;                     ///< in each region, at the start
    std::vector<uint32_t> instances_in_region;  ///< by region; 0 or absent: `instances`
    InstanceSpec instance;
    ScalingSpec scaling;
    std::array<TimeNs, kOperations> cpu = default_cpu_times();  ///< mean CPU time of a call
    double cpu_cv = 0.5;                                        ///< its coefficient of variation; lognormal
    CryptoModel crypto;                                         ///< `servers`: threads for passwords of one instance
    StoreModel sql{.servers = 64};
    StoreModel kv{.round_trip = 300 * kMicrosecond, .read = 5 * kMicrosecond, .write = 5 * kMicrosecond, .servers = 8};
    StoreModel log;
    ClientSpec clients;
    std::vector<Promotion> promotions;
    ProviderSpec provider;
    bool wire = false;  ///< requests and answers become bytes of HTTP and are parsed again

    uint32_t instances_of(uint32_t region) const {
        const bool said = region < instances_in_region.size() && instances_in_region[region] > 0;
        return said ? instances_in_region[region] : instances;
    }
    double new_share_at(TimeNs time) const {
        for (const Promotion& promotion : promotions)
            if (promotion.at <= time && time < promotion.end) return promotion.new_share;
        return clients.new_share;
    }
};

}  // namespace matinee::services
