#include "simulator/scenario/units.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "system/base/text.hpp"
#include "system/base/units.hpp"

namespace matinee::scenario {
namespace {

struct Unit {
    const char* name;
    Family family;
    uint64_t scale;  ///< in ns, bit/s or bytes
    bool listed;     ///< shown in messages; the others are accepted spellings
};

constexpr Unit kUnits[] = {
    {"ns", Family::Duration, 1, true},
    {"us", Family::Duration, uint64_t(kMicrosecond), true},
    {"µs", Family::Duration, uint64_t(kMicrosecond), false},
    {"ms", Family::Duration, uint64_t(kMillisecond), true},
    {"s", Family::Duration, uint64_t(kSecond), true},
    {"m", Family::Duration, uint64_t(kMinute), true},
    {"min", Family::Duration, uint64_t(kMinute), false},
    {"h", Family::Duration, uint64_t(kHour), true},
    {"d", Family::Duration, uint64_t(kDay), true},
    {"bps", Family::Bitrate, 1, true},
    {"kbps", Family::Bitrate, 1'000, true},
    {"Mbps", Family::Bitrate, 1'000'000, true},
    {"Gbps", Family::Bitrate, 1'000'000'000, true},
    {"Tbps", Family::Bitrate, 1'000'000'000'000, true},
    {"bit/s", Family::Bitrate, 1, false},
    {"kbit/s", Family::Bitrate, 1'000, false},
    {"Mbit/s", Family::Bitrate, 1'000'000, false},
    {"Gbit/s", Family::Bitrate, 1'000'000'000, false},
    {"Tbit/s", Family::Bitrate, 1'000'000'000'000, false},
    {"B", Family::Size, 1, true},
    {"kB", Family::Size, 1'000, true},
    {"MB", Family::Size, 1'000'000, true},
    {"GB", Family::Size, 1'000'000'000, true},
    {"TB", Family::Size, 1'000'000'000'000, true},
    {"PB", Family::Size, 1'000'000'000'000'000, true},
    {"KB", Family::Size, 1'000, false},
    {"KiB", Family::Size, 1ull << 10, true},
    {"MiB", Family::Size, 1ull << 20, true},
    {"GiB", Family::Size, 1ull << 30, true},
    {"TiB", Family::Size, 1ull << 40, true},
    {"%", Family::Percent, 1, true},
};

const Unit* unit_named(std::string_view name) {
    for (const Unit& unit : kUnits)
        if (name == unit.name) return &unit;
    return nullptr;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void skip_spaces(std::string_view& rest) {
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
}

/// Digits with at most one point; false unless there is a digit before the point and, if there is one, after it.
bool take_number(std::string_view& rest, std::string_view& number) {
    size_t i = 0;
    while (i < rest.size() && is_digit(rest[i])) ++i;
    if (i == 0) return false;
    if (i < rest.size() && rest[i] == '.') {
        const size_t point = i++;
        while (i < rest.size() && is_digit(rest[i])) ++i;
        if (i == point + 1) return false;
    }
    number = rest.substr(0, i);
    rest.remove_prefix(i);
    return true;
}

/// number x scale, rounded to the nearest whole (halves up); empty beyond 2^63.
std::optional<uint64_t> scaled(std::string_view number, uint64_t scale) {
    using Wide = unsigned __int128;
    constexpr Wide kLimit = Wide(1) << 63;
    Wide whole = 0;
    size_t i = 0;
    for (; i < number.size() && number[i] != '.'; ++i) {
        whole = whole * 10 + Wide(number[i] - '0');
        if (whole >= kLimit) return std::nullopt;
    }
    whole *= scale;
    // 18 digits of fraction: times the largest scale (10^15) they fit 128 bits, and what comes after them cannot
    // matter.
    Wide fraction = 0, divisor = 1;
    for (size_t k = i + 1; k < number.size() && k < i + 19; ++k) {
        fraction = fraction * 10 + Wide(number[k] - '0');
        divisor *= 10;
    }
    whole += (fraction * scale * 2 + divisor) / (divisor * 2);
    if (whole >= kLimit) return std::nullopt;
    return uint64_t(whole);
}

Quantity problem(Quantity::Problem what, std::string unit = {}) {
    Quantity quantity;
    quantity.problem = what;
    quantity.unit = std::move(unit);
    return quantity;
}

std::optional<int> two_digits(std::string_view text, size_t at) {
    if (at + 2 > text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) return std::nullopt;
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

/// Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, chrono-compatible date algorithms).
int64_t days_from_civil(int64_t year, int month, int day) {
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

std::string padded(int64_t number, size_t width) {
    std::string text = std::to_string(number);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

}  // namespace

Quantity parse_quantity(std::string_view text, Family family) {
    Quantity result;
    std::string_view rest = text;
    skip_spaces(rest);
    if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
        result.negative = rest.front() == '-';
        rest.remove_prefix(1);
    }
    uint64_t largest = UINT64_MAX;  // parts go from large units to small ones
    do {
        std::string_view number;
        if (!take_number(rest, number)) return problem(Quantity::Problem::Malformed);
        skip_spaces(rest);
        size_t end = 0;
        while (end < rest.size() && !is_digit(rest[end]) && rest[end] != ' ' && rest[end] != '.') ++end;
        const std::string_view name = rest.substr(0, end);
        rest.remove_prefix(end);
        skip_spaces(rest);
        if (name.empty()) return problem(Quantity::Problem::NoUnit);
        const Unit* unit = unit_named(name);
        if (unit == nullptr) return problem(Quantity::Problem::UnknownUnit, std::string(name));
        if (unit->family != family) {
            Quantity other = problem(Quantity::Problem::OtherFamily);
            other.other = unit->family;
            return other;
        }
        if (unit->scale >= largest || (!rest.empty() && family != Family::Duration))
            return problem(Quantity::Problem::Malformed);
        largest = unit->scale;
        const std::optional<uint64_t> part = scaled(number, unit->scale);
        if (!part || *part > uint64_t(INT64_MAX) - result.amount) return problem(Quantity::Problem::TooLarge);
        result.amount += *part;
    } while (!rest.empty());
    return result;
}

std::optional<double> parse_percent(std::string_view text) {
    std::string_view number, rest = text;
    skip_spaces(rest);
    if (!take_number(rest, number)) return std::nullopt;
    skip_spaces(rest);
    if (rest != "%" || number.size() > 30) return std::nullopt;
    const std::string decimal = std::string(number) + "e-2";
    double value = 0;
    const auto [end, error] = std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
    if (error != std::errc() || end != decimal.data() + decimal.size()) return std::nullopt;
    return value;
}

std::optional<int64_t> parse_instant(std::string_view text) {
    // 2026-11-20T17:00:00Z or 2026-11-20T17:00:00+01:00
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
        return std::nullopt;
    const auto century = two_digits(text, 0), year = two_digits(text, 2), month = two_digits(text, 5),
               day = two_digits(text, 8), hour = two_digits(text, 11), minute = two_digits(text, 14),
               second = two_digits(text, 17);
    if (!century || !year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const int full_year = *century * 100 + *year;
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (*month < 1 || *month > 12 || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    const bool leap = (full_year % 4 == 0 && full_year % 100 != 0) || full_year % 400 == 0;
    if (*day < 1 || *day > kDays[*month - 1] + (leap && *month == 2 ? 1 : 0)) return std::nullopt;
    int64_t offset = 0;
    const std::string_view zone = text.substr(19);
    if (zone != "Z") {
        if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
        const auto zone_hour = two_digits(zone, 1), zone_minute = two_digits(zone, 4);
        if (!zone_hour || !zone_minute || *zone_hour > 14 || *zone_minute > 59) return std::nullopt;
        offset = (*zone_hour * 60 + *zone_minute) * 60 * (zone[0] == '-' ? -1 : 1);
    }
    const int64_t unix_s =
        days_from_civil(full_year, *month, *day) * 86400 + *hour * 3600 + *minute * 60 + *second - offset;
    constexpr int64_t kYear10000 = 253'402'300'800;
    return unix_s >= 0 && unix_s < kYear10000 ? std::optional(unix_s) : std::nullopt;
}

std::string instant_text(int64_t unix_s) {
    int64_t days = unix_s / 86400, rest = unix_s % 86400;
    if (rest < 0) {
        rest += 86400;
        --days;
    }
    // Inverse of days_from_civil by search: a year is a handful of steps away from its estimate.
    int64_t year = 1970 + days / 366;
    while (days_from_civil(year + 1, 1, 1) <= days) ++year;
    while (days_from_civil(year, 1, 1) > days) --year;
    int month = 12;
    while (days_from_civil(year, month, 1) > days) --month;
    const int64_t day = days - days_from_civil(year, month, 1) + 1;
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(rest / 3600, 2) + ":" +
           padded(rest / 60 % 60, 2) + ":" + padded(rest % 60, 2) + "Z";
}

std::optional<double> parse_clock(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = two_digits(text, 0), minute = two_digits(text, 3);
    if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 24 * 60) return std::nullopt;
    return *hour + double(*minute) / 60;
}

std::string clock_text(double hours) {
    const auto minutes = int64_t(std::floor(hours * 60 + 0.5));
    return padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2);
}

std::string duration_text(int64_t ns) {
    const std::string sign = ns < 0 ? "-" : "";
    auto rest = ns < 0 ? 0 - uint64_t(ns) : uint64_t(ns);
    if (rest == 0) return "0 s";
    if (rest % uint64_t(kMicrosecond) != 0) return sign + std::to_string(rest) + " ns";
    if (rest % uint64_t(kMillisecond) != 0) return sign + std::to_string(rest / uint64_t(kMicrosecond)) + " us";
    if (rest % uint64_t(kSecond) != 0) return sign + std::to_string(rest / uint64_t(kMillisecond)) + " ms";
    if (rest % uint64_t(kDay) == 0) return sign + std::to_string(rest / uint64_t(kDay)) + "d";
    rest /= uint64_t(kSecond);
    if (rest < 60) return sign + std::to_string(rest) + " s";
    std::string text = sign;
    if (rest >= 3600) text += std::to_string(rest / 3600) + "h";
    if (rest / 60 % 60 != 0) text += std::to_string(rest / 60 % 60) + "m";
    if (rest % 60 != 0) text += std::to_string(rest % 60) + "s";
    return text;
}

std::string bitrate_text(uint64_t kbps) {
    const auto in = [kbps](uint64_t scale, const char* unit) {
        std::string decimals = padded(int64_t(kbps % scale / (scale / 1000)), 3);
        while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
        return std::to_string(kbps / scale) + (decimals.empty() ? "" : "." + decimals) + " " + unit;
    };
    if (kbps >= 1'000'000'000 && kbps % 1'000'000 == 0) return in(1'000'000'000, "Tbps");
    if (kbps >= 1'000'000 && kbps % 1'000 == 0) return in(1'000'000, "Gbps");
    return kbps >= 1'000 ? in(1'000, "Mbps") : std::to_string(kbps) + " kbps";
}

std::string size_text(uint64_t bytes) {
    if (bytes == 0) return "0 B";
    for (const char* name : {"PB", "TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "kB"}) {
        const uint64_t scale = unit_named(name)->scale;
        if (bytes % scale == 0) return std::to_string(bytes / scale) + " " + name;
    }
    return std::to_string(bytes) + " B";
}

std::string family_name(Family family) {
    switch (family) {
        case Family::Duration:
            return "a duration";
        case Family::Bitrate:
            return "a bitrate";
        case Family::Size:
            return "a size";
        case Family::Percent:
            break;
    }
    return "a percentage";
}

std::string unit_list(Family family) {
    std::vector<std::string> names;
    for (const Unit& unit : kUnits)
        if (unit.family == family && unit.listed) names.emplace_back(unit.name);
    return one_of(names);
}

std::string nearest_unit(std::string_view unit, Family family) {
    const auto lower = [](std::string_view text) {
        std::string out(text);
        for (char& c : out) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
        return out;
    };
    // Bytes a second are eight times what "Mbps" says: whoever means them had better not be told so.
    if (family == Family::Bitrate && unit.ends_with("Bps")) return "";
    // "gbps" is "Gbps" in another case, which is nearer than any edit distance; words are longer than their units.
    constexpr std::pair<const char*, const char*> kWords[] = {
        {"sec", "s"},     {"secs", "s"},    {"second", "s"},  {"seconds", "s"}, {"minute", "m"}, {"minutes", "m"},
        {"mins", "m"},    {"hour", "h"},    {"hours", "h"},   {"hr", "h"},      {"day", "d"},    {"days", "d"},
        {"percent", "%"}, {"kb/s", "kbps"}, {"mb/s", "Mbps"}, {"gb/s", "Gbps"}, {"bytes", "B"}};
    for (const Unit& known : kUnits)
        if (known.family == family && lower(known.name) == lower(unit)) return known.name;
    for (const auto& [word, name] : kWords)
        if (lower(unit) == word && unit_named(name)->family == family) return name;
    std::vector<std::string> names;
    for (const Unit& known : kUnits)
        if (known.family == family && known.listed) names.emplace_back(known.name);
    return unit.size() < 3 ? std::string() : nearest_spelling(unit, names);
}

std::string unit_pattern(Family family, bool sign) {
    std::vector<std::string> names;
    for (const Unit& unit : kUnits)
        if (unit.family == family) names.emplace_back(unit.name);
    // Longest first, so that "ms" is not taken for "m".
    std::sort(names.begin(), names.end(),
              [](const auto& a, const auto& b) { return a.size() != b.size() ? a.size() > b.size() : a < b; });
    std::string choices;
    for (const std::string& name : names) choices += (choices.empty() ? "" : "|") + name;
    const std::string part = "[0-9]+(\\.[0-9]+)? *(" + choices + ")";
    return "^ *" + std::string(sign ? "[-+]?" : "") +
           (family == Family::Duration ? "(" + part + " *)+$" : part + " *$");
}

}  // namespace matinee::scenario
