#include "clients/player/lab/trace_network.hpp"

namespace matinee::lab {

TraceTable::TraceTable(std::span<const Period> trace, double multiplier, const abr::Ladder& ladder) {
    check_trace(trace, multiplier);
    rows_.reserve(trace.size());
    for (const Period& p : trace) {
        const double kbps = p.bandwidth_kbps * multiplier;
        const double effective_kbps = kbps * (1 - p.latency_ms / ladder.segment_ms());
        const double check_bits =
            std::max(abr::kCheckBits, abr::kCheckMs * kbps);  // where kbps is 0, check_ms is infinite
        rows_.push_back({p.duration_ms, kbps, p.latency_ms, ladder.highest_at_most(effective_kbps), check_bits,
                         check_bits / kbps, kbps / check_bits, 1 / check_bits});
        cycle_ms_ += p.duration_ms;
        cycle_bits_ += p.duration_ms * kbps;
        cycle_requests_ += p.duration_ms / p.latency_ms;                          // infinite where there is no latency
        if (p.duration_ms == 0 && p.latency_ms == 0) cycle_requests_ = INFINITY;  // not 0 / 0
    }
    constexpr double kManyCycles = 1000, kManyRows = 1e6;
    many_cycles_ = std::clamp(kManyRows / double(rows_.size()), 2.0, kManyCycles);
}

}  // namespace matinee::lab
