#include "system/platform/migrations.hpp"

#include <string>

#include "system/accounts/schema.hpp"
#include "system/catalog/schema.hpp"
#include "system/discovery/schema.hpp"
#include "system/events/outbox.hpp"
#include "system/events/retention.hpp"
#include "system/gateway/idempotency.hpp"
#include "system/payments/schema.hpp"
#include "system/playback/schema.hpp"
#include "system/profiles/schema.hpp"

namespace matinee::platform {

namespace {

/// A database from before there were versions has these tables already, some of them with another layout on the disk.
void create_tables(SqlTransaction& tx) {
    events::create_tables(tx);
    accounts::create_tables(tx);
    gateway::Idempotency::create_tables(tx);
    payments::create_tables(tx);
    catalog::create_tables(tx);
    discovery::create_tables(tx);
    profiles::create_tables(tx);
    playback::create_tables(tx);
}

/// Others serve the same queries since; these would only be written.
void drop_replaced_indexes(SqlTransaction& tx) {
    tx.execute("DROP INDEX IF EXISTS subscriptions_of_user");
    tx.execute("DROP INDEX IF EXISTS streams_open_of_user");
}

/// Open refunds were ordered as soon as they were written, as far as anybody knows. The index has the payments that
/// nobody gives back any more: none, or few.
void date_refund_orders(SqlTransaction& tx) {
    tx.execute("ALTER TABLE refunds ADD COLUMN ordered_at BIGINT NOT NULL DEFAULT 0");
    tx.execute("UPDATE refunds SET ordered_at = created_at WHERE asks > 0");
    tx.execute(
        "CREATE INDEX IF NOT EXISTS payments_owed ON payments(payment_id)"
        " WHERE status = 'succeeded' AND covers_until = 0 AND refunded_minor < amount_minor");
}

/// The log keeps its events until those who follow a topic have read them; who follows another one is enrolled by
/// another step.
void keep_events_for_a_while(SqlTransaction& tx) {
    events::create_erasures(tx);
    for (const char* const consumer : {"idempotency", "payments", "playback", "profiles"})
        events::enrol(tx, consumer, "accounts");
    for (const char* const consumer : {"idempotency", "playback"}) events::enrol(tx, consumer, "profiles");
    events::enrol(tx, "search", "catalog");
    events::enrol(tx, "trending", "playback");
}

void drop_index_epochs(SqlTransaction& tx) { tx.execute("DROP TABLE IF EXISTS search_indexes"); }

/// Those that go unused are found by looking through the table.
void drop_devices_by_use(SqlTransaction& tx) { tx.execute("DROP INDEX IF EXISTS devices_by_use"); }

/// Each payment was for one period, and no time was taken off the price of another.
void note_credits(SqlTransaction& tx) {
    tx.execute("ALTER TABLE payments ADD COLUMN periods BIGINT NOT NULL DEFAULT 1");
    tx.execute("ALTER TABLE payments ADD COLUMN credited_to TEXT NOT NULL DEFAULT ''");
    tx.execute("ALTER TABLE payments ADD COLUMN credited_minor BIGINT NOT NULL DEFAULT 0");
}

/// Every start of a stream asks what its user has paid for: the index answers that without the table.
void index_paid_times(SqlTransaction& tx) {
    tx.execute("DROP INDEX IF EXISTS subscriptions_by_user");
    tx.execute(
        "CREATE INDEX IF NOT EXISTS paid_times_of_user ON subscriptions(user_id, created_at, subscription_id, plan_id,"
        " status, paid_from, paid_until)");
}

constexpr Migration kMigrations[] = {
    {1, "the tables of all services", create_tables},
    {2, "no indexes that nothing uses", drop_replaced_indexes},
    {3, "when refunds were ordered", date_refund_orders},
    {4, "events are kept for a while", keep_events_for_a_while},
    {5, "ends of sessions are noted for sure", accounts::create_ended_sessions},
    {6, "the index is compared with the catalogue itself", drop_index_epochs},
    {7, "streams in the order of their users", playback::keep_streams_by_user},
    {8, "an outbox that counts its rows", events::count_rows},
    {9, "no index of devices by their use", drop_devices_by_use},
    {10, "what payments were credited with", note_credits},
    {11, "what users have paid for, in an index", index_paid_times},
};

int64_t version_of(SqlTransaction& tx) {
    return tx.find("SELECT COALESCE(MAX(version), 0) FROM schema_versions")->integer(0);
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Task<> migrate(Sql& sql, std::span<const Migration> steps, TimeNs now) {
    const auto look = [](SqlTransaction& tx) {
        tx.execute(
            "CREATE TABLE IF NOT EXISTS schema_versions("
            "  version BIGINT PRIMARY KEY, about TEXT NOT NULL, applied_at BIGINT NOT NULL)");
        return version_of(tx);
    };
    const int64_t found = co_await sql.write(look);
    const int64_t newest = steps.empty() ? 0 : steps.back().version;
    if (found > newest)
        throw SchemaError("their tables have version " + std::to_string(found) +
                          ", and this program knows them up to " + std::to_string(newest) +
                          ": a newer matinee wrote there; use that one, or another folder");
    for (const Migration& step : steps) {
        if (step.version <= found) continue;
        const auto apply = [&](SqlTransaction& tx) {
            if (version_of(tx) >= step.version) return;  // somebody else was quicker
            step.apply(tx);
            tx.execute("INSERT INTO schema_versions(version, about, applied_at) VALUES($1, $2, $3)", step.version,
                       step.about, now);
        };
        co_await sql.write(apply);
    }
}

}  // namespace matinee::platform
