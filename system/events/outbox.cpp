#include "system/events/outbox.hpp"

#include <algorithm>
#include <span>

namespace matinee::events {

void create_tables(SqlTransaction& tx) {
    tx.execute(
        "CREATE TABLE IF NOT EXISTS outbox("
        "  sequence BIGINT PRIMARY KEY, event_id TEXT NOT NULL, topic TEXT NOT NULL, type TEXT NOT NULL,"
        "  key TEXT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL) /* clustered */");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS consumer_positions("
        "  consumer TEXT NOT NULL, topic TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY(consumer, topic)) /* clustered */");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS consumed_events("
        "  consumer TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY(consumer, event_id)) /* clustered */");
}

void count_rows(SqlTransaction& tx) {
    tx.execute(
        "CREATE TABLE counted_outbox("
        "  sequence BIGINT PRIMARY KEY /* counted */, event_id TEXT NOT NULL, topic TEXT NOT NULL, type TEXT NOT NULL,"
        "  key TEXT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL)");
    tx.execute(
        "INSERT INTO counted_outbox(sequence, event_id, topic, type, key, at, data)"
        " SELECT sequence, event_id, topic, type, key, at, data FROM outbox");
    tx.execute("DROP TABLE outbox");
    tx.execute("ALTER TABLE counted_outbox RENAME TO outbox");
}

void append(SqlTransaction& tx, const Event& event) {
    tx.execute("INSERT INTO outbox(event_id, topic, type, key, at, data) VALUES($1, $2, $3, $4, $5, $6)",
               event.event_id, event.topic, event.type, event.key, event.at, event.data);
}

int64_t unpublished(SqlTransaction& tx) {
    return tx.find("SELECT COALESCE((SELECT MAX(sequence) FROM outbox) - (SELECT MIN(sequence) FROM outbox) + 1, 0)")
        ->integer(0);
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
    // By number and name, not "up to the last number": numbers start again once the outbox has been empty.
    const auto strike_off = [&](SqlTransaction& tx) {
        for (const SqlRow& row : rows)
            tx.execute("DELETE FROM outbox WHERE sequence = $1 AND event_id = $2", row.integer(0), row.text(1));
    };
    co_await sql.write(strike_off);
    co_return events.size();
}

namespace {

/// Who follows which topic.
struct Follower {
    std::string consumer;
    std::string topic;

    int64_t position(SqlTransaction& tx) const {
        const auto row =
            tx.find("SELECT position FROM consumer_positions WHERE consumer = $1 AND topic = $2", consumer, topic);
        return row ? row->integer(0) : 0;
    }
    /// Notes an event; false where it was noted before.
    bool meets(SqlTransaction& tx, const Event& event) const {
        return tx.execute("INSERT INTO consumed_events(consumer, event_id) VALUES($1, $2) ON CONFLICT DO NOTHING",
                          consumer, event.event_id) == 1;
    }
    void advance_to(SqlTransaction& tx, int64_t position) const {
        tx.execute(
            "INSERT INTO consumer_positions(consumer, topic, position) VALUES($1, $2, $3)"
            " ON CONFLICT(consumer, topic) DO UPDATE SET position = excluded.position"
            " WHERE consumer_positions.position < excluded.position",
            consumer, topic, position);
    }
};

Task<std::vector<LoggedEvent>> next_events(Sql& sql, EventLog& log, const Follower& follower, size_t limit) {
    const auto find_position = [&](SqlTransaction& tx) { return follower.position(tx); };
    const int64_t position = co_await sql.read(find_position);
    co_return co_await log.read(follower.topic, position, limit);
}

}  // namespace

Task<size_t> consume(Sql& sql, EventLog& log, std::string consumer, std::string topic, size_t limit,
                     std::function<void(SqlTransaction&, const Event&)> apply) {
    const Follower follower{std::move(consumer), std::move(topic)};
    const std::vector<LoggedEvent> found = co_await next_events(sql, log, follower, limit);
    size_t at_once = 32;  // a few hundred microseconds: others wait behind a transaction
    std::span<const LoggedEvent> part;
    const auto apply_part = [&](SqlTransaction& tx) {
        for (const LoggedEvent& logged : part)
            if (follower.meets(tx, logged.event)) apply(tx, logged.event);
        follower.advance_to(tx, part.back().position);
    };
    for (size_t done = 0; done < found.size();) {
        part = std::span(found).subspan(done, std::min(at_once, found.size() - done));
        bool applied = true;
        try {
            co_await sql.write(apply_part);
        } catch (...) {
            if (part.size() == 1) throw;
            applied = false;
        }
        // One that is refused holds up those behind it, but not those before it.
        if (applied)
            done += part.size();
        else
            at_once = 1;
    }
    co_return found.size();
}

Task<size_t> consume_together(Sql& sql, EventLog& log, std::string consumer, std::string topic, size_t limit,
                              std::function<void(SqlTransaction&, const Event&)> apply) {
    const Follower follower{std::move(consumer), std::move(topic)};
    const std::vector<LoggedEvent> found = co_await next_events(sql, log, follower, limit);
    if (found.empty()) co_return 0;
    const auto apply_all = [&](SqlTransaction& tx) {
        for (const LoggedEvent& logged : found)
            if (follower.meets(tx, logged.event)) apply(tx, logged.event);
        follower.advance_to(tx, found.back().position);
    };
    co_await sql.write(apply_all);
    co_return found.size();
}

}  // namespace matinee::events
