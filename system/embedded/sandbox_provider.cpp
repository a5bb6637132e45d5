#include "system/embedded/sandbox_provider.hpp"

#include <algorithm>

#include "system/base/encoding.hpp"
#include "system/base/json.hpp"
#include "system/base/service_error.hpp"
#include "system/base/sha256.hpp"

namespace matinee {

using Outcome = ProviderPayment::Outcome;

/// What becomes of one call.
struct SandboxProvider::Fate {
    TimeNs latency = 0;
    bool fails_before = false;
    bool fails_after = false;
    bool times_out = false;
    bool declines = false;
    bool is_late = false;
};

struct SandboxProvider::Intent {
    ProviderPayment state;
    bool answer_is_lost = false;  ///< this time
};

namespace {

[[noreturn]] void no_answer(const char* why) { throw ServiceError(ErrorCode::Unavailable, why); }

ProviderPayment payment_of(const SqlRow& row) {
    const std::string& status = row.text(1);
    return {.provider_id = row.text(0),
            .outcome = status == "succeeded"  ? Outcome::Succeeded
                       : status == "declined" ? Outcome::Declined
                                              : Outcome::Processing,
            .decline_code = status == "declined" ? row.text(2) : ""};
}

ProviderRefund refund_of_row(const SqlRow& row) {
    const std::string& status = row.text(1);
    return {.provider_id = row.text(0),
            .outcome = status == "succeeded" ? ProviderRefund::Outcome::Done
                       : status == "failed"  ? ProviderRefund::Outcome::Failed
                                             : ProviderRefund::Outcome::Pending};
}

ProviderPayment payment_by_id(SqlTransaction& tx, const std::string& provider_id) {
    const auto row =
        tx.find("SELECT provider_id, status, decline_code FROM sandbox_intents WHERE provider_id = $1", provider_id);
    if (!row) throw ServiceError(ErrorCode::NotFound);
    return payment_of(*row);
}

/// The sandbox once decided refunds at once and never forgot their keys. What it knew then it still knows.
void take_over_refunds(SqlTransaction& tx) {
    if (!tx.find("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'sandbox_refunds'")) return;
    tx.execute(
        "INSERT INTO sandbox_refund_orders(number, refund_id, idempotency_key, reference, provider_id, amount_minor,"
        "  currency, status, fails, decided_at, key_until)"
        " SELECT rowid, refund_id, idempotency_key, idempotency_key, provider_id, amount_minor, currency,"
        "  CASE failed WHEN 0 THEN 'succeeded' ELSE 'failed' END, failed, 0, $1 FROM sandbox_refunds ORDER BY rowid",
        kNever);
    tx.execute("DROP TABLE sandbox_refunds");
}

bool is_known(const std::string& method) {
    return method == "pm_ok" || method == "pm_timeout" || method == "pm_late" || method == "pm_declined";
}

void create_sandbox_tables(SqlTransaction& tx) {
    // `charges` can be more than one only if the sandbox itself is wrong; more than one intent of a reference charged
    // is the caller's fault.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS sandbox_intents("
        "  number BIGINT PRIMARY KEY, provider_id TEXT NOT NULL UNIQUE, idempotency_key TEXT NOT NULL,"
        "  reference TEXT NOT NULL, method TEXT NOT NULL, amount_minor BIGINT NOT NULL, currency TEXT NOT NULL,"
        "  status TEXT NOT NULL, decline_code TEXT NOT NULL, charges BIGINT NOT NULL, refunded_minor BIGINT NOT NULL,"
        "  decided_at BIGINT NOT NULL, key_until BIGINT NOT NULL)");
    tx.execute("CREATE INDEX IF NOT EXISTS sandbox_intents_by_key ON sandbox_intents(idempotency_key)");
    tx.execute("CREATE INDEX IF NOT EXISTS sandbox_intents_of_reference ON sandbox_intents(reference)");
    tx.execute("CREATE INDEX IF NOT EXISTS sandbox_intents_due ON sandbox_intents(status, decided_at)");
    // status: pending, succeeded, failed. fails: what one that is pending will be.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS sandbox_refund_orders("
        "  number BIGINT PRIMARY KEY, refund_id TEXT NOT NULL UNIQUE, idempotency_key TEXT NOT NULL,"
        "  reference TEXT NOT NULL, provider_id TEXT NOT NULL, amount_minor BIGINT NOT NULL, currency TEXT NOT NULL,"
        "  status TEXT NOT NULL, fails BIGINT NOT NULL, decided_at BIGINT NOT NULL, key_until BIGINT NOT NULL)");
    tx.execute("CREATE INDEX IF NOT EXISTS sandbox_refunds_by_key ON sandbox_refund_orders(idempotency_key)");
    tx.execute("CREATE INDEX IF NOT EXISTS sandbox_refunds_of_intent ON sandbox_refund_orders(provider_id, reference)");
    tx.execute("CREATE INDEX IF NOT EXISTS sandbox_refunds_due ON sandbox_refund_orders(status, decided_at)");
    take_over_refunds(tx);
    tx.execute(
        "CREATE TABLE IF NOT EXISTS sandbox_webhooks("
        "  number BIGINT PRIMARY KEY, body TEXT NOT NULL, due_at BIGINT NOT NULL, attempts BIGINT NOT NULL)");
    tx.execute("CREATE INDEX IF NOT EXISTS sandbox_webhooks_due ON sandbox_webhooks(due_at)");
    tx.execute("CREATE TABLE IF NOT EXISTS sandbox_counters(name TEXT PRIMARY KEY, value BIGINT NOT NULL)");
}

