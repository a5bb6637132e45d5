// What payments offer over HTTP.
#pragma once

#include "system/gateway/route.hpp"
#include "system/payments/payments.hpp"

namespace matinee::payments {

/// `payments` outlives the routes.
std::vector<gateway::Route> routes(Payments& payments);

/// The request that brings a webhook: what a host sends for a provider that lives in its own process.
gateway::Request webhook_request(const std::string& provider, const std::string& body, const std::string& signature);

}  // namespace matinee::payments
