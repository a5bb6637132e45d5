// Beyond the contract of Sql: that writers share commits, and what that must not change.
#include "system/live/group_commit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/services/contracts/stage.hpp"

namespace matinee::live {

class GroupCommitTest : public testing::Test {
protected:
    GroupCommitTest() {
        sql_.write([](SqlTransaction& tx) { tx.execute("CREATE TABLE t(a BIGINT PRIMARY KEY)"); }).start();
        sql_.start();
    }
    ~GroupCommitTest() override { std::filesystem::remove_all(folder_); }
    Task<> insert(int64_t number) {
        const auto body = [number](SqlTransaction& tx) { tx.execute("INSERT INTO t(a) VALUES($1)", number); };
        try {
            co_await sql_.write(body);
            ++written_;
        } catch (const SqlError& error) {
            EXPECT_EQ(error.kind, SqlError::Kind::Unique);
            ++refused_;
        }
    }
    /// Starts all at once and waits until so many have heard of it.
    void run(std::vector<Task<>>& tasks, int heard) {
        const auto body = [&]() -> Task<> {
            for (Task<>& task : tasks) task.start();
            while (written_ + refused_ < heard) co_await stage_.loop.sleep_until(stage_.loop.now() + kMillisecond);
        };
        stage_.run(body());
    }
    int64_t count() {
        return stage_.run(sql_.read([](SqlTransaction& tx) { return tx.find("SELECT COUNT(*) FROM t")->integer(0); }));
    }

