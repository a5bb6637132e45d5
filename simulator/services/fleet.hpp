// The instances of one region behind their load balancer, as queues.
//
// A request goes to the instance with the fewest requests (least connections; of equals, the oldest). An instance
// handles up to `concurrency` of them at a time; more wait in its queue, first come first served, and what finds every
// queue full is refused at the door ("shed"). Being handled means: a core of the instance for the request's CPU time,
// first come first served, then whatever the worker does, which waits for stores and providers but for no core. Whose
// client has given up by the time its turn comes is not handled any more ("expired"). The balancer itself takes no time
// and does not fail.
//
// Left out: CPU time in pieces between the waits, processor sharing (a request keeps its core), instances that fail.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "simulator/services/executor.hpp"
#include "simulator/services/heard.hpp"
#include "simulator/services/spec.hpp"
#include "simulator/services/station.hpp"
#include "system/gateway/http.hpp"

namespace matinee::services {

/// What an instance runs: the platform's process, or a stand-in for tests.
class Worker {
public:
    virtual ~Worker() = default;
    /// Before the first request.
    virtual Task<> prepare() { co_return; }
    virtual Task<Heard> handle(gateway::Request request) = 0;
    /// Every `kMaintenance`, of the oldest instance only.
    virtual Task<> maintain() { co_return; }
    /// Core time that it took besides the requests' own, since it began.
    virtual TimeNs other_cpu() const { return 0; }
};

struct FleetAnswer {
    enum class Kind : uint8_t { Handled, Shed, Expired } kind = Kind::Handled;
    uint32_t ticket = 0;
    Heard heard;  ///< Handled
};

class Fleet {
public:
    static constexpr TimeNs kMaintenance = kSecond;

    /// Begins with so many instances that take requests once `executor` has run their preparation.
    Fleet(Executor& executor, const InstanceSpec& instance, const ScalingSpec& scaling, uint32_t instances,
          std::function<std::unique_ptr<Worker>()> new_worker);
    ~Fleet();

    /// A request at the door, now. Its answer comes under `ticket`, at once where it is refused. `wanted_until`: its
    /// client is gone by then.
    void submit(uint32_t ticket, gateway::Request request, TimeNs cpu, TimeNs wanted_until);
    /// After every step of the executor, and after submitting: ended requests make room for waiting ones.
    void settle();
    /// Answers since they were last taken, in the order in which they came about.
    std::vector<FleetAnswer>& answers() { return answers_; }

    /// The worker of the oldest instance, which never goes.
    Worker& oldest();

    uint64_t waiting() const { return waiting_; }
    uint64_t handled() const { return handled_; }       ///< requests being handled now
    uint32_t instances() const { return in_service_; }  ///< that take requests
    uint64_t scaled_up() const { return scaled_up_; }
    uint64_t scaled_down() const { return scaled_down_; }
    /// Time of instances up to `now`, starting up included.
    TimeNs machine_time(TimeNs now) const;

private:
    struct Instance;
    struct Job;

    Task<> start_instance(TimeNs start_up);
    Task<> keep_maintained();
    Task<> keep_scaled();
    void scale();
    double cores_wanted(TimeNs span);
    Instance* least_loaded();
    void begin(Instance& instance, uint32_t job);
    Task<> serve(uint32_t job);
    void end(uint32_t job);
    uint32_t take_job();
    void free_job(uint32_t job);

    Executor& executor_;
    InstanceSpec spec_;
    ScalingSpec scaling_;
    std::function<std::unique_ptr<Worker>()> new_worker_;
    std::vector<std::unique_ptr<Instance>> instances_;  ///< in order of age
    std::vector<Job> jobs_;
    std::vector<uint32_t> free_jobs_;
    std::vector<uint32_t> ended_;
    std::vector<FleetAnswer> answers_;
    uint64_t waiting_ = 0;
    uint64_t handled_ = 0;
    uint32_t in_service_ = 0;
    uint32_t starting_ = 0;
    uint64_t scaled_up_ = 0, scaled_down_ = 0;
    struct Wanted {
        TimeNs at;
        uint32_t instances;
    };
    std::deque<Wanted> wanted_;  ///< within the cool-down
    TimeNs machine_ns_ = 0;      ///< of instances that are gone
    Task<> maintenance_, watch_;
    std::vector<Task<>> starts_;
};

}  // namespace matinee::services
