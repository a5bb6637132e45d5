// One player on one recorded link, as Sabre simulates it (Spiteri, Sitaraman, Sparacio, "From Theory to Practice:
// Improving Bitrate Adaptation in the DASH Reference Player", MMSys 2018), driving the rules of clients/player/abr in
// double precision. Its decisions and metrics are Sabre's, digit for digit as printed. Not modelled: seeks.
//
// Segment 0 is rung 0 and plays as soon as it is there; one segment is enough to resume after a stall. Time before the
// first frame counts as play time, not as a stall.
#pragma once

#include "clients/player/abr/patience.hpp"
#include "clients/player/lab/session.hpp"
#include "clients/player/lab/trace_network.hpp"

namespace matinee::lab {

/// What the sessions of one movie under one set of options share; many of them may run at a time.
class SabreModel {
public:
    /// Throws InputError for a movie or settings that no session can run on.
    SabreModel(const Movie& movie, const SessionOptions& options);

    /// A trace for this model's ladder. Throws InputError for one that no session can run on.
    TraceTable table_of(std::span<const Period> trace) const;
    SessionResult run(const TraceTable& table) const;

private:
    SessionOptions options_;
    abr::Plan plan_;
    abr::Patience::Table patience_;
    Playlist playlist_;
};

/// One session. Throws InputError for a movie, a trace or settings that no session can run on.
SessionResult run_sabre_session(const Movie& movie, std::span<const Period> trace, const SessionOptions& options);

}  // namespace matinee::lab
