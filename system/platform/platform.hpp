// The composition root: given a host's ports, builds every service and the gateway in front of them. The same on every
// host.
#pragma once

#include <functional>

#include "system/accounts/accounts.hpp"
#include "system/catalog/catalog.hpp"
#include "system/discovery/discovery.hpp"
#include "system/gateway/gateway.hpp"
#include "system/gateway/idempotency.hpp"
#include "system/payments/payments.hpp"
#include "system/ports/event_log.hpp"

namespace matinee::platform {

/// What a host provides. Everything outlives the platform.
struct Ports {
    Clock& clock;
    Random& random;
    Sql& sql;
    Kv& kv;
    EventLog& log;
    Crypto& crypto;
    PaymentProvider& payment_provider;
    SearchIndex& search;
};

struct Settings {
    accounts::Settings accounts;
    payments::Settings payments;
    gateway::IdempotencySettings idempotency;
    catalog::Settings catalog;
    discovery::Settings discovery;
    gateway::Settings gateway;
};

class Platform {
public:
    Platform(const Ports& ports, const Settings& settings);
    ~Platform();

    /// Makes the tables that are missing. Before the first request.
    Task<> prepare();
    /// Everything that nobody asked for but time: publishes what the outbox holds. A host runs it every second or so,
    /// one run after the other.
    Task<> maintain();

    /// Publishes and follows everything that has happened so far, however long that takes. For who has just imported
    /// a lot.
    Task<> catch_up();

    gateway::Gateway& gateway() { return gateway_; }
    payments::Payments& payments() { return payments_; }
    /// Takes a webhook as if it had come over HTTP, for a host that runs the provider itself. The HTTP status.
    Task<int> take_webhook(std::string body, std::string signature);
    catalog::Catalog& catalog() { return catalog_; }
    /// What the host counts itself, for /metrics behind what the platform does.
    void add_metrics(std::function<void(gateway::MetricsText&)> write) { host_metrics_ = std::move(write); }
    /// From now on /readyz says that no more requests are wanted; those that come are still answered.
    void retire() { retiring_ = true; }

private:
    struct StandIns;
    std::vector<gateway::Route> all_routes(const Settings& settings);
    Task<> publish();
    Task<> clean();
    Task<> maintain_titles();
    Task<> maintain_payments();
    std::vector<gateway::Route> operations();
    Task<gateway::Reply> metrics();

    Ports ports_;
    std::function<void(gateway::MetricsText&)> host_metrics_;
    bool retiring_ = false;
    accounts::Accounts accounts_;
    payments::Payments payments_;
    gateway::Idempotency idempotency_;
    catalog::Catalog catalog_;
    std::unique_ptr<StandIns> stand_ins_;
    discovery::Discovery discovery_;
    gateway::Gateway gateway_;
    TimeNs next_cleaning_ = 0;
};

}  // namespace matinee::platform
