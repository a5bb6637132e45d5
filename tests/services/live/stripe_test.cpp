// The live host's way to Stripe: what its transport does with servers that misbehave, and a host that charges there.
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>

#include "system/base/encoding.hpp"
#include "system/base/service_error.hpp"
#include "system/base/sha256.hpp"
#include "system/live/crypto.hpp"
#include "system/live/stripe_transport.hpp"
#include "tests/services/contracts/fake_stripe.hpp"
#include "tests/services/contracts/stage.hpp"
#include "tests/services/contracts/test_server.hpp"
#include "tests/services/live/certificate.hpp"
#include "tests/services/live/running_host.hpp"

namespace matinee::live {

using contracts::TestServer;

namespace {

gateway::Response response(int status, const std::string& body = "{}") {
    gateway::Response made;
    made.status = status;
    made.body = body;
    return made;
}

class StripeTransportTest : public testing::Test {
protected:
    /// "200 body", or why there is no answer.
    std::string ask(const std::string& url, gateway::Request request) {
        if (!transport_) make_transport(url);
        try {
            const gateway::Response answer = stage_.run(transport_->send(std::move(request)));
            return std::to_string(answer.status) + " " + answer.body;
        } catch (const ServiceError& error) {
            return std::string(info_of(error.code).name);
        } catch (const std::exception&) {
            return "unknown";
        }
    }
    void make_transport(const std::string& url, const std::string& ca_file = "") {
        StripeTransport::Settings settings;
        settings.url = url;
        settings.ca_file = ca_file;
        settings.time = kTime;
        settings.threads = 2;
        transport_ = std::make_unique<StripeTransport>(stage_.loop, random_, settings,
                                                       [this](const std::string& what) { complaints_ += what + "\n"; });
    }
    static gateway::Request get() { return {.method = "GET", .target = "/v1/x?q=a%20b", .headers = {}, .body = {}}; }
    static gateway::Request post(const std::string& key = "") {
        gateway::Request made{.method = "POST", .target = "/v1/x", .headers = {}, .body = "a=b"};
        made.headers.push_back({"content-type", "application/x-www-form-urlencoded"});
        if (!key.empty()) made.headers.push_back({"idempotency-key", key});
        return made;
    }
    /// A server that counts and answers the first requests with 500.
    TestServer::Handler failing(int times) {
        return [this, times](const gateway::Request& request) -> std::optional<gateway::Response> {
            keys_.push_back(request.header("idempotency-key") == nullptr ? "" : *request.header("idempotency-key"));
            return ++served_ <= times ? response(500) : response(200, request.target + request.body);
        };
    }

