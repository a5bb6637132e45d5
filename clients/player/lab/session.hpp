// What the three session models of the lab have in common: one player, one movie, one recorded link. Units: ms, kbit/s
// (the same as bits per ms), bits, all of them doubles, as the field's simulators have them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "clients/player/abr/plan.hpp"
#include "clients/player/abr/state.hpp"

namespace matinee::lab {

/// A row of a recorded link. The rows repeat for ever, without a gap.
struct Period {
    double duration_ms = 0;
    double bandwidth_kbps = 0;
    double latency_ms = 0;  ///< request to first bit
};

struct Movie {
    double segment_ms = 0;
    std::vector<double> bitrates_kbps;              ///< nominal, ascending
    std::vector<std::vector<double>> segment_bits;  ///< [segment][rung]
};

/// What happens to segments in the buffer that are below the rung chosen now: nothing, or the one to be played first
/// (left) or last (right) is fetched again instead of a new one.
enum class Replace : uint8_t { None, Left, Right };

struct SessionOptions {
    abr::Settings abr;                     ///< max_buffer_ms and gamma_p also enter the models and the score
    bool abandon = true;                   ///< Sabre's -noa turns it off
    double bandwidth_multiplier = 1;       ///< -nm
    std::optional<double> movie_length_s;  ///< -ml: the movie's segments repeat up to this length
    std::optional<int> rampup_rung;        ///< -rmp; none: what the network sustains. Sabre's model only
    Replace replace = Replace::None;       ///< -r. Sabre's model only
    bool timeline = false;                 ///< whether SessionResult::timeline is wanted
};

/// What a plot of a session needs.
struct Timeline {
    struct Level {
        double at_ms, level_ms;
    };
    struct Request {
        double at_ms, until_ms;
        int rung;
        double kbps;  ///< received, latency aside
    };
    std::vector<Level> levels;      ///< the buffer is a straight line between two of them
    std::vector<Request> requests;  ///< replaced and abandoned ones too

    void add_level(double at_ms, double level_ms) { levels.push_back({at_ms, level_ms}); }
    /// `ms` pass from `at_ms` on while the buffer of `level_ms` plays, and may run dry.
    void add_passing(double at_ms, double level_ms, double ms);
};

struct SessionResult {
    struct Replacement {
        uint32_t segment;
        int rung;
    };
    std::vector<int> qualities;  ///< rung of each segment as it came in first; downloads given up are not among them
    std::vector<Replacement> replacements;  ///< segments that came in again, in order
    int abandoned = 0;                      ///< downloads given up
    double startup_ms = 0;                  ///< until the first frame
    /// Sabre's metrics by its names, then the model's own; times in s, bitrates in kbit/s.
    std::vector<std::pair<std::string_view, double>> metrics;
    Timeline timeline;

    /// Throws std::out_of_range for a name that is not among them.
    double metric(std::string_view name) const;
};

/// What a session adds up to, in Sabre's terms: a segment counts when it begins to play.
struct Totals {
    double utility = 0;  ///< sum of ln(bitrate / lowest bitrate)
    double bitrate = 0;
    double total_ms = 0;  ///< all time, stalls and start-up too
    double stall_ms = 0;
    int stalls = 0;
    double bitrate_change = 0;
    double log_bitrate_change = 0;

    /// The segment after `before` (-1: none) begins to play.
    void play(const abr::Ladder& ladder, int rung, int before);
};

/// The metrics that Sabre prints, from "buffer size" to "time average score"; per-segment figures are divided by the
/// total time in segments.
std::vector<std::pair<std::string_view, double>> metrics_of(const Totals& totals, double segment_ms,
                                                            const abr::Settings& settings);

/// A movie in one array, checked, at the length that a session plays.
class Playlist {
public:
    /// Throws InputError for a movie that no session can play.
    Playlist(const Movie& movie, const SessionOptions& options);

    uint32_t segments() const { return segments_; }
    /// Plays one segment less; its sizes stay known. Throws InputError if it is the only one.
    void drop_last();
    const abr::SegmentSizes& sizes() const { return sizes_; }

    Playlist(const Playlist&) = delete;
    Playlist& operator=(const Playlist&) = delete;

private:
    std::vector<double> bits_;
    abr::SegmentSizes sizes_;
    uint32_t segments_ = 0;
};

/// Refuses a trace on which time would never move on or nothing would ever be delivered.
void check_trace(std::span<const Period> trace, double multiplier);

}  // namespace matinee::lab
