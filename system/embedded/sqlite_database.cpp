#include "system/embedded/sqlite_database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <system_error>

#include "system/base/digest.hpp"
#include "system/base/errors.hpp"
#include "system/embedded/sqlite_memory.hpp"
#include "system/embedded/sqlite_pages.hpp"

namespace matinee {

namespace {

SqlError::Kind kind_of(int code, int extended) {
    if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY) return SqlError::Kind::Unique;
    switch (code) {
        case SQLITE_CONSTRAINT:
            return SqlError::Kind::Constraint;
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_BUSY:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_NOMEM:
            return SqlError::Kind::Unavailable;
        default:
            return SqlError::Kind::Misuse;
    }
}

[[noreturn]] void refuse(sqlite3* database, std::string_view sql) {
    const int code = sqlite3_errcode(database) & 0xff;
    std::string what = sqlite3_errmsg(database);
    // "disk I/O error" alone helps nobody: what the system said, where SQLite still knows.
    const int reason = sqlite3_system_errno(database);
    if (code == SQLITE_IOERR || (code == SQLITE_CANTOPEN && reason != 0))
        what += " (" +
                (reason != 0 ? std::generic_category().message(reason)
                             : std::string("the disk or a quota is full, or the disk is broken")) +
                ")";
    throw SqlError(kind_of(code, sqlite3_extended_errcode(database)), what + " in: " + std::string(sql));
}

[[noreturn]] void misuse(const std::string& what, std::string_view sql) {
    throw SqlError(SqlError::Kind::Misuse, what + " in: " + std::string(sql));
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

/// A body's statements may not ask for the time or for randomness, touch other files or change how the database works.
int authorize(void* in_body, int action, const char* first, const char* second, const char*, const char*) {
    if (!*static_cast<const bool*>(in_body)) return SQLITE_OK;
    // FTS5 asks so whether another connection wrote to its tables; the other says what columns a table has.
    if (action == SQLITE_PRAGMA && first != nullptr &&
        (same_word(first, "data_version") || same_word(first, "table_info")))
        return SQLITE_OK;
    static constexpr std::string_view kForbidden[] = {
        "random", "randomblob", "date", "time", "datetime", "julianday", "unixepoch", "strftime", "load_extension"};
    if (action == SQLITE_ATTACH || action == SQLITE_DETACH || action == SQLITE_PRAGMA || action == SQLITE_TRANSACTION ||
        action == SQLITE_SAVEPOINT)
        return SQLITE_DENY;
    if (action == SQLITE_FUNCTION && second != nullptr)
        for (const std::string_view name : kForbidden)
            if (same_word(second, name)) return SQLITE_DENY;
    // CURRENT_TIMESTAMP and its kind call a function of that name.
    if (action == SQLITE_FUNCTION && second != nullptr && std::string_view(second).starts_with("current_"))
        return SQLITE_DENY;
    return SQLITE_OK;
}

/// See system/ports/sql.hpp.
std::string in_sqlite_words(std::string_view sql) {
    static constexpr std::string_view kClustered = "/* clustered */";
    static constexpr std::string_view kCounted = "BIGINT PRIMARY KEY /* counted */";
    std::string words(sql);
    if (const size_t mark = words.find(kClustered); mark != std::string::npos)
        words.replace(mark, kClustered.size(), "WITHOUT ROWID");
    if (const size_t mark = words.find(kCounted); mark != std::string::npos)
        words.replace(mark, kCounted.size(), "INTEGER PRIMARY KEY");
    return words;
}

bool has_order(std::string_view sql) {
    static constexpr std::string_view kOrder = "order by";
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    return std::search(sql.begin(), sql.end(), kOrder.begin(), kOrder.end(), same) != sql.end();
}

void bind_all(sqlite3_stmt* statement, std::span<const int> parameters, std::span<const SqlParameter> values,
              std::string_view sql) {
    if (values.size() > parameters.size()) misuse("no parameter $" + std::to_string(parameters.size() + 1), sql);
    if (values.size() < size_t(sqlite3_bind_parameter_count(statement))) misuse("a parameter without a value", sql);
    for (size_t i = 0; i < values.size(); ++i) {
        if (const int64_t* const number = std::get_if<int64_t>(&values[i]))
            sqlite3_bind_int64(statement, parameters[i], *number);
        else if (const auto* const text = std::get_if<std::string_view>(&values[i]))
            // An empty view may be of nothing at all, which would be NULL.
            sqlite3_bind_text64(statement, parameters[i], text->empty() ? "" : text->data(), text->size(),
                                SQLITE_STATIC, SQLITE_UTF8);
        else
            sqlite3_bind_null(statement, parameters[i]);
    }
}

SqlRow row_of(sqlite3_stmt* statement, std::string_view sql) {
    std::vector<SqlValue> values;
    const int columns = sqlite3_column_count(statement);
    values.reserve(size_t(columns));
    for (int i = 0; i < columns; ++i) {
        switch (sqlite3_column_type(statement, i)) {
            case SQLITE_NULL:
                values.emplace_back();
                break;
            case SQLITE_INTEGER:
                values.emplace_back(int64_t(sqlite3_column_int64(statement, i)));
                break;
            case SQLITE_TEXT: {
                const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
                values.emplace_back(std::string(text, size_t(sqlite3_column_bytes(statement, i))));
                break;
            }
            default:
                misuse("a column that is neither integer nor text", sql);
        }
    }
    return SqlRow(std::move(values));
}

/// Leaves a statement ready for its next use, whatever happens. Its parameters stay bound to texts that are gone: each
/// use binds all of them anew before it looks at any.
struct Reset {
    sqlite3_stmt* statement;
    ~Reset() { sqlite3_reset(statement); }
};

}  // namespace

void SqliteDatabase::Closer::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void SqliteDatabase::Closer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

class SqliteDatabase::Transaction : public SqlTransaction {
public:
    Transaction(SqliteDatabase& owner, Sql::Access access) : owner_(owner), access_(access) {}

protected:
    SqlRows run_query(std::string_view sql, std::span<const SqlParameter> values) override {
        SqlRows rows;
        const Prepared& prepared = owner_.prepared(sql);
        step_through(prepared, values, [&](sqlite3_stmt* statement) { rows.push_back(row_of(statement, sql)); });
        if (rows.size() > 1 && !prepared.has_order) misuse("several rows without ORDER BY", sql);
        return rows;
    }
    int64_t run_statement(std::string_view sql, std::span<const SqlParameter> values) override {
        step_through(owner_.prepared(sql), values,
                     [&](sqlite3_stmt*) { misuse("a statement that returns rows", sql); });
        return sqlite3_changes64(owner_.database_.get());
    }

private:
    template <class OnRow>
    void step_through(const Prepared& prepared, std::span<const SqlParameter> values, OnRow on_row) {
        const std::string& sql = prepared.sql;
        if (access_ == Sql::Access::Read && !prepared.only_reads) misuse("a write in a transaction that reads", sql);
        sqlite3_stmt* const statement = prepared.statement.get();
        const Reset reset{statement};
        bind_all(statement, prepared.parameters, values, sql);
        ++owner_.statements_run_;
        for (;;) {
            const int code = sqlite3_step(statement);
            if (code == SQLITE_DONE) return;
            if (code != SQLITE_ROW) refuse(owner_.database_.get(), sql);
            on_row(statement);
        }
    }

