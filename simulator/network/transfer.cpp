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

Kbps rate_of(const TraceWalk& at, const Path& path) { return std::min(at.rate_kbps(), path.limit_kbps); }

/// Bits per round that the link carries at the rate in force.
double round_bits(const TraceWalk& at, const Path& path) {
    return double(rate_of(at, path)) * double(path.scale) * double(path.rtt_ns) / kUnitsPerBit;
}

/// Walks the link from `from`, whose row `at` has reached, until `units` are carried.
[[gnu::always_inline]] inline TimeNs walk(TraceWalk& at, const Path& path, TimeNs from, int64_t units) {
    TimeNs time = from;
    for (;;) {
        const int64_t rate = rate_of(at, path);
        const int64_t supply = (at.row_ends_ns() - time) * rate;
        if (supply >= units) return time + (units + rate - 1) / rate;
        units -= supply;
        time = at.row_ends_ns();
        at.next_row();
        if (time - from > kDeadLink) return kNever;
    }
}

/// Whether the congestion window holds a response back no longer.
bool is_warm(const TraceWalk& at, const Path& path, uint64_t bits) {
    const uint64_t window_bits = uint64_t(path.window_bytes) * 8;
    return window_bits >= bits || double(window_bits) >= round_bits(at, path) || path.window_bytes > kWindowMaxBytes;
}

/// A response that its congestion window limits.
struct WarmUp {
    TimeNs time;  ///< when the window stops being the limit, or the response ended
    uint64_t bits_left;
};

/// The rounds that the congestion window limits, up to time `until`. `at` stands at the row in force at the result.
WarmUp warm_up(TraceWalk& at, Path& path, TimeNs start, uint64_t bits, TimeNs until) {
    TimeNs time = start;
    while (time < until && !is_warm(at, path, bits)) {
        bits -= uint64_t(path.window_bytes) * 8;
        time += path.rtt_ns;
        path.window_bytes *= 2;
        at.advance_to(time);
    }
    return {time, bits};
}

[[gnu::noinline]] TimeNs finish_long(TraceWalk at, const Path& path, TimeNs start, TimeNs time, double units) {
    for (; units > kUnitsPerWalk; units -= kUnitsPerWalk) {
        time = walk(at, path, time, int64_t(kUnitsPerWalk));
        if (time - start > kDeadLink) return kNever;
        at.advance_to(time);
    }
    return walk(at, path, time, int64_t(units) + 1);
}

}  // namespace

TimeNs finish_time(const TraceRow* rows, Path& path, TimeNs start, uint64_t bits) {
    TraceWalk at(rows, path.cursor);
    at.advance_to(start);
    path.cursor = at.cursor();
    path.start_window_bytes = path.window_bytes;
    TimeNs time = start;
    if (!is_warm(at, path, bits)) {
        const WarmUp warm = warm_up(at, path, start, bits, kNever);
        time = warm.time;
        bits = warm.bits_left;
    }
    const double units = double(bits) * kUnitsPerBit / double(path.scale);
    if (units > kUnitsInAYear) return kNever;  // all packets lost, for example
    if (units > kUnitsPerWalk) [[unlikely]]
        return finish_long(at, path, start, time, units);
    return walk(at, path, time, int64_t(units) + 1);
}

Arrival::Arrival(const TraceRow* rows, const Path& path, TimeNs start, uint64_t bits)
    : path_(path), at_(rows, path.cursor), start_(start), bits_(bits), left_(bits), walked_(start) {
    path_.window_bytes = path_.start_window_bytes;
    at_.advance_to(start);
}

uint64_t Arrival::bits_by(TimeNs now) {
    if (now <= start_) return 0;
    if (!is_warm_) {
        const WarmUp warm = warm_up(at_, path_, walked_, left_, now);
        walked_ = warm.time;
        left_ = warm.bits_left;
    }
    const uint64_t before = bits_ - left_;
    if (walked_ >= now) return before;
    is_warm_ = true;
    const auto carried = [&](TimeNs until) { return double((until - walked_) * int64_t(rate_of(at_, path_))); };
    while (at_.row_ends_ns() < now) {
        units_ += carried(at_.row_ends_ns());
        walked_ = at_.row_ends_ns();
        at_.next_row();
    }
    const double units = units_ + carried(now);
    return before + std::min(left_, uint64_t(units * double(path_.scale) / kUnitsPerBit));
}

uint64_t carried_bits(const TraceRow* rows, Path& path, TimeNs from, TimeNs to) {
    RowInForce then;
    return carried_bits(rows, path, from, to, then);
}

uint64_t carried_bits(const TraceRow* rows, Path& path, TimeNs from, TimeNs to, RowInForce& then) {
    TraceWalk at(rows, path.cursor);
    at.advance_to(from);
    path.cursor = at.cursor();
    double units = 0;
    for (TimeNs time = from; time < to;) {
        const TimeNs row_end = std::min(at.row_ends_ns(), to);
        units += double((row_end - time) * int64_t(rate_of(at, path)));
        time = row_end;
        if (time < to) at.next_row();
    }
    at.advance_to(to);
    then = {at.row_ends_ns(), rate_of(at, path)};
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
