// How one response crosses a viewer's access link, when nothing but that link holds it up: when it ends, and how much
// has arrived at a time in between. (Links that viewers share are the business of simulator/world/site_links.cpp.)
//
// The model, and what it leaves out:
// - The link carries `rate x scale x (1 - loss)`; under `cubic`, additionally at most the response function of RFC 9438
//   for its loss rate and round trip. A response that starts on a cold connection is limited by its congestion window,
//   which doubles every round trip (RFC 6928 for the initial one) until the window fills the link; after that it is
//   limited by the link alone (an ideal pacing sender that keeps the queue empty, as BBR tries to).
// - In a round that the window limits, the sender bursts the window at the link's rate and waits for the round to end.
// - Left out: queueing delay that a flow inflicts on itself, loss recovery time, competition of a viewer's own flows,
// ACK
//   traffic, handshakes' bytes. The round trip is constant over a session.
#pragma once

#include <algorithm>
#include <cstdint>

#include "simulator/network/access_trace.hpp"
#include "system/base/units.hpp"

namespace matinee::network {

/// The part of a viewer's connection that outlives one response.
struct Path {
    [[no_unique_address]] TraceCursor cursor;
    float scale = 1;                  ///< of the trace's rates: the viewer's own multiplier, loss taken off
    uint32_t rtt_ns = 0;              ///< at most 4 s
    uint32_t window_bytes = 0;        ///< congestion window
    uint32_t start_window_bytes = 0;  ///< what it was when the latest response began, see arrived_bits()
    Kbps limit_kbps = UINT32_MAX;     ///< further cap, in the trace's own units (before `scale`)
};
static_assert(sizeof(Path) == 32, "half a line of the processor's cache in every viewer");

/// Time at which `bits` that start to arrive at `start` have all arrived; kNever if the link is dead for a year. Moves
/// the cursor to `start`, notes the window in `start_window_bytes` and opens it as far as this response does.
TimeNs finish_time(const TraceRow* rows, Path& path, TimeNs start, uint64_t bits);

/// A response of `bits` that started at `start`, as it comes in; `path` as finish_time() left it.
class Arrival {
public:
    Arrival(const TraceRow* rows, const Path& path, TimeNs start, uint64_t bits);
    /// Bits that have arrived by `now`, which must not decrease from call to call.
    uint64_t bits_by(TimeNs now);

private:
    Path path_;
    TraceWalk at_;
    TimeNs start_;
    uint64_t bits_, left_;  ///< in all, and to come after the rounds that the congestion window limits
    bool is_warm_ = false;  ///< they are over
    TimeNs walked_;         ///< up to where the link has been walked
    double units_ = 0;      ///< that it has carried since those rounds
};

/// The same once.
inline uint64_t arrived_bits(const TraceRow* rows, const Path& path, TimeNs start, uint64_t bits, TimeNs now) {
    return Arrival(rows, path, start, bits).bits_by(now);
}

/// The same as if they came at an even pace up to `end`, which is later than `now`: for sums over many responses, in
/// which the differences cancel out.
inline uint64_t evenly_arrived_bits(TimeNs start, TimeNs end, uint64_t bits, TimeNs now) {
    if (now <= start) return 0;
    return uint64_t(double(bits) * (double(now - start) / double(end - start)));
}

inline constexpr double kUnitsPerBit = 1e6;  // ns x kbit/s

/// Bits that the link could carry in [from, to), the window aside. Moves the cursor to `from`.
uint64_t carried_bits(const TraceRow* rows, Path& path, TimeNs from, TimeNs to);

/// The part of a link's future that is known without a look at its trace.
struct RowInForce {
    TimeNs ends_ns = -kNever;
    Kbps rate_kbps = 0;  ///< of the trace, the path's limit applied

    /// Bits that come in such a time within the row: just what carried_bits() says of it.
    uint64_t bits_in(TimeNs duration, float scale) const {
        return uint64_t(double(duration * int64_t(rate_kbps)) * double(scale) / kUnitsPerBit);
    }
};

/// The same; `then` becomes the row in force at `to`.
uint64_t carried_bits(const TraceRow* rows, Path& path, TimeNs from, TimeNs to, RowInForce& then);

/// Cap that random loss puts on a CUBIC sender: the larger of the Reno and CUBIC response functions (RFC 9438, 5.1 and
/// RFC 5681), packets of 1460 bytes; UINT32_MAX without loss.
Kbps cubic_limit_kbps(double loss, TimeNs rtt);

}  // namespace matinee::network
