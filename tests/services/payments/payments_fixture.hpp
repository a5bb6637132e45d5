// A simulated host with one user, for tests of payments through weeks and crashes.
#pragma once

#include <gtest/gtest.h>

#include "simulator/services/host.hpp"
#include "tests/services/journeys/host.hpp"

namespace matinee::payments {

inline constexpr TimeNs kEvening = 1'795'204'800 * kSecond;  // 2026-11-20 20:00 UTC
/// What the plans cost.
inline constexpr int64_t kBasic = 19'900, kStandard = 49'900, kPremium = 79'900;
inline const std::string kAdminToken = "the administrator's token";

class PaymentsTest : public testing::Test {
protected:
    using Answer = journeys::Answer;

    void SetUp() override { fresh_host(); }
    void fresh_host() {
        settings_.accounts.admin_token = kAdminToken;
        settings_.accounts.access_token_lifetime = 300 * kDay;
        settings_.accounts.refresh_token_lifetime = 300 * kDay;
        model_.maintenance = maintenance_;
        host_ = std::make_unique<services::SimulatedHost>(5, kEvening, settings_, model_);
        const Answer made = send(request("POST", "/api/v1/auth/register",
                                         R"({"email":"ada@example.org","password":"12345678","name":"Ada"})", ""));
        user_id_ = made.text("data.user_id");
        token_ = made.text("data.access_token");
        mine_ = "/api/v1/users/" + user_id_;
    }

    static gateway::Request request(const std::string& method, const std::string& target, const std::string& body,
                                    const std::string& token, const std::string& key = "") {
        gateway::Request made{.method = method, .target = target, .headers = {}, .body = body};
        made.headers.push_back({"content-type", "application/json"});
        if (!token.empty()) made.headers.push_back({"authorization", "Bearer " + token});
        if (!key.empty()) made.headers.push_back({"idempotency-key", key});
        return made;
    }
    gateway::Request order(const std::string& plan, const std::string& method, const std::string& key = "") const {
        const std::string body = JsonOut().object().text("plan_id", plan).text("payment_method", method).end().take();
        return request("POST", "/api/v1/subscriptions", body, token_, key);
    }
    Answer send(const gateway::Request& sent) {
        const gateway::Response response = host_->exchange(sent);
        return {.status = response.status, .content_type = response.content_type, .body = Json::parse(response.body)};
    }
    Answer subscribe(const std::string& plan, const std::string& method, const std::string& key = "") {
        return send(order(plan, method, key));
    }
    Answer change(const std::string& body) { return send(request("PUT", mine_ + "/subscription", body, token_)); }
    Answer cancel() { return send(request("DELETE", mine_ + "/subscription", "", token_)); }
    Answer subscription() { return send(request("GET", mine_ + "/subscription", "", token_)); }
    std::string status() { return subscription().text("data.status"); }
    Answer refund(const std::string& payment_id, int64_t minor) {
        const std::string body =
            JsonOut().object().text("payment_id", payment_id).integer("amount_minor", minor).end().take();
        return send(request("POST", "/api/v1/admin/refunds", body, kAdminToken));
    }

    void pass(TimeNs duration) { host_->executor().run_until(host_->executor().now() + duration); }
    template <class T>
    T run(Task<T> task) {
        task.start();
        while (!task.done() && host_->executor().step()) {
        }
        return task.take();
    }
    std::optional<Entitlement> entitlement() { return run(host_->platform().payments().of_user(user_id_)); }
    int64_t number(const std::string& sql) {
        int64_t found = -1;
        auto body = [&](SqlTransaction& tx) { found = tx.find(sql)->integer(0); };
        host_->database().transact(Sql::Access::Read, SqlBody(body));
        return found;
    }
    std::string newest_payment() {
        std::string found;
        auto body = [&](SqlTransaction& tx) {
            found =
                tx.find("SELECT payment_id FROM payments ORDER BY created_at DESC, payment_id DESC LIMIT 1")->text(0);
        };
        host_->database().transact(Sql::Access::Read, SqlBody(body));
        return found;
    }
    int64_t balance(const std::string& account) {
        return number("SELECT COALESCE(SUM(amount_minor), 0) FROM journal_lines WHERE account_id = '" + account +
                      ":INR'");
    }
    /// What the provider charged and has not given back, and how often it charged.
    int64_t money() {
        int64_t sum = 0;
        for (const auto& tally : host_->payment_provider().tallies()) sum += tally.charged_minor - tally.refunded_minor;
        return sum;
    }
    int64_t charges() {
        int64_t sum = 0;
        for (const auto& tally : host_->payment_provider().tallies()) sum += tally.charges;
        return sum;
    }

    platform::Settings settings_;
    services::HostModel model_;
    TimeNs maintenance_ = kSecond;
    std::unique_ptr<services::SimulatedHost> host_;
    std::string user_id_, token_, mine_;
};

/// For months.
class SlowPaymentsTest : public PaymentsTest {
protected:
    SlowPaymentsTest() { maintenance_ = kHour; }
};

}  // namespace matinee::payments
