#include "system/gateway/gateway.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include "system/base/time_text.hpp"
#include "system/gateway/body.hpp"
#include "system/ports/sql.hpp"

namespace matinee::gateway {

namespace {

bool is_harmless_id(const std::string& id) {
    return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

/// 0: the answer does not say.
int64_t retry_after_seconds(const ServiceError& error) {
    if (error.retry_in > 0) return whole_seconds(error.retry_in);
    return info_of(error.code).status == 503 || error.code == ErrorCode::RequestInProgress ? 1 : 0;
}

Response problem(const ServiceError& error, const std::string& request_id) {
    const ErrorInfo& info = info_of(error.code);
    JsonOut out;
    out.object().text("type", "urn:matinee:problem:" + std::string(info.name)).text("title", info.title);
    out.integer("status", info.status).text("code", info.name);
    if (*error.what() != '\0') out.text("detail", error.what());
    if (!error.field.empty()) out.text("field", error.field);
    out.text("request_id", request_id).end();
    Response response{.status = info.status,
                      .content_type = "application/problem+json",
                      .body = out.take(),
                      .headers = {{"x-request-id", request_id}}};
    if (info.status == 401) response.headers.push_back({"www-authenticate", "Bearer"});
    if (const int64_t seconds = retry_after_seconds(error); seconds > 0)
        response.headers.push_back({"retry-after", std::to_string(seconds)});
    return response;
}

/// What goes wrong inside, as the caller may know it; `fault` gets what only we may know.
ServiceError outward(const std::exception& error, std::string& fault) {
    if (const auto* const refused = dynamic_cast<const ServiceError*>(&error)) {
        if (info_of(refused->code).status >= 500) fault = refused->what();
        return *refused;
    }
    fault = error.what();
    const auto* const sql = dynamic_cast<const SqlError*>(&error);
    const bool passing = sql != nullptr && sql->kind == SqlError::Kind::Unavailable;
    return ServiceError(passing ? ErrorCode::Unavailable : ErrorCode::Internal);
}

[[noreturn]] void refuse_limited(const Verdict& verdict) {
    const TimeNs retry_in = verdict.decision.retry_in;
    throw ServiceError(ErrorCode::RateLimited, "the limit \"" + verdict.tightest->name + "\" is used up; again in " +
                                                   std::to_string(whole_seconds(retry_in)) + " s")
        .worth_retrying_in(retry_in);
}

std::string_view bearer_token(const Request& request) {
    static constexpr std::string_view kScheme = "bearer ";
    const std::string* const header = request.header("authorization");
    if (header == nullptr || header->size() <= kScheme.size())
        throw ServiceError(ErrorCode::Unauthenticated, "no bearer token");
    for (size_t i = 0; i < kScheme.size(); ++i)
        if (((*header)[i] | ' ') != kScheme[i]) throw ServiceError(ErrorCode::Unauthenticated, "no bearer token");
    return std::string_view(*header).substr(kScheme.size());
}

/// X-Request-Timeout-Ms: how long the caller waits, which may be less than the route may take.
TimeNs timeout_asked_for(const Request& request) {
    const std::string* const header = request.header("x-request-timeout-ms");
    if (header == nullptr) return kNever;
    int64_t milliseconds = 0;
    const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), milliseconds);
    static constexpr int64_t kMostMs = 3'600'000;
    if (error != std::errc() || end != header->data() + header->size() || milliseconds < 1 || milliseconds > kMostMs)
        throw ServiceError(ErrorCode::MalformedRequest, "x-request-timeout-ms is a number from 1 to 3600000");
    return milliseconds * kMillisecond;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

bool is_known_method(const std::string& method) {
    static const std::vector<std::string> known = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
    return std::find(known.begin(), known.end(), method) != known.end();
}

}  // namespace

const std::string& Call::parameter(std::string_view name) const {
    for (const auto& [key, value] : path)
        if (key == name) return value;
    throw std::logic_error("the path has no parameter " + std::string(name));
}

namespace {

const std::string* text_of(const Json& fields, std::string_view name) {
    const Json* const found = fields.find(name);
    return found == nullptr ? nullptr : found->text();
}

std::optional<int64_t> integer_of(const Json& fields, std::string_view name) {
    const Json* const found = fields.find(name);
    if (found == nullptr || found->integer() == nullptr) return std::nullopt;
    return *found->integer();
}

}  // namespace

const std::string* Call::optional_text(std::string_view name) const { return text_of(body, name); }
const std::string* Call::query_text(std::string_view name) const { return text_of(query, name); }
std::optional<std::string> Call::text_if_given(std::string_view name) const {
    const std::string* const found = optional_text(name);
    return found == nullptr ? std::nullopt : std::optional(*found);
}
std::optional<int64_t> Call::integer(std::string_view name) const { return integer_of(body, name); }
std::optional<int64_t> Call::query_integer(std::string_view name) const { return integer_of(query, name); }

std::optional<int64_t> Call::number(std::string_view name) const {
    const Json* const found = body.find(name);
    if (found != nullptr && found->real() != nullptr) return int64_t(std::floor(*found->real()));
    return integer(name);
}

std::optional<bool> Call::flag(std::string_view name) const {
    const Json* const found = body.find(name);
    if (found == nullptr || found->flag() == nullptr) return std::nullopt;
    return *found->flag();
}

const std::string& Call::text(std::string_view name) const {
    const std::string* const found = optional_text(name);
    if (found == nullptr) throw std::logic_error("the route does not require the field " + std::string(name));
    return *found;
}

Gateway::Gateway(Clock& clock, Random& random, Authenticator& authenticator, std::vector<Route> routes,
                 const Settings& settings)
    : clock_(clock),
      random_(random),
      authenticator_(authenticator),
      routes_(std::move(routes)),
      shedder_(settings),
      deadlines_(clock) {
    const auto document = std::make_shared<std::string>();
    routes_.push_back({.method = "GET",
                       .pattern = "/api/v1/openapi.json",
                       .operation_id = "read_openapi",
                       .summary = "This document",
                       .access = Access::Public,
                       .enveloped = false,
                       .handler = [document](Call&) -> Task<Reply> { co_return Reply{*document, {}}; }});
    *document = openapi_document(routes_);
    router_ = std::make_unique<Router>(routes_);
    uint64_t secret = 0;
    for (const char c : random_.bytes(8)) secret = secret << 8 | uint8_t(c);
    traffic_ = std::make_unique<Traffic>(settings, routes_, secret);
    metrics_ = std::make_unique<Metrics>(routes_.size());
}

Task<Response> Gateway::handle(Request request) {
    Answer answered;
    co_await answer(request, answered);
    co_return response_of(std::move(answered));
}

Task<> Gateway::answer(Request& request, Answer& answer) {
    const TimeNs started = clock_.now();
    const std::string* const given = request.header("x-request-id");
    answer.request_id = given != nullptr && is_harmless_id(*given) ? *given : new_id("req", clock_, random_);
    if (const std::string* const token = request.header("authorization")) authenticator_.approach(*token);
    Call call{.request = request, .request_id = answer.request_id, .principal = {}, .path = {}};
    std::string fault;
    try {
        find_route_or_charge(call, answer);
        const Verdict verdict = admit(call, answer, started);
        const RouteRules& rules = traffic_->rules(number_of(*answer.route));
        Place place(shedder_);
        if (!place.take(rules.priority)) {
            metrics_->refused(Metrics::Refusal::Shed);
            throw ServiceError(ErrorCode::Unavailable, "overloaded");
        }
        call.deadline = started + std::min(rules.timeout, timeout_asked_for(request));
        answer.reply = co_await deadlines_.within(call.deadline, serve(request, call, answer, verdict));
        answer.status = answer.reply.status == 0 ? answer.route->success : answer.reply.status;
    } catch (const std::exception& error) {
        refuse(error, answer, fault);
    }
    answer.at = clock_.now();
    tell(request, answer, started, fault);
}

void Gateway::refuse(const std::exception& error, Answer& answer, std::string& fault) {
    answer.refused.emplace(outward(error, fault));
    answer.status = info_of(answer.refused->code).status;
    if (answer.refused->code == ErrorCode::DeadlineExceeded) metrics_->refused(Metrics::Refusal::TooLate);
    if (answer.refused->code == ErrorCode::RateLimited) metrics_->refused(Metrics::Refusal::Limited);
}

void Gateway::tell(const Request& request, const Answer& answer, TimeNs started, std::string_view fault) {
    const TimeNs took = answer.at - started;
    metrics_->handled(answer.route == nullptr ? routes_.size() : number_of(*answer.route), answer.status, took);
    if (!observer_) return;
    observer_({.request = request,
               .operation_id = answer.route == nullptr ? std::string_view() : answer.route->operation_id,
               .request_id = answer.request_id,
               .status = answer.status,
               .started_at = started,
               .took = took,
               .fault = fault});
}

void Gateway::find_route(Call& call, Answer& answer) const {
    // What GET would say; the host leaves the body out (RFC 9110, section 9.3.2).
    static const std::string kGet = "GET";
    const std::string& method = call.request.method == "HEAD" ? kGet : call.request.method;
    answer.route = router_->find_literal(method, call.request.target);
    if (answer.route != nullptr) return;
    const std::optional<std::vector<std::string>> segments = path_segments(call.request.target);
    if (!segments) throw ServiceError(ErrorCode::MalformedRequest, "the path cannot be understood");
    Router::Match match = router_->find(method, *segments);
    if (match.route == nullptr) {
        if (match.allowed.empty()) throw ServiceError(ErrorCode::NotFound);
        if (!is_known_method(call.request.method)) throw ServiceError(ErrorCode::NotImplemented);
        if (std::find(match.allowed.begin(), match.allowed.end(), kGet) != match.allowed.end())
            match.allowed.push_back("HEAD");
        answer.headers.push_back({"allow", joined(match.allowed)});
        throw ServiceError(ErrorCode::MethodNotAllowed);
    }
    answer.route = match.route;
    call.path = std::move(match.path);
}

/// Asks the limits that concern whoever it is.
Verdict Gateway::admit(const Call& call, Answer& answer, TimeNs now) {
    const size_t route = number_of(*answer.route);
    const RouteRules& rules = traffic_->rules(route);
    const Verdict verdict = traffic_->before_login(route, call.request.client, now);
    if (!verdict.decision.allowed || rules.after_login.empty()) heed(verdict, rules, answer);
    return verdict;
}

/// Throws RateLimited where the verdict is no.
void Gateway::heed(const Verdict& verdict, const RouteRules& rules, Answer& answer) {
    if (verdict.tightest == nullptr) return;
    answer.limited = &rules;
    answer.verdict = verdict;
    if (!verdict.decision.allowed) refuse_limited(verdict);
}

/// Addresses that come with worthless tokens too often are not listened to for a while, unless with a good one that is
/// known.
class Gateway::StrangersDoor final : public Door {
public:
    StrangersDoor(Gateway& gateway, const Request& request) : gateway_(gateway), request_(request) {}

