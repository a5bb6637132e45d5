// The ports as the simulator has them: the embedded stores behind a modelled network and queue, randomness from the
// seed, and a cryptography that charges virtual time instead of burning it.
//
// The model of a store: half the round trip there, a Station whose servers each take a constant time per transaction
// and per statement, half the round trip back. A transaction happens when its service ends; who is destroyed before
// that never happens, who is destroyed after has happened without hearing of it. Left out: variation of the service
// time, locks between transactions other than by order, replication.
#pragma once

#include <string>

#include "simulator/services/executor.hpp"
#include "simulator/services/models.hpp"
#include "simulator/services/station.hpp"
#include "system/base/random.hpp"
#include "system/embedded/memory_kv.hpp"
#include "system/embedded/sqlite_database.hpp"
#include "system/embedded/sqlite_event_log.hpp"
#include "system/ports/crypto.hpp"
#include "system/ports/random.hpp"
#include "system/ports/search.hpp"

namespace matinee::services {

class SimulatedSql : public Sql {
public:
    SimulatedSql(Executor& executor, SqliteDatabase& database, const StoreModel& model)
        : executor_(executor), database_(database), model_(model), station_(model.servers) {}
    Task<> transact(Access access, SqlBody body) override;
    const Station& station() const { return station_; }

private:
    Executor& executor_;
    SqliteDatabase& database_;
    StoreModel model_;
    Station station_;
};

class SimulatedKv : public Kv {
public:
    SimulatedKv(Executor& executor, MemoryKv& store, const StoreModel& model)
        : executor_(executor), store_(store), model_(model), station_(model.servers) {}
    Task<std::optional<KvEntry>> get(std::string_view key) override;
    Task<> put(std::string_view key, std::string value, TimeNs expires_at) override;
    Task<bool> compare_and_set(std::string_view key, uint64_t version, std::string value, TimeNs expires_at) override;
    Task<bool> erase(std::string_view key) override;

private:
    Executor::Sleep there(TimeNs service) {
        return executor_.sleep_until(station_.occupy(executor_.now() + model_.round_trip / 2, service));
    }
    Executor::Sleep back() { return executor_.sleep_until(executor_.now() + model_.round_trip / 2); }

    Executor& executor_;
    MemoryKv& store_;
    StoreModel model_;
    Station station_;
};

class SimulatedEventLog : public EventLog {
public:
    SimulatedEventLog(Executor& executor, EventLog& log, const StoreModel& model)
        : executor_(executor), log_(log), model_(model), station_(model.servers) {}
    Task<> publish(std::vector<Event> events) override;
    Task<std::vector<LoggedEvent>> read(std::string topic, int64_t after, size_t limit) override;
    Task<std::vector<LoggedEvent>> read_about(std::string topic, std::string key, int64_t after, size_t limit) override;
    Task<std::vector<std::string>> topics() override;
    Task<> remove(std::string topic, std::vector<int64_t> positions) override;

private:
    /// What `call` does once it has got there and been served; its result when it is back.
    template <class T>
    Task<T> served(TimeNs service, Task<T> call);

    Executor& executor_;
    EventLog& log_;
    StoreModel model_;
    Station station_;
};

class SimulatedSearch : public SearchIndex {
public:
    SimulatedSearch(Executor& executor, SearchIndex& index, const StoreModel& model)
        : executor_(executor), index_(index), model_(model), station_(model.servers) {}
    Task<> put(std::vector<SearchDocument> documents) override;
    Task<> remove(std::string id, int64_t version) override;
    Task<SearchAnswer> search(SearchQuery query) override;
    Task<std::vector<SearchSuggestion>> suggest(SearchQuery query) override;
    Task<std::vector<std::pair<std::string, int64_t>>> contents(std::string after, size_t limit) override;

private:
    Task<> there(TimeNs service);
    Task<> back();

    Executor& executor_;
    SearchIndex& index_;
    StoreModel model_;
    Station station_;
};

class SimulatedRandom : public Random {
public:
    /// `who` is the process that draws: two processes of one run must not share a stream.
    SimulatedRandom(uint64_t seed, uint64_t who) : stream_(seed, Purpose::Services, who) {}
    std::string bytes(size_t count) override;

private:
    RandomStream stream_;
};

/// Secrets here are secret from nobody who reads this file: a hash or signature only tells right from wrong.
class SimulatedCrypto : public Crypto {
public:
    SimulatedCrypto(Executor& executor, Random& random, const CryptoModel& model)
        : executor_(executor), random_(random), model_(model), hashing_(model.servers), signing_(model.servers) {}

    std::string sha256(std::string_view bytes) const override;
    std::string hmac_sha256(std::string_view key, std::string_view bytes) const override;
    Task<std::string> hash_password(std::string password) override;
    Task<PasswordCheck> verify_password(std::string password, std::string hash) override;
    SigningKey new_signing_key() override;
    Task<std::string> sign(SigningKey key, std::string message) override;
    Task<bool> verify(std::string public_key, std::string message, std::string signature) override;

    /// Time given to hashing passwords, all threads together.
    TimeNs hashing_time() const { return hashing_.busy(); }

    /// What stands for a bcrypt hash of a password here: not one, but verified and outdated as one.
    static std::string bcrypt_stand_in(std::string_view password);

private:
    Task<> charge_hash();

    Executor& executor_;
    Random& random_;
    CryptoModel model_;
    Station hashing_;
    Station signing_;
};

}  // namespace matinee::services
