// A swarm: many small worlds, each with its own seed, in which clients work while everything goes wrong that may: calls
// of ports fail, the payment provider misbehaves, the process is killed between two steps and started again on what was
// durable. Then it becomes calm, and what must hold is checked.
//
// The seed draws which workloads share the world, how slow stores and maintenance are, which calls fail how often, and
// when the process dies.
//
// A service joins with a Workload: it sets the world up, starts its clients, says when nothing is under way any more,
// and checks. (setup, start and check are the phases of FoundationDB's simulation workloads.) A run is a function of
// its seed: the same seed fails at the same step.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/services/host.hpp"
#include "system/base/digest.hpp"
#include "system/base/random.hpp"

namespace matinee::swarm {

/// How often a port's calls fail, in per cent, and how often the process dies.
struct Faults {
    int sql_before = 0;  ///< refused, nothing done
    int sql_after = 0;   ///< done, and then an error
    int log_before = 0;
    int log_after = 0;
    int kv_before = 0;
    int kv_after = 0;
    int search_before = 0;
    int search_after = 0;
    int kills = 0;  ///< at most so many
};

/// What a planted bug puts in place of a port. Null: the real one.
struct Plants {
    std::function<std::unique_ptr<Sql>(Sql&)> sql = nullptr;
    std::function<std::unique_ptr<PaymentProvider>(PaymentProvider&)> payment_provider = nullptr;
};

struct Options {
    Plants plants;
    TimeNs busy = 60 * kSecond;  ///< how long clients work and things go wrong
    TimeNs calm = 5 * kMinute;   ///< how long it may take until nothing is under way any more
    bool keep_trace = false;
};

struct Finding {
    uint64_t step = 0;
    std::string what;
    friend bool operator==(const Finding&, const Finding&) = default;
};

struct Report {
    uint64_t seed = 0;
    uint64_t steps = 0;
    uint64_t kills = 0;
    uint64_t requests = 0;
    uint64_t failed_calls = 0;  ///< of ports
    uint64_t digest = 0;        ///< of everything that was asked, answered and killed, with the steps
    std::vector<Finding> findings;
    std::vector<std::string> trace;

    /// "seed 7, step 1234: what" and how to run it again.
    std::string text() const;
};

class World {
public:
    World(uint64_t seed, const platform::Settings& settings, services::HostModel model, const Faults& faults,
          const Options& options);
    ~World();

    services::SimulatedHost& host() { return *host_; }
    services::Executor& executor() { return host_->executor(); }
    TimeNs now() { return executor().now(); }
    /// A stream that belongs to one client of a workload.
    RandomStream stream(uint64_t who) const { return {seed_, Purpose::Test, who, 1}; }
    /// When clients begin nothing new.
    TimeNs busy_until() const { return busy_until_; }

    /// Sends a request and waits, as a client does: no answer where the process dies meanwhile.
    class Exchange;
    Exchange send(gateway::Request request);
    /// Sends before anything goes wrong, and runs the world until it is answered.
    gateway::Response send_now(gateway::Request request);
    /// A client. It may wait for send() and for the executor.
    void add(Task<> client) { clients_.push_back(std::move(client)); }
    /// Runs the world until a task of a service, made by a workload's checker, is done.
    template <class T>
    T run(Task<T> task) {
        task.start();
        while (!task.done() && executor().step()) {
        }
        return task.take();
    }

    void find(const std::string& what);
    void note(const std::string& line);

private:
    friend Report run(uint64_t, const std::vector<std::unique_ptr<class Workload>>&, const Options&);
    class Layer;
    struct Waiting;
    void advance(TimeNs until);
    void resume_answered();
    void kill();
    void draw_next_kill();

    uint64_t seed_;
    Options options_;
    Faults faults_;
    RandomStream draws_;
    Report report_;
    bool things_go_wrong_ = false;
    uint64_t next_kill_ = UINT64_MAX;  ///< step
    uint64_t processes_ = 0;
    TimeNs busy_until_ = 0;
    Digest digest_;
    std::unique_ptr<services::SimulatedHost> host_;
    std::vector<Waiting*> waiting_;
    std::vector<Task<>> clients_;  // last: destroyed before what they wait for
};

struct World::Waiting {
    Task<gateway::Response> task;
    std::optional<gateway::Response> answer;
    std::coroutine_handle<> who;
};

class World::Exchange {
public:
    Exchange(World& world, gateway::Request request) : world_(world), request_(std::move(request)) {}
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> who);
    std::optional<gateway::Response> await_resume() { return std::move(waiting_.answer); }

private:
    World& world_;
    gateway::Request request_;
    Waiting waiting_;
};

class Workload {
public:
    virtual ~Workload() = default;
    /// Before there is a world: settings that make much happen in little time.
    virtual void configure(RandomStream&, platform::Settings&, services::HostModel&) {}
    /// Before anything goes wrong.
    virtual void setup(World&) {}
    /// Adds clients.
    virtual void start(World&) = 0;
    /// What must hold at any moment. Asked every few seconds; clients may look more often.
    virtual void watch(World&) {}
    /// Nothing is under way any more. Asked every second of the calm.
    virtual bool is_settled(World&) { return true; }
    /// What must hold in the end.
    virtual void check(World&) = 0;
};

/// One world from its beginning to its checks. `workloads` are fresh.
Report run(uint64_t seed, const std::vector<std::unique_ptr<Workload>>& workloads, const Options& options);

}  // namespace matinee::swarm
