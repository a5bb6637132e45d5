#include "system/embedded/sqlite_event_log.hpp"

namespace matinee {

static std::vector<LoggedEvent> events_of(const SqlRows& rows, const std::string& topic) {
    std::vector<LoggedEvent> events;
    for (const SqlRow& row : rows)
        events.push_back({row.integer(0), {row.text(1), topic, row.text(2), row.text(3), row.integer(4), row.text(5)}});
    return events;
}

SqliteEventLog::SqliteEventLog(SqliteDatabase& database) : plain_(database), sql_(plain_) { create_table(database); }

SqliteEventLog::SqliteEventLog(SqliteDatabase& database, Sql& sql) : plain_(database), sql_(sql) {
    create_table(database);
}

void SqliteEventLog::create_table(SqliteDatabase& database) {
    auto create = [](SqlTransaction& tx) {
        tx.execute(
            "CREATE TABLE IF NOT EXISTS event_log("
            "  topic TEXT NOT NULL, position BIGINT NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL,"
            "  key TEXT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL, PRIMARY KEY(topic, position)) /* clustered "
            "*/");
        tx.execute("CREATE INDEX IF NOT EXISTS event_log_by_key ON event_log(key)");
        // The last position of a topic when events were last removed: it may have been one of theirs.
        tx.execute(
            "CREATE TABLE IF NOT EXISTS event_log_ends("
            "  topic TEXT PRIMARY KEY, position BIGINT NOT NULL) /* clustered */");
    };
    database.transact(Sql::Access::Write, SqlBody(create));
}

Task<> SqliteEventLog::publish(std::vector<Event> events) {
    const auto append = [&](SqlTransaction& tx) {
        for (const Event& event : events)
            tx.execute(
                "INSERT INTO event_log(topic, position, event_id, type, key, at, data)"
                " VALUES($1, 1 + MAX(COALESCE((SELECT MAX(position) FROM event_log WHERE topic = $1), 0),"
                "  COALESCE((SELECT position FROM event_log_ends WHERE topic = $1), 0)), $2, $3, $4, $5, $6)",
                event.topic, event.event_id, event.type, event.key, event.at, event.data);
    };
    co_await sql_.write(append);
}

Task<std::vector<LoggedEvent>> SqliteEventLog::read(std::string topic, int64_t after, size_t limit) {
    const auto select = [&](SqlTransaction& tx) {
        return tx.query(
            "SELECT position, event_id, type, key, at, data FROM event_log"
            " WHERE topic = $1 AND position > $2 ORDER BY position LIMIT $3",
            topic, after, limit);
    };
    const SqlRows rows = co_await sql_.read(select);
    co_return events_of(rows, topic);
}

Task<std::vector<LoggedEvent>> SqliteEventLog::read_about(std::string topic, std::string key, int64_t after,
                                                          size_t limit) {
    const auto select = [&](SqlTransaction& tx) {
        return tx.query(
            "SELECT position, event_id, type, key, at, data FROM event_log"
            " WHERE key = $1 AND topic = $2 AND position > $3 ORDER BY position LIMIT $4",
            key, topic, after, limit);
    };
    const SqlRows rows = co_await sql_.read(select);
    co_return events_of(rows, topic);
}

Task<std::vector<std::string>> SqliteEventLog::topics() {
    // From one to the next: DISTINCT would look at every event.
    const auto select = [](SqlTransaction& tx) {
        std::vector<std::string> found;
        for (std::string last;; last = found.back()) {
            const auto next = tx.find("SELECT MIN(topic) FROM event_log WHERE topic > $1", last);
            if (next->is_null(0)) return found;
            found.push_back(next->text(0));
        }
    };
    co_return co_await sql_.read(select);
}

Task<> SqliteEventLog::remove(std::string topic, std::vector<int64_t> positions) {
    const auto erase = [&](SqlTransaction& tx) {
        tx.execute(
            "INSERT INTO event_log_ends(topic, position)"
            " VALUES($1, (SELECT COALESCE(MAX(position), 0) FROM event_log WHERE topic = $1))"
            " ON CONFLICT(topic) DO UPDATE SET position = excluded.position"
            " WHERE event_log_ends.position < excluded.position",
            topic);
        for (const int64_t position : positions)
            tx.execute("DELETE FROM event_log WHERE topic = $1 AND position = $2", topic, position);
    };
    co_await sql_.write(erase);
}

}  // namespace matinee
