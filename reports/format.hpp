// Figures as people read them: grouped digits, units, clock times. Nothing here depends on the locale or the time zone,
// so that one result always gives the same text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace matinee::reports {

/// Fixed decimals with grouped thousands: 1234567.891 with 1 decimal is "1,234,567.9". Not finite: "n/a".
std::string fixed(double value, int decimals);

/// About `digits` significant digits without an exponent, thousands grouped, at most 9 decimals: 0.004231 -> "0.00423".
std::string significant(double value, int digits = 3);

/// The same with fewer digits where they need more than `width` columns.
std::string significant_within(double value, int digits, size_t width);

std::string count_text(uint64_t value);      ///< 1,234,567
std::string short_count_text(double value);  ///< 950, 12.3 k, 1.23 M, 4.56 G
std::string ms_text(double ms);              ///< 87 µs, 8.1 ms, 812 ms, 1.72 s, 12.4 min
std::string share_text(double share);        ///< of a fraction: 94.3 %, 0.32 %, 0 %; ≈0 % below a hundred-thousandth
std::string kbps_text(double kbps);          ///< 750 kb/s, 5.31 Mb/s
std::string gbps_text(double gbps);          ///< 640 kb/s, 12 Mb/s, 18.4 Gb/s, 1.24 Tb/s
std::string bytes_text(double bytes);        ///< SI: 950 B, 1.2 GB, 4.56 PB
std::string usd_text(double usd);            ///< $1,234.56, and three digits below a cent: $0.00123
/// A part of `total` with as many decimals as every other part: cents, or three digits of a total below a dollar.
std::string usd_part_text(double usd, double total);
/// Three digits at least, zeroes kept: 13,240, 72.0, 0.00310.
std::string quantity_text(double value);
/// `text` of the value, or "–" where nothing was measured.
std::string or_dash(const std::optional<double>& value, std::string (*text)(double));
std::string duration_text(double seconds);  ///< 45 s, 30 min, 1 h 30 min, 2 d 3 h

/// Clock time of virtual second `t_s`: "20:30", with seconds where they are not 0. UTC, or time since the start where
/// the scenario has no date (`start_unix_s` 0).
std::string clock_text(int64_t start_unix_s, double t_s);
/// "2026-11-20 17:00 UTC".
std::string date_text(int64_t unix_s);

/// `text` with broken UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);
/// `text` with control characters and broken UTF-8 replaced by U+FFFD: names come from outside, and a terminal obeys
/// escape sequences.
std::string clean_text(std::string_view text);
/// Columns a terminal needs: 1 per code point, 2 for wide East Asian characters and emoji, 0 for combining marks.
size_t columns(std::string_view text);
/// The longest start of `text` that fits, ending in "…" where something was cut off.
std::string shortened(std::string_view text, size_t max_columns);
std::string left(std::string_view text, size_t width);   ///< padded or shortened to `width`, text first
std::string right(std::string_view text, size_t width);  ///< the same, text last

}  // namespace matinee::reports