int64_t next_number(SqlTransaction& tx, const char* counter) {
    tx.execute(
        "INSERT INTO sandbox_counters(name, value) VALUES($1, 1)"
        " ON CONFLICT(name) DO UPDATE SET value = sandbox_counters.value + 1",
        counter);
    return tx.find("SELECT value FROM sandbox_counters WHERE name = $1", counter)->integer(0);
}

/// An event as Stripe words it.
std::string event_body(const std::string& event_id, const char* type, TimeNs now, const SqlRow& intent) {
    JsonOut out;
    out.object().text("id", event_id).text("object", "event").text("type", type).integer("created", now / kSecond);
    out.key("data").object().key("object").object().text("id", intent.text(0)).text("object", "payment_intent");
    const std::string& status = intent.text(1);
    out.text("status", status == "declined" ? "requires_payment_method" : status);
    out.integer("amount", intent.integer(3)).text("currency", intent.text(4));
    if (status == "declined") out.key("last_payment_error").object().text("code", intent.text(2)).end();
    out.key("metadata").object().text("reference", intent.text(5)).end();
    return out.end().end().end().take();
}

}  // namespace

SandboxProvider::SandboxProvider(Clock& clock, SqliteDatabase& database, std::string webhook_secret,
                                 const SandboxModel& model)
    : clock_(clock), database_(database), webhook_secret_(std::move(webhook_secret)), model_(model) {
    auto create = [](SqlTransaction& tx) { create_sandbox_tables(tx); };
    database_.transact(Sql::Access::Write, SqlBody(create));
}

SandboxProvider::Fate SandboxProvider::draw(Call call) {
    const int64_t number = transact([&](SqlTransaction& tx) { return next_number(tx, "calls"); });
    RandomStream stream(model_.seed, Purpose::Provider, uint64_t(number));
    const auto happens = [&](int percent) { return int(stream.below(100)) < percent; };
    const SandboxFaults& faults = model_.faults;
    Fate fate;
    fate.latency = happens(faults.slow) ? model_.slow_latency : model_.latency;
    fate.fails_before = happens(faults.fail_before);
    fate.fails_after = happens(faults.fail_after);
    fate.times_out = happens(faults.time_out);
    const bool moves_money = call != Call::Look;
    fate.declines = moves_money && happens(call == Call::Pay ? faults.decline : faults.refund_fail);
    fate.is_late = moves_money && happens(call == Call::Pay ? faults.late : faults.refund_pending);
    return fate;
}

Task<> SandboxProvider::arrive(const Fate& fate) {
    co_await clock_.sleep_until(clock_.now() + std::min(fate.latency, model_.patience) / 2);
    if (fate.fails_before) no_answer("the provider is down");
}

Task<> SandboxProvider::answer(const Fate& fate, bool lost) {
    const TimeNs half = std::min(fate.latency, model_.patience) / 2;
    const bool silent = lost || fate.times_out;
    co_await clock_.sleep_until(clock_.now() + (silent ? model_.patience - half : half));
    if (silent) no_answer("the provider did not answer");
    if (fate.fails_after) no_answer("the provider failed");
}

Task<bool> SandboxProvider::knows(std::string payment_method) {
    const Fate fate = draw(Call::Look);
    co_await arrive(fate);
    co_await answer(fate, false);
    co_return is_known(payment_method);
}

