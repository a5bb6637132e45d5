// Contract of the port PaymentProvider.
#include <gtest/gtest.h>

#include <atomic>

#include "system/base/service_error.hpp"
#include "system/embedded/sandbox_provider.hpp"
#include "system/live/crypto.hpp"
#include "system/live/stripe_transport.hpp"
#include "system/payments/stripe/api.hpp"
#include "tests/services/contracts/fake_stripe.hpp"
#include "tests/services/contracts/stage.hpp"
#include "tests/services/contracts/test_server.hpp"

namespace matinee::contracts {

using Outcome = ProviderPayment::Outcome;

/// An adapter, and what the test must be able to make its provider do.
struct ProviderCase {
    virtual ~ProviderCase() = default;
    virtual Stage& stage() = 0;
    virtual PaymentProvider& provider() = 0;
    virtual void set_faults(const SandboxFaults& faults) = 0;
    virtual void pass(TimeNs duration) = 0;
    /// What the provider charged and gave back for a reference.
    virtual SandboxProvider::Tally tally(const std::string& reference) = 0;
    /// The bodies of the webhooks that are due.
    virtual std::vector<std::string> webhooks() = 0;
};

struct SandboxCase : ProviderCase {
    SimulatedStage simulated;
    SqliteDatabase database;
    SandboxProvider adapter{simulated.clock, database, "secret", SandboxModel{}};

    Stage& stage() override { return simulated; }
    PaymentProvider& provider() override { return adapter; }
    void set_faults(const SandboxFaults& faults) override { adapter.set_faults(faults); }
    void pass(TimeNs duration) override { simulated.executor.run_until(simulated.executor.now() + duration); }
    SandboxProvider::Tally tally(const std::string& reference) override {
        for (const auto& one : adapter.tallies())
            if (one.reference == reference) return one;
        return {};
    }
    std::vector<std::string> webhooks() override {
        std::vector<std::string> bodies;
        simulated.run(adapter.deliver(100, [&](std::string body, std::string) -> Task<int> {
            bodies.push_back(std::move(body));
            co_return 200;
        }));
        return bodies;
    }
};

struct StripeCase : ProviderCase {
    SimulatedStage simulated;
    FakeStripe servers{simulated.clock, "sk_test"};
    payments::stripe::StripeProvider adapter{servers, {.secret_key = "sk_test"}};

    Stage& stage() override { return simulated; }
    PaymentProvider& provider() override { return adapter; }
    void set_faults(const SandboxFaults& faults) override { servers.set_faults(faults); }
    void pass(TimeNs duration) override { simulated.executor.run_until(simulated.executor.now() + duration); }
    SandboxProvider::Tally tally(const std::string& reference) override { return servers.tally(reference); }
    std::vector<std::string> webhooks() override { return servers.take_events(); }
};

/// The same over HTTP, with the live host's transport.
struct StripeOverHttpCase : ProviderCase {
    /// The loop's, and what the test lets pass.
    struct ShiftedClock : Clock {
        explicit ShiftedClock(Clock& c) : clock(c) {}
        TimeNs now() const override { return clock.now() + shift; }
        Task<> sleep_until(TimeNs time) override { return clock.sleep_until(time - shift); }
        Clock& clock;
        std::atomic<TimeNs> shift = 0;
    };
    static constexpr TimeNs kTime = 400 * kMillisecond;

