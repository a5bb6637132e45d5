#include "tests/services/swarm/payments_workload.hpp"

#include <map>
#include <set>

#include "system/accounts/api.hpp"
#include "system/payments/api.hpp"
#include "tests/services/swarm/clients.hpp"

namespace matinee::swarm {

namespace {

struct Payer : User {
    bool is_erased = false;
};

/// A stream that takes nothing from `draws`: what is drawn from those next stays what it was for every seed.
RandomStream beside(const RandomStream& draws) {
    RandomStream ahead = draws;
    return {ahead.next_u64(), Purpose::Test, 0, 5};
}

class PaymentsWorkload : public Workload {
public:
    void configure(RandomStream& draws, platform::Settings& settings, services::HostModel& model) override {
        payments::Settings& payments = settings.payments;
        for (payments::Plan& plan : payments.plans) plan.period = {.months = 0, .length = 35 * kSecond};
        grace_ = payments.grace = 12 * kSecond;
        payments.renewal_again = 4 * kSecond;
        payments.renewal_tries = 3;
        payments.ask_again = kSecond;
        payments.ask_again_at_most = 4 * kSecond;
        payments.find_after = 3 * kSecond;
        settings.idempotency.lease = 5 * kSecond;
        SandboxModel& sandbox = model.payment_provider;
        sandbox.latency = 40 * kMillisecond;
        sandbox.patience = 2 * kSecond;
        sandbox.late_after = TimeNs(draws.below(4)) * kSecond;
        sandbox.webhook_late_after = 8 * kSecond;
        sandbox.webhook_again = kSecond;
        if (draws.chance(0.3)) sandbox.key_lifetime = 15 * kSecond;
        const auto some = [&](uint32_t most) { return draws.chance(0.5) ? int(draws.below(most)) : 0; };
        sandbox.faults = {.slow = some(30),
                          .fail_before = some(40),
                          .fail_after = some(40),
                          .time_out = some(30),
                          .decline = some(40),
                          .late = some(60),
                          .webhook_twice = some(60),
                          .webhook_late = some(60),
                          .webhook_lost = some(80)};
        // Longer than some keys are known.
        RandomStream refunds = beside(draws);
        sandbox.refund_after = TimeNs(refunds.below(40)) * kSecond;
        if (refunds.chance(0.5)) sandbox.faults.refund_pending = int(refunds.below(100));
        if (refunds.chance(0.5)) sandbox.faults.refund_fail = int(refunds.below(50));
        payments.refund_again = 4 * kSecond;
        payments.refund_tries = 1'000;  // in the end all of them come through
    }

    void setup(World& world) override {
        for (int i = 0; i < 3; ++i) users_.push_back({register_user(world, "u" + std::to_string(i))});
    }

    void start(World& world) override {
        for (size_t i = 0; i < users_.size(); ++i) world.add(live(world, users_[i], i + 1));
        world.add(administrate(world));
        world.add(mirror_.follow(world));
    }