Task<ProviderPayment> SandboxProvider::pay(PaymentOrder order) {
    const Fate fate = draw(Call::Pay);
    co_await arrive(fate);
    const Intent intent = transact([&](SqlTransaction& tx) { return intent_of(tx, order, fate); });
    co_await answer(fate, intent.answer_is_lost);
    co_return intent.state;
}

SandboxProvider::Intent SandboxProvider::intent_of(SqlTransaction& tx, const PaymentOrder& order, const Fate& fate) {
    settle_due(tx);
    const auto known = tx.find(
        "SELECT provider_id, status, decline_code, method, amount_minor, currency, reference FROM sandbox_intents"
        " WHERE idempotency_key = $1 AND key_until > $2 ORDER BY number DESC LIMIT 1",
        order.idempotency_key, clock_.now());
    if (known) {
        if (known->text(3) != order.payment_method || known->integer(4) != order.amount.minor ||
            known->text(5) != order.amount.currency || known->text(6) != order.reference)
            throw ServiceError(ErrorCode::IdempotencyKeyReused);
        return {.state = payment_of(*known)};
    }
    const int64_t number = next_number(tx, "intents");
    const std::string id = "pi_sandbox_" + std::to_string(number);
    const std::string& method = order.payment_method;
    const bool late = fate.is_late || method == "pm_late";
    tx.execute(
        "INSERT INTO sandbox_intents(number, provider_id, idempotency_key, reference, method, amount_minor, currency,"
        "  status, decline_code, charges, refunded_minor, decided_at, key_until)"
        " VALUES($1, $2, $3, $4, $5, $6, $7, 'processing', $8, 0, 0, $9, $10)",
        number, id, order.idempotency_key, order.reference, method, order.amount.minor, order.amount.currency,
        fate.declines ? "card_declined" : "", clock_.now() + (late ? model_.late_after : 0),
        clock_.now() + model_.key_lifetime);
    if (!is_known(method))
        settle(tx, id, false, "unknown_payment_method");
    else if (method == "pm_declined")
        settle(tx, id, false, "card_declined");
    else if (late)
        queue_webhook(tx, id, "payment_intent.processing");
    else
        settle(tx, id, !fate.declines, fate.declines ? "card_declined" : "");
    return {.state = payment_by_id(tx, id), .answer_is_lost = method == "pm_timeout"};
}

void SandboxProvider::settle(SqlTransaction& tx, const std::string& provider_id, bool succeeds,
                             const std::string& decline_code) {
    tx.execute(
        "UPDATE sandbox_intents SET status = $1, decline_code = $2, charges = charges + $3 WHERE provider_id = $4",
        succeeds ? "succeeded" : "declined", decline_code, succeeds, provider_id);
    queue_webhook(tx, provider_id, succeeds ? "payment_intent.succeeded" : "payment_intent.payment_failed");
}

/// Decides those that were late and whose time has come. What they will be stands in their decline code.
void SandboxProvider::settle_due(SqlTransaction& tx) {
    const SqlRows due = tx.query(
        "SELECT provider_id, decline_code FROM sandbox_intents WHERE status = 'processing' AND decided_at <= $1"
        " ORDER BY decided_at, number",
        clock_.now());
    for (const SqlRow& row : due) settle(tx, row.text(0), row.text(1).empty(), row.text(1));
}

void SandboxProvider::queue_webhook(SqlTransaction& tx, const std::string& provider_id, const char* type) {
    const auto intent = tx.find(
        "SELECT provider_id, status, decline_code, amount_minor, currency, reference FROM sandbox_intents"
        " WHERE provider_id = $1",
        provider_id);
    const int64_t number = next_number(tx, "webhooks");
    RandomStream stream(model_.seed, Purpose::Provider, uint64_t(number), 1);
    const auto happens = [&](int percent) { return int(stream.below(100)) < percent; };
    const bool lost = happens(model_.faults.webhook_lost);
    const bool late = happens(model_.faults.webhook_late);
    const bool twice = happens(model_.faults.webhook_twice);
    if (lost) return;
    const std::string body = event_body("evt_sandbox_" + std::to_string(number), type, clock_.now(), *intent);
    const TimeNs due = clock_.now() + (late ? model_.webhook_late_after : model_.webhook_after);
    const auto send = [&](int64_t as, TimeNs at) {
        tx.execute("INSERT INTO sandbox_webhooks(number, body, due_at, attempts) VALUES($1, $2, $3, 0)", as, body, at);
    };
    send(number, due);
    if (twice) send(next_number(tx, "webhooks"), due + model_.webhook_after);
}

