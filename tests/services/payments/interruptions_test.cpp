// What crashes, silence and repetition do to payments. The swarm (tests/services/swarm) does worse; here each has its
// name.
#include "system/base/encoding.hpp"
#include "system/base/sha256.hpp"
#include "system/payments/routes.hpp"
#include "tests/services/payments/payments_fixture.hpp"

namespace matinee::payments {

/// Kills the process after every possible number of steps of a request that pays. Whatever the moment: sending it again
/// with its key gives one subscription and one charge.
TEST_F(PaymentsTest, PayingIsOnceWhereverTheProcessDies) {
    settings_.idempotency.lease = 5 * kSecond;
    int whole = 0, charged_unheard = 0;
    for (int steps = 0; whole < 3; ++steps) {
        ASSERT_LT(steps, 300);
        fresh_host();
        bool answered = false;
        {
            Task<gateway::Response> task = host_->handle(order("basic", "pm_ok", "key"));
            task.start();
            for (int i = 0; i < steps && !task.done(); ++i) host_->executor().step();
            answered = task.done();
        }
        whole += answered ? 1 : 0;
        charged_unheard += !answered && charges() == 1 ? 1 : 0;
        host_->restart();
        Answer again = subscribe("basic", "pm_ok", "key");
        for (int i = 0; again.status == 409 && i < 10; ++i) {
            EXPECT_EQ(again.text("code"), "request_in_progress");
            pass(kSecond);
            again = subscribe("basic", "pm_ok", "key");
        }
        EXPECT_TRUE(again.status == 201 || again.status == 202) << again.status << " after " << steps << " steps";
        pass(kMinute);
        EXPECT_EQ(charges(), 1) << "after " << steps << " steps";
        EXPECT_EQ(number("SELECT COUNT(*) FROM subscriptions"), 1);
        EXPECT_EQ(status(), "active");
        EXPECT_TRUE(entitlement());
        EXPECT_EQ(balance("provider:sandbox"), money());
    }
    EXPECT_GT(charged_unheard, 3) << "no crash fell between the charge and our knowing of it";
}

TEST_F(PaymentsTest, WithoutAWordFromTheProviderItIsAskedUntilItAnswers) {
    host_->payment_provider().set_faults({.fail_before = 100, .webhook_lost = 100});
    EXPECT_EQ(subscribe("basic", "pm_ok").status, 202);
    pass(5 * kMinute);
    EXPECT_EQ(status(), "pending");
    EXPECT_EQ(charges(), 0);
    host_->payment_provider().set_faults({.time_out = 100, .webhook_lost = 100});
    pass(10 * kMinute);
    EXPECT_EQ(charges(), 1);
    EXPECT_EQ(status(), "pending") << "nobody said a word";
    host_->payment_provider().set_faults({});
    pass(11 * kMinute);
    EXPECT_EQ(status(), "active");
    EXPECT_EQ(charges(), 1);
}

TEST_F(PaymentsTest, AnOrderTooOldToRepeatIsLookedFor) {
    model_.payment_provider.key_lifetime = kMinute;
    fresh_host();
    host_->payment_provider().set_faults({.time_out = 100, .webhook_lost = 100});
    subscribe("basic", "pm_ok");
    pass(20 * kMinute);
    EXPECT_EQ(charges(), 1) << "though the provider has forgotten the key";
    host_->payment_provider().set_faults({});
    pass(11 * kMinute);
    EXPECT_EQ(status(), "active");

    host_->payment_provider().set_faults({.fail_before = 100});
    cancel();
    subscribe("basic", "pm_ok");
    pass(20 * kMinute);
    host_->payment_provider().set_faults({});
    pass(11 * kMinute);
    EXPECT_EQ(charges(), 1) << "what was never made is not made after a day";
    EXPECT_EQ(number("SELECT COUNT(*) FROM payments WHERE decline_code = 'never_made'"), 1);
    EXPECT_EQ(number("SELECT COUNT(*) FROM payments WHERE status = 'open'"), 0);
}

TEST_F(PaymentsTest, TheSameRequestTwiceAtOnceIsOne) {
    std::vector<Task<gateway::Response>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(host_->handle(order("basic", "pm_ok", "key")));
    for (auto& task : tasks) task.start();
    pass(10 * kSecond);
    std::multiset<int> statuses;
    for (auto& task : tasks) statuses.insert(task.take().status);
    EXPECT_EQ(statuses.count(201), 1u);
    EXPECT_EQ(statuses.count(409), 4u);
    EXPECT_EQ(charges(), 1);
    EXPECT_EQ(subscribe("basic", "pm_ok", "key").status, 201);
    EXPECT_EQ(subscribe("premium", "pm_ok", "key").status, 422);
}

TEST_F(PaymentsTest, TwoSubscriptionsAtOnceAreOne) {
    std::vector<Task<gateway::Response>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(host_->handle(order("basic", "pm_ok", "key" + std::to_string(i))));
    for (auto& task : tasks) task.start();
    pass(10 * kSecond);
    std::multiset<int> statuses;
    for (auto& task : tasks) statuses.insert(task.take().status);
    EXPECT_EQ(statuses.count(201), 1u);
    EXPECT_EQ(statuses.count(409), 4u);
    EXPECT_EQ(charges(), 1);
}

TEST_F(PaymentsTest, AKeyIsFreeAgainAfterItsTime) {
    settings_.idempotency.lifetime = 10 * kMinute;
    fresh_host();
    EXPECT_EQ(subscribe("basic", "pm_declined", "key").status, 402);
    pass(9 * kMinute);
    EXPECT_EQ(subscribe("basic", "pm_ok", "key").status, 422);
    pass(3 * kMinute);
    EXPECT_EQ(number("SELECT COUNT(*) FROM idempotency_keys"), 0);
    EXPECT_EQ(subscribe("standard", "pm_ok", "key2").status, 201);
}

class WebhookTest : public PaymentsTest {
protected:
    static constexpr const char* kSecret = "whsec_simulated";  // the simulated host's
    std::string event(const std::string& id, const std::string& status, const std::string& payment) const {
        return R"({"id":")" + id + R"(","type":"payment_intent.x","data":{"object":{"id":"pi_1","status":")" + status +
               R"(","metadata":{"reference":")" + payment + R"("}}}})";
    }
    std::string signature(const std::string& body, TimeNs age = 0, const std::string& secret = kSecret) {
        const std::string time = std::to_string((host_->executor().now() - age) / kSecond);
        return "t=" + time + ",v1=" + to_hex(hmac_sha256(secret, time + "." + body));
    }
    int post(const std::string& body, const std::string& signature) {
        return host_->exchange(webhook_request("sandbox", body, signature)).status;
    }
};