    LiveStage live;
    ShiftedClock clock{live.loop};
    live::SodiumRandom random;
    FakeStripe servers{clock, "sk_test"};
    TestServer http{[this](const gateway::Request& request) { return servers.serve(request); }};
    live::StripeTransport transport{live.loop,
                                    random,
                                    {.url = http.url(), .ca_file = {}, .time = kTime, .breaker = {.failures = 1'000}},
                                    [](const std::string&) {}};
    payments::stripe::StripeProvider adapter{transport, {.secret_key = "sk_test", .patience = 2 * kTime}};

    Stage& stage() override { return live; }
    PaymentProvider& provider() override { return adapter; }
    void set_faults(const SandboxFaults& faults) override { servers.set_faults(faults); }
    void pass(TimeNs duration) override { clock.shift += duration; }
    SandboxProvider::Tally tally(const std::string& reference) override { return servers.tally(reference); }
    std::vector<std::string> webhooks() override { return servers.take_events(); }
};

class PaymentProviderContract : public testing::TestWithParam<Adapter<ProviderCase>> {
protected:
    static PaymentOrder order(const std::string& id, const std::string& method = "pm_ok", int64_t minor = 500) {
        return {.idempotency_key = id, .reference = id, .payment_method = method, .amount = {minor, "EUR"}};
    }
    ProviderPayment pay(const PaymentOrder& order) { return stage_.run(provider_.pay(order)); }
    ProviderRefund refund(const std::string& key, const std::string& id, int64_t minor) {
        return stage_.run(
            provider_.refund({.idempotency_key = key, .reference = key, .provider_id = id, .amount = {minor, "EUR"}}));
    }
    std::optional<ProviderRefund> find_refund(const std::string& id, const std::string& reference) {
        return stage_.run(provider_.find_refund(id, reference));
    }
    template <class Action>
    static ErrorCode refusal(Action action) {
        try {
            action();
        } catch (const ServiceError& error) {
            return error.code;
        }
        ADD_FAILURE() << "nothing was refused";
        return ErrorCode::Internal;
    }
    int64_t charges(const std::string& reference) { return case_->tally(reference).charges; }

    std::unique_ptr<ProviderCase> case_ = GetParam().make();
    Stage& stage_ = case_->stage();
    PaymentProvider& provider_ = case_->provider();
};

TEST_P(PaymentProviderContract, ChargesOnceHoweverOftenItIsTold) {
    const ProviderPayment first = pay(order("a"));
    EXPECT_EQ(first.outcome, Outcome::Succeeded);
    EXPECT_FALSE(first.provider_id.empty());
    EXPECT_EQ(pay(order("a")), first);
    EXPECT_EQ(charges("a"), 1);
    EXPECT_EQ(case_->tally("a").charged_minor, 500);
    EXPECT_NE(pay(order("b")).provider_id, first.provider_id);
    EXPECT_EQ(stage_.run(provider_.retrieve(first.provider_id)), first);
    EXPECT_EQ(stage_.run(provider_.find("a")), first);
    EXPECT_EQ(stage_.run(provider_.find("nothing")), std::nullopt);
    EXPECT_EQ(refusal([&] { stage_.run(provider_.retrieve("pi_nothing")); }), ErrorCode::NotFound);
}

TEST_P(PaymentProviderContract, KnowsItsPaymentMethods) {
    EXPECT_TRUE(stage_.run(provider_.knows("pm_ok")));
    EXPECT_TRUE(stage_.run(provider_.knows("pm_declined"))) << "which says nothing about charging it";
    EXPECT_FALSE(stage_.run(provider_.knows("lalala/?")));
    case_->set_faults({.fail_after = 100});
    EXPECT_EQ(refusal([&] { stage_.run(provider_.knows("lalala")); }), ErrorCode::Unavailable);
}

TEST_P(PaymentProviderContract, AKeyStandsForOneOrder) {
    pay(order("a"));
    EXPECT_EQ(refusal([&] { pay(order("a", "pm_ok", 501)); }), ErrorCode::IdempotencyKeyReused);
    EXPECT_EQ(refusal([&] { pay(order("a", "pm_late")); }), ErrorCode::IdempotencyKeyReused);
    EXPECT_EQ(charges("a"), 1);
}

TEST_P(PaymentProviderContract, DeclinesForGood) {
    const ProviderPayment declined = pay(order("a", "pm_declined"));
    EXPECT_EQ(declined.outcome, Outcome::Declined);
    EXPECT_EQ(declined.decline_code, "card_declined");
    EXPECT_EQ(pay(order("a", "pm_declined")), declined);
    EXPECT_EQ(pay(order("b", "pm_nonsense")).decline_code, "unknown_payment_method");
    EXPECT_EQ(charges("a") + charges("b"), 0);
}

TEST_P(PaymentProviderContract, LateOnesAreDecidedLater) {
    const ProviderPayment late = pay(order("a", "pm_late"));
    EXPECT_EQ(late.outcome, Outcome::Processing);
    EXPECT_EQ(charges("a"), 0);
    case_->pass(kMinute);
    EXPECT_EQ(pay(order("a", "pm_late")).outcome, Outcome::Succeeded) << "the state of today";
    EXPECT_EQ(stage_.run(provider_.retrieve(late.provider_id)).outcome, Outcome::Succeeded);
    EXPECT_EQ(charges("a"), 1);
}

TEST_P(PaymentProviderContract, NoAnswerMeansAnything) {
    EXPECT_EQ(refusal([&] { pay(order("a", "pm_timeout")); }), ErrorCode::Unavailable);
    EXPECT_EQ(charges("a"), 1);
    EXPECT_EQ(pay(order("a", "pm_timeout")).outcome, Outcome::Succeeded);
    EXPECT_EQ(charges("a"), 1);
    case_->set_faults({.fail_before = 100});
    EXPECT_EQ(refusal([&] { pay(order("b")); }), ErrorCode::Unavailable);
    EXPECT_EQ(charges("b"), 0);
    case_->set_faults({.fail_after = 100});
    EXPECT_EQ(refusal([&] { pay(order("b")); }), ErrorCode::Unavailable);
    EXPECT_EQ(refusal([&] { pay(order("b")); }), ErrorCode::Unavailable);
    case_->set_faults({});
    EXPECT_EQ(pay(order("b")).outcome, Outcome::Succeeded);
    EXPECT_EQ(charges("b"), 1);
}

TEST_P(PaymentProviderContract, GivesBackOnceAndNoMoreThanItTook) {
    const std::string id = pay(order("a")).provider_id;
    const ProviderRefund first = refund("r1", id, 200);
    EXPECT_EQ(first.outcome, ProviderRefund::Outcome::Done);
    EXPECT_EQ(refund("r1", id, 200), first);
    EXPECT_EQ(case_->tally("a").refunded_minor, 200);
    EXPECT_EQ(refusal([&] { refund("r1", id, 300); }), ErrorCode::IdempotencyKeyReused);
    EXPECT_EQ(refund("r2", id, 301).outcome, ProviderRefund::Outcome::Failed);
    EXPECT_EQ(refund("r3", id, 300).outcome, ProviderRefund::Outcome::Done);
    EXPECT_EQ(case_->tally("a").refunded_minor, 500);
    const std::string declined = pay(order("d", "pm_declined")).provider_id;
    EXPECT_EQ(refund("r4", declined, 1).outcome, ProviderRefund::Outcome::Failed);
}

TEST_P(PaymentProviderContract, RefundsMayBeDecidedLater) {
    const std::string id = pay(order("a")).provider_id;
    case_->set_faults({.refund_pending = 100});
    const ProviderRefund pending = refund("r1", id, 200);
    EXPECT_EQ(pending.outcome, ProviderRefund::Outcome::Pending);
    ASSERT_FALSE(pending.provider_id.empty());
    case_->set_faults({.refund_pending = 100, .refund_fail = 100});
    const ProviderRefund doomed = refund("r2", id, 300);
    EXPECT_EQ(doomed.outcome, ProviderRefund::Outcome::Pending);
    case_->set_faults({});
    EXPECT_EQ(refund("r3", id, 1).outcome, ProviderRefund::Outcome::Failed) << "all is being given back";
    case_->pass(kMinute);
    const ProviderRefund done = stage_.run(provider_.retrieve_refund(pending.provider_id));
    EXPECT_EQ(done.outcome, ProviderRefund::Outcome::Done);
    EXPECT_EQ(done.provider_id, pending.provider_id);
    EXPECT_EQ(refund("r1", id, 200), done) << "the state of today";
    EXPECT_EQ(stage_.run(provider_.retrieve_refund(doomed.provider_id)).outcome, ProviderRefund::Outcome::Failed);
    EXPECT_EQ(case_->tally("a").refunded_minor, 200);
    EXPECT_EQ(refund("r4", id, 300).outcome, ProviderRefund::Outcome::Done);
    EXPECT_EQ(refusal([&] { stage_.run(provider_.retrieve_refund("re_nothing")); }), ErrorCode::NotFound);
}

TEST_P(PaymentProviderContract, RefundsAreFoundByTheirReference) {
    const std::string id = pay(order("a")).provider_id, other = pay(order("b")).provider_id;
    EXPECT_EQ(find_refund(id, "r1"), std::nullopt);
    const ProviderRefund first = refund("r1", id, 200);
    refund("r2", id, 100);
    EXPECT_EQ(find_refund(id, "r1"), first);
    EXPECT_EQ(find_refund(id, "r3"), std::nullopt);
    EXPECT_EQ(find_refund(other, "r1"), std::nullopt);
    case_->set_faults({.fail_after = 100});
    EXPECT_EQ(refusal([&] { refund("r3", id, 100); }), ErrorCode::Unavailable);
    EXPECT_EQ(refusal([&] { find_refund(id, "r3"); }), ErrorCode::Unavailable);
    case_->set_faults({});
    EXPECT_EQ(find_refund(id, "r3").value().outcome, ProviderRefund::Outcome::Done) << "though nobody heard of it";
}

/// Which is why nobody repeats an order that is so old.
TEST_P(PaymentProviderContract, KeysAreForgottenAfterTheirTime) {
    const std::string id = pay(order("a")).provider_id;
    const ProviderRefund first = refund("r1", id, 200);
    case_->pass(provider_.key_lifetime() - kMinute);
    EXPECT_EQ(refund("r1", id, 200), first);
    case_->pass(2 * kHour);
    pay(order("a"));
    EXPECT_EQ(charges("a"), 2);
    EXPECT_NE(refund("r1", id, 200).provider_id, first.provider_id);
    EXPECT_EQ(case_->tally("a").refunded_minor, 400);
}

TEST_P(PaymentProviderContract, WebhooksTellWhatBecameOfAPayment) {
    const ProviderPayment paid = pay(order("a"));
    const ProviderPayment declined = pay(order("b", "pm_declined"));
    case_->pass(kMinute);
    const std::vector<std::string> bodies = case_->webhooks();
    ASSERT_EQ(bodies.size(), 2u);
    const ProviderNotice first = provider_.read_notice(bodies[0]);
    EXPECT_EQ(first.reference, "a");
    EXPECT_EQ(first.payment, paid);
    const ProviderNotice second = provider_.read_notice(bodies[1]);
    EXPECT_EQ(second.reference, "b");
    EXPECT_EQ(second.payment, declined);
    EXPECT_NE(first.event_id, second.event_id);
    EXPECT_TRUE(case_->webhooks().empty()) << "once answered they are done";
    for (const char* broken : {"", "[]", "{}", R"({"id":"evt_1"})"})
        EXPECT_EQ(refusal([&] { provider_.read_notice(broken); }), ErrorCode::MalformedRequest) << broken;
}

INSTANTIATE_TEST_SUITE_P(
    Adapters, PaymentProviderContract,
    testing::Values(Adapter<ProviderCase>{"Sandbox", [] { return std::make_unique<SandboxCase>(); }},
                    Adapter<ProviderCase>{"Stripe", [] { return std::make_unique<StripeCase>(); }},
                    Adapter<ProviderCase>{"StripeOverHttp", [] { return std::make_unique<StripeOverHttpCase>(); }}),
    name_of<ProviderCase>);

// The example of docs.stripe.com/api/payment_intents/create, with our fields.
TEST(Stripe, WritesFormsAsTheDocumentationDoes) {
    const gateway::Request request = payments::stripe::pay_request(
        "sk_test",
        {.idempotency_key = "k", .reference = "pay_1", .payment_method = "pm_card", .amount = {2000, "USD"}});
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/v1/payment_intents");
    EXPECT_EQ(*request.header("idempotency-key"), "k");
    EXPECT_EQ(*request.header("authorization"), "Bearer sk_test");
    EXPECT_EQ(request.body,
              "amount=2000&currency=usd&payment_method=pm_card&payment_method_types%5B%5D=card&confirm=true"
              "&off_session=true&error_on_requires_action=true&metadata%5Breference%5D=pay_1");
    const payments::stripe::Form form = {{"a b", "c&d=\xC3\xA4"}, {"x", ""}};
    EXPECT_EQ(payments::stripe::decoded(payments::stripe::encoded(form)), form);
    EXPECT_EQ(payments::stripe::decoded("a=%4"), std::nullopt);
    EXPECT_EQ(payments::stripe::decoded("a"), std::nullopt);
}

TEST(Stripe, ReadsWhatSaysNothingAsNothing) {
    using namespace payments::stripe;
    const auto code = [](int status, const std::string& body) {
        gateway::Response response;
        response.status = status;
        response.body = body;
        try {
            read_payment(response);
        } catch (const ServiceError& error) {
            return error.code;
        }
        return ErrorCode::Internal;
    };
    EXPECT_EQ(code(500, R"({"id":"pi_1","status":"succeeded"})"), ErrorCode::Unavailable);
    EXPECT_EQ(code(429, "{}"), ErrorCode::Unavailable);
    EXPECT_EQ(code(200, "<html>"), ErrorCode::Unavailable);
    EXPECT_EQ(code(200, "{}"), ErrorCode::Unavailable);
    EXPECT_EQ(code(401, R"({"error":{"type":"invalid_request_error"}})"), ErrorCode::Unavailable);
    EXPECT_EQ(code(409, R"({"error":{"type":"invalid_request_error","code":"idempotency_key_in_use"}})"),
              ErrorCode::Unavailable);
    EXPECT_EQ(code(400, R"({"error":{"type":"idempotency_error"}})"), ErrorCode::IdempotencyKeyReused);
    gateway::Response untried;
    untried.body = R"({"id":"pi_1","status":"requires_payment_method","last_payment_error":null})";
    EXPECT_EQ(read_payment(untried).outcome, Outcome::Processing) << "not tried yet is not declined";
    EXPECT_EQ(read_event(R"({"id":"evt_1","type":"charge.refunded","data":{"object":{"id":"ch_1"}}})").payment,
              std::nullopt);
}

TEST(Stripe, BelievesOnlyAWholeListOfRefunds) {
    using payments::stripe::read_found_refund;
    gateway::Response list;
    list.body = R"({"has_more":true,"data":[{"id":"re_2","status":"pending","metadata":{"reference":"r2"}},)"
                R"({"id":"re_1","status":"succeeded","metadata":{}}]})";
    EXPECT_EQ(read_found_refund(list, "r2").value().provider_id, "re_2");
    EXPECT_THROW(read_found_refund(list, "r1"), ServiceError) << "it may stand on the next page";
    list.body = R"({"has_more":false,"data":[]})";
    EXPECT_EQ(read_found_refund(list, "r1"), std::nullopt);
    list.body = R"({"data":[]})";
    EXPECT_THROW(read_found_refund(list, "r1"), ServiceError);
}

TEST(Stripe, TakesOnlyTheAnswerToAnOrderForARefusal) {
    gateway::Response refused;
    refused.status = 400;
    refused.body = R"({"error":{"type":"invalid_request_error","code":"charge_already_refunded"}})";
    EXPECT_EQ(payments::stripe::read_ordered_refund(refused).outcome, ProviderRefund::Outcome::Failed);
    EXPECT_THROW(payments::stripe::read_refund(refused), ServiceError)
        << "a question was wrong; the refund may be made";
}

/// The name of a refund is not lost with the answer to what has become of it since.
TEST(Stripe, NamesAPendingRefundThoughTheNextAnswerIsLost) {
    struct SecondIsLost : payments::stripe::Transport {
        Task<gateway::Response> send(gateway::Request request) override {
            if (request.method == "GET") throw std::runtime_error("timed out");
            gateway::Response response;
            response.body = R"({"id":"re_1","status":"pending"})";
            co_return response;
        }
    } transport;
    payments::stripe::StripeProvider adapter{transport, {.secret_key = "sk_test"}};
    PlainStage stage;
    const ProviderRefund said = stage.run(
        adapter.refund({.idempotency_key = "r", .reference = "r", .provider_id = "pi_1", .amount = {5, "EUR"}}));
    EXPECT_EQ(said, (ProviderRefund{.provider_id = "re_1", .outcome = ProviderRefund::Outcome::Pending}));
}

/// Webhooks twice, late and not answered.
TEST(Sandbox, RepeatsWebhooksUntilTheyAreAnswered) {
    SandboxCase sandbox;
    sandbox.adapter.set_faults({.webhook_twice = 100});
    sandbox.simulated.run(sandbox.adapter.pay(
        {.idempotency_key = "a", .reference = "a", .payment_method = "pm_ok", .amount = {5, "EUR"}}));
    sandbox.pass(kMinute);
    std::vector<std::string> bodies;
    int status = 503;
    const auto deliver = [&] {
        sandbox.simulated.run(sandbox.adapter.deliver(100, [&](std::string body, std::string) -> Task<int> {
            bodies.push_back(std::move(body));
            if (status == 0) throw std::runtime_error("nobody there");
            co_return status;
        }));
    };
    deliver();
    ASSERT_EQ(bodies.size(), 2u);
    EXPECT_EQ(bodies[0], bodies[1]) << "the same event twice";
    sandbox.pass(kMinute);
    status = 0;
    deliver();
    EXPECT_EQ(bodies.size(), 4u);
    sandbox.pass(kMinute);
    status = 200;
    deliver();
    EXPECT_EQ(bodies.size(), 6u);
    sandbox.pass(kMinute);
    deliver();
    EXPECT_EQ(bodies.size(), 6u);
}

TEST(Sandbox, RemembersInItsDatabase) {
    SimulatedStage stage;
    SqliteDatabase database;
    const PaymentOrder order{.idempotency_key = "a", .reference = "a", .payment_method = "pm_ok", .amount = {5, "EUR"}};
    ProviderPayment first;
    {
        SandboxProvider before(stage.clock, database, "secret", SandboxModel{});
        first = stage.run(before.pay(order));
    }
    SandboxProvider after(stage.clock, database, "secret", SandboxModel{});
    EXPECT_EQ(stage.run(after.pay(order)), first);
    EXPECT_EQ(after.tallies().at(0).charges, 1);
}

/// From when it did not forget keys of refunds.
TEST(Sandbox, KnowsTheRefundsOfAnOlderSandbox) {
    SimulatedStage stage;
    SqliteDatabase database;
    auto make = [](SqlTransaction& tx) {
        tx.execute(
            "CREATE TABLE sandbox_refunds("
            "  idempotency_key TEXT PRIMARY KEY, refund_id TEXT NOT NULL, provider_id TEXT NOT NULL,"
            "  amount_minor BIGINT NOT NULL, currency TEXT NOT NULL, failed BIGINT NOT NULL)");
        tx.execute("INSERT INTO sandbox_refunds VALUES('r1', 're_sandbox_1', 'pi_sandbox_1', 5, 'EUR', 0)");
        tx.execute("INSERT INTO sandbox_refunds VALUES('r2', 're_sandbox_2', 'pi_sandbox_1', 6, 'EUR', 1)");
    };
    database.transact(Sql::Access::Write, SqlBody(make));
    for (int start = 0; start < 2; ++start) {
        SandboxProvider sandbox(stage.clock, database, "secret", SandboxModel{});
        const ProviderRefund done{.provider_id = "re_sandbox_1", .outcome = ProviderRefund::Outcome::Done};
        EXPECT_EQ(
            stage.run(sandbox.refund(
                {.idempotency_key = "r1", .reference = "r1", .provider_id = "pi_sandbox_1", .amount = {5, "EUR"}})),
            done);
        EXPECT_EQ(stage.run(sandbox.find_refund("pi_sandbox_1", "r1")), done);
        EXPECT_EQ(stage.run(sandbox.retrieve_refund("re_sandbox_2")).outcome, ProviderRefund::Outcome::Failed);
    }
}

}  // namespace matinee::contracts
