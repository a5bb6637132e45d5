// From the row of a payment to its outcome.
#include "system/payments/saga.hpp"

#include <algorithm>

#include "system/base/json.hpp"
#include "system/events/outbox.hpp"

namespace matinee::payments {

Payment Payments::new_payment(Ids& ids, const Subscription& subscription, const char* purpose, const Plan& plan,
                              int64_t amount_minor, TimeNs now) const {
    return {.payment_id = ids.next("pay"),
            .subscription_id = subscription.subscription_id,
            .user_id = subscription.user_id,
            .purpose = purpose,
            .plan_id = plan.plan_id,
            .amount = {amount_minor, plan.price.currency},
            .payment_method = subscription.payment_method,
            .status = kOpen,
            .provider_id = {},
            .decline_code = {},
            .asks = 1,
            .asked_at = now,
            .created_at = now,
            .credited_to = {}};
}

/// When to ask again after so many times: not while an answer may still come.
TimeNs Payments::next_ask(int64_t asks, TimeNs now) const {
    const int64_t doublings = std::clamp<int64_t>(asks - 1, 0, 20);
    return now + provider_.patience() + std::min(settings_.ask_again << doublings, settings_.ask_again_at_most);
}

Payments::Question Payments::first_question(const Payment& payment) const {
    return {.payment = payment, .kind = Question::Kind::Pay};
}

/// Notes that the provider is about to be asked about a payment that is open. Nothing where it is decided.
std::optional<Payments::Question> Payments::next_question(SqlTransaction& tx, const std::string& payment_id,
                                                          TimeNs now) const {
    auto payment = find_payment(tx, payment_id);
    if (!payment || payment->status != kOpen) return std::nullopt;
    const auto subscription = find_subscription(tx, payment->subscription_id);
    const bool is_wanted = subscription && subscription->open_payment == payment_id;
    const bool key_holds = now + provider_.patience() < payment->created_at + provider_.key_lifetime();
    Question question{.payment = *payment};
    if (!payment->provider_id.empty())
        question.kind = Question::Kind::Retrieve;
    else if (!is_wanted || !key_holds)
        question.kind = Question::Kind::Find;
    ++payment->asks;
    if (question.kind == Question::Kind::Pay) payment->asked_at = now;
    update(tx, *payment, next_ask(payment->asks, now), now);
    return question;
}

Task<> Payments::ask_again(std::string payment_id) {
    const TimeNs now = clock_.now();
    const auto note = [&](SqlTransaction& tx) { return next_question(tx, payment_id, now); };
    std::optional<Question> question = co_await sql_.write(note);
    if (question) co_await ask(std::move(*question));
}

/// Asks, and applies the answer. Without one the payment stays open, and due later.
Task<> Payments::ask(Question question) {
    const auto settle = [&](SqlTransaction& tx, const ProviderPayment& said, Ids& ids, TimeNs now) {
        apply(tx, question.payment.payment_id, said, ids, now);
    };
    co_await settle_by(hear_of(question), settle);
}

/// What the provider says about a payment.
Task<std::optional<ProviderPayment>> Payments::hear_of(Question question) {
    const Payment& payment = question.payment;
    std::optional<ProviderPayment> said;
    switch (question.kind) {
        case Question::Kind::Pay: {
            PaymentOrder order{.idempotency_key = payment.payment_id,
                               .reference = payment.payment_id,
                               .payment_method = payment.payment_method,
                               .amount = payment.amount};
            said = co_await provider_.pay(std::move(order));
            break;
        }
        case Question::Kind::Retrieve:
            said = co_await provider_.retrieve(payment.provider_id);
            break;
        case Question::Kind::Find: {
            said = co_await provider_.find(payment.payment_id);
            // Whatever was sent has arrived by now, and the provider's index has it.
            const TimeNs certain_at = payment.asked_at + provider_.patience() + settings_.find_after;
            if (!said && clock_.now() >= certain_at)
                said = ProviderPayment{
                    .provider_id = {}, .outcome = ProviderPayment::Outcome::Declined, .decline_code = "never_made"};
            break;
        }
    }
    co_return said;
}

void Payments::apply(SqlTransaction& tx, const std::string& payment_id, const ProviderPayment& said, Ids& ids,
                     TimeNs now) {
    auto payment = find_payment(tx, payment_id);
    if (!payment || payment->status == kSucceeded) return;
    const bool is_open = payment->status == kOpen;
    if (!said.provider_id.empty()) payment->provider_id = said.provider_id;
    switch (said.outcome) {
        case ProviderPayment::Outcome::Processing:
            if (is_open) update(tx, *payment, now + settings_.ask_again, now);
            return;
        case ProviderPayment::Outcome::Declined:
            payment->decline_code = said.decline_code;
            if (is_open) apply_decline(tx, *payment, ids, now);
            return;
        case ProviderPayment::Outcome::Succeeded:
            apply_success(tx, *payment, ids, now);  // even where it counted as never made
            return;
    }
}

void Payments::apply_success(SqlTransaction& tx, Payment& payment, Ids& ids, TimeNs now) {
    payment.status = kSucceeded;
    payment.decline_code.clear();
    const Money credit{-payment.amount.minor, payment.amount.currency};
    ledger::post(tx, {.kind = "charge",
                      .reference = payment.payment_id,
                      .at = now,
                      .lines = {{"provider:" + provider_.name(), payment.amount}, {"sales", credit}}});
    tell_payment(tx, kPaymentSucceeded, payment, payment.amount.minor, ids, now);
    auto subscription = find_subscription(tx, payment.subscription_id);
    if (subscription && subscription->open_payment == payment.payment_id) {
        const bool replaces = grant(tx, *subscription, payment, ids, now);
        update(tx, payment, kNever, now);
        if (replaces) realign(tx, payment.user_id, ids, now);
        return;
    }
    give_back(tx, payment, now, ids, now);
}

void Payments::apply_decline(SqlTransaction& tx, Payment& payment, Ids& ids, TimeNs now) {
    payment.status = kDeclined;
    update(tx, payment, kNever, now);
    tell_payment(tx, kPaymentDeclined, payment, payment.amount.minor, ids, now);
    auto subscription = find_subscription(tx, payment.subscription_id);
    if (!subscription || subscription->open_payment != payment.payment_id) return;
    const std::string before = subscription->status;
    subscription->open_payment.clear();
    TimeNs due_at = subscription->paid_until;  // a declined upgrade changes nothing
    if (payment.purpose == kFirst) {
        subscription->status = kExpired;
        due_at = kNever;
    } else if (payment.purpose == kRenewal) {
        ++subscription->tries;
        const TimeNs end = subscription->paid_until + settings_.grace;
        const bool goes_on = subscription->tries < settings_.renewal_tries && now < end;
        subscription->status = goes_on ? kPastDue : kExpired;
        due_at = goes_on ? std::min(now + settings_.renewal_again, end) : kNever;
    }
    store(tx, *subscription, before, due_at, ids, now);
}

void Payments::store(SqlTransaction& tx, const Subscription& subscription, const std::string& status_before,
                     TimeNs due_at, Ids& ids, TimeNs now) const {
    update(tx, subscription, due_at, now);
    if (subscription.status == status_before) return;
    JsonOut data;
    data.object().text("user_id", subscription.user_id).text("subscription_id", subscription.subscription_id);
    data.text("status", subscription.status).end();
    events::append(tx, {.event_id = ids.next("evt"),
                        .topic = kTopic,
                        .type = kSubscriptionChanged,
                        .key = subscription.user_id,
                        .at = now,
                        .data = data.take()});
}

void Payments::tell_payment(SqlTransaction& tx, const char* type, const Payment& payment, int64_t amount_minor,
                            Ids& ids, TimeNs now) const {
    JsonOut data;
    data.object().text("user_id", payment.user_id).text("subscription_id", payment.subscription_id);
    data.text("payment_id", payment.payment_id).integer("amount_minor", amount_minor);
    data.text("currency", payment.amount.currency).end();
    events::append(tx, {.event_id = ids.next("evt"),
                        .topic = kTopic,
                        .type = type,
                        .key = payment.user_id,
                        .at = now,
                        .data = data.take()});
}

}  // namespace matinee::payments
