// Stripe's API as bytes: requests to send and answers to read, without sending anything. What stands here follows
// docs.stripe.com/api (Payment Intents, Refunds, Errors, Idempotent requests, Search) of version 2024-06-20, which
// every request names.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "system/gateway/http.hpp"
#include "system/ports/payment_provider.hpp"

namespace matinee::payments::stripe {

inline constexpr const char* kVersion = "2024-06-20";

/// application/x-www-form-urlencoded, in the order given.
using Form = std::vector<std::pair<std::string, std::string>>;
std::string encoded(const Form& form);
/// What `encoded` was given; nothing where it is no form.
std::optional<Form> decoded(std::string_view text);

gateway::Request payment_method_request(const std::string& secret_key, const std::string& payment_method);
/// Makes an intent and confirms it in one request, on a card that its owner is not there to authenticate.
gateway::Request pay_request(const std::string& secret_key, const PaymentOrder& order);
gateway::Request retrieve_request(const std::string& secret_key, const std::string& payment_intent);
gateway::Request find_request(const std::string& secret_key, const std::string& reference);
gateway::Request refund_request(const std::string& secret_key, const RefundOrder& order);
gateway::Request retrieve_refund_request(const std::string& secret_key, const std::string& refund);
/// The newest hundred of an intent, which is as many as Stripe lists at once.
gateway::Request list_refunds_request(const std::string& secret_key, const std::string& payment_intent);

/// Answers. What says nothing about money (5xx, 429, a key that is in use, no JSON) throws ServiceError(Unavailable);
/// another order under a known key IdempotencyKeyReused; an unknown id NotFound.
bool read_is_known(const gateway::Response& response);
ProviderPayment read_payment(const gateway::Response& response);
std::optional<ProviderPayment> read_found(const gateway::Response& response);
ProviderRefund read_refund(const gateway::Response& response);
/// The answer to an order, which can be that it is refused: Failed.
ProviderRefund read_ordered_refund(const gateway::Response& response);
/// The one of a list that was ordered under a reference. Where it is not among the hundred, a list that goes on says
/// nothing.
std::optional<ProviderRefund> read_found_refund(const gateway::Response& response, const std::string& reference);
/// Throws ServiceError(MalformedRequest).
ProviderNotice read_event(const std::string& body);

}  // namespace matinee::payments::stripe
