// One SQLite database: a connection, its prepared statements, and transactions on it. No threads, no waiting.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "system/ports/sql.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace matinee {

class SqliteDatabase {
public:
    /// Where transactions are durable against: a crash of the process only, or power loss too (an fsync each).
    enum class Durability : uint8_t { Process, PowerLoss };

    /// In memory: it lives as long as this object.
    SqliteDatabase();
    /// In a file, with a write-ahead log beside it. Throws MachineError where it cannot be opened or is damaged.
    SqliteDatabase(const std::string& file, Durability durability);
    ~SqliteDatabase();
    SqliteDatabase(const SqliteDatabase&) = delete;
    SqliteDatabase& operator=(const SqliteDatabase&) = delete;

    /// Runs the body between BEGIN and COMMIT, or ROLLBACK where it throws.
    void transact(Sql::Access access, SqlBody body);

    /// Statements run since the database was opened, for models that charge for them.
    int64_t statements_run() const { return statements_run_; }

    /// The connection, for adapters that need more than statements.
    sqlite3* raw() { return database_.get(); }

private:
    struct Closer {
        void operator()(sqlite3* database) const;
        void operator()(sqlite3_stmt* statement) const;
    };
    using Statement = std::unique_ptr<sqlite3_stmt, Closer>;
    class Transaction;

    void open(const char* file);
    void run_plain(const char* sql);
    sqlite3_stmt* prepared(std::string_view sql);

    std::unique_ptr<sqlite3, Closer> database_;
    std::map<std::string, Statement, std::less<>> statements_;  // after database_: closed before it
    Statement begin_read_, begin_write_, commit_, rollback_;
    int64_t statements_run_ = 0;
    bool in_body_ = false;  ///< a body's statements run, which may do less than ours
};

/// The port: every transaction runs at once, in the caller's turn.
class SqliteSql : public Sql {
public:
    explicit SqliteSql(SqliteDatabase& database) : database_(database) {}
    Task<> transact(Access access, SqlBody body) override {
        database_.transact(access, body);
        co_return;
    }

private:
    SqliteDatabase& database_;
};

}  // namespace matinee
