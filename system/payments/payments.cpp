#include "system/payments/payments.hpp"

#include <algorithm>
#include <stdexcept>

#include "system/base/service_error.hpp"
#include "system/payments/periods.hpp"
#include "system/payments/saga.hpp"

namespace matinee::payments {

Payments::Payments(Clock& clock, Random& random, Sql& sql, EventLog& log, Crypto& crypto, PaymentProvider& provider,
                   const Settings& settings)
    : clock_(clock), random_(random), sql_(sql), log_(log), crypto_(crypto), provider_(provider), settings_(settings) {}

const Plan* Payments::find_plan(const std::string& plan_id) const {
    for (const Plan& plan : settings_.plans)
        if (plan.plan_id == plan_id) return &plan;
    return nullptr;
}

const Plan& Payments::plan_of(const std::string& plan_id) const {
    const Plan* const plan = find_plan(plan_id);
    if (plan == nullptr) throw std::logic_error("the plan " + plan_id + " was taken out of the settings");
    return *plan;
}

const Plan& Payments::plan_for_sale(const std::string& plan_id) const {
    const Plan* const plan = find_plan(plan_id);
    if (plan == nullptr || !plan->for_sale)
        throw ServiceError(ErrorCode::InvalidField, "plan_id names no plan", "plan_id");
    return *plan;
}

Task<Changed> Payments::subscribe(std::string user_id, std::string plan_id, std::string payment_method,
                                  std::string request_key) {
    const Plan& plan = plan_for_sale(plan_id);
    const TimeNs now = clock_.now();
    const Ids fresh(clock_, random_);
    struct Begun {
        std::string subscription_id, payment_id;
        std::optional<Question> question;
    };
    const auto begin = [&](SqlTransaction& tx) -> Begun {
        Ids ids = fresh;
        if (!request_key.empty())
            if (const auto made = subscription_of_request(tx, user_id, request_key, now - settings_.request_memory)) {
                const Payment first = first_payment(tx, made->subscription_id).value();
                if (first.plan_id != plan.plan_id || first.payment_method != payment_method)
                    throw ServiceError(ErrorCode::IdempotencyKeyReused);
                std::optional<Question> question;
                if (made->open_payment == first.payment_id) question = next_question(tx, first.payment_id, now);
                return {made->subscription_id, first.payment_id, std::move(question)};
            }
        if (tx.find("SELECT 1 FROM erased_payers WHERE user_id = $1", user_id)) throw ServiceError(ErrorCode::NotFound);
        if (const auto current = current_subscription(tx, user_id, now); current && current->lives())
            throw ServiceError(ErrorCode::AlreadySubscribed);
        Subscription subscription{.subscription_id = ids.next("sub"),
                                  .user_id = user_id,
                                  .plan_id = plan.plan_id,
                                  .next_plan_id = {},
                                  .status = kPending,
                                  .payment_method = payment_method,
                                  .open_payment = {},
                                  .created_at = now};
        std::vector<Payment> instead_of = standing_periods(tx, user_id, now);
        if (!is_dearer(plan, instead_of)) instead_of.clear();
        const Payment payment = order_at_once(tx, subscription, kFirst, plan, instead_of, ids, now);
        subscription.open_payment = payment.payment_id;
        insert(tx, subscription, request_key, kNever);
        insert(tx, payment, next_ask(payment.asks, now));
        store(tx, subscription, "", kNever, ids, now);
        return {subscription.subscription_id, payment.payment_id, first_question(payment)};
    };
    Begun begun = co_await sql_.write(begin);
    if (begun.question) co_await ask(std::move(*begun.question));
    co_return co_await outcome(begun.subscription_id, begun.payment_id);
}

/// What has become of a subscription and the payment that was made for the request.
Task<Changed> Payments::outcome(std::string subscription_id, std::string payment_id) {
    std::optional<Payment> payment;
    const auto look = [&](SqlTransaction& tx) {
        payment = find_payment(tx, payment_id);
        return find_subscription(tx, subscription_id);
    };
    std::optional<Subscription> subscription = co_await sql_.read(look);
    if (!subscription) throw ServiceError(ErrorCode::NotFound);
    if (payment && payment->status == kDeclined) {
        if (payment->decline_code == "unknown_payment_method")
            throw ServiceError(ErrorCode::InvalidField, "payment_method is not known", "payment_method");
        throw ServiceError(ErrorCode::PaymentDeclined, payment->decline_code);
    }
    Changed changed;
    changed.is_decided = !payment || payment->status != kOpen;
    changed.subscription = std::move(*subscription);
    co_return changed;
}

Task<Subscription> Payments::read(std::string user_id) {
    const TimeNs now = clock_.now();
    const auto select = [&](SqlTransaction& tx) { return current_subscription(tx, user_id, now); };
    std::optional<Subscription> subscription = co_await sql_.read(select);
    if (!subscription) throw ServiceError(ErrorCode::NotFound, "no subscription");
    co_return std::move(*subscription);
}

Task<Subscription> Payments::cancel(std::string user_id) {
    const TimeNs now = clock_.now();
    const Ids fresh(clock_, random_);
    const auto apply = [&](SqlTransaction& tx) {
        Ids ids = fresh;
        auto subscription = current_subscription(tx, user_id, now);
        if (!subscription || subscription->status == kExpired)
            throw ServiceError(ErrorCode::NotFound, "no subscription");
        if (subscription->lives()) cancel_in(tx, *subscription, ids, now);
        return *subscription;
    };
    co_return co_await sql_.write(apply);
}

void Payments::cancel_in(SqlTransaction& tx, Subscription& subscription, Ids& ids, TimeNs now) const {
    const std::string before = subscription.status;
    subscription.status = kCancelled;
    subscription.open_payment.clear();  // should it be charged all the same, it is given back
    subscription.next_plan_id.clear();
    store(tx, subscription, before, std::max(subscription.paid_until, now), ids, now);
}

Task<Changed> Payments::change(std::string user_id, Change change) {
    if (change.plan_id) plan_for_sale(*change.plan_id);
    if (change.plan_id && change.auto_renew && !*change.auto_renew)
        throw ServiceError(ErrorCode::InvalidField, "auto_renew cannot end together with a new plan", "auto_renew");
    if (change.payment_method) {
        const bool is_known = co_await provider_.knows(*change.payment_method);
        if (!is_known) throw ServiceError(ErrorCode::InvalidField, "payment_method is not known", "payment_method");
    }
    const TimeNs now = clock_.now();
    const Ids fresh(clock_, random_);
    struct Begun {
        std::string subscription_id;
        std::optional<Question> question;
    };
    const auto apply = [&](SqlTransaction& tx) -> Begun {
        Ids ids = fresh;
        auto subscription = current_subscription(tx, user_id, now);
        if (!subscription || subscription->status == kExpired)
            throw ServiceError(ErrorCode::NotFound, "no subscription");
        Begun begun{subscription->subscription_id, std::nullopt};
        const bool resumes = change.auto_renew && *change.auto_renew && subscription->status == kCancelled;
        if (resumes) resume(tx, *subscription, ids, now);
        if (change.plan_id) begun.question = change_plan(tx, *subscription, change, ids, now);
        // A charge may be declined, and then nothing is to have changed.
        if (resumes && begun.question)
            throw ServiceError(ErrorCode::SubscriptionNotActive,
                               "it is cancelled: renew it first, then change the plan");
        if (change.payment_method && !begun.question)
            change_method(tx, *subscription, *change.payment_method, ids, now);
        if (change.auto_renew && !*change.auto_renew && subscription->lives()) cancel_in(tx, *subscription, ids, now);
        return begun;
    };
    Begun begun = co_await sql_.write(apply);
    const std::string payment_id = begun.question ? begun.question->payment.payment_id : "";
    if (begun.question) co_await ask(std::move(*begun.question));
    co_return co_await outcome(begun.subscription_id, payment_id);
}

void Payments::resume(SqlTransaction& tx, Subscription& subscription, Ids& ids, TimeNs now) const {
    if (subscription.paid_until <= now)
        throw ServiceError(ErrorCode::SubscriptionNotActive, "it is cancelled, and its paid time is over");
    subscription.status = kActive;
    store(tx, subscription, kCancelled, subscription.paid_until, ids, now);
}

void Payments::change_method(SqlTransaction& tx, Subscription& subscription, const std::string& payment_method,
                             Ids& ids, TimeNs now) const {
    const auto open = find_payment(tx, subscription.open_payment);
    if (open && open->purpose == kUpgrade)  // it brings its own along
        throw ServiceError(ErrorCode::PaymentUnderWay);
    subscription.payment_method = payment_method;
    tx.execute("UPDATE subscriptions SET payment_method = $1, updated_at = $2 WHERE subscription_id = $3",
               payment_method, now, subscription.subscription_id);
    if (subscription.status == kPastDue && !open) store(tx, subscription, kPastDue, now, ids, now);  // tried at once
}

std::optional<Payments::Question> Payments::change_plan(SqlTransaction& tx, Subscription& subscription,
                                                        const Change& change, Ids& ids, TimeNs now) const {
    if (subscription.status != kActive)
        throw ServiceError(ErrorCode::SubscriptionNotActive, "it is " + subscription.status + ", not active");
    if (subscription.paid_until <= now || !subscription.open_payment.empty())
        throw ServiceError(ErrorCode::PaymentUnderWay);
    const Plan& from = plan_of(subscription.plan_id);
    const Plan& to = plan_of(*change.plan_id);
    if (from.price.currency != to.price.currency)
        throw ServiceError(ErrorCode::InvalidField, "plan_id names a plan in another currency", "plan_id");
    const std::vector<Payment> periods = standing_periods(tx, subscription.user_id, now);
    if (to.price.minor <= from.price.minor || !is_dearer(to, periods)) {
        subscription.next_plan_id = to.plan_id == from.plan_id ? "" : to.plan_id;
        tx.execute("UPDATE subscriptions SET next_plan_id = $1, updated_at = $2 WHERE subscription_id = $3",
                   subscription.next_plan_id, now, subscription.subscription_id);
        return std::nullopt;
    }
    Subscription changed = subscription;
    if (change.payment_method) changed.payment_method = *change.payment_method;
    const Payment payment = order_at_once(tx, changed, kUpgrade, to, periods, ids, now);
    insert(tx, payment, next_ask(payment.asks, now));
    tx.execute("UPDATE subscriptions SET open_payment = $1, updated_at = $2 WHERE subscription_id = $3",
               payment.payment_id, now, subscription.subscription_id);
    return first_question(payment);
}

Task<std::vector<Payment>> Payments::history(std::string user_id, int64_t limit) {
    const auto select = [&](SqlTransaction& tx) { return payments_of_user(tx, user_id, limit); };
    co_return co_await sql_.read(select);
}

std::optional<Entitlement> Payments::of_user(SqlTransaction& tx, const std::string& user_id, TimeNs now) const {
    std::optional<Entitlement> best;
    for (const PaidTime& paid : paid_times(tx, user_id)) {
        const TimeNs until = paid.paid_until + (paid.lives() ? settings_.grace : 0);
        if (until <= now || paid.paid_from > now) continue;
        const Plan& plan = plan_of(paid.plan_id);
        if (best && best->screens > plan.screens) continue;
        best.emplace();
        best->plan_id = plan.plan_id;
        best->screens = plan.screens;
        best->most_lines = plan.most_lines;
        best->until = until;
    }
    return best;
}

Task<std::optional<Entitlement>> Payments::of_user(std::string user_id) {
    const auto select = [&](SqlTransaction& tx) { return of_user(tx, user_id, clock_.now()); };
    co_return co_await sql_.read(select);
}

Task<Books> Payments::books(int64_t limit) {
    const auto look = [&](SqlTransaction& tx) {
        Books books;
        books.balances = ledger::balances(tx);
        books.check = ledger::check(tx, 0, limit);
        return books;
    };
    co_return co_await sql_.read(look);
}

}  // namespace matinee::payments
