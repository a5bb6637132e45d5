// Port: relational data. A transaction is one call: the body runs its statements one after another and awaits nothing.
//
//     const bool added = co_await sql.write([&](SqlTransaction& tx) {
//         return tx.execute("INSERT INTO users(user_id, name) VALUES($1, $2)", id, name) == 1;
//     });
//
// What every adapter promises
// - Serialisable: transactions have the effect of some order, one after the other, in which each that began after
// another
//   was acknowledged comes later.
// - When the call comes back, the transaction is durable (as durable as the adapter says it is); where it throws, it
// has
//   left nothing behind, with one exception: an Unavailable may hide a transaction that was committed.
// - A body may run more than once (after a conflict): it touches nothing but the transaction and its own result.
// - What a body throws rolls back and comes out of the call.
// What every caller keeps to
// - The common subset of SQLite and PostgreSQL; parameters are $1, $2, ... and are bound, never spliced into the text.
// - Every query that can return several rows has an ORDER BY that leaves no ties. Adapters refuse several rows without
// one.
// - A table whose rows are short and mostly found by their primary key may say `/* clustered */` behind its columns:
//   adapters that can then keep its rows in the order of the key, one tree to write to instead of two.
// - A column of a table may be `BIGINT PRIMARY KEY /* counted */`: a row that is inserted without it gets a number above
//   all that are there, 1 where there are none.
// - No clocks or randomness in SQL: times and ids are parameters. No statement text that was computed from input.
// There is no deadline here: a caller that cannot wait destroys its task, and the transaction happens or not.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "system/base/task.hpp"
#include "system/base/units.hpp"

namespace matinee {

struct SqlError : std::runtime_error {
    enum class Kind : uint8_t {
        Unique,       ///< a row with this key exists
        Constraint,   ///< another constraint: NOT NULL, CHECK, a foreign key
        Unavailable,  ///< full disk, lost connection, damaged file; perhaps later
        Misuse,       ///< a mistake in the calling code
    };
    SqlError(Kind k, const std::string& what) : std::runtime_error(what), kind(k) {}
    Kind kind;
};

/// NULL, an integer, or text. (Money is minor units, times are nanoseconds, flags are 0 and 1, bytes are texts in an
/// encoding.)
using SqlValue = std::variant<std::monostate, int64_t, std::string>;

/// A value that a statement is run with: texts stay the caller's.
using SqlParameter = std::variant<std::monostate, int64_t, std::string_view>;

class SqlRow {
public:
    explicit SqlRow(std::vector<SqlValue> values) : values_(std::move(values)) {}

    /// Columns count from 0. A column of another type is a Misuse.
    int64_t integer(size_t column) const { return as<int64_t>(column); }
    const std::string& text(size_t column) const { return as<std::string>(column); }
    bool is_null(size_t column) const { return std::holds_alternative<std::monostate>(values_.at(column)); }
    size_t size() const { return values_.size(); }

private:
    template <class T>
    const T& as(size_t column) const {
        const T* const value = std::get_if<T>(&values_.at(column));
        if (value == nullptr) throw SqlError(SqlError::Kind::Misuse, "a column of another type or NULL");
        return *value;
    }
    std::vector<SqlValue> values_;
};
using SqlRows = std::vector<SqlRow>;

namespace internal {
template <class T>
SqlParameter sql_parameter(const T& value) {
    if constexpr (std::is_same_v<T, SqlParameter>)
        return value;
    else if constexpr (std::is_same_v<T, SqlValue>)
        return std::visit([](const auto& one) { return sql_parameter(one); }, value);
    else if constexpr (std::is_same_v<T, bool>)
        return int64_t(value ? 1 : 0);
    else if constexpr (std::is_integral_v<T>)
        return int64_t(value);
    else if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::monostate>)
        return std::monostate();
    else
        return std::string_view(value);
}
}  // namespace internal

class SqlTransaction {
public:
    virtual ~SqlTransaction() = default;

    /// All rows of a query.
    template <class... Values>
    SqlRows query(std::string_view sql, const Values&... values) {
        const std::array<SqlParameter, sizeof...(Values)> bound{internal::sql_parameter(values)...};
        return run_query(sql, bound);
    }
    /// The row of a query that has at most one; nothing where it has none.
    template <class... Values>
    std::optional<SqlRow> find(std::string_view sql, const Values&... values) {
        SqlRows rows = query(sql, values...);
        if (rows.size() > 1) throw SqlError(SqlError::Kind::Misuse, "several rows where one was expected");
        return rows.empty() ? std::nullopt : std::optional<SqlRow>(std::move(rows[0]));
    }
    /// How many rows a statement inserted, updated or deleted.
    template <class... Values>
    int64_t execute(std::string_view sql, const Values&... values) {
        const std::array<SqlParameter, sizeof...(Values)> bound{internal::sql_parameter(values)...};
        return run_statement(sql, bound);
    }

protected:
    virtual SqlRows run_query(std::string_view sql, std::span<const SqlParameter> values) = 0;
    virtual int64_t run_statement(std::string_view sql, std::span<const SqlParameter> values) = 0;
};

/// The earliest moment that one of some queries of one moment finds, each with the same parameter; kNever where none
/// does.
TimeNs earliest(SqlTransaction& tx, std::initializer_list<std::string_view> queries, TimeNs parameter);

/// A reference to something callable as void(SqlTransaction&); the caller keeps it alive.
class SqlBody {
public:
    template <class Body>
        requires(!std::is_same_v<Body, SqlBody>)  // or it would be preferred for copies
    explicit SqlBody(Body& body)
        : body_(&body), call_([](void* b, SqlTransaction& tx) { (*static_cast<Body*>(b))(tx); }) {}
    void operator()(SqlTransaction& tx) const { call_(body_, tx); }

private:
    void* body_;
    void (*call_)(void*, SqlTransaction&);
};

class Sql {
public:
    enum class Access : uint8_t { Read, Write };
    virtual ~Sql() = default;

    virtual Task<> transact(Access access, SqlBody body) = 0;

    /// A transaction that only queries. Its result is the body's.
    template <class Body>
    auto read(Body body) {
        return with_result(Access::Read, std::move(body));
    }
    template <class Body>
    auto write(Body body) {
        return with_result(Access::Write, std::move(body));
    }

private:
    template <class Body, class Result = std::invoke_result_t<Body&, SqlTransaction&>>
    Task<Result> with_result(Access access, Body body) {
        if constexpr (std::is_void_v<Result>) {
            co_await transact(access, SqlBody(body));
        } else {
            std::optional<Result> result;
            auto keep = [&](SqlTransaction& tx) { result.emplace(body(tx)); };
            co_await transact(access, SqlBody(keep));
            co_return std::move(*result);
        }
    }
};

}  // namespace matinee
