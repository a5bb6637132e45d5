#include "tests/services/swarm/planted_bugs.hpp"

#include "system/base/service_error.hpp"

namespace matinee::swarm {

namespace {

/// Runs `action` with the values of a span as arguments of its own.
template <size_t N = 0, class Action>
auto spread(std::span<const SqlParameter> values, const Action& action) {
    static constexpr size_t kMost = 24;
    if constexpr (N < kMost) {
        if (values.size() > N) return spread<N + 1>(values, action);
    }
    return [&]<size_t... I>(std::index_sequence<I...>) { return action(values[I]...); }(std::make_index_sequence<N>());
}

/// Passes everything on; a bug changes what it wants changed.
class PlantedTransaction : public SqlTransaction {
public:
    explicit PlantedTransaction(SqlTransaction& below) : below_(below) {}

protected:
    SqlRows run_query(std::string_view sql, std::span<const SqlParameter> values) override {
        return spread(values, [&](const auto&... each) { return below_.query(sql, each...); });
    }
    int64_t run_statement(std::string_view sql, std::span<const SqlParameter> values) override {
        return spread(values, [&](const auto&... each) { return below_.execute(sql, each...); });
    }

private:
    SqlTransaction& below_;
};

/// A database whose every transaction is a planted one.
template <class Planted>
class PlantedSql : public Sql {
public:
    explicit PlantedSql(Sql& below) : below_(below) {}
    Task<> transact(Access access, SqlBody body) override {
        auto inner = [&](SqlTransaction& tx) {
            Planted planted(tx);
            body(planted);
        };
        co_await below_.transact(access, SqlBody(inner));
    }

private:
    Sql& below_;
};

/// One that is run later, with texts of its own.
struct Statement {
    std::string sql;
    std::vector<SqlValue> values;

