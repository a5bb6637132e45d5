#include "system/platform/platform.hpp"

#include "system/accounts/routes.hpp"
#include "system/accounts/schema.hpp"
#include "system/catalog/routes.hpp"
#include "system/catalog/schema.hpp"
#include "system/discovery/routes.hpp"
#include "system/discovery/schema.hpp"
#include "system/events/outbox.hpp"

namespace matinee::platform {

/// For services that are not there: nobody has profiles, nobody has watched anything.
struct Platform::StandIns : profiles::Profiles, playback::WatchRecord {
    Task<profiles::Profile> of_user(std::string, std::string) override {
        throw ServiceError(ErrorCode::NotFound);
        co_return profiles::Profile();
    }
    Task<std::vector<playback::Progress>> unfinished(std::string, size_t) override {
        co_return std::vector<playback::Progress>();
    }
};

Platform::Platform(const Ports& ports, const Settings& settings)
    : ports_(ports),
      accounts_(ports.clock, ports.random, ports.sql, ports.kv, ports.crypto, settings.accounts),
      catalog_(ports.clock, ports.random, ports.sql, ports.kv, settings.catalog),
      stand_ins_(std::make_unique<StandIns>()),
      discovery_(ports.clock, ports.random, ports.sql, ports.kv, ports.log, ports.search,
                 {catalog_, catalog_, *stand_ins_, *stand_ins_}, settings.discovery),
      gateway_(ports.clock, ports.random, accounts_, all_routes(settings)) {}

Platform::~Platform() = default;

std::vector<gateway::Route> Platform::all_routes(const Settings& settings) {
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
    const auto add = [&](std::vector<gateway::Route> more) {
        routes.insert(routes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    };
    add(catalog::routes(catalog_, ports_.clock, settings.catalog.default_region));
    add(discovery::routes(discovery_, settings.catalog.default_region));
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
        catalog::create_tables(tx);
        discovery::create_tables(tx);
    };
    co_await ports_.sql.write(create);
    co_await discovery_.prepare();
}

static constexpr size_t kBatch = 100;

Task<> Platform::catch_up() {
    size_t moved = 1;
    while (moved > 0) {
        moved = co_await events::pump(ports_.sql, ports_.log, kBatch);
        moved += co_await discovery_.maintain(kBatch);
    }
}

Task<> Platform::maintain() {
    size_t published = kBatch;
    while (published == kBatch) published = co_await events::pump(ports_.sql, ports_.log, kBatch);
    co_await catalog_.maintain();
    (void)co_await discovery_.maintain(kBatch);
    if (ports_.clock.now() < next_cleaning_) co_return;
    next_cleaning_ = ports_.clock.now() + kMinute;
    co_await accounts_.forget_expired(kBatch);
    co_await discovery_.trending().forget_old(kBatch);
}

}  // namespace matinee::platform
