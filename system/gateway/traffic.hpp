// The rules of the road for each route, worked out once from its method, pattern and access: which buckets its requests
// take from, who gives way to it, how long it may take.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "system/gateway/rate_limiter.hpp"
#include "system/gateway/route.hpp"
#include "system/gateway/settings.hpp"

namespace matinee::gateway {

/// A limit by name, and whose bucket a request takes from.
struct Limit {
    enum class By : uint8_t { Address, Route, User, Session };
    std::string name;  ///< in headers and metrics
    By by = By::Address;
    Quota quota;
};

struct RouteRules {
    Priority priority = Priority::Browse;
    TimeNs timeout = 0;
    std::vector<uint32_t> before_login;  ///< numbers of limits by Address and Route
    std::vector<uint32_t> after_login;   ///< by User and Session
    std::string policy;                  ///< the header RateLimit-Policy; empty where nothing limits the route
};

/// As headers say it: rounded up.
int64_t whole_seconds(TimeNs duration);

/// What the limits say to a request.
struct Verdict {
    const Limit* tightest = nullptr;  ///< the one with the fewest tokens left, or the one that refuses; null: no limit
    RateLimiter::Decision decision{.allowed = true};

    /// The header RateLimit (draft-ietf-httpapi-ratelimit-headers-10).
    std::string header() const;
};

class Traffic {
public:
    /// `secret`: see RateLimiter.
    Traffic(const Settings& settings, const std::vector<Route>& routes, uint64_t secret);

    const RouteRules& rules(size_t route) const { return rules_[route]; }
    const std::vector<Limit>& limits() const { return limits_; }

    /// Takes a token from each of the route's buckets, or from none where one is empty; `so_far` is the verdict of
    /// the buckets asked before. Callers without an address have no buckets by Address.
    Verdict before_login(size_t route, std::string_view address, TimeNs now);
    Verdict after_login(size_t route, const Principal& principal, TimeNs now, const Verdict& so_far);

    /// Tokens that turn out to be worth nothing take from the bucket of requests that show none. Says whether there is
    /// something left in it.
    Verdict look_at_stranger(std::string_view address, TimeNs now) const;
    void charge_stranger(std::string_view address, TimeNs now);

private:
    struct Asked {
        const Limit* limit;
        uint64_t key;
    };
    Verdict take(const std::vector<Asked>& asked, TimeNs now, Verdict verdict);
    std::optional<Asked> of_stranger(std::string_view address) const;

    std::vector<Limit> limits_;
    std::vector<RouteRules> rules_;
    RateLimiter limiter_;
    std::vector<Asked> asked_;  ///< of the request at hand
};

}  // namespace matinee::gateway
