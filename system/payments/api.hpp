// What payments say to others: what an account has paid for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "system/base/units.hpp"
#include "system/ports/sql.hpp"

namespace matinee::payments {

/// What a subscription allows now.
struct Entitlement {
    std::string plan_id;
    int64_t screens = 1;       ///< streams at once
    int64_t most_lines = 720;  ///< the best picture, by its height: 720, 1080, 2160
    TimeNs until = 0;          ///< ends then unless it is renewed
};

class Entitlements {
public:
    virtual ~Entitlements() = default;
    /// At `now`, as the caller's transaction sees it. Nothing where nothing is paid for.
    virtual std::optional<Entitlement> of_user(SqlTransaction& tx, const std::string& user_id, TimeNs now) const = 0;
};

/// Events, keyed by user id; their data is {"user_id":"...","subscription_id":"...","status":"..."}.
inline constexpr const char* kTopic = "payments";
inline constexpr const char* kSubscriptionChanged = "subscription.changed";

/// Events of the same topic and key; their data is
/// {"user_id":"...","subscription_id":"...","payment_id":"...","amount_minor":...,"currency":"..."}.
inline constexpr const char* kPaymentSucceeded = "payment.succeeded";
inline constexpr const char* kPaymentDeclined = "payment.declined";
inline constexpr const char* kPaymentRefunded = "payment.refunded";  ///< the amount is that of the refund
inline constexpr const char* kRefundFailed = "payment.refund_failed";

}  // namespace matinee::payments
