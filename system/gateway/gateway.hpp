// The one door: every request of every host comes through `handle`. It finds the route, authenticates, checks the body,
// runs the handler, and puts the answer into the envelope or the refusal into problem+json (RFC 9457):
//
//   {"status":"success","data":{...},"metadata":{"timestamp":"2026-11-20T20:00:00.000Z","request_id":"req_..."}}
//   {"type":"urn:matinee:problem:invalid_field","title":"...","status":422,"code":"invalid_field","detail":"...",
//    "field":"email","request_id":"req_..."}
#pragma once

#include <memory>

#include "system/base/service_error.hpp"
#include "system/gateway/idempotency.hpp"
#include "system/gateway/router.hpp"
#include "system/ports/clock.hpp"
#include "system/ports/random.hpp"

namespace matinee::gateway {

/// Who a bearer token belongs to. The accounts service is one.
class Authenticator {
public:
    virtual ~Authenticator() = default;
    /// Throws ServiceError(Unauthenticated) for a token that is forged, expired or of an ended session.
    virtual Task<Principal> authenticate(std::string token) = 0;
    /// Throws ServiceError(Unauthenticated) unless it is the administrator's token.
    virtual void require_admin(const std::string& token) const = 0;
};

/// What happened to one request, for logs and counters. The texts live as long as the call.
struct Handled {
    const Request& request;
    std::string_view operation_id;  ///< empty where no route was found
    std::string_view request_id;
    int status = 0;
    TimeNs started_at = 0;
    TimeNs took = 0;
    std::string_view fault;  ///< what went wrong inside; empty unless the status is 5xx. Never for the client.
};
using Observer = std::function<void(const Handled&)>;

class Gateway {
public:
    /// Adds its own routes (the OpenAPI document) to those given. Throws std::logic_error for a table that contradicts
    /// itself.
    Gateway(Clock& clock, Random& random, Authenticator& authenticator, std::vector<Route> routes);
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    /// Answers every request; throws nothing. A request id of the client is kept where it is harmless, else one is
    /// made.
    Task<Response> handle(Request request);

    /// The problem+json answer to a request that never became one: what a host refuses by itself.
    Response refusal(ErrorCode code, const std::string& detail);

    const std::vector<Route>& routes() const { return routes_; }
    void observe(Observer observer) { observer_ = std::move(observer); }
    /// Who keeps the answers of idempotent routes; until then they are like any other. It outlives the gateway.
    void keep_answers(Idempotency& idempotency) { idempotency_ = &idempotency; }

private:
    Task<Reply> dispatch(Call& call, const Route*& route, std::vector<Header>& refusal_headers);
    Response enveloped(const Route& route, Reply reply, const std::string& request_id) const;

    Clock& clock_;
    Random& random_;
    Authenticator& authenticator_;
    std::vector<Route> routes_;
    std::unique_ptr<Router> router_;
    Observer observer_;
    Idempotency* idempotency_ = nullptr;
};

/// The OpenAPI 3.1 document of a route table.
std::string openapi_document(const std::vector<Route>& routes);

}  // namespace matinee::gateway
