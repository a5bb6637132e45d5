// The front door of the simulated host: a scenario in, a result out.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reports/result.hpp"
#include "simulator/scenario/scenario.hpp"
#include "system/cdn/cache/cache.hpp"

namespace matinee::world {

struct Progress {
    double simulated_s = 0;
    double total_s = 0;
    uint64_t segments = 0;
    uint64_t concurrent_viewers = 0;
};

/// What a run holds in memory at its end.
struct Footprint {
    uint64_t viewer_bytes = 0;  ///< viewers, their pending events, transfers, messages: all that grows with them
    uint64_t cache_metadata_bytes = 0;
    uint64_t shared_bytes = 0;  ///< traces and the library
};

/// Told of every request that one server's cache decides on (refused ones it never sees), in the order in which it does.
/// One thread at a time.
class RequestObserver {
public:
    virtual ~RequestObserver() = default;
    virtual void requested(TimeNs now, cdn::ObjectKey key, Bytes size) = 0;
};

struct RunOptions {
    uint32_t threads = 1;
    uint64_t most_memory_bytes = UINT64_MAX;  ///< a run that is sure to need more is refused
    uint64_t events_worth_sharing =
        256;  ///< a window with fewer stays on one thread, which changes nothing but the time
    std::function<void(const Progress&)> on_progress;  ///< called every 64 windows, between windows; any thread
    const std::atomic<bool>* stop = nullptr;  ///< set: the run ends at the next window; the result says interrupted
    Footprint* footprint = nullptr;           ///< filled in if given
    /// Asked once for each server, by its group's id, its site's number in the group and its own; null where nobody watches.
    /// Observers must outlive the run.
    std::function<RequestObserver*(const std::string& group, uint32_t site, uint32_t server)> observe_requests;
};

/// Simulates the whole scenario. The result is the same for every thread count. Throws InputError where the scenario
/// contradicts itself in a way that only building the world shows, MachineError when memory does not suffice or is sure
/// not to.
reports::Result run(const scenario::Scenario& scenario, const RunOptions& options);

/// What a run would be, without running it.
struct Explanation {
    struct Group {
        std::string id, role, parent;
        uint64_t sites = 0, servers = 0;
        double egress_gbps = 0;    ///< of all its sites together
        double cache_tb = 0;       ///< of all its sites together; 0 where it holds everything
        double catalog_share = 0;  ///< one site's cache over the catalogue's bytes
    };
    std::vector<Group> groups;
    double catalog_tb = 0;
    uint64_t playables = 0;  ///< films and episodes
    uint64_t logical_processes = 0;
    double window_ms = 0;
    std::string window_set_by;  ///< `cdn.links[0].rtt (edge to mid, 12 ms)`
    double peak_viewers = 0;    ///< expected concurrent viewers at the peak
    double expected_sessions = 0;
    double expected_segments = 0;
    double expected_events = 0;
    double expected_memory_bytes = 0;
    double mean_session_s = 0;
};
Explanation explain(const scenario::Scenario& scenario);

/// A short run of the same world with few viewers: its time per segment request, taken on the machine at hand, says how
/// long the whole will take.
scenario::Scenario calibration_slice(const scenario::Scenario& scenario);

}  // namespace matinee::world
