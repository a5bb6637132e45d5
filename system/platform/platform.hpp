// The composition root: given a host's ports, builds every service and the gateway in front of them. The same on every
// host.
#pragma once

#include <functional>

#include "system/accounts/accounts.hpp"
#include "system/catalog/catalog.hpp"
#include "system/discovery/discovery.hpp"
#include "system/events/retention.hpp"
#include "system/gateway/gateway.hpp"
#include "system/gateway/idempotency.hpp"
#include "system/payments/payments.hpp"
#include "system/playback/playback.hpp"
#include "system/ports/event_log.hpp"
#include "system/profiles/profiles.hpp"

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
    profiles::Settings profiles;
    playback::Settings playback;
    gateway::Settings gateway;
    events::Settings events;
};

class Platform {
public:
    Platform(const Ports& ports, const Settings& settings);

    /// Brings the tables up to date (migrations.hpp). Before the first request. Throws SchemaError.
    Task<> prepare();
    /// Everything that nobody asked for but time, as much of it as fits into some seconds: publishes what the outbox
    /// holds, follows it, sweeps. A host runs it every second or so, one run after the other.
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
    /// What the host itself has to say to /readyz: `check` throws ServiceError(Unavailable) with the reason where it
    /// wants no requests. Anybody may ask at any rate.
    void add_readiness(std::function<Task<>()> check) { host_is_ready_ = std::move(check); }
    /// From now on /readyz says that no more requests are wanted; those that come are still answered.
    void retire() { retiring_ = true; }
    /// Writes down what would go with the process and its key-value store. The last thing of all.
    Task<> close() { return playback_.write_up_all(); }

private:
    std::vector<gateway::Route> all_routes(const Settings& settings);
    gateway::Route export_route();
    std::vector<gateway::Route> operations();
    Task<gateway::Reply> metrics();

    // upkeep.cpp
    Task<> end_sessions();
    Task<> publish();
    Task<> maintain_titles();
    Task<> maintain_viewing();
    Task<> clean();
    Task<size_t> follow_accounts();
    Task<size_t> follow_profiles();
    Task<> maintain_payments();

    Ports ports_;
    events::Settings events_;
    std::function<void(gateway::MetricsText&)> host_metrics_;
    std::function<Task<>()> host_is_ready_;
    bool retiring_ = false;
    accounts::Accounts accounts_;
    payments::Payments payments_;
    gateway::Idempotency idempotency_;
    catalog::Catalog catalog_;
    profiles::ProfileService profiles_;
    playback::Playback playback_;
    discovery::Discovery discovery_;
    gateway::Gateway gateway_;
    TimeNs next_cleaning_ = 0;
    Task<> payments_run_;  ///< under way, or none; last: destroyed before what it uses
};

}  // namespace matinee::platform
