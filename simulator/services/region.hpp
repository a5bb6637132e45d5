// The control plane of one region and the clients that use it, in virtual time: instances behind a load balancer
// (fleet.hpp), each a process of the platform, on shared stores (adapters.hpp), and for every viewer of the region a
// client that makes the calls of the journey (journey.hpp).
//
// Clients live here and not where their viewers watch, because all that they do is to wait for answers of this region;
// the network between is a delay in each direction, the same for all calls of a visit. Times here are those of the
// region's door: a request arrives at `now`, its answer leaves at `now` and is with the client `one_way` later, and
// what the client does next is back at the door another `one_way` after that.
//
// A visit: sign in (register, or log in, or exchange the refresh token of an earlier visit), pay if new, choose a
// profile, see the home page, perhaps search, look at a title, press play. The answer to that, or why there is none, is
// the verdict on the visit. Then heartbeats at a constant interval and new tokens before the old ones expire, until the
// viewer leaves. Between steps at which one chooses, the viewer thinks.
//
// Left out: clients that lose a request or an answer on the way, several devices at once on one account, what viewers
// do besides watching, and that pausing viewers beat less often.
#pragma once

#include <deque>
#include <memory>
#include <queue>
#include <vector>

#include "simulator/services/counts.hpp"
#include "simulator/services/founder.hpp"

namespace matinee::services {

/// A viewer who opens the app.
struct Visit {
    uint64_t who = 0;      ///< names the visit's random streams
    uint32_t site = 0;     ///< where the viewer is
    uint32_t slot = 0;     ///< its number there
    uint32_t session = 0;  ///< tells it from earlier ones with that number
    uint32_t playable = 0;
    TimeNs one_way = 0;
    TimeNs opened_at = 0;
    TimeNs patience = kNever;  ///< with an answer to play
    bool midway = false;       ///< was playing at time 0: starts its playback anew within the first heartbeat interval
};

struct Verdict {
    TimeNs at = 0;  ///< when the viewer learns of it: now and `one_way`, or later
    uint32_t site = 0;
    uint32_t slot = 0;
    uint32_t session = 0;
    enum class What : uint8_t { Granted, Refused, Left } what = What::Granted;
    TimeNs pressed_at = 0;  ///< Granted: play
};

struct RegionPlan {
    uint64_t seed = 0;
    uint32_t region = 0;
    int64_t start_unix_s = 0;
    TimeNs duration = 0;
    TimeNs warmup = 0;  ///< what began earlier is not counted, but for the steps
    TimeNs sample = 10 * kSecond;
    uint32_t titles = 100;  ///< of the catalogue that clients choose from
};

class Region {
public:
    Region(const Spec& spec, const RegionPlan& plan);
    ~Region();

    /// A viewer's first request is at the door at `now`, which is not before anything that has been done.
    void open(TimeNs now, const Visit& visit);
    /// A viewer has gone. One who is not here is ignored.
    void close(TimeNs now, uint32_t site, uint32_t slot, uint32_t session);
    /// Everything before `end`.
    void run_before(TimeNs end);
    /// Verdicts since they were last taken.
    std::vector<Verdict>& verdicts() { return verdicts_; }

    /// The run is over.
    void finish(TimeNs end);
    const RegionCounts& counts() const { return counts_; }
    uint64_t events() const { return events_ + executor_.steps(); }
    uint64_t memory_bytes() const;

private:
    struct Guest;
    struct Call;
    enum class Wake : uint8_t { Send, Beat, Impatient };
    struct Timer {
        TimeNs at;
        uint64_t number;
        uint32_t guest;
        uint32_t generation;
        Wake wake;
        bool operator>(const Timer& other) const { return at != other.at ? at > other.at : number > other.number; }
    };
    struct Beat {
        TimeNs at;
        uint32_t guest;
        uint32_t generation;
    };
    struct Patience {  ///< of a client with a call
        TimeNs until;
        uint32_t call;
        uint32_t serial;
    };

    // Inside, time is that of the wall clock which the services see: virtual time and `epoch_`.

    // region.cpp: time
    TimeNs next_at();
    void step(TimeNs now);
    void close_step(TimeNs now);
    void wake(const Timer& timer);
    void beat(uint32_t guest, TimeNs now);
    void set_timer(TimeNs at, uint32_t guest, Wake wake);
    void send(uint32_t guest, Operation operation);
    void take_answers();
    void answered(uint32_t call, FleetAnswer& answer);
    void time_out(const Patience& patience);
    uint32_t take_call();
    void free_call(uint32_t call);
    void fill_cpu_factors();
    TimeNs draw_cpu(Operation operation);
    std::unique_ptr<Worker> new_process();
    Task<> change_provider();
    Task<> deliver_webhooks();

    // region_clients.cpp: what clients do
    uint32_t take_guest(const Visit& visit);
    void dress(Guest& guest, TimeNs now);
    void free_guest(uint32_t guest);
    void go_on(uint32_t guest);
    void go_to(uint32_t guest, Operation operation, TimeNs after);
    void succeeded(uint32_t guest, const std::string& data);
    void failed(uint32_t guest, Cause cause);
    void lose(uint32_t guest, Operation operation, Cause cause);
    void grant(uint32_t guest);
    void tell(const Guest& guest, Verdict::What what);
    RandomStream draw(Guest& guest) const;

    const Spec spec_;
    const RegionPlan plan_;
    TimeNs epoch_;
    platform::Settings settings_;
    Executor executor_;
    SimulatedClock clock_{executor_};
    RegionStores stores_{clock_};
    StoreAccess access_;
    SqliteDatabase provider_database_;
    SandboxProvider provider_;
    Founder founder_;
    uint64_t processes_ = 0;
    Fleet fleet_;
    RandomStream cpu_draws_;
    std::vector<uint32_t> cpu_factors_;  ///< quantiles of the service time over its mean, in 1/65536

    std::vector<Guest> guests_;
    std::vector<uint32_t> free_guests_;
    std::vector<std::vector<uint32_t>> guest_at_;  ///< by site and slot
    std::vector<Call> calls_;
    std::vector<uint32_t> free_calls_;
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
    std::deque<Beat> beats_;         ///< in order of time, because all intervals are one
    std::deque<Patience> patience_;  ///< likewise
    uint64_t timers_set_ = 0;
    std::deque<Account> idle_;  ///< of returning viewers, the longest away first
    uint64_t accounts_ = 0;
    std::vector<std::string> titles_;  ///< ids; none where the platform has no catalogue

    std::vector<Verdict> verdicts_;
    RegionCounts counts_;
    ServiceStep step_;
    TimeNs step_end_;
    uint64_t events_ = 0;
    Task<> provider_changes_, webhooks_;  // last: destroyed before what they use
};

}  // namespace matinee::services
