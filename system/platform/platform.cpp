#include "system/platform/platform.hpp"

#include <iterator>

#include "system/accounts/routes.hpp"
#include "system/base/time_text.hpp"
#include "system/catalog/routes.hpp"
#include "system/discovery/routes.hpp"
#include "system/events/outbox.hpp"
#include "system/payments/routes.hpp"
#include "system/platform/migrations.hpp"
#include "system/playback/routes.hpp"
#include "system/profiles/routes.hpp"

namespace matinee::platform {

static constexpr size_t kBatch = 100;
static constexpr int kMostBatches = 50;  // of one run of what others wait behind

/// Payments know a request by its key for as long as the gateway does.
static payments::Settings payment_settings(const Settings& settings) {
    payments::Settings made = settings.payments;
    made.request_memory = settings.idempotency.lifetime;
    return made;
}

Platform::Platform(const Ports& ports, const Settings& settings)
    : ports_(ports),
      accounts_(ports.clock, ports.random, ports.sql, ports.kv, ports.crypto, settings.accounts),
      payments_(ports.clock, ports.random, ports.sql, ports.log, ports.crypto, ports.payment_provider,
                payment_settings(settings)),
      idempotency_(ports.clock, ports.random, ports.sql, settings.idempotency),
      catalog_(ports.clock, ports.random, ports.sql, ports.kv, settings.catalog),
      profiles_(ports.clock, ports.random, ports.sql, ports.crypto, accounts_, settings.profiles),
      playback_({ports.clock, ports.random, ports.sql, ports.kv, ports.crypto, catalog_, payments_, profiles_,
                 profiles_, accounts_},
                settings.playback),
      discovery_(ports.clock, ports.random, ports.sql, ports.kv, ports.log, ports.search,
                 {catalog_, catalog_, profiles_, playback_}, settings.discovery),
      gateway_(ports.clock, ports.random, accounts_, all_routes(settings), settings.gateway) {
    gateway_.keep_answers(idempotency_);
}

std::vector<gateway::Route> Platform::all_routes(const Settings& settings) {
    std::vector<gateway::Route> routes = operations();
    const auto add = [&routes](std::vector<gateway::Route> more) {
        std::move(more.begin(), more.end(), std::back_inserter(routes));
    };
    add(accounts::routes(accounts_));
    add(payments::routes(payments_));
    add(catalog::routes(catalog_, settings.catalog.default_region));
    add(discovery::routes(discovery_, settings.catalog.default_region));
    add(profiles::routes(profiles_));
    add(playback::routes(playback_));
    routes.push_back(export_route());
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
            open("/health", "The same, for balancers that ask here (GWY-16)", ready),
            open("/metrics", "Counters and gauges as OpenMetrics text; a proxy in front should keep it inside",
                 [this](gateway::Call&) { return metrics(); })};
}

Task<gateway::Reply> Platform::metrics() {
    const auto count = [](SqlTransaction& tx) { return tx.find("SELECT COUNT(*) FROM outbox")->integer(0); };
    const int64_t outbox = co_await ports_.sql.read(count);
    const int64_t owed = co_await payments_.owed();
    gateway::MetricsText text;
    gateway_.write_metrics(text);
    text.gauge("matinee_outbox_events", "Events that are true and not yet published", outbox);
    text.gauge("matinee_payments_owed", "Payments that bought nothing and could not be given back", owed);
    if (host_metrics_) host_metrics_(text);
    gateway::Reply reply;
    reply.data = text.take();
    reply.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    co_return reply;
}

/// Everything that is known of an account, each service's part under its name.
gateway::Route Platform::export_route() {
    const auto everything = [this](gateway::Call& call) -> Task<gateway::Reply> {
        const std::string user_id = call.parameter("user_id");
        const accounts::Account account = co_await accounts_.read(user_id);
        const std::vector<profiles::Profile> all = co_await profiles_.existing(user_id);
        std::vector<std::string> profile_ids;
        for (const profiles::Profile& profile : all) profile_ids.push_back(profile.profile_id);
        const std::string profiles = co_await profiles_.export_of(user_id);
        const std::string playback = co_await playback_.export_of(user_id, profile_ids);
        const std::optional<payments::Entitlement> plan = co_await payments_.of_user(user_id);
        JsonOut out;
        out.object().key("account").object().text("user_id", user_id).text("email", account.email);
        out.text("name", account.name).text("country", account.country);
        out.text("created_at", utc_text(account.created_at)).text("updated_at", utc_text(account.updated_at)).end();
        out.key("profiles").raw(profiles).key("playback").raw(playback).key("entitlement");
        if (plan)
            out.object().text("plan_id", plan->plan_id).text("until", utc_text(plan->until)).end();
        else
            out.null();
        gateway::Reply reply;
        reply.data = out.end().take();
        reply.headers.push_back({"cache-control", "no-store"});
        co_return reply;
    };
    return {.method = "GET",
            .pattern = "/api/v1/users/{user_id}/export",
            .operation_id = "export_user",
            .summary = "Everything that is kept of the account",
            .access = gateway::Access::Owner,
            .handler = everything};
}

Task<> Platform::prepare() {
    co_await migrate(ports_.sql, migrations(), ports_.clock.now());
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
    for (Task<> (Platform::* const step)() :
         {&Platform::publish, &Platform::maintain_titles, &Platform::maintain_viewing, &Platform::clean,
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
    co_await profiles_.forget_erased(kBatch);
    co_await playback_.forget(kBatch);
    co_await discovery_.trending().forget_old(kBatch);
    const auto erase = [](SqlTransaction& tx, const Event& event) {
        if (event.type == accounts::kErased) gateway::Idempotency::erase(tx, event.key);
    };
    // An erasure may stand behind the registrations of a whole evening. What is left over does not wait for a minute.
    size_t read = kBatch;
    for (int batch = 0; batch < kMostBatches && read == kBatch; ++batch)
        read = co_await events::consume(ports_.sql, ports_.log, "idempotency", accounts::kTopic, kBatch, erase);
    if (read == kBatch) next_cleaning_ = 0;
}

Task<> Platform::maintain_titles() {
    co_await catalog_.maintain();
    (void)co_await discovery_.maintain(kBatch);
}

Task<> Platform::maintain_viewing() {
    co_await profiles_.follow(ports_.log);
    co_await playback_.follow(ports_.log);
    size_t looked_at = kBatch;
    while (looked_at == kBatch) looked_at = co_await playback_.end_abandoned(kBatch);
}

Task<> Platform::maintain_payments() { co_await payments_.maintain(); }

}  // namespace matinee::platform
