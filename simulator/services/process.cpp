#include "simulator/services/process.hpp"

#include "simulator/services/wire.hpp"

namespace matinee::services {

PlatformProcess::PlatformProcess(Executor& executor, Clock& clock, StoreAccess& stores, PaymentProvider& provider,
                                 const ProcessSetup& setup)
    : clock_(clock),
      wire_(setup.wire),
      random_(setup.seed, setup.who),
      crypto_(executor, random_, setup.crypto),
      platform_({clock, random_, stores.sql, stores.kv, stores.log, crypto_, provider, stores.search}, setup.settings) {}

Task<> PlatformProcess::maintain() {
    try {
        co_await platform_.maintain();
    } catch (const ServiceError&) {
    } catch (const SqlError&) {
    }
}

Task<Heard> PlatformProcess::handle_in_memory(gateway::Request request) {
    gateway::Answer answer;
    co_await platform_.gateway().answer(request, answer);
    if (answer.refused) co_return Heard{.refused = answer.refused->code};
    co_return Heard{.refused = std::nullopt, .data = std::move(answer.reply.data)};
}

Task<Heard> PlatformProcess::handle_over_wire(gateway::Request request) {
    gateway::Request read = over_wire(request);
    const gateway::Response response = co_await platform_.gateway().handle(std::move(read));
    co_return heard_in(over_wire(response, clock_.now()));
}

}  // namespace matinee::services
