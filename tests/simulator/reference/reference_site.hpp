// One site of the reference world, with the viewers who live there.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "clients/population/arrivals.hpp"
#include "simulator/network/fair_share.hpp"
#include "simulator/world/world.hpp"
#include "system/base/digest.hpp"
#include "system/cdn/ring.hpp"
#include "system/cdn/steering.hpp"
#include "tests/simulator/reference/queue.hpp"

namespace matinee::reference {

class ReferenceWorld;

using Table = std::vector<cdn::SiteStatus>;

inline constexpr uint32_t kNobody = UINT32_MAX;

/// What happened, so that a difference is easier to place and a test can see that a world exercises something.
struct Totals {
    uint64_t sessions = 0, measured_sessions = 0, start_failures = 0, exits_before_start = 0;
    uint64_t segments = 0, stalls = 0, switches = 0, next_episodes = 0, pauses = 0, seeks = 0;
    uint64_t abandoned = 0;          ///< downloads given up for a lower rung
    uint64_t failed_requests = 0;    ///< no answer in time, or an unwelcome one
    uint64_t served_afar = 0;        ///< segments from another site
    uint64_t cut_by_crash = 0;       ///< responses
    uint64_t refused = 0;            ///< requests: too many connections
    uint64_t fill_timeouts = 0, fills_failed = 0, coalesced = 0;
    uint64_t promised = 0;           ///< fills: nothing could hold them up any more
    uint64_t saturated_ticks = 0, calmed = 0;
    uint64_t prefilled_at_start = 0; ///< renditions
    uint64_t prefill_transfers = 0;  ///< renditions that came over the links
    uint64_t prefill_lost = 0;       ///< transfers
    void add(const Totals& other);
};

/// A response that is arriving, or is going to.
struct Flow {
    TimeNs from_ns = 0;         ///< first byte, or the tick up to which it has been settled
    TimeNs end_ns = kNever;     ///< last byte, once it is known
    uint64_t left_bits = 0;     ///< to come after `from_ns` (while settled by ticks: after the running tick)
    uint64_t bytes = 0;         ///< in all
    uint32_t window_then = 0;   ///< the congestion window at `from_ns`
    uint64_t load_kbps = 0;     ///< its pace, as long as no link of the site is full
    std::optional<When> booked; ///< to a viewer, as long as no link is full: when it gives back what it takes
    uint32_t server = 0;
    bool from_disk = false;
    uint32_t child = kNobody;   ///< the site whose path to us it takes
    network::Path path;
};
/// (to another site, slot): own viewers come first.
using FlowId = std::pair<bool, uint32_t>;

/// What a viewer waits for.
struct Request {
    enum class State { Waits, Receives, ReceivesFromAfar, Refused } state = State::Waits;
    uint64_t ticket = 0;
    uint32_t server = kNobody;  ///< of this site
    uint8_t rung = 0;
    uint64_t bytes = 0;
    bool from_disk = false;
    TimeNs asked_ns = 0;
    TimeNs reaches_ns = 0;      ///< the request the server, later: the first byte the viewer
};

struct Viewer {
    uint64_t who = 0;
    uint32_t population = 0, device = 0, playable = 0, trace = 0;
    bool midway = false, startup_seen = false, out_of_titles = false;
    player::Player player;
    TimeNs watch_ns = 0, startup_patience_ns = kNever, stall_patience_ns = kNever;
    uint32_t draws = 0;
    enum class Action { Pause, Seek, Resume } action = Action::Pause;
    TimeNs action_ns = kNever, timer_ns = kNever, wake_ns = kNever;
    // its way to a site
    uint32_t site = 0, connected_site = kNobody;
    TimeNs steered_ns = -kNever, last_byte_ns = -kNever;
    TimeNs access_rtt_ns = 0, extra_rtt_ns = 0;
    float access_scale = 1, access_loss = 0;
    network::Path path;
    uint32_t failures = 0;
    std::optional<Request> request;
    std::optional<When> pending;
};

/// A request of one site to another, for itself or for a viewer of its own.
struct Ask {
    enum class For { Fill, Prefill, Viewer } purpose = For::Fill;
    uint32_t from = 0;      ///< the asking site
    uint64_t number = 0;    ///< which the asking site gave it
    uint32_t playable = 0;
    cdn::ObjectKey key = 0;
    Bytes size = 0;
    TimeNs one_way_ns = 0;
    network::Path path;
    float access_scale = 1, access_loss = 0;  ///< of the way from here, losses here aside
};
/// Its fate at the site that was asked.
struct Foreign {
    Ask ask;
    uint64_t ticket = 0;
    uint32_t server = 0;
    bool from_disk = false;
    std::optional<When> ends;
};

class Site {
public:
    Site(ReferenceWorld& all, uint32_t id);

