#include "system/platform/platform.hpp"

#include <iterator>

#include "system/accounts/routes.hpp"
#include "system/accounts/schema.hpp"
#include "system/catalog/routes.hpp"
#include "system/catalog/schema.hpp"
#include "system/discovery/routes.hpp"
#include "system/discovery/schema.hpp"
#include "system/events/outbox.hpp"
#include "system/payments/routes.hpp"
#include "system/payments/schema.hpp"

namespace matinee::platform {

static constexpr size_t kBatch = 100;

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
      payments_(ports.clock, ports.random, ports.sql, ports.log, ports.crypto, ports.payment_provider,
                settings.payments),
      idempotency_(ports.clock, ports.random, ports.sql, settings.idempotency),
      catalog_(ports.clock, ports.random, ports.sql, ports.kv, settings.catalog),
      stand_ins_(std::make_unique<StandIns>()),
      discovery_(ports.clock, ports.random, ports.sql, ports.kv, ports.log, ports.search,
                 {catalog_, catalog_, *stand_ins_, *stand_ins_}, settings.discovery),
      gateway_(ports.clock, ports.random, accounts_, all_routes(settings), settings.gateway) {
    gateway_.keep_answers(idempotency_);
}

Platform::~Platform() = default;

std::vector<gateway::Route> Platform::all_routes(const Settings& settings) {
    std::vector<gateway::Route> routes = operations();
    const auto add = [&routes](std::vector<gateway::Route> more) {
        std::move(more.begin(), more.end(), std::back_inserter(routes));
    };
    add(accounts::routes(accounts_));
    add(payments::routes(payments_));
    add(catalog::routes(catalog_, ports_.clock, settings.catalog.default_region));
    add(discovery::routes(discovery_, settings.catalog.default_region));
    return routes;
}

/// For whoever runs it.
std::vector<gateway::Route> Platform::operations() {
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
    const auto open = [](const char* path, const char* summary, std::function<Task<gateway::Reply>(gateway::Call&)> h) {
        return gateway::Route{.method = "GET",
                              .pattern = path,
                              .operation_id = path + 1,
                              .summary = summary,
                              .access = gateway::Access::Public,
                              .enveloped = false,
                              .handler = std::move(h)};
    };
    return {open("/livez", "Whether the process answers at all", live),
            open("/readyz", "Whether it wants requests: its database answers, and it is not shutting down", ready),
            open("/metrics", "Counters and gauges as OpenMetrics text; a proxy in front should keep it inside",
                 [this](gateway::Call&) { return metrics(); })};
}

Task<gateway::Reply> Platform::metrics() {
    const auto count = [](SqlTransaction& tx) { return tx.find("SELECT COUNT(*) FROM outbox")->integer(0); };
    const int64_t outbox = co_await ports_.sql.read(count);
    gateway::MetricsText text;
    gateway_.write_metrics(text);
    text.gauge("matinee_outbox_events", "Events that are true and not yet published", outbox);
    if (host_metrics_) host_metrics_(text);
    gateway::Reply reply;
    reply.data = text.take();
    reply.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    co_return reply;
}

Task<> Platform::prepare() {
    const auto create = [](SqlTransaction& tx) {
        events::create_tables(tx);
        accounts::create_tables(tx);
        gateway::Idempotency::create_tables(tx);
        payments::create_tables(tx);
        catalog::create_tables(tx);
        discovery::create_tables(tx);
    };
    co_await ports_.sql.write(create);
    co_await discovery_.prepare();
}

Task<> Platform::catch_up() {
    size_t moved = 1;
    while (moved > 0) {
        moved = co_await events::pump(ports_.sql, ports_.log, kBatch);
        moved += co_await discovery_.maintain(kBatch);
    }
}

Task<int> Platform::take_webhook(std::string body, std::string signature) {
    const gateway::Response response =
        co_await gateway_.handle(payments::webhook_request(ports_.payment_provider.name(), body, signature));
    co_return response.status;
}

/// One after the other, each whatever became of those before it; what the first that failed threw comes out in the end.
Task<> Platform::maintain() {
    std::exception_ptr failed;
    for (Task<> (Platform::* const step)() : {&Platform::publish, &Platform::maintain_titles, &Platform::clean,
                                              &Platform::maintain_payments}) {
        try {
            co_await (this->*step)();
        } catch (...) {
            if (!failed) failed = std::current_exception();
        }
    }
    if (failed) std::rethrow_exception(failed);
}

Task<> Platform::publish() {
    size_t published = kBatch;
    while (published == kBatch) published = co_await events::pump(ports_.sql, ports_.log, kBatch);
}

Task<> Platform::clean() {
    if (ports_.clock.now() < next_cleaning_) co_return;
    next_cleaning_ = ports_.clock.now() + kMinute;
    co_await accounts_.forget_expired(kBatch);
    co_await idempotency_.forget_expired(kBatch);
    co_await discovery_.trending().forget_old(kBatch);
    const auto erase = [](SqlTransaction& tx, const Event& event) {
        if (event.type == accounts::kErased) gateway::Idempotency::erase(tx, event.key);
    };
    co_await events::consume(ports_.sql, ports_.log, "idempotency", accounts::kTopic, kBatch, erase);
}

Task<> Platform::maintain_titles() {
    co_await catalog_.maintain();
    (void)co_await discovery_.maintain(kBatch);
}

Task<> Platform::maintain_payments() { co_await payments_.maintain(); }

}  // namespace matinee::platform
