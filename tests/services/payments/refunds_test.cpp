// Refunds that are pending, whose answers are lost, or that fail; and requests that come again.
#include "system/base/service_error.hpp"
#include "tests/services/payments/payments_fixture.hpp"

namespace matinee::payments {

class RefundsTest : public PaymentsTest {
protected:
    /// A provider that forgets keys after a minute and decides after ten what it leaves pending; one payment.
    void forgetful_host() {
        model_.payment_provider.key_lifetime = kMinute;
        model_.payment_provider.refund_after = 10 * kMinute;
        fresh_host();
        subscribe("basic", "pm_ok");
    }
    void set_faults(const SandboxFaults& faults) { host_->payment_provider().set_faults(faults); }
    int64_t refunds(const std::string& status) {
        return number("SELECT COUNT(*) FROM refunds WHERE status = '" + status + "'");
    }
    int64_t events(const std::string& type) {
        int64_t found = 0;
        for (const LoggedEvent& logged : run(host_->log().read(kTopic, 0, 1000))) found += logged.event.type == type;
        return found;
    }
    void expect_books_of(int64_t given_back) {
        EXPECT_EQ(money(), kBasic - given_back);
        EXPECT_EQ(balance("provider:sandbox"), kBasic - given_back);
        EXPECT_EQ(balance("refunds"), given_back);
        EXPECT_EQ(number("SELECT SUM(refunded_minor) FROM payments"), given_back);
    }
    bool shows(const std::string& line) {
        return host_->exchange(request("GET", "/metrics", "", "")).body.find(line) != std::string::npos;
    }
};

TEST_F(RefundsTest, OneThatIsPendingForLongerThanItsKeyIsMadeOnce) {
    for (const int64_t minor : {int64_t(900), kBasic}) {
        forgetful_host();
        set_faults({.refund_pending = 100});
        EXPECT_EQ(refund(newest_payment(), minor).status, 202);
        pass(5 * kMinute);
        EXPECT_EQ(refunds("open"), 1);
        pass(25 * kMinute);
        EXPECT_EQ(refunds("done"), 1);
        EXPECT_EQ(events(kPaymentRefunded), 1);
        expect_books_of(minor);
        EXPECT_EQ(status(), minor == kBasic ? "expired" : "active");
    }
}

TEST_F(RefundsTest, OneWhoseAnswersAreLostForLongerThanItsKeyIsLookedFor) {
    forgetful_host();
    set_faults({.time_out = 100});
    EXPECT_EQ(refund(newest_payment(), 900).status, 202);
    pass(20 * kMinute);
    EXPECT_EQ(refunds("open"), 1) << "nobody knows";
    EXPECT_EQ(money(), kBasic - 900);
    set_faults({});
    pass(11 * kMinute);
    EXPECT_EQ(refunds("done"), 1);
    expect_books_of(900);
}

TEST_F(RefundsTest, OneThatWasNeverMadeIsNotMadeAfterItsKey) {
    forgetful_host();
    set_faults({.fail_before = 100});
    EXPECT_EQ(refund(newest_payment(), kBasic).status, 202);
    EXPECT_EQ(status(), "expired");
    pass(20 * kMinute);
    EXPECT_EQ(refunds("open"), 1);
    set_faults({});
    pass(11 * kMinute);
    EXPECT_EQ(refunds("failed"), 1);
    EXPECT_EQ(events(kRefundFailed), 1);
    expect_books_of(0);
    EXPECT_EQ(status(), "cancelled") << "what is still paid for may be used";
    EXPECT_EQ(refund(newest_payment(), kBasic).status, 201);
    expect_books_of(kBasic);
}

TEST_F(RefundsTest, OneThatFailsAfterAnErasureRevivesNothing) {
    forgetful_host();
    set_faults({.refund_pending = 100, .refund_fail = 100});
    EXPECT_EQ(refund(newest_payment(), kBasic).status, 202);
    EXPECT_EQ(send(request("DELETE", mine_, "", token_)).status, 200);
    pass(30 * kMinute);
    EXPECT_EQ(refunds("failed"), 1);
    EXPECT_EQ(number("SELECT COUNT(*) FROM subscriptions WHERE status <> 'expired'"), 0);
}

/// Hours pass between two runs of maintain(), and days between two tries: longer than keys are known.
class UnwantedPaymentTest : public RefundsTest {
protected:
    UnwantedPaymentTest() { maintenance_ = kHour; }
    void SetUp() override {
        RefundsTest::SetUp();
        subscribe("basic", "pm_late");
        cancel();
        set_faults({.refund_fail = 100});
        pass(4 * kHour);
    }
};

TEST_F(UnwantedPaymentTest, IsGivenBackByAnotherOrderIfTheFirstFails) {
    EXPECT_EQ(charges(), 1);
    EXPECT_EQ(refunds("failed"), 1);
    EXPECT_EQ(refunds("open"), 1);
    EXPECT_EQ(money(), kBasic);
    set_faults({});
    pass(kDay + 2 * kHour);
    EXPECT_EQ(refunds("done"), 1);
    EXPECT_EQ(refunds("open"), 0);
    expect_books_of(kBasic);
    EXPECT_TRUE(shows("matinee_payments_owed 0"));
}

TEST_F(UnwantedPaymentTest, IsLeftToPeopleInTheEndAndNotSilently) {
    pass(3 * kDay + 6 * kHour);
    EXPECT_EQ(refunds("failed"), settings_.payments.refund_tries);
    EXPECT_EQ(refunds("open"), 0);
    EXPECT_EQ(events(kRefundFailed), settings_.payments.refund_tries);
    EXPECT_TRUE(shows("matinee_payments_owed 1"));
    set_faults({});
    pass(5 * kDay);
    EXPECT_EQ(money(), kBasic);
    EXPECT_EQ(refund(newest_payment(), kBasic).status, 201);
    expect_books_of(kBasic);
    EXPECT_TRUE(shows("matinee_payments_owed 0"));
}

/// Past the gateway, which would have compared the bodies while it knew the key: after an answer of 5xx it does not.
class RequestKeysTest : public RefundsTest {
protected:
    RequestKeysTest() { settings_.idempotency.lifetime = kHour; }
    template <class T>
    ErrorCode refusal(Task<T> task) {
        try {
            run(std::move(task));
        } catch (const ServiceError& error) {
            return error.code;
        }
        return ErrorCode::Internal;
    }
    Payments& payments() { return host_->platform().payments(); }
    Task<Refund> refund_by_key(const std::string& payment, std::optional<int64_t> minor, const std::string& reason) {
        return payments().refund(payment, minor, reason, "key");
    }
    Task<Changed> subscribe_by_key(const std::string& plan, const std::string& method) {
        return payments().subscribe(user_id_, plan, method, "key");
    }
};

TEST_F(RequestKeysTest, AKeyNamesOneRefund) {
    subscribe("basic", "pm_ok");
    const std::string first = newest_payment();
    cancel();
    subscribe("basic", "pm_ok");
    const std::string second = newest_payment();
    const std::string made = run(refund_by_key(first, 900, "why")).refund_id;
    EXPECT_EQ(run(refund_by_key(first, 900, "why")).refund_id, made);
    EXPECT_EQ(refusal(refund_by_key(first, 901, "why")), ErrorCode::IdempotencyKeyReused);
    EXPECT_EQ(refusal(refund_by_key(second, 900, "why")), ErrorCode::IdempotencyKeyReused);
    EXPECT_EQ(refusal(refund_by_key(first, 900, "other")), ErrorCode::IdempotencyKeyReused);
    EXPECT_EQ(money(), 2 * kBasic - 900);
    pass(settings_.idempotency.lifetime + kSecond);
    EXPECT_NE(run(refund_by_key(first, 900, "why")).refund_id, made) << "another request by now";
    pass(settings_.idempotency.lifetime + kSecond);
    EXPECT_EQ(run(refund_by_key(second, std::nullopt, "why")).status, kDone);
    EXPECT_EQ(money(), kBasic - 2 * 900);
}

TEST_F(RequestKeysTest, AKeyNamesOneSubscription) {
    EXPECT_EQ(refusal(subscribe_by_key("basic", "pm_declined")), ErrorCode::PaymentDeclined);
    EXPECT_EQ(refusal(subscribe_by_key("basic", "pm_declined")), ErrorCode::PaymentDeclined);
    EXPECT_EQ(refusal(subscribe_by_key("basic", "pm_ok")), ErrorCode::IdempotencyKeyReused);
    EXPECT_EQ(refusal(subscribe_by_key("premium", "pm_declined")), ErrorCode::IdempotencyKeyReused);
    EXPECT_EQ(charges(), 0);
    pass(kHour + kSecond);
    const Changed made = run(subscribe_by_key("basic", "pm_ok"));
    EXPECT_EQ(made.subscription.status, kActive) << "the old decline is history";
    EXPECT_EQ(change(R"({"plan_id":"premium","payment_method":"pm_late"})").status, 202);
    EXPECT_EQ(run(subscribe_by_key("basic", "pm_ok")).subscription.subscription_id, made.subscription.subscription_id)
        << "the same request, whatever became of the subscription since";
}

}  // namespace matinee::payments
