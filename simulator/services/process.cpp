#include "simulator/services/process.hpp"

#include "simulator/services/wire.hpp"

namespace matinee::services {

PlatformProcess::PlatformProcess(Executor& executor, Clock& clock, StoreAccess& stores, uint64_t seed, uint64_t who,
                                 const CryptoModel& crypto, const platform::Settings& settings, bool wire)
    : clock_(clock),
      wire_(wire),
      random_(seed, who),
      crypto_(executor, random_, crypto),
      platform_({clock, random_, stores.sql, stores.kv, stores.log, crypto_}, settings) {}

Task<gateway::Response> PlatformProcess::handle_over_wire(gateway::Request request) {
    gateway::Request read = over_wire(request);
    const gateway::Response response = co_await platform_.gateway().handle(std::move(read));
    co_return over_wire(response, clock_.now());
}

}  // namespace matinee::services
