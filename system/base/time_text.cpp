#include "system/base/time_text.hpp"

#include <array>

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

namespace {

/// Puts a number in decimal, with leading zeros, where it is wanted.
void put(std::string& text, size_t at, int digits, int number) {
    for (int i = digits; i-- > 0; number /= 10) text[at + size_t(i)] = char('0' + number % 10);
}

}  // namespace

// By hand: these stand in every answer, and snprintf takes longer than all the rest of an envelope.
std::string utc_text(TimeNs unix_ns) {
    const Civil c = civil_of(unix_ns);
    std::string text = "0000-00-00T00:00:00.000Z";
    put(text, 0, 4, c.year);
    put(text, 5, 2, c.month);
    put(text, 8, 2, c.day);
    put(text, 11, 2, c.hour);
    put(text, 14, 2, c.minute);
    put(text, 17, 2, c.second);
    put(text, 20, 3, c.milli);
    return text;
}

std::string http_date(TimeNs unix_ns) {
    static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil c = civil_of(unix_ns);
    std::string text = "Sun, 00 Jan 0000 00:00:00 GMT";
    text.replace(0, 3, kDays[size_t(c.weekday)]);
    text.replace(8, 3, kMonths[size_t(c.month - 1)]);
    put(text, 5, 2, c.day);
    put(text, 12, 4, c.year);
    put(text, 17, 2, c.hour);
    put(text, 20, 2, c.minute);
    put(text, 23, 2, c.second);
    return text;
}

}  // namespace matinee
