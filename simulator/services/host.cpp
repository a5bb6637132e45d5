#include "simulator/services/host.hpp"

#include <stdexcept>

namespace matinee::services {

static constexpr const char* kWebhookSecret = "whsec_simulated";

static SandboxModel with_seed(SandboxModel model, uint64_t seed) {
    model.seed += seed;
    return model;
}

struct SimulatedHost::Process {
    Process(SimulatedHost& host, uint64_t number)
        : executor(host.executor_),
          random(host.seed_, number),
          stored_kv(host.clock_),
          sql(executor, host.database_, host.model_.sql),
          kv(executor, stored_kv, host.model_.kv),
          log(executor, host.stored_log_, host.model_.log),
          crypto(executor, random, host.model_.crypto),
          search(executor, host.stored_search_, host.model_.search),
          provider(host.provider_),
          failed_maintenance(host.failed_maintenance_),
          layer(host.model_.layer ? host.model_.layer(own_ports(host)) : nullptr),
          platform(layer ? layer->ports() : own_ports(host), host.settings_) {}

    platform::Ports own_ports(SimulatedHost& host) {
        return {host.clock_, random, sql, kv, log, crypto, host.provider_, search};
    }

    Task<> maintain(TimeNs every) {
        for (;;) {
            co_await executor.sleep_until(executor.now() + every);
            try {
                co_await platform.maintain();
            } catch (const std::exception&) {
                ++failed_maintenance;
            }
        }
    }

    /// The provider's side of the wire. What it sends is lost with the process that would have taken it.
    Task<> deliver_webhooks(TimeNs every) {
        for (;;) {
            co_await executor.sleep_until(executor.now() + every);
            co_await provider.deliver(100, [this](std::string body, std::string signature) {
                return platform.take_webhook(body, signature);
            });
        }
    }

    Executor& executor;
    SimulatedRandom random;
    MemoryKv stored_kv;
    SimulatedSql sql;
    SimulatedKv kv;
    SimulatedEventLog log;
    SimulatedCrypto crypto;
    SimulatedSearch search;
    SandboxProvider& provider;
    uint64_t& failed_maintenance;
    std::unique_ptr<PortLayer> layer;
    platform::Platform platform;
    Task<> maintenance, webhooks;  // last: destroyed before what they use
};

SimulatedHost::SimulatedHost(uint64_t seed, TimeNs start, const platform::Settings& settings, const HostModel& model)
    : seed_(seed),
      settings_(settings),
      model_(model),
      executor_(start),
      provider_(clock_, provider_database_, kWebhookSecret, with_seed(model.payment_provider, seed)) {
    settings_.payments.webhook_secret = kWebhookSecret;
    start_process();
}

SimulatedHost::~SimulatedHost() = default;

void SimulatedHost::start_process() {
    process_ = std::make_unique<Process>(*this, processes_++);
    Task<> prepared = process_->platform.prepare();
    prepared.start();
    while (!prepared.done() && executor_.step()) {
    }
    prepared.take();
    process_->maintenance = process_->maintain(model_.maintenance);
    process_->maintenance.start();
    process_->webhooks = process_->deliver_webhooks(model_.maintenance);
    process_->webhooks.start();
}

void SimulatedHost::restart() {
    process_.reset();
    start_process();
}

platform::Platform& SimulatedHost::platform() { return process_->platform; }

Task<gateway::Response> SimulatedHost::handle(gateway::Request request) {
    return process_->platform.gateway().handle(std::move(request));
}

gateway::Response SimulatedHost::exchange(gateway::Request request) {
    Task<gateway::Response> task = handle(std::move(request));
    task.start();
    while (!task.done() && executor_.step()) {
    }
    if (!task.done()) throw std::logic_error("a request waits for something that nobody does");
    return task.take();
}

}  // namespace matinee::services