    void admit_stranger() override {
        const Verdict verdict = gateway_.traffic_->look_at_stranger(request_.client, gateway_.clock_.now());
        if (!verdict.decision.allowed) refuse_limited(verdict);
    }
    void turned_away() { gateway_.traffic_->charge_stranger(request_.client, gateway_.clock_.now()); }

private:
    Gateway& gateway_;
    const Request& request_;
};

/// Who asks for what is not there, scans.
void Gateway::find_route_or_charge(Call& call, Answer& answer) {
    try {
        find_route(call, answer);
    } catch (const ServiceError&) {
        StrangersDoor door(*this, call.request);
        door.admit_stranger();
        door.turned_away();
        throw;
    }
}

Task<Reply> Gateway::serve(Request& request, Call& call, Answer& answer, Verdict verdict) {
    const Route* const route = answer.route;
    StrangersDoor door(*this, request);
    if (route->access == Access::Admin)
        authenticator_.require_admin(std::string(bearer_token(request)));
    else if (route->access != Access::Public)
        try {
            call.principal = co_await authenticator_.authenticate(bearer_token(request), door);
        } catch (const ServiceError& error) {
            if (error.code == ErrorCode::Unauthenticated) door.turned_away();
            throw;
        }
    const size_t number = number_of(*route);
    const RouteRules& rules = traffic_->rules(number);
    if (!rules.after_login.empty())
        heed(traffic_->after_login(number, call.principal, clock_.now(), verdict), rules, answer);
    if (route->access == Access::Owner && call.parameter("user_id") != call.principal.user_id)
        throw ServiceError(ErrorCode::Forbidden);
    if (!route->query.empty()) call.query = checked_query(request, route->query);
    if (!route->body.empty()) take_body(request, route->body, call.body);
    const std::string* const key = request.header("idempotency-key");
    if (route->idempotent && idempotency_ != nullptr && key != nullptr) {
        call.idempotency_key = *key;
        co_return co_await idempotency_->once(*route, call);
    }
    Task<Reply> handler = route->handler(call);
    co_return co_await std::move(handler);
}

void Gateway::write_metrics(MetricsText& text) const {
    metrics_->write(text, routes_);
    text.gauge("matinee_http_requests_under_way", "Requests between their arrival and their answer",
               shedder_.under_way());
}

Response Gateway::response_of(Answer answer) const {
    const RouteRules* const limited = answer.limited;
    const Verdict verdict = answer.verdict;
    std::vector<Header> further = std::move(answer.headers);
    Response response =
        answer.refused ? problem(*answer.refused, answer.request_id) : enveloped(std::move(answer));
    if (limited != nullptr) {
        response.headers.push_back({"ratelimit-policy", limited->policy});
        response.headers.push_back({"ratelimit", verdict.header()});
    }
    std::move(further.begin(), further.end(), std::back_inserter(response.headers));
    return response;
}

Response Gateway::enveloped(Answer answer) {
    Reply& reply = answer.reply;
    Response response{.status = answer.status, .body = {}, .headers = std::move(reply.headers)};
    response.headers.push_back({"x-request-id", answer.request_id});
    if (!answer.route->enveloped) {
        response.body = std::move(reply.data);
        if (!reply.content_type.empty()) response.content_type = std::move(reply.content_type);
        return response;
    }
    JsonOut out;
    out.object().text("status", "success").key("data").raw(reply.data);
    out.key("metadata").object().text("timestamp", utc_text(answer.at)).text("request_id", answer.request_id);
    response.body = out.end().end().take();
    return response;
}

Response Gateway::refusal(ErrorCode code, const std::string& detail) {
    return problem(ServiceError(code, detail), new_id("req", clock_, random_));
}

}  // namespace matinee::gateway
