#include "system/payments/routes.hpp"

#include "system/base/service_error.hpp"
#include "system/base/time_text.hpp"

namespace matinee::payments {

using gateway::Access;
using gateway::bound_to;
using gateway::Call;
using gateway::empty_reply;
using gateway::Field;
using gateway::may_say;
using gateway::Reply;
using gateway::Route;
using gateway::says;
using gateway::says_flag;
using gateway::says_list;
using gateway::says_number;
using gateway::text_field;

namespace {

constexpr const char* kSignatureHeader = "stripe-signature";

/// "month", "year", or an ISO 8601 duration.
std::string period_text(const Period& period) {
    if (period.months == 1) return "month";
    if (period.months == 12) return "year";
    if (period.months > 0) return "P" + std::to_string(period.months) + "M";
    return "PT" + std::to_string(period.length / kSecond) + "S";
}

std::string quality_text(int64_t most_lines) { return most_lines == 2160 ? "4K" : std::to_string(most_lines) + "p"; }

void write_time(JsonOut& out, const char* name, TimeNs time) {
    out.key(name);
    if (time == 0)
        out.null();
    else
        out.text(utc_text(time));
}

void write_optional(JsonOut& out, const char* name, const std::string& text) {
    out.key(name);
    if (text.empty())
        out.null();
    else
        out.text(text);
}

Reply reply_of(const Subscription& subscription, int status = 0) {
    JsonOut out;
    out.object().text("subscription_id", subscription.subscription_id).text("status", subscription.status);
    out.text("plan_id", subscription.plan_id);
    write_optional(out, "next_plan_id", subscription.next_plan_id);
    out.text("payment_method", subscription.payment_method).flag("auto_renew", subscription.lives());
    write_time(out, "period_start", subscription.paid_from);
    write_time(out, "period_end", subscription.paid_until);
    out.text("created_at", utc_text(subscription.created_at)).end();
    Reply reply;
    reply.data = out.take();
    reply.status = status;
    return reply;
}

Reply reply_of(const Changed& changed, int decided) {
    return reply_of(changed.subscription, changed.is_decided ? decided : 202);
}

Task<Reply> list_plans(Payments& payments, Call&) {
    JsonOut out;
    out.object().key("plans").array();
    for (const Plan& plan : payments.plans()) {
        if (!plan.for_sale) continue;
        out.object().text("plan_id", plan.plan_id).text("name", plan.name);
        out.integer("price_minor", plan.price.minor).text("currency", plan.price.currency);
        out.text("period", period_text(plan.period)).integer("screens", plan.screens);
        out.text("quality", quality_text(plan.most_lines)).end();
    }
    Reply reply;
    reply.data = out.end().end().take();
    reply.headers.push_back({"cache-control", "public, max-age=300"});
    co_return reply;
}

Task<Reply> subscribe(Payments& payments, Call& call) {
    const Changed changed = co_await payments.subscribe(call.principal.user_id, call.text("plan_id"),
                                                        call.text("payment_method"), call.idempotency_key);
    co_return reply_of(changed, 201);
}

Task<Reply> read_subscription(Payments& payments, Call& call) {
    const Subscription subscription = co_await payments.read(call.parameter("user_id"));
    co_return reply_of(subscription);
}

Task<Reply> change_subscription(Payments& payments, Call& call) {
    Change change;
    if (const std::string* const plan_id = call.optional_text("plan_id")) change.plan_id = *plan_id;
    if (const std::string* const method = call.optional_text("payment_method")) change.payment_method = *method;
    change.auto_renew = call.flag("auto_renew");
    const Changed changed = co_await payments.change(call.parameter("user_id"), change);
    co_return reply_of(changed, 200);
}

Task<Reply> cancel_subscription(Payments& payments, Call& call) {
    const Subscription subscription = co_await payments.cancel(call.parameter("user_id"));
    co_return reply_of(subscription);
}

/// As clients know it.
std::string status_text(const Payment& payment) {
    if (payment.status == kOpen) return kPending;
    return payment.is_given_back() ? "refunded" : payment.status;
}

Task<Reply> list_payments(Payments& payments, Call& call) {
    const int64_t limit = call.query_integer("limit").value_or(20);
    const std::vector<Payment> found = co_await payments.history(call.parameter("user_id"), limit);
    JsonOut out;
    out.object().key("payments").array();
    for (const Payment& payment : found) {
        out.object().text("payment_id", payment.payment_id).text("subscription_id", payment.subscription_id);
        out.text("status", status_text(payment)).text("purpose", payment.purpose);
        out.text("plan_id", payment.plan_id).integer("amount_minor", payment.amount.minor);
        out.text("currency", payment.amount.currency).integer("refunded_minor", payment.refunded_minor);
        write_optional(out, "decline_code", payment.decline_code);
        out.text("created_at", utc_text(payment.created_at)).end();
    }
    Reply reply;
    reply.data = out.end().end().take();
    co_return reply;
}

Task<Reply> refund(Payments& payments, Call& call) {
    const std::string* const given = call.optional_text("reason");
    const std::string reason = given == nullptr ? "requested" : *given;
    const std::optional<int64_t> amount = call.integer("amount_minor");
    const Refund refund = co_await payments.refund(call.text("payment_id"), amount, reason, call.idempotency_key);
    JsonOut out;
    out.object().text("refund_id", refund.refund_id).text("payment_id", refund.payment_id);
    out.text("status", refund.status == kOpen ? kPending : refund.status);
    out.integer("amount_minor", refund.amount_minor).text("reason", refund.reason).end();
    Reply reply;
    reply.data = out.take();
    reply.status = refund.status == kOpen ? 202 : 201;
    co_return reply;
}

Task<Reply> read_ledger(Payments& payments, Call&) {
    static constexpr int64_t kEntries = 10'000;
    const Books books = co_await payments.books(kEntries);
    JsonOut out;
    out.object().flag("balanced", books.check.wrong.empty()).integer("entries_checked", books.check.entries);
    out.key("accounts").array();
    for (const ledger::Balance& balance : books.balances)
        out.object()
            .text("account", balance.account_id)
            .text("currency", balance.currency)
            .integer("balance_minor", balance.minor)
            .end();
    out.end().key("wrong").array();
    for (const std::string& wrong : books.check.wrong) out.text(wrong);
    Reply reply;
    reply.data = out.end().end().take();
    co_return reply;
}

Task<Reply> take_webhook(Payments& payments, Call& call) {
    const std::string* const header = call.request.header(kSignatureHeader);
    const std::string signature = header == nullptr ? "" : *header;
    co_await payments.notice(call.parameter("provider"), call.request.body, signature);
    co_return empty_reply();
}

}  // namespace

gateway::Request webhook_request(const std::string& provider, const std::string& body, const std::string& signature) {
    gateway::Request request;
    request.method = "POST";
    request.target = "/api/v1/payments/webhooks/" + provider;
    request.headers = {{"content-type", "application/json"}, {kSignatureHeader, signature}};
    request.body = body;
    return request;
}

std::vector<Route> routes(Payments& payments) {
    const auto bound = bound_to(payments);
    const std::string mine = "/api/v1/users/{user_id}/subscription";
    const Field plan = text_field("plan_id", true, 64, "One of the plans");
    const Field method = text_field("payment_method", true, 128,
                                    "As the payment provider knows it; the sandbox: pm_ok, "
                                    "pm_declined, pm_timeout, pm_late");
    Field other_plan = plan, other_method = method;
    other_plan.required = other_method.required = false;
    const std::vector<Field> subscription = {says("subscription_id"),
                                             says("status", "pending, active, past_due, cancelled or expired"),
                                             says("plan_id"),
                                             may_say("next_plan_id", "From the next period on"),
                                             says("payment_method"),
                                             says_flag("auto_renew"),
                                             may_say("period_start", "Of what is paid for"),
                                             may_say("period_end"),
                                             says("created_at")};
    return {
        {.method = "GET",
         .pattern = "/api/v1/subscriptions/plans",
         .operation_id = "list_plans",
         .summary = "What can be subscribed to, in minor units of its currency",
         .access = Access::Public,
         .reply = {says_list(
             "plans", {says("plan_id"), says("name"), says_number("price_minor"), says("currency"),
                       says("period", "month, year, or an ISO 8601 duration"),
                       says_number("screens", "That may play at one time"), says("quality", "The best picture")})},
         .handler = bound(list_plans)},
        {.method = "POST",
         .pattern = "/api/v1/subscriptions",
         .operation_id = "subscribe",
         .summary = "Subscribe and pay for the first period; 202 and pending while the payment is being decided. With "
                    "time left of "
                    "a cancelled one: a dearer plan begins at once, for less; another when that time ends",
         .success = 201,
         .also = 202,
         .idempotent = true,
         .body = {plan, method},
         .reply = subscription,
         .handler = bound(subscribe)},
        {.method = "GET",
         .pattern = mine,
         .operation_id = "read_subscription",
         .summary = "One's own subscription: pending, active, past_due, cancelled or expired",
         .access = Access::Owner,
         .reply = subscription,
         .handler = bound(read_subscription)},
        {.method = "PUT",
         .pattern = mine,
         .operation_id = "change_subscription",
         .summary = "Change plan (a dearer one at once, another from the next period), payment method or renewal",
         .access = Access::Owner,
         .also = 202,
         .body = {other_plan,
                  other_method,
                  {.name = "auto_renew", .kind = Field::Kind::Flag, .required = false, .about = "false: as DELETE"}},
         .reply = subscription,
         .handler = bound(change_subscription)},
        {.method = "DELETE",
         .pattern = mine,
         .operation_id = "cancel_subscription",
         .summary = "Cancel at the end of what is paid for; a pending one at once",
         .access = Access::Owner,
         .reply = subscription,
         .handler = bound(cancel_subscription)},
        {.method = "GET",
         .pattern = "/api/v1/users/{user_id}/payments",
         .operation_id = "list_payments",
         .summary = "One's own payments, the newest first: pending, succeeded, declined, or refunded (in full)",
         .access = Access::Owner,
         .query = {{.name = "limit",
                    .kind = Field::Kind::Integer,
                    .required = false,
                    .least = 1,
                    .most = 100,
                    .about = "How many; 20 unless given"}},
         .reply = {says_list("payments", {says("payment_id"), says("subscription_id"), says("status"),
                                          says("purpose", "first, renewal or upgrade"), says("plan_id"),
                                          says_number("amount_minor"), says("currency"), says_number("refunded_minor"),
                                          may_say("decline_code"), says("created_at")})},
         .handler = bound(list_payments)},
        {.method = "POST",
         .pattern = "/api/v1/admin/refunds",
         .operation_id = "refund_payment",
         .summary = "Give money back; in full: with the time that was bought",
         .access = Access::Admin,
         .success = 201,
         .also = 202,
         .idempotent = true,
         .body = {text_field("payment_id", true, 64, "The payment"),
                  {.name = "amount_minor",
                   .kind = Field::Kind::Integer,
                   .required = false,
                   .least = 1,
                   .most = 1'000'000'000'000,
                   .about = "All that is left unless given"},
                  text_field("reason", false, 200, "For the books")},
         .reply = {says("refund_id"), says("payment_id"), says("status", "pending, done or failed"),
                   says_number("amount_minor"), says("reason")},
         .handler = bound(refund),
         .timeout = 30 * kSecond},  // it waits for the provider
        {.method = "GET",
         .pattern = "/api/v1/admin/ledger",
         .operation_id = "read_ledger",
         .summary = "Balances of all accounts, and whether the books balance",
         .access = Access::Admin,
         .reply = {says_flag("balanced"), says_number("entries_checked"),
                   says_list("accounts", {says("account"), says("currency"), says_number("balance_minor")}),
                   says_list("wrong", {}, "What does not balance")},
         .handler = bound(read_ledger)},
        {.method = "POST",
         .pattern = "/api/v1/payments/webhooks/{provider}",
         .operation_id = "take_payment_webhook",
         .summary = "For payment providers: an event, signed in the header stripe-signature",
         .access = Access::Public,
         .body = {text_field("id", true, 255, "Of the event"),
                  text_field("type", true, 255, "Of the event"),
                  {.name = "data", .kind = Field::Kind::Object, .about = "What it is about"}},
         .handler = bound(take_webhook)},
    };
}

}  // namespace matinee::payments
