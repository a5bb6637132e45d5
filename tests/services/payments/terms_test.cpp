// What a period costs and what it is worth when plans change, are cancelled and come back, or are given back.
#include "system/payments/periods.hpp"
#include "tests/services/payments/payments_fixture.hpp"

namespace matinee::payments {

class TermsTest : public SlowPaymentsTest {
protected:
    std::string period_start() { return subscription().text("data.period_start").substr(0, 10); }
    std::string period_end() { return subscription().text("data.period_end").substr(0, 10); }
    std::string watched_plan() {
        const auto now = entitlement();
        return now ? now->plan_id : "none";
    }
    /// A subscription that is paid, cancelled, and kept to its end; its payment.
    std::string leftover(const std::string& plan) {
        EXPECT_EQ(subscribe(plan, "pm_ok").status, 201);
        const std::string payment = newest_payment();
        EXPECT_EQ(cancel().status, 200);
        pass(kSecond);
        return payment;
    }
    Answer payments() { return send(request("GET", mine_ + "/payments", "", token_)); }
};

TEST_F(TermsTest, WhatIsLeftIsTakenOffADearerPlanHoweverOneComesToIt) {
    for (int month = 0; month < 3; ++month) leftover("basic");
    EXPECT_EQ(subscribe("basic", "pm_ok").status, 201);
    EXPECT_EQ(period_end(), "2027-03-20");
    EXPECT_EQ(cancel().status, 200);
    EXPECT_EQ(subscribe("premium", "pm_ok").status, 201);
    EXPECT_EQ(period_end(), "2026-12-20") << "one month of premium for the price of one";
    EXPECT_NEAR(double(money()), double(kPremium), 2);
    EXPECT_EQ(watched_plan(), "premium");
    pass(31 * kDay);
    EXPECT_EQ(subscription().text("data.plan_id"), "premium");
    EXPECT_NEAR(double(money()), double(2 * kPremium), 2);
}

TEST_F(TermsTest, MoreThanThePriceBuysMorePeriods) {
    for (int month = 0; month < 3; ++month) leftover("basic");
    EXPECT_EQ(subscribe("standard", "pm_ok").status, 201);
    EXPECT_EQ(period_end(), "2027-01-20") << "597 are worth a month of 499 and a part of the next";
    EXPECT_NEAR(double(money()), double(2 * kStandard), 2);
    pass(60 * kDay);
    EXPECT_EQ(charges(), 4);
    EXPECT_EQ(watched_plan(), "standard");
    pass(2 * kDay);
    EXPECT_EQ(charges(), 5);
    EXPECT_EQ(period_end(), "2027-02-20");
}

TEST_F(TermsTest, AnUpgradeCreditsEveryPeriodThatWasPaidAhead) {
    leftover("basic");
    subscribe("basic", "pm_ok");
    EXPECT_EQ(change(R"({"plan_id":"standard"})").text("data.plan_id"), "standard");
    EXPECT_EQ(period_end(), "2026-12-20");
    EXPECT_NEAR(double(money()), double(kStandard), 2);
}

TEST_F(TermsTest, ACheaperPlanBeginsWhereTheDearerOneEnds) {
    leftover("premium");
    EXPECT_EQ(subscribe("basic", "pm_ok").text("data.status"), "active");
    EXPECT_EQ(period_start(), "2026-12-20");
    EXPECT_EQ(period_end(), "2027-01-20");
    EXPECT_EQ(watched_plan(), "premium");
    // Standard is dearer than basic, but premium is what runs: it is only the next.
    EXPECT_EQ(change(R"({"plan_id":"standard"})").text("data.next_plan_id"), "standard");
    EXPECT_EQ(money(), kPremium + kBasic);
    pass(29 * kDay);
    EXPECT_EQ(watched_plan(), "premium");
    pass(kDay);
    EXPECT_EQ(watched_plan(), "basic") << "without a gap";
    pass(32 * kDay);
    EXPECT_EQ(watched_plan(), "standard");
    EXPECT_EQ(money(), kPremium + kBasic + kStandard);
}

TEST_F(TermsTest, ACreditCountsWhatWasPaidAndNotGivenBack) {
    subscribe("basic", "pm_ok");
    EXPECT_EQ(refund(newest_payment(), kBasic - 100).status, 201);
    change(R"({"plan_id":"premium"})");
    EXPECT_NEAR(double(money()), double(kPremium), 2);
}

TEST_F(TermsTest, AMonthThatWasGivenBackIsNotUsedAndLaterOnesMoveUp) {
    const std::string first = leftover("basic");
    subscribe("basic", "pm_ok");
    EXPECT_EQ(period_end(), "2027-01-20");
    pass(10 * kDay);
    EXPECT_EQ(refund(first, kBasic).status, 201);
    EXPECT_EQ(status(), "active");
    EXPECT_EQ(period_start(), "2026-11-30") << "at once, and not after a gap";
    EXPECT_EQ(period_end(), "2026-12-31") << "as long as it was";
    EXPECT_EQ(watched_plan(), "basic");
    pass(32 * kDay);
    EXPECT_EQ(period_end(), "2027-01-31") << "a whole month is renewed";
    EXPECT_EQ(money(), 2 * kBasic);
}

TEST_F(TermsTest, WhatWasCreditedCannotBeGivenBackToo) {
    subscribe("basic", "pm_ok");
    const std::string first = newest_payment();
    pass(15 * kDay);
    change(R"({"plan_id":"premium"})");
    EXPECT_EQ(refund(first, kBasic).status, 422);
    EXPECT_EQ(refund(first, kBasic / 2 - 2).status, 201) << "but what was used, if somebody wants to be kind";
    EXPECT_EQ(watched_plan(), "premium");
}

TEST_F(TermsTest, WhatIsBeingCreditedCannotBeGivenBackMeanwhile) {
    const std::string first = leftover("basic");
    EXPECT_EQ(subscribe("premium", "pm_late").status, 202);
    EXPECT_EQ(refund(first, kBasic).status, 422);
    EXPECT_EQ(watched_plan(), "basic");
    cancel();
    pass(2 * kHour);
    EXPECT_EQ(refund(first, kBasic).status, 201) << "the other was not wanted, and went back";
    EXPECT_EQ(money(), 0);
    EXPECT_EQ(watched_plan(), "none");
}

TEST_F(TermsTest, AnUpgradeThatIsGivenBackWasNever) {
    subscribe("basic", "pm_ok");
    const std::string first = newest_payment();
    pass(5 * kDay);
    change(R"({"plan_id":"premium"})");
    const std::string second = newest_payment();
    pass(5 * kDay);
    EXPECT_EQ(refund(second, number("SELECT amount_minor FROM payments WHERE purpose = 'upgrade'")).status, 201);
    EXPECT_EQ(subscription().text("data.plan_id"), "basic");
    EXPECT_EQ(status(), "active");
    EXPECT_EQ(period_start(), "2026-11-20");
    EXPECT_EQ(period_end(), "2026-12-20");
    EXPECT_EQ(watched_plan(), "basic");
    EXPECT_EQ(refund(first, kBasic).status, 201);
    EXPECT_EQ(status(), "expired");
    EXPECT_EQ(money(), 0);
    EXPECT_EQ(balance("sales") + balance("refunds"), 0);
}

TEST_F(TermsTest, WhatANewSubscriptionReplacedComesBackWithItsRefund) {
    leftover("basic");
    subscribe("premium", "pm_ok");
    EXPECT_EQ(number("SELECT COUNT(*) FROM subscriptions WHERE status = 'expired'"), 1);
    const std::string second = newest_payment();
    EXPECT_EQ(refund(second, number("SELECT MIN(amount_minor) FROM payments WHERE plan_id = 'premium'")).status, 201);
    EXPECT_EQ(status(), "cancelled");
    EXPECT_EQ(watched_plan(), "basic");
    EXPECT_EQ(change(R"({"auto_renew":true})").text("data.status"), "active");
    pass(31 * kDay);
    EXPECT_EQ(period_end(), "2027-01-20");
    EXPECT_EQ(money(), 2 * kBasic);
}

TEST_F(TermsTest, AMonthWhoseRefundFailsIsUsedBeforeTheOneThatMovedUp) {
    model_.payment_provider.refund_after = 2 * kDay;
    fresh_host();
    const std::string first = leftover("basic");
    subscribe("standard", "pm_ok");
    refund(newest_payment(), number("SELECT amount_minor FROM payments WHERE plan_id = 'standard'"));
    subscribe("basic", "pm_ok");
    EXPECT_EQ(period_end(), "2027-01-20");
    host_->payment_provider().set_faults({.refund_pending = 100, .refund_fail = 100});
    EXPECT_EQ(refund(first, kBasic).status, 202);
    EXPECT_EQ(period_end(), "2026-12-21") << "31 days from now";
    pass(3 * kDay);
    EXPECT_EQ(number("SELECT COUNT(*) FROM refunds WHERE status = 'failed'"), 1);
    EXPECT_EQ(period_start(), "2026-12-20");
    EXPECT_EQ(period_end(), "2027-01-18") << "two days of it were used meanwhile";
    EXPECT_EQ(watched_plan(), "basic");
    pass(kDay);
    EXPECT_EQ(money(), 2 * kBasic);
}

TEST_F(TermsTest, ARenewalUnderWayWhenARefundFailsTakesNoTimeAway) {
    model_.payment_provider.late_after = 3 * kDay;
    model_.payment_provider.refund_after = 6 * kDay;
    fresh_host();
    subscribe("basic", "pm_ok");
    pass(25 * kDay);
    change(R"({"plan_id":"premium"})");
    const std::string upgrade = newest_payment();
    EXPECT_EQ(change(R"({"payment_method":"pm_late"})").status, 200);
    host_->payment_provider().set_faults({.refund_pending = 100, .refund_fail = 100});
    EXPECT_EQ(refund(upgrade, number("SELECT amount_minor FROM payments WHERE purpose = 'upgrade'")).status, 202);
    EXPECT_EQ(period_end(), "2026-12-20");
    pass(5 * kDay + 12 * kHour);
    EXPECT_EQ(number("SELECT COUNT(*) FROM payments WHERE purpose = 'renewal' AND status = 'open'"), 1);
    pass(kDay);
    EXPECT_EQ(number("SELECT COUNT(*) FROM refunds WHERE status = 'failed'"), 1);
    EXPECT_EQ(watched_plan(), "premium");
    pass(3 * kDay);
    EXPECT_EQ(number("SELECT COUNT(*) FROM payments WHERE purpose = 'renewal' AND status = 'succeeded'"), 1);
    EXPECT_NE(watched_plan(), "none") << "the upgrade's time still runs";
    EXPECT_EQ(period_start(), "2026-12-15");
}

TEST_F(TermsTest, ARefusedUpgradeChangesNothing) {
    subscribe("basic", "pm_ok");
    EXPECT_EQ(change(R"({"plan_id":"premium","payment_method":"pm_declined"})").status, 402);
    EXPECT_EQ(subscription().text("data.payment_method"), "pm_ok");
    EXPECT_EQ(refund(newest_payment(), 1).text("code"), "nothing_charged");
    cancel();
    const Answer both = change(R"({"plan_id":"premium","auto_renew":true})");
    EXPECT_EQ(both.text("code"), "subscription_not_active");
    EXPECT_EQ(status(), "cancelled");
}

TEST_F(TermsTest, AnUpgradeThatIsPaidBringsItsPaymentMethod) {
    subscribe("basic", "pm_ok");
    EXPECT_EQ(change(R"({"plan_id":"premium","payment_method":"pm_late"})").text("data.payment_method"), "pm_ok");
    EXPECT_EQ(change(R"({"payment_method":"pm_timeout"})").text("code"), "payment_under_way");
    pass(2 * kHour);
    EXPECT_EQ(subscription().text("data.payment_method"), "pm_late");
}

TEST_F(TermsTest, AnUnknownPaymentMethodIsRefused) {
    subscribe("basic", "pm_ok");
    EXPECT_EQ(change(R"({"payment_method":"lalala"})").text("field"), "payment_method");
    EXPECT_EQ(change(R"({"plan_id":"premium","payment_method":"lalala"})").text("field"), "payment_method");
    EXPECT_EQ(subscription().text("data.payment_method"), "pm_ok");
    EXPECT_EQ(charges(), 1);
}

TEST_F(TermsTest, NoChangeIsAcknowledgedThatAnUpgradeWouldUndo) {
    subscribe("standard", "pm_ok");
    EXPECT_EQ(change(R"({"plan_id":"premium","payment_method":"pm_late"})").status, 202);
    EXPECT_EQ(change(R"({"plan_id":"basic"})").text("code"), "payment_under_way");
    pass(2 * kHour);
    EXPECT_EQ(change(R"({"plan_id":"basic"})").text("data.next_plan_id"), "basic");
    pass(32 * kDay);
    EXPECT_EQ(subscription().text("data.plan_id"), "basic");
}

TEST_F(TermsTest, ARefusedChangeSaysWhatIsTheMatter) {
    subscribe("basic", "pm_ok");
    cancel();
    EXPECT_EQ(change(R"({"plan_id":"premium"})").text("code"), "subscription_not_active");
    change(R"({"auto_renew":true,"payment_method":"pm_declined"})");
    pass(30 * kDay + 2 * kHour);
    EXPECT_EQ(status(), "past_due");
    EXPECT_EQ(change(R"({"plan_id":"premium"})").text("code"), "subscription_not_active");
}

TEST_F(TermsTest, APaymentThatWasGivenBackSaysSo) {
    subscribe("basic", "pm_ok");
    refund(newest_payment(), 100);
    EXPECT_NE(to_text(payments().body).find(R"("status":"succeeded")"), std::string::npos);
    refund(newest_payment(), kBasic - 100);
    EXPECT_NE(to_text(payments().body).find(R"("status":"refunded")"), std::string::npos);
}

}  // namespace matinee::payments
