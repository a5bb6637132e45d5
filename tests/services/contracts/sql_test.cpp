// Contract of the port Sql.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "system/base/errors.hpp"
#include "system/live/group_commit.hpp"
#include "tests/services/contracts/stage.hpp"

namespace matinee::contracts {

namespace fs = std::filesystem;

struct SqlCase {
    virtual ~SqlCase() = default;
    virtual Stage& stage() = 0;
    virtual Sql& sql() = 0;
};

struct MemorySqlCase : SqlCase {
    PlainStage plain;
    SqliteDatabase database;
    SqliteSql adapter{database};
    Stage& stage() override { return plain; }
    Sql& sql() override { return adapter; }
};

struct Folder {
    Folder() : path(fs::path(testing::TempDir()) / ("matinee_sql_" + std::to_string(::getpid()))) {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
    fs::path path;
};

struct FileSqlCase : SqlCase {
    PlainStage plain;
    Folder folder;
    SqliteDatabase database{(folder.path / "a.db").string(), SqliteDatabase::Durability::PowerLoss};
    SqliteSql adapter{database};
    Stage& stage() override { return plain; }
    Sql& sql() override { return adapter; }
};

struct SimulatedSqlCase : SqlCase {
    SimulatedStage simulated;
    SqliteDatabase database;
    services::SimulatedSql adapter{simulated.executor, database, services::StoreModel{}};
    Stage& stage() override { return simulated; }
    Sql& sql() override { return adapter; }
};

struct GroupCommitCase : SqlCase {
    LiveStage live;
    Folder folder;
    SqliteDatabase writer{(folder.path / "a.db").string(), SqliteDatabase::Durability::Process};
    SqliteDatabase reader{(folder.path / "a.db").string(), SqliteDatabase::Durability::ReadsOnly};
    live::GroupCommitSql adapter{live.loop, writer, reader};
    GroupCommitCase() { adapter.start(); }
    Stage& stage() override { return live; }
    Sql& sql() override { return adapter; }
};

class SqlContract : public testing::TestWithParam<Adapter<SqlCase>> {
protected:
    template <class Body>
    auto write(Body body) {
        return case_->stage().run(sql_.write(std::move(body)));
    }
    template <class Body>
    auto read(Body body) {
        return case_->stage().run(sql_.read(std::move(body)));
    }
    void SetUp() override {
        write([](SqlTransaction& tx) {
            tx.execute("CREATE TABLE pets(name TEXT PRIMARY KEY, age BIGINT NOT NULL, owner TEXT)");
        });
    }
    int64_t count() {
        return read([](SqlTransaction& tx) { return tx.find("SELECT COUNT(*) FROM pets")->integer(0); });
    }
    /// The kind of SqlError that a body meets.
    template <class Body>
    std::optional<SqlError::Kind> refusal(Sql::Access access, Body body) {
        try {
            case_->stage().run(access == Sql::Access::Read ? sql_.read(body) : sql_.write(body));
        } catch (const SqlError& error) {
            return error.kind;
        }
        return std::nullopt;
    }
    void add(const std::string& name, int64_t age) {
        write([&](SqlTransaction& tx) { tx.execute("INSERT INTO pets(name, age) VALUES($1, $2)", name, age); });
    }

    std::unique_ptr<SqlCase> case_ = GetParam().make();
    Sql& sql_ = case_->sql();
};

TEST_P(SqlContract, ValuesComeBackAsTheyWent) {
    const std::string odd = "O'Hara \"; DROP TABLE pets; -- \xe6\x97\xa5 \x01";
    const int64_t changed = write([&](SqlTransaction& tx) {
        return tx.execute("INSERT INTO pets(name, age, owner) VALUES($1, $2, $3), ($4, $5, $1)", odd, INT64_MIN,
                          nullptr, "", INT64_MAX);
    });
    EXPECT_EQ(changed, 2);
    const SqlRows rows =
        read([](SqlTransaction& tx) { return tx.query("SELECT name, age, owner FROM pets ORDER BY name DESC"); });
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].text(0), odd);
    EXPECT_EQ(rows[0].integer(1), INT64_MIN);
    EXPECT_TRUE(rows[0].is_null(2));
    EXPECT_EQ(rows[1].text(0), "");
    EXPECT_EQ(rows[1].integer(1), INT64_MAX);
    EXPECT_EQ(rows[1].text(2), odd);
    EXPECT_THROW(rows[0].integer(0), SqlError);
    EXPECT_THROW(rows[0].text(2), SqlError);
}

TEST_P(SqlContract, AnEmptyTextIsNotNull) {
    write([](SqlTransaction& tx) {
        return tx.execute("INSERT INTO pets(name, age, owner) VALUES($1, 1, $2)", std::string_view(), std::string());
    });
    const SqlRows rows = read([](SqlTransaction& tx) { return tx.query("SELECT name, owner FROM pets ORDER BY name"); });
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].text(0), "");
    EXPECT_EQ(rows[0].text(1), "");
}

