#include "system/gateway/gateway.hpp"

#include <algorithm>
#include <cmath>
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
    if (info.status == 503) response.headers.push_back({"retry-after", "1"});
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

std::string bearer_token(const Request& request) {
    static constexpr std::string_view kScheme = "bearer ";
    const std::string* const header = request.header("authorization");
    if (header == nullptr || header->size() <= kScheme.size())
        throw ServiceError(ErrorCode::Unauthenticated, "no bearer token");
    for (size_t i = 0; i < kScheme.size(); ++i)
        if (((*header)[i] | ' ') != kScheme[i]) throw ServiceError(ErrorCode::Unauthenticated, "no bearer token");
    return header->substr(kScheme.size());
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

Gateway::Gateway(Clock& clock, Random& random, Authenticator& authenticator, std::vector<Route> routes)
    : clock_(clock), random_(random), authenticator_(authenticator), routes_(std::move(routes)) {
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
}

Task<Response> Gateway::handle(Request request) {
    const TimeNs started = clock_.now();
    const std::string* const given = request.header("x-request-id");
    Call call{.request = request, .request_id = {}, .principal = {}, .path = {}};
    call.request_id = given != nullptr && is_harmless_id(*given) ? *given : new_id("req", clock_, random_);
    const Route* route = nullptr;
    std::string fault;
    std::vector<Header> refusal_headers;
    Response response;
    try {
        Reply reply = co_await dispatch(call, route, refusal_headers);
        response = enveloped(*route, std::move(reply), call.request_id);
    } catch (const std::exception& error) {
        const ServiceError refused = outward(error, fault);
        response = problem(refused, call.request_id);
        response.headers.insert(response.headers.end(), refusal_headers.begin(), refusal_headers.end());
    }
    if (observer_)
        observer_({.request = request,
                   .operation_id = route == nullptr ? std::string_view() : std::string_view(route->operation_id),
                   .request_id = call.request_id,
                   .status = response.status,
                   .started_at = started,
                   .took = clock_.now() - started,
                   .fault = fault});
    co_return response;
}

Task<Reply> Gateway::dispatch(Call& call, const Route*& route, std::vector<Header>& refusal_headers) {
    const std::optional<std::vector<std::string>> segments = path_segments(call.request.target);
    if (!segments) throw ServiceError(ErrorCode::MalformedRequest, "the path cannot be understood");
    Router::Match match = router_->find(call.request.method, *segments);
    if (match.route == nullptr) {
        if (match.allowed.empty()) throw ServiceError(ErrorCode::NotFound);
        if (!is_known_method(call.request.method)) throw ServiceError(ErrorCode::NotImplemented);
        refusal_headers.push_back({"allow", joined(match.allowed)});
        throw ServiceError(ErrorCode::MethodNotAllowed);
    }
    route = match.route;
    call.path = std::move(match.path);
    if (route->access == Access::Admin)
        authenticator_.require_admin(bearer_token(call.request));
    else if (route->access != Access::Public)
        call.principal = co_await authenticator_.authenticate(bearer_token(call.request));
    if (route->access == Access::Owner && call.parameter("user_id") != call.principal.user_id)
        throw ServiceError(ErrorCode::Forbidden);
    if (!route->query.empty()) call.query = checked_query(call.request, route->query);
    if (!route->body.empty()) call.body = checked_body(call.request, route->body);
    Task<Reply> handler = route->handler(call);
    co_return co_await std::move(handler);
}

Response Gateway::enveloped(const Route& route, Reply reply, const std::string& request_id) const {
    Response response{.status = route.success, .body = {}, .headers = std::move(reply.headers)};
    response.headers.push_back({"x-request-id", request_id});
    if (!route.enveloped) {
        response.body = std::move(reply.data);
        return response;
    }
    JsonOut out;
    out.object().text("status", "success").key("data").raw(reply.data);
    out.key("metadata").object().text("timestamp", utc_text(clock_.now())).text("request_id", request_id).end().end();
    response.body = out.take();
    return response;
}

Response Gateway::refusal(ErrorCode code, const std::string& detail) {
    return problem(ServiceError(code, detail), new_id("req", clock_, random_));
}

}  // namespace matinee::gateway