    static constexpr TimeNs kTime = 500 * kMillisecond;
    contracts::LiveStage stage_;
    SodiumRandom random_;
    std::unique_ptr<StripeTransport> transport_;
    std::string complaints_;
    std::atomic<int> served_ = 0;
    std::vector<std::string> keys_;  // of one connection, whose requests follow each other
};

}  // namespace

TEST_F(StripeTransportTest, RepeatsOnlyWhatMayBeRepeated) {
    const TestServer server(failing(1));
    EXPECT_EQ(ask(server.url(), post("k")), "200 /v1/xa=b");
    EXPECT_EQ(keys_, (std::vector<std::string>{"k", "k"})) << "by the same key";
    served_ = 0;
    EXPECT_EQ(ask(server.url(), get()), "200 /v1/x?q=a%20b");
    EXPECT_EQ(served_, 2);
    served_ = 0;
    EXPECT_EQ(ask(server.url(), post()), "unknown");
    EXPECT_EQ(served_, 1) << "without a key nobody knows what the first one did";
    EXPECT_EQ(transport_->counts().requests, 5);
    EXPECT_EQ(transport_->counts().unanswered, 3);
}

TEST_F(StripeTransportTest, SilenceAndDawdlingEndInTime) {
    for (const bool dawdles : {false, true}) {
        TestServer server([&](const gateway::Request&) -> std::optional<gateway::Response> {
            if (!dawdles) return std::nullopt;
            return response(200, std::string(1'000, ' '));
        });
        if (dawdles) server.dawdle();
        make_transport(server.url());
        const TimeNs before = stage_.loop.now();
        EXPECT_EQ(ask(server.url(), post("k")), "deadline_exceeded") << dawdles;
        const TimeNs took = stage_.loop.now() - before;
        EXPECT_GE(took, kTime);
        EXPECT_LT(took, 3 * kTime);
        const TimeNs ending = stage_.loop.now();
        transport_.reset();
        EXPECT_LT(stage_.loop.now() - ending, kTime) << "its threads were told";
    }
    EXPECT_NE(complaints_.find("in time"), std::string::npos);
}

TEST_F(StripeTransportTest, MoreThanThreadsAtOnceWaitTheirTurn) {
    const TestServer server([](const gateway::Request&) -> std::optional<gateway::Response> {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return response(200);
    });
    make_transport(server.url());
    const auto all = [&]() -> Task<> {
        std::vector<Task<gateway::Response>> tasks;
        for (int i = 0; i < 10; ++i) tasks.push_back(transport_->send(post("k" + std::to_string(i))));
        for (auto& task : tasks) task.start();
        const auto done = [&] {
            return std::all_of(tasks.begin(), tasks.end(), [](const auto& task) { return task.done(); });
        };
        while (!done()) co_await stage_.loop.sleep_until(stage_.loop.now() + kMillisecond);
        for (auto& task : tasks) EXPECT_EQ(task.take().status, 200);
    };
    stage_.run(all());
}

TEST_F(StripeTransportTest, WhatIsNotThereOrTooLongIsNoAnswer) {
    std::string closed;
    {
        const TestServer server(failing(0));
        closed = server.url();
    }
    EXPECT_EQ(ask(closed, post("k")), "unavailable");
    EXPECT_EQ(transport_->counts().requests, 2);
    const TestServer huge([](const gateway::Request&) { return response(200, std::string(5'000'000, 'x')); });
    make_transport(huge.url());
    EXPECT_EQ(ask(huge.url(), post("k")), "unknown");
}

TEST_F(StripeTransportTest, LeavesAServerAloneThatKeepsFailing) {
    const TestServer server(failing(1'000));
    for (int i = 0; i < 10; ++i) ask(server.url(), get());
    EXPECT_EQ(served_, 5) << "the gateway's circuit breaker";
}

TEST_F(StripeTransportTest, BelievesOnlyCertificatesThatItTrusts) {
    const std::string folder = testing::TempDir() + "/matinee_stripe_" + std::to_string(::getpid());
    std::filesystem::create_directories(folder);
    const std::string chain = folder + "/chain.pem", key = folder + "/key.pem";
    for (const char* name : {"localhost", "other.example"}) {
        write_certificate(name, chain, key);
        const TestServer server(failing(0), chain, key);
        make_transport(server.url(), chain);
        EXPECT_EQ(ask(server.url(), post("k")) == "200 /v1/xa=b", name == std::string("localhost")) << name;
        make_transport(server.url());
        EXPECT_NE(ask(server.url(), post("k")), "200 /v1/xa=b") << "signed by itself";
    }
    EXPECT_EQ(served_, 1);
    EXPECT_NE(complaints_.find("Verification"), std::string::npos) << complaints_;
    std::filesystem::remove_all(folder);
}

/// A host whose payment provider is a Stripe of the test.
class StripeHostTest : public testing::Test {
protected:
    struct Answer {
        int status = 0;
        Json body;
    };
    static constexpr const char* kKey = "sk_test_4eC39H";
    static constexpr const char* kSecret = "whsec_5WbX";

    Config config(TimeNs ask_again) {
        Config made = RunningHost::cheap();
        made.payment_provider = kStripe;
        made.stripe.url = http_.url();
        made.stripe.secret_key = kKey;
        made.stripe.webhook_secret = kSecret;
        made.stripe.patience = 2 * kSecond;
        made.platform.payments.ask_again = ask_again;
        check(made);
        return made;
    }
    Answer send(const std::string& method, const std::string& path, const std::string& token, const std::string& body,
                const std::string& signature = "") {
        httplib::Client client("127.0.0.1", running_->port());
        client.set_read_timeout(20);
        httplib::Request request;
        request.method = method;
        request.path = path;
        request.body = body;
        request.set_header("Content-Type", "application/json");
        if (!token.empty()) request.set_header("Authorization", "Bearer " + token);
        if (!signature.empty()) request.set_header("Stripe-Signature", signature);
        const httplib::Result result = client.send(request);
        if (!result) return {};
        return {result->status, Json::parse(result->body)};
    }
    static std::string data(const Answer& answer, const char* name) {
        const Json* const found = answer.body.find("data") ? answer.body.find("data")->find(name) : nullptr;
        return found == nullptr || found->text() == nullptr ? "" : *found->text();
    }
    /// A new account; its user id.
    std::string sign_up() {
        static int number = 0;
        const Answer made =
            send("POST", "/api/v1/auth/register", "",
                 R"({"email":"a)" + std::to_string(number++) + R"(@b.c","password":"12345678","name":"A"})");
        token_ = data(made, "access_token");
        return data(made, "user_id");
    }
    int subscribe(const std::string& method) {
        return send("POST", "/api/v1/subscriptions", token_,
                    R"({"plan_id":"basic","payment_method":")" + method + "\"}")
            .status;
    }
    std::string status_of(const std::string& user) {
        return data(send("GET", "/api/v1/users/" + user + "/subscription", token_, ""), "status");
    }
    bool becomes_active(const std::string& user) {
        for (int i = 0; i < 200; ++i) {
            if (status_of(user) == "active") return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return false;
    }
    int deliver(const std::string& body, const std::string& secret) {
        const std::string time = std::to_string(loop_.now() / kSecond);
        return send("POST", "/api/v1/payments/webhooks/stripe", "", body,
                    "t=" + time + ",v1=" + to_hex(hmac_sha256(secret, time + "." + body)))
            .status;
    }

    EventLoop loop_;  // for its clock
    contracts::FakeStripe stripe_{loop_, kKey};
    std::atomic<int> orders_ = 0;
    TestServer http_{[this](const gateway::Request& request) {
        if (request.method == "POST") ++orders_;
        return stripe_.serve(request);
    }};
    std::optional<RunningHost> running_;
    std::string token_;
};

TEST_F(StripeHostTest, ChargesDeclinesAndHearsByWebhook) {
    running_.emplace(config(kHour));
    const std::string user = sign_up();
    EXPECT_EQ(subscribe("pm_declined"), 402);
    EXPECT_EQ(subscribe("pm_nonsense"), 422);
    EXPECT_EQ(subscribe("pm_ok"), 201);
    EXPECT_EQ(status_of(user), "active");
    stripe_.take_events();
    const std::string late = sign_up();
    EXPECT_EQ(subscribe("pm_late"), 202);
    EXPECT_EQ(status_of(late), "pending");
    std::this_thread::sleep_for(std::chrono::milliseconds(3'100));
    const std::vector<std::string> events = stripe_.take_events();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(deliver(events.back(), "whsec_forged"), 401);
    EXPECT_EQ(status_of(late), "pending");
    EXPECT_EQ(deliver(events.back(), kSecret), 200);
    EXPECT_EQ(status_of(late), "active");
    EXPECT_EQ(deliver(events.back(), kSecret), 200) << "twice is fine";
}

TEST_F(StripeHostTest, AChargeWhoseAnswerIsLostIsFoundAndHoldsNobodyUp) {
    running_.emplace(config(100 * kMillisecond));
    const std::string user = sign_up();
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        const auto before = std::chrono::steady_clock::now();
        httplib::Client client("127.0.0.1", running_->port());
        const auto alive = client.Get("/livez");
        EXPECT_TRUE(alive);
        EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(700)) << "it waits for Stripe";
    });
    EXPECT_EQ(subscribe("pm_timeout"), 202);
    other.join();
    EXPECT_TRUE(becomes_active(user)) << running_->log();
    EXPECT_GE(orders_, 2) << "asked again";
    const std::vector<std::string> events = stripe_.take_events();
    EXPECT_EQ(events.size(), 1u) << "and charged once";
    running_->stop();
    const std::string log = running_->log();
    EXPECT_NE(log.find("Stripe did not answer in time"), std::string::npos) << log;
    EXPECT_EQ(log.find(kKey), std::string::npos);
    EXPECT_EQ(log.find(kSecret), std::string::npos);
}

}  // namespace matinee::live
