// What can be set about payments. "000" to "004" are the five design documents this platform follows.
#pragma once

#include <string>
#include <vector>

#include "system/base/money.hpp"
#include "system/base/units.hpp"

namespace matinee::payments {

/// How long a payment lasts: calendar months, or a fixed time (a day pass).
struct Period {
    int64_t months = 1;
    TimeNs length = 0;  ///< where months is 0
};

struct Plan {
    std::string plan_id;
    std::string name;
    Money price;
    Period period;
    int64_t screens = 1;       ///< streams at once
    int64_t most_lines = 720;  ///< the best picture, by its height
    bool for_sale = true;      ///< a plan that somebody has is never removed, only sold no more
};

/// Prices, screens and quality from 001 "API Design", the only document that has all three plans: 199, 499 and 799,
/// here read as whole rupees, because it names no currency and a gateway of India (LLD 2). 000 section 6.2 has Basic at
/// 9.99 USD a month and Premium at 99.99 USD a year, 004 an average of 15 USD; screens of 1, 2, 4 are 004's, too.
inline std::vector<Plan> default_plans() {
    return {{.plan_id = "basic", .name = "Basic", .price = {19'900, "INR"}, .screens = 1, .most_lines = 720},
            {.plan_id = "standard", .name = "Standard", .price = {49'900, "INR"}, .screens = 2, .most_lines = 1080},
            {.plan_id = "premium", .name = "Premium", .price = {79'900, "INR"}, .screens = 4, .most_lines = 2160}};
}

struct Settings {
    std::vector<Plan> plans = default_plans();
    /// How long a subscription may be used after its paid time while its renewal is being tried. No document has one.
    TimeNs grace = 3 * kDay;
    TimeNs renewal_again = kDay;  ///< from a declined renewal to the next try
    int64_t renewal_tries = 4;    ///< in all; then the subscription expires
    /// The same for money that bought nothing and whose refund failed. Then it is left to people:
    /// payment.refund_failed, and a gauge.
    TimeNs refund_again = kDay;
    int64_t refund_tries = 4;
    /// First wait before a provider that gave no answer is asked again, on top of its patience; doubles up to the
    /// longest.
    TimeNs ask_again = 5 * kSecond;
    TimeNs ask_again_at_most = 10 * kMinute;
    /// How long after the last time it was asked for, a payment that nobody wants any more counts as never made, if the
    /// provider cannot find it either; and a refund, after the end of its key. More than a provider's index may lag.
    TimeNs find_after = 2 * kMinute;
    /// How long a request's key names what it made. The platform sets it to what it keeps Idempotency-Keys for.
    TimeNs request_memory = kDay;
    std::string webhook_secret;               ///< empty: no webhook is believed
    TimeNs webhook_tolerance = 5 * kMinute;   ///< age of a signature: the default of Stripe's libraries
    TimeNs webhook_memory = 30 * kDay;        ///< how long the id of an event is known; longer than anybody repeats
    TimeNs maintenance_budget = 5 * kSecond;  ///< after which a step of maintain() leaves the rest to the next run
    size_t at_once = 16;                      ///< payments that maintain() works on at one time
};

}  // namespace matinee::payments
