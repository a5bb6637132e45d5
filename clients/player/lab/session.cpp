#include "clients/player/lab/session.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "system/base/errors.hpp"
#include "system/base/math.hpp"

namespace matinee::lab {

namespace {

constexpr double kMostSegments = 1e7;

[[noreturn]] void refuse(const char* file, const std::string& path, const std::string& found,
                         const std::string& expected) {
    throw InputError({.file = file, .path = path, .found = found, .expected = expected, .suggestion = ""});
}

std::string row_path(const char* name, size_t row) { return std::string(name) + "[" + std::to_string(row) + "]"; }

void check_row(const std::vector<double>& sizes, size_t rungs, size_t row) {
    const auto path = [&] { return row_path("segment_sizes_bits", row); };
    if (sizes.size() != rungs)
        refuse("movie", path(), std::to_string(sizes.size()) + " sizes", std::to_string(rungs) + " sizes");
    for (const double bits : sizes)
        if (!(bits > 0 && bits <= 1e15))
            refuse("movie", path(), std::to_string(bits), "sizes above 0, up to 1e15 bits");
}

void require(double value, double most, size_t row, const char* name) {
    if (value >= 0 && value <= most) return;
    refuse("trace", row_path("", row) + "." + name, std::to_string(value), "0 to " + std::to_string(int64_t(most)));
}

}  // namespace

void Timeline::add_passing(double at_ms, double level_ms, double ms) {
    if (level_ms < ms) add_level(at_ms + level_ms, 0);
    add_level(at_ms + ms, std::max(0.0, level_ms - ms));
}

double SessionResult::metric(std::string_view name) const {
    for (const auto& [known, value] : metrics) {
        if (known == name) return value;
    }
    throw std::out_of_range("no metric named " + std::string(name));
}

void Totals::play(const abr::Ladder& ladder, int rung, int before) {
    const double b = ladder.bitrate(rung);
    utility += ladder.utility(rung);
    bitrate += b;
    if (before < 0 || rung == before) return;
    bitrate_change += std::abs(b - ladder.bitrate(before));
    log_bitrate_change += std::abs(ladder.utility(rung) - ladder.utility(before));
}

std::vector<std::pair<std::string_view, double>> metrics_of(const Totals& t, double segment_ms,
                                                            const abr::Settings& settings) {
    const double per_segment = 1 / (t.total_ms / segment_ms);
    const double score = per_segment * (t.utility - settings.gamma_p * t.stall_ms / segment_ms);
    return {
        {"buffer size", settings.max_buffer_ms},
        {"total played utility", t.utility},
        {"time average played utility", t.utility * per_segment},
        {"total played bitrate", t.bitrate},
        {"time average played bitrate", t.bitrate * per_segment},
        {"total play time", t.total_ms / 1000},
        {"total play time chunks", t.total_ms / segment_ms},
        {"total rebuffer", t.stall_ms / 1000},
        {"rebuffer ratio", t.stall_ms / t.total_ms},
        {"time average rebuffer", t.stall_ms / 1000 * per_segment},
        {"total rebuffer events", double(t.stalls)},
        {"time average rebuffer events", t.stalls * per_segment},
        {"total bitrate change", t.bitrate_change},
        {"time average bitrate change", t.bitrate_change * per_segment},
        {"total log bitrate change", t.log_bitrate_change},
        {"time average log bitrate change", t.log_bitrate_change * per_segment},
        {"time average score", score},
    };
}

Playlist::Playlist(const Movie& movie, const SessionOptions& options) {
    const size_t rungs = movie.bitrates_kbps.size();
    if (movie.segment_bits.empty()) refuse("movie", "segment_sizes_bits", "no segments", "at least one segment");
    bits_.reserve(movie.segment_bits.size() * rungs);
    for (size_t i = 0; i < movie.segment_bits.size(); ++i) {
        check_row(movie.segment_bits[i], rungs, i);
        bits_.insert(bits_.end(), movie.segment_bits[i].begin(), movie.segment_bits[i].end());
    }
    double segments = double(movie.segment_bits.size());
    if (options.movie_length_s) {
        segments = std::ceil(*options.movie_length_s * 1000 / movie.segment_ms);
        if (!(segments >= 1 && segments <= kMostSegments))
            refuse("movie", "length", std::to_string(*options.movie_length_s) + " s", "one segment to 1e7 segments");
    }
    segments_ = uint32_t(segments);
    sizes_ = {bits_.data(), uint32_t(movie.segment_bits.size()), uint32_t(rungs)};
}

void Playlist::drop_last() {
    if (segments_ == 1) refuse("movie", "segment_sizes_bits", "one segment", "two or more: the last is not played");
    --segments_;
}

void check_trace(std::span<const Period> trace, double multiplier) {
    if (!(multiplier > 0 && multiplier <= 1e6))
        refuse("trace", "multiplier", std::to_string(multiplier), "above 0, at most 1e6");
    bool delivers = false;
    for (size_t i = 0; i < trace.size(); ++i) {
        require(trace[i].duration_ms, 1e10, i, "duration_ms");
        require(trace[i].bandwidth_kbps, 1e9, i, "bandwidth_kbps");
        require(trace[i].latency_ms, 1e6, i, "latency_ms");
        delivers = delivers || trace[i].duration_ms * trace[i].bandwidth_kbps >= 1;
    }
    if (!delivers) refuse("trace", "", "nothing is ever delivered", "a period with some duration and bandwidth");
}

}  // namespace matinee::lab
