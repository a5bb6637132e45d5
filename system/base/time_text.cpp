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

/// The digits of `text` at `from`, or nothing where one of them is none.
std::optional<int64_t> digits(std::string_view text, size_t from, size_t count) {
    int64_t value = 0;
    for (size_t i = from; i < from + count; ++i) {
        if (i >= text.size() || text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

}  // namespace

std::optional<TimeNs> unix_time(std::string_view text) {
    static constexpr std::string_view kShape = "0000-00-00T00:00:00";
    if (text.size() <= kShape.size() || text.back() != 'Z') return std::nullopt;
    for (size_t i = 0; i < kShape.size(); ++i)
        if (kShape[i] == '0' ? !digits(text, i, 1) : text[i] != kShape[i]) return std::nullopt;
    const auto part = [&](size_t from, size_t count) { return *digits(text, from, count); };
    const int64_t days = days_of({.year = part(0, 4), .month = int(part(5, 2)), .day = int(part(8, 2))});
    if (part(0, 4) < 1970 || part(0, 4) > 2200 || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59)
        return std::nullopt;
    TimeNs fraction = 0;
    if (const size_t length = text.size() - kShape.size() - 1; length > 0) {
        const auto read = digits(text, kShape.size() + 1, length - 1);
        if (text[kShape.size()] != '.' || length < 2 || length > 10 || !read) return std::nullopt;
        fraction = *read;
        for (size_t i = length; i < 10; ++i) fraction *= 10;
    }
    const TimeNs moment = days * kDay + part(11, 2) * kHour + part(14, 2) * kMinute + part(17, 2) * kSecond + fraction;
    // A 30th of February comes out as a day of March.
    if (utc_text(moment).substr(0, kShape.size()) != text.substr(0, kShape.size())) return std::nullopt;
    return moment;
}

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
