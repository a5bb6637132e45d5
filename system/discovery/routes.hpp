// Discovery's rows of the route table.
#pragma once

#include "system/discovery/discovery.hpp"
#include "system/gateway/route.hpp"

namespace matinee::discovery {

/// `default_region`: where a viewer is who does not say so.
std::vector<gateway::Route> routes(Discovery& discovery, const std::string& default_region);

}  // namespace matinee::discovery