Task<ProviderPayment> SandboxProvider::retrieve(std::string provider_id) {
    const Fate fate = draw(Call::Look);
    co_await arrive(fate);
    const ProviderPayment state = transact([&](SqlTransaction& tx) {
        settle_due(tx);
        return payment_by_id(tx, provider_id);
    });
    co_await answer(fate, false);
    co_return state;
}

Task<std::optional<ProviderPayment>> SandboxProvider::find(std::string reference) {
    const Fate fate = draw(Call::Look);
    co_await arrive(fate);
    const std::optional<ProviderPayment> state = transact([&](SqlTransaction& tx) {
        settle_due(tx);
        const auto row = tx.find(
            "SELECT provider_id, status, decline_code FROM sandbox_intents WHERE reference = $1"
            " ORDER BY number DESC LIMIT 1",
            reference);
        return row ? std::optional<ProviderPayment>(payment_of(*row)) : std::nullopt;
    });
    co_await answer(fate, false);
    co_return state;
}

Task<ProviderRefund> SandboxProvider::refund(RefundOrder order) {
    const Fate fate = draw(Call::Refund);
    co_await arrive(fate);
    const ProviderRefund state = transact([&](SqlTransaction& tx) { return refund_of(tx, order, fate); });
    co_await answer(fate, false);
    co_return state;
}

/// The refund of an order, made where its key is not known.
ProviderRefund SandboxProvider::refund_of(SqlTransaction& tx, const RefundOrder& order, const Fate& fate) {
    settle_due(tx);
    settle_refunds(tx);
    const TimeNs now = clock_.now();
    const auto known = tx.find(
        "SELECT refund_id, status, provider_id, amount_minor, currency, reference FROM sandbox_refund_orders"
        " WHERE idempotency_key = $1 AND key_until > $2 ORDER BY number DESC LIMIT 1",
        order.idempotency_key, now);
    if (known) {
        if (known->text(2) != order.provider_id || known->integer(3) != order.amount.minor ||
            known->text(4) != order.amount.currency || known->text(5) != order.reference)
            throw ServiceError(ErrorCode::IdempotencyKeyReused);
        return refund_of_row(*known);
    }
    // One that is pending has taken its amount already, so that no other can.
    const bool fails_now = fate.declines && !fate.is_late;
    const bool taken = !fails_now && order.amount.minor > 0 &&
                       tx.execute(
                           "UPDATE sandbox_intents SET refunded_minor = refunded_minor + $1 WHERE provider_id = $2"
                           " AND status = 'succeeded' AND currency = $3 AND refunded_minor + $1 <= amount_minor",
                           order.amount.minor, order.provider_id, order.amount.currency) == 1;
    const std::string status = !taken ? "failed" : fate.is_late ? "pending" : "succeeded";
    const int64_t number = next_number(tx, "refunds");
    const std::string id = "re_sandbox_" + std::to_string(number);
    tx.execute(
        "INSERT INTO sandbox_refund_orders(number, refund_id, idempotency_key, reference, provider_id, amount_minor,"
        "  currency, status, fails, decided_at, key_until) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        number, id, order.idempotency_key, order.reference, order.provider_id, order.amount.minor,
        order.amount.currency, status, fate.declines, now + (fate.is_late ? model_.refund_after : 0),
        now + model_.key_lifetime);
    return refund_of_row(
        tx.find("SELECT refund_id, status FROM sandbox_refund_orders WHERE number = $1", number).value());
}

/// Decides refunds that were pending and whose time has come.
void SandboxProvider::settle_refunds(SqlTransaction& tx) {
    const SqlRows due = tx.query(
        "SELECT number, fails, provider_id, amount_minor FROM sandbox_refund_orders"
        " WHERE status = 'pending' AND decided_at <= $1 ORDER BY decided_at, number",
        clock_.now());
    for (const SqlRow& row : due) {
        const bool fails = row.integer(1) != 0;
        tx.execute("UPDATE sandbox_refund_orders SET status = $1 WHERE number = $2", fails ? "failed" : "succeeded",
                   row.integer(0));
        if (fails)
            tx.execute("UPDATE sandbox_intents SET refunded_minor = refunded_minor - $1 WHERE provider_id = $2",
                       row.integer(3), row.text(2));
    }
}

