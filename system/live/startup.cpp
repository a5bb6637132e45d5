#include "system/live/startup.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "system/base/errors.hpp"
#include "system/platform/migrations.hpp"

namespace matinee::live {

namespace {

using Column = std::pair<std::string, std::string>;  // and its table, which stands first

std::vector<Column> columns_of(SqliteDatabase& database) {
    std::vector<Column> columns;
    auto select = [&](SqlTransaction& tx) {
        for (const SqlRow& row : tx.query("SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c"
                                          " WHERE t.type = 'table' ORDER BY t.name, c.name"))
            columns.emplace_back(row.text(0), row.text(1));
    };
    database.transact(Sql::Access::Read, SqlBody(select));
    std::sort(columns.begin(), columns.end());
    return columns;
}

/// A folder from before there were versions may have any tables; those that a new one would have are wanted.
void check_columns(SqliteDatabase& database) {
    SqliteDatabase fresh;
    SqliteSql sql(fresh);
    run_to_end(platform::migrate(sql, platform::migrations(), 0));
    const std::vector<Column> found = columns_of(database);
    for (const Column& wanted : columns_of(fresh))
        if (!std::binary_search(found.begin(), found.end(), wanted))
            throw platform::SchemaError("the table " + wanted.first + " has no column " + wanted.second +
                                        ": a matinee from before its tables had versions wrote there, and they cannot "
                                        "be brought up to date; use another folder");
}

}  // namespace

void run_to_end(Task<> task) {
    task.start();
    if (!task.done()) throw std::logic_error("a task waits for a loop that does not run");
    task.take();
}

void prepare(platform::Platform& platform, SqliteDatabase& database, const std::string& folder) {
    try {
        run_to_end(platform.prepare());
        check_columns(database);
    } catch (const platform::SchemaError& error) {
        throw MachineError("the databases in " + folder + " cannot be used: " + error.what());
    }
}

}  // namespace matinee::live
