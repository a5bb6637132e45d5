#include "system/payments/rows.hpp"

namespace matinee::payments {

namespace {

#define SUBSCRIPTION_COLUMNS                                                                                       \
    "subscription_id, user_id, plan_id, next_plan_id, status, payment_method, open_payment, anchor_at, paid_from," \
    " paid_until, tries, created_at"
#define PAYMENT_COLUMNS                                                                                       \
    "payment_id, subscription_id, user_id, purpose, plan_id, amount_minor, currency, payment_method, status," \
    " provider_id, decline_code, refunded_minor, covers_from, covers_until, asks, asked_at, created_at,"      \
    " periods, credited_to, credited_minor"
#define REFUND_COLUMNS "refund_id, payment_id, amount_minor, reason, status, provider_id, asks, ordered_at"

Subscription subscription_of(const SqlRow& row) {
    return {.subscription_id = row.text(0),
            .user_id = row.text(1),
            .plan_id = row.text(2),
            .next_plan_id = row.text(3),
            .status = row.text(4),
            .payment_method = row.text(5),
            .open_payment = row.text(6),
            .anchor_at = row.integer(7),
            .paid_from = row.integer(8),
            .paid_until = row.integer(9),
            .tries = row.integer(10),
            .created_at = row.integer(11)};
}

Payment payment_of(const SqlRow& row) {
    return {.payment_id = row.text(0),
            .subscription_id = row.text(1),
            .user_id = row.text(2),
            .purpose = row.text(3),
            .plan_id = row.text(4),
            .amount = {row.integer(5), row.text(6)},
            .payment_method = row.text(7),
            .status = row.text(8),
            .provider_id = row.text(9),
            .decline_code = row.text(10),
            .refunded_minor = row.integer(11),
            .covers_from = row.integer(12),
            .covers_until = row.integer(13),
            .asks = row.integer(14),
            .asked_at = row.integer(15),
            .created_at = row.integer(16),
            .periods = row.integer(17),
            .credited_to = row.text(18),
            .credited_minor = row.integer(19)};
}

Refund refund_of(const SqlRow& row) {
    return {.refund_id = row.text(0),
            .payment_id = row.text(1),
            .amount_minor = row.integer(2),
            .reason = row.text(3),
            .status = row.text(4),
            .provider_id = row.text(5),
            .asks = row.integer(6),
            .ordered_at = row.integer(7)};
}

template <class Row, class Of>
auto made(const std::optional<Row>& row, Of of) {
    return row ? std::optional(of(*row)) : std::nullopt;
}

}  // namespace

std::optional<Subscription> find_subscription(SqlTransaction& tx, const std::string& subscription_id) {
    return made(
        tx.find("SELECT " SUBSCRIPTION_COLUMNS " FROM subscriptions WHERE subscription_id = $1", subscription_id),
        subscription_of);
}

std::optional<Payment> find_payment(SqlTransaction& tx, const std::string& payment_id) {
    return made(tx.find("SELECT " PAYMENT_COLUMNS " FROM payments WHERE payment_id = $1", payment_id), payment_of);
}

std::optional<Refund> find_refund(SqlTransaction& tx, const std::string& refund_id) {
    return made(tx.find("SELECT " REFUND_COLUMNS " FROM refunds WHERE refund_id = $1", refund_id), refund_of);
}

std::optional<Subscription> current_subscription(SqlTransaction& tx, const std::string& user_id, TimeNs now) {
    return made(tx.find("SELECT " SUBSCRIPTION_COLUMNS " FROM subscriptions WHERE user_id = $1 ORDER BY"
                        " CASE WHEN status IN ('pending', 'active', 'past_due') THEN 0"
                        "      WHEN status = 'cancelled' AND paid_until > $2 THEN 1 ELSE 2 END,"
                        " CASE WHEN status = 'cancelled' AND paid_until > $2 THEN paid_until ELSE 0 END DESC,"
                        " created_at DESC, subscription_id DESC LIMIT 1",
                        user_id, now),
                subscription_of);
}

std::optional<Subscription> subscription_of_request(SqlTransaction& tx, const std::string& user_id,
                                                    const std::string& request_key, TimeNs after) {
    return made(tx.find("SELECT " SUBSCRIPTION_COLUMNS " FROM subscriptions WHERE user_id = $1 AND request_key = $2"
                        " AND created_at > $3 ORDER BY created_at DESC, subscription_id DESC LIMIT 1",
                        user_id, request_key, after),
                subscription_of);
}

std::optional<Refund> refund_of_request(SqlTransaction& tx, const std::string& request_key, TimeNs after) {
    return made(tx.find("SELECT " REFUND_COLUMNS " FROM refunds WHERE request_key = $1 AND created_at > $2"
                        " ORDER BY created_at DESC, refund_id DESC LIMIT 1",
                        request_key, after),
                refund_of);
}

std::vector<PaidTime> paid_times(SqlTransaction& tx, const std::string& user_id) {
    std::vector<PaidTime> out;
    for (const SqlRow& row :
         tx.query("SELECT plan_id, status, paid_from, paid_until FROM subscriptions WHERE user_id = $1"
                  " AND (status = 'active' OR status = 'past_due' OR status = 'cancelled')"
                  " ORDER BY created_at, subscription_id",
                  user_id))
        out.push_back({.plan_id = row.text(0),
                       .status = row.text(1),
                       .paid_from = row.integer(2),
                       .paid_until = row.integer(3)});
    return out;
}

std::vector<Subscription> subscriptions_of_user(SqlTransaction& tx, const std::string& user_id) {
    std::vector<Subscription> out;
    for (const SqlRow& row : tx.query("SELECT " SUBSCRIPTION_COLUMNS
                                      " FROM subscriptions WHERE user_id = $1 ORDER BY created_at, subscription_id",
                                      user_id))
        out.push_back(subscription_of(row));
    return out;
}

std::vector<Payment> payments_of_user(SqlTransaction& tx, const std::string& user_id, int64_t limit) {
    std::vector<Payment> out;
    for (const SqlRow& row :
         tx.query("SELECT " PAYMENT_COLUMNS
                  " FROM payments WHERE user_id = $1 ORDER BY created_at DESC, payment_id DESC LIMIT $2",
                  user_id, limit))
        out.push_back(payment_of(row));
    return out;
}

std::optional<Payment> first_payment(SqlTransaction& tx, const std::string& subscription_id) {
    return made(tx.find("SELECT " PAYMENT_COLUMNS " FROM payments WHERE subscription_id = $1 AND purpose = 'first'"
                        " ORDER BY created_at, payment_id LIMIT 1",
                        subscription_id),
                payment_of);
}

void update(SqlTransaction& tx, const Subscription& s, TimeNs due_at, TimeNs now) {
    tx.execute(
        "UPDATE subscriptions SET plan_id = $1, next_plan_id = $2, status = $3, payment_method = $4, open_payment = $5,"
        " anchor_at = $6, paid_from = $7, paid_until = $8, tries = $9, due_at = $10, updated_at = $11"
        " WHERE subscription_id = $12",
        s.plan_id, s.next_plan_id, s.status, s.payment_method, s.open_payment, s.anchor_at, s.paid_from, s.paid_until,
        s.tries, due_at, now, s.subscription_id);
}

void update(SqlTransaction& tx, const Payment& p, TimeNs due_at, TimeNs now) {
    tx.execute(
        "UPDATE payments SET status = $1, provider_id = $2, decline_code = $3, refunded_minor = $4, covers_from = $5,"
        " covers_until = $6, asks = $7, asked_at = $8, due_at = $9, updated_at = $10 WHERE payment_id = $11",
        p.status, p.provider_id, p.decline_code, p.refunded_minor, p.covers_from, p.covers_until, p.asks, p.asked_at,
        due_at, now, p.payment_id);
}

void insert(SqlTransaction& tx, const Subscription& s, const std::string& request_key, TimeNs due_at) {
    tx.execute("INSERT INTO subscriptions(" SUBSCRIPTION_COLUMNS
               ", request_key, due_at, updated_at)"
               " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $12)",
               s.subscription_id, s.user_id, s.plan_id, s.next_plan_id, s.status, s.payment_method, s.open_payment,
               s.anchor_at, s.paid_from, s.paid_until, s.tries, s.created_at, request_key, due_at);
}

void insert(SqlTransaction& tx, const Payment& p, TimeNs due_at) {
    tx.execute(
        "INSERT INTO payments(" PAYMENT_COLUMNS
        ", due_at, updated_at)"
        " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $17)",
        p.payment_id, p.subscription_id, p.user_id, p.purpose, p.plan_id, p.amount.minor, p.amount.currency,
        p.payment_method, p.status, p.provider_id, p.decline_code, p.refunded_minor, p.covers_from, p.covers_until,
        p.asks, p.asked_at, p.created_at, p.periods, p.credited_to, p.credited_minor, due_at);
}

void insert(SqlTransaction& tx, const Refund& r, const std::string& request_key, TimeNs due_at, TimeNs now) {
    tx.execute(
        "INSERT INTO refunds(" REFUND_COLUMNS
        ", request_key, due_at, created_at, updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        r.refund_id, r.payment_id, r.amount_minor, r.reason, r.status, r.provider_id, r.asks, r.ordered_at, request_key,
        due_at, now);
}

}  // namespace matinee::payments
