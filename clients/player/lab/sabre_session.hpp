// One player on one recorded trace, as Sabre simulates it (Spiteri, Sitaraman, Sparacio, "From Theory to Practice:
// Improving Bitrate Adaptation in the DASH Reference Player", MMSys 2018), driving the rules of clients/player/abr in
// double precision. Its decisions and metrics are Sabre's, digit for digit as printed. Not modelled: segment
// replacement, seeks.
//
// Segment 0 is rung 0 and plays as soon as it is there; one segment is enough to resume after a stall. Time before the
// first frame counts as play time, not as a stall.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "clients/player/abr/plan.hpp"
#include "clients/player/lab/trace_network.hpp"

namespace matinee::lab {

struct Movie {
    double segment_ms = 0;
    std::vector<double> bitrates_kbps;              ///< nominal, ascending
    std::vector<std::vector<double>> segment_bits;  ///< [segment][rung]
};

struct SessionOptions {
    abr::Settings abr;                     ///< max_buffer_ms and gamma_p also enter the model and the score
    bool abandon = true;                   ///< Sabre's -noa turns it off
    double bandwidth_multiplier = 1;       ///< -nm
    std::optional<double> movie_length_s;  ///< -ml: the movie's segments repeat up to this length
    std::optional<int> rampup_rung;        ///< -rmp; none: what the network sustains
};

struct SessionResult {
    std::vector<int> qualities;  ///< rung of each segment, in order; downloads given up are not among them
    int abandoned = 0;           ///< downloads given up
    /// Sabre's metrics in its order and by its names; times in s, bitrates in kbit/s.
    std::vector<std::pair<std::string_view, double>> metrics;

    /// Throws std::out_of_range for a name that is not among them.
    double metric(std::string_view name) const;
};

/// Throws InputError for a movie, a trace or settings that no session can run on.
SessionResult run_session(const Movie& movie, std::span<const Period> trace, const SessionOptions& options);

}  // namespace matinee::lab
