// Access links at run time: traces shared by all viewers, and one viewer's place in one of them.
//
// A trace is a run of rows (duration, rate) that repeats for ever. Supply is counted in integers: ns x kbit/s, that is
// millionths of a bit, so a walk gives the same bits on every machine and does not drift.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "simulator/network/recorded_trace.hpp"
#include "system/base/units.hpp"
#include "system/memory/blocks.hpp"

namespace matinee::network {

struct TraceRow {
    TimeNs duration_ns;
    Kbps rate_kbps;
    uint32_t next;  ///< index of the row that follows; the last row of a trace names its first
};

/// All traces of a world in one array of rows.
class TraceSet {
public:
    struct Trace {
        uint32_t first_row;
        uint32_t rows;
        TimeNs duration_ns;
        double mean_kbps;
        double mean_latency_ms;
    };

    /// Returns the trace's number. Periods are cut into rows of at most a minute, so that a row's supply fits 64 bits
    /// at any rate; rates above 100 Gbit/s are cut. A trace that never carries anything is the caller's error.
    uint32_t add(const RecordedTrace& recorded);

    uint32_t size() const { return uint32_t(traces_.size()); }
    const Trace& trace(uint32_t number) const { return traces_[number]; }
    std::span<const TraceRow> rows() const { return rows_; }
    uint64_t memory_bytes() const { return rows_.capacity() * sizeof(TraceRow); }

private:
    std::vector<Trace> traces_;
    std::vector<TraceRow, BlockAllocator<TraceRow>> rows_;
};

/// Where a viewer is in its trace: a row and the time at which that row began.
struct TraceCursor {
    TimeNs row_start_ns = 0;
    uint32_t row = 0;

    /// A cursor at `offset_ns` into a trace at time `now`.
    static TraceCursor at(const TraceSet& set, uint32_t trace, TimeNs offset_ns, TimeNs now);

    /// Moves on to the row in force at `time`; `time` must not lie before the row's start.
    void advance_to(const TraceRow* rows, TimeNs time) {
        while (time - row_start_ns >= rows[row].duration_ns) {
            row_start_ns += rows[row].duration_ns;
            row = rows[row].next;
        }
    }
};

}  // namespace matinee::network
