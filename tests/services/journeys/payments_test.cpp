// The journey of a subscriber: plans, paying in every way the sandbox has, changing, cancelling.
#include <gtest/gtest.h>

#include "system/base/encoding.hpp"
#include "tests/services/journeys/host.hpp"

namespace matinee::journeys {

namespace {

const std::string kSubscriptions = "/api/v1/subscriptions";
const std::string kAdmin = "the administrator's token";

struct Subscriber {
    std::string token;
    std::string mine;  ///< "/api/v1/users/usr_..."
};

Subscriber subscriber(Host& host, const std::string& name) {
    const Answer answer = host.send("POST", "/api/v1/auth/register", "",
                                    R"({"email":")" + name + R"(@example.org","password":"12345678","name":"N"})");
    return {answer.text("data.access_token"), "/api/v1/users/" + answer.text("data.user_id")};
}

std::string order(const std::string& plan, const std::string& method) {
    return JsonOut().object().text("plan_id", plan).text("payment_method", method).end().take();
}

std::vector<gateway::Header> with_key(const std::string& key) { return {{"idempotency-key", key}}; }

void walk_plans(Host& host) {
    const Answer plans = host.send("GET", kSubscriptions + "/plans");
    ASSERT_EQ(plans.status, 200);
    const Json::Array& list = *plans.body.find("data")->find("plans")->array();
    ASSERT_EQ(list.size(), 3u);
    const std::vector<std::string> ids = {"basic", "standard", "premium"}, qualities = {"720p", "1080p", "4K"};
    const std::vector<int64_t> screens = {1, 2, 4};
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(*list[i].find("plan_id")->text(), ids[i]);
        EXPECT_EQ(*list[i].find("quality")->text(), qualities[i]);
        EXPECT_EQ(*list[i].find("screens")->integer(), screens[i]);
        EXPECT_EQ(*list[i].find("period")->text(), "month");
        EXPECT_EQ(list[i].find("currency")->text()->size(), 3u);
        EXPECT_GT(*list[i].find("price_minor")->integer(), 0);
    }
}

void walk_life(Host& host) {
    const Subscriber ada = subscriber(host, "ada");
    const std::string mine = ada.mine + "/subscription";
    EXPECT_EQ(host.send("GET", mine, ada.token).status, 404);
    EXPECT_EQ(host.send("DELETE", mine, ada.token).status, 404);
    EXPECT_EQ(host.send("POST", kSubscriptions, "", order("basic", "pm_ok")).status, 401);
    EXPECT_EQ(host.send("POST", kSubscriptions, ada.token, R"({"plan_id":"basic"})").status, 422);
    EXPECT_EQ(host.send("POST", kSubscriptions, ada.token, order("gold", "pm_ok")).text("field"), "plan_id");
    EXPECT_EQ(host.send("POST", kSubscriptions, ada.token, order("basic", "pm_nonsense")).text("field"),
              "payment_method");
    const Answer declined = host.send("POST", kSubscriptions, ada.token, order("basic", "pm_declined"));
    EXPECT_EQ(declined.status, 402);
    EXPECT_EQ(declined.text("code"), "payment_declined");
    EXPECT_EQ(host.send("GET", mine, ada.token).text("data.status"), "expired");

    const Answer made = host.send("POST", kSubscriptions, ada.token, order("basic", "pm_ok"));
    ASSERT_EQ(made.status, 201);
    EXPECT_EQ(made.text("data.status"), "active");
    EXPECT_EQ(host.send("GET", mine, ada.token).text("data.subscription_id"), made.text("data.subscription_id"));
    EXPECT_EQ(host.send("POST", kSubscriptions, ada.token, order("basic", "pm_ok")).text("code"), "already_subscribed");
    EXPECT_EQ(host.send("GET", mine, subscriber(host, "eve").token).status, 403);

    // A dearer plan at once, a cheaper one later, and one that cannot be paid not at all.
    EXPECT_EQ(host.send("PUT", mine, ada.token, R"({"plan_id":"standard"})").text("data.plan_id"), "standard");
    const Answer later = host.send("PUT", mine, ada.token, R"({"plan_id":"basic"})");
    EXPECT_EQ(later.text("data.plan_id"), "standard");
    EXPECT_EQ(later.text("data.next_plan_id"), "basic");
    const std::string broken = R"({"plan_id":"premium","payment_method":"pm_declined"})";
    EXPECT_EQ(host.send("PUT", mine, ada.token, broken).status, 402);
    EXPECT_EQ(host.send("GET", mine, ada.token).text("data.plan_id"), "standard");

    const Answer cancelled = host.send("DELETE", mine, ada.token);
    EXPECT_EQ(cancelled.status, 200);
    EXPECT_EQ(cancelled.text("data.status"), "cancelled");
    EXPECT_EQ(host.send("DELETE", mine, ada.token).status, 200);
    EXPECT_EQ(host.send("PUT", mine, ada.token, R"({"auto_renew":true})").text("data.status"), "active");
    EXPECT_EQ(host.send("PUT", mine, ada.token, R"({"auto_renew":false})").text("data.status"), "cancelled");
    EXPECT_EQ(host.send("POST", kSubscriptions, ada.token, order("premium", "pm_ok")).status, 201);
    const Answer payments = host.send("GET", ada.mine + "/payments?limit=10", ada.token);
    EXPECT_EQ(payments.body.find("data")->find("payments")->array()->size(), 6u);
}

/// Those whose outcome comes later: the answer says so, and the subscription becomes active by itself.
void walk_undecided(Host& host) {
    const std::vector<std::string> methods = {"pm_timeout", "pm_late"};
    std::vector<Subscriber> subscribers;
    std::vector<Answer> first;
    for (const std::string& method : methods) {
        subscribers.push_back(subscriber(host, method));
        first.push_back(
            host.send("POST", kSubscriptions, subscribers.back().token, order("standard", method), with_key("once")));
        EXPECT_EQ(first.back().status, 202) << method;
        EXPECT_EQ(first.back().text("data.status"), "pending");
    }
    host.pass(2 * kSecond);
    for (size_t i = 0; i < methods.size(); ++i) {
        const Subscriber& who = subscribers[i];
        EXPECT_EQ(host.send("GET", who.mine + "/subscription", who.token).text("data.status"), "active") << methods[i];
        const Answer again =
            host.send("POST", kSubscriptions, who.token, order("standard", methods[i]), with_key("once"));
        EXPECT_EQ(again.status, 202) << "the first answer again";
        EXPECT_EQ(again.text("data.subscription_id"), first[i].text("data.subscription_id"));
    }
}

void walk_idempotency(Host& host) {
    const Subscriber eva = subscriber(host, "eva");
    const auto post = [&](const std::string& plan, const std::string& method, const std::string& key) {
        return host.send("POST", kSubscriptions, eva.token, order(plan, method), with_key(key));
    };
    EXPECT_EQ(post("basic", "pm_ok", "").status, 422);
    EXPECT_EQ(post("basic", "pm_ok", std::string(256, 'k')).status, 422);
    EXPECT_EQ(post("basic", "pm_declined", "a").status, 402);
    EXPECT_EQ(post("basic", "pm_declined", "a").status, 402) << "a refusal is an answer";
    EXPECT_EQ(post("basic", "pm_ok", "a").text("code"), "idempotency_key_reused");
    const Answer first = post("basic", "pm_ok", "b");
    EXPECT_EQ(first.status, 201);
    const Answer second = post("basic", "pm_ok", "b");
    EXPECT_EQ(second.status, 201);
    EXPECT_EQ(to_text(*second.body.find("data")), to_text(*first.body.find("data")));
    EXPECT_EQ(post("basic", "pm_ok", "c").status, 409);
    const Subscriber other = subscriber(host, "other");
    EXPECT_EQ(host.send("POST", kSubscriptions, other.token, order("basic", "pm_ok"), with_key("b")).status, 201)
        << "keys belong to a user";
}

void walk_refund(Host& host) {
    const Subscriber tom = subscriber(host, "tom");
    host.send("POST", kSubscriptions, tom.token, order("premium", "pm_ok"));
    const Answer payments = host.send("GET", tom.mine + "/payments", tom.token);
    const Json& payment = payments.body.find("data")->find("payments")->array()->front();
    const int64_t amount = *payment.find("amount_minor")->integer();
    const auto refund = [&](const std::string& token, int64_t minor, const std::string& key) {
        const std::string body = JsonOut()
                                     .object()
                                     .text("payment_id", *payment.find("payment_id")->text())
                                     .integer("amount_minor", minor)
                                     .end()
                                     .take();
        return host.send("POST", "/api/v1/admin/refunds", token, body, with_key(key));
    };
    EXPECT_EQ(refund(tom.token, 100, "r1").status, 401);
    EXPECT_EQ(refund(kAdmin, 100, "r1").status, 201);
    EXPECT_EQ(refund(kAdmin, 100, "r1").status, 201) << "once";
    EXPECT_EQ(refund(kAdmin, amount, "r2").text("field"), "amount_minor");
    EXPECT_EQ(host.send("GET", tom.mine + "/subscription", tom.token).text("data.status"), "active");
    EXPECT_EQ(refund(kAdmin, amount - 100, "r3").text("data.status"), "done");
    EXPECT_EQ(host.send("GET", tom.mine + "/subscription", tom.token).text("data.status"), "expired");
    const Answer books = host.send("GET", "/api/v1/admin/ledger", kAdmin);
    EXPECT_EQ(*books.body.find("data")->find("balanced")->flag(), true);
    int64_t sum = 0;
    for (const Json& account : *books.body.find("data")->find("accounts")->array())
        sum += *account.find("balance_minor")->integer();
    EXPECT_EQ(sum, 0);
}

void walk_webhooks(Host& host) {
    const std::string path = "/api/v1/payments/webhooks/";
    const std::string body = R"({"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{}}})";
    EXPECT_EQ(host.send("POST", path + "sandbox", "", body).status, 401);
    const std::vector<gateway::Header> forged = {{"stripe-signature", "t=1795204800,v1=" + to_hex(std::string(32, 1))}};
    EXPECT_EQ(host.send("POST", path + "sandbox", "", body, forged).status, 401);
    EXPECT_EQ(host.send("POST", path + "sandbox", "", body, {{"stripe-signature", "nonsense"}}).status, 401);
    EXPECT_EQ(host.send("POST", path + "nobody", "", body).status, 404);
    EXPECT_EQ(host.send("POST", path + "sandbox", "", "[]").status, 400);
}

std::string transcript_of(Host& host) {
    walk_plans(host);
    walk_life(host);
    walk_undecided(host);
    walk_idempotency(host);
    walk_refund(host);
    walk_webhooks(host);
    return host.transcript();
}

}  // namespace

TEST(PaymentsJourney, IsTheSameOnBothHosts) {
    platform::Settings settings;
    settings.accounts.admin_token = kAdmin;
    const std::string simulated = transcript_of(*simulated_host(settings));
    const std::string live = transcript_of(*live_host(settings));
    EXPECT_GT(simulated.size(), 10'000u);
    EXPECT_EQ(live, simulated);
}

}  // namespace matinee::journeys