TEST_P(SqlContract, ACountedColumnCounts) {
    const auto add = [&](const std::string& word) {
        write([&](SqlTransaction& tx) { return tx.execute("INSERT INTO words(word) VALUES($1)", word); });
    };
    const auto numbers = [&] {
        std::vector<int64_t> all;
        for (const SqlRow& row : read([](SqlTransaction& tx) { return tx.query("SELECT n FROM words ORDER BY n"); }))
            all.push_back(row.integer(0));
        return all;
    };
    write([](SqlTransaction& tx) {
        return tx.execute("CREATE TABLE words(n BIGINT PRIMARY KEY /* counted */, word TEXT NOT NULL)");
    });
    add("one");
    add("two");
    write([](SqlTransaction& tx) { return tx.execute("INSERT INTO words(n, word) VALUES(7, 'seven')"); });
    add("eight");
    EXPECT_EQ(numbers(), (std::vector<int64_t>{1, 2, 7, 8}));
    write([](SqlTransaction& tx) { return tx.execute("DELETE FROM words"); });
    add("again");
    EXPECT_EQ(numbers(), (std::vector<int64_t>{1}));
}

TEST_P(SqlContract, WhatTheBodyThrowsRollsBackAndComesOut) {
    struct Changed {};
    const auto body = [](SqlTransaction& tx) {
        tx.execute("INSERT INTO pets(name, age) VALUES('a', 1)");
        throw Changed();
    };
    EXPECT_THROW(write(body), Changed);
    EXPECT_EQ(count(), 0);
    add("b", 2);
    EXPECT_EQ(count(), 1);
}

TEST_P(SqlContract, AStatementThatFailsLeavesNothingOfItsTransaction) {
    add("a", 1);
    EXPECT_EQ(refusal(Sql::Access::Write,
                      [](SqlTransaction& tx) {
                          tx.execute("UPDATE pets SET age = 9");
                          tx.execute("INSERT INTO pets(name, age) VALUES('a', 2)");
                      }),
              SqlError::Kind::Unique);
    EXPECT_EQ(refusal(Sql::Access::Write,
                      [](SqlTransaction& tx) { tx.execute("INSERT INTO pets(name, age) VALUES('b', $1)", nullptr); }),
              SqlError::Kind::Constraint);
    const auto age = [](SqlTransaction& tx) { return tx.find("SELECT age FROM pets WHERE name = 'a'")->integer(0); };
    EXPECT_EQ(read(age), 1);
}

TEST_P(SqlContract, RefusesWhatTheRulesForbid) {
    add("a", 1);
    add("b", 2);
    using Access = Sql::Access;
    const auto kind = [&](Access access, const std::string& statement) {
        return refusal(access, [&](SqlTransaction& tx) {
            if (statement.starts_with("SELECT"))
                tx.query(statement);
            else
                tx.execute(statement);
        });
    };
    const auto misuse = SqlError::Kind::Misuse;
    EXPECT_EQ(kind(Access::Read, "UPDATE pets SET age = 3"), misuse);
    EXPECT_EQ(kind(Access::Read, "SELECT name FROM pets"), misuse) << "several rows in no order";
    EXPECT_EQ(kind(Access::Read, "SELECT name FROM pets ORDER BY name"), std::nullopt);
    EXPECT_EQ(kind(Access::Read, "SELECT name FROM pets WHERE name = 'a'"), std::nullopt);
    for (const char* clock :
         {"random()", "datetime('now')", "CURRENT_TIMESTAMP", "unixepoch()", "strftime('%s','now')"})
        EXPECT_EQ(kind(Access::Read, std::string("SELECT ") + clock), misuse) << clock;
    EXPECT_EQ(kind(Access::Write, "COMMIT"), misuse);
    EXPECT_EQ(kind(Access::Write, "PRAGMA foreign_keys = OFF"), misuse);
    EXPECT_EQ(kind(Access::Write, "ATTACH DATABASE ':memory:' AS other"), misuse);
    EXPECT_EQ(kind(Access::Write, "DELETE FROM pets; DELETE FROM pets"), misuse) << "two statements";
    EXPECT_EQ(kind(Access::Write, "DELETE FROM pets WHERE name = $1"), misuse) << "a parameter without a value";
    EXPECT_EQ(kind(Access::Write, "DELETE FROM cats"), misuse);
    EXPECT_EQ(count(), 2);
}

TEST_P(SqlContract, OneRowOrNone) {
    add("a", 1);
    add("b", 2);
    EXPECT_FALSE(
        read([](SqlTransaction& tx) { return tx.find("SELECT age FROM pets WHERE name = $1", "c").has_value(); }));
    EXPECT_EQ(refusal(Sql::Access::Read, [](SqlTransaction& tx) { tx.find("SELECT age FROM pets ORDER BY name"); }),
              SqlError::Kind::Misuse);
}

static Task<> grow(Sql& sql, int times) {
    for (int i = 0; i < times; ++i) {
        const auto body = [](SqlTransaction& tx) {
            const int64_t age = tx.find("SELECT age FROM pets WHERE name = 'a'")->integer(0);
            tx.execute("UPDATE pets SET age = $1 WHERE name = 'a'", age + 1);
        };
        co_await sql.write(body);
    }
}