Task<ProviderRefund> SandboxProvider::retrieve_refund(std::string refund_id) {
    const Fate fate = draw(Call::Look);
    co_await arrive(fate);
    const ProviderRefund state = transact([&](SqlTransaction& tx) {
        settle_refunds(tx);
        const auto row = tx.find("SELECT refund_id, status FROM sandbox_refund_orders WHERE refund_id = $1", refund_id);
        if (!row) throw ServiceError(ErrorCode::NotFound);
        return refund_of_row(*row);
    });
    co_await answer(fate, false);
    co_return state;
}

Task<std::optional<ProviderRefund>> SandboxProvider::find_refund(std::string provider_id, std::string reference) {
    const Fate fate = draw(Call::Look);
    co_await arrive(fate);
    const std::optional<ProviderRefund> state = transact([&](SqlTransaction& tx) {
        settle_refunds(tx);
        const auto row = tx.find(
            "SELECT refund_id, status FROM sandbox_refund_orders WHERE provider_id = $1 AND reference = $2"
            " ORDER BY number DESC LIMIT 1",
            provider_id, reference);
        return row ? std::optional<ProviderRefund>(refund_of_row(*row)) : std::nullopt;
    });
    co_await answer(fate, false);
    co_return state;
}

ProviderNotice SandboxProvider::read_notice(const std::string& body) const {
    try {
        const Json json = Json::parse(body);
        const auto text = [](const Json* in, const char* name) -> const std::string* {
            const Json* const found = in == nullptr ? nullptr : in->find(name);
            return found == nullptr ? nullptr : found->text();
        };
        const Json* const data = json.find("data");
        const Json* const object = data == nullptr ? nullptr : data->find("object");
        const std::string* const event_id = text(&json, "id");
        const std::string* const id = text(object, "id");
        const std::string* const status = text(object, "status");
        const std::string* const reference = object == nullptr ? nullptr : text(object->find("metadata"), "reference");
        const std::string* const code = object == nullptr ? nullptr : text(object->find("last_payment_error"), "code");
        if (event_id == nullptr || id == nullptr || status == nullptr || reference == nullptr)
            throw ServiceError(ErrorCode::MalformedRequest, "not an event of the sandbox");
        ProviderPayment payment{.provider_id = *id, .decline_code = code == nullptr ? "" : *code};
        if (*status == "succeeded") payment.outcome = Outcome::Succeeded;
        if (*status == "requires_payment_method") payment.outcome = Outcome::Declined;
        if (payment.outcome != Outcome::Declined) payment.decline_code.clear();
        return {.event_id = *event_id, .reference = *reference, .payment = payment};
    } catch (const JsonError&) {
        throw ServiceError(ErrorCode::MalformedRequest, "not JSON");
    }
}

Task<size_t> SandboxProvider::deliver(size_t limit, Post post) {
    const SqlRows due = transact([&](SqlTransaction& tx) {
        settle_due(tx);
        return tx.query(
            "SELECT number, body, attempts FROM sandbox_webhooks WHERE due_at <= $1 ORDER BY due_at, number LIMIT $2",
            clock_.now(), limit);
    });
    for (const SqlRow& row : due) {
        const std::string time = std::to_string(clock_.now() / kSecond);
        const std::string signature =
            "t=" + time + ",v1=" + to_hex(hmac_sha256(webhook_secret_, time + "." + row.text(1)));
        int status = 0;
        try {
            status = co_await post(row.text(1), signature);
        } catch (const std::exception&) {
            status = 0;  // as if nobody had answered
        }
        const int64_t attempts = row.integer(2) + 1;
        transact([&](SqlTransaction& tx) {
            if ((status >= 200 && status < 300) || attempts >= model_.webhook_attempts)
                return tx.execute("DELETE FROM sandbox_webhooks WHERE number = $1", row.integer(0));
            return tx.execute("UPDATE sandbox_webhooks SET attempts = $1, due_at = $2 WHERE number = $3", attempts,
                              clock_.now() + (model_.webhook_again << std::min<int64_t>(attempts - 1, 10)),
                              row.integer(0));
        });
    }
    co_return due.size();
}

std::vector<SandboxProvider::Tally> SandboxProvider::tallies() {
    const SqlRows rows = transact([&](SqlTransaction& tx) {
        return tx.query(
            "SELECT reference, SUM(charges), SUM(charges * amount_minor), SUM(refunded_minor) FROM sandbox_intents"
            " GROUP BY reference ORDER BY reference");
    });
    std::vector<Tally> tallies;
    for (const SqlRow& row : rows)
        tallies.push_back({.reference = row.text(0),
                           .charges = row.integer(1),
                           .charged_minor = row.integer(2),
                           .refunded_minor = row.integer(3)});
    return tallies;
}

}  // namespace matinee