    void finish();
    uint64_t digest() const { return digest_.value(); }
    cdn::NodeCounters counters() const;
    /// Of what follows the warm-up, but prefill of the whole run.
    cdn::NodeCounters measured_counters() const;
    TimeNs measured_saturated_ns() const { return saturated_ns_ - warmup_saturated_ns_; }
    /// By peak window; the one in which the warm-up ends has what follows it.
    const std::vector<Bytes>& sent_by_window() const { return sent_by_window_; }
    Totals totals;

    // Messages from others
    void table_arrives(std::shared_ptr<const Table> table) { table_ = std::move(table); }
    void ask_arrives(const Ask& ask);
    void cancel_arrives(uint32_t from, uint64_t number);
    void fill_answered(uint64_t number, bool ok);
    void prefill_answered(const Ask& ask, bool ok);
    void viewer_is_answered(uint64_t ticket, TimeNs last_byte_ns);
    void viewer_is_served(uint64_t ticket, uint32_t window_bytes);
    void viewer_is_refused(uint64_t ticket);

private:
    struct Stream {
        uint32_t population = 0;
        population::ArrivalRate rate;
        RandomStream random;
    };
    struct Link {
        uint64_t nominal_kbps = 0, capacity_kbps = 0;
    };
    struct Fill {
        uint64_t ask = 0;  ///< number of the latest
        uint32_t parent = kNobody, playable = 0, attempts = 0;
        When timeout;
    };
    using FillId = std::pair<uint32_t, uint32_t>;  ///< server, the node's number
    struct Prefill {
        std::vector<uint64_t> queue;                         ///< pages, the next one last
        std::vector<std::pair<TimeNs, uint64_t>> releases;   ///< not before, page
        std::optional<uint64_t> ask;                         ///< number of the transfer under way
        TimeNs asked_ns = 0;
        uint64_t page = 0;                                   ///< of that transfer
        std::optional<TimeNs> release;                       ///< its not before, if it is one
    };
    struct Booking {  ///< what a response takes until the first tick after its end
        std::array<uint32_t, 4> links{};
        uint64_t load_kbps = 0, bytes = 0;
        uint32_t server = 0;
        bool connected = true;  ///< no more once its server has crashed
    };
    struct Grant {  ///< of the running tick
        FlowId flow;
        std::array<uint32_t, 4> links{};
        uint64_t bits = 0;
    };

    TimeNs now() const;
    const world::World& model() const;
    const scenario::Scenario& scenario() const { return model().scenario; }
    When event(TimeNs time, Kind kind, uint64_t number) const;
    void at(const When& when, Queue::Action action);

    // reference_site.cpp
    void build();
    void report_status();
    void close_peak_window();
    void next_peak_window();
    void end_warmup();
    Bytes sent() const;
    Bytes sent_of(const Flow& flow) const;
    bool dark() const;
    void fault_changes(uint32_t number);
    void apply_faults();
    void server_dies(uint32_t server);

    // reference_prefill.cpp
    void insert(uint32_t server, uint64_t page, bool evicts);
    std::vector<std::vector<uint32_t>> choose_prefill() const;
    void prefill_at_start();
    void plan_prefill();
    void wake_prefill(uint32_t server, TimeNs time);
    static void take_prefill_back(Prefill& prefill);
    void continue_prefill(uint32_t server);

    // reference_viewers.cpp
    void start_streams();
    void arrives(uint32_t stream);
    void place_midway(Stream& stream);
    uint32_t new_viewer(uint32_t population);
    void dress(Viewer& viewer, RandomStream& random);
    RandomStream mood(Viewer& viewer) const;
    void draw_action(Viewer& viewer);
    TimeNs due(uint32_t slot) const;
    void schedule(uint32_t slot);
    void viewer_event(uint32_t slot);
    TimeNs leaves_at(const Viewer& viewer) const;
    void ask_player(uint32_t slot);
    void maybe_next_episode(Viewer& viewer);
    void act(uint32_t slot);
    void look_at_slow_segment(uint32_t slot);
    TimeNs late_ns(const Viewer& viewer) const;
    void watch_if_slow(uint32_t slot);
    void watch_if_slowed(FlowId id, uint64_t granted);
    void segment_arrived(uint32_t slot);
    void request_failed(uint32_t slot);
    void drop_request(uint32_t slot);
    void leave(uint32_t slot, bool gave_up);
    const world::PopulationPlan& plan_of(const Viewer& v) const { return model().populations[v.population]; }
    const player::Config& config_of(const Viewer& v) const { return plan_of(v).devices[v.device].config; }
    TimeNs timeout_of(const Viewer& v) const { return plan_of(v).spec->player.request_timeout; }

