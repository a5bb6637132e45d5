#include "simulator/network/trace_parsers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "simulator/network/recorded_trace_io.hpp"
#include "system/base/errors.hpp"
#include "system/base/text.hpp"
#include "system/base/units.hpp"

namespace matinee::network::parsers {

namespace {

constexpr Quantity kBandwidthMbps{0, 1e5, "a bandwidth of 0 to 1e5 Mbit/s"};
constexpr Quantity kTimeS{0, 4e9, "a time of 0 to 4e9 s"};
constexpr Quantity kTimeMs{0, 4e12, "a time of 0 to 4e12 ms"};
constexpr TimeNs kShortestPeriod = kMicrosecond;

constexpr std::string_view kBlanks = " \t\r\v\f";

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

TimeNs whole_ns(double value, double unit_ns) { return TimeNs(std::floor(value * unit_ns + 0.5)); }

void check_later(TimeNs before, TimeNs now, std::string_view text, const At& at) {
    if (now - before < kShortestPeriod)
        refuse(
            at,
            "time " + shown(text) + (now < before ? ", earlier than the row before" : ", the same as the row before"),
            "times that increase from row to row, by at least 1 microsecond");
}

}  // namespace

[[noreturn]] void refuse(const At& at, std::string found, std::string expected, std::string suggestion) {
    throw InputError({at.file, at.path, std::move(found), std::move(expected), std::move(suggestion)});
}

std::string shown(std::string_view text) {
    constexpr size_t kMost = 40;
    std::string out = "\"";
    for (const char c : text.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
    return out + (text.size() > kMost ? "...\"" : "\"");
}

double in_range(double value, std::string_view text, const Quantity& quantity, const At& at) {
    if (!(value >= quantity.least && value <= quantity.most)) refuse(at, shown(text), quantity.expected);
    return value;
}

double checked_kbps(double kbps, const At& at, std::string_view text) {
    if (kbps > 0 && kbps < kLeastKbps) refuse(at, shown(text), "a bandwidth of 0 or at least 1 bit/s");
    return kbps;
}

double number(std::string_view field, const Quantity& quantity, const At& at) {
    double value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error == std::errc::result_out_of_range) refuse(at, shown(field), quantity.expected);
    if (error != std::errc{} || end != field.data() + field.size())
        refuse(at, field.empty() ? "nothing" : shown(field), quantity.expected);
    return in_range(value, field, quantity, at);
}

std::string line_path(size_t line) { return "line " + std::to_string(line); }

bool Lines::next() {
    while (!rest_.empty()) {
        const size_t end = rest_.find('\n');
        line_ = trimmed(rest_.substr(0, end));
        rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
        ++number_;
        if (!line_.empty() && line_.front() != '#') return true;
    }
    return false;
}

std::vector<std::string_view> fields(std::string_view line, char delimiter) {
    std::vector<std::string_view> out;
    if (delimiter == ' ') {
        for (line = trimmed(line); !line.empty();) {
            const size_t end = std::min(line.find_first_of(kBlanks), line.size());
            out.push_back(line.substr(0, end));
            line = trimmed(line.substr(end));
        }
        return out;
    }
    for (size_t end = line.find(delimiter); end != std::string_view::npos; end = line.find(delimiter)) {
        out.push_back(trimmed(line.substr(0, end)));
        line = line.substr(end + 1);
    }
    out.push_back(trimmed(line));
    return out;
}

char delimiter_of(std::string_view line) {
    return line.find(';') != std::string_view::npos ? ';' : line.find(',') != std::string_view::npos ? ',' : ' ';
}

bool looks_numeric(std::string_view field) {
    if (field.empty()) return false;
    return (field.front() >= '0' && field.front() <= '9') || std::string_view("+-.").find(field.front()) != field.npos;
}

// ---- CSV -----------------------------------------------------------------------------------------------------------

namespace {

struct Columns {
    size_t count = 0;
    size_t time = 0;
    size_t kbps = 1;
    std::optional<size_t> latency;
    bool time_in_ms = false;
};

Columns columns_of_header(const std::vector<std::string_view>& names, const At& at) {
    static const std::array<std::string, 4> kNames{"time_s", "time_ms", "kbps", "latency_ms"};
    std::array<std::optional<size_t>, 4> place;
    for (size_t i = 0; i < names.size(); ++i) {
        std::string name(names[i]);
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
        const auto known = std::find(kNames.begin(), kNames.end(), name);
        if (known == kNames.end())
            refuse(at, "the column " + shown(name), one_of(kNames), nearest_spelling(name, kNames));
        std::optional<size_t>& slot = place[size_t(known - kNames.begin())];
        if (slot) refuse(at, "the column " + shown(name) + " twice", "each column once");
        slot = i;
    }
    if (place[0].has_value() == place[1].has_value())
        refuse(at, place[0] ? "both time_s and time_ms" : "no column of times", "one of time_s and time_ms");
    if (!place[2]) refuse(at, "no column kbps", "a column kbps");
    return {names.size(), place[0] ? *place[0] : *place[1], *place[2], place[3], place[1].has_value()};
}

Columns columns_without_header(size_t count, const At& at) {
    if (count != 2 && count != 3)
        refuse(at, std::to_string(count) + " fields", "time_s, kbps[, latency_ms], or a header that names the columns");
    Columns columns;
    columns.count = count;
    if (count == 3) columns.latency = 2;
    return columns;
}

}  // namespace

Periods parse_csv(std::string_view text, const std::string& file) {
    Periods periods;
    Lines lines(text);
    Columns columns;
    char delimiter = 0;
    TimeNs before = 0;
    while (lines.next()) {
        const At at{file, line_path(lines.number())};
        const bool first = delimiter == 0;
        if (first) delimiter = delimiter_of(lines.text());
        const std::vector<std::string_view> row = fields(lines.text(), delimiter);
        if (first && !looks_numeric(row[0])) {
            columns = columns_of_header(row, at);
            continue;
        }
        if (columns.count == 0) columns = columns_without_header(row.size(), at);
        if (row.size() != columns.count)
            refuse(at, std::to_string(row.size()) + " fields", std::to_string(columns.count) + " fields");
        const std::string_view time = row[columns.time];
        const TimeNs now =
            columns.time_in_ms ? whole_ns(number(time, kTimeMs, at), 1e6) : whole_ns(number(time, kTimeS, at), 1e9);
        if (!periods.empty()) {
            check_later(before, now, time, at);
            periods.back().duration_ms = to_ms(now - before);
        }
        before = now;
        const double kbps = checked_kbps(number(row[columns.kbps], kBandwidthKbps, at), at, row[columns.kbps]);
        const double latency_ms = columns.latency ? number(row[*columns.latency], kLatencyMs, at) : 0;
        periods.push_back({0, kbps, latency_ms});
    }
    if (periods.size() == 1)
        refuse({file, ""}, "one row", "at least two rows: a row's rate holds until the time of the next");
    if (!periods.empty()) periods.back().duration_ms = periods[periods.size() - 2].duration_ms;
    return periods;
}

// ---- Mahimahi ------------------------------------------------------------------------------------------------------

namespace {

/// Collects the opportunities of one step after the other.
class Steps {
public:
    /// `at_ms` does not decrease. An opportunity at 0 belongs to the first step, one at the end of a step to that step.
    void add(int64_t at_ms) {
        const int64_t step = at_ms == 0 ? 0 : (at_ms - 1) / kMahimahiStepMs;
        if (step != step_) close((step_ + 1) * kMahimahiStepMs);
        if (step > step_ + 1) emit((step - step_ - 1) * kMahimahiStepMs, 0);
        step_ = step;
        ++count_;
    }
    Periods finish(int64_t end_ms) {
        close(end_ms);
        return std::move(periods_);
    }

private:
    void close(int64_t end_ms) {
        const int64_t length_ms = end_ms - step_ * kMahimahiStepMs;
        emit(length_ms, double(count_ * kMahimahiBytes * 8) / double(length_ms));
        count_ = 0;
    }
    void emit(int64_t length_ms, double kbps) {
        if (!periods_.empty() && periods_.back().bandwidth_kbps == kbps)
            periods_.back().duration_ms += double(length_ms);
        else
            periods_.push_back({double(length_ms), kbps, 0});
    }

