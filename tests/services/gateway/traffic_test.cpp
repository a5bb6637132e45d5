// The gateway's rules of traffic in virtual time: deadlines, calls to others, limits, shedding.
#include <gtest/gtest.h>

#include "simulator/services/adapters.hpp"
#include "simulator/services/executor.hpp"
#include "system/gateway/calls.hpp"
#include "system/gateway/gateway.hpp"
#include "system/gateway/trace.hpp"

namespace matinee::gateway {

namespace {

constexpr TimeNs kEvening = 1'795'204'800 * kSecond;

class TrafficTest : public testing::Test {
protected:
    TimeNs passed() const { return executor_.now() - kEvening; }
    /// Runs a task to its end; the code of the ServiceError it throws, nothing where it does not.
    std::optional<ErrorCode> outcome(Task<> task) {
        task.start();
        while (!task.done() && executor_.step()) {
        }
        try {
            task.take();
        } catch (const ServiceError& error) {
            return error.code;
        }
        return std::nullopt;
    }
    Task<> sleep(TimeNs duration, int& done) {
        co_await clock_.sleep_until(clock_.now() + duration);
        ++done;
    }

    services::Executor executor_{kEvening};
    services::SimulatedClock clock_{executor_};
    services::SimulatedRandom random_{7, 1};
};

class DeadlinesTest : public TrafficTest {
protected:
    Task<> bounded(TimeNs deadline, TimeNs duration, int& done) {
        co_await deadlines_.within(kEvening + deadline, sleep(duration, done));
    }
    Deadlines deadlines_{clock_};
    int done_ = 0;
};

TEST_F(DeadlinesTest, WhoIsDoneInTimeNoticesNothing) {
    EXPECT_FALSE(outcome(bounded(kSecond, kSecond / 2, done_)));
    EXPECT_EQ(done_, 1);
    EXPECT_EQ(passed(), kSecond / 2);
    EXPECT_EQ(deadlines_.waiting(), 0u);
}

TEST_F(DeadlinesTest, WhoIsNotIsDestroyedAtThatMoment) {
    EXPECT_EQ(outcome(bounded(kSecond, kHour, done_)), ErrorCode::DeadlineExceeded);
    EXPECT_EQ(passed(), kSecond);
    executor_.run();
    EXPECT_EQ(done_, 0);
    EXPECT_EQ(passed(), kSecond) << "nobody sleeps on";
}

TEST_F(DeadlinesTest, InnerDeadlinesAndManyAtOnce) {
    const auto nested = [&](TimeNs outer, TimeNs inner) -> Task<> {
        co_await deadlines_.within(kEvening + outer, bounded(inner, kHour, done_));
    };
    EXPECT_EQ(outcome(nested(2 * kSecond, kSecond)), ErrorCode::DeadlineExceeded);
    EXPECT_EQ(passed(), kSecond);
    EXPECT_EQ(outcome(nested(3 * kSecond, 4 * kSecond)), ErrorCode::DeadlineExceeded);
    EXPECT_EQ(passed(), 3 * kSecond);
    std::vector<Task<>> tasks;
    for (int i = 0; i < 100; ++i)
        tasks.push_back(bounded((10 + (i * 37) % 100) * kSecond, (i % 2 == 0 ? 5 : 500) * kSecond, done_));
    for (Task<>& task : tasks) task.start();
    tasks[1].reset();
    executor_.run();
    EXPECT_EQ(done_, 50);
    EXPECT_EQ(passed(), 109 * kSecond);
    for (int i = 2; i < 100; ++i) {
        EXPECT_TRUE(tasks[size_t(i)].done());
        if (i % 2 == 0)
            EXPECT_NO_THROW(tasks[size_t(i)].take());
        else
            EXPECT_THROW(tasks[size_t(i)].take(), ServiceError);
    }
}

/// A task that begins another with a deadline from inside the moment at which one expires.
TEST_F(DeadlinesTest, ANewDeadlineWhileOneExpires) {
    const auto persistent = [&]() -> Task<> {
        for (int i = 1; i <= 5; ++i) {
            try {
                co_await deadlines_.within(kEvening + i * kSecond, sleep(kHour, done_));
            } catch (const ServiceError&) {
                ++done_;
            }
        }
    };
    EXPECT_FALSE(outcome(persistent()));
    EXPECT_EQ(done_, 5);
    EXPECT_EQ(passed(), 5 * kSecond);
}

class CallsTest : public TrafficTest {
protected:
    /// The next `failing` attempts fail after 10 ms, the others answer.
    Task<int> callee() {
        ++attempts_;
        co_await clock_.sleep_until(clock_.now() + (slow_ ? kHour : 10 * kMillisecond));
        if (refuses_) throw ServiceError(ErrorCode::PaymentDeclined);
        if (failing_ > 0 && failing_-- > 0) throw ServiceError(error_);
        co_return 42;
    }
    std::optional<ErrorCode> call(TimeNs patience = kHour, Repeat repeat = Repeat::Safe) {
        const auto body = [this](TimeNs deadline, Repeat how) -> Task<> {
            const int answer = co_await calls_.call(deadline, how, [this] { return callee(); });
            EXPECT_EQ(answer, 42);
        };
        return outcome(body(clock_.now() + patience, repeat));
    }
    int attempts_ = 0;
    int failing_ = 0;
    bool slow_ = false, refuses_ = false;
    ErrorCode error_ = ErrorCode::Internal;
    Calls calls_{clock_, random_, "the till", CallSettings{}};
};

TEST_F(CallsTest, RetriesWithPausesThatGrow) {
    failing_ = 2;
    EXPECT_FALSE(call());
    EXPECT_EQ(attempts_, 3);
    EXPECT_GE(passed(), 30 * kMillisecond + 75 * kMillisecond);
    EXPECT_LE(passed(), 30 * kMillisecond + 150 * kMillisecond);
}

TEST_F(CallsTest, WhatMayNotBeRepeatedIsNot) {
    failing_ = 1;
    EXPECT_EQ(call(kHour, Repeat::Unsafe), ErrorCode::Internal);
    EXPECT_EQ(attempts_, 1);
    failing_ = 1;
    error_ = ErrorCode::Unavailable;  // it says itself that nothing happened
    EXPECT_FALSE(call(kHour, Repeat::Unsafe));
    EXPECT_EQ(attempts_, 3);
}

TEST_F(CallsTest, ARefusalIsAnAnswer) {
    refuses_ = true;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(call(), ErrorCode::PaymentDeclined);
    EXPECT_EQ(attempts_, 20);
    EXPECT_EQ(calls_.breaker().state(), CircuitBreaker::State::Closed);
}

TEST_F(CallsTest, DeadlinesOfAnAttemptAndOfTheCaller) {
    slow_ = true;
    EXPECT_EQ(call(kHour, Repeat::Unsafe), ErrorCode::DeadlineExceeded);
    EXPECT_EQ(passed(), 2 * kSecond);
    const TimeNs before = passed();
    EXPECT_EQ(call(2500 * kMillisecond), ErrorCode::DeadlineExceeded);
    EXPECT_EQ(passed() - before, 2500 * kMillisecond);
    EXPECT_EQ(attempts_, 3);
}

TEST_F(CallsTest, TheBreakerLeavesADeadCalleeAloneAndFindsItAgain) {
    failing_ = 1'000'000;
    EXPECT_EQ(call(), ErrorCode::Internal);
    EXPECT_EQ(call(), ErrorCode::Unavailable) << "it opens between the fifth and sixth attempt";
    EXPECT_EQ(attempts_, 5);
    const TimeNs before = passed();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(call(), ErrorCode::Unavailable);
    EXPECT_EQ(passed(), before) << "refused at once";
    EXPECT_EQ(attempts_, 5);
    executor_.run_until(executor_.now() + 60 * kSecond);
    EXPECT_NE(call(), std::nullopt);
    EXPECT_EQ(attempts_, 6);
    failing_ = 0;
    executor_.run_until(executor_.now() + 60 * kSecond);
    EXPECT_FALSE(call());
    EXPECT_FALSE(call());
    EXPECT_EQ(calls_.breaker().state(), CircuitBreaker::State::Closed);
}

TEST_F(CallsTest, ATrialWhoseCallerLeavesDoesNotBlockTheNext) {
    failing_ = 5;
    call();
    call();
    executor_.run_until(executor_.now() + 60 * kSecond);
    const auto body = [this]() -> Task<> {
        (void)co_await calls_.call(kNever, Repeat::Safe, [this] { return callee(); });
    };
    Task<> leaves = body();
    leaves.start();
    EXPECT_EQ(calls_.breaker().state(), CircuitBreaker::State::HalfOpen);
    leaves.reset();
    EXPECT_FALSE(call());
}

TEST_F(CallsTest, ACalleeThatFailsAltogetherGetsATenthMore) {
    CallSettings settings;
    settings.breaker.failures = 1'000'000;
    Calls calls(clock_, random_, "the till", settings);
    failing_ = 1'000'000;
    for (int i = 0; i < 1000; ++i) {
        const auto body = [&]() -> Task<> {
            (void)co_await calls.call(kNever, Repeat::Safe, [this] { return callee(); });
        };
        EXPECT_TRUE(outcome(body()));
    }
    EXPECT_GE(attempts_, 1100);
    EXPECT_LE(attempts_, 1120);
}

/// A gateway with routes that take as long as their query says.
class GatewayTrafficTest : public TrafficTest, public Authenticator {
protected:
    Task<Principal> authenticate(std::string_view token, Door& door) override {
        if (token != "known") door.admit_stranger();
        if (token == "bad") throw ServiceError(ErrorCode::Unauthenticated);
        const std::string name(token);
        co_return Principal{.user_id = "usr_" + name, .session_id = "ses_" + name, .expires_at = kNever};
    }
    void require_admin(const std::string&) const override { throw ServiceError(ErrorCode::Unauthenticated); }

