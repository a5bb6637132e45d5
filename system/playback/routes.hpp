// What playback offers over HTTP.
#pragma once

#include "system/gateway/route.hpp"
#include "system/playback/playback.hpp"

namespace matinee::playback {

/// `playback` outlives the routes.
std::vector<gateway::Route> routes(Playback& playback);

}  // namespace matinee::playback
