// Ports that fail now and then, and ports with planted bugs.
#pragma once

#include "system/base/random.hpp"
#include "system/ports/event_log.hpp"
#include "system/ports/kv.hpp"
#include "system/ports/payment_provider.hpp"
#include "system/ports/search.hpp"
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
        before();
        co_await below_.publish(std::move(events));
        after();
    }
    Task<std::vector<LoggedEvent>> read(std::string topic, int64_t after, size_t limit) override {
        before();
        co_return co_await below_.read(std::move(topic), after, limit);
    }
    Task<std::vector<LoggedEvent>> read_about(std::string topic, std::string key, int64_t after,
                                              size_t limit) override {
        before();
        co_return co_await below_.read_about(std::move(topic), std::move(key), after, limit);
    }
    Task<std::vector<std::string>> topics() override {
        before();
        co_return co_await below_.topics();
    }
    Task<> remove(std::string topic, std::vector<int64_t> positions) override {
        before();
        co_await below_.remove(std::move(topic), std::move(positions));
        after();
    }

private:
    void before() {
        if (source_.fails(source_.faults.log_before)) throw std::runtime_error("the log does not answer");
    }
    void after() {
        if (source_.fails(source_.faults.log_after)) throw std::runtime_error("the log did not confirm");
    }

    EventLog& below_;
    FaultSource& source_;
};

class FaultyKv : public Kv {
public:
    FaultyKv(Kv& below, FaultSource& source) : below_(below), source_(source) {}
    Task<std::optional<KvEntry>> get(std::string_view key) override {
        before();
        co_return co_await below_.get(key);
    }
    Task<> put(std::string_view key, std::string value, TimeNs expires_at) override {
        before();
        co_await below_.put(key, std::move(value), expires_at);
        after();
    }
    Task<bool> compare_and_set(std::string_view key, uint64_t version, std::string value, TimeNs expires_at) override {
        before();
        const bool done = co_await below_.compare_and_set(key, version, std::move(value), expires_at);
        after();
        co_return done;
    }
    Task<bool> erase(std::string_view key) override {
        before();
        const bool done = co_await below_.erase(key);
        after();
        co_return done;
    }

private:
    void before() {
        if (source_.fails(source_.faults.kv_before)) throw std::runtime_error("the key-value store does not answer");
    }
    void after() {
        if (source_.fails(source_.faults.kv_after)) throw std::runtime_error("the key-value store did not confirm");
    }

    Kv& below_;
    FaultSource& source_;
};

class FaultySearch : public SearchIndex {
public:
    FaultySearch(SearchIndex& below, FaultSource& source) : below_(below), source_(source) {}
    Task<> put(std::vector<SearchDocument> documents) override {
        before();
        co_await below_.put(std::move(documents));
        after();
    }
    Task<> remove(std::string id, int64_t version) override {
        before();
        co_await below_.remove(std::move(id), version);
        after();
    }
    Task<SearchAnswer> search(SearchQuery query) override {
        before();
        co_return co_await below_.search(std::move(query));
    }
    Task<std::vector<SearchSuggestion>> suggest(SearchQuery query) override {
        before();
        co_return co_await below_.suggest(std::move(query));
    }
    Task<std::vector<std::pair<std::string, int64_t>>> contents(std::string after, size_t limit) override {
        return below_.contents(std::move(after), limit);
    }

private:
    void before() {
        if (source_.fails(source_.faults.search_before)) throw std::runtime_error("the index does not answer");
    }
    void after() {
        if (source_.fails(source_.faults.search_after)) throw std::runtime_error("the index did not confirm");
    }

    SearchIndex& below_;
    FaultSource& source_;
};

}  // namespace matinee::swarm