    std::vector<Route> routes() {
        const auto slow = [this](Call& call) -> Task<Reply> {
            co_await clock_.sleep_until(clock_.now() + call.query_integer("ms").value_or(0) * kMillisecond);
            Reply reply;
            reply.data = std::to_string((call.deadline - clock_.now()) / kMillisecond);
            co_return reply;
        };
        const std::vector<Field> query = {
            {.name = "ms", .kind = Field::Kind::Integer, .required = false, .least = 0, .most = 1'000'000}};
        const auto route = [&](const char* method, const char* pattern, Access access) {
            return Route{.method = method,
                         .pattern = pattern,
                         .operation_id = std::string(method) + pattern,
                         .access = access,
                         .query = query,
                         .handler = slow};
        };
        return {route("POST", "/api/v1/auth/login", Access::Public),
                route("POST", "/api/v1/playback/start", Access::User),
                route("GET", "/api/v1/browse/home", Access::User), route("GET", "/api/v1/search", Access::User)};
    }
    Task<Response> send(const std::string& method, const std::string& target, const std::string& token = "",
                        const std::string& client = "", std::vector<Header> headers = {}) {
        Request request{
            .method = method, .target = target, .headers = std::move(headers), .body = {}, .client = client};
        if (!token.empty()) request.headers.push_back({"authorization", "Bearer " + token});
        return gateway_->handle(std::move(request));
    }
    Response answer(Task<Response> task) {
        task.start();
        while (!task.done() && executor_.step()) {
        }
        return task.take();
    }
    static std::string header(const Response& response, const std::string& name) {
        for (const Header& one : response.headers)
            if (one.name == name) return one.value;
        return "";
    }
    void build(const Settings& settings) {
        gateway_ = std::make_unique<Gateway>(clock_, random_, *this, routes(), settings);
    }
    void SetUp() override { build({}); }
    std::unique_ptr<Gateway> gateway_;
};

TEST_F(GatewayTrafficTest, LimitsOfAnAddressAndTheirHeaders) {
    const auto login = [&](const std::string& client) {
        return answer(send("POST", "/api/v1/auth/login", "", client));
    };
    const Response first = login("192.0.2.1");
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(header(first, "ratelimit-policy"), "\"login\";q=20;w=3600, \"address\";q=100;w=10");
    EXPECT_EQ(header(first, "ratelimit"), "\"login\";r=19;t=180");
    for (int i = 1; i < 20; ++i) EXPECT_EQ(login("192.0.2.1").status, 200);
    const Response refused = login("192.0.2.1");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.content_type, "application/problem+json");
    EXPECT_NE(refused.body.find("\"code\":\"rate_limited\""), std::string::npos);
    EXPECT_EQ(header(refused, "retry-after"), "180");
    EXPECT_EQ(header(refused, "ratelimit"), "\"login\";r=0;t=3600");
    EXPECT_EQ(login("192.0.2.2").status, 200);
    EXPECT_EQ(login("2001:db8::1").status, 200);
    EXPECT_EQ(header(login("2001:db8::2"), "ratelimit"), "\"login\";r=18;t=360") << "one network";
    for (int i = 0; i < 50; ++i) EXPECT_EQ(login("").status, 200) << "inside the process nobody has an address";
    executor_.run_until(executor_.now() + 180 * kSecond);
    EXPECT_EQ(login("192.0.2.1").status, 200);
    EXPECT_EQ(login("192.0.2.1").status, 429);
}

TEST_F(GatewayTrafficTest, WorthlessTokensTakeFromTheirAddress) {
    const auto status = [&](const std::string& token, const std::string& client) {
        return answer(send("GET", "/api/v1/browse/home", token, client)).status;
    };
    std::map<int, int> statuses;
    for (int i = 0; i < 100; ++i) ++statuses[status(i % 2 == 0 ? "bad" : "", "192.0.2.1")];
    EXPECT_EQ(statuses, (std::map<int, int>{{401, 100}}));
    const Response refused = answer(send("GET", "/api/v1/browse/home", "bad", "192.0.2.1"));
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(header(refused, "retry-after"), "1");
    EXPECT_EQ(status("ada", "192.0.2.1"), 429) << "nobody knows yet whether it is a good one";
    EXPECT_EQ(status("known", "192.0.2.1"), 200);
    EXPECT_EQ(status("ada", "192.0.2.2"), 200);
    EXPECT_EQ(answer(send("POST", "/api/v1/auth/login", "", "192.0.2.1")).status, 429) << "one bucket";
    executor_.run_until(executor_.now() + kSecond);
    EXPECT_EQ(status("ada", "192.0.2.1"), 200);
}

TEST_F(GatewayTrafficTest, WhoAsksForWhatIsNotThereIsSlowed) {
    const auto status = [&](const std::string& method, const std::string& target, const std::string& client) {
        return answer(send(method, target, "", client)).status;
    };
    std::map<int, int> statuses;
    for (int i = 0; i < 40; ++i) ++statuses[status("GET", "/wp-admin/" + std::to_string(i), "192.0.2.1")];
    for (int i = 0; i < 40; ++i) ++statuses[status("DELETE", "/api/v1/search", "192.0.2.1")];
    for (int i = 0; i < 20; ++i) ++statuses[status("GET", "/a/../b", "192.0.2.1")];
    EXPECT_EQ(statuses, (std::map<int, int>{{404, 40}, {405, 40}, {400, 20}}));
    const Response refused = answer(send("GET", "/wp-login.php", "", "192.0.2.1"));
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(header(refused, "retry-after"), "1");
    EXPECT_EQ(status("DELETE", "/api/v1/search", "192.0.2.1"), 429);
    EXPECT_EQ(status("GET", "/wp-admin", "192.0.2.2"), 404);
    EXPECT_EQ(answer(send("GET", "/api/v1/browse/home", "known", "192.0.2.1")).status, 200);
    executor_.run_until(executor_.now() + kSecond);
    EXPECT_EQ(status("GET", "/wp-admin", "192.0.2.1"), 404);
}

TEST_F(GatewayTrafficTest, LimitsOfAUser) {
    std::map<int, int> statuses;
    for (int i = 0; i < 200; ++i) ++statuses[answer(send("POST", "/api/v1/playback/start", "ada")).status];
    EXPECT_EQ(statuses, (std::map<int, int>{{200, 100}, {429, 100}}));
    EXPECT_EQ(answer(send("POST", "/api/v1/playback/start", "bob")).status, 200);
    EXPECT_EQ(answer(send("POST", "/api/v1/playback/start", "bad")).status, 401);
    statuses.clear();
    // 3,600 at ten a second: within the device's bucket, beyond the hour's.
    for (int i = 0; i < 3600; ++i) {
        executor_.run_until(executor_.now() + kSecond / 10);
        ++statuses[answer(send("GET", "/api/v1/browse/home", "eve")).status];
    }
    EXPECT_EQ(statuses[200], 1000 + 99) << "a thousand at once, and one in 3.6 s during six minutes";
}

TEST_F(GatewayTrafficTest, DeadlinesOfRouteAndCaller) {
    const std::string home = "/api/v1/browse/home?ms=";
    EXPECT_EQ(answer(send("GET", home + "9000", "ada")).status, 200);
    EXPECT_EQ(passed(), 9 * kSecond);
    const Response late = answer(send("GET", home + "11000", "ada"));
    EXPECT_EQ(late.status, 504);
    EXPECT_NE(late.body.find("deadline_exceeded"), std::string::npos);
    EXPECT_EQ(passed(), 19 * kSecond);
    EXPECT_EQ(answer(send("GET", home + "1000", "ada", "", {{"x-request-timeout-ms", "999"}})).status, 504);
    EXPECT_EQ(passed(), 19'999 * kMillisecond);
    const Response told = answer(send("GET", home + "0", "ada", "", {{"x-request-timeout-ms", "700"}}));
    EXPECT_NE(told.body.find("\"data\":700,"), std::string::npos) << told.body;
    const Response longest = answer(send("GET", home + "0", "ada", "", {{"x-request-timeout-ms", "3600000"}}));
    EXPECT_NE(longest.body.find("\"data\":10000,"), std::string::npos) << "no caller lengthens it";
    for (const char* bad : {"0", "-1", "1.5", "x", "", "3600001", "99999999999999999999"})
        EXPECT_EQ(answer(send("GET", home + "0", "ada", "", {{"x-request-timeout-ms", bad}})).status, 400) << bad;
}

TEST_F(GatewayTrafficTest, WhatACallToAnotherServerCarries) {
    const Request request{.headers = {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                                      {"tracestate", "vendor=1"}}};
    Call call{.request = request, .request_id = "req_1", .principal = {}, .path = {}};
    call.deadline = kEvening + 1500 * kMillisecond;
    const std::vector<Header> headers = onward_headers(call, kEvening + 300 * kMillisecond);
    const Trace trace = trace_of(request, "req_1");
    EXPECT_EQ(headers, (std::vector<Header>{{"x-request-id", "req_1"},
                                            {"traceparent", trace.traceparent()},
                                            {"tracestate", "vendor=1"},
                                            {"x-request-timeout-ms", "1200"}}));
}

TEST_F(GatewayTrafficTest, PlaybackStartsWhileBrowsingIsShed) {
    Settings settings;
    settings.concurrency = 10;
    build(settings);
    std::vector<Task<Response>> crowd;
    for (int i = 0; i < 20; ++i)
        crowd.push_back(send("GET", "/api/v1/browse/home?ms=5000", "user" + std::to_string(i)));
    for (auto& task : crowd) task.start();
    Task<Response> search = send("GET", "/api/v1/search", "ada");
    Task<Response> start = send("POST", "/api/v1/playback/start?ms=1", "ada");
    search.start();
    start.start();
    executor_.run_until(executor_.now() + 10 * kSecond);
    const Response shed = search.take();
    EXPECT_EQ(shed.status, 503);
    EXPECT_EQ(header(shed, "retry-after"), "1");
    EXPECT_EQ(start.take().status, 200);
    std::map<int, int> statuses;
    for (auto& task : crowd) ++statuses[task.take().status];
    EXPECT_EQ(statuses, (std::map<int, int>{{200, 6}, {503, 14}}));
    EXPECT_EQ(answer(send("GET", "/api/v1/search", "ada")).status, 200) << "places come back";
    MetricsText text;
    gateway_->write_metrics(text);
    const std::string all = text.take();
    EXPECT_NE(all.find("matinee_http_refusals_total{cause=\"overloaded\"} 15\n"), std::string::npos) << all;
    EXPECT_NE(all.find("matinee_http_requests_under_way 0\n"), std::string::npos);
}

TEST_F(GatewayTrafficTest, WhoeverLeavesGivesItsPlaceBack) {
    Settings settings;
    settings.concurrency = 1;
    settings.share_percent = {0, 100, 100, 100, 100};
    build(settings);
    for (int i = 0; i < 3; ++i) {
        Task<Response> leaves = send("GET", "/api/v1/browse/home?ms=5000", "ada");
        leaves.start();
        EXPECT_EQ(answer(send("GET", "/api/v1/browse/home", "bob")).status, 503);
    }
    EXPECT_EQ(answer(send("GET", "/api/v1/browse/home", "bob")).status, 200);
}

}  // namespace

}  // namespace matinee::gateway
