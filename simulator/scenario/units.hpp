// Quantities as people write them: "250 ms", "1h30m", "1.75 Mbps", "512 MiB", "90 %". The one place that knows units.
// Parsing is exact decimal arithmetic; what `..._text` writes is read back as the same number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace matinee::scenario {

enum class Family : uint8_t { Duration, Bitrate, Size, Percent };

/// A quantity in its family's base unit (ns, bit/s, bytes), or why it is none.
struct Quantity {
    enum class Problem : uint8_t { None, Malformed, NoUnit, UnknownUnit, OtherFamily, TooLarge };
    Problem problem = Problem::None;
    bool negative = false;
    uint64_t amount = 0;
    Family other = Family::Duration;  ///< of OtherFamily
    std::string unit;                 ///< of UnknownUnit
};

/// `1h30m` is one quantity of several parts; only durations have parts. A sign is allowed before the first digit.
Quantity parse_quantity(std::string_view text, Family family);

/// A fraction from "5.8 %": the double nearest to the decimal fraction 0.058. Empty if it is no percentage.
std::optional<double> parse_percent(std::string_view text);

/// Seconds since 1970 from "2026-11-20T17:00:00Z" or with "+01:00". Empty if malformed or not from 1970 to 9999.
std::optional<int64_t> parse_instant(std::string_view text);
std::string instant_text(int64_t unix_s);

/// Hours from "20:30" (00:00 to 24:00).
std::optional<double> parse_clock(std::string_view text);
std::string clock_text(double hours);

std::string duration_text(int64_t ns);    ///< "1h30m", "250 ms", "-5h"
std::string bitrate_text(uint64_t kbps);  ///< "750 kbps", "1.75 Mbps", "100 Gbps"
std::string size_text(uint64_t bytes);    ///< "64 GB", "512 MiB", "14600 B"

/// "a duration", "a bitrate", ...
std::string family_name(Family family);
/// "ns, us, ms, s, m, h or d".
std::string unit_list(Family family);
/// The unit of any family that is spelt most like this one; empty when none is near.
std::string nearest_unit(std::string_view unit, Family family);
/// A regular expression (ECMAScript) for the published schema.
std::string unit_pattern(Family family, bool sign);

}  // namespace matinee::scenario
