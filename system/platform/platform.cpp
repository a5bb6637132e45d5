#include "system/platform/platform.hpp"

#include "system/accounts/routes.hpp"
#include "system/accounts/schema.hpp"
#include "system/events/outbox.hpp"

namespace matinee::platform {

Platform::Platform(const Ports& ports, const Settings& settings)
    : ports_(ports),
      accounts_(ports.clock, ports.random, ports.sql, ports.kv, ports.crypto, settings.accounts),
      gateway_(ports.clock, ports.random, accounts_, all_routes()) {}

std::vector<gateway::Route> Platform::all_routes() {
    const auto live = [](gateway::Call&) -> Task<gateway::Reply> {
        gateway::Reply reply;
        reply.data = R"({"status":"ok"})";
        co_return reply;
    };
    const auto ready = [this](gateway::Call&) -> Task<gateway::Reply> {
        if (retiring_) throw ServiceError(ErrorCode::Unavailable, "shutting down");
        const auto look = [](SqlTransaction& tx) { tx.query("SELECT 1"); };
        co_await ports_.sql.read(look);
        gateway::Reply reply;
        reply.data = R"({"status":"ok"})";
        co_return reply;
    };
    std::vector<gateway::Route> routes = accounts::routes(accounts_);
    routes.push_back({.method = "GET",
                      .pattern = "/livez",
                      .operation_id = "livez",
                      .summary = "Whether the process answers at all",
                      .access = gateway::Access::Public,
                      .enveloped = false,
                      .handler = live});
    routes.push_back({.method = "GET",
                      .pattern = "/readyz",
                      .operation_id = "readyz",
                      .summary = "Whether it wants requests: its database answers, and it is not shutting down",
                      .access = gateway::Access::Public,
                      .enveloped = false,
                      .handler = ready});
    return routes;
}

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
