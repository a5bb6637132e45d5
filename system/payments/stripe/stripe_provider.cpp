#include "system/payments/stripe/stripe_provider.hpp"

#include "system/base/service_error.hpp"
#include "system/payments/stripe/api.hpp"

namespace matinee::payments::stripe {

Task<gateway::Response> StripeProvider::ask(gateway::Request request) {
    std::optional<gateway::Response> response;
    try {
        response = co_await transport_.send(std::move(request));
    } catch (const std::exception&) {
        // No answer says nothing, whatever kept it.
    }
    if (!response) throw ServiceError(ErrorCode::Unavailable, "Stripe did not answer");
    co_return std::move(*response);
}

Task<bool> StripeProvider::knows(std::string payment_method) {
    gateway::Request request = payment_method_request(settings_.secret_key, payment_method);
    const gateway::Response response = co_await ask(std::move(request));
    co_return read_is_known(response);
}

Task<ProviderPayment> StripeProvider::pay(PaymentOrder order) {
    gateway::Request request = pay_request(settings_.secret_key, order);
    const gateway::Response response = co_await ask(std::move(request));
    ProviderPayment payment = read_payment(response);
    // To a repeated order Stripe repeats its first answer, which may be out of date.
    if (payment.outcome == ProviderPayment::Outcome::Processing) payment = co_await retrieve(payment.provider_id);
    co_return payment;
}

Task<ProviderPayment> StripeProvider::retrieve(std::string provider_id) {
    gateway::Request request = retrieve_request(settings_.secret_key, provider_id);
    const gateway::Response response = co_await ask(std::move(request));
    co_return read_payment(response);
}

Task<std::optional<ProviderPayment>> StripeProvider::find(std::string reference) {
    gateway::Request request = find_request(settings_.secret_key, reference);
    const gateway::Response response = co_await ask(std::move(request));
    co_return read_found(response);
}

Task<ProviderRefund> StripeProvider::refund(RefundOrder order) {
    gateway::Request request = refund_request(settings_.secret_key, order);
    const gateway::Response response = co_await ask(std::move(request));
    ProviderRefund refund = read_ordered_refund(response);
    if (refund.outcome != ProviderRefund::Outcome::Pending || refund.provider_id.empty()) co_return refund;
    try {
        refund = co_await retrieve_refund(refund.provider_id);
    } catch (const ServiceError&) {
        // Its id is worth more than what has become of it since: by that it can be asked about after its key.
    }
    co_return refund;
}

Task<ProviderRefund> StripeProvider::retrieve_refund(std::string refund_id) {
    gateway::Request request = retrieve_refund_request(settings_.secret_key, refund_id);
    const gateway::Response response = co_await ask(std::move(request));
    co_return read_refund(response);
}

Task<std::optional<ProviderRefund>> StripeProvider::find_refund(std::string provider_id, std::string reference) {
    gateway::Request request = list_refunds_request(settings_.secret_key, provider_id);
    const gateway::Response response = co_await ask(std::move(request));
    co_return read_found_refund(response, reference);
}

ProviderNotice StripeProvider::read_notice(const std::string& body) const { return read_event(body); }

}  // namespace matinee::payments::stripe
