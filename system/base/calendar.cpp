#include "system/base/calendar.hpp"

#include <algorithm>

namespace matinee {

namespace {

int64_t whole_days(TimeNs unix_ns) { return unix_ns / kDay - (unix_ns % kDay < 0 ? 1 : 0); }

int64_t month_number(const Date& date) { return date.year * 12 + date.month - 1; }

}  // namespace

int64_t days_of(const Date& date) {
    const int64_t year = date.year - (date.month <= 2 ? 1 : 0);  // years begin in March: the leap day comes last
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + day_of_era - 719'468;
}

Date date_of(int64_t days) {
    const int64_t z = days + 719'468;  // since 0000-03-01
    const int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
    const int64_t day_of_era = z - era * 146'097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t shifted_month = (5 * day_of_year + 2) / 153;  // 0 is March
    const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return {.year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
            .month = int(month),
            .day = int(day_of_year - (153 * shifted_month + 2) / 5 + 1)};
}

TimeNs add_months(TimeNs unix_ns, int64_t months) {
    const int64_t days = whole_days(unix_ns);
    const Date date = date_of(days);
    const int64_t number = month_number(date) + months;
    const int64_t year = number >= 0 ? number / 12 : (number - 11) / 12;
    const Date first{.year = year, .month = int(number - year * 12) + 1, .day = 1};
    const Date next = first.month == 12 ? Date{.year = year + 1, .month = 1, .day = 1}
                                        : Date{.year = year, .month = first.month + 1, .day = 1};
    const int64_t length = days_of(next) - days_of(first);
    return (days_of(first) + std::min<int64_t>(date.day, length) - 1) * kDay + (unix_ns - days * kDay);
}

int64_t months_between(TimeNs from, TimeNs to) {
    return month_number(date_of(whole_days(to))) - month_number(date_of(whole_days(from)));
}

}  // namespace matinee
