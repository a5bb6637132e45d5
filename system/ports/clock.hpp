// Port: time. The only clock a service has.
#pragma once

#include "system/base/task.hpp"
#include "system/base/units.hpp"

namespace matinee {

class Clock {
public:
    virtual ~Clock() = default;

    /// Nanoseconds since 1970 in UTC. Never runs backwards within a process.
    virtual TimeNs now() const = 0;
    /// Comes back once `now() >= time`, never before; in the order of the times, and of the calls for equal times. A
    /// time that has passed is still one turn of the host's loop, so that whoever loops over it lets others run.
    virtual Task<> sleep_until(TimeNs time) = 0;
};

}  // namespace matinee
