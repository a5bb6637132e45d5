// What payments keep of a user.
#include "system/base/json.hpp"
#include "system/base/time_text.hpp"
#include "system/payments/payments.hpp"

namespace matinee::payments {

namespace {

void write_times(JsonOut& out, const char* from, TimeNs begin, const char* until, TimeNs end) {
    for (const auto& [name, time] : {std::pair(from, begin), std::pair(until, end)}) {
        out.key(name);
        if (time == 0)
            out.null();
        else
            out.text(utc_text(time));
    }
}

struct Kept {
    SqlRows subscriptions, payments, refunds;
};

Kept kept_of(SqlTransaction& tx, const std::string& user_id) {
    return {.subscriptions =
                tx.query("SELECT subscription_id, plan_id, status, payment_method, paid_from, paid_until, created_at"
                         " FROM subscriptions WHERE user_id = $1 ORDER BY created_at, subscription_id",
                         user_id),
            .payments = tx.query("SELECT payment_id, subscription_id, purpose, plan_id, amount_minor, currency,"
                                 " payment_method, status, decline_code, refunded_minor, covers_from, covers_until,"
                                 " created_at, provider_id"
                                 " FROM payments WHERE user_id = $1 ORDER BY created_at, payment_id",
                                 user_id),
            .refunds = tx.query("SELECT r.refund_id, r.payment_id, r.amount_minor, r.reason, r.status, r.created_at"
                                " FROM payments p JOIN refunds r ON r.payment_id = p.payment_id"
                                " WHERE p.user_id = $1 ORDER BY r.created_at, r.refund_id",
                                user_id)};
}

}  // namespace

Task<std::string> Payments::export_of(std::string user_id) {
    const auto select = [&](SqlTransaction& tx) { return kept_of(tx, user_id); };
    const Kept kept = co_await sql_.read(select);
    JsonOut out;
    out.object().key("subscriptions").array();
    for (const SqlRow& row : kept.subscriptions) {
        out.object().text("subscription_id", row.text(0)).text("plan_id", row.text(1)).text("status", row.text(2));
        out.text("payment_method", row.text(3));
        write_times(out, "period_start", row.integer(4), "period_end", row.integer(5));
        out.text("created_at", utc_text(row.integer(6))).end();
    }
    out.end().key("payments").array();
    for (const SqlRow& row : kept.payments) {
        out.object().text("payment_id", row.text(0)).text("subscription_id", row.text(1)).text("purpose", row.text(2));
        out.text("plan_id", row.text(3)).integer("amount_minor", row.integer(4)).text("currency", row.text(5));
        out.text("payment_method", row.text(6)).text("status", row.text(7)).text("decline_code", row.text(8));
        out.integer("refunded_minor", row.integer(9));
        write_times(out, "covers_from", row.integer(10), "covers_until", row.integer(11));
        out.text("created_at", utc_text(row.integer(12))).text("id_at_the_provider", row.text(13)).end();
    }
    out.end().key("refunds").array();
    for (const SqlRow& row : kept.refunds) {
        out.object().text("refund_id", row.text(0)).text("payment_id", row.text(1));
        out.integer("amount_minor", row.integer(2)).text("reason", row.text(3)).text("status", row.text(4));
        out.text("created_at", utc_text(row.integer(5))).end();
    }
    co_return out.end().end().take();
}

}  // namespace matinee::payments
