// Subscriptions through the months: renewal, change, end.
#include "tests/services/payments/payments_fixture.hpp"

namespace matinee::payments {

TEST_F(SlowPaymentsTest, RenewsEveryMonthOnTheSameDay) {
    subscribe("basic", "pm_ok");
    const Answer first = subscription();
    EXPECT_EQ(first.text("data.period_start").substr(0, 16), "2026-11-20T20:00");
    EXPECT_EQ(first.text("data.period_end").substr(0, 16), "2026-12-20T20:00");
    pass(31 * kDay);
    EXPECT_EQ(subscription().text("data.period_end").substr(0, 16), "2027-01-20T20:00");
    EXPECT_EQ(subscription().text("data.period_start"), first.text("data.period_end"));
    pass(31 * kDay);
    EXPECT_EQ(subscription().text("data.period_end").substr(0, 16), "2027-02-20T20:00");
    EXPECT_EQ(money(), 3 * kBasic);
    EXPECT_EQ(balance("provider:sandbox"), 3 * kBasic);
    EXPECT_EQ(balance("sales"), -3 * kBasic);
    ASSERT_TRUE(entitlement());
    EXPECT_EQ(entitlement()->screens, 1);
    EXPECT_EQ(entitlement()->most_lines, 720);
}

TEST_F(SlowPaymentsTest, AMonthBegunOnThe31stEndsWithTheMonthAndComesBack) {
    pass(41 * kDay);  // 2026-12-31
    subscribe("basic", "pm_ok");
    EXPECT_EQ(subscription().text("data.period_end").substr(0, 10), "2027-01-31");
    pass(32 * kDay);
    EXPECT_EQ(subscription().text("data.period_end").substr(0, 10), "2027-02-28");
    pass(28 * kDay);
    EXPECT_EQ(subscription().text("data.period_end").substr(0, 10), "2027-03-31");
}

TEST_F(SlowPaymentsTest, ARenewalThatIsDeclinedIsTriedAgainAndThenTheSubscriptionExpires) {
    subscribe("basic", "pm_ok");
    EXPECT_EQ(change(R"({"payment_method":"pm_declined"})").status, 200);
    pass(30 * kDay + 2 * kHour);
    EXPECT_EQ(status(), "past_due");
    EXPECT_TRUE(entitlement()) << "the grace";
    pass(3 * kDay - 4 * kHour);
    EXPECT_EQ(status(), "past_due");
    EXPECT_TRUE(entitlement());
    pass(4 * kHour);
    EXPECT_EQ(status(), "expired");
    EXPECT_FALSE(entitlement());
    EXPECT_EQ(number("SELECT COUNT(*) FROM payments WHERE purpose = 'renewal'"), 3);
    EXPECT_EQ(money(), kBasic);
    EXPECT_EQ(subscribe("standard", "pm_ok").status, 201) << "a new beginning";
}

TEST_F(SlowPaymentsTest, ABetterPaymentMethodIsTriedAtOnceAndTheDayStays) {
    subscribe("basic", "pm_ok");
    change(R"({"payment_method":"pm_declined"})");
    pass(30 * kDay + 2 * kHour);
    EXPECT_EQ(status(), "past_due");
    change(R"({"payment_method":"pm_ok"})");
    pass(2 * kHour);
    EXPECT_EQ(status(), "active");
    EXPECT_EQ(subscription().text("data.period_end").substr(0, 16), "2027-01-20T20:00");
}

TEST_F(SlowPaymentsTest, WhoCancelsWatchesToTheEndOfWhatIsPaid) {
    subscribe("basic", "pm_ok");
    EXPECT_EQ(cancel().text("data.status"), "cancelled");
    pass(29 * kDay);
    EXPECT_TRUE(entitlement());
    pass(kDay);
    EXPECT_FALSE(entitlement()) << "without grace";
    pass(2 * kHour);
    EXPECT_EQ(status(), "expired");
    EXPECT_EQ(cancel().status, 404);
    EXPECT_EQ(change(R"({"auto_renew":true})").status, 404);
    EXPECT_EQ(charges(), 1);
}

TEST_F(SlowPaymentsTest, WhatIsLeftOfACancelledOneIsAddedToTheNext) {
    subscribe("basic", "pm_ok");
    pass(10 * kDay);
    cancel();
    EXPECT_EQ(subscribe("basic", "pm_ok").status, 201);
    EXPECT_EQ(subscription().text("data.period_end").substr(0, 16), "2027-01-20T20:00");
    EXPECT_EQ(refund(newest_payment(), kBasic).status, 201);
    pass(19 * kDay);
    EXPECT_TRUE(entitlement()) << "what was paid for before stays, though the second payment was given back";
    pass(2 * kDay);
    EXPECT_FALSE(entitlement());
}

TEST_F(SlowPaymentsTest, ADearerPlanBeginsAtOnceForWhatItCostsMore) {
    subscribe("basic", "pm_ok");
    pass(15 * kDay);
    EXPECT_EQ(change(R"({"plan_id":"premium"})").text("data.plan_id"), "premium");
    EXPECT_EQ(subscription().text("data.period_end").substr(0, 16), "2027-01-05T20:00");
    EXPECT_EQ(entitlement()->screens, 4);
    EXPECT_EQ(entitlement()->most_lines, 2160);
    // 15 of 30 days were left, less the second that registering and paying took.
    EXPECT_NEAR(double(money()), double(kBasic + kPremium - kBasic / 2), 1);
    // A cheaper one begins with the next period, and can be taken back.
    EXPECT_EQ(change(R"({"plan_id":"standard"})").text("data.plan_id"), "premium");
    EXPECT_EQ(change(R"({"plan_id":"premium"})").text("data.next_plan_id"), "");
    change(R"({"plan_id":"standard"})");
    const int64_t before = money();
    pass(32 * kDay);
    EXPECT_EQ(subscription().text("data.plan_id"), "standard");
    EXPECT_EQ(money() - before, kStandard);
}

TEST_F(SlowPaymentsTest, ADearerPlanThatCannotBePaidChangesNothing) {
    subscribe("basic", "pm_ok");
    EXPECT_EQ(change(R"({"plan_id":"premium","payment_method":"pm_declined"})").status, 402);
    EXPECT_EQ(subscription().text("data.plan_id"), "basic");
    EXPECT_EQ(change(R"({"plan_id":"premium","payment_method":"pm_late"})").status, 202);
    EXPECT_EQ(change(R"({"plan_id":"standard"})").status, 409) << "one payment at a time";
    EXPECT_EQ(subscription().text("data.plan_id"), "basic");
    pass(2 * kHour);
    EXPECT_EQ(subscription().text("data.plan_id"), "premium");
    EXPECT_EQ(change(R"({"plan_id":"gold"})").status, 422);
    EXPECT_EQ(change(R"({"plan_id":"basic","auto_renew":false})").status, 422);
}

/// Somebody took a plan out of the settings instead of out of the sale: that is heard of, and the others are not kept.
TEST_F(SlowPaymentsTest, WhatCannotBeRenewedDoesNotHoldUpTheRest) {
    subscribe("basic", "pm_ok");
    auto break_it = [](SqlTransaction& tx) { tx.execute("UPDATE subscriptions SET plan_id = 'gone'"); };
    host_->database().transact(Sql::Access::Write, SqlBody(break_it));
    pass(30 * kDay + 2 * kHour);
    EXPECT_GT(host_->failed_maintenance(), 0u);
    EXPECT_EQ(number("SELECT COUNT(*) FROM subscriptions WHERE due_at <= paid_until"), 0);
    EXPECT_EQ(charges(), 1);
}

TEST_F(SlowPaymentsTest, RefundsEndWhatTheyPaidFor) {
    subscribe("basic", "pm_ok");
    const std::string payment = newest_payment();
    EXPECT_EQ(refund(payment, 900).status, 201);
    EXPECT_EQ(status(), "active");
    EXPECT_EQ(refund(payment, kBasic).status, 422);
    EXPECT_EQ(refund(payment, kBasic - 900).status, 201);
    EXPECT_EQ(status(), "expired");
    EXPECT_FALSE(entitlement());
    EXPECT_EQ(money(), 0);
    EXPECT_EQ(balance("provider:sandbox"), 0);
    EXPECT_EQ(balance("refunds"), kBasic);
    EXPECT_EQ(refund("pay_nothing", 1).status, 404);
    subscribe("basic", "pm_declined");
    EXPECT_EQ(refund(newest_payment(), 1).status, 409);
}

TEST_F(PaymentsTest, AChargeForWhoChangedHisMindIsGivenBack) {
    EXPECT_EQ(subscribe("basic", "pm_late").text("data.status"), "pending");
    EXPECT_EQ(cancel().text("data.status"), "cancelled");
    EXPECT_EQ(subscribe("basic", "pm_late").status, 202) << "and may change it again";
    pass(kMinute);
    EXPECT_EQ(charges(), 2);
    EXPECT_EQ(money(), kBasic);
    EXPECT_EQ(status(), "active");
    EXPECT_EQ(number("SELECT COUNT(*) FROM refunds WHERE status = 'done' AND reason = 'not_wanted'"), 1);
}

TEST_F(PaymentsTest, ErasingEndsEverythingAndKeepsTheBooks) {
    subscribe("basic", "pm_late", "key");
    EXPECT_EQ(send(request("DELETE", mine_, "", token_)).status, 200);
    pass(kMinute);
    EXPECT_FALSE(entitlement());
    EXPECT_EQ(charges(), 1);
    EXPECT_EQ(money(), 0) << "what arrived after the end went back";
    EXPECT_EQ(number("SELECT COUNT(*) FROM payments WHERE user_id <> '' OR payment_method <> ''"), 0);
    EXPECT_EQ(number("SELECT COUNT(*) FROM subscriptions WHERE user_id <> '' OR payment_method <> ''"), 0);
    pass(kMinute);
    EXPECT_EQ(number("SELECT COUNT(*) FROM idempotency_keys"), 0);
    EXPECT_EQ(balance("sales"), -kBasic);
    EXPECT_EQ(balance("refunds"), kBasic);
    // A request that was let in before comes too late.
    EXPECT_THROW(run(host_->platform().payments().subscribe(user_id_, "basic", "pm_ok", "")), ServiceError);
}

}  // namespace matinee::payments
