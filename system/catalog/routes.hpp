// The catalogue's rows of the route table.
#pragma once

#include "system/catalog/catalog.hpp"
#include "system/gateway/route.hpp"

namespace matinee::catalog {

/// `default_region`: where a viewer is who does not say so.
std::vector<gateway::Route> routes(Catalog& catalog, const std::string& default_region);

}  // namespace matinee::catalog
