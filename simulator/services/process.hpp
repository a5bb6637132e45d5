// A process of the platform as one instance of a region runs it, on stores that all of them share.
#pragma once

#include <memory>

#include "simulator/services/adapters.hpp"
#include "simulator/services/fleet.hpp"
#include "simulator/services/spec.hpp"
#include "system/embedded/memory_kv.hpp"
#include "system/embedded/sandbox_provider.hpp"
#include "system/embedded/sqlite_search.hpp"
#include "system/platform/platform.hpp"

namespace matinee::services {

/// What a region's instances share: the data, and beside it the servers that hold it, as a client of their network
/// sees them. All of it lives as long as the region.
struct RegionStores {
    explicit RegionStores(const Clock& clock) : kv(clock) {}

    SqliteDatabase database;
    SqliteDatabase log_database;
    SqliteEventLog log{log_database};
    SqliteDatabase search_database;
    SqliteSearch search{search_database};
    MemoryKv kv;
};

/// How an executor's processes reach the stores, and what that costs there.
class StoreAccess {
public:
    StoreAccess(Executor& executor, RegionStores& stores, const StoreModel& sql_model, const StoreModel& kv_model,
                const StoreModel& log_model, const StoreModel& search_model = {})
        : sql(executor, stores.database, sql_model),
          kv(executor, stores.kv, kv_model),
          log(executor, stores.log, log_model),
          search(executor, stores.search, search_model) {}

    SimulatedSql sql;
    SimulatedKv kv;
    SimulatedEventLog log;
    SimulatedSearch search;
};

/// What a process of the platform is started with.
struct ProcessSetup {
    uint64_t seed = 0;
    uint64_t who = 0;  ///< names the process's random stream: no two of one run share it
    CryptoModel crypto;
    platform::Settings settings;
    bool wire = false;  ///< requests and answers travel as bytes of HTTP
};

class PlatformProcess : public Worker {
public:
    PlatformProcess(Executor& executor, Clock& clock, StoreAccess& stores, PaymentProvider& provider,
                    const ProcessSetup& setup);

    Task<> prepare() override { return platform_.prepare(); }
    Task<Heard> handle(gateway::Request request) override {
        return wire_ ? handle_over_wire(std::move(request)) : handle_in_memory(std::move(request));
    }
    /// What fails is tried again the next time.
    Task<> maintain() override;
    /// The payment provider's word; the HTTP status of the answer.
    Task<int> take_webhook(std::string body, std::string signature) {
        return platform_.take_webhook(std::move(body), std::move(signature));
    }
    TimeNs other_cpu() const override { return crypto_.hashing_time(); }

    const std::vector<gateway::Route>& routes() { return platform_.gateway().routes(); }

private:
    Task<Heard> handle_in_memory(gateway::Request request);
    Task<Heard> handle_over_wire(gateway::Request request);

    Clock& clock_;
    bool wire_;
    SimulatedRandom random_;
    SimulatedCrypto crypto_;
    platform::Platform platform_;
};

}  // namespace matinee::services
