#include "system/platform/platform.hpp"

#include "system/accounts/routes.hpp"
#include "system/accounts/schema.hpp"
#include "system/events/outbox.hpp"

namespace matinee::platform {

static std::vector<gateway::Route> with_services(std::vector<gateway::Route> routes, accounts::Accounts& accounts) {
    for (gateway::Route& route : accounts::routes(accounts)) routes.push_back(std::move(route));
    return routes;
}

Platform::Platform(const Ports& ports, const Settings& settings, std::vector<gateway::Route> host_routes)
    : ports_(ports),
      accounts_(ports.clock, ports.random, ports.sql, ports.kv, ports.crypto, settings.accounts),
      gateway_(ports.clock, ports.random, accounts_, with_services(std::move(host_routes), accounts_)) {}

Task<> Platform::prepare() {
    const auto create = [](SqlTransaction& tx) {
        events::create_tables(tx);
        accounts::create_tables(tx);
    };
    co_await ports_.sql.write(create);
}

Task<> Platform::maintain() {
    static constexpr size_t kBatch = 100;
    size_t published = kBatch;
    while (published == kBatch) published = co_await events::pump(ports_.sql, ports_.log, kBatch);
    if (ports_.clock.now() < next_cleaning_) co_return;
    next_cleaning_ = ports_.clock.now() + kMinute;
    co_await accounts_.forget_expired(kBatch);
}

}  // namespace matinee::platform
