#include "simulator/network/access_trace.hpp"

#include <algorithm>
#include <cmath>

namespace matinee::network {

uint32_t TraceSet::add(const RecordedTrace& recorded) {
    constexpr double rate_kbps_max = 1e8;
    Trace trace{uint32_t(rows_.size()), 0, 0, 0, 0};
    double bits = 0;
    double latency_ms = 0;
    for (const auto& period : recorded.periods) {
        const auto rate = Kbps(std::min(period.bandwidth_kbps, rate_kbps_max) + 0.5);
        TimeNs left = std::max<TimeNs>(1, from_ms(period.duration_ms));
        bits += to_ms(left) * rate;
        latency_ms += to_ms(left) * period.latency_ms;
        trace.duration_ns += left;
        for (; left > 0; left -= TimeNs(rows_.back().duration_ns))
            rows_.push_back({uint32_t(std::min(left, TraceRow::kLongest)) & 0x7fff'ffffu, 0, rate});
    }
    trace.rows = uint32_t(rows_.size()) - trace.first_row;
    rows_.back().is_last = 1;
    rows_.push_back({0, 0, trace.first_row});
    trace.mean_kbps = bits / to_ms(trace.duration_ns);
    trace.mean_latency_ms = latency_ms / to_ms(trace.duration_ns);
    traces_.push_back(trace);
    return uint32_t(traces_.size() - 1);
}

TraceCursor TraceCursor::at(const TraceSet& set, uint32_t number, TimeNs offset_ns, TimeNs now) {
    const TraceSet::Trace& trace = set.trace(number);
    TraceCursor cursor{now - offset_ns % trace.duration_ns, trace.first_row};
    cursor.advance_to(set.rows().data(), now);
    return cursor;
}

}  // namespace matinee::network
