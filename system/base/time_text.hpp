// A moment as people and protocols write it, without the machine's time zone or locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "system/base/units.hpp"

namespace matinee {

/// RFC 3339 in UTC with milliseconds: "2026-11-20T18:00:00.125Z", rounded down. From nanoseconds since 1970; years 1 to
/// 9999.
std::string utc_text(TimeNs unix_ns);

/// The moment of such a text: a date, "T", a time with or without a fraction of up to nine digits, and "Z". Nothing
/// where it is anything else (another offset, a leap second, a day that its month does not have) or outside 1970 to
/// 2200.
std::optional<TimeNs> unix_time(std::string_view utc_text);

/// The date of an HTTP header (RFC 9110 section 5.6.7): "Fri, 20 Nov 2026 18:00:00 GMT".
std::string http_date(TimeNs unix_ns);

}  // namespace matinee
