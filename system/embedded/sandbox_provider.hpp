// The port PaymentProvider without money: a provider of its own, with its own database, that can be told to misbehave.
// It is what `matinee serve` charges unless told otherwise, and what tests crash against.
//
// Payment methods: pm_ok; pm_declined; pm_timeout charges, but the answer is lost; pm_late is decided after
// `late_after` (and succeeds). Any other is declined as unknown_payment_method.
//
// Everything it draws follows from the seed and the number of the call, which stands in its database. Half the latency
// passes before an order takes effect and half after, so that whoever is destroyed meanwhile meets both cases.
#pragma once

#include <functional>
#include <vector>

#include "system/base/random.hpp"
#include "system/embedded/sqlite_database.hpp"
#include "system/ports/clock.hpp"
#include "system/ports/payment_provider.hpp"

namespace matinee {

/// How often what goes wrong, in per cent of calls or webhooks, independently.
struct SandboxFaults {
    int slow = 0;            ///< a call takes `slow_latency`
    int fail_before = 0;     ///< refused at once with nothing done
    int fail_after = 0;      ///< done, and then an error
    int time_out = 0;        ///< done, and no answer within the caller's patience
    int decline = 0;         ///< of payments, whatever their method
    int late = 0;            ///< of payments: processing first
    int refund_pending = 0;  ///< of refunds: pending first
    int refund_fail = 0;     ///< of refunds, at once or after they were pending
    int webhook_twice = 0;
    int webhook_late = 0;  ///< comes after the next ones
    int webhook_lost = 0;
};

struct SandboxModel {
    uint64_t seed = 0;
    TimeNs latency = 100 * kMillisecond;
    TimeNs slow_latency = 1500 * kMillisecond;
    TimeNs patience = 2 * kSecond;  ///< what a call that times out takes; nothing takes longer
    TimeNs late_after = 3 * kSecond;
    TimeNs refund_after = 3 * kSecond;  ///< until a refund that is pending is decided
    TimeNs webhook_after = 500 * kMillisecond;
    TimeNs webhook_late_after = 20 * kSecond;
    TimeNs webhook_again = 5 * kSecond;  ///< until the next attempt where one was not answered with 2xx; doubles
    int webhook_attempts = 8;
    TimeNs key_lifetime = kDay;
    SandboxFaults faults;
};

class SandboxProvider : public PaymentProvider {
public:
    /// Makes its tables where there are none. `webhook_secret` signs what it sends.
    SandboxProvider(Clock& clock, SqliteDatabase& database, std::string webhook_secret, const SandboxModel& model);

    std::string name() const override { return "sandbox"; }
    TimeNs patience() const override { return model_.patience; }
    TimeNs key_lifetime() const override { return model_.key_lifetime; }
    Task<bool> knows(std::string payment_method) override;
    Task<ProviderPayment> pay(PaymentOrder order) override;
    Task<ProviderPayment> retrieve(std::string provider_id) override;
    Task<std::optional<ProviderPayment>> find(std::string reference) override;
    Task<ProviderRefund> refund(RefundOrder order) override;
    Task<ProviderRefund> retrieve_refund(std::string refund_id) override;
    Task<std::optional<ProviderRefund>> find_refund(std::string provider_id, std::string reference) override;
    ProviderNotice read_notice(const std::string& body) const override;

    /// Sends a webhook's body with its signature and says the HTTP status of the answer.
    using Post = std::function<Task<int>(std::string body, std::string signature)>;
    /// Sends the webhooks that are due, at most `limit`, one after the other; how many. The host calls it every second
    /// or so. What `post` throws counts as no answer.
    Task<size_t> deliver(size_t limit, Post post);

    /// From now on it misbehaves like that.
    void set_faults(const SandboxFaults& faults) { model_.faults = faults; }

    /// What it did for a reference, summed over its intents.
    struct Tally {
        std::string reference;
        int64_t charges = 0;
        int64_t charged_minor = 0;
        int64_t refunded_minor = 0;  ///< with refunds that are pending
    };
    /// Of every reference with an intent, in their order.
    std::vector<Tally> tallies();

private:
    enum class Call : uint8_t { Look, Pay, Refund };
    struct Fate;
    struct Intent;
    Fate draw(Call call);
    Task<> arrive(const Fate& fate);
    Task<> answer(const Fate& fate, bool lost);
    Intent intent_of(SqlTransaction& tx, const PaymentOrder& order, const Fate& fate);
    ProviderRefund refund_of(SqlTransaction& tx, const RefundOrder& order, const Fate& fate);
    void settle_due(SqlTransaction& tx);
    void settle_refunds(SqlTransaction& tx);
    void settle(SqlTransaction& tx, const std::string& provider_id, bool succeeds, const std::string& decline_code);
    void queue_webhook(SqlTransaction& tx, const std::string& provider_id, const char* type);

    template <class Body>
    auto transact(Body body) {
        std::optional<std::invoke_result_t<Body&, SqlTransaction&>> result;
        auto keep = [&](SqlTransaction& tx) { result.emplace(body(tx)); };
        database_.transact(Sql::Access::Write, SqlBody(keep));
        return std::move(*result);
    }

    Clock& clock_;
    SqliteDatabase& database_;
    std::string webhook_secret_;
    SandboxModel model_;
};

}  // namespace matinee
