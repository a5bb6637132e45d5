// What plans cost and what becomes of time that is paid for.
#include "system/payments/periods.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "system/base/calendar.hpp"
#include "system/payments/saga.hpp"

namespace matinee::payments {

std::vector<Payment> standing_periods(SqlTransaction& tx, const std::string& user_id, TimeNs after) {
    std::map<std::string, bool> lives;
    for (const Subscription& subscription : subscriptions_of_user(tx, user_id))
        lives[subscription.subscription_id] = subscription.lives();
    std::map<std::string, Payment> standing;
    for (Payment& payment : payments_of_user(tx, user_id, std::numeric_limits<int64_t>::max()))
        if (payment.stands()) standing.emplace(payment.payment_id, std::move(payment));
    std::vector<Payment> periods;
    for (const auto& [id, payment] : standing)
        if (payment.covers_until > after && !standing.contains(payment.credited_to)) periods.push_back(payment);
    std::sort(periods.begin(), periods.end(), [&](const Payment& a, const Payment& b) {
        return std::tuple(lives[a.subscription_id], a.covers_from, a.payment_id) <
               std::tuple(lives[b.subscription_id], b.covers_from, b.payment_id);
    });
    return periods;
}

int64_t worth_left(SqlTransaction& tx, const Payment& period, TimeNs now) {
    const auto credits =
        tx.find("SELECT COALESCE(SUM(credited_minor), 0) FROM payments WHERE user_id = $1 AND credited_to = $2",
                period.user_id, period.payment_id);
    const int64_t worth = period.amount.minor - period.refunded_minor + credits->integer(0);
    // In seconds, so that a price times a year does not overflow.
    const int64_t length = std::max<int64_t>(1, (period.covers_until - period.covers_from) / kSecond);
    const int64_t left =
        std::clamp<int64_t>((period.covers_until - std::max(now, period.covers_from)) / kSecond, 0, length);
    return worth * left / length;
}

int64_t refundable_minor(SqlTransaction& tx, const Payment& payment) {
    int64_t left = payment.amount.minor - payment.refunded_minor;
    const auto credited = find_payment(tx, payment.credited_to);
    if (credited && (credited->stands() || credited->status == kOpen)) left -= payment.credited_minor;
    return std::max<int64_t>(left, 0);
}

bool Payments::is_dearer(const Plan& plan, const std::vector<Payment>& than) const {
    return std::all_of(than.begin(), than.end(), [&](const Payment& period) {
        const Money& price = plan_of(period.plan_id).price;
        return price.currency == plan.price.currency && price.minor < plan.price.minor;
    });
}

Payment Payments::order_at_once(SqlTransaction& tx, const Subscription& subscription, const char* purpose,
                                const Plan& plan, const std::vector<Payment>& instead_of, Ids& ids, TimeNs now) const {
    Payment payment = new_payment(ids, subscription, purpose, plan, plan.price.minor, now);
    int64_t credit = 0;
    for (const Payment& period : instead_of) {
        const int64_t left = worth_left(tx, period, now);
        credit += left;
        tx.execute("UPDATE payments SET credited_to = $1, credited_minor = $2 WHERE payment_id = $3",
                   payment.payment_id, left, period.payment_id);
    }
    if (credit == 0) return payment;
    payment.periods = credit / plan.price.minor + 1;
    payment.amount.minor = payment.periods * plan.price.minor - credit;
    return payment;
}

TimeNs Payments::end_of_period(const Plan& plan, TimeNs anchor, TimeNs from, int64_t periods) const {
    if (plan.period.months == 0) return from + plan.period.length * periods;
    return add_months(anchor, months_between(anchor, from) + plan.period.months * periods);
}

bool Payments::grant(SqlTransaction& tx, Subscription& subscription, Payment& payment, Ids& ids, TimeNs now) {
    const std::string before = subscription.status;
    TimeNs from = now;
    bool replaces = false;
    if (payment.purpose == kRenewal && now < subscription.paid_until + settings_.grace) {
        from = subscription.paid_until;
    } else {
        if (payment.purpose != kRenewal)
            for (const Payment& period : standing_periods(tx, payment.user_id, now)) {
                if (period.credited_to == payment.payment_id)
                    replaces = true;
                else
                    from = std::max(from, period.covers_until);
            }
        subscription.anchor_at = from;  // after a renewal that came too late, too: nobody could watch meanwhile
    }
    if (payment.purpose == kUpgrade) subscription.payment_method = payment.payment_method;
    subscription.status = kActive;
    subscription.plan_id = payment.plan_id;
    subscription.next_plan_id.clear();
    subscription.open_payment.clear();
    subscription.tries = 0;
    // A renewal may come while earlier time runs: where that was to be given back, and its refund failed.
    const bool goes_on = payment.purpose == kRenewal && now < from && before != kExpired;
    if (!goes_on) subscription.paid_from = from;
    subscription.paid_until = end_of_period(plan_of(payment.plan_id), subscription.anchor_at, from, payment.periods);
    payment.covers_from = from;
    payment.covers_until = subscription.paid_until;
    store(tx, subscription, before, subscription.paid_until, ids, now);
    return replaces;
}

void Payments::realign(SqlTransaction& tx, const std::string& user_id, Ids& ids, TimeNs now) {
    if (user_id.empty()) return;  // erased
    std::vector<Payment> periods = standing_periods(tx, user_id, 0);
    TimeNs at = now;
    for (Payment& period : periods) {
        if (period.covers_until <= now) continue;
        const TimeNs shift = at - std::max(period.covers_from, now);
        if (shift != 0) {
            period.covers_from = at;
            period.covers_until += shift;
            tx.execute("UPDATE payments SET covers_from = $1, covers_until = $2, updated_at = $3 WHERE payment_id = $4",
                       period.covers_from, period.covers_until, now, period.payment_id);
        }
        at = period.covers_until;
    }
    for (Subscription& subscription : subscriptions_of_user(tx, user_id)) {
        std::vector<Payment> its_own;
        for (const Payment& period : periods)
            if (period.subscription_id == subscription.subscription_id) its_own.push_back(period);
        restate(tx, subscription, its_own, ids, now);
    }
}

void Payments::restate(SqlTransaction& tx, Subscription& subscription, const std::vector<Payment>& periods, Ids& ids,
                       TimeNs now) {
    const std::string before = subscription.status;
    const TimeNs until = periods.empty() ? 0 : periods.back().covers_until;
    if (before == kPending || (before == kExpired ? until <= now : until == subscription.paid_until)) return;
    if (until <= now) {
        subscription.status = kExpired;
        subscription.open_payment.clear();
        store(tx, subscription, before, kNever, ids, now);
        return;
    }
    if (before == kExpired) subscription.status = kCancelled;
    if (until != subscription.paid_until) subscription.anchor_at = until;
    const auto running =
        std::find_if(periods.begin(), periods.end(), [&](const Payment& period) { return period.covers_until > now; });
    subscription.plan_id = periods.back().plan_id;
    if (subscription.next_plan_id == subscription.plan_id) subscription.next_plan_id.clear();
    subscription.paid_from = running->covers_from;
    subscription.paid_until = until;
    store(tx, subscription, before, until, ids, now);
}

}  // namespace matinee::payments
