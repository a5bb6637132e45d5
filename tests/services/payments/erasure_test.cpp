// Erasures that stand behind much else.
#include "tests/services/payments/payments_fixture.hpp"

namespace matinee::payments {

/// Hours pass between two runs of maintain() here: what one of them does not reach is still there in the end.
TEST_F(SlowPaymentsTest, AnErasureDoesNotWaitBehindRegistrations) {
    ASSERT_EQ(subscribe("basic", "pm_ok", "key").status, 201);
    static constexpr int kOthers = 1'050;  // more than ten batches
    for (int i = 0; i < kOthers; ++i) {
        const std::string email = "guest" + std::to_string(i) + "@example.org";
        const std::string body = R"({"email":")" + email + R"(","password":"12345678","name":"Guest"})";
        ASSERT_EQ(send(request("POST", "/api/v1/auth/register", body, "")).status, 201);
    }
    const std::string mine = "'" + user_id_ + "'";
    EXPECT_EQ(number("SELECT COUNT(*) FROM idempotency_keys WHERE owner = " + mine), 1);
    ASSERT_EQ(host_->exchange(request("DELETE", mine_, "", token_)).status, 200);
    ASSERT_GT(number("SELECT COUNT(*) FROM outbox"), kOthers) << "maintain() has run before its time";
    pass(kHour + kMinute);
    EXPECT_LT(number("SELECT COUNT(*) FROM outbox"), 10) << "what the erasure itself said at most";
    EXPECT_EQ(number("SELECT COUNT(*) FROM subscriptions WHERE user_id = " + mine), 0);
    EXPECT_EQ(number("SELECT COUNT(*) FROM payments WHERE user_id = " + mine), 0);
    EXPECT_EQ(number("SELECT COUNT(*) FROM idempotency_keys WHERE owner = " + mine), 0);
}

}  // namespace matinee::payments