TEST_P(SqlContract, ReadAndWriteOfManyCallersAreSerialisable) {
    add("a", 0);
    const auto crowd = [](Sql& sql) -> Task<> {
        std::vector<Task<>> callers;
        for (int i = 0; i < 10; ++i) callers.push_back(grow(sql, 20));
        for (Task<>& caller : callers) caller.start();
        const auto age = [](SqlTransaction& tx) { return tx.find("SELECT age FROM pets")->integer(0); };
        for (int64_t seen = 0; seen < 200;) {
            const int64_t now = co_await sql.read(age);
            EXPECT_GE(now, seen);
            // A read need not wait for anything; a write, even of nothing, lets others run.
            if (now == seen) co_await sql.write([](SqlTransaction&) {});
            seen = now;
        }
    };
    case_->stage().run(crowd(sql_));
}

INSTANTIATE_TEST_SUITE_P(
    Adapters, SqlContract,
    testing::Values(Adapter<SqlCase>{"SqliteMemory", [] { return std::make_unique<MemorySqlCase>(); }},
                    Adapter<SqlCase>{"SqliteFile", [] { return std::make_unique<FileSqlCase>(); }},
                    Adapter<SqlCase>{"GroupCommit", [] { return std::make_unique<GroupCommitCase>(); }},
                    Adapter<SqlCase>{"Simulated", [] { return std::make_unique<SimulatedSqlCase>(); }}),
    name_of<SqlCase>);

// Beyond the contract: files.

TEST(SqliteFile, KeepsWhatWasCommittedAndSaysWhatIsWrong) {
    const Folder folder;
    const std::string file = (folder.path / "kept.db").string();
    auto create = [](SqlTransaction& tx) {
        tx.execute("CREATE TABLE t(a BIGINT PRIMARY KEY)");
        tx.execute("INSERT INTO t VALUES(42)");
    };
    SqliteDatabase(file, SqliteDatabase::Durability::Process).transact(Sql::Access::Write, SqlBody(create));
    int64_t found = 0;
    auto select = [&](SqlTransaction& tx) { found = tx.find("SELECT a FROM t")->integer(0); };
    SqliteDatabase(file, SqliteDatabase::Durability::Process).transact(Sql::Access::Read, SqlBody(select));
    EXPECT_EQ(found, 42);

    std::ofstream(file, std::ios::binary) << std::string(8192, 'x');
    EXPECT_THROW(SqliteDatabase(file, SqliteDatabase::Durability::Process), MachineError);
    EXPECT_THROW(SqliteDatabase((folder.path / "no/such/folder/a.db").string(), SqliteDatabase::Durability::Process),
                 MachineError);
}

TEST(SimulatedSql, ChargesForTheWayAndTheQueue) {
    SimulatedStage stage;
    SqliteDatabase database;
    const services::StoreModel model{
        .round_trip = 10 * kMillisecond, .read = 4 * kMillisecond, .write = 0, .servers = 2};
    services::SimulatedSql sql(stage.executor, database, model);
    const auto once = [](Sql& store) -> Task<> {
        const auto body = [](SqlTransaction& tx) { tx.query("SELECT 1"); };
        co_await store.read(body);
    };
    std::vector<Task<>> callers;
    for (int i = 0; i < 5; ++i) callers.push_back(once(sql));
    for (Task<>& caller : callers) caller.start();
    stage.executor.run();
    // Two at a time: the fifth begins in the third round.
    EXPECT_EQ(stage.executor.now() - kEvening, (10 + 3 * 4) * kMillisecond);
    EXPECT_EQ(sql.station().jobs(), 5u);
    EXPECT_EQ(sql.station().busy(), 20 * kMillisecond);
    EXPECT_EQ(sql.station().waited(), (4 + 4 + 8) * kMillisecond);
}

TEST(SimulatedSql, WhoIsDestroyedBeforeItsServiceEndsNeverHappened) {
    for (const bool after : {false, true}) {
        SimulatedStage stage;
        SqliteDatabase database;
        auto create = [](SqlTransaction& tx) { tx.execute("CREATE TABLE t(a BIGINT)"); };
        database.transact(Sql::Access::Write, SqlBody(create));
        services::SimulatedSql sql(stage.executor, database, services::StoreModel{});
        const auto insert = [](Sql& store) -> Task<> {
            const auto body = [](SqlTransaction& tx) { tx.execute("INSERT INTO t VALUES(1)"); };
            co_await store.write(body);
        };
        Task<> caller = insert(sql);
        caller.start();
        if (after) stage.executor.step();
        EXPECT_FALSE(caller.done());
        caller.reset();
        stage.executor.run();
        int64_t rows = -1;
        auto select = [&](SqlTransaction& tx) { rows = tx.find("SELECT COUNT(*) FROM t")->integer(0); };
        database.transact(Sql::Access::Read, SqlBody(select));
        EXPECT_EQ(rows, after ? 1 : 0);
    }
}

}  // namespace matinee::contracts
