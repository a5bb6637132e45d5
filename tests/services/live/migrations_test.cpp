// Databases of older and newer programs.
#include "system/platform/migrations.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "system/base/errors.hpp"
#include "system/live/host.hpp"
#include "system/live/seed.hpp"
#include "tests/services/contracts/stage.hpp"
#include "tests/services/live/server_process.hpp"

namespace matinee::live {

namespace fs = std::filesystem;

namespace {

void create_a(SqlTransaction& tx) { tx.execute("CREATE TABLE a(x BIGINT PRIMARY KEY)"); }
void widen_a(SqlTransaction& tx) { tx.execute("ALTER TABLE a ADD COLUMN y BIGINT NOT NULL DEFAULT 7"); }
void break_halfway(SqlTransaction& tx) {
    tx.execute("UPDATE a SET y = 8");
    throw std::runtime_error("killed");
}

constexpr platform::Migration kSteps[] = {{1, "a", create_a}, {2, "wider", widen_a}, {3, "broken", break_halfway}};

class MigrationsTest : public testing::Test {
protected:
    MigrationsTest() { fs::remove_all(folder_); }
    ~MigrationsTest() override { fs::remove_all(folder_); }

    static int64_t number(SqliteDatabase& database, const std::string& sql) {
        int64_t found = -1;
        auto body = [&](SqlTransaction& tx) { found = tx.find(sql)->integer(0); };
        database.transact(Sql::Access::Read, SqlBody(body));
        return found;
    }
    static void execute(SqliteDatabase& database, const std::string& sql) {
        auto body = [&](SqlTransaction& tx) { tx.execute(sql); };
        database.transact(Sql::Access::Write, SqlBody(body));
    }
    /// Without its versions, and the columns that later steps add.
    static void forget_versions(SqliteDatabase& database) {
        execute(database, "DROP TABLE schema_versions");
        execute(database, "ALTER TABLE refunds DROP COLUMN ordered_at");
        for (const char* const column : {"periods", "credited_to", "credited_minor"})
            execute(database, std::string("ALTER TABLE payments DROP COLUMN ") + column);
    }
    static std::set<std::string> schema(SqliteDatabase& database) {
        std::set<std::string> texts;
        auto body = [&](SqlTransaction& tx) {
            for (const SqlRow& row : tx.query("SELECT COALESCE(sql, name) FROM sqlite_schema ORDER BY 1"))
                texts.insert(row.text(0));
        };
        database.transact(Sql::Access::Read, SqlBody(body));
        return texts;
    }
    void migrate(SqliteDatabase& database, size_t steps, TimeNs now = 0) {
        SqliteSql sql(database);
        stage_.run(platform::migrate(sql, std::span(kSteps, steps), now));
    }
    /// The database of a folder that a server made; on its way back it is what `change` made of it.
    template <class Change>
    void change_folder(Change change) {
        {
            ServerProcess server(folder_.string());
            ASSERT_NE(server.port(), 0);
            EXPECT_EQ(server.end(SIGTERM), 0);
        }
        SqliteDatabase database((folder_ / "matinee.db").string(), SqliteDatabase::Durability::Process);
        change(database);
    }

