// The parsers behind recorded_trace_io.hpp, which documents the formats; nobody else includes this header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/network/recorded_trace.hpp"

namespace matinee::network::parsers {

using Periods = std::vector<RecordedTrace::Period>;

/// Where in the input something stands.
struct At {
    const std::string& file;
    std::string path;  ///< `line 12`, `[3].latency_ms`, or empty for the whole file
};

[[noreturn]] void refuse(const At& at, std::string found, std::string expected, std::string suggestion = {});
/// `text` in quotes, cut to a length that fits a message, with bytes that are not printable ASCII replaced by `?`.
std::string shown(std::string_view text);
std::string line_path(size_t line);

/// What a number may be. The limits are far beyond any real link; they keep later integer arithmetic from overflowing.
struct Quantity {
    double least;
    double most;
    const char* expected;
};
inline constexpr Quantity kBandwidthKbps{0, 1e8, "a bandwidth of 0 to 1e8 kbit/s"};
inline constexpr Quantity kLatencyMs{0, 60'000, "a latency of 0 to 60000 ms"};
inline constexpr Quantity kDurationMs{0.001, 31 * 86'400e3, "a duration of 0.001 ms to 31 days"};
/// Below 1 bit/s a transfer time no longer fits the clock.
inline constexpr double kLeastKbps = 0.001;

/// `value` if the quantity allows it; `text` is how the input writes it.
double in_range(double value, std::string_view text, const Quantity& quantity, const At& at);
/// `kbps` if it is 0 or at least kLeastKbps.
double checked_kbps(double kbps, const At& at, std::string_view text);

/// The lines of a text that say something: trimmed, without blank ones and comments.
class Lines {
public:
    explicit Lines(std::string_view text) : rest_(text) {}
    /// False at the end of the text.
    bool next();
    std::string_view text() const { return line_; }
    size_t number() const { return number_; }

private:
    std::string_view rest_;
    std::string_view line_;
    size_t number_ = 0;
};

/// The parts of a line between delimiters (`,` or `;`), trimmed, or with delimiter ' ' between runs of blanks.
std::vector<std::string_view> fields(std::string_view line, char delimiter);
/// `;` if the line holds one, else `,` if it holds one, else ' '.
char delimiter_of(std::string_view line);
/// Whether a field can only be meant as a number.
bool looks_numeric(std::string_view field);

/// The number that a whole field is.
double number(std::string_view field, const Quantity& quantity, const At& at);

Periods parse_sabre(std::string_view text, const std::string& file);
Periods parse_csv(std::string_view text, const std::string& file);
Periods parse_mahimahi(std::string_view text, const std::string& file);
Periods parse_pensieve(std::string_view text, const std::string& file);
Periods parse_log(std::string_view text, const std::string& file);

}  // namespace matinee::network::parsers
