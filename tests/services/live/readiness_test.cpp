// What /readyz says of a disk that takes nothing more.
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "tests/services/live/running_host.hpp"

namespace matinee::live {

/// While there is one, no file of this process grows: that stands for a disk without room.
class NoRoom {
public:
    NoRoom() : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit none{1, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &none);
    }
    ~NoRoom() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    NoRoom(const NoRoom&) = delete;
    NoRoom& operator=(const NoRoom&) = delete;

private:
    void (*handler_)(int);
    rlimit before_{};
};

class ReadinessTest : public testing::Test {
protected:
    struct Said {
        int status = 0;
        std::string body;
    };
    Said said(const httplib::Result& result) { return result ? Said{result->status, result->body} : Said(); }
    Said ready() { return said(client_.Get("/readyz")); }
    Said register_as(const std::string& email) {
        return said(client_.Post("/api/v1/auth/register",
                                 R"({"email":")" + email + R"(","password":"12345678","name":"A"})",
                                 "application/json"));
    }
    /// Whether it is ready again within some seconds.
    bool recovers() {
        for (int i = 0; i < 50; ++i) {
            if (ready().status == 200) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return false;
    }
    RunningHost host_;
    httplib::Client client_{"127.0.0.1", host_.port()};
};

TEST_F(ReadinessTest, WhatTheLastCommitSaid) {
    EXPECT_EQ(ready().status, 200);
    EXPECT_EQ(register_as("a@b.c").status, 201);
    Said refused, unready;
    {
        const NoRoom full;  // expectations come behind it: what they print may be a file
        refused = register_as("b@b.c");
        unready = ready();
    }
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(unready.status, 503);
    EXPECT_NE(unready.body.find("writes are refused: "), std::string::npos) << unready.body;
    EXPECT_EQ(unready.body.find("COMMIT"), std::string::npos) << unready.body;
    EXPECT_TRUE(recovers());
}

TEST_F(ReadinessTest, WhereNobodyWroteItTries) {
    Said unready;
    {
        const NoRoom full;
        unready = ready();
    }
    EXPECT_EQ(unready.status, 503);
    EXPECT_NE(unready.body.find("writes are refused: "), std::string::npos) << unready.body;
    EXPECT_TRUE(recovers());
}

}  // namespace matinee::live
