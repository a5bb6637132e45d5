#include "simulator/network/transfer.hpp"

#include <cmath>

#include "system/base/math.hpp"

namespace matinee::network {

namespace {

constexpr TimeNs kDeadLink = 365 * kDay;
constexpr uint32_t kWindowMaxBytes = 1u << 30;

// A walk counts in 64 bits; the rare transfer that needs more supply (a prefill held to a sliver of a fast link) takes
// several.
constexpr double kUnitsPerWalk = 4e18;
constexpr double kUnitsInAYear = double(kDeadLink) * 1e8;  // of the fastest link

Kbps rate_of(const TraceRow& row, const Path& path) { return std::min(row.rate_kbps, path.limit_kbps); }

/// Bits per round that the link carries at the rate in force.
double round_bits(const TraceRow& row, const Path& path) {
    return double(rate_of(row, path)) * double(path.scale) * double(path.rtt_ns) / kUnitsPerBit;
}

/// Walks the link from `from` until `units` are carried. The cursor stands at the row of the result afterwards.
[[gnu::always_inline]] inline TimeNs walk(const TraceRow* rows, const Path& path, TraceCursor& cursor, TimeNs from,
                                          int64_t units) {
    cursor.advance_to(rows, from);
    TimeNs time = from;
    for (;;) {
        const TraceRow& row = rows[cursor.row];
        const int64_t rate = rate_of(row, path);
        const TimeNs row_end = cursor.row_end_ns(rows);
        const int64_t supply = (row_end - time) * rate;
        if (supply >= units) return time + (units + rate - 1) / rate;
        units -= supply;
        time = row_end;
        cursor.next_row(rows);
        if (time - from > kDeadLink) return kNever;
    }
}

struct WarmUp {
    TimeNs time;  ///< when the window stops being the limit, or the response ended
    uint64_t bits_left;
};

/// The rounds that the congestion window limits, up to time `until`.
[[gnu::always_inline]] inline WarmUp warm_up(const TraceRow* rows, Path& path, TraceCursor& cursor, TimeNs start,
                                             uint64_t bits, TimeNs until) {
    TimeNs time = start;
    while (time < until) {
        cursor.advance_to(rows, time);
        const uint64_t window_bits = uint64_t(path.window_bytes) * 8;
        const bool link_is_full = double(window_bits) >= round_bits(rows[cursor.row], path);
        if (link_is_full || window_bits >= bits || path.window_bytes > kWindowMaxBytes) break;
        bits -= window_bits;
        time += path.rtt_ns;
        path.window_bytes *= 2;
    }
    return {time, bits};
}

[[gnu::noinline]] TimeNs finish_long(const TraceRow* rows, const Path& path, TraceCursor cursor, TimeNs start,
                                     TimeNs time, double units) {
    for (; units > kUnitsPerWalk; units -= kUnitsPerWalk) {
        time = walk(rows, path, cursor, time, int64_t(kUnitsPerWalk));
        if (time - start > kDeadLink) return kNever;
    }
    return walk(rows, path, cursor, time, int64_t(units) + 1);
}

}  // namespace

TimeNs finish_time(const TraceRow* rows, Path& path, TimeNs start, uint64_t bits) {
    path.cursor.advance_to(rows, start);
    path.start_window_bytes = path.window_bytes;
    TraceCursor cursor = path.cursor;
    const WarmUp warm = warm_up(rows, path, cursor, start, bits, kNever);
    TimeNs time = warm.time;
    double units = double(warm.bits_left) * kUnitsPerBit / double(path.scale);
    if (units > kUnitsInAYear) return kNever;  // all packets lost, for example
    if (units > kUnitsPerWalk) [[unlikely]]
        return finish_long(rows, path, cursor, start, time, units);
    return walk(rows, path, cursor, time, int64_t(units) + 1);
}

uint64_t arrived_bits(const TraceRow* rows, Path path, TimeNs start, uint64_t bits, TimeNs now) {
    if (now <= start) return 0;
    path.window_bytes = path.start_window_bytes;
    TraceCursor cursor = path.cursor;
    const WarmUp warm = warm_up(rows, path, cursor, start, bits, now);
    const uint64_t before = bits - warm.bits_left;
    if (warm.time >= now) return before;
    Path rest = path;
    rest.cursor = cursor;
    return before + std::min(warm.bits_left, carried_bits(rows, rest, warm.time, now));
}

uint64_t carried_bits(const TraceRow* rows, Path& path, TimeNs from, TimeNs to) {
    path.cursor.advance_to(rows, from);
    TraceCursor cursor = path.cursor;
    double units = 0;
    for (TimeNs time = from; time < to;) {
        const TimeNs row_end = std::min(cursor.row_end_ns(rows), to);
        units += double((row_end - time) * int64_t(rate_of(rows[cursor.row], path)));
        time = row_end;
        if (time < to) cursor.next_row(rows);
    }
    return uint64_t(units * double(path.scale) / kUnitsPerBit);
}

Kbps cubic_limit_kbps(double loss, TimeNs rtt) {
    if (loss <= 0 || rtt <= 0) return UINT32_MAX;
    const double rtt_s = to_seconds(rtt);
    const double reno_packets = 1.2247 / std::sqrt(loss);
    const double cubic_packets = 1.054 * math::pow(rtt_s, 0.75) / math::pow(loss, 0.75);
    const double kbps = std::max(reno_packets, cubic_packets) * 1460 * 8 / rtt_s / 1000;
    return Kbps(std::clamp(kbps, 1.0, 4e9));
}

}  // namespace matinee::network
