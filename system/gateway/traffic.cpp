#include "system/gateway/traffic.hpp"

#include <span>

namespace matinee::gateway {

namespace {

struct Rule {
    std::string_view method;  ///< empty: any
    std::string_view prefix;  ///< of the pattern
    bool covers(const Route& route) const {
        return (method.empty() || route.method == method) && route.pattern.starts_with(prefix);
    }
};

constexpr Rule kRegister{"POST", "/api/v1/auth/register"};
constexpr Rule kLogin{"POST", "/api/v1/auth/login"};
constexpr Rule kStart{"POST", "/api/v1/playback/start"};
constexpr Rule kReport{"POST", "/api/v1/playback/events"};
constexpr Rule kPlayback{"", "/api/v1/playback/"};
constexpr Rule kSearch{"GET", "/api/v1/search"};
constexpr Rule kApi{"", "/api/"};

/// In this order; what none covers is Browse.
constexpr struct {
    Rule rule;
    Priority priority;
} kPriorityRules[] = {
    {{"GET", "/livez"}, Priority::Operations},
    {{"GET", "/readyz"}, Priority::Operations},
    {{"GET", "/metrics"}, Priority::Operations},
    {{"GET", "/health"}, Priority::Operations},
    {kPlayback, Priority::Playback},
    {{"", "/api/v1/auth/"}, Priority::Account},
    {{"", "/api/v1/users/"}, Priority::Account},
    {{"", "/api/v1/subscriptions"}, Priority::Account},
    {{"", "/api/v1/payments"}, Priority::Account},
    {{"", "/.well-known/"}, Priority::Account},
    {{"PUT", "/api/v1/profiles/"}, Priority::Account},
    {kSearch, Priority::Search},
};

Priority priority_of(const Route& route) {
    for (const auto& [rule, priority] : kPriorityRules)
        if (rule.covers(route)) return priority;
    return Priority::Browse;
}

bool limits_user_api(const Route& route) {
    return kApi.covers(route) && !kPlayback.covers(route) && !kSearch.covers(route);
}

/// Every limit there can be, with whom it concerns.
struct LimitRow {
    Limit limit;
    bool (*concerns)(const Route&);
};

constexpr uint32_t kOfStrangers = 2;  ///< the limit "address" in the table

std::vector<LimitRow> limit_table(const Limits& set) {
    using By = Limit::By;
    const Quota bucket{set.bucket, set.bucket * kSecond / std::max<int64_t>(set.bucket_fills_per_second, 1)};
    const auto shows_no_token = [](const Route& r) { return r.access == Access::Public || r.access == Access::Admin; };
    return {
        {{"register", By::Address, {set.registrations_per_hour, kHour}},
         [](const Route& r) { return kRegister.covers(r); }},
        {{"login", By::Address, {set.logins_per_hour, kHour}}, [](const Route& r) { return kLogin.covers(r); }},
        {{"address", By::Address, bucket}, shows_no_token},
        {{"route", By::Route, {set.route_per_second, kSecond}}, [](const Route& r) { return kApi.covers(r); }},
        {{"api", By::User, {set.api_per_hour, kHour}}, limits_user_api},
        {{"playback_start", By::User, {set.playback_starts_per_hour, kHour}},
         [](const Route& r) { return kStart.covers(r); }},
        {{"search", By::User, {set.searches_per_hour, kHour}}, [](const Route& r) { return kSearch.covers(r); }},
        {{"heartbeat", By::User, {set.heartbeats_per_hour, kHour}},
         [](const Route& r) { return kPlayback.covers(r) && !kStart.covers(r) && !kReport.covers(r); }},
        {{"report", By::User, {set.reports_per_hour, kHour}}, [](const Route& r) { return kReport.covers(r); }},
        {{"device", By::Session, bucket}, [](const Route& r) { return kApi.covers(r); }},
    };
}

bool knows_caller(const Route& route) { return route.access == Access::User || route.access == Access::Owner; }

}  // namespace

int64_t whole_seconds(TimeNs duration) { return (duration + kSecond - 1) / kSecond; }

std::string Verdict::header() const {
    return "\"" + tightest->name + "\";r=" + std::to_string(decision.remaining) +
           ";t=" + std::to_string(whole_seconds(decision.full_in));
}

Traffic::Traffic(const Settings& settings, const std::vector<Route>& routes, uint64_t secret)
    : limiter_(secret, settings.limits.most_buckets) {
    const std::vector<LimitRow> table = limit_table(settings.limits);
    for (const LimitRow& row : table) limits_.push_back(row.limit);
    for (const Route& route : routes) {
        RouteRules rules;
        rules.priority = priority_of(route);
        rules.timeout = route.timeout > 0 ? route.timeout : settings.timeout[size_t(rules.priority)];
        const bool is_limited = rules.priority != Priority::Operations;
        for (uint32_t i = 0; i < table.size() && is_limited; ++i) {
            const Limit& limit = table[i].limit;
            const bool is_of_caller = limit.by == Limit::By::User || limit.by == Limit::By::Session;
            if (limit.quota.capacity == 0 || !table[i].concerns(route) || (is_of_caller && !knows_caller(route)))
                continue;
            (is_of_caller ? rules.after_login : rules.before_login).push_back(i);
            rules.policy += (rules.policy.empty() ? "\"" : ", \"") + limit.name +
                            "\";q=" + std::to_string(limit.quota.capacity) +
                            ";w=" + std::to_string(whole_seconds(limit.quota.window));
        }
        rules_.push_back(std::move(rules));
    }
}

Verdict Traffic::before_login(size_t route, std::string_view address, TimeNs now) {
    asked_.clear();
    for (const uint32_t number : rules_[route].before_login) {
        const Limit& limit = limits_[number];
        if (limit.by == Limit::By::Route)
            asked_.push_back({&limit, limiter_.key_of(number, std::to_string(route))});
        else if (!address.empty())
            asked_.push_back({&limit, limiter_.key_of(number, network_of(address))});
    }
    return take(asked_, now, {});
}

Verdict Traffic::after_login(size_t route, const Principal& principal, TimeNs now, const Verdict& so_far) {
    asked_.clear();
    for (const uint32_t number : rules_[route].after_login) {
        const Limit& limit = limits_[number];
        asked_.push_back(
            {&limit, limiter_.key_of(number, limit.by == Limit::By::User ? principal.user_id : principal.session_id)});
        limiter_.approach(asked_.back().key);
    }
    return take(asked_, now, so_far);
}

/// Nothing where there is no such limit, or no address.
std::optional<Traffic::Asked> Traffic::of_stranger(std::string_view address) const {
    const Limit& limit = limits_[kOfStrangers];
    if (address.empty() || limit.quota.capacity == 0) return std::nullopt;
    return Asked{&limit, limiter_.key_of(kOfStrangers, network_of(address))};
}

Verdict Traffic::look_at_stranger(std::string_view address, TimeNs now) const {
    const std::optional<Asked> asked = of_stranger(address);
    if (!asked) return {};
    return {asked->limit, limiter_.look(asked->key, asked->limit->quota, now)};
}

void Traffic::charge_stranger(std::string_view address, TimeNs now) {
    if (const std::optional<Asked> asked = of_stranger(address)) limiter_.take(asked->key, asked->limit->quota, now);
}

Verdict Traffic::take(const std::vector<Asked>& asked, TimeNs now, Verdict verdict) {
    for (const Asked& one : asked) {
        const RateLimiter::Decision decision = limiter_.look(one.key, one.limit->quota, now);
        if (!decision.allowed) return {one.limit, decision};
    }
    for (const Asked& one : asked) {
        const RateLimiter::Decision decision = limiter_.take(one.key, one.limit->quota, now);
        if (verdict.tightest == nullptr || decision.remaining < verdict.decision.remaining)
            verdict = {one.limit, decision};
    }
    return verdict;
}

}  // namespace matinee::gateway
