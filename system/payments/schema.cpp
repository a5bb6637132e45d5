#include "system/payments/schema.hpp"

#include "system/payments/ledger.hpp"

namespace matinee::payments {

void create_tables(SqlTransaction& tx) {
    // Empty texts and zeros mean none. paid_until is 0 until the first payment; open_payment is the one payment that
    // may change the subscription: any other that succeeds is refunded. anchor_at is the moment whose day of the month
    // the periods end on. due_at is when maintain() must look at it.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS subscriptions("
        "  subscription_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, plan_id TEXT NOT NULL, next_plan_id TEXT NOT NULL,"
        "  status TEXT NOT NULL, payment_method TEXT NOT NULL, request_key TEXT NOT NULL, open_payment TEXT NOT NULL,"
        "  anchor_at BIGINT NOT NULL, paid_from BIGINT NOT NULL, paid_until BIGINT NOT NULL, tries BIGINT NOT NULL,"
        "  due_at BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)");
    tx.execute(
        "CREATE INDEX IF NOT EXISTS subscriptions_by_user ON subscriptions(user_id, created_at, subscription_id)");
    tx.execute("CREATE INDEX IF NOT EXISTS subscriptions_due ON subscriptions(due_at)");
    // One that lives for a user, whatever races.
    tx.execute(
        "CREATE UNIQUE INDEX IF NOT EXISTS living_subscription_of_user ON subscriptions(user_id)"
        " WHERE status IN ('pending', 'active', 'past_due')");
    // One attempt at one charge; payment_id is its idempotency key. Written before the provider is asked.
    // purpose: first, renewal, upgrade. status: open, succeeded, declined.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS payments("
        "  payment_id TEXT PRIMARY KEY, subscription_id TEXT NOT NULL REFERENCES subscriptions(subscription_id),"
        "  user_id TEXT NOT NULL, purpose TEXT NOT NULL, plan_id TEXT NOT NULL, amount_minor BIGINT NOT NULL,"
        "  currency TEXT NOT NULL, payment_method TEXT NOT NULL, status TEXT NOT NULL, provider_id TEXT NOT NULL,"
        "  decline_code TEXT NOT NULL, refunded_minor BIGINT NOT NULL, covers_from BIGINT NOT NULL,"
        "  covers_until BIGINT NOT NULL, asks BIGINT NOT NULL, asked_at BIGINT NOT NULL, due_at BIGINT NOT NULL,"
        "  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)");
    tx.execute("CREATE INDEX IF NOT EXISTS payments_of_subscription ON payments(subscription_id, created_at)");
    tx.execute("CREATE INDEX IF NOT EXISTS payments_of_user ON payments(user_id, created_at)");
    tx.execute("CREATE INDEX IF NOT EXISTS payments_due ON payments(due_at)");
    // refund_id is its idempotency key. status: open, done, failed. refunded_minor of the payment counts open ones too.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS refunds("
        "  refund_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL REFERENCES payments(payment_id),"
        "  amount_minor BIGINT NOT NULL, reason TEXT NOT NULL, request_key TEXT NOT NULL, status TEXT NOT NULL,"
        "  provider_id TEXT NOT NULL, asks BIGINT NOT NULL, due_at BIGINT NOT NULL, created_at BIGINT NOT NULL,"
        "  updated_at BIGINT NOT NULL)");
    tx.execute("CREATE INDEX IF NOT EXISTS refunds_of_payment ON refunds(payment_id)");
    tx.execute("CREATE INDEX IF NOT EXISTS refunds_due ON refunds(due_at)");
    tx.execute("CREATE INDEX IF NOT EXISTS refunds_by_key ON refunds(request_key)");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS webhook_events("
        "  provider TEXT NOT NULL, event_id TEXT NOT NULL, forget_at BIGINT NOT NULL, PRIMARY KEY(provider, "
        "event_id))");
    tx.execute("CREATE INDEX IF NOT EXISTS webhook_events_by_end ON webhook_events(forget_at)");
    // Users who were erased a short while ago.
    tx.execute("CREATE TABLE IF NOT EXISTS erased_payers(user_id TEXT PRIMARY KEY, forget_at BIGINT NOT NULL)");
    tx.execute("CREATE INDEX IF NOT EXISTS erased_payers_by_end ON erased_payers(forget_at)");
    ledger::create_tables(tx);
}

}  // namespace matinee::payments