    std::vector<SqlParameter> parameters() const {
        std::vector<SqlParameter> all;
        for (const SqlValue& value : values) all.push_back(internal::sql_parameter(value));
        return all;
    }
};

/// Keeps back what begins in a certain way.
class HoldingBack : public PlantedTransaction {
public:
    HoldingBack(SqlTransaction& below, std::string_view beginning, std::vector<Statement>& held)
        : PlantedTransaction(below), beginning_(beginning), held_(held) {}

protected:
    int64_t run_statement(std::string_view sql, std::span<const SqlParameter> values) override {
        if (!sql.starts_with(beginning_)) return PlantedTransaction::run_statement(sql, values);
        Statement& statement = held_.emplace_back(Statement{.sql = std::string(sql), .values = {}});
        for (const SqlParameter& value : values)
            if (const auto* const text = std::get_if<std::string_view>(&value))
                statement.values.emplace_back(std::string(*text));
            else if (const int64_t* const number = std::get_if<int64_t>(&value))
                statement.values.emplace_back(*number);
            else
                statement.values.emplace_back();
        return 1;
    }

private:
    std::string_view beginning_;
    std::vector<Statement>& held_;
};

/// Runs the statements that begin in a certain way in a transaction of their own, behind the one they belong to.
class OutsideSql : public Sql {
public:
    OutsideSql(Sql& below, std::string_view beginning) : below_(below), beginning_(beginning) {}
    Task<> transact(Access access, SqlBody body) override {
        std::vector<Statement> held;
        auto inner = [&](SqlTransaction& tx) {
            held.clear();
            HoldingBack holding_back(tx, beginning_, held);
            body(holding_back);
        };
        co_await below_.transact(access, SqlBody(inner));
        if (held.empty()) co_return;
        auto later = [&](SqlTransaction& tx) {
            for (const Statement& statement : held)
                spread(statement.parameters(), [&](const auto&... each) { return tx.execute(statement.sql, each...); });
        };
        co_await below_.transact(Access::Write, SqlBody(later));
    }

private:
    Sql& below_;
    std::string_view beginning_;
};

constexpr std::string_view kHeartbeat = "UPDATE streams SET position_s = $1, moved_at = $2, watched_s = $3, sequence";

/// Of the statements that write a lease, the parameter that is one.
class LeasesForEver : public PlantedTransaction {
public:
    using PlantedTransaction::PlantedTransaction;

protected:
    int64_t run_statement(std::string_view sql, std::span<const SqlParameter> values) override {
        std::vector<SqlParameter> changed(values.begin(), values.end());
        if (sql.starts_with("INSERT INTO streams(")) changed.at(10) = kNever;
        if (sql.starts_with(kHeartbeat)) changed.at(5) = kNever;
        return PlantedTransaction::run_statement(sql, changed);
    }
};

class ForgetsPositions : public PlantedTransaction {
public:
    using PlantedTransaction::PlantedTransaction;

protected:
    int64_t run_statement(std::string_view sql, std::span<const SqlParameter> values) override {
        if (!sql.starts_with(kHeartbeat)) return PlantedTransaction::run_statement(sql, values);
        const SqlParameter kept[] = {values[4], values[5], values[7], values[8], values[9]};
        return PlantedTransaction::run_statement(
            "UPDATE streams SET saved_at = $1, lease_until = $2"
            " WHERE user_id = $3 AND started_at = $4 AND token = $5 AND ended_at IS NULL",
            kept);
    }
};

class KeepsStaleCopies : public PlantedTransaction {
public:
    using PlantedTransaction::PlantedTransaction;

protected:
    int64_t run_statement(std::string_view sql, std::span<const SqlParameter> values) override {
        if (sql.starts_with("INSERT INTO stale_titles")) return 1;
        return PlantedTransaction::run_statement(sql, values);
    }
};

class ForgetsKeys : public PlantedTransaction {
public:
    using PlantedTransaction::PlantedTransaction;

protected:
    SqlRows run_query(std::string_view sql, std::span<const SqlParameter> values) override {
        if (sql.starts_with("SELECT fingerprint, lease_until")) return {};
        return PlantedTransaction::run_query(sql, values);
    }
};

class ForgetsEvents : public PlantedTransaction {
public:
    using PlantedTransaction::PlantedTransaction;

protected:
    int64_t run_statement(std::string_view sql, std::span<const SqlParameter> values) override {
        if (sql.starts_with("INSERT INTO consumed_events")) return 1;
        return PlantedTransaction::run_statement(sql, values);
    }
};

class PlantedProvider : public PaymentProvider {
public:
    explicit PlantedProvider(PaymentProvider& below) : below_(below) {}
    std::string name() const override { return below_.name(); }
    TimeNs patience() const override { return below_.patience(); }
    TimeNs key_lifetime() const override { return below_.key_lifetime(); }
    Task<ProviderPayment> pay(PaymentOrder order) override { return below_.pay(std::move(order)); }
    Task<bool> knows(std::string payment_method) override { return below_.knows(std::move(payment_method)); }
    Task<ProviderPayment> retrieve(std::string id) override { return below_.retrieve(std::move(id)); }
    Task<std::optional<ProviderPayment>> find(std::string reference) override {
        return below_.find(std::move(reference));
    }
    Task<ProviderRefund> refund(RefundOrder order) override { return below_.refund(std::move(order)); }
    Task<ProviderRefund> retrieve_refund(std::string id) override { return below_.retrieve_refund(std::move(id)); }
    Task<std::optional<ProviderRefund>> find_refund(std::string id, std::string reference) override {
        return below_.find_refund(std::move(id), std::move(reference));
    }
    ProviderNotice read_notice(const std::string& body) const override { return below_.read_notice(body); }

protected:
    PaymentProvider& below_;
};

class WithoutKeys : public PlantedProvider {
public:
    using PlantedProvider::PlantedProvider;
    Task<ProviderPayment> pay(PaymentOrder order) override {
        order.idempotency_key += "/" + std::to_string(++orders());
        return below_.pay(std::move(order));
    }

private:
    /// Of all processes: no key ever comes twice.
    static uint64_t& orders() {
        static uint64_t count = 0;
        return count;
    }
};

class SilenceIsNo : public PlantedProvider {
public:
    using PlantedProvider::PlantedProvider;
    Task<ProviderPayment> pay(PaymentOrder order) override {
        try {
            co_return co_await below_.pay(std::move(order));
        } catch (const ServiceError&) {
        }
        co_return ProviderPayment{
            .provider_id = {}, .outcome = ProviderPayment::Outcome::Declined, .decline_code = "no_answer"};
    }
};

class KeysForEver : public PlantedProvider {
public:
    using PlantedProvider::PlantedProvider;
    TimeNs key_lifetime() const override { return 1000 * kDay; }
    Task<ProviderRefund> refund(RefundOrder order) override {
        ProviderRefund said = co_await below_.refund(std::move(order));
        if (said.outcome == ProviderRefund::Outcome::Pending) said.provider_id.clear();
        co_return said;
    }
};

}  // namespace

std::unique_ptr<Sql> outbox_outside_the_transaction(Sql& below) {
    return std::make_unique<OutsideSql>(below, "INSERT INTO outbox");
}
std::unique_ptr<Sql> screens_taken_after_counting(Sql& below) {
    return std::make_unique<OutsideSql>(below, "INSERT INTO streams(");
}
std::unique_ptr<Sql> index_told_outside_the_transaction(Sql& below) {
    return std::make_unique<OutsideSql>(below, "INSERT INTO search_pending");
}
std::unique_ptr<Sql> leases_never_freed(Sql& below) { return std::make_unique<PlantedSql<LeasesForEver>>(below); }
std::unique_ptr<Sql> positions_only_remembered(Sql& below) {
    return std::make_unique<PlantedSql<ForgetsPositions>>(below);
}
std::unique_ptr<Sql> copies_never_dropped(Sql& below) { return std::make_unique<PlantedSql<KeepsStaleCopies>>(below); }
std::unique_ptr<Sql> requests_without_idempotency(Sql& below) {
    return std::make_unique<PlantedSql<ForgetsKeys>>(below);
}
std::unique_ptr<Sql> events_never_noted(Sql& below) { return std::make_unique<PlantedSql<ForgetsEvents>>(below); }

std::unique_ptr<PaymentProvider> orders_without_idempotency(PaymentProvider& below) {
    return std::make_unique<WithoutKeys>(below);
}
std::unique_ptr<PaymentProvider> silence_taken_for_no(PaymentProvider& below) {
    return std::make_unique<SilenceIsNo>(below);
}
std::unique_ptr<PaymentProvider> keys_thought_to_last(PaymentProvider& below) {
    return std::make_unique<KeysForEver>(below);
}

}  // namespace matinee::swarm
