// Conservative parallel windows. Every logical process handles its events up to the end of the window on its own;
// messages arrive at the window's end at the earliest, because no link is shorter than the window, so no process can
// miss one. The partition is the model's (one process a place), never the threads': any number of threads gives the
// same run.
#pragma once

#include <cstdint>
#include <functional>

#include "system/base/units.hpp"

namespace matinee::engine {

struct WindowPlan {
    TimeNs window = 0;
    TimeNs end = 0;  ///< the run covers [0, end)
    uint32_t processes = 0;
    uint32_t threads = 1;
    /// A window in which less work is expected than so many events is not worth waking the other threads for.
    uint64_t events_worth_sharing = 256;
    uint32_t heavy = 0;  ///< processes, the last ones, each of which may have as much to do as many others together
    uint32_t parts = 1;  ///< into which the processes fall for the delivery of messages
};

struct WindowCallbacks {
    /// Handles the events of `process` before `window_end`. Runs on worker number `worker`; no two workers touch one
    /// process at a time, and a window's calls happen before the next window's.
    std::function<void(uint32_t process, TimeNs window_end, uint32_t worker)> advance;
    /// Hints that advance(process, window_end) follows on the same worker, after `distance` other processes (6, then 5,
    /// and so on to 1): time to bring near what it will touch. May be empty.
    std::function<void(uint32_t process, TimeNs window_end, uint32_t distance)> prepare;
    static constexpr uint32_t kPrepareDistance = 6;
    /// Hands the messages of the window to those processes that belong to `part`. Runs on any worker, between the
    /// window and exchange(), side by side with the same for other parts. May be empty.
    std::function<void(uint32_t part, TimeNs window_end)> deliver;
    struct Closed {
        bool go_on = true;
        uint64_t work = 0;  ///< done since the run began, in events
    };
    /// Runs alone between windows, on the caller's thread.
    std::function<Closed(TimeNs window_end)> exchange;
};

/// Runs all windows; the last one is cut at `end`. An exception thrown by a callback ends the run and is rethrown here.
void run_windows(const WindowPlan& plan, const WindowCallbacks& callbacks);

}  // namespace matinee::engine
