// The vocabulary of quantities. Time, bytes and money are integers everywhere outside ABR rules, so that a sum does not
// depend on the order of its terms and every machine gets the same bits.
#pragma once

#include <cstdint>

namespace matinee {

/// Virtual time or a duration in nanoseconds. A simulated run starts at 0.
using TimeNs = int64_t;

inline constexpr TimeNs kMicrosecond = 1'000;
inline constexpr TimeNs kMillisecond = 1'000'000;
inline constexpr TimeNs kSecond = 1'000'000'000;
inline constexpr TimeNs kMinute = 60 * kSecond;
inline constexpr TimeNs kHour = 60 * kMinute;
inline constexpr TimeNs kDay = 24 * kHour;
/// Later than any event: "never". Far enough from the limit that adding a duration to it cannot overflow.
inline constexpr TimeNs kNever = INT64_MAX / 4;

using Bytes = uint64_t;

/// A rate in kbit/s, which is the same number as bits per millisecond.
using Kbps = uint32_t;

constexpr double to_ms(TimeNs t) { return double(t) / double(kMillisecond); }
constexpr double to_seconds(TimeNs t) { return double(t) / double(kSecond); }
/// Rounds towards zero; for values that already passed a range check.
constexpr TimeNs from_ms(double ms) { return TimeNs(ms * double(kMillisecond)); }
constexpr TimeNs from_seconds(double s) { return TimeNs(s * double(kSecond)); }

}  // namespace matinee