TEST_F(WebhookTest, OnlyWhatIsSignedAndFreshIsBelieved) {
    host_->payment_provider().set_faults({.fail_before = 100});
    subscribe("basic", "pm_ok");
    const std::string body = event("evt_1", "succeeded", newest_payment());
    EXPECT_EQ(post(body, ""), 401);
    EXPECT_EQ(post(body, "t=,v1="), 401);
    EXPECT_EQ(post(body, "t=9223372036854775807,v1=00"), 401);
    EXPECT_EQ(post(body, "t=-9223372036854775808,v1=00"), 401);
    EXPECT_EQ(post(body, signature(body, 0, "another secret")), 401);
    EXPECT_EQ(post(body, signature(body + " ")), 401);
    EXPECT_EQ(post(body, signature(body, 6 * kMinute)), 401) << "a replay";
    EXPECT_EQ(post(body, signature(body, -6 * kMinute)), 401);
    EXPECT_EQ(status(), "pending");
    EXPECT_EQ(post(body, signature(body) + ",v1=00,v0=11"), 200) << "one good one is enough";
    EXPECT_EQ(status(), "active");
}

TEST_F(WebhookTest, RepeatedAndStaleOnesChangeNothing) {
    host_->payment_provider().set_faults({.fail_before = 100});
    subscribe("basic", "pm_ok");
    const std::string payment = newest_payment();
    const auto tell = [&](const std::string& id, const std::string& status_word) {
        const std::string body = event(id, status_word, payment);
        EXPECT_EQ(post(body, signature(body)), 200);
    };
    tell("evt_2", "succeeded");
    tell("evt_2", "succeeded");
    tell("evt_3", "succeeded");
    tell("evt_1", "processing");
    tell("evt_0", "requires_payment_method");
    EXPECT_EQ(status(), "active");
    EXPECT_EQ(number("SELECT COUNT(*) FROM journal_entries"), 1);
    EXPECT_EQ(balance("provider:sandbox"), 19'900);
    const std::string foreign = event("evt_9", "succeeded", "somebody else's");
    EXPECT_EQ(post(foreign, signature(foreign)), 200) << "not ours";
    EXPECT_EQ(post("{}", signature("{}")), 422);
}

}  // namespace matinee::payments
