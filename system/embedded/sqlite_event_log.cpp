#include "system/embedded/sqlite_event_log.hpp"

namespace matinee {

SqliteEventLog::SqliteEventLog(SqliteDatabase& database) : plain_(database), sql_(plain_) { create_table(database); }

SqliteEventLog::SqliteEventLog(SqliteDatabase& database, Sql& sql) : plain_(database), sql_(sql) {
    create_table(database);
}

void SqliteEventLog::create_table(SqliteDatabase& database) {
    auto create = [](SqlTransaction& tx) {
        tx.execute(
            "CREATE TABLE IF NOT EXISTS event_log("
            "  topic TEXT NOT NULL, position BIGINT NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL,"
            "  key TEXT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL, PRIMARY KEY(topic, position)) /* clustered */");
    };
    database.transact(Sql::Access::Write, SqlBody(create));
}

Task<> SqliteEventLog::publish(std::vector<Event> events) {
    const auto append = [&](SqlTransaction& tx) {
        for (const Event& event : events)
            tx.execute(
                "INSERT INTO event_log(topic, position, event_id, type, key, at, data)"
                " VALUES($1, (SELECT COALESCE(MAX(position), 0) + 1 FROM event_log WHERE topic = $1), $2, $3, $4, $5, $6)",
                event.topic, event.event_id, event.type, event.key, event.at, event.data);
    };
    co_await sql_.write(append);
}

Task<std::vector<LoggedEvent>> SqliteEventLog::read(std::string topic, int64_t after, size_t limit) {
    std::vector<LoggedEvent> events;
    const auto select = [&](SqlTransaction& tx) {
        const SqlRows rows = tx.query(
            "SELECT position, event_id, type, key, at, data FROM event_log"
            " WHERE topic = $1 AND position > $2 ORDER BY position LIMIT $3",
            topic, after, limit);
        events.clear();
        for (const SqlRow& row : rows)
            events.push_back(
                {row.integer(0), {row.text(1), topic, row.text(2), row.text(3), row.integer(4), row.text(5)}});
    };
    co_await sql_.read(select);
    co_return events;
}

}  // namespace matinee
