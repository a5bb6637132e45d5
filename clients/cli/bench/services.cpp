#include "clients/cli/bench/services.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "clients/cli/bench/core_probe.hpp"
#include "clients/cli/bench/cpu_time.hpp"
#include "simulator/services/founder.hpp"

namespace matinee::bench {

namespace {

using services::Client;
using services::Operation;

constexpr TimeNs kEvening = 1'795'204'800 * kSecond;
constexpr size_t kClients = 2000;
constexpr uint32_t kTitles = 300;
constexpr size_t kBatch = 100;     // calls timed together
constexpr size_t kHeartbeats = 10;  // of every stream, at a player's interval
constexpr size_t kStages = 5;      // at least; on a machine that is busy with others, as many as it takes, up to
constexpr size_t kMostStages = 40;
constexpr size_t kEnough = 10;     // undisturbed batches

/// A region's stores, one process of the platform on them, and clients who have been there before.
class Stage {
public:
    explicit Stage(bool wire)
        : access_(executor_, stores_, spec_.sql, spec_.kv, spec_.log),
          provider_(clock_, provider_database_, "whsec_bench", {}),
          founder_(stores_, 1, 1, kEvening, settings()),
          process_(executor_, clock_, access_, provider_,
                   {.seed = 1, .who = 2, .crypto = spec_.crypto, .settings = settings(), .wire = wire}) {
        Task<> prepared = process_.prepare();
        finish(prepared);
        const std::vector<std::string> titles = founder_.stock(kTitles);
        clients_.resize(kClients);
        for (size_t i = 0; i < kClients; ++i) {
            founder_.found(clients_[i], i, executor_.now());
            if (!titles.empty()) clients_[i].title_id = titles[i % titles.size()];
            clients_[i].search_for = services::search_word(uint32_t(i));
            clients_[i].device_id = "device-" + std::to_string(i);
        }
    }

    bool offers(Operation operation) const {
        const bool plays = services::row_of(operation).stage > services::Stage::SignIn;
        return founder_.offers(operation) && (!plays || !clients_[0].title_id.empty());
    }

    /// CPU times of a call in microseconds: one call of every client, in batches.
    void call(Operation operation, ProbedSamples& cpu_us) {
        if (operation == Operation::Heartbeat) executor_.run_until(executor_.now() + spec_.clients.heartbeat);
        const services::Row& row = services::row_of(operation);
        double before_s = core_probe_s();
        for (size_t first = 0; first < kClients; first += kBatch) {
            for (size_t i = first; i < first + kBatch; ++i) dress(clients_[i], operation, i);
            const double start_s = thread_cpu_seconds();
            for (size_t i = first; i < first + kBatch; ++i) ask(row, clients_[i]);
            const double spent_s = thread_cpu_seconds() - start_s;
            const double after_s = core_probe_s();
            cpu_us.add(spent_s * 1e6 / double(kBatch), std::max(before_s, after_s));
            before_s = after_s;
        }
    }
    uint64_t refused() const { return refused_; }

private:
    static platform::Settings settings() {
        platform::Settings settings;
        settings.accounts.admin_token = "administrator";
        return settings;
    }

    /// New viewers are others than those who were founded.
    void dress(Client& client, Operation operation, size_t i) {
        if (operation != Operation::Register && operation != Operation::Subscribe) return;
        if (operation == Operation::Register) {
            client.account = services::Account();
            client.account.number = kClients + i;
            client.authorization.clear();
        }
        client.payment_id = "bench-" + std::to_string(i);
    }

    void ask(const services::Row& row, Client& client) {
        Task<services::Heard> task = process_.handle(services::request_of(row, client, executor_.now()));
        finish(task);
        const services::Heard heard = task.take();
        refused_ += heard.refused ? 1 : 0;
        if (row.learn != nullptr && !heard.refused) row.learn(client, heard.data, executor_.now());
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
    SqliteDatabase provider_database_;
    SandboxProvider provider_;
    services::Founder founder_;
    services::PlatformProcess process_;
    std::vector<Client> clients_;
    uint64_t refused_ = 0;
};

/// What one operation cost, on all stages together. Rounds are apart: heartbeats depend on those before them.
struct Costs {
    explicit Costs(Operation what) : operation(what), cpu_us(what == Operation::Heartbeat ? kHeartbeats : 1) {}

    Operation operation;
    std::vector<ProbedSamples> cpu_us;  ///< of each round
    uint64_t refused = 0;
};

double fastest_probe_s(const std::vector<Costs>& costs) {
    double fastest_s = std::numeric_limits<double>::infinity();
    for (const Costs& of : costs)
        for (const ProbedSamples& round : of.cpu_us) fastest_s = std::min(fastest_s, round.fastest_probe_s());
    return fastest_s;
}

bool is_enough(const std::vector<Costs>& costs) {
    const double fastest_s = fastest_probe_s(costs);
    return std::all_of(costs.begin(), costs.end(), [&](const Costs& of) {
        return std::all_of(of.cpu_us.begin(), of.cpu_us.end(), [&](const ProbedSamples& round) {
            return round.size() == 0 || round.at_full_speed(fastest_s) >= kEnough;
        });
    });
}

void emit_costs(const Emit& emit, const Costs& costs, bool wire, double fastest_s) {
    double median_us = 0, median_of_all_us = 0, quiet = 0;
    size_t batches = 0;
    for (const ProbedSamples& round : costs.cpu_us) {
        median_us += round.median_at_full_speed(fastest_s) / double(costs.cpu_us.size());
        median_of_all_us += round.median() / double(costs.cpu_us.size());
        quiet += double(round.at_full_speed(fastest_s));
        batches += round.size();
    }
    emit(Measurement("services")
             .text("operation", services::info_of(costs.operation).name)
             .text("wire", wire ? "on" : "off")
             .number("cpu_us_per_call", median_us)
             .number("cpu_us_per_call_disturbed_too", median_of_all_us)
             .number("undisturbed_share", quiet / double(batches))
             .number("added_s_per_million_calls", median_us)
             .integer("calls", batches * kBatch)
             .integer("refused", costs.refused));
}

/// Everything on several stages, one after the other: a noisy neighbour hardly spoils most of them.
void measure(const Emit& emit, bool wire) {
    // In an order in which each finds what it needs; new accounts come last.
    constexpr Operation kOrder[] = {Operation::LogIn,        Operation::RefreshToken,  Operation::ReadSubscription,
                                    Operation::ListProfiles, Operation::BrowseHome,    Operation::Search,
                                    Operation::ReadTitle,    Operation::StartPlayback, Operation::Heartbeat,
                                    Operation::StopPlayback, Operation::Register,      Operation::ListPlans,
                                    Operation::Subscribe,    Operation::CreateProfile};
    std::vector<Costs> costs(std::begin(kOrder), std::end(kOrder));
    for (size_t i = 0; i < kStages || (i < kMostStages && !is_enough(costs)); ++i) {
        Stage stage(wire);
        for (Costs& of : costs) {
            if (!stage.offers(of.operation)) continue;
            const uint64_t refused = stage.refused();
            for (ProbedSamples& round : of.cpu_us) stage.call(of.operation, round);
            of.refused += stage.refused() - refused;
        }
    }
    const double fastest_s = fastest_probe_s(costs);
    for (const Costs& of : costs)
        if (of.cpu_us.front().size() != 0) emit_costs(emit, of, wire, fastest_s);
}

}  // namespace

void measure_services(const Emit& emit) {
    measure(emit, false);
    measure(emit, true);
}

}  // namespace matinee::bench
