// What accounts offer over HTTP.
#pragma once

#include "system/accounts/accounts.hpp"
#include "system/gateway/route.hpp"

namespace matinee::accounts {

/// `accounts` outlives the routes.
std::vector<gateway::Route> routes(Accounts& accounts);

}  // namespace matinee::accounts
