// The one door: every request of every host comes through `handle`. It finds the route, authenticates, checks the body,
// runs the handler, and puts the answer into the envelope or the refusal into problem+json (RFC 9457).
//
// Before any of that it sees whether the request may come in at all (settings.hpp): the client's and the caller's rate
// limits (429, Retry-After; every answer of a limited route has RateLimit and RateLimit-Policy), and a place among the
// requests under way (503). What then takes longer than the route may, or than the caller's X-Request-Timeout-Ms, is
// destroyed at whatever it awaits (504).
//
//   {"status":"success","data":{...},"metadata":{"timestamp":"2026-11-20T20:00:00.000Z","request_id":"req_..."}}
//   {"type":"urn:matinee:problem:invalid_field","title":"...","status":422,"code":"invalid_field","detail":"...",
//    "field":"email","request_id":"req_..."}
#pragma once

#include <memory>

#include "system/base/service_error.hpp"
#include "system/gateway/idempotency.hpp"
#include "system/gateway/deadlines.hpp"
#include "system/gateway/load_shedder.hpp"
#include "system/gateway/metrics.hpp"
#include "system/gateway/router.hpp"
#include "system/gateway/traffic.hpp"
#include "system/ports/clock.hpp"
#include "system/ports/random.hpp"

namespace matinee::gateway {

/// Whom strangers have to pass: to find that a token is forged costs more than most requests.
class Door {
public:
    virtual ~Door() = default;
    /// Throws ServiceError(RateLimited) where this one has come with too many that were worth nothing.
    virtual void admit_stranger() = 0;
};

/// Who a bearer token belongs to. The accounts service is one.
class Authenticator {
public:
    virtual ~Authenticator() = default;
    /// Throws ServiceError(Unauthenticated) for a token that is forged, expired or of an ended session. Asks the door
    /// before it verifies a token that it does not know. Both stay the
    /// caller's until it is done.
    virtual Task<Principal> authenticate(std::string_view token, Door& door) = 0;
    /// Hints that the token at the end of this header's value will have to be judged.
    virtual void approach(std::string_view) const {}
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

/// What came of a request. A host that sends it somewhere has it written as a Response.
struct Answer {
    const Route* route = nullptr;         ///< null where none was found
    Reply reply;                          ///< where nothing was refused
    std::optional<ServiceError> refused;  ///< as the caller may know it
    int status = 0;
    TimeNs at = 0;
    std::string request_id;
    const RouteRules* limited = nullptr;  ///< whose limits were asked, and what they said
    Verdict verdict;
    std::vector<Header> headers;  ///< further ones, of a refusal
};

class Gateway {
public:
    /// Adds its own routes (the OpenAPI document) to those given. Throws std::logic_error for a table that contradicts
    /// itself.
    Gateway(Clock& clock, Random& random, Authenticator& authenticator, std::vector<Route> routes,
            const Settings& settings = {});
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    /// Answers every request; throws nothing. A request id of the client is kept where it is harmless, else one is
    /// made. Both are the caller's until it is done; the request is used up.
    Task<> answer(Request& request, Answer& answer);
    /// Envelope or problem, and headers.
    Response response_of(Answer answer) const;
    /// Both.
    Task<Response> handle(Request request);

    /// The problem+json answer to a request that never became one: what a host refuses by itself.
    Response refusal(ErrorCode code, const std::string& detail);

    const std::vector<Route>& routes() const { return routes_; }
    void observe(Observer observer) { observer_ = std::move(observer); }
    /// Who keeps the answers of idempotent routes; until then they are like any other. It outlives the gateway.
    void keep_answers(Idempotency& idempotency) { idempotency_ = &idempotency; }
    /// Requests by route and status, their times, what is under way, what was refused.
    void write_metrics(MetricsText& text) const;

private:
    /// A place among the requests under way.
    class Place {
    public:
        explicit Place(LoadShedder& shedder) : shedder_(shedder) {}
        ~Place() {
            if (taken_) shedder_.leave();
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        bool take(Priority priority) { return taken_ = shedder_.enter(priority); }

    private:
        LoadShedder& shedder_;
        bool taken_ = false;
    };

    class StrangersDoor;
    Task<Reply> serve(Request& request, Call& call, Answer& answer, Verdict verdict);
    void find_route_or_charge(Call& call, Answer& answer);
    void find_route(Call& call, Answer& answer) const;
    Verdict admit(const Call& call, Answer& answer, TimeNs now);
    void heed(const Verdict& verdict, const RouteRules& rules, Answer& answer);
    void refuse(const std::exception& error, Answer& answer, std::string& fault);
    void tell(const Request& request, const Answer& answer, TimeNs started, std::string_view fault);
    size_t number_of(const Route& route) const { return size_t(&route - routes_.data()); }
    static Response enveloped(Answer answer);

    Clock& clock_;
    Random& random_;
    Authenticator& authenticator_;
    std::vector<Route> routes_;
    std::unique_ptr<Router> router_;
    std::unique_ptr<Traffic> traffic_;
    std::unique_ptr<Metrics> metrics_;
    LoadShedder shedder_;
    Deadlines deadlines_;
    Observer observer_;
    Idempotency* idempotency_ = nullptr;
};

/// The OpenAPI 3.1 document of a route table.
std::string openapi_document(const std::vector<Route>& routes);

}  // namespace matinee::gateway
