#include "simulator/services/founder.hpp"

#include <stdexcept>

namespace matinee::services {

namespace {
constexpr StoreModel kFree{.round_trip = 0, .read = 0, .write = 0, .servers = 1};
constexpr CryptoModel kFreeCrypto{.hash = 0, .sign = 0, .verify = 0, .servers = 1};
}  // namespace

Founder::Founder(RegionStores& stores, uint64_t seed, uint64_t who, TimeNs now, const platform::Settings& settings)
    : executor_(now),
      access_(executor_, stores, kFree, kFree, kFree),
      process_(executor_, clock_, access_, seed, who, kFreeCrypto, settings, false) {
    run(process_.prepare());
    for (const gateway::Route& route : process_.routes())
        for (const OperationInfo& info : kOperationTable)
            if (route.method == info.method && same_pattern(route.pattern, info.pattern))
                offered_[size_t(info.operation)] = true;
}

void Founder::run(Task<> task) {
    task.start();
    while (!task.done() && executor_.step()) {
    }
    task.take();
}

gateway::Response Founder::exchange(gateway::Request request) {
    Task<gateway::Response> task = process_.handle(std::move(request));
    task.start();
    while (!task.done() && executor_.step()) {
    }
    if (!task.done()) throw std::logic_error("a request waits for something that nobody does");
    return task.take();
}

bool Founder::ask(Operation operation, Client& client, TimeNs now) {
    const Row& row = row_of(operation);
    if (!offers(operation) || !row.wanted(client)) return false;
    const gateway::Response response = exchange(request_of(row, client, now));
    if (response.status >= 300)
        throw std::logic_error("making an account: " + std::string(info_of(operation).name) + " answers " +
                               response.body);
    if (row.learn != nullptr) {
        const Json body = Json::parse(response.body);
        if (const Json* const data = body.find("data")) row.learn(client, *data, now);
    }
    return true;
}

void Founder::found(Client& client, uint64_t number, TimeNs now) {
    executor_.skip_to(now);
    client.account = Account();
    client.account.number = number;
    client.payment_id = "founded-" + std::to_string(number);
    client.registers = client.pays = true;
    client.logs_in = false;
    ask(Operation::Register, client, now);
    if (!ask(Operation::Subscribe, client, now)) client.account.entitled = true;
    while (client.payment_pending) {
        run(process_.maintain());
        ask(Operation::ReadSubscription, client, now);
    }
    ask(Operation::ListProfiles, client, now);
    ask(Operation::CreateProfile, client, now);
    client.registers = client.pays = false;
}

}  // namespace matinee::services