    contracts::PlainStage stage_;
    const fs::path folder_ = fs::path(testing::TempDir()) / ("matinee_migrations_" + std::to_string(::getpid()));
};

}  // namespace

TEST_F(MigrationsTest, EachIsAppliedOnceAndInOrder) {
    SqliteDatabase database;
    migrate(database, 1, 5);
    execute(database, "INSERT INTO a(x) VALUES(1)");
    migrate(database, 2, 6);
    migrate(database, 2, 7);
    EXPECT_EQ(number(database, "SELECT y FROM a"), 7);
    EXPECT_EQ(number(database, "SELECT COUNT(*) FROM schema_versions"), 2);
    EXPECT_EQ(number(database, "SELECT applied_at FROM schema_versions WHERE version = 2"), 6);
}

TEST_F(MigrationsTest, OneThatFailsLeavesNothingOfItself) {
    SqliteDatabase database;
    migrate(database, 1);
    execute(database, "INSERT INTO a(x) VALUES(1)");
    EXPECT_THROW(migrate(database, 3), std::runtime_error);
    EXPECT_EQ(number(database, "SELECT MAX(version) FROM schema_versions"), 2) << "those before it stay";
    EXPECT_EQ(number(database, "SELECT y FROM a"), 7);
}

TEST_F(MigrationsTest, ANewerDatabaseIsRefusedUntouched) {
    SqliteDatabase database;
    migrate(database, 2);
    const std::set<std::string> before = schema(database);
    EXPECT_THROW(migrate(database, 1), platform::SchemaError);
    EXPECT_EQ(schema(database), before);
}

TEST_F(MigrationsTest, OursAreNumberedFromOneWithoutGaps) {
    int64_t expected = 1;
    for (const platform::Migration& step : platform::migrations()) EXPECT_EQ(step.version, expected++);
}

/// As programs before the first version left it: their indexes, no versions.
TEST_F(MigrationsTest, AFolderFromBeforeThereWereVersionsIsBroughtUpToDate) {
    std::set<std::string> fresh;
    change_folder([&](SqliteDatabase& database) {
        fresh = schema(database);
        forget_versions(database);
        execute(database, "DROP INDEX paid_times_of_user");
        execute(database, "CREATE INDEX subscriptions_of_user ON subscriptions(user_id, created_at)");
        execute(database, "CREATE INDEX streams_open_of_user ON streams(user_id) WHERE ended_at IS NULL");
        execute(database,
                "INSERT INTO devices(user_id, device_id, device_type, registered_at, used_at)"
                " VALUES('u', 'd', 'tv', 9000000000000000000, 9000000000000000000)");
    });
    change_folder([&](SqliteDatabase& database) {
        EXPECT_EQ(schema(database), fresh);
        EXPECT_EQ(number(database, "SELECT MAX(version) FROM schema_versions"), platform::migrations().back().version);
        EXPECT_EQ(number(database, "SELECT COUNT(*) FROM devices"), 1);
    });
}

TEST_F(MigrationsTest, StreamsAndEventsMoveIntoTheirNewTables) {
    SqliteDatabase database;
    SqliteSql sql(database);
    const auto all = platform::migrations();
    stage_.run(platform::migrate(sql, all.first(2), 0));
    for (const char* const row : {"'t2', 'b', 'ada', 20, NULL", "'t1', 'a', 'bob', 10, 15"})
        execute(database, "INSERT INTO streams(token, stream_id, user_id, started_at, ended_at, profile_id, title_id,"
                          " series_id, duration_s, device_id, quality, position_s, moved_at, watched_s, sequence,"
                          " saved_at, lease_until, check_at, stopped) VALUES(" +
                              std::string(row) + ", 'p', 't', '', 1, 'd', '', 7, 0, 0, -1, 20, 30, 30, 0)");
    execute(database, "INSERT INTO outbox(sequence, event_id, topic, type, key, at, data)"
                      " VALUES(5, 'e', 'topic', 'type', 'key', 1, '{}')");
    stage_.run(platform::migrate(sql, all, 1));
    EXPECT_EQ(number(database, "SELECT COUNT(*) FROM streams WHERE position_s = 7"), 2);
    EXPECT_EQ(number(database, "SELECT started_at FROM streams WHERE user_id = 'ada' AND ended_at IS NULL"), 20);
    execute(database, "INSERT INTO outbox(event_id, topic, type, key, at, data)"
                      " VALUES('f', 'topic', 'type', 'key', 1, '{}')");
    EXPECT_EQ(number(database, "SELECT sequence FROM outbox WHERE event_id = 'f'"), 6);
}

TEST_F(MigrationsTest, ANewerFolderIsRefused) {
    change_folder([](SqliteDatabase& database) {
        execute(database, "INSERT INTO schema_versions(version, about, applied_at) VALUES(1000, 'later', 0)");
    });
    ServerProcess server(folder_.string());
    EXPECT_EQ(server.port(), 0);
    EXPECT_EQ(server.end(0), 3);
    EXPECT_NE(server.errors().find("a newer matinee wrote there"), std::string::npos) << server.errors();
    EXPECT_NE(server.errors().find(folder_.string()), std::string::npos) << server.errors();
    Config config;
    config.data = folder_.string();
    EXPECT_THROW(seed_demo(config), MachineError);
}

TEST_F(MigrationsTest, AFolderThatCannotBeBroughtUpToDateIsRefused) {
    change_folder([](SqliteDatabase& database) {
        forget_versions(database);
        execute(database, "ALTER TABLE users DROP COLUMN country");
    });
    ServerProcess server(folder_.string());
    EXPECT_EQ(server.end(0), 3);
    EXPECT_NE(server.errors().find("the table users has no column country"), std::string::npos) << server.errors();
}

}  // namespace matinee::live
