// HTTP as it comes from strangers: what is malformed, too large, too slow, or many.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "system/base/errors.hpp"
#include "system/embedded/sqlite_database.hpp"
#include "tests/services/live/running_host.hpp"
#include "tests/services/live/socket.hpp"

namespace matinee::live {

static const std::string kLivez = "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n";

class HttpServerTest : public testing::Test {
protected:
    static Config config() {
        Config made = RunningHost::cheap();
        made.limits.body_bytes = 1024;
        made.limits.header_bytes = 2048;
        made.limits.first_header = kSecond / 2;
        made.limits.connections = 2'100;
        return made;
    }
    /// The answer to what is sent on a connection of its own; the server is to close it.
    std::string answer(const std::string& sent) const {
        const Socket socket(host_.port());
        socket.send(sent);
        return socket.read_all();
    }
    static std::string post(const std::string& headers, const std::string& body) {
        return "POST /api/v1/auth/login HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" + headers + "\r\n" +
               body;
    }
    RunningHost host_{config()};
};

TEST_F(HttpServerTest, KeepsConnectionsAndAnswersPipelinesInOrder) {
    const Socket socket(host_.port());
    for (int i = 0; i < 3; ++i) {
        socket.send(kLivez);
        EXPECT_TRUE(socket.read_until("{\"status\":\"ok\"}").starts_with("HTTP/1.1 200 OK\r\n"));
    }
    socket.send(kLivez + "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n" +
                "GET /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string all = socket.read_all();
    EXPECT_EQ(all.find("HTTP/1.1 200 OK"), 0u);
    const size_t second = all.find("HTTP/1.1 404 Not Found");
    ASSERT_NE(second, std::string::npos);
    EXPECT_NE(all.find("HTTP/1.1 200 OK", second), std::string::npos);
    EXPECT_TRUE(all.ends_with("{\"status\":\"ok\"}<closed>"));
}

TEST_F(HttpServerTest, OldAndOddRequests) {
    EXPECT_TRUE(answer("GET /livez HTTP/1.0\r\n\r\n").ends_with("{\"status\":\"ok\"}<closed>"));
    const std::string head = answer("HEAD /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_NE(head.find("content-length: 15\r\n"), std::string::npos) << head;
    EXPECT_TRUE(head.ends_with("\r\n\r\n<closed>")) << "no body for HEAD: " << head;
    const std::string put = answer("PUT /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(put.starts_with("HTTP/1.1 405 Method Not Allowed\r\n")) << put;
    EXPECT_NE(put.find("allow: GET, HEAD\r\n"), std::string::npos) << put;
    const Socket socket(host_.port());
    socket.send(post("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
    EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("{}");
    EXPECT_TRUE(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 422 "));
}

TEST_F(HttpServerTest, MalformedRequestsGet400AndAreClosed) {
    for (const std::string& bad :
         {std::string("nonsense\r\n\r\n"), std::string("GET /livez\r\n\r\n"),
          std::string("GET /livez HTTP/9.9\r\n\r\n"), std::string("GET /livez HTTP/1.1\r\n\r\n"),
          std::string("GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
          std::string("GET /livez HTTP/1.1\r\nHost : h\r\n\r\n"),
          std::string("GET /li vez HTTP/1.1\r\nHost: h\r\n\r\n"),
          std::string("GET /livez HTTP/1.1\r\nHost: h\r\nA") + '\0' + "B: c\r\n\r\n",
          std::string("\x16\x03\x01\x02\x01\x01\xfc\r\n\r\n"), post("Content-Length: x\r\n", ""),
          post("Content-Length: -1\r\n", ""), post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"),
          post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
          post("Transfer-Encoding: chunked\r\n", "zz\r\n")}) {
        const std::string got = answer(bad);
        EXPECT_TRUE(got.starts_with("HTTP/1.1 400 Bad Request\r\n")) << bad << "\n" << got;
        EXPECT_NE(got.find("content-type: application/problem+json\r\n"), std::string::npos);
        EXPECT_TRUE(got.ends_with("<closed>")) << bad;
    }
}

TEST_F(HttpServerTest, TooLarge) {
    EXPECT_TRUE(answer(post("Content-Length: 1025\r\n", std::string(1025, ' '))).starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(answer(post("Content-Length: 100000000\r\n", std::string(500'000, ' '))).starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(answer(post("Content-Length: 2000\r\nExpect: 100-continue\r\n", "")).starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(answer(post("Transfer-Encoding: chunked\r\n", "800\r\n" + std::string(2048, ' ') + "\r\n0\r\n\r\n"))
                    .starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(answer("GET /livez HTTP/1.1\r\nHost: h\r\nX: " + std::string(4000, 'x') + "\r\n\r\n")
                    .starts_with("HTTP/1.1 431 "));
    EXPECT_TRUE(answer("GET /" + std::string(4000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 431 "));
    const Socket fits(host_.port());
    fits.send(post("Content-Length: 1024\r\n", std::string(1024, ' ')));
    EXPECT_TRUE(fits.read_until("\r\n\r\n").starts_with("HTTP/1.1 400 ")) << "blanks are no JSON, but not too large";
}

TEST_F(HttpServerTest, WhoeverDawdlesIsClosed) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    const Socket socket(host_.port());
    socket.send("GET /livez HT");
    EXPECT_TRUE(socket.read_all().ends_with("<closed>"));
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
    EXPECT_GE(took, 400);
    EXPECT_LE(took, 2500);
}

TEST_F(HttpServerTest, ManyIdleConnectionsAndOneMoreThanAllowed) {
    std::vector<std::unique_ptr<Socket>> idle;
    try {
        for (int i = 0; i < 400; ++i) {
            idle.push_back(std::make_unique<Socket>(host_.port()));
            idle.back()->send(kLivez);
        }
    } catch (const std::runtime_error&) {
        GTEST_SKIP() << "this machine does not let a process open 800 sockets";
    }
    for (const auto& socket : idle) EXPECT_FALSE(socket->read_until("{\"status\":\"ok\"}").empty());
    for (const auto& socket : idle) socket->send(kLivez);
    for (const auto& socket : idle) EXPECT_FALSE(socket->read_until("{\"status\":\"ok\"}").empty());
}

TEST_F(HttpServerTest, DrainsWhatIsUnderWayAndClosesTheIdle) {
    const Socket idle(host_.port());
    idle.send(kLivez);
    EXPECT_FALSE(idle.read_until("{\"status\":\"ok\"}").empty());
    host_.stop();
    EXPECT_EQ(idle.read_all(), "<closed>");
    EXPECT_THROW(Socket{host_.port()}, std::runtime_error);
}

TEST(LiveHostTest, SaysWhatTheMachineRefuses) {
    RunningHost first;
    Config second = RunningHost::cheap();
    second.port = first.port();
    const auto refusal = [](const Config& config) -> std::string {
        try {
            LiveHost(config, [](const std::string&) {});
        } catch (const MachineError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(refusal(second),
              "cannot bind to 127.0.0.1 port " + std::to_string(first.port()) + ": Address already in use");
    second.address = "not an address";
    EXPECT_TRUE(refusal(second).starts_with("cannot understand the address not an address"));
    std::ofstream(second.data + ".file") << "x";
    second.data += ".file/below";
    EXPECT_NE(refusal(second), "");
    std::filesystem::remove(second.data.substr(0, second.data.size() - 6));
}

TEST(LiveHostTest, AcknowledgedAccountsOutliveTheProcess) {
    Config config = RunningHost::cheap();
    const std::string body = R"({"email":"a@b.c","password":"12345678","name":"A"})";
    const auto post = [&](uint16_t port, const std::string& path) {
        const Socket socket(port);
        socket.send("POST /api/v1/auth/" + path +
                    " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
        return socket.read_until("\r\n\r\n").substr(0, 12);
    };
    {
        LiveHost host(config, [](const std::string&) {});
        std::thread thread([&] { host.run(); });
        EXPECT_EQ(post(host.port(), "register"), "HTTP/1.1 201");
        host.stop();
        thread.join();
    }
    RunningHost again(config);
    EXPECT_EQ(post(again.port(), "register"), "HTTP/1.1 409");
    EXPECT_EQ(post(again.port(), "login"), "HTTP/1.1 200");
}

TEST(LiveHostTest, WeakPasswordHashesAreRenewedAtLogin) {
    Config config = RunningHost::cheap();
    const std::string body = R"({"email":"a@b.c","password":"12345678","name":"A"})";
    std::string hash;
    auto select = [&](SqlTransaction& tx) { hash = tx.find("SELECT password_hash FROM users")->text(0); };
    for (const char* path : {"register", "login"}) {
        {
            LiveHost host(config, [](const std::string&) {});
            std::thread thread([&] { host.run(); });
            const Socket socket(host.port());
            socket.send(std::string("POST /api/v1/auth/") + path +
                        " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: " +
                        std::to_string(body.size()) + "\r\n\r\n" + body);
            EXPECT_TRUE(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 20"));
            host.stop();
            thread.join();
        }
        SqliteDatabase(config.data + "/matinee.db", SqliteDatabase::Durability::Process)
            .transact(Sql::Access::Read, SqlBody(select));
        EXPECT_NE(hash.find(config.password_cost.passes == 1 ? "t=1" : "t=2"), std::string::npos) << hash;
        config.password_cost.passes = 2;
    }
    std::filesystem::remove_all(config.data);
}

TEST(LiveHostTest, LogsRequestsWithoutSecrets) {
    Config config = RunningHost::cheap();
    config.log_requests = true;
    RunningHost running(config);
    const Socket socket(running.port());
    socket.send(
        "GET /api/v1/auth/validate-token HTTP/1.1\r\nHost: h\r\nX-Request-Id: abc\r\n"
        "Authorization: Bearer topsecret\r\n\r\n");
    EXPECT_TRUE(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 401 "));
    const std::string log = running.log();
    EXPECT_NE(log.find("\"request_id\":\"abc\",\"operation\":\"validate_token\",\"status\":401"), std::string::npos)
        << log;
    EXPECT_EQ(log.find("topsecret"), std::string::npos);
}

}  // namespace matinee::live
