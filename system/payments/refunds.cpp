// Money that goes back: a saga like a charge's, whose row is in `refunds`.
//
// The provider is told under the row's id, and told again while it knows that key. As soon as it has named the refund
// it is asked by that name: one that is pending can stay so for longer than keys are known, and an order whose key is
// forgotten moves the money once more. Where there is no name by then, the refund is looked for.
#include "system/base/service_error.hpp"
#include "system/payments/periods.hpp"
#include "system/payments/saga.hpp"

namespace matinee::payments {

Task<Refund> Payments::refund(std::string payment_id, std::optional<int64_t> amount_minor, std::string reason,
                              std::string request_key) {
    const TimeNs now = clock_.now();
    const Ids fresh(clock_, random_);
    const auto begin = [&](SqlTransaction& tx) -> std::string {
        Ids ids = fresh;
        if (!request_key.empty())
            if (const auto made = refund_of_request(tx, request_key, now - settings_.request_memory)) {
                if (made->payment_id != payment_id || made->reason != reason ||
                    made->amount_minor != amount_minor.value_or(made->amount_minor))
                    throw ServiceError(ErrorCode::IdempotencyKeyReused);
                return made->refund_id;
            }
        auto payment = find_payment(tx, payment_id);
        if (!payment) throw ServiceError(ErrorCode::NotFound, "no such payment");
        if (payment->status != kSucceeded) throw ServiceError(ErrorCode::NothingCharged);
        const int64_t left = refundable_minor(tx, *payment);
        const int64_t amount = amount_minor.value_or(left);
        if (amount < 1 || amount > left)
            throw ServiceError(ErrorCode::InvalidField, std::to_string(left) + " can be given back", "amount_minor");
        std::string made = start_refund(tx, *payment, amount, reason, request_key, now, ids, now);
        if (payment->is_given_back()) realign(tx, payment->user_id, ids, now);
        return made;
    };
    const std::string refund_id = co_await sql_.write(begin);
    co_await ask_refund(refund_id);
    const auto look = [&](SqlTransaction& tx) { return find_refund(tx, refund_id); };
    std::optional<Refund> refund = co_await sql_.read(look);
    if (!refund) throw ServiceError(ErrorCode::NotFound);
    co_return std::move(*refund);
}

/// Its id.
std::string Payments::start_refund(SqlTransaction& tx, Payment& payment, int64_t amount_minor,
                                   const std::string& reason, const std::string& request_key, TimeNs due_at, Ids& ids,
                                   TimeNs now) {
    const Refund refund{.refund_id = ids.next("ref"),
                        .payment_id = payment.payment_id,
                        .amount_minor = amount_minor,
                        .reason = reason,
                        .status = kOpen,
                        .provider_id = {}};
    insert(tx, refund, request_key, due_at, now);
    payment.refunded_minor += amount_minor;
    update(tx, payment, kNever, now);
    return refund.refund_id;
}

/// All that is left of a payment that bought nothing.
void Payments::give_back(SqlTransaction& tx, Payment& payment, TimeNs due_at, Ids& ids, TimeNs now) {
    start_refund(tx, payment, payment.amount.minor - payment.refunded_minor, "not_wanted", "", due_at, ids, now);
}

Task<int64_t> Payments::owed() {
    const auto count = [](SqlTransaction& tx) {
        return tx
            .find(
                "SELECT COUNT(*) FROM payments WHERE status = 'succeeded' AND covers_until = 0"
                " AND refunded_minor < amount_minor")
            ->integer(0);
    };
    co_return co_await sql_.read(count);
}

/// Asks, and applies the answer. Without one the refund stays open, and due later.
Task<> Payments::ask_refund(std::string refund_id) {
    const TimeNs asked_at = clock_.now();
    struct Begun {
        Refund refund;
        RefundOrder order;
    };
    const auto note = [&](SqlTransaction& tx) -> std::optional<Begun> {
        auto refund = find_refund(tx, refund_id);
        if (!refund || refund->status != kOpen) return std::nullopt;
        ++refund->asks;
        if (refund->ordered_at == 0) refund->ordered_at = asked_at;
        tx.execute("UPDATE refunds SET asks = $1, ordered_at = $2, due_at = $3 WHERE refund_id = $4", refund->asks,
                   refund->ordered_at, next_ask(refund->asks, asked_at), refund_id);
        const Payment payment = find_payment(tx, refund->payment_id).value();
        return Begun{*refund,
                     {.idempotency_key = refund_id,
                      .reference = refund_id,
                      .provider_id = payment.provider_id,
                      .amount = {refund->amount_minor, payment.amount.currency}}};
    };
    const std::optional<Begun> begun = co_await sql_.write(note);
    if (!begun) co_return;
    const auto settle = [&](SqlTransaction& tx, const ProviderRefund& said, Ids& ids, TimeNs now) {
        apply_refund(tx, refund_id, said, ids, now);
    };
    co_await settle_by(hear_of(begun->refund, begun->order), settle);
}

/// What the provider says about a refund; it is told to make it while it cannot make it twice.
Task<std::optional<ProviderRefund>> Payments::hear_of(Refund refund, RefundOrder order) {
    const TimeNs now = clock_.now();
    const TimeNs key_ends = refund.ordered_at + provider_.key_lifetime();
    std::optional<ProviderRefund> said;
    if (!refund.provider_id.empty()) {
        said = co_await provider_.retrieve_refund(refund.provider_id);
    } else if (now + provider_.patience() < key_ends) {
        said = co_await provider_.refund(std::move(order));
    } else {
        said = co_await provider_.find_refund(order.provider_id, order.reference);
        // Whatever was sent has arrived by the end of the key, and the provider lists it.
        if (!said && now >= key_ends + settings_.find_after)
            said = ProviderRefund{.provider_id = {}, .outcome = ProviderRefund::Outcome::Failed};
    }
    co_return said;
}

void Payments::apply_refund(SqlTransaction& tx, const std::string& refund_id, const ProviderRefund& said, Ids& ids,
                            TimeNs now) {
    using Outcome = ProviderRefund::Outcome;
    const auto refund = find_refund(tx, refund_id);
    if (!refund || refund->status != kOpen) return;
    if (!said.provider_id.empty())
        tx.execute("UPDATE refunds SET provider_id = $1, updated_at = $2 WHERE refund_id = $3", said.provider_id, now,
                   refund_id);
    if (said.outcome == Outcome::Pending) return;
    tx.execute("UPDATE refunds SET status = $1, due_at = $2, updated_at = $3 WHERE refund_id = $4",
               said.outcome == Outcome::Done ? kDone : kFailed, kNever, now, refund_id);
    Payment payment = find_payment(tx, refund->payment_id).value();
    if (said.outcome == Outcome::Failed) {
        apply_failed_refund(tx, *refund, payment, ids, now);
        return;
    }
    const std::string& currency = payment.amount.currency;
    ledger::post(tx, {.kind = "refund",
                      .reference = refund_id,
                      .at = now,
                      .lines = {{"refunds", {refund->amount_minor, currency}},
                                {"provider:" + provider_.name(), {-refund->amount_minor, currency}}}});
    tell_payment(tx, kPaymentRefunded, payment, refund->amount_minor, ids, now);
}

/// The money is still ours.
void Payments::apply_failed_refund(SqlTransaction& tx, const Refund& refund, Payment& payment, Ids& ids, TimeNs now) {
    tell_payment(tx, kRefundFailed, payment, refund.amount_minor, ids, now);
    payment.refunded_minor -= refund.amount_minor;
    update(tx, payment, kNever, now);
    if (payment.covers_until == 0) {
        // It bought nothing, and nobody who could order a refund again knows of it.
        const auto tries = tx.find("SELECT COUNT(*) FROM refunds WHERE payment_id = $1", payment.payment_id);
        if (tries->integer(0) < settings_.refund_tries) give_back(tx, payment, now + settings_.refund_again, ids, now);
        return;
    }
    // What was ended for it may be used to its end.
    realign(tx, payment.user_id, ids, now);
}

}  // namespace matinee::payments
