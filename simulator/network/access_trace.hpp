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
#include "system/memory/prefetch.hpp"

namespace matinee::network {

/// In eight bytes, because a viewer's way through a trace reads a few rows for every segment. Periods that do not fit
/// are several rows.
struct TraceRow {
    static constexpr TimeNs kLongest = 2 * kSecond;
    uint32_t duration_ns : 31;
    /// The last row of a trace. One more follows, which lasts no time and whose rate is the index of the trace's first.
    uint32_t is_last : 1;
    Kbps rate_kbps;
};
static_assert(sizeof(TraceRow) == 8);

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

    /// Returns the trace's number. Rates above 100 Gbit/s are cut. A trace that never carries anything is the caller's
    /// error.
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

    TimeNs row_end_ns(const TraceRow* rows) const { return row_start_ns + TimeNs(rows[row].duration_ns); }

    /// Moves on to the row in force at `time`; `time` must not lie before the row's start.
    void advance_to(const TraceRow* rows, TimeNs time);
};

/// A cursor on its way, which keeps in registers what a walk asks for at every row.
class TraceWalk {
public:
    TraceWalk(const TraceRow* rows, const TraceCursor& cursor)
        : rows_(rows), row_(rows + cursor.row), ends_ns_(cursor.row_start_ns + TimeNs(row_->duration_ns)) {}

    TimeNs row_ends_ns() const { return ends_ns_; }
    Kbps rate_kbps() const { return row_->rate_kbps; }
    TraceCursor cursor() const { return {ends_ns_ - TimeNs(row_->duration_ns), uint32_t(row_ - rows_)}; }

    void next_row() {
        ++row_;
        if (row_[-1].is_last) [[unlikely]]
            row_ = rows_ + row_->rate_kbps;
        ends_ns_ += TimeNs(row_->duration_ns);
    }
    void advance_to(TimeNs time) {
        while (time >= ends_ns_) next_row();
    }

private:
    const TraceRow* rows_;
    const TraceRow* row_;
    TimeNs ends_ns_;
};

inline void TraceCursor::advance_to(const TraceRow* rows, TimeNs time) {
    if (time < row_end_ns(rows)) return;
    TraceWalk walk(rows, *this);
    walk.advance_to(time);
    *this = walk.cursor();
}

/// Asks for the rows that a walk from here is going to read.
[[gnu::always_inline]] inline void prefetch_rows(const TraceRow* rows, const TraceCursor& cursor) {
    const TraceRow* row = rows + cursor.row;
    matinee::prefetch(row);
    matinee::prefetch(row + 64 / sizeof(TraceRow));
}

}  // namespace matinee::network
