#include "system/events/outbox.hpp"

namespace matinee::events {

void create_tables(SqlTransaction& tx) {
    tx.execute(
        "CREATE TABLE IF NOT EXISTS outbox("
        "  sequence BIGINT PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, topic TEXT NOT NULL, type TEXT NOT NULL,"
        "  key TEXT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL)");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS consumer_positions("
        "  consumer TEXT NOT NULL, topic TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY(consumer, topic))");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS consumed_events("
        "  consumer TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY(consumer, event_id))");
}

void append(SqlTransaction& tx, const Event& event) {
    tx.execute(
        "INSERT INTO outbox(sequence, event_id, topic, type, key, at, data)"
        " SELECT COALESCE(MAX(sequence), 0) + 1, $1, $2, $3, $4, $5, $6 FROM outbox",
        event.event_id, event.topic, event.type, event.key, event.at, event.data);
}

Task<size_t> pump(Sql& sql, EventLog& log, size_t limit) {
    const auto oldest = [&](SqlTransaction& tx) {
        return tx.query("SELECT sequence, event_id, topic, type, key, at, data FROM outbox ORDER BY sequence LIMIT $1",
                        limit);
    };
    const SqlRows rows = co_await sql.read(oldest);
    if (rows.empty()) co_return 0;
    std::vector<Event> events;
    for (const SqlRow& row : rows)
        events.push_back({row.text(1), row.text(2), row.text(3), row.text(4), row.integer(5), row.text(6)});
    co_await log.publish(events);
    // Event by event, not "up to the last sequence": numbers start again once the outbox has been empty.
    const auto strike_off = [&](SqlTransaction& tx) {
        for (const Event& event : events) tx.execute("DELETE FROM outbox WHERE event_id = $1", event.event_id);
    };
    co_await sql.write(strike_off);
    co_return events.size();
}

Task<size_t> consume(Sql& sql, EventLog& log, std::string consumer, std::string topic, size_t limit,
                     std::function<void(SqlTransaction&, const Event&)> apply) {
    const auto find_position = [&](SqlTransaction& tx) {
        const auto row =
            tx.find("SELECT position FROM consumer_positions WHERE consumer = $1 AND topic = $2", consumer, topic);
        return row ? row->integer(0) : 0;
    };
    const int64_t position = co_await sql.read(find_position);
    const std::vector<LoggedEvent> found = co_await log.read(topic, position, limit);
    for (const LoggedEvent& logged : found) {
        const auto apply_once = [&](SqlTransaction& tx) {
            const int64_t first_time =
                tx.execute("INSERT INTO consumed_events(consumer, event_id) VALUES($1, $2) ON CONFLICT DO NOTHING",
                           consumer, logged.event.event_id);
            if (first_time == 1) apply(tx, logged.event);
            tx.execute(
                "INSERT INTO consumer_positions(consumer, topic, position) VALUES($1, $2, $3)"
                " ON CONFLICT(consumer, topic) DO UPDATE SET position = excluded.position"
                " WHERE consumer_positions.position < excluded.position",
                consumer, topic, logged.position);
        };
        co_await sql.write(apply_once);
    }
    co_return found.size();
}

}  // namespace matinee::events
