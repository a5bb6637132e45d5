// What a region's control plane counts. Integers only; regions are reported one by one or merged by addition.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "simulator/services/operations.hpp"
#include "system/base/digest.hpp"
#include "system/base/histogram.hpp"
#include "system/base/service_error.hpp"

namespace matinee::services {

/// Why a call came to nothing: the region's own reasons, then the platform's refusals by code.
class Cause {
public:
    static constexpr Cause shed() { return Cause(0); }       ///< every instance's queue was full
    static constexpr Cause expired() { return Cause(1); }    ///< its client had given up before its turn came
    static constexpr Cause timed_out() { return Cause(2); }  ///< the client waited in vain
    static constexpr Cause pending() { return Cause(3); }    ///< a payment that was neither made nor refused in time
    static constexpr Cause refused(ErrorCode code) { return Cause(uint8_t(kOwn + uint8_t(code))); }

    std::string_view name() const;
    size_t index() const { return index_; }
    static constexpr Cause at(size_t index) { return Cause(uint8_t(index)); }
    bool operator==(const Cause&) const = default;

    static constexpr size_t kOwn = 4;

private:
    constexpr explicit Cause(uint8_t index) : index_(index) {}
    uint8_t index_;
};
inline constexpr size_t kCauses = Cause::kOwn + size_t(ErrorCode::DeadlineExceeded) + 1;
using CauseCounts = std::array<uint64_t, kCauses>;

struct OperationCounts {
    uint64_t calls = 0;  ///< that reached the region, every attempt one
    uint64_t ok = 0;     ///< answered with success
    CauseCounts failed{};
    Histogram
        latency_us;  ///< of answers: from the region's door to the answer's leaving it, refusals at the door aside

    void merge(const OperationCounts& other);
};

/// One step of the time series.
struct ServiceStep {
    uint64_t calls = 0;
    uint64_t failed = 0;
    uint64_t queue_most = 0;  ///< requests waiting in all queues, at the worst moment
    uint64_t instances = 0;   ///< that take requests, at the end of the step
    Histogram latency_us;
};

struct RegionCounts {
    std::array<OperationCounts, kOperations> operations;
    Histogram latency_us;                                ///< of all operations
    std::array<CauseCounts, kOperations> visits_lost{};  ///< visits that ended before play, by the call that ended them
    uint64_t visits = 0;                                 ///< that began
    uint64_t ready = 0;                                  ///< of these, whose playback was started
    uint64_t left = 0;                                   ///< whose viewer went away before that
    Histogram sign_in_us;  ///< opening the app to being signed in, paid and shown a profile's home, thinking aside
    Histogram start_us;    ///< pressing play to the answer, as the client sees it
    uint64_t accounts_made = 0;  ///< for returning viewers, before their visit
    TimeNs machine_ns = 0;       ///< time of instances, starting up included
    uint64_t instances_most = 0;
    uint64_t scaled_up = 0, scaled_down = 0;  ///< decisions
    std::vector<ServiceStep> steps;

    /// Everything but the steps.
    void merge(const RegionCounts& other);
    void add_to(Digest& digest) const;
};

}  // namespace matinee::services
