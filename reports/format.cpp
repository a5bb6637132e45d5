#include "reports/format.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>

namespace matinee::reports {

static double magnitude(double value) { return value < 0 ? -value : value; }

std::string fixed(double value, int decimals) {
    if (!(magnitude(value) < 1e18)) return "n/a";
    char buffer[64];
    const auto [end, error] =
        std::to_chars(buffer, buffer + sizeof buffer, magnitude(value), std::chars_format::fixed, decimals);
    const std::string digits(buffer, error == std::errc() ? end : buffer);
    const size_t whole = std::min(digits.find('.'), digits.size());
    std::string text;
    if (value < 0 && digits.find_first_not_of("0.") != std::string::npos) text = "-";
    for (size_t i = 0; i < whole; ++i) {
        text += digits[i];
        if (const size_t rest = whole - 1 - i; rest != 0 && rest % 3 == 0) text += ',';
    }
    return text + digits.substr(whole);
}

/// Decimals that show so many digits of `value`, which is not 0.
static int decimals_for(double value, int digits) {
    // Rounding may add a digit (0.9996 -> 1.00), so the magnitude is taken from a value half a last digit larger.
    int decimals = digits - 1;
    double half = 0.5;
    for (int i = 0; i < digits; ++i) half /= 10;
    double unit = magnitude(value) * (1 + half);
    for (; unit >= 10; unit /= 10) --decimals;
    for (; unit < 1; unit *= 10) ++decimals;
    return std::clamp(decimals, 0, 9);
}

std::string significant(double value, int digits) {
    if (value == 0 || !(magnitude(value) < 1e18)) return fixed(value, 0);
    std::string text = fixed(value, decimals_for(value, digits));
    if (text.find('.') == std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

std::string significant_within(double value, int digits, size_t width) {
    std::string text = significant(value, digits);
    while (text.size() > width && digits > 1) text = significant(value, --digits);
    return text;
}

/// Three digits with zeroes kept, so that columns of like figures look alike: 5.30, 12.4, 184.
static std::string three_digits(double value) {
    const double size = magnitude(value);
    return fixed(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

std::string count_text(uint64_t value) {
    std::string text = std::to_string(value);
    for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

std::string short_count_text(double value) {
    if (magnitude(value) < 999.5) return significant(value);
    if (magnitude(value) < 999.5e3) return three_digits(value / 1e3) + " k";
    if (magnitude(value) < 999.5e6) return three_digits(value / 1e6) + " M";
    return three_digits(value / 1e9) + " G";
}

std::string ms_text(double ms) {
    if (ms > 0 && ms < 0.0995) return significant(ms * 1e3, 2) + " µs";
    if (ms < 9.95) return fixed(ms, ms == 0 ? 0 : 1) + " ms";
    if (ms < 999.5) return fixed(ms, 0) + " ms";
    if (ms < 99.5e3) return three_digits(ms / 1e3) + " s";
    return fixed(ms / 60e3, 1) + " min";
}

std::string share_text(double share) {
    const double percent = share * 100;
    if (percent == 0) return "0 %";
    if (magnitude(percent) < 0.001) return "≈0 %";
    if (magnitude(percent) < 0.0995) return significant(percent, 2) + " %";
    return fixed(percent, magnitude(percent) < 9.995 ? 2 : magnitude(percent) < 99.95 ? 1 : 0) + " %";
}

std::string kbps_text(double kbps) {
    return kbps < 999.5 ? fixed(kbps, 0) + " kb/s" : three_digits(kbps / 1e3) + " Mb/s";
}

std::string gbps_text(double gbps) {
    if (gbps == 0) return "0 Gb/s";
    if (gbps < 0.0009995) return significant(gbps * 1e6) + " kb/s";
    if (gbps < 0.9995) return significant(gbps * 1e3) + " Mb/s";
    return gbps < 999.5 ? three_digits(gbps) + " Gb/s" : three_digits(gbps / 1e3) + " Tb/s";
}

std::string bytes_text(double bytes) {
    static constexpr const char* kUnits[] = {" B", " kB", " MB", " GB", " TB", " PB", " EB"};
    size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < std::size(kUnits)) {
        bytes /= 1e3;
        ++unit;
    }
    return (unit == 0 ? fixed(bytes, 0) : three_digits(bytes)) + kUnits[unit];
}

std::string usd_text(double usd) {
    if (usd == 0) return "$0";
    return (usd < 0 ? "-$" : "$") + (magnitude(usd) < 0.1 ? significant(magnitude(usd)) : fixed(magnitude(usd), 2));
}

std::string usd_part_text(double usd, double total) {
    const int decimals = total > 0 && total < 1 ? decimals_for(total, 3) : 2;
    const std::string digits = fixed(magnitude(usd), decimals);
    const bool vanishes = usd != 0 && digits.find_first_not_of("0.") == std::string::npos;
    return (vanishes ? "≈" : usd < 0 ? "-" : "") + ("$" + digits);
}

std::string quantity_text(double value) {
    if (value == 0 || !(magnitude(value) < 1e18)) return fixed(value, 0);
    return fixed(value, decimals_for(value, 3));
}

std::string or_dash(const std::optional<double>& value, std::string (*text)(double)) {
    return value ? text(*value) : "–";
}

std::string duration_text(double seconds) {
    if (!(seconds < 1e12)) return "n/a";
    if (seconds < 60) return significant(seconds) + " s";
    const int64_t whole = int64_t(seconds + 0.5);
    const int64_t parts[] = {whole / 86400, whole / 3600 % 24, whole / 60 % 60, whole % 60};
    static constexpr const char* kUnits[] = {" d", " h", " min", " s"};
    std::string text;
    size_t shown = 0;  // the two largest units say enough
    for (size_t i = 0; i < 4 && shown < 2; ++i) {
        if (parts[i] != 0) text += (text.empty() ? "" : " ") + std::to_string(parts[i]) + kUnits[i];
        shown += parts[i] != 0 || shown != 0;
    }
    return text;
}

static std::string two(int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

std::string clock_text(int64_t start_unix_s, double t_s) {
    if (!(magnitude(t_s) < 1e12)) return "n/a";
    const int64_t now = start_unix_s + int64_t(std::floor(t_s));
    const int64_t of_day = ((now % 86400) + 86400) % 86400;
    const int64_t hours = start_unix_s == 0 ? now / 3600 : of_day / 3600;
    const std::string seconds = of_day % 60 == 0 ? "" : ":" + two(of_day % 60);
    return (start_unix_s == 0 ? "T+" + std::to_string(hours) : two(hours)) + ":" + two(of_day / 60 % 60) + seconds;
}

std::string date_text(int64_t unix_s) {
    int64_t days = unix_s / 86400;
    if (unix_s % 86400 < 0) --days;
    if (days < -700'000 || days > 2'900'000) return "n/a";  // outside the years of std::chrono's calendar
    const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{days}}};
    const int64_t of_day = unix_s - days * 86400;
    return std::to_string(int(day.year())) + "-" + two(unsigned(day.month())) + "-" + two(unsigned(day.day())) + " " +
           two(of_day / 3600) + ":" + two(of_day / 60 % 60) + " UTC";
}

/// Length of the well-formed UTF-8 sequence at the start of `text`; 0 where there is none. RFC 3629, table of
/// section 4.
static size_t sequence_length(std::string_view text) {
    const auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : uint8_t(0); };
    const auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const uint8_t first = byte(0), second = byte(1);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if ((first & 0xF0) == 0xE0) {
        const bool overlong = first == 0xE0 && second < 0xA0, surrogate = first == 0xED && second > 0x9F;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && second < 0x90, beyond = first == 0xF4 && second > 0x8F;
        return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

static uint32_t code_point(std::string_view sequence) {
    const uint8_t first = uint8_t(sequence[0]);
    uint32_t point = sequence.size() == 1 ? first : first & (0x7Fu >> sequence.size());
    for (size_t i = 1; i < sequence.size(); ++i) point = point << 6 | (uint8_t(sequence[i]) & 0x3F);
    return point;
}

/// Control characters, and those that turn the direction of the text around them.
static bool is_control(uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0x200E && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

static std::string replaced(std::string_view text, bool controls_too) {
    std::string clean;
    while (!text.empty()) {
        const size_t length = sequence_length(text);
        const bool bad = length == 0 || (controls_too && is_control(code_point(text.substr(0, length))));
        clean += bad ? std::string_view("\uFFFD") : text.substr(0, length);
        text.remove_prefix(std::max<size_t>(length, 1));
    }
    return clean;
}

std::string valid_utf8(std::string_view text) { return replaced(text, false); }
std::string clean_text(std::string_view text) { return replaced(text, true); }

static size_t width_of(uint32_t point) {
    if ((point >= 0x300 && point <= 0x36F) || point == 0x200B || point == 0x200D ||
        (point >= 0xFE00 && point <= 0xFE0F))
        return 0;
    const bool wide = (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
                      (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
                      (point >= 0xFE30 && point <= 0xFE6F) || (point >= 0xFF00 && point <= 0xFF60) ||
                      (point >= 0xFFE0 && point <= 0xFFE6) || (point >= 0x1F300 && point <= 0x1FAFF) ||
                      (point >= 0x20000 && point <= 0x3FFFD);
    return wide ? 2 : 1;
}

size_t columns(std::string_view text) {
    size_t width = 0;
    while (!text.empty()) {
        const size_t length = std::max<size_t>(sequence_length(text), 1);
        width += width_of(code_point(text.substr(0, length)));
        text.remove_prefix(length);
    }
    return width;
}

std::string shortened(std::string_view text, size_t max_columns) {
    if (columns(text) <= max_columns) return std::string(text);
    std::string start;
    size_t width = 0;
    while (!text.empty()) {
        const size_t length = std::max<size_t>(sequence_length(text), 1);
        width += width_of(code_point(text.substr(0, length)));
        if (width + 1 > max_columns) break;
        start += text.substr(0, length);
        text.remove_prefix(length);
    }
    return start + "…";
}

std::string left(std::string_view text, size_t width) {
    std::string cell = shortened(text, width);
    return cell + std::string(width - std::min(width, columns(cell)), ' ');
}

std::string right(std::string_view text, size_t width) {
    const std::string cell = shortened(text, width);
    return std::string(width - std::min(width, columns(cell)), ' ') + cell;
}

}  // namespace matinee::reports
