#include "tests/services/swarm/swarm.hpp"

#include <algorithm>
#include <sstream>

#include "tests/services/swarm/clients.hpp"
#include "tests/services/swarm/faulty_ports.hpp"

namespace matinee::swarm {

static constexpr TimeNs kEvening = 1'795'204'800 * kSecond;

/// Faulty ports, behind planted bugs where there are some.
class World::Layer : public services::PortLayer {
public:
    Layer(World& world, const platform::Ports& below)
        : draws_(world.seed_, Purpose::Test, world.processes_++, 2),
          source_{draws_, world.faults_, world.things_go_wrong_, world.report_.failed_calls},
          below_(below),
          sql_(below.sql, source_),
          log_(below.log, source_),
          kv_(below.kv, source_),
          search_(below.search, source_) {
        const Plants& plants = world.options_.plants;
        if (plants.sql) planted_sql_ = plants.sql(sql_);
        if (plants.payment_provider) planted_provider_ = plants.payment_provider(below.payment_provider);
    }
    platform::Ports ports() override {
        return {.clock = below_.clock,
                .random = below_.random,
                .sql = planted_sql_ ? *planted_sql_ : static_cast<Sql&>(sql_),
                .kv = kv_,
                .log = log_,
                .crypto = below_.crypto,
                .payment_provider = planted_provider_ ? *planted_provider_ : below_.payment_provider,
                .search = search_};
    }

private:
    RandomStream draws_;
    FaultSource source_;
    platform::Ports below_;
    FaultySql sql_;
    FaultyEventLog log_;
    FaultyKv kv_;
    FaultySearch search_;
    std::unique_ptr<Sql> planted_sql_;
    std::unique_ptr<PaymentProvider> planted_provider_;
};

World::World(uint64_t seed, const platform::Settings& settings, services::HostModel model, const Faults& faults,
             const Options& options)
    : seed_(seed), options_(options), faults_(faults), draws_(seed, Purpose::Test, 0) {
    report_.seed = seed;
    model.layer = [this](const platform::Ports& below) { return std::make_unique<Layer>(*this, below); };
    host_ = std::make_unique<services::SimulatedHost>(seed, kEvening, settings, model);
}

World::~World() {
    clients_.clear();
    waiting_.clear();
}

void World::find(const std::string& what) {
    const Finding finding{executor().steps(), what};
    note("FOUND " + what);
    report_.findings.push_back(finding);
}

void World::note(const std::string& line) {
    digest_.add(executor().steps());
    digest_.add_text(line);
    if (!options_.keep_trace) return;
    std::ostringstream out;
    out << "step " << executor().steps() << ", " << to_seconds(now() - kEvening) << " s: " << line;
    report_.trace.push_back(out.str());
}

World::Exchange World::send(gateway::Request request) { return {*this, std::move(request)}; }

void World::Exchange::await_suspend(std::coroutine_handle<> who) {
    waiting_.who = who;
    world_.waiting_.push_back(&waiting_);
    ++world_.report_.requests;
    world_.note("-> " + request_.method + " " + request_.target + " " + request_.body);
    // Every other request has a kill that lies in wait for it.
    if (world_.things_go_wrong_ && world_.report_.kills < uint64_t(world_.faults_.kills) && world_.draws_.chance(0.1))
        world_.next_kill_ = world_.executor().steps() + world_.draws_.below(40);
    waiting_.task = world_.host().handle(request_);
    waiting_.task.start();
}

World::Exchange::~Exchange() { std::erase(world_.waiting_, &waiting_); }

gateway::Response World::send_now(gateway::Request request) { return host_->exchange(std::move(request)); }

/// From outside of every coroutine.
void World::resume_answered() {
    for (size_t i = 0; i < waiting_.size();) {
        Waiting& one = *waiting_[i];
        if (!one.task.done()) {
            ++i;
            continue;
        }
        one.answer = one.task.take();
        note("<- " + std::to_string(one.answer->status) + " " + one.answer->body);
        waiting_.erase(waiting_.begin() + int64_t(i));
        one.who.resume();
        i = 0;  // it may have sent another
    }
}

void World::kill() {
    ++report_.kills;
    note("KILL");
    const std::vector<Waiting*> lost = std::move(waiting_);
    waiting_.clear();
    for (Waiting* const one : lost) one->task.reset();
    const bool went_wrong = std::exchange(things_go_wrong_, false);  // a process that cannot even start is no news
    host_->restart();
    things_go_wrong_ = went_wrong;
    draw_next_kill();
    for (Waiting* const one : lost) one->who.resume();
}

void World::draw_next_kill() {
    const bool more = report_.kills < uint64_t(faults_.kills);
    next_kill_ = more ? executor().steps() + 1 + draws_.below(uint32_t(1) << (3 + draws_.below(10))) : UINT64_MAX;
}

void World::advance(TimeNs until) {
    while (executor().next_at() <= until) {
        executor().step();
        if (things_go_wrong_ && executor().steps() >= next_kill_) kill();
        resume_answered();
    }
    executor().run_until(until);
}

std::string Report::text() const {
    std::ostringstream out;
    for (const Finding& finding : findings)
        out << "seed " << seed << ", step " << finding.step << " of " << steps << ": " << finding.what << "\n";
    out << "again: services_tests --gtest_also_run_disabled_tests --gtest_filter=Swarm.DISABLED_Replay"
        << " --gtest_random_seed=" << seed << "\n";
    return out.str();
}

Report run(uint64_t seed, const std::vector<std::unique_ptr<Workload>>& workloads, const Options& options) {
    RandomStream draws(seed, Purpose::Test, 0, 3);
    platform::Settings settings;
    services::HostModel model;
    settings.accounts.admin_token = kAdminToken;
    settings.gateway.limits = gateway::Limits::none();  // a few users do much in a minute
    model.maintenance = TimeNs(1 + draws.below(4)) * kSecond;
    for (const auto& workload : workloads) workload->configure(draws, settings, model);
    // A third of the worlds has faultless ports, a fourth no kills: a bug may need quiet to show.
    Faults faults;
    if (!draws.chance(1.0 / 3)) {
        faults.sql_before = int(draws.below(4));
        faults.sql_after = int(draws.below(4));
        faults.log_before = int(draws.below(20));
        faults.log_after = int(draws.below(20));
        faults.kv_before = int(draws.below(4));
        faults.kv_after = int(draws.below(4));
        faults.search_before = int(draws.below(20));
        faults.search_after = int(draws.below(20));
    }
    if (!draws.chance(0.25)) faults.kills = 1 + int(draws.below(8));
    const SandboxFaults provider_faults = model.payment_provider.faults;
    model.payment_provider.faults = {};
    World world(seed, settings, model, faults, options);
    for (const auto& workload : workloads) workload->setup(world);

    world.busy_until_ = world.now() + options.busy;
    world.things_go_wrong_ = true;
    world.host().payment_provider().set_faults(provider_faults);
    world.draw_next_kill();
    for (const auto& workload : workloads) workload->start(world);
    for (size_t i = 0; i < world.clients_.size(); ++i) world.clients_[i].start();
    const auto watch = [&] {
        for (const auto& workload : workloads) workload->watch(world);
    };
    while (world.now() < world.busy_until_) {
        world.advance(std::min(world.now() + 10 * kSecond, world.busy_until_));
        watch();
    }

    world.things_go_wrong_ = false;
    world.host().payment_provider().set_faults({});
    const TimeNs give_up_at = world.now() + options.calm;
    const auto clients_done = [&] {
        return std::all_of(world.clients_.begin(), world.clients_.end(), [](const Task<>& one) { return one.done(); });
    };
    const auto is_settled = [&] {
        return clients_done() && std::all_of(workloads.begin(), workloads.end(),
                                             [&](const auto& workload) { return workload->is_settled(world); });
    };
    while (world.now() < give_up_at && !is_settled()) world.advance(world.now() + kSecond);
    if (!is_settled()) world.find("it does not come to rest");
    for (Task<>& client : world.clients_)
        if (client.done()) client.take();
    watch();
    for (const auto& workload : workloads) workload->check(world);
    world.report_.steps = world.executor().steps();
    world.report_.digest = world.digest_.value();
    return std::move(world.report_);
}

}  // namespace matinee::swarm
