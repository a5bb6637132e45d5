// A stopwatch for one thread's own work: other tenants of the machine do not count.
#pragma once

#include <ctime>

namespace matinee::bench {

/// CPU time of the calling thread since it began.
inline double thread_cpu_seconds() {
    timespec now = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

}  // namespace matinee::bench
