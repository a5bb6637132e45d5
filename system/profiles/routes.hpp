// What profiles offer over HTTP.
#pragma once

#include "system/gateway/route.hpp"
#include "system/profiles/profiles.hpp"

namespace matinee::profiles {

/// `profiles` outlives the routes.
std::vector<gateway::Route> routes(ProfileService& profiles);

}  // namespace matinee::profiles