    // reference_requests.cpp
    void submit(uint32_t slot, uint32_t segment, uint8_t rung);
    void steer(Viewer& viewer, uint32_t excluded);
    TimeNs connect(Viewer& viewer);
    void set_loss(network::Path& path, float scale, float access_loss, double server_loss) const;
    void ask_here(uint32_t slot, cdn::ObjectKey key);
    void answer_viewer(uint32_t slot, TimeNs first_byte);
    std::optional<uint32_t> slot_of(uint64_t ticket) const;
    void answer_foreign(uint32_t slot, TimeNs first_byte);
    void foreign_ends(uint32_t slot);
    void end_foreign_at(uint32_t slot, TimeNs time);
    void reply(uint32_t slot, bool ok, TimeNs last_byte_ns = 0);
    void forget_foreign(uint32_t slot);
    void start_fill(uint32_t server, uint32_t number, uint32_t playable, TimeNs send_at);
    void ask_parent(FillId id, TimeNs send_at, uint32_t excluded);
    void send_up(Ask ask, cdn::SiteDirectory::Choice parent, TimeNs send_at, double share);
    void retry_fill(FillId id);
    void end_fill(FillId id, bool ok);
    uint32_t pick_server(uint32_t playable) const;

    // reference_links.cpp
    uint64_t load_of(uint32_t link) const;
    std::array<uint32_t, 4> links_of(const Flow& flow) const;
    void start_flow(FlowId id, Flow flow);
    Flow take_flow(FlowId id);
    When book(const Flow& flow);
    bool promise(Flow& flow);
    void unbook(Flow& flow);
    void give_back(const When& when);
    void end_whole(const Flow& flow);
    Flow cut_flow(FlowId id);
    void predict(FlowId id);
    uint64_t arrived_bits(const Flow& flow) const;
    void want_tick();
    void tick();
    void begin_settling();
    bool offer_and_grant();
    void end_settling();
    void end_is_known(FlowId id);

    ReferenceWorld& all_;
    const uint32_t id_;
    const scenario::NodeGroup* group_ = nullptr;
    std::shared_ptr<const Table> table_;
    uint64_t numbers_ = 0;  ///< tickets, asks and wakes are numbered through

    std::vector<cdn::CacheNode> nodes_;
    std::vector<uint8_t> up_;
    std::unique_ptr<cdn::Ring> ring_;
    std::map<FillId, Fill> fills_;
    std::vector<Prefill> prefill_;
    bool over_ = false;  ///< the run is: who leaves now was cut off
    std::map<uint64_t, FlowId> tickets_;  ///< who waits for what a node fetches, or for another site's answer

    std::vector<Link> links_;              ///< uplink, NICs, disks, paths to children
    std::map<uint32_t, uint32_t> link_of_child_;
    std::map<FlowId, Flow> flows_;
    std::map<When, Booking> bookings_;
    TimeNs calm_ns_ = 0;
    std::optional<std::vector<Grant>> grants_;  ///< of the running tick; empty: no link is full
    std::optional<When> tick_;

    std::set<uint32_t> active_faults_;
    std::vector<faults::Condition> server_condition_;
    faults::Condition path_condition_;

    std::vector<Stream> streams_;
    std::map<uint32_t, Viewer> viewers_;
    std::vector<uint32_t> free_slots_;     ///< the last one freed is the first to be taken: slots order what is simultaneous
    uint32_t slots_ = 0;
    std::map<uint32_t, Foreign> foreign_;
    std::vector<uint32_t> free_foreign_;
    uint32_t foreign_slots_ = 0;

    Bytes ended_ = 0;  ///< of responses that are over
    Bytes ended_before_ = 0, peak_ = 0;
    Bytes sent_before_ = 0;
    std::vector<Bytes> sent_by_window_;
    cdn::NodeCounters warmup_counters_;
    TimeNs warmup_saturated_ns_ = 0;
    TimeNs saturated_ns_ = 0;
    Digest digest_;
};

}  // namespace matinee::reference
