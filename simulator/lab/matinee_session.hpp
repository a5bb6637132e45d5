// One player on one recorded link, as a simulation of matinee has it when nothing but the viewer's own link holds it
// up: the player of clients/player with a rule in single precision, on the transfers of simulator/network, with integer
// time and bits. For comparison with the session models of clients/player/lab.
//
// What the world adds around a viewer is taken at its defaults: a connection takes two round trips, is closed after 60
// s without use, and starts with a window of ten packets; the first byte comes a round trip after the request; a
// download that will take more than 1.8 segment durations is looked at every 500 ms for at most 1000 s, and the rule
// may give it up. The round trip is constant: the trace's mean latency, at least 1 ms. Left out: the server, its disk
// and cache, and links that are shared.
#pragma once

#include "clients/player/lab/session.hpp"
#include "clients/player/player.hpp"
#include "simulator/network/access_trace.hpp"

namespace matinee::lab {

/// What the sessions of one movie under one set of options share; many of them may run at a time.
class MatineeModel {
public:
    /// `options.abr.initial_throughput_kbps` is what the player believes before it has measured anything. Throws
    /// InputError for a movie or settings that the player cannot play: more than 16 rungs or 65535 segments, bitrates
    /// that are not whole.
    MatineeModel(const Movie& movie, const SessionOptions& options);

    /// Throws InputError for a trace that never delivers.
    SessionResult run(std::span<const Period> trace) const;

private:
    SessionOptions options_;
    player::Config config_;
    Playlist playlist_;
};

}  // namespace matinee::lab
