// Settings of one player: what a scenario or the live player's configuration says.
#pragma once

#include <cstdint>

#include "clients/player/abr/rule.hpp"
#include "system/base/units.hpp"

namespace matinee::player {

struct Settings {
    abr::Rule rule = abr::Rule::Bola;
    uint32_t constant_rung = 0;          ///< of rule `constant`
    Kbps initial_throughput = 1000;      ///< believed before anything was measured (dash.js 5.1: 1000 kbit/s); 0: lowest rung
    TimeNs startup_threshold = 0;        ///< buffer at which playback starts; 0: one segment
    TimeNs rebuffer_threshold = 0;       ///< buffer at which it resumes after a stall; 0: one segment
    TimeNs buffer_target = 30 * kSecond; ///< no request that would take the buffer beyond it
    bool abandon_slow_segments = true;
    TimeNs request_timeout = 8 * kSecond;  ///< without a first byte, the player asks another site
    uint32_t attempts = 4;               ///< failed requests in a row before the player gives up
};

}  // namespace matinee::player
