// Ports that fail now and then, and ports with planted bugs.
#pragma once

#include "system/base/random.hpp"
#include "system/ports/event_log.hpp"
#include "system/ports/payment_provider.hpp"
#include "system/ports/sql.hpp"
#include "tests/services/swarm/swarm.hpp"

namespace matinee::swarm {

/// Decides which calls fail.
struct FaultSource {
    RandomStream& draws;
    const Faults& faults;
    const bool& things_go_wrong;
    uint64_t& failed_calls;

    bool fails(int percent) {
        if (!things_go_wrong || percent == 0 || int(draws.below(100)) >= percent) return false;
        ++failed_calls;
        return true;
    }
};

class FaultySql : public Sql {
public:
    FaultySql(Sql& below, FaultSource& source) : below_(below), source_(source) {}
    Task<> transact(Access access, SqlBody body) override {
        if (source_.fails(source_.faults.sql_before))
            throw SqlError(SqlError::Kind::Unavailable, "the connection was lost");
        co_await below_.transact(access, body);
        if (source_.fails(source_.faults.sql_after))
            throw SqlError(SqlError::Kind::Unavailable, "the connection was lost after the commit");
    }

private:
    Sql& below_;
    FaultSource& source_;
};

class FaultyEventLog : public EventLog {
public:
    FaultyEventLog(EventLog& below, FaultSource& source) : below_(below), source_(source) {}
    Task<> publish(std::vector<Event> events) override {
        if (source_.fails(source_.faults.log_before)) throw std::runtime_error("the log does not answer");
        co_await below_.publish(std::move(events));
        if (source_.fails(source_.faults.log_after)) throw std::runtime_error("the log did not confirm");
    }
    Task<std::vector<LoggedEvent>> read(std::string topic, int64_t after, size_t limit) override {
        if (source_.fails(source_.faults.log_before)) throw std::runtime_error("the log does not answer");
        co_return co_await below_.read(std::move(topic), after, limit);
    }

private:
    EventLog& below_;
    FaultSource& source_;
};

/// A planted bug: what a transaction writes into the outbox is written in a transaction of its own, behind it.
std::unique_ptr<Sql> outbox_outside_the_transaction(Sql& below);

/// A planted bug: the provider is told to charge without looking whether it was told before: every order has a key of
/// its own.
std::unique_ptr<PaymentProvider> orders_without_idempotency(PaymentProvider& below);

/// A planted bug: no answer counts as a decline.
std::unique_ptr<PaymentProvider> silence_taken_for_no(PaymentProvider& below);

}  // namespace matinee::swarm