    Periods periods_;
    int64_t step_ = 0;
    int64_t count_ = 0;
};

}  // namespace

Periods parse_mahimahi(std::string_view text, const std::string& file) {
    constexpr const char* kExpected = "one whole number of milliseconds, at most 31 days";
    Lines lines(text);
    Steps steps;
    int64_t before = -1;
    while (lines.next()) {
        const At at{file, line_path(lines.number())};
        const std::string_view line = lines.text();
        int64_t ms = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), ms);
        if (error != std::errc{} || end != line.data() + line.size() || ms < 0 || double(ms) > kDurationMs.most)
            refuse(at, shown(line), kExpected);
        if (ms < before) refuse(at, shown(line) + " after " + std::to_string(before), "times that never decrease");
        steps.add(ms);
        before = ms;
    }
    if (before < 0) return {};
    if (before == 0)
        refuse({file, line_path(lines.number())}, "a last time of 0",
               "a last time above 0: it is the length of the cycle");
    Periods periods = steps.finish(before);
    for (const RecordedTrace::Period& period : periods)
        in_range(period.bandwidth_kbps, std::to_string(period.bandwidth_kbps) + " kbit/s", kBandwidthKbps, {file, ""});
    return periods;
}

// ---- Pensieve ------------------------------------------------------------------------------------------------------

Periods parse_pensieve(std::string_view text, const std::string& file) {
    Periods periods;
    Lines lines(text);
    TimeNs before = 0;
    bool first = true;
    while (lines.next()) {
        const At at{file, line_path(lines.number())};
        const std::vector<std::string_view> row = fields(lines.text(), ' ');
        if (row.size() != 2) refuse(at, shown(lines.text()), "two numbers: seconds and Mbit/s");
        const TimeNs now = whole_ns(number(row[0], kTimeS, at), 1e9);
        const double kbps = checked_kbps(number(row[1], kBandwidthMbps, at) * 1000, at, row[1]);
        if (!first) {
            check_later(before, now, row[0], at);
            periods.push_back({to_ms(now - before), kbps, 0});
        }
        first = false;
        before = now;
    }
    if (periods.empty() && !first)
        refuse({file, ""}, "one row", "at least two rows: a row's rate holds since the time of the row before");
    return periods;
}

}  // namespace matinee::network::parsers
