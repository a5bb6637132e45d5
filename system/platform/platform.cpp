#include "system/platform/platform.hpp"

#include <iterator>

#include "system/accounts/routes.hpp"
#include "system/accounts/schema.hpp"
#include "system/base/time_text.hpp"
#include "system/events/outbox.hpp"
#include "system/playback/routes.hpp"
#include "system/playback/schema.hpp"
#include "system/profiles/routes.hpp"
#include "system/profiles/schema.hpp"

namespace matinee::platform {

namespace {

/// Until there is a catalogue: no titles.
struct NoTitles : catalog::Titles {
    Task<std::optional<catalog::Title>> find(std::string) override { co_return std::nullopt; }
    Task<std::vector<catalog::Title>> episodes(std::string) override { co_return std::vector<catalog::Title>(); }
};
/// Until one can pay: nobody has.
struct NothingPaid : payments::Entitlements {
    Task<std::optional<payments::Entitlement>> of_user(std::string) override { co_return std::nullopt; }
};

catalog::Titles& titles() {
    static NoTitles none;
    return none;
}
payments::Entitlements& entitlements() {
    static NothingPaid none;
    return none;
}

}  // namespace

Platform::Platform(const Ports& ports, const Settings& settings)
    : ports_(ports),
      accounts_(ports.clock, ports.random, ports.sql, ports.kv, ports.crypto, settings.accounts),
      profiles_(ports.clock, ports.random, ports.sql, ports.crypto, accounts_, settings.profiles),
      playback_({ports.clock, ports.random, ports.sql, ports.kv, ports.crypto, titles(), entitlements(), profiles_,
                 profiles_, accounts_},
                settings.playback),
      gateway_(ports.clock, ports.random, accounts_, all_routes(), settings.gateway) {}

std::vector<gateway::Route> Platform::all_routes() {
    std::vector<gateway::Route> routes = operations();
    const auto add = [&routes](std::vector<gateway::Route> more) {
        std::move(more.begin(), more.end(), std::back_inserter(routes));
    };
    add(accounts::routes(accounts_));
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
        const std::optional<payments::Entitlement> plan = co_await entitlements().of_user(user_id);
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
    const auto create = [](SqlTransaction& tx) {
        events::create_tables(tx);
        accounts::create_tables(tx);
        profiles::create_tables(tx);
        playback::create_tables(tx);
    };
    co_await ports_.sql.write(create);
}

Task<> Platform::maintain() {
    static constexpr size_t kBatch = 100;
    size_t published = kBatch;
    while (published == kBatch) published = co_await events::pump(ports_.sql, ports_.log, kBatch);
    co_await profiles_.follow(ports_.log);
    co_await playback_.follow(ports_.log);
    size_t looked_at = kBatch;
    while (looked_at == kBatch) looked_at = co_await playback_.end_abandoned(kBatch);
    if (ports_.clock.now() < next_cleaning_) co_return;
    next_cleaning_ = ports_.clock.now() + kMinute;
    co_await accounts_.forget_expired(kBatch);
    co_await profiles_.forget_erased(kBatch);
    co_await playback_.forget(kBatch);
}

}  // namespace matinee::platform
