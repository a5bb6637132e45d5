// The simulated host of the services: one process of the platform in virtual time, on stores that outlive it.
#pragma once

#include <functional>
#include <memory>

#include "simulator/services/adapters.hpp"
#include "system/embedded/sandbox_provider.hpp"
#include "system/embedded/sqlite_search.hpp"
#include "system/platform/platform.hpp"

namespace matinee::services {

/// What stands between a platform and the ports of its host for as long as a process lives.
class PortLayer {
public:
    virtual ~PortLayer() = default;
    virtual platform::Ports ports() = 0;
};

struct HostModel {
    StoreModel sql;
    StoreModel kv{.round_trip = 300 * kMicrosecond, .read = 5 * kMicrosecond, .write = 5 * kMicrosecond, .servers = 8};
    StoreModel log;
    CryptoModel crypto;
    StoreModel search{.read = 2 * kMillisecond, .write = 5 * kMillisecond, .servers = 8};
    SandboxModel payment_provider;  ///< its seed counts on top of the host's
    /// Puts something between the platform and its ports: faults, meters. Called for every process that starts.
    std::function<std::unique_ptr<PortLayer>(const platform::Ports&)> layer;
    TimeNs maintenance = kSecond;  ///< between two runs of the platform's maintenance
};

class SimulatedHost {
public:
    /// Begins at `start` with empty stores and a process that has prepared them.
    SimulatedHost(uint64_t seed, TimeNs start, const platform::Settings& settings, const HostModel& model);
    ~SimulatedHost();

    /// Sends one request to the gateway and lets virtual time run until it is answered.
    gateway::Response exchange(gateway::Request request);
    /// A request of many: it runs as the executor does.
    Task<gateway::Response> handle(gateway::Request request);

    /// Ends the process between two steps, as kill -9 would, and starts it again: what waits inside the host never
    /// happens, the databases keep what was committed, the key-value store is empty. Tasks of handle() must be gone by
    /// then.
    void restart();

    Executor& executor() { return executor_; }
    SqliteDatabase& database() { return database_; }
    EventLog& log() { return stored_log_; }
    SearchIndex& search() { return stored_search_; }
    /// The payment provider: somebody else's machine, which no restart of ours concerns.
    SandboxProvider& payment_provider() { return provider_; }
    platform::Platform& platform();
    /// Runs of maintenance that failed inside.
    uint64_t failed_maintenance() const { return failed_maintenance_; }

private:
    struct Process;
    void start_process();

    uint64_t seed_;
    uint64_t processes_ = 0;
    platform::Settings settings_;
    HostModel model_;
    Executor executor_;
    SimulatedClock clock_{executor_};
    SqliteDatabase database_;
    SqliteDatabase log_database_;
    SqliteEventLog stored_log_{log_database_};
    SqliteDatabase search_database_;
    SqliteSearch stored_search_{search_database_};
    SqliteDatabase provider_database_;
    SandboxProvider provider_;
    uint64_t failed_maintenance_ = 0;
    std::unique_ptr<Process> process_;
};

}  // namespace matinee::services
