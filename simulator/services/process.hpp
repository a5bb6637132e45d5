// A process of the platform as one instance of a region runs it, on stores that all of them share.
#pragma once

#include <memory>

#include "simulator/services/adapters.hpp"
#include "simulator/services/fleet.hpp"
#include "simulator/services/spec.hpp"
#include "system/embedded/memory_kv.hpp"
#include "system/platform/platform.hpp"

namespace matinee::services {

/// What a region's instances share: the data, and beside it the servers that hold it, as a client of their network
/// sees them. All of it lives as long as the region.
struct RegionStores {
    explicit RegionStores(const Clock& clock) : kv(clock) {}

    SqliteDatabase database;
    SqliteDatabase log_database;
    SqliteEventLog log{log_database};
    MemoryKv kv;
};

/// How an executor's processes reach the stores, and what that costs there.
class StoreAccess {
public:
    StoreAccess(Executor& executor, RegionStores& stores, const StoreModel& sql_model, const StoreModel& kv_model,
                const StoreModel& log_model)
        : sql(executor, stores.database, sql_model),
          kv(executor, stores.kv, kv_model),
          log(executor, stores.log, log_model) {}

    SimulatedSql sql;
    SimulatedKv kv;
    SimulatedEventLog log;
};

class PlatformProcess : public Worker {
public:
    /// `who` names the process's random stream: no two of one run share it. With `wire`, requests and answers travel
    /// as bytes of HTTP.
    PlatformProcess(Executor& executor, Clock& clock, StoreAccess& stores, uint64_t seed, uint64_t who,
                    const CryptoModel& crypto, const platform::Settings& settings, bool wire);

    Task<> prepare() override { return platform_.prepare(); }
    Task<gateway::Response> handle(gateway::Request request) override {
        return wire_ ? handle_over_wire(std::move(request)) : platform_.gateway().handle(std::move(request));
    }
    Task<> maintain() override { return platform_.maintain(); }
    TimeNs other_cpu() const override { return crypto_.hashing_time(); }

    const std::vector<gateway::Route>& routes() { return platform_.gateway().routes(); }

private:
    Task<gateway::Response> handle_over_wire(gateway::Request request);

    Clock& clock_;
    bool wire_;
    SimulatedRandom random_;
    SimulatedCrypto crypto_;
    platform::Platform platform_;
};

}  // namespace matinee::services
