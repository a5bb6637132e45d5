#include "simulator/services/host.hpp"

#include <stdexcept>

namespace matinee::services {

struct SimulatedHost::Process {
    Process(SimulatedHost& host, uint64_t number)
        : executor(host.executor_),
          random(host.seed_, number),
          stored_kv(host.clock_),
          sql(executor, host.database_, host.model_.sql),
          kv(executor, stored_kv, host.model_.kv),
          log(executor, host.stored_log_, host.model_.log),
          crypto(executor, random, host.model_.crypto),
          search(executor, host.stored_search_, host.model_.search),
          platform({host.clock_, random, sql, kv, log, crypto, search}, host.settings_) {}

    Task<> maintain(TimeNs every) {
        for (;;) {
            co_await executor.sleep_until(executor.now() + every);
            co_await platform.maintain();
        }
    }

    Executor& executor;
    SimulatedRandom random;
    MemoryKv stored_kv;
    SimulatedSql sql;
    SimulatedKv kv;
    SimulatedEventLog log;
    SimulatedCrypto crypto;
    SimulatedSearch search;
    platform::Platform platform;
    Task<> maintenance;  // last: destroyed before what it uses
};

SimulatedHost::SimulatedHost(uint64_t seed, TimeNs start, const platform::Settings& settings, const HostModel& model)
    : seed_(seed), settings_(settings), model_(model), executor_(start) {
    start_process();
}

SimulatedHost::~SimulatedHost() = default;

void SimulatedHost::start_process() {
    process_ = std::make_unique<Process>(*this, processes_++);
    Task<> prepared = process_->platform.prepare();
    prepared.start();
    while (!prepared.done() && executor_.step()) {
    }
    prepared.take();
    process_->maintenance = process_->maintain(model_.maintenance);
    process_->maintenance.start();
}

void SimulatedHost::restart() {
    process_.reset();
    start_process();
}

Task<gateway::Response> SimulatedHost::handle(gateway::Request request) {
    return process_->platform.gateway().handle(std::move(request));
}

gateway::Response SimulatedHost::exchange(gateway::Request request) {
    Task<gateway::Response> task = handle(std::move(request));
    task.start();
    while (!task.done() && executor_.step()) {
    }
    if (!task.done()) throw std::logic_error("a request waits for something that nobody does");
    return task.take();
}

}  // namespace matinee::services
