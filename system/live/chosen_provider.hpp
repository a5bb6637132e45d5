// The payment provider that the settings name: the built-in sandbox, or Stripe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "system/embedded/sandbox_provider.hpp"
#include "system/gateway/metrics.hpp"
#include "system/live/config.hpp"
#include "system/live/stripe_transport.hpp"

namespace matinee::live {

class ChosenProvider {
public:
    /// The sandbox keeps a database of its own in the folder. `complain` is StripeTransport's.
    ChosenProvider(const Config& config, EventLoop& loop, Random& random,
                   std::function<void(const std::string&)> complain);
    ~ChosenProvider();

    PaymentProvider& port();
    /// What webhooks are signed with: the sandbox's is drawn at each start.
    const std::string& webhook_secret() const { return webhook_secret_; }
    /// The sandbox's side of the wire: sends the webhooks that are due. Stripe sends its own.
    Task<> deliver(SandboxProvider::Post post);
    void write_metrics(gateway::MetricsText& text) const;

private:
    struct Sandbox;
    struct Stripe;

    std::string webhook_secret_;
    std::unique_ptr<Sandbox> sandbox_;
    std::unique_ptr<Stripe> stripe_;
};

}  // namespace matinee::live