    void watch(World& world) override {
        for (const auto& tally : world.host().payment_provider().tallies())
            if (tally.charges > 1)
                world.find(tally.reference + " was charged " + std::to_string(tally.charges) + " times");
        query(world, [&](SqlTransaction& tx) {
            for (const std::string& wrong : payments::ledger::check(tx, 0, 100'000).wrong)
                world.find("books: " + wrong);
            // Whoever may watch has paid at least once for it.
            for (const SqlRow& row :
                 tx.query("SELECT s.subscription_id FROM subscriptions s WHERE s.status IN ('active', 'past_due')"
                          " AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.subscription_id = s.subscription_id"
                          "                 AND p.status = 'succeeded') ORDER BY s.subscription_id"))
                world.find(row.text(0) + " is active and was never paid");
        });
    }

    bool is_settled(World& world) override {
        int64_t open = 0;
        query(world, [&](SqlTransaction& tx) {
            open = tx.find(
                         "SELECT (SELECT COUNT(*) FROM payments WHERE status = 'open')"
                         " + (SELECT COUNT(*) FROM refunds WHERE status = 'open')"
                         " + (SELECT COUNT(*) FROM outbox)"
                         " + (SELECT COUNT(*) FROM subscriptions WHERE due_at <= $1)",
                         world.now())
                       ->integer(0);
        });
        return open == 0 && has_followed(world, "payments", accounts::kTopic);
    }

    void check(World& world) override {
        read_rows(world);
        check_subscriptions(world);
        check_provider(world);
        check_entitlements(world);
        check_events(world);
        for (const auto& [key, ids] : made_by_key_)
            if (ids.size() > 1) world.find("the key " + key + " made " + std::to_string(ids.size()) + " subscriptions");
        for (const auto& [key, ids] : made_by_key_)
            for (const std::string& id : ids)
                if (!subscriptions_.contains(id)) world.find(id + " was acknowledged and is gone");
    }

private:
    struct PaymentRow {
        std::string subscription_id, user_id, status, credited_to;
        int64_t amount = 0, refunded = 0;
        TimeNs from = 0, until = 0;
    };
    struct SubscriptionRow {
        std::string user_id, status;
        TimeNs paid_until = 0;
        TimeNs due_at = 0;
    };

    // What clients do.

    Task<> subscribe(World& world, Payer& user, RandomStream& draws, const std::string& key) {
        static constexpr const char* kPlans[] = {"basic", "standard", "premium"};
        static constexpr const char* kMethods[] = {"pm_ok", "pm_ok", "pm_ok", "pm_timeout", "pm_late", "pm_declined"};
        const std::string plan = kPlans[draws.below(3)];
        const std::string body =
            JsonOut().object().text("plan_id", plan).text("payment_method", kMethods[draws.below(6)]).end().take();
        gateway::Request sent = request("POST", "/api/v1/subscriptions", user.token, body);
        sent.headers.push_back({"idempotency-key", key});
        const bool twice = draws.chance(0.3);
        std::optional<gateway::Response> answer = co_await insist(world, sent, draws);
        if (answer) heard(world, key, *answer);
        if (!twice) co_return;
        std::optional<gateway::Response> second = co_await insist(world, sent, draws);
        if (second) heard(world, key, *second);
        const bool differ = answer && second && answer->status < 500 && second->status < 500 && answer->status != 409 &&
                            second->status != 409 && answer->status != second->status;
        if (differ)
            world.find("the key " + key + " was answered " + std::to_string(answer->status) + " and then " +
                       std::to_string(second->status));
    }

    void heard(World&, const std::string& key, const gateway::Response& answer) {
        if (answer.status == 201 || answer.status == 202)
            made_by_key_[key].insert(text_at(answer.body, {"data", "subscription_id"}));
    }

    Task<> live(World& world, Payer& user, uint64_t who) {
        RandomStream draws = world.stream(who);
        const std::string mine = user.mine() + "/subscription";
        const bool leaves = draws.chance(0.2);
        for (int round = 0; world.now() < world.busy_until(); ++round) {
            const uint32_t action = round == 0 ? 0 : draws.below(10);
            if (action < 4) {
                co_await subscribe(world, user, draws, "k" + std::to_string(who) + "-" + std::to_string(round));
            } else if (action < 6) {
                co_await insist(world, request("DELETE", mine, user.token), draws);
            } else if (action < 8) {
                static constexpr const char* kChanges[] = {R"({"plan_id":"premium"})",
                                                           R"({"plan_id":"standard"})",
                                                           R"({"plan_id":"basic"})",
                                                           R"({"payment_method":"pm_ok"})",
                                                           R"({"payment_method":"pm_declined"})",
                                                           R"({"payment_method":"pm_late","plan_id":"premium"})",
                                                           R"({"auto_renew":true})"};
                co_await insist(world, request("PUT", mine, user.token, kChanges[draws.below(7)]), draws);
            } else {
                co_await world.send(request("GET", mine, user.token));
            }
            co_await some_time(world, draws, 12 * kSecond);
        }
        if (!leaves) co_return;
        const std::optional<gateway::Response> answer =
            co_await insist(world, request("DELETE", user.mine(), user.token), draws);
        user.is_erased = answer && (answer->status == 200 || answer->status == 401);  // 401: it was the first time
    }

    Task<> administrate(World& world) {
        RandomStream draws = world.stream(100);
        for (int round = 0; world.now() < world.busy_until(); ++round) {
            co_await some_time(world, draws, 30 * kSecond);
            std::string payment_id;
            int64_t amount = 0;
            query(world, [&](SqlTransaction& tx) {
                const auto row = tx.find(
                    "SELECT payment_id, amount_minor FROM payments WHERE status = 'succeeded'"
                    " ORDER BY created_at DESC, payment_id LIMIT 1");
                if (row) payment_id = row->text(0), amount = row->integer(1);
            });
            if (payment_id.empty()) continue;
            JsonOut body;
            body.object().text("payment_id", payment_id);
            if (draws.chance(0.5)) body.integer("amount_minor", 1 + int64_t(draws.below(uint32_t(amount))));
            gateway::Request sent = request("POST", "/api/v1/admin/refunds", kAdminToken, body.end().take());
            sent.headers.push_back({"idempotency-key", "refund-" + std::to_string(round)});
            co_await insist(world, sent, draws);
        }
    }

    // What must hold.

    void read_rows(World& world) {
        query(world, [&](SqlTransaction& tx) {
            for (const SqlRow& row : tx.query(
                     "SELECT payment_id, subscription_id, user_id, status, amount_minor, refunded_minor, covers_from,"
                     " covers_until, credited_to FROM payments ORDER BY payment_id"))
                payments_[row.text(0)] = {.subscription_id = row.text(1),
                                          .user_id = row.text(2),
                                          .status = row.text(3),
                                          .credited_to = row.text(8),
                                          .amount = row.integer(4),
                                          .refunded = row.integer(5),
                                          .from = row.integer(6),
                                          .until = row.integer(7)};
            for (const SqlRow& row :
                 tx.query("SELECT subscription_id, user_id, status, paid_until, due_at FROM subscriptions"
                          " ORDER BY subscription_id"))
                subscriptions_[row.text(0)] = {.user_id = row.text(1),
                                               .status = row.text(2),
                                               .paid_until = row.integer(3),
                                               .due_at = row.integer(4)};
        });
    }

    /// Nothing is open by now, so each is either over or will be looked at again.
    void check_subscriptions(World& world) {
        for (const auto& [id, row] : subscriptions_) {
            if (row.status == "expired") continue;
            if (row.status == "pending") world.find(id + " waits for a payment that is decided");
            if (row.user_id.empty()) world.find(id + " is " + row.status + " for a user who was erased");
            if (row.due_at == kNever) world.find(id + " is " + row.status + " and forgotten");
        }
    }

    void check_provider(World& world) {
        std::set<std::string> charged;
        int64_t money = 0;
        for (const auto& tally : world.host().payment_provider().tallies()) {
            money += tally.charged_minor - tally.refunded_minor;
            const auto payment = payments_.find(tally.reference);
            if (payment == payments_.end()) {
                world.find("the provider knows " + tally.reference + ", and we do not");
                continue;
            }
            const PaymentRow& row = payment->second;
            if (tally.charges > 0) charged.insert(tally.reference);
            if (tally.charges > 0 && row.status != "succeeded")
                world.find(tally.reference + " was charged and counts as " + row.status);
            if (tally.charges > 0 && tally.charged_minor != row.amount)
                world.find(tally.reference + ": another amount");
            if (tally.refunded_minor != row.refunded)
                world.find(tally.reference + ": " + std::to_string(tally.refunded_minor) + " was given back, not " +
                           std::to_string(row.refunded));
        }
        for (const auto& [id, row] : payments_) {
            if (row.status == "succeeded" && !charged.contains(id))
                world.find(id + " counts as paid and was not charged");
            if (row.status == "succeeded" && row.until == 0 && row.refunded != row.amount)
                world.find(id + " was paid for nothing and not given back");
        }
        const int64_t booked =
            count(world,
                  "SELECT COALESCE(SUM(amount_minor), 0) FROM journal_lines WHERE account_id = 'provider:sandbox:INR'");
        if (booked != money)
            world.find("the books say that the provider has " + std::to_string(booked) + ", it has " +
                       std::to_string(money));
    }

    /// Whether what was paid for still counts: not given back, and not taken off the price of something else.
    bool buys_time(const PaymentRow& row) const {
        const auto is_paid = [](const PaymentRow& one) {
            return one.status == "succeeded" && one.until > 0 && one.refunded < one.amount;
        };
        const auto other = payments_.find(row.credited_to);
        return is_paid(row) && (other == payments_.end() || !is_paid(other->second));
    }

    void check_entitlements(World& world) {
        for (const Payer& user : users_) {
            const auto entitlement = world.run(world.host().platform().payments().of_user(user.user_id));
            const TimeNs now = world.now();
            bool paid = false, in_grace = false;
            int at_once = 0;
            for (const auto& [id, row] : payments_) {
                if (row.user_id != user.user_id || now >= row.until || !buys_time(row)) continue;
                paid = true;  // or ahead, but there is no time in between that is not paid for
                at_once += row.from <= now ? 1 : 0;
            }
            if (at_once > 1) world.find(user.user_id + " has paid for the same time twice");
            for (const auto& [id, row] : subscriptions_)
                in_grace =
                    in_grace || (row.user_id == user.user_id && (row.status == "active" || row.status == "past_due") &&
                                 row.paid_until <= now && now < row.paid_until + grace_);
            if (paid && !entitlement) world.find(user.user_id + " has paid and may not watch");
            if (entitlement && !paid && !in_grace) world.find(user.user_id + " may watch and has not paid");
            if (user.is_erased && entitlement) world.find(user.user_id + " was erased and may watch");
        }
    }

    void check_events(World& world) {
        std::map<std::string, int> succeeded, declined;
        std::map<std::string, int64_t> refunded;
        std::map<std::string, std::string> last_status;
        for (const Event& event : mirror_.complete(world)) {
            const std::string payment = text_at(event.data, {"payment_id"});
            if (event.type == payments::kPaymentSucceeded) ++succeeded[payment];
            if (event.type == payments::kPaymentDeclined) ++declined[payment];
            if (event.type == payments::kPaymentRefunded)
                refunded[payment] += *Json::parse(event.data).find("amount_minor")->integer();
            if (event.type == payments::kSubscriptionChanged)
                last_status[text_at(event.data, {"subscription_id"})] = text_at(event.data, {"status"});
        }
        for (const auto& [id, row] : payments_) {
            if (succeeded[id] != (row.status == "succeeded" ? 1 : 0))
                world.find(id + ": " + std::to_string(succeeded[id]) + " events say that it was paid");
            if (row.status == "declined" && declined[id] != 1)
                world.find(id + ": " + std::to_string(declined[id]) + " events say that it was declined");
            if (refunded[id] != row.refunded) world.find(id + ": events tell of other refunds");
        }
        for (const auto& [id, row] : subscriptions_)
            if (last_status[id] != row.status)
                world.find(id + " is " + row.status + ", and the last event said " + last_status[id]);
    }

    TimeNs grace_ = 0;
    std::vector<Payer> users_;
    Mirror mirror_{payments::kTopic};
    std::map<std::string, std::set<std::string>> made_by_key_;
    std::map<std::string, PaymentRow> payments_;
    std::map<std::string, SubscriptionRow> subscriptions_;
};

}  // namespace

std::unique_ptr<Workload> payments_workload() { return std::make_unique<PaymentsWorkload>(); }

}  // namespace matinee::swarm
