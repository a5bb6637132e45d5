// What the server promises about the disk: an acknowledged write outlives kill -9 at any moment, and a machine that
// refuses is told of clearly, with exit code 3.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "system/base/random.hpp"
#include "system/embedded/sqlite_database.hpp"
#include "tests/services/live/server_process.hpp"
#include "tests/services/live/socket.hpp"

namespace matinee::live {

namespace fs = std::filesystem;

class DurabilityTest : public testing::Test {
protected:
    DurabilityTest() { fs::remove_all(folder_); }
    ~DurabilityTest() override { fs::remove_all(folder_); }

    static std::string registration(const std::string& email) {
        const std::string body = R"({"email":")" + email + R"(","password":"12345678","name":"A"})";
        return "POST /api/v1/auth/register HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    std::vector<std::string> column(const std::string& sql) const {
        SqliteDatabase database((folder_ / "matinee.db").string(), SqliteDatabase::Durability::Process);
        std::vector<std::string> values;
        auto body = [&](SqlTransaction& tx) {
            for (const SqlRow& row : tx.query(sql)) values.push_back(row.text(0));
        };
        database.transact(Sql::Access::Read, SqlBody(body));
        return values;
    }

    const fs::path folder_ = fs::path(testing::TempDir()) / ("matinee_durability_" + std::to_string(::getpid()));
    const std::vector<std::string> cheap_ = {"--set", "password_memory_kib=8",  "--set", "password_passes=1",
                                             "--set", "limit_register_per_h=0", "--set", "limit_bucket=0"};
};

/// MATINEE_KILLS says how many times; each at another moment, on the database that the one before left.
TEST_F(DurabilityTest, KillNineUnderLoadLosesNoAcknowledgedWrite) {
    const char* const wanted = std::getenv("MATINEE_KILLS");
    const int kills = wanted == nullptr ? 4 : std::atoi(wanted);
    RandomStream moments(20, Purpose::Test, uint64_t(kills));
    std::vector<std::string> acknowledged;
    for (int round = 0; round < kills; ++round) {
        ServerProcess server(folder_.string(), cheap_);
        ASSERT_NE(server.port(), 0) << "round " << round;
        std::mutex mutex;
        std::vector<std::thread> clients;
        for (int client = 0; client < 8; ++client)
            clients.emplace_back([&, client] {
                try {
                    const Socket socket(server.port());
                    for (int i = 0;; ++i) {
                        const std::string email = "r" + std::to_string(round) + "c" + std::to_string(client) + "n" +
                                                  std::to_string(i) + "@b.c";
                        socket.send(registration(email));
                        const std::string head = socket.read_until("\r\n\r\n");
                        if (!head.starts_with("HTTP/1.1 201") || socket.read_until("}}").empty()) return;
                        const std::lock_guard lock(mutex);
                        acknowledged.push_back(email);
                    }
                } catch (const std::runtime_error&) {
                    // killed before it could connect
                }
            });
        std::this_thread::sleep_for(std::chrono::microseconds(20'000 + moments.next_u32() % 150'000));
        EXPECT_EQ(server.end(SIGKILL), 128 + SIGKILL);
        for (std::thread& client : clients) client.join();
        const std::vector<std::string> kept = column("SELECT email_key FROM users ORDER BY email_key");
        std::sort(acknowledged.begin(), acknowledged.end());
        EXPECT_TRUE(std::includes(kept.begin(), kept.end(), acknowledged.begin(), acknowledged.end()))
            << "round " << round;
        const std::vector<std::string> told = column(
            "SELECT user_id FROM users u WHERE NOT EXISTS(SELECT 1 FROM outbox o WHERE o.key = u.user_id)"
            " AND NOT EXISTS(SELECT 1 FROM event_log e WHERE e.key = u.user_id) ORDER BY user_id");
        EXPECT_TRUE(told.empty()) << told.size() << " accounts of which nobody hears";
    }
    EXPECT_GT(acknowledged.size(), size_t(kills));
    ServerProcess last(folder_.string(), cheap_);
    EXPECT_NE(last.port(), 0);
    EXPECT_EQ(last.end(SIGTERM), 0) << last.errors();
}

TEST_F(DurabilityTest, ABusyPort) {
    ServerProcess first(folder_.string());
    ASSERT_NE(first.port(), 0);
    ServerProcess second(folder_.string() + ".second", {"--port", std::to_string(first.port())});
    EXPECT_EQ(second.end(0), 3);
    EXPECT_NE(second.errors().find("port " + std::to_string(first.port()) + ": Address already in use"),
              std::string::npos)
        << second.errors();
    fs::remove_all(folder_.string() + ".second");
}

TEST_F(DurabilityTest, ADamagedDatabase) {
    {
        ServerProcess server(folder_.string());
        ASSERT_NE(server.port(), 0);
        EXPECT_EQ(server.end(SIGTERM), 0);
    }
    const fs::path file = folder_ / "matinee.db";
    {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(4096);
        stream << std::string(fs::file_size(file) - 4096, '\x5a');
    }
    ServerProcess damaged(folder_.string());
    EXPECT_EQ(damaged.port(), 0);
    EXPECT_EQ(damaged.end(0), 3);
    EXPECT_NE(damaged.errors().find("matinee.db cannot be used: "), std::string::npos) << damaged.errors();
    const bool says_so = damaged.errors().find("damaged") != std::string::npos ||
                         damaged.errors().find("malformed") != std::string::npos;  // wherever SQLite first looks
    EXPECT_TRUE(says_so) << damaged.errors();
    std::ofstream(file, std::ios::binary) << std::string(8192, 'x');
    ServerProcess nonsense(folder_.string());
    EXPECT_EQ(nonsense.end(0), 3);
    EXPECT_NE(nonsense.errors().find("file is not a database"), std::string::npos) << nonsense.errors();
}

/// What there is to say differs with the place at which SQLite meets the end of the disk.
static bool says_why(const std::string& errors) {
    return errors.find("File too large") != std::string::npos || errors.find("is full") != std::string::npos;
}

/// Files that may not grow stand for a disk without room: SQLite meets both at the same place.
TEST_F(DurabilityTest, AFullDisk) {
    for (const rlim_t room : {rlim_t(1024), rlim_t(20'000)}) {
        fs::remove_all(folder_);
        ServerProcess server(folder_.string(), {}, room);
        EXPECT_EQ(server.port(), 0) << room;
        EXPECT_EQ(server.end(0), 3) << room;
        EXPECT_NE(server.errors().find("the database"), std::string::npos) << server.errors();
        EXPECT_TRUE(says_why(server.errors())) << server.errors();
    }
    fs::remove_all(folder_);
    // It fills up later: writes are refused, what was acknowledged stays, and the server goes on.
    size_t created = 0;
    {
        ServerProcess server(folder_.string(), cheap_, 1'500'000);
        ASSERT_NE(server.port(), 0);
        const Socket socket(server.port());
        std::string status;
        for (; created < 20'000; ++created) {
            socket.send(registration("n" + std::to_string(created) + "@b.c"));
            status = socket.read_until("\r\n\r\n").substr(9, 3);
            if (status != "201") break;
            socket.read_until("}}");
        }
        EXPECT_EQ(status, "503");
        EXPECT_GT(created, 5u);
        const Socket other(server.port());
        other.send("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE(other.read_until("\r\n").starts_with("HTTP/1.1 200"));
        EXPECT_EQ(server.end(SIGTERM), 0);
        EXPECT_TRUE(says_why(server.errors())) << server.errors().substr(0, 500);
    }
    EXPECT_EQ(column("SELECT email FROM users ORDER BY email").size(), created);
}

}  // namespace matinee::live
