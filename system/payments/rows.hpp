// The rows of the payment tables as values, and the words that stand in them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "system/base/money.hpp"
#include "system/base/units.hpp"
#include "system/ports/sql.hpp"

namespace matinee::payments {

/// Of a subscription. Cancelled: used until what is paid for ends, then expired.
inline constexpr const char* kPending = "pending";
inline constexpr const char* kActive = "active";
inline constexpr const char* kPastDue = "past_due";
inline constexpr const char* kCancelled = "cancelled";
inline constexpr const char* kExpired = "expired";

/// Of a payment (and kOpen of a refund).
inline constexpr const char* kOpen = "open";
inline constexpr const char* kSucceeded = "succeeded";
inline constexpr const char* kDeclined = "declined";
/// Of a refund.
inline constexpr const char* kDone = "done";
inline constexpr const char* kFailed = "failed";

/// What a payment is for.
inline constexpr const char* kFirst = "first";
inline constexpr const char* kRenewal = "renewal";
inline constexpr const char* kUpgrade = "upgrade";

struct Subscription {
    std::string subscription_id;
    std::string user_id;
    std::string plan_id;
    std::string next_plan_id;  ///< from the next period on; empty: the same
    std::string status;
    std::string payment_method;
    std::string open_payment;  ///< the payment that is under way for it; empty: none
    TimeNs anchor_at = 0;
    TimeNs paid_from = 0;
    TimeNs paid_until = 0;  ///< 0: nothing was ever paid
    int64_t tries = 0;      ///< declined renewals in a row
    TimeNs created_at = 0;

    bool lives() const { return status == kPending || status == kActive || status == kPastDue; }
};

struct Payment {
    std::string payment_id;
    std::string subscription_id;
    std::string user_id;
    std::string purpose;
    std::string plan_id;
    Money amount;
    std::string payment_method;
    std::string status;
    std::string provider_id;  ///< empty until the provider has said it
    std::string decline_code;
    int64_t refunded_minor = 0;  ///< with refunds that are still under way
    TimeNs covers_from = 0;      ///< the time that was bought; both 0 until it succeeds
    TimeNs covers_until = 0;
    int64_t asks = 0;
    TimeNs asked_at = 0;  ///< when the provider was last told to charge
    TimeNs created_at = 0;
    int64_t periods = 1;         ///< of the plan that it pays for
    std::string credited_to;     ///< the payment on whose price the rest of this one's time was taken off
    int64_t credited_minor = 0;  ///< how much that was

    /// Whether what it bought still counts, unless it is credited to another that stands.
    bool stands() const { return status == kSucceeded && covers_until > 0 && !is_given_back(); }
    /// All of it; or it is on its way.
    bool is_given_back() const { return refunded_minor > 0 && refunded_minor == amount.minor; }
};

struct Refund {
    std::string refund_id;
    std::string payment_id;
    int64_t amount_minor = 0;
    std::string reason;
    std::string status;
    std::string provider_id;  ///< empty until the provider has said it
    int64_t asks = 0;
    TimeNs ordered_at = 0;  ///< when the provider was first told; 0: never so far
};

/// By id; nothing where there is none.
std::optional<Subscription> find_subscription(SqlTransaction& tx, const std::string& subscription_id);
std::optional<Payment> find_payment(SqlTransaction& tx, const std::string& payment_id);
std::optional<Refund> find_refund(SqlTransaction& tx, const std::string& refund_id);

/// The one that counts for a user: a living one, else a cancelled one with time left, else the newest.
std::optional<Subscription> current_subscription(SqlTransaction& tx, const std::string& user_id, TimeNs now);
/// The newest that a request with this key made later than `after`.
std::optional<Subscription> subscription_of_request(SqlTransaction& tx, const std::string& user_id,
                                                    const std::string& request_key, TimeNs after);
std::optional<Refund> refund_of_request(SqlTransaction& tx, const std::string& request_key, TimeNs after);
/// Of a subscription that may allow watching what decides whether it does, and nothing else: every start of a stream
/// asks for it.
struct PaidTime {
    std::string plan_id;
    std::string status;
    TimeNs paid_from = 0;
    TimeNs paid_until = 0;

    bool lives() const { return status == kActive || status == kPastDue; }
};
/// Of a user's subscriptions that are active, past_due or cancelled. Newest last.
std::vector<PaidTime> paid_times(SqlTransaction& tx, const std::string& user_id);
/// All of them, newest last.
std::vector<Subscription> subscriptions_of_user(SqlTransaction& tx, const std::string& user_id);
/// A user's payments, newest first.
std::vector<Payment> payments_of_user(SqlTransaction& tx, const std::string& user_id, int64_t limit);
/// The payment that a subscription began with.
std::optional<Payment> first_payment(SqlTransaction& tx, const std::string& subscription_id);

/// Writes what can change of a row that is there already, but for a payment's credit; `due_at` as given.
void update(SqlTransaction& tx, const Subscription& subscription, TimeNs due_at, TimeNs now);
void update(SqlTransaction& tx, const Payment& payment, TimeNs due_at, TimeNs now);
void insert(SqlTransaction& tx, const Subscription& subscription, const std::string& request_key, TimeNs due_at);
void insert(SqlTransaction& tx, const Payment& payment, TimeNs due_at);
void insert(SqlTransaction& tx, const Refund& refund, const std::string& request_key, TimeNs due_at, TimeNs now);

}  // namespace matinee::payments