    SqliteDatabase& owner_;
    Sql::Access access_;
};

SqliteDatabase::SqliteDatabase() {
    in_memory_ = true;
    open(":memory:");
    run_plain("PRAGMA secure_delete = OFF");  // Debian's build overwrites what is deleted, for the sake of disks
}

SqliteDatabase::SqliteDatabase(const std::string& file, Durability durability) {
    try {
        open(file.c_str());
        // Reads find pages in memory instead of asking the kernel for each.
        run_plain("PRAGMA cache_size = -65536");
        if (durability == Durability::ReadsOnly) {
            run_plain("PRAGMA query_only = 1");
            return;
        }
        run_plain("PRAGMA journal_mode = WAL");
        run_plain(durability == Durability::PowerLoss ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        run_plain("PRAGMA quick_check(1)");
    } catch (const SqlError& error) {
        throw MachineError("the database " + file + " cannot be used: " + error.what());
    }
}

SqliteDatabase::~SqliteDatabase() = default;

void SqliteDatabase::open(const char* file) {
    // Once for the process, before its first connection: no locks around what one thread uses alone, and none for
    // statistics of memory that nobody reads.
    [[maybe_unused]] static const bool configured =
        sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK &&
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK &&
        sqlite3_config(SQLITE_CONFIG_MALLOC, &sqlite_memory()) == SQLITE_OK &&
        sqlite3_config(SQLITE_CONFIG_PCACHE2, &sqlite_pages()) == SQLITE_OK;
    sqlite3* opened = nullptr;
    // NOMUTEX: a connection belongs to one thread, as everything here does.
    const int code = sqlite3_open_v2(
        file, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        nullptr);
    database_.reset(opened);
    if (code != SQLITE_OK) refuse(opened, "open");
    sqlite3_busy_timeout(opened, 2000);
    run_plain("PRAGMA foreign_keys = ON");
    const auto prepare = [&](const char* sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v3(opened, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
            refuse(opened, sql);
        return Statement(statement);
    };
    begin_read_ = prepare("BEGIN");
    begin_write_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
    rollback_ = prepare("ROLLBACK");
    save_ = prepare("SAVEPOINT body");
    release_ = prepare("RELEASE body");
    undo_ = prepare("ROLLBACK TO body");
    sqlite3_set_authorizer(opened, authorize, &in_body_);
}

void SqliteDatabase::run_plain(const char* sql) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(database_.get(), sql, -1, &raw, nullptr) != SQLITE_OK) refuse(database_.get(), sql);
    const Statement statement(raw);
    for (;;) {
        const int code = sqlite3_step(raw);
        if (code == SQLITE_DONE) return;
        if (code != SQLITE_ROW) refuse(database_.get(), sql);
        const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
        if (std::string_view(sql).starts_with("PRAGMA quick_check") && text != nullptr &&
            std::string_view(text) != "ok")
            throw SqlError(SqlError::Kind::Unavailable, "it is damaged: " + std::string(text));
    }
}

const SqliteDatabase::Prepared& SqliteDatabase::prepared(std::string_view sql) {
    const auto address = reinterpret_cast<uintptr_t>(sql.data());
    Place& place = statements_by_place_[mix64(address) % kPlaces];
    if (place.prepared != nullptr && place.text == sql.data() && place.prepared->sql == sql) return *place.prepared;
    const auto known = statements_.find(sql);
    place = {sql.data(), known != statements_.end() ? &known->second : &prepare(sql)};
    return *place.prepared;
}

const SqliteDatabase::Prepared& SqliteDatabase::prepare(std::string_view sql) {
    const std::string ours = in_sqlite_words(sql);
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    if (sqlite3_prepare_v3(database_.get(), ours.data(), int(ours.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                           &rest) != SQLITE_OK)
        refuse(database_.get(), sql);
    Prepared made{.sql = std::string(sql), .statement = Statement(statement), .parameters = {}};
    if (statement == nullptr || rest != ours.data() + ours.size()) misuse("not exactly one statement", sql);
    const auto number_of = [&](size_t parameter) {
        return sqlite3_bind_parameter_index(statement, ("$" + std::to_string(parameter)).c_str());
    };
    for (size_t i = 1; number_of(i) != 0; ++i) made.parameters.push_back(number_of(i));
    made.only_reads = sqlite3_stmt_readonly(statement) != 0;
    made.has_order = has_order(sql);
    return statements_.emplace(made.sql, std::move(made)).first->second;
}

void SqliteDatabase::run(const Statement& statement, const char* what) {
    const int code = sqlite3_step(statement.get());
    sqlite3_reset(statement.get());
    if (code != SQLITE_DONE) refuse(database_.get(), what);
}

void SqliteDatabase::run_body(Sql::Access access, SqlBody body) {
    Transaction transaction(*this, access);
    in_body_ = true;
    try {
        body(transaction);
    } catch (...) {
        in_body_ = false;
        throw;
    }
    in_body_ = false;
}

/// Some errors (a full disk) have rolled back already.
void SqliteDatabase::roll_back_if_open() {
    if (in_batch()) run(rollback_, "ROLLBACK");
}

void SqliteDatabase::transact(Sql::Access access, SqlBody body) {
    if (in_batch()) misuse("a transaction inside a transaction", "BEGIN");
    // Nobody else writes to a database in memory, and the body awaits nothing: there is nothing to begin.
    if (in_memory_ && access == Sql::Access::Read) return run_body(access, body);
    run(access == Sql::Access::Read ? begin_read_ : begin_write_, "BEGIN");
    try {
        run_body(access, body);
        run(commit_, "COMMIT");
    } catch (...) {
        roll_back_if_open();
        throw;
    }
}

void SqliteDatabase::begin_batch() {
    if (in_batch()) misuse("a batch inside a transaction", "BEGIN");
    run(begin_write_, "BEGIN");
    changes_before_batch_ = sqlite3_total_changes64(database_.get());
}

void SqliteDatabase::run_in_batch(SqlBody body) {
    run(save_, "SAVEPOINT");
    try {
        run_body(Sql::Access::Write, body);
    } catch (...) {
        if (in_batch()) {
            run(undo_, "ROLLBACK TO");
            run(release_, "RELEASE");
        }
        throw;
    }
    run(release_, "RELEASE");
}

void SqliteDatabase::leave_checkpoints_to_others() {
    const auto note = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteDatabase*>(self)->log_pages_ = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(database_.get(), note, this);
}

std::optional<SqliteDatabase::Checkpointed> SqliteDatabase::checkpoint() {
    int held = 0, moved = 0;
    const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &held, &moved);
    if (code != SQLITE_OK) return std::nullopt;  // it is tried again, and commits meet the same disk
    return Checkpointed{held, moved};
}

bool SqliteDatabase::in_batch() const { return sqlite3_get_autocommit(database_.get()) == 0; }

bool SqliteDatabase::batch_changed() const { return sqlite3_total_changes64(database_.get()) != changes_before_batch_; }

void SqliteDatabase::commit_batch() {
    try {
        run(commit_, "COMMIT");
    } catch (...) {
        roll_back_if_open();
        throw;
    }
}

}  // namespace matinee
