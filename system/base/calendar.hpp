// The civil calendar (proleptic Gregorian, UTC), for what happens monthly. From the days-from-civil algorithms
// (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
#pragma once

#include <cstdint>

#include "system/base/units.hpp"

namespace matinee {

struct Date {
    int64_t year = 1970;
    int month = 1;  ///< from 1
    int day = 1;    ///< from 1
    friend bool operator==(const Date&, const Date&) = default;
};

/// Days since 1970-01-01, and back.
int64_t days_of(const Date& date);
Date date_of(int64_t days);

/// The same time of day so many months later; the last day of the month where it has no such day: 31 January and one
/// month is 28 February. From nanoseconds since 1970.
TimeNs add_months(TimeNs unix_ns, int64_t months);

/// Months from the month of one moment to the month of the other, whatever their days.
int64_t months_between(TimeNs from, TimeNs to);

}  // namespace matinee
