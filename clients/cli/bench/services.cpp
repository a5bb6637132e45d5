#include "clients/cli/bench/services.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "clients/cli/bench/cpu_time.hpp"
#include "simulator/services/founder.hpp"

namespace matinee::bench {

namespace {

using services::Client;
using services::Operation;

constexpr TimeNs kEvening = 1'795'204'800 * kSecond;
constexpr size_t kClients = 2000;
constexpr size_t kBatch = 100;  // calls timed together

/// A region's stores, one process of the platform on them, and clients who have been there before.
class Stage {
public:
    explicit Stage(bool wire)
        : access_(executor_, stores_, spec_.sql, spec_.kv, spec_.log),
          founder_(stores_, 1, 1, kEvening, {}),
          process_(executor_, clock_, access_, 1, 2, spec_.crypto, {}, wire) {
        Task<> prepared = process_.prepare();
        finish(prepared);
        clients_.resize(kClients);
        for (size_t i = 0; i < kClients; ++i) {
            founder_.found(clients_[i], i, executor_.now());
            clients_[i].title_id = "ttl_0";
            clients_[i].search_for = "night";
            clients_[i].device_id = "device-" + std::to_string(i);
        }
    }

    bool offers(Operation operation) const { return founder_.offers(operation); }

    /// Median CPU time of a call in microseconds, a call of every client.
    double call(Operation operation) {
        const services::Row& row = services::row_of(operation);
        std::vector<double> batches;
        for (size_t first = 0; first < kClients; first += kBatch) {
            for (size_t i = first; i < first + kBatch; ++i) dress(clients_[i], operation, i);
            const double start = thread_cpu_seconds();
            for (size_t i = first; i < first + kBatch; ++i) ask(row, clients_[i]);
            batches.push_back((thread_cpu_seconds() - start) * 1e6 / double(kBatch));
        }
        std::sort(batches.begin(), batches.end());
        return batches[batches.size() / 2];
    }
    uint64_t refused() const { return refused_; }

private:
    /// New viewers are others than those who were founded.
    void dress(Client& client, Operation operation, size_t i) {
        if (operation != Operation::Register && operation != Operation::Subscribe) return;
        if (operation == Operation::Register) {
            client.account = services::Account();
            client.account.number = kClients + i;
            client.access_token.clear();
        }
        client.payment_id = "bench-" + std::to_string(i);
    }

    void ask(const services::Row& row, Client& client) {
        Task<gateway::Response> task = process_.handle(services::request_of(row, client, executor_.now()));
        finish(task);
        const gateway::Response response = task.take();
        refused_ += response.status >= 300;
        if (row.learn == nullptr || response.status >= 300) return;
        const Json body = Json::parse(response.body);
        if (const Json* const data = body.find("data")) row.learn(client, *data, executor_.now());
    }

    template <class T>
    void finish(Task<T>& task) {
        task.start();
        while (!task.done() && executor_.step()) {
        }
    }

    services::Spec spec_;
    services::Executor executor_{kEvening};
    services::SimulatedClock clock_{executor_};
    services::RegionStores stores_{clock_};
    services::StoreAccess access_;
    services::Founder founder_;
    services::PlatformProcess process_;
    std::vector<Client> clients_;
    uint64_t refused_ = 0;
};

}  // namespace

static void measure(const Emit& emit, bool wire) {
    Stage stage(wire);
    // In an order in which each finds what it needs; new accounts come last.
    constexpr Operation kOrder[] = {Operation::LogIn,        Operation::RefreshToken,  Operation::ReadSubscription,
                                    Operation::ListProfiles, Operation::BrowseHome,    Operation::Search,
                                    Operation::ReadTitle,    Operation::StartPlayback, Operation::Heartbeat,
                                    Operation::StopPlayback, Operation::Register,      Operation::ListPlans,
                                    Operation::Subscribe,    Operation::CreateProfile};
    for (const Operation operation : kOrder) {
        if (!stage.offers(operation)) continue;
        const uint64_t refused = stage.refused();
        const double cpu_us = stage.call(operation);
        emit(Measurement("services")
                 .text("operation", services::info_of(operation).name)
                 .text("wire", wire ? "on" : "off")
                 .number("cpu_us_per_call", cpu_us)
                 .number("added_s_per_million_calls", cpu_us)
                 .integer("calls", kClients)
                 .integer("refused", stage.refused() - refused));
    }
}

void measure_services(const Emit& emit) {
    measure(emit, false);
    measure(emit, true);
}

}  // namespace matinee::bench
