#include "system/base/calendar.hpp"

#include <gtest/gtest.h>

namespace matinee {

static TimeNs at(int64_t year, int month, int day, TimeNs time_of_day = 0) {
    return days_of({.year = year, .month = month, .day = day}) * kDay + time_of_day;
}

TEST(Calendar, CountsDays) {
    EXPECT_EQ(days_of({.year = 1970, .month = 1, .day = 1}), 0);
    EXPECT_EQ(days_of({.year = 2000, .month = 3, .day = 1}), 11'017);
    EXPECT_EQ(days_of({.year = 1600, .month = 2, .day = 29}), -135'081);
    for (int64_t day = -800'000; day < 800'000; day += 97) EXPECT_EQ(days_of(date_of(day)), day);
    EXPECT_EQ(date_of(20'777), (Date{.year = 2026, .month = 11, .day = 20}));
}

TEST(Calendar, AddsMonthsAndStaysInThem) {
    EXPECT_EQ(add_months(at(2026, 1, 31, 5 * kHour), 1), at(2026, 2, 28, 5 * kHour));
    EXPECT_EQ(add_months(at(2028, 1, 31), 1), at(2028, 2, 29));
    EXPECT_EQ(add_months(at(2026, 1, 31), 2), at(2026, 3, 31)) << "counted from the beginning the day comes back";
    EXPECT_EQ(add_months(at(2026, 11, 20), 12), at(2027, 11, 20));
    EXPECT_EQ(add_months(at(2026, 12, 31), 1), at(2027, 1, 31));
    EXPECT_EQ(add_months(at(2026, 1, 15), -1), at(2025, 12, 15));
    EXPECT_EQ(add_months(at(1969, 12, 31, kDay - 1), 2), at(1970, 2, 28, kDay - 1));
    EXPECT_EQ(months_between(at(2026, 1, 31), at(2026, 2, 1)), 1);
    EXPECT_EQ(months_between(at(2026, 11, 1), at(2027, 11, 30)), 12);
    EXPECT_EQ(months_between(at(2027, 1, 1), at(2026, 12, 31)), -1);
}

}  // namespace matinee
