#include "simulator/services/fleet.hpp"

#include <algorithm>
#include <cmath>

namespace matinee::services {

struct Fleet::Instance {
    Instance(std::unique_ptr<Worker> w, uint32_t c, TimeNs at) : worker(std::move(w)), cores(c), begun_at(at) {}

    std::unique_ptr<Worker> worker;
    Station cores;
    TimeNs begun_at;
    TimeNs busy_seen = 0;  ///< core time given, at the last look of the scaling rule
    uint32_t running = 0;
    std::deque<uint32_t> queue;  ///< jobs
    bool ready = false;
    bool retiring = false;  ///< takes no more requests and goes once it has none

    size_t load() const { return running + queue.size(); }
    TimeNs busy() const { return cores.busy() + worker->other_cpu(); }
};

struct Fleet::Job {
    uint32_t ticket = 0;
    gateway::Request request;
    Heard heard;
    TimeNs cpu = 0;
    TimeNs wanted_until = kNever;
    Instance* instance = nullptr;
    Task<> task;
};

Fleet::Fleet(Executor& executor, const InstanceSpec& instance, const ScalingSpec& scaling, uint32_t instances,
             std::function<std::unique_ptr<Worker>()> new_worker)
    : executor_(executor), spec_(instance), scaling_(scaling), new_worker_(std::move(new_worker)) {
    for (uint32_t i = 0; i < std::max(1u, instances); ++i) {
        starts_.push_back(start_instance(0));
        starts_.back().start();
    }
    maintenance_ = keep_maintained();
    maintenance_.start();
    if (!scaling_.on) return;
    watch_ = keep_scaled();
    watch_.start();
}

// Tasks go before the workers they run in.
Fleet::~Fleet() {
    maintenance_.reset();
    watch_.reset();
    starts_.clear();
    jobs_.clear();
}

Task<> Fleet::start_instance(TimeNs start_up) {
    ++starting_;
    instances_.push_back(std::make_unique<Instance>(nullptr, spec_.cores, executor_.now()));
    Instance& instance = *instances_.back();
    instance.worker = new_worker_();
    if (start_up > 0) co_await executor_.sleep_until(executor_.now() + start_up);
    Task<> preparation = instance.worker->prepare();
    co_await std::move(preparation);
    instance.ready = true;
    instance.busy_seen = instance.busy();
    --starting_;
    ++in_service_;
}

Worker& Fleet::oldest() { return *instances_.front()->worker; }

Task<> Fleet::keep_maintained() {
    for (;;) {
        co_await executor_.sleep_until(executor_.now() + kMaintenance);
        Instance& oldest = *instances_.front();  // never goes
        if (!oldest.ready) continue;
        Task<> maintained = oldest.worker->maintain();
        co_await std::move(maintained);
    }
}

Task<> Fleet::keep_scaled() {
    wanted_.push_back({executor_.now(), in_service_ + starting_});  // who began with so many had wanted them
    for (;;) {
        co_await executor_.sleep_until(executor_.now() + scaling_.interval);
        scale();
    }
}

/// How many cores the load of the last `span` would have kept busy at the target.
double Fleet::cores_wanted(TimeNs span) {
    double wanted = 0;
    for (const auto& instance : instances_) {
        if (!instance->ready) continue;
        const TimeNs busy = instance->busy();
        const double capacity = double(span) * double(spec_.cores);
        wanted += std::min(1.0, double(busy - instance->busy_seen) / capacity) / scaling_.target;
        instance->busy_seen = busy;
    }
    return wanted * double(spec_.cores);
}

void Fleet::scale() {
    constexpr double kTolerance = 0.1;
    const uint32_t now_have = in_service_ + starting_;
    const double instances = cores_wanted(scaling_.interval) / double(spec_.cores);
    auto wanted = uint32_t(std::ceil(instances - 1e-9));
    if (std::abs(instances / double(std::max(1u, now_have)) - 1) <= kTolerance) wanted = now_have;
    wanted = std::clamp(wanted, scaling_.least, std::max(scaling_.least, scaling_.most));
    const TimeNs now = executor_.now();
    wanted_.push_back({now, wanted});
    while (wanted_.front().at < now - scaling_.cool_down) wanted_.pop_front();
    uint32_t at_most = 0;  // wanted within the cool-down
    for (const Wanted& look : wanted_) at_most = std::max(at_most, look.instances);
    std::erase_if(starts_, [](const Task<>& start) { return start.done(); });
    if (wanted > now_have) ++scaled_up_;
    for (uint32_t i = now_have; i < wanted; ++i) {
        starts_.push_back(start_instance(scaling_.start_up));
        starts_.back().start();
    }
    if (at_most >= now_have || starting_ > 0) return;
    ++scaled_down_;
    uint32_t to_go = now_have - at_most;
    for (size_t i = instances_.size(); i-- > 1 && to_go > 0;) {
        Instance& instance = *instances_[i];
        if (!instance.ready || instance.retiring) continue;
        instance.retiring = true;
        --in_service_;
        --to_go;
    }
}

Fleet::Instance* Fleet::least_loaded() {
    Instance* best = nullptr;
    for (const auto& instance : instances_)
        if (instance->ready && !instance->retiring && (best == nullptr || instance->load() < best->load()))
            best = instance.get();
    return best;
}

uint32_t Fleet::take_job() {
    if (free_jobs_.empty()) {
        jobs_.emplace_back();
        return uint32_t(jobs_.size() - 1);
    }
    const uint32_t job = free_jobs_.back();
    free_jobs_.pop_back();
    return job;
}

void Fleet::free_job(uint32_t job) {
    jobs_[job] = Job();
    free_jobs_.push_back(job);
}

void Fleet::submit(uint32_t ticket, gateway::Request request, TimeNs cpu, TimeNs wanted_until) {
    Instance* const instance = least_loaded();
    const bool room = instance != nullptr && instance->running < spec_.concurrency;
    if (instance == nullptr || (!room && instance->queue.size() >= spec_.queue)) {
        answers_.push_back({FleetAnswer::Kind::Shed, ticket, {}});
        return;
    }
    const uint32_t number = take_job();
    Job& job = jobs_[number];
    job.ticket = ticket;
    job.request = std::move(request);
    job.cpu = cpu;
    job.wanted_until = wanted_until;
    if (room) return begin(*instance, number);
    instance->queue.push_back(number);
    ++waiting_;
}

void Fleet::begin(Instance& instance, uint32_t number) {
    ++instance.running;
    ++handled_;
    jobs_[number].instance = &instance;
    jobs_[number].task = serve(number);
    jobs_[number].task.start();  // as far as the core's time, and never to its end
}

Task<> Fleet::serve(uint32_t number) {
    Instance& instance = *jobs_[number].instance;
    const TimeNs done = instance.cores.occupy(executor_.now(), jobs_[number].cpu);
    co_await executor_.sleep_until(done);
    Task<Heard> handling = instance.worker->handle(std::move(jobs_[number].request));
    Heard heard = co_await std::move(handling);
    jobs_[number].heard = std::move(heard);
    ended_.push_back(number);
}

void Fleet::end(uint32_t number) {
    Instance& instance = *jobs_[number].instance;
    answers_.push_back({FleetAnswer::Kind::Handled, jobs_[number].ticket, std::move(jobs_[number].heard)});
    free_job(number);
    --instance.running;
    --handled_;
    while (!instance.queue.empty() && instance.running < spec_.concurrency) {
        const uint32_t next = instance.queue.front();
        instance.queue.pop_front();
        --waiting_;
        if (jobs_[next].wanted_until > executor_.now()) {
            begin(instance, next);
        } else {
            answers_.push_back({FleetAnswer::Kind::Expired, jobs_[next].ticket, {}});
            free_job(next);
        }
    }
}

void Fleet::settle() {
    for (const uint32_t job : ended_) end(job);
    ended_.clear();
    if (maintenance_.done()) maintenance_.take();  // it only ends by an exception
    if (in_service_ + starting_ == instances_.size()) return;
    for (size_t i = instances_.size(); i-- > 1;) {
        const Instance& instance = *instances_[i];
        if (!instance.retiring || instance.load() > 0) continue;
        machine_ns_ += executor_.now() - instance.begun_at;
        instances_.erase(instances_.begin() + ptrdiff_t(i));
    }
}

TimeNs Fleet::machine_time(TimeNs now) const {
    TimeNs total = machine_ns_;
    for (const auto& instance : instances_) total += now - instance->begun_at;
    return total;
}

}  // namespace matinee::services
