#include "system/live/chosen_provider.hpp"

#include "system/base/encoding.hpp"
#include "system/live/data_folder.hpp"

namespace matinee::live {

struct ChosenProvider::Sandbox {
    Sandbox(const Config& config, EventLoop& loop, const std::string& webhook_secret)
        : database(database_file(config.data, "sandbox.db"), SqliteDatabase::Durability::Process),
          provider(loop, database, webhook_secret, config.payment_sandbox) {}

    SqliteDatabase database;
    SandboxProvider provider;
};

struct ChosenProvider::Stripe {
    Stripe(const Config& config, EventLoop& loop, Random& random, std::function<void(const std::string&)> complain)
        : transport(loop, random,
                    {.url = config.stripe.url,
                     .ca_file = config.stripe.ca_file,
                     .time = config.stripe.patience / 2,  // some calls are two requests
                     .threads = config.stripe.threads,
                     .breaker = {}},
                    std::move(complain)),
          provider(transport, {.secret_key = config.stripe.secret_key, .patience = config.stripe.patience}) {}

    StripeTransport transport;
    payments::stripe::StripeProvider provider;
};

ChosenProvider::ChosenProvider(const Config& config, EventLoop& loop, Random& random,
                               std::function<void(const std::string&)> complain) {
    if (config.payment_provider == kStripe) {
        webhook_secret_ = config.stripe.webhook_secret;
        stripe_ = std::make_unique<Stripe>(config, loop, random, std::move(complain));
    } else {
        webhook_secret_ = to_hex(random.bytes(32));
        sandbox_ = std::make_unique<Sandbox>(config, loop, webhook_secret_);
    }
}

ChosenProvider::~ChosenProvider() = default;

PaymentProvider& ChosenProvider::port() {
    if (stripe_) return stripe_->provider;
    return sandbox_->provider;
}

Task<> ChosenProvider::deliver(SandboxProvider::Post post) {
    static constexpr size_t kBatch = 100;
    if (sandbox_) co_await sandbox_->provider.deliver(kBatch, std::move(post));
}

void ChosenProvider::write_metrics(gateway::MetricsText& text) const {
    if (!stripe_) return;
    const StripeTransport::Counts& counts = stripe_->transport.counts();
    text.counter("matinee_stripe_requests", "Requests to Stripe, repetitions among them", counts.requests);
    text.counter("matinee_stripe_unanswered", "Those to which there was no answer, or one that says nothing",
                 counts.unanswered);
}

}  // namespace matinee::live
