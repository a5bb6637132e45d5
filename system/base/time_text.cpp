#include "system/base/time_text.hpp"

#include <array>
#include <cstdio>

#include "system/base/calendar.hpp"

namespace matinee {

namespace {

struct Civil {
    int year, month, day, weekday;  ///< month and day from 1; weekday 0 is Sunday
    int hour, minute, second, milli;
};

Civil civil_of(TimeNs unix_ns) {
    TimeNs days = unix_ns / kDay;
    TimeNs rest = unix_ns % kDay;
    if (rest < 0) rest += kDay, --days;
    const Date date = date_of(days);
    return {.year = int(date.year),
            .month = date.month,
            .day = date.day,
            .weekday = int(((days % 7) + 11) % 7),
            .hour = int(rest / kHour),
            .minute = int(rest / kMinute % 60),
            .second = int(rest / kSecond % 60),
            .milli = int(rest / kMillisecond % 1000)};
}

}  // namespace

std::string utc_text(TimeNs unix_ns) {
    const Civil c = civil_of(unix_ns);
    std::array<char, 96> text;
    const int size = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month,
                                   c.day, c.hour, c.minute, c.second, c.milli);
    return {text.data(), size_t(size)};
}

std::string http_date(TimeNs unix_ns) {
    static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil c = civil_of(unix_ns);
    std::array<char, 96> text;
    const int size =
        std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[size_t(c.weekday)], c.day,
                      kMonths[size_t(c.month - 1)], c.year, c.hour, c.minute, c.second);
    return {text.data(), size_t(size)};
}

}  // namespace matinee
