// The port EventLog as a table. It may share a database with services or have its own.
#pragma once

#include "system/embedded/sqlite_database.hpp"
#include "system/ports/event_log.hpp"

namespace matinee {

class SqliteEventLog : public EventLog {
public:
    /// Makes its table where there is none.
    explicit SqliteEventLog(SqliteDatabase& database);
    /// The same with transactions through `sql`, an adapter on that database.
    SqliteEventLog(SqliteDatabase& database, Sql& sql);

    Task<> publish(std::vector<Event> events) override;
    Task<std::vector<LoggedEvent>> read(std::string topic, int64_t after, size_t limit) override;
    Task<std::vector<LoggedEvent>> read_about(std::string topic, std::string key, int64_t after, size_t limit) override;
    Task<std::vector<std::string>> topics() override;
    Task<> remove(std::string topic, std::vector<int64_t> positions) override;

private:
    static void create_table(SqliteDatabase& database);

    SqliteSql plain_;
    Sql& sql_;
};

}  // namespace matinee
