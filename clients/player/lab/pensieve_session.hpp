// One player on one recorded link, as the Pensieve repository simulates it in test/fixed_env.py (Mao, Netravali,
// Alizadeh, "Neural Adaptive Video Streaming with Pensieve", SIGCOMM 2017), driving the rules of clients/player/abr in
// double precision. With rules `bba` and `robust-mpc` its decisions are those of test/bb.py and test/mpc.py.
//
// - A row of the link carries its bandwidth less 5 % for headers; every request takes 80 ms more, during which nothing
//   is carried. Latencies of the trace are not used.
// - Segment 0 is rung 1. The last segment of the movie is not played.
// - Time that the buffer does not cover is a stall, the time before the first segment too.
// - Beyond the cap (60 s unless the options say something else) the player sleeps, in steps of 500 ms.
// - robust-mpc takes the sizes of the segments after those it plans for, as mpc.py does: it looks them up one too far.
#pragma once

#include "clients/player/lab/session.hpp"

namespace matinee::lab {

inline constexpr double kPensieveMaxBufferMs = 60'000;

/// What the sessions of one movie under one set of options share; many of them may run at a time.
class PensieveModel {
public:
    /// Throws InputError for a movie or settings that no session can run on.
    PensieveModel(const Movie& movie, const SessionOptions& options);

    /// Beside Sabre's metrics "total reward" and "average reward": Pensieve's linear quality of experience, bitrate in
    /// Mbit/s - 4.3 x stall in s - change of bitrate in Mbit/s. Throws InputError for a trace that never delivers.
    SessionResult run(std::span<const Period> trace) const;

private:
    SessionOptions options_;
    abr::Plan plan_;
    Playlist playlist_;
    std::vector<double> shifted_bits_;  ///< the movie's rows, each in the place of the one before
};

}  // namespace matinee::lab
