// One SQLite database: a connection, its prepared statements, and transactions on it. No threads, no waiting.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "system/ports/sql.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace matinee {

class SqliteDatabase {
public:
    /// What transactions survive: a crash of the process only, or power loss too (an fsync each). ReadsOnly: a second
    /// connection, for reading what another one writes.
    enum class Durability : uint8_t { Process, PowerLoss, ReadsOnly };

    /// In memory: it lives as long as this object.
    SqliteDatabase();
    /// In a file, with a write-ahead log beside it. Throws MachineError where it cannot be opened or is damaged.
    SqliteDatabase(const std::string& file, Durability durability);
    ~SqliteDatabase();
    SqliteDatabase(const SqliteDatabase&) = delete;
    SqliteDatabase& operator=(const SqliteDatabase&) = delete;

    /// Runs the body between BEGIN and COMMIT, or ROLLBACK where it throws.
    void transact(Sql::Access access, SqlBody body);

    /// Several writing transactions that share one commit: begin, the bodies, commit. A body that throws is undone and
    /// throws on; the others stay. Some errors (a full disk) undo the whole batch, and then `in_batch` says no. Between
    /// two of these calls, and during commit_batch, the object may pass to another thread.
    void begin_batch();
    void run_in_batch(SqlBody body);
    /// The same without the copies of pages that undoing one body alone needs: where it throws, abandon_batch follows.
    void run_in_batch_or_abandon(SqlBody body) { run_body(Sql::Access::Write, body); }
    /// Undoes all of it.
    void abandon_batch() { roll_back_if_open(); }
    bool in_batch() const;
    /// Whether it has changed anything so far.
    bool batch_changed() const;
    /// Where it throws, nothing of the batch is left.
    void commit_batch();

    /// From now on the write-ahead log grows until somebody calls `checkpoint`, on whatever connection.
    void leave_checkpoints_to_others();
    /// Pages of the log after the last commit; counted since the call above.
    int64_t log_pages() const { return log_pages_; }
    /// Pages that the log held when a checkpoint began, and how many of them are in the file now.
    struct Checkpointed {
        int64_t held = 0;
        int64_t moved = 0;
    };
    /// Moves what the log holds into the file, as far as those allow who are reading, while others write on. Nothing
    /// where the disk refuses.
    std::optional<Checkpointed> checkpoint();

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
    /// A statement, with what would otherwise be found out at each of its runs.
    struct Prepared {
        std::string sql;
        Statement statement;
        std::vector<int> parameters;  ///< SQLite's numbers of $1, $2, ...
        bool only_reads = false;
        bool has_order = false;
    };
    class Transaction;

    void open(const char* file);
    void run_plain(const char* sql);
    const Prepared& prepared(std::string_view sql);
    const Prepared& prepare(std::string_view sql);
    void run(const Statement& statement, const char* what);
    void run_body(Sql::Access access, SqlBody body);
    void roll_back_if_open();

    std::unique_ptr<sqlite3, Closer> database_;
    std::map<std::string, Prepared, std::less<>> statements_;  // after database_: closed before it
    /// Where a text was when its statement was found: nearly all are literals, which stay where they are. Two that meet
    /// in a place take turns.
    struct Place {
        const char* text = nullptr;
        const Prepared* prepared = nullptr;
    };
    static constexpr size_t kPlaces = 4096;  // ten times as many as there are literals
    std::vector<Place> statements_by_place_ = std::vector<Place>(kPlaces);
    Statement begin_read_, begin_write_, commit_, rollback_, save_, release_, undo_;
    int64_t changes_before_batch_ = 0;
    int64_t statements_run_ = 0;
    int64_t log_pages_ = 0;
    bool in_memory_ = false;
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
