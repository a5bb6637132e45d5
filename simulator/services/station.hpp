// A resource of several equal servers with one queue in front, first come first served: the connections of a database,
// the cores of a machine. Each job says how long it takes, so that the whole queue is the moments at which servers fall
// free.
#pragma once

#include <algorithm>
#include <vector>

#include "system/base/units.hpp"

namespace matinee::services {

class Station {
public:
    explicit Station(uint32_t servers) : free_at_(std::max(servers, 1u), 0) {}

    /// Takes the server that falls free first, for so long; when the job is done. A job whose caller goes away keeps
    /// its server: nobody tells a database that its client lost interest.
    TimeNs occupy(TimeNs now, TimeNs duration) {
        std::pop_heap(free_at_.begin(), free_at_.end(), std::greater<>());
        TimeNs& server = free_at_.back();
        const TimeNs start = std::max(server, now);
        waited_ += start - now;
        busy_ += duration;
        ++jobs_;
        const TimeNs done = server = start + duration;
        std::push_heap(free_at_.begin(), free_at_.end(), std::greater<>());
        return done;
    }
    /// How long a job that came now would wait.
    TimeNs wait_at(TimeNs now) const { return std::max<TimeNs>(0, free_at_.front() - now); }

    uint64_t jobs() const { return jobs_; }
    TimeNs busy() const { return busy_; }      ///< service time given, all servers together
    TimeNs waited() const { return waited_; }  ///< time spent in the queue, all jobs together

private:
    std::vector<TimeNs> free_at_;  ///< a heap, the earliest first
    uint64_t jobs_ = 0;
    TimeNs busy_ = 0;
    TimeNs waited_ = 0;
};

}  // namespace matinee::services
