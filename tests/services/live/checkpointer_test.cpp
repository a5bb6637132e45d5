// What stands in the log comes into the database, while commits go on.
#include "system/live/checkpointer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

namespace matinee::live {

namespace {

void add_row(SqliteDatabase& database, size_t bytes) {
    const std::string text(bytes, 'x');
    auto body = [&](SqlTransaction& tx) { tx.execute("INSERT INTO t(a, b) SELECT COUNT(*), $1 FROM t", text); };
    database.transact(Sql::Access::Write, SqlBody(body));
}

}  // namespace

TEST(Checkpointer, ALongLogBeginsAnew) {
    const std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / ("matinee_checkpoint_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::string file = (folder / "a.db").string();
    {
        SqliteDatabase writer(file, SqliteDatabase::Durability::Process);
        auto create = [](SqlTransaction& tx) { tx.execute("CREATE TABLE t(a BIGINT PRIMARY KEY, b TEXT)"); };
        writer.transact(Sql::Access::Write, SqlBody(create));
        writer.leave_checkpoints_to_others();
        static constexpr int kRows = 24;
        for (int i = 0; i < kRows; ++i) add_row(writer, 1 << 20);
        EXPECT_GT(writer.log_pages(), 6'000) << "nobody else moved it";
        SqliteDatabase mover(file, SqliteDatabase::Durability::ReadsOnly);
        Checkpointer checkpointer(mover, 4'000);
        int more = 0;
        for (; more < 1'000 && writer.log_pages() > 100; ++more) {
            if (checkpointer.note(writer.log_pages())) checkpointer.finish();
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            add_row(writer, 10);
        }
        EXPECT_LT(writer.log_pages(), 100);
        EXPECT_GT(std::filesystem::file_size(file), size_t(kRows) << 20);
        auto count = [&](SqlTransaction& tx) {
            EXPECT_EQ(tx.find("SELECT COUNT(*) FROM t")->integer(0), kRows + more);
        };
        writer.transact(Sql::Access::Read, SqlBody(count));
    }
    std::filesystem::remove_all(folder);
}

}  // namespace matinee::live
