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

static constexpr const char* kMetricsMedia = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Payments know a request by its key for as long as the gateway does.
static payments::Settings payment_settings(const Settings& settings) {
    payments::Settings made = settings.payments;
    made.request_memory = settings.idempotency.lifetime;
    return made;
}

Platform::Platform(const Ports& ports, const Settings& settings)
    : ports_(ports),
      events_(settings.events),
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
        if (host_is_ready_) co_await host_is_ready_();
        gateway::Reply reply;
        reply.data = R"({"status":"ok"})";
        co_return reply;
    };
    using Handler = std::function<Task<gateway::Reply>(gateway::Call&)>;
    const auto open = [](const char* path, const char* summary, Handler handler) {
        return gateway::Route{.method = "GET",
                              .pattern = path,
                              .operation_id = path + 1,
                              .summary = summary,
                              .access = gateway::Access::Public,
                              .enveloped = false,
                              .reply = {gateway::says("status", "ok")},
                              .handler = std::move(handler)};
    };
    gateway::Route counters = open("/metrics", "Counters and gauges; a proxy in front should keep it inside",
                                   [this](gateway::Call&) { return metrics(); });
    counters.media = kMetricsMedia;
    counters.reply.clear();
    return {
        open("/livez", "Whether the process answers at all", live),
        open("/readyz", "Whether it wants requests: its database answers and takes writes, and it is not shutting down",
             ready),
        open("/health", "The same, for balancers that ask here (GWY-16)", ready), std::move(counters)};
}

Task<gateway::Reply> Platform::metrics() {
    const int64_t outbox = co_await ports_.sql.read(events::unpublished);
    const int64_t owed = co_await payments_.owed();
    gateway::MetricsText text;
    gateway_.write_metrics(text);
    text.gauge("matinee_outbox_events", "Events that are true and not yet published", outbox);
    text.gauge("matinee_payments_owed", "Payments that bought nothing and could not be given back", owed);
    if (host_metrics_) host_metrics_(text);
    gateway::Reply reply;
    reply.data = text.take();
    reply.content_type = kMetricsMedia;
    co_return reply;
}

/// Everything that is known of an account, each service's part under its name. Left out are secrets (hashes of
/// passwords, PINs and tokens) and copies that go by themselves (events in the log, answers kept for their
/// Idempotency-Key).
gateway::Route Platform::export_route() {
    const auto everything = [this](gateway::Call& call) -> Task<gateway::Reply> {
        const std::string user_id = call.parameter("user_id");
        const std::string account = co_await accounts_.export_of(user_id);
        const std::vector<profiles::Profile> all = co_await profiles_.existing(user_id);
        std::vector<std::string> profile_ids;
        for (const profiles::Profile& profile : all) profile_ids.push_back(profile.profile_id);
        const std::string profiles = co_await profiles_.export_of(user_id);
        const std::string playback = co_await playback_.export_of(user_id, profile_ids);
        const std::string payments = co_await payments_.export_of(user_id);
        const std::optional<payments::Entitlement> plan = co_await payments_.of_user(user_id);
        JsonOut out;
        out.object().key("account").raw(account).key("profiles").raw(profiles).key("playback").raw(playback);
        out.key("payments").raw(payments).key("entitlement");
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
            .reply = {gateway::says_object("account"), gateway::says_object("profiles"),
                      gateway::says_object("playback"), gateway::says_object("payments"),
                      gateway::may_say("entitlement", "Null without a plan", gateway::Field::Kind::Object)},
            .handler = everything};
}

Task<> Platform::prepare() {
    co_await migrate(ports_.sql, migrations(), ports_.clock.now());
    co_await discovery_.prepare();
}

Task<int> Platform::take_webhook(std::string body, std::string signature) {
    const gateway::Response response =
        co_await gateway_.handle(payments::webhook_request(ports_.payment_provider.name(), body, signature));
    co_return response.status;
}

}  // namespace matinee::platform
