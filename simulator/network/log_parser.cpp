// Logs of drives through mobile networks: what a phone received since the line before, and where it was.
#include "simulator/network/trace_parsers.hpp"

namespace matinee::network::parsers {

namespace {

constexpr Quantity kUnixTime{0, 1e14, "a Unix time in s or ms"};
constexpr Quantity kClockMs{0, 1e14, "a clock in ms"};
constexpr Quantity kPlace{-1e9, 1e9, "a latitude or longitude in degrees"};
constexpr Quantity kBytes{0, 1e15, "bytes, 0 or more"};
constexpr Quantity kElapsedMs{0, kDurationMs.most, "ms since the line before, 0 to 31 days"};
constexpr size_t kColumns = 6;

}  // namespace

Periods parse_log(std::string_view text, const std::string& file) {
    Periods periods;
    Lines lines(text);
    double before_ms = 0;
    while (lines.next()) {
        const At at{file, line_path(lines.number())};
        const std::vector<std::string_view> row = fields(lines.text(), ' ');
        if (row.size() != kColumns)
            refuse(at, shown(lines.text()),
                   "six numbers: Unix time, clock in ms, latitude, longitude, bytes, elapsed ms");
        number(row[0], kUnixTime, at);
        const double clock_ms = number(row[1], kClockMs, at);
        if (clock_ms < before_ms)
            refuse(at, "a clock of " + shown(row[1]) + ", earlier than the line before", "times that never decrease",
                   "keep the part of the log before or after this line");
        before_ms = clock_ms;
        number(row[2], kPlace, at);
        number(row[3], kPlace, at);
        const double bytes = number(row[4], kBytes, at);
        const double elapsed_ms = number(row[5], kElapsedMs, at);
        if (bytes == 0 && elapsed_ms == 0) continue;
        in_range(elapsed_ms, row[5], kDurationMs, at);
        const double kbps = in_range(bytes * 8 / elapsed_ms, row[4], kBandwidthKbps, at);
        periods.push_back({elapsed_ms, checked_kbps(kbps, at, row[4]), 0});
    }
    return periods;
}

}  // namespace matinee::network::parsers