    static std::filesystem::path fresh_folder() {
        const std::filesystem::path made =
            std::filesystem::path(testing::TempDir()) / ("matinee_commit_" + std::to_string(::getpid()));
        std::filesystem::remove_all(made);
        std::filesystem::create_directories(made);
        return made;
    }
    const std::filesystem::path folder_ = fresh_folder();
    contracts::LiveStage stage_;
    SqliteDatabase writer_{(folder_ / "a.db").string(), SqliteDatabase::Durability::PowerLoss};
    SqliteDatabase reader_{(folder_ / "a.db").string(), SqliteDatabase::Durability::ReadsOnly};
    GroupCommitSql sql_{stage_.loop, writer_, reader_};
    int written_ = 0, refused_ = 0;
};

TEST_F(GroupCommitTest, ManyWritersShareACommitAndOneThatFailsHurtsNobody) {
    std::vector<Task<>> tasks;
    for (int64_t i = 0; i < 300; ++i) tasks.push_back(insert(i));
    for (int64_t i = 0; i < 10; ++i) tasks.push_back(insert(7));
    for (int64_t i = 300; i < 400; ++i) tasks.push_back(insert(i));
    run(tasks, 410);
    EXPECT_EQ(written_, 400);
    EXPECT_EQ(refused_, 10);
    EXPECT_EQ(count(), 400);
    EXPECT_EQ(sql_.counts().writes, 410);
    EXPECT_LE(sql_.counts().commits, 3);
    EXPECT_EQ(sql_.counts().failed, 0);
    EXPECT_EQ(sql_.waiting(), 0u);
}

TEST_F(GroupCommitTest, WhoIsDestroyedBeforeItsBatchNeverHappens) {
    std::vector<Task<>> tasks;
    for (int64_t i = 0; i < 20; ++i) tasks.push_back(insert(i));
    const auto body = [&]() -> Task<> {
        for (Task<>& task : tasks) task.start();
        for (size_t i = 0; i < tasks.size(); i += 2) tasks[i].reset();
        while (written_ < 10) co_await stage_.loop.sleep_until(stage_.loop.now() + kMillisecond);
    };
    stage_.run(body());
    EXPECT_EQ(count(), 10);
}

TEST_F(GroupCommitTest, WhoIsDestroyedWhileItsBatchIsCommittedDoesNotHearOfIt) {
    std::vector<Task<>> tasks;
    for (int64_t i = 0; i < 50; ++i) tasks.push_back(insert(i));
    const auto body = [&]() -> Task<> {
        for (Task<>& task : tasks) task.start();
        while (sql_.counts().commits == 0) co_await stage_.loop.sleep_until(0);
        tasks.resize(25);
        while (written_ < 25) co_await stage_.loop.sleep_until(stage_.loop.now() + kMillisecond);
        co_await stage_.loop.sleep_until(stage_.loop.now() + 5 * kMillisecond);
    };
    stage_.run(body());
    EXPECT_EQ(written_, 25);
    EXPECT_EQ(count(), 50);
}

TEST_F(GroupCommitTest, ABatchThatCannotBeginFailsWholeAndTheNextIsFine) {
    SqliteDatabase other((folder_ / "a.db").string(), SqliteDatabase::Durability::Process);
    other.begin_batch();  // holds the one write lock of the file
    int unavailable = 0;
    const auto attempt = [&]() -> Task<> {
        try {
            co_await sql_.write([](SqlTransaction& tx) { tx.execute("INSERT INTO t(a) VALUES(1)"); });
        } catch (const SqlError& error) {
            EXPECT_EQ(error.kind, SqlError::Kind::Unavailable);
            ++unavailable;
        }
    };
    stage_.run(attempt());
    EXPECT_EQ(unavailable, 1);
    EXPECT_EQ(sql_.counts().failed, 1);
    other.commit_batch();
    stage_.run(attempt());
    EXPECT_EQ(unavailable, 1);
    EXPECT_EQ(count(), 1);
}

TEST_F(GroupCommitTest, WritesFromWithinAnAcknowledgementWait) {
    const auto chain = [&]() -> Task<> {
        for (int64_t i = 0; i < 50; ++i) {
            const auto body = [i](SqlTransaction& tx) { tx.execute("INSERT INTO t(a) VALUES($1)", 1000 + i); };
            co_await sql_.write(body);
            const auto there = [i](SqlTransaction& tx) {
                return tx.find("SELECT 1 FROM t WHERE a = $1", 1000 + i).has_value();
            };
            EXPECT_TRUE(co_await sql_.read(there)) << "who was told can read it";
        }
    };
    stage_.run(chain());
    EXPECT_EQ(count(), 50);
}

/// Writers that begin the next write when they hear of the last leave no gap in which all of the log could be moved.
TEST_F(GroupCommitTest, TheLogBeginsAnewThoughCommitsFollowEachOther) {
    static constexpr int64_t kLong = 1'000, kPages = 12'000, kPagesOfRow = 5, kWriters = 8;
    SqliteDatabase mover((folder_ / "a.db").string(), SqliteDatabase::Durability::ReadsOnly);
    Checkpointer checkpointer(mover, kLong);
    GroupCommitSql sql(stage_.loop, writer_, reader_, &checkpointer);
    sql.start();
    const std::string text(4096 * kPagesOfRow, 'x');
    int64_t rows = 0;
    const auto write_on = [&]() -> Task<> {
        while (rows < kPages / kPagesOfRow) {
            const auto body = [&text, number = ++rows](SqlTransaction& tx) {
                tx.execute("INSERT INTO wide(a, b) VALUES($1, $2)", number, text);
            };
            co_await sql.write(body);
        }
        ++written_;
    };
    const auto create = [](SqlTransaction& tx) { tx.execute("CREATE TABLE wide(a BIGINT PRIMARY KEY, b TEXT)"); };
    stage_.run(sql.write(create));
    std::vector<Task<>> tasks;
    for (int64_t i = 0; i < kWriters; ++i) tasks.push_back(write_on());
    run(tasks, kWriters);
    EXPECT_GE(rows, kPages / kPagesOfRow);
    EXPECT_EQ(sql.counts().failed, 0);
    const auto longest = int64_t(std::filesystem::file_size(folder_ / "a.db-wal")) / 4096;
    EXPECT_LT(longest, 6 * kLong) << "of " << kPages << " pages";
    EXPECT_EQ(stage_.run(sql.read([](SqlTransaction& tx) { return tx.find("SELECT COUNT(*) FROM wide")->integer(0); })),
              rows);
}

}  // namespace matinee::live
