// The port PaymentProvider on Stripe's API. Who carries the bytes is the host's affair.
#pragma once

#include "system/gateway/http.hpp"
#include "system/ports/payment_provider.hpp"

namespace matinee::payments::stripe {

/// Carries a request to api.stripe.com over TLS and brings the answer back.
class Transport {
public:
    virtual ~Transport() = default;
    /// Throws whatever it likes where there is no answer within the provider's patience.
    virtual Task<gateway::Response> send(gateway::Request request) = 0;
};

struct Settings {
    std::string secret_key;            ///< "sk_..."
    TimeNs patience = 10 * kSecond;    ///< of two requests of the transport: some calls need a second
    TimeNs key_lifetime = 23 * kHour;  ///< "at least 24 hours old" keys may be removed (docs, Idempotent requests)
};

class StripeProvider : public PaymentProvider {
public:
    StripeProvider(Transport& transport, const Settings& settings) : transport_(transport), settings_(settings) {}

    std::string name() const override { return "stripe"; }
    TimeNs patience() const override { return settings_.patience; }
    TimeNs key_lifetime() const override { return settings_.key_lifetime; }
    Task<bool> knows(std::string payment_method) override;
    Task<ProviderPayment> pay(PaymentOrder order) override;
    Task<ProviderPayment> retrieve(std::string provider_id) override;
    Task<std::optional<ProviderPayment>> find(std::string reference) override;
    Task<ProviderRefund> refund(RefundOrder order) override;
    Task<ProviderRefund> retrieve_refund(std::string refund_id) override;
    Task<std::optional<ProviderRefund>> find_refund(std::string provider_id, std::string reference) override;
    ProviderNotice read_notice(const std::string& body) const override;

private:
    Task<gateway::Response> ask(gateway::Request request);

    Transport& transport_;
    Settings settings_;
};

}  // namespace matinee::payments::stripe
