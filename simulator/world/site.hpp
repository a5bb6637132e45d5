// One place of the CDN as a logical process: its servers, the links that its responses share, and, at an edge, the
// viewers who live there. A viewer belongs to one site for life; when another site serves it, the two exchange
// messages.
//
// Order of everything at a site: by time; at one instant messages first (by sender, each one's in its order), then
// faults, telemetry and ticks, arrivals, fills, responses to other sites, viewers; within a kind by number. Steps and
// peaks of the series are closed before anything of their last instant happens.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "clients/population/arrivals.hpp"
#include "simulator/engine/alarms.hpp"
#include "simulator/engine/window_queue.hpp"
#include "simulator/world/payload.hpp"
#include "simulator/world/tick_books.hpp"
#include "simulator/world/tracked_flows.hpp"
#include "simulator/world/world.hpp"
#include "system/base/digest.hpp"
#include "system/memory/paged_array.hpp"

namespace matinee::world {

class RequestObserver;

/// A response on its way, as links and books see it. While the site's links have room, it is *predicted*: `done_ns` is
/// known from the start. While a link is saturated, it is *tracked*: every tick grants it a share, and `done_ns` is
/// kNever until the tick in which it ends.
struct Flow {
    TimeNs done_ns = -kNever;  ///< active: when the last byte is there; else: when the last one was
    uint64_t bytes : 48 = 0;
    uint64_t leaves : 16 =
        0;  ///< with `booked` and not `far`: tick of the books, modulo their ring, at which it gives back what it took
    union {
        Kbps load_kbps = 0;  ///< mean rate, as entered on the links
        uint32_t place;      ///< with `has_history`: its place among the tracked
    };
    uint16_t server = 0;
    bool active : 1 = false;
    bool from_disk : 1 = false;
    bool has_history : 1 = false;  ///< is or was tracked
    bool booked : 1 = false;       ///< predicted response to a viewer: the books know when it gives back what it took
    bool far : 1 = false;          ///< and that is far ahead
};

/// What a viewer's next segment and next event come to: all that links and books need of it.
struct Flight : Flow {
    uint8_t rung : 7 = 0;  ///< of the request in flight
    /// The segment comes in without its player's noticing, because all that this would do is to wait for room in the
    /// buffer: the player hears of it at the viewer's next event.
    bool unattended : 1 = false;
    TimeNs due_ns = kNever;  ///< of the viewer's own event; kNever in a free slot

    bool landed(TimeNs now) const { return unattended && done_ns < now; }
};
static_assert(sizeof(Flight) == 32);

/// Round trips are kept in 32 bits.
inline constexpr TimeNs kLongestRtt = 4 * kSecond;

/// A player looks from time to time at a download that is going to take longer than this many segment durations: it may
/// be given up.
inline constexpr double kSlowSegments = 1.8;
inline constexpr TimeNs kSlowLook = 500 * kMillisecond;

/// What a viewer's player is doing about its next segment.
/// AwaitsVerdict: it has not pressed play yet, or not been answered by its region's services (site_sessions.cpp).
enum class Fetching : uint8_t { Nothing, AwaitsAnswer, Receives, ReceivesFromAfar, Refused, AwaitsVerdict };

/// Four lines of the processor's cache, one after the other, all of which a segment touches.
struct alignas(64) Viewer {
    uint32_t session = 0;  ///< number of the session at this site: names its random streams
    uint32_t draws = 0;    ///< behaviour streams used

    player::Player player;

    network::Path path;         ///< the round trip counts the way to the site that serves it
    TimeNs timer_ns = kNever;   ///< fetching nothing: when the player wants to be asked again; else: patience with the
                                ///< request, or the next look at a slow segment
    TimeNs asked_ns = 0;        ///< of the request in flight
    TimeNs reaches_ns = 0;      ///< when the request is at the server; once it is answered: first byte
    TimeNs action_ns = kNever;  ///< next pause, seek or resumption
    TimeNs watch_ns = 0;        ///< media to watch in this session
    TimeNs steered_ns = -kNever;
    uint32_t playable = 0;
    uint16_t population = 0;
    uint16_t site = 0;   ///< that serves it
    uint8_t device = 0;  ///< options of its population's plan
    uint8_t access = 0;
    uint16_t failures = 0;  ///< in a row
    /// Number of its latest request. It may wrap: no answer lives through a million requests.
    uint32_t request : 20 = 0;
    Fetching fetching : 3 = Fetching::Nothing;
    /// It awaits a fill whose own time-out comes before its request's and sees to that (retry_fill): it needs no event.
    bool fill_watches : 1 = false;
    enum class Action : uint8_t { Pause, Seek, Resume };
    Action action : 2 = Action::Pause;
    bool connected : 1 = false;  ///< to the site that serves it
    bool impaired : 1 = false;   ///< its path suffers from losses at its server
    bool midway : 1 = false;     ///< was there at time 0
    bool startup_seen : 1 = false;
    bool out_of_titles : 1 = false;  ///< decided not to go on after this title
    bool left : 1 = false;           ///< a free slot

    Flight flight;

    static constexpr uint32_t kRequestMask = (1u << 20) - 1;
};
static_assert(sizeof(Viewer) == 256);

/// A response to another site: a fill, or a segment for one of its viewers. Two lines of the processor's cache.
struct alignas(64) ForeignFlow {
    Flow flow;
    TimeNs due_ns = kNever;
    network::Path path;
    Payload asked;
    TimeNs from_ns = 0;  ///< first byte
    uint32_t site = 0;
    uint32_t generation : 31 = 0;  ///< tells its fill's answer from one to its predecessor in the slot
    bool used : 1 = false;

    static constexpr uint32_t kGenerationMask = (1u << 31) - 1;
    bool is_fill() const { return asked.kind == Payload::Kind::FillRequest; }
    TimeNs one_way_ns() const { return is_fill() ? asked.fill.one_way_ns : asked.viewer.rtt_ns / 2; }
};
static_assert(sizeof(ForeignFlow) == 128);

class Site {
public:
    Site(const World& world, uint32_t id, const std::vector<cdn::SiteStatus>* table);

    /// Handles everything before `end`.
    void advance(TimeNs end, Recorder& recorder);
    /// Hints that advance(end) follows after so many other sites: asks first for the window's events, then for their
    /// viewers, then for what these will look up. Changes no result.
    void prepare(TimeNs end, uint32_t distance);
    /// The run is over: closes sessions and books.
    void finish(TimeNs end, Recorder& recorder);

    void observe(uint32_t server, RequestObserver* observer) { servers_[server].observer = observer; }
    uint32_t servers() const { return uint32_t(servers_.size()); }
    Inbox& inbox() { return inbox_; }
    Outbox& outbox() { return outbox_; }
    uint32_t viewers() const { return viewer_count_; }

    cdn::NodeCounters counters() const;
    const cdn::NodeCounters& warmup_counters() const { return warmup_.counters; }
    TimeNs measured_saturated_ns() const { return saturated_ns_ - warmup_.saturated_ns; }
    uint64_t digest() const { return digest_.value(); }
    uint64_t cache_metadata_bytes() const;
    uint64_t viewer_memory_bytes() const;

private:
    enum Kind : uint32_t { kFault, kHousekeeping, kArrival, kFill, kForeign, kViewer };
    enum Housekeeping : uint32_t { kTelemetry, kTick, kPrefill };  // kPrefill + server

    struct Stream {  ///< arrivals of one population here
        uint32_t population;
        population::ArrivalRate rate;
        RandomStream random;
    };
    struct SharedLink {
        uint64_t nominal_kbps = 0;
        uint64_t capacity_kbps = 0;  ///< nominal, less what faults take
        uint64_t load_kbps = 0;
    };
    struct FillState {  ///< of a server's fill with the same number
        TimeNs sent_ns = 0;
        TimeNs due_ns = kNever;
        uint32_t parent = cdn::SiteDirectory::kNoSite;  ///< asked last
        uint32_t playable = 0;
        uint32_t attempts = 0;
    };
    struct PrefillItem {
        uint64_t rendition = 0;  ///< see World::rendition_of
        TimeNs not_before_ns = 0;
        bool is_release = false;
    };
    struct Server {
        cdn::CacheNode node;
        std::vector<FillState> fills;
        std::vector<PrefillItem> prefill_queue;     ///< the next one last
        std::vector<PrefillItem> prefill_releases;  ///< in order of the scenario
        TimeNs prefill_sent_ns = -1;                ///< of the transfer under way; -1: none
        PrefillItem prefill_item;                   ///< that transfer
        RequestObserver* observer = nullptr;
    };

    // site.cpp: construction and the order of events
    void build_servers();
    void build_links();
    void prefetch_viewers(size_t first, size_t count);
    void prefetch_lookups(size_t first, size_t count);
    void prefetch_messages(size_t first, size_t count, int step);
    bool prefetch_way(uint32_t slot, cdn::ObjectKey& key);
    void prefetch_message(const Payload& payload, int step);
    void prefetch_fill(uint32_t server, uint32_t number, int step);
    void open_window(TimeNs end);
    TimeNs next_boundary() const;
    void cross(TimeNs boundary);
    void handle(const engine::Event& event);
    void handle(const Message& message);
    void housekeeping(uint32_t what, TimeNs now);
    void send_status(TimeNs now);
    void close_step(TimeNs now, uint32_t viewers);
    void close_peak_window(TimeNs now);
    void end_warmup(TimeNs now);
    Bytes sent_until(TimeNs now);
    Bytes sent_of(const Flow& flow, TimeNs from, TimeNs now) const;
    Bytes sent_since(Bytes& mark, TimeNs now);
    void cut_everything(TimeNs end);

    /// A viewer as most functions want it, so that its places in memory are computed once.
    struct Seat {
        uint32_t slot;
        Viewer& viewer;
        Flight& flight;
        const player::Config& config;
    };
    Seat seat_of(uint32_t slot) {
        Viewer& viewer = viewers_[slot];
        return {slot, viewer, viewer.flight, config_of(viewer)};
    }

    // site_viewers.cpp: sessions
    void start_streams();
    void place_midway(Stream& stream);
    void arrive(uint32_t stream, TimeNs now);
    uint32_t take_slot();
    /// What chance gives a viewer: first of all that its session's stream is asked for, so that what is seldom needed
    /// can be drawn anew instead of being kept.
    struct Nature {
        uint8_t device = 0;  ///< options of the population's plan
        uint8_t access = 0;
        uint32_t trace = 0;
        TimeNs offset_ns = 0;  ///< into the trace
        float access_scale = 1;
        uint32_t access_rtt_ns = 0;
        TimeNs startup_patience_ns = kNever;
        TimeNs stall_patience_ns = kNever;
    };
    Nature draw_nature(const PopulationPlan& plan, RandomStream& random) const;
    Nature nature_of(const Viewer& viewer) const;
    uint32_t dress(Viewer& viewer, const PopulationPlan& plan, RandomStream& random, TimeNs now);
    void draw_action(Viewer& viewer, TimeNs now);
    void viewer_event(const Seat& seat, TimeNs now);
    bool step_viewer(const Seat& seat, TimeNs now);
    void ask_player(const Seat& seat, TimeNs now);
    void titles_end(Viewer& viewer);
    void act(const Seat& seat, TimeNs now);
    void timer_rings(const Seat& seat, TimeNs now);
    void watch_if_slow(const Seat& seat, TimeNs now);
    bool is_slow(const Seat& seat) const { return seat.config.abandons && seat.flight.done_ns > slow_from(seat); }
    TimeNs slow_from(const Seat& seat) const {
        return seat.viewer.asked_ns + TimeNs(kSlowSegments * double(seat.config.segment_ns));
    }
    /// Whether its looks can be foreseen: undisturbed, it comes in as it was predicted to when it began.
    bool is_foreseen(const Seat& seat) const {
        return seat.viewer.fetching == Fetching::Receives && !tracking_ && !seat.flight.has_history;
    }
    TimeNs next_look(const Seat& seat, TimeNs from) const;
    TimeNs telling_look(const Seat& seat, TimeNs from) const;
    TimeNs doubtful_look(const Seat& seat, TimeNs look, TimeNs now, const player::Received& so_far) const;
    player::Received received_by(const Seat& seat, TimeNs now, uint64_t bits) const;
    int gives_up_for(const Seat& seat, TimeNs now, const player::Received& so_far) const;
    void look_at_slow_segment(const Seat& seat, TimeNs now);
    void segment_arrived(const Seat& seat, TimeNs now);
    void tell_player(const Seat& seat, TimeNs arrived);
    TimeNs segment_in_flight_ns(const Seat& seat) const;
    void land(const Seat& seat);
    bool arrives_unattended(const Seat& seat, TimeNs& wakes) const;
    void request_failed(const Seat& seat, TimeNs now);
    void drop_request(const Seat& seat, TimeNs now);
    void leave(const Seat& seat, TimeNs now, Departure departure);
    void reschedule(const Seat& seat);
    TimeNs leave_time(const Viewer& viewer, TimeNs horizon) const;
    const DeviceOption& device_of(const Viewer& v) const { return world_.populations[v.population].devices[v.device]; }
    const player::Config& config_of(const Viewer& v) const { return device_of(v).config; }
    RandomStream behaviour(Viewer& viewer) const;
    uint64_t who(const Viewer& viewer) const { return uint64_t(id_) << 32 | viewer.session; }
    const AccessOption& access_of(const Viewer& v) const { return world_.populations[v.population].access[v.access]; }
    TimeNs request_timeout(const Viewer& v) const { return world_.populations[v.population].request_timeout_ns; }

    // site_sessions.cpp: what viewers say to the services of their region, where the scenario has any
    TimeNs way_to_region(const Viewer& viewer) const;
    uint32_t region_process(const Viewer& viewer) const;
    void open_session(const Seat& seat, TimeNs now);
    void session_answered(const Message& message);
    void end_session(const Seat& seat, TimeNs now);

    // site_requests.cpp, site_inline.hpp: from a player's wish to an answer
    void submit(const Seat& seat, uint32_t segment, uint8_t rung, TimeNs now);
    void steer(Viewer& viewer, TimeNs now, uint32_t excluded);
    cdn::SiteDirectory::Choice choose_site(const Viewer& viewer, uint32_t excluded) const;
    void connect(Viewer& viewer, TimeNs last_byte, TimeNs now);
    void set_path(Viewer& viewer, float access_scale, double server_loss) const;
    void set_loss(network::Path& path, float scale, float access_loss, double server_loss) const;
    void ask_here(const Seat& seat, cdn::CacheNode::Waiter waiter, cdn::ObjectKey key, uint32_t size, TimeNs now);
    void ask_afar(const Seat& seat, cdn::ObjectKey key);
    void answer_viewer(const Seat& seat, TimeNs first_byte);
    void from_afar(const Message& message);

    // site_service.cpp: requests from other sites, fills
    uint32_t pick_server(uint32_t playable);
    cdn::CacheNode::Answer request_of(uint32_t server, cdn::ObjectKey key, Bytes size, TimeNs now,
                                      cdn::CacheNode::Waiter who);
    uint32_t home_server(uint32_t playable) const { return world_.home_servers[place_.group][playable]; }
    bool dark() const { return dark_; }
    uint32_t take_foreign();
    struct Wish {
        uint32_t playable;
        Bytes size;
    };
    void serve_foreign(const Message& message);
    Wish take_fill(const Payload& asked, TimeNs now, network::Path& path);
    Wish take_viewer(const Payload& asked, network::Path& path);
    bool promise_fill(const Payload& ask, uint32_t site, Flow& flow, network::Path path, TimeNs first_byte);
    void cancel_foreign(const Message& message);
    void start_foreign(uint32_t slot, TimeNs first_byte);
    void send_foreign(uint32_t slot, TimeNs first_byte);
    void foreign_done(uint32_t slot, TimeNs now);
    void refuse_foreign(uint32_t slot, TimeNs now);
    void release_foreign(uint32_t slot);
    void answer_foreign(uint32_t slot, TimeNs now, bool ok);
    void start_fill(uint32_t server, uint32_t fill, uint32_t playable, TimeNs send_at);
    void ask_parent(uint32_t server, uint32_t fill, TimeNs send_at, uint32_t excluded);
    Payload& begin_request(cdn::SiteDirectory::Choice parent, TimeNs send_at, double scale);
    void watch_fills(TimeNs until);
    void fill_alarm(TimeNs now, uint32_t id);
    bool is_awaited(TimeNs due, uint32_t id) const;
    void retry_fill(uint32_t server, uint32_t fill, TimeNs now);
    void arm_waiters(uint32_t server, uint32_t fill);
    bool still_awaits(uint32_t slot, uint32_t request) const {
        return !viewers_[slot].left && viewers_[slot].request == request;
    }
    void fill_reply(const Message& message);
    void end_fill(uint32_t server, uint32_t fill, bool ok, TimeNs now);

    // site_prefill.cpp
    Bytes rendition_bytes(uint32_t playable, uint32_t rung) const;
    std::vector<uint32_t> prefill_order() const;
    std::vector<std::vector<uint32_t>> prefill_choice();
    void insert_playable(uint32_t server, uint32_t playable, TimeNs now);
    void insert_rendition(uint32_t server, uint32_t playable, uint32_t rung, bool evicts, TimeNs now);
    void prefill_at_start();
    void plan_prefill();
    void take_prefill_back(Server& server);
    void continue_prefill(uint32_t server, TimeNs now);
    void prefill_arrived(const Message& message);

    // site_links.cpp, site_inline.hpp: shared links
    struct Route {  ///< whose a flow is and where it goes
        network::Path& path;
        TimeNs from_ns;  ///< first byte
        uint32_t owner;
        uint32_t child_link = network::kNoLink;
    };
    Route route_of_viewer(const Seat& seat) { return {seat.viewer.path, seat.viewer.reaches_ns, seat.slot}; }
    uint32_t child_link_of(const ForeignFlow& foreign) const {
        return foreign.is_fill() ? child_link_[foreign.site] : network::kNoLink;
    }
    Route route_of_foreign(uint32_t slot) {
        ForeignFlow& foreign = foreign_[slot];
        return {foreign.path, foreign.from_ns, slot | kForeignOwner, child_link_of(foreign)};
    }
    Flow& flow_of(uint32_t owner) {
        return owner & kForeignOwner ? foreign_[owner & ~kForeignOwner].flow : viewers_[owner].flight;
    }
    void start_flow(Flow& flow, const Route& route);
    void end_flow(Flow& flow, const Route& route);
    void cut_flow(Flow& flow, const Route& route, TimeNs now);
    void predict(Flow& flow, const Route& route, uint64_t bits);
    void book(Flow& flow, uint32_t slot, uint64_t bits);
    void unbook(Flow& flow, uint32_t slot);
    void add_to_books(Flow& flow, Kbps load, int64_t tick);
    static TickBooks::OfServer given_back_by(const Flow& flow, Kbps load) {
        return {flow.bytes, load, flow.from_disk ? load : 0, 1};
    }
    void settle_books();
    void settle_all_books();
    void give_back(uint32_t server, const TickBooks::OfServer& sums);
    void enter_load(const Flow& flow, Kbps load, uint32_t child_link, bool adds);
    Kbps set_load(Flow& flow, double kbps) {
        Kbps& load = flow.has_history ? tracked_.rest(flow.place).load_kbps : flow.load_kbps;
        return load = Kbps(std::min(kbps, 4e9));
    }
    Kbps load_of(const Flow& flow) const {
        return flow.has_history ? tracked_.rest(flow.place).load_kbps : flow.load_kbps;
    }
    uint32_t link_set_of(const Flow& flow, uint32_t child_link) const;
    uint64_t arrived(const Flow& flow, const Route& route, TimeNs now) const;
    void track(Flow& flow, const Route& route, TimeNs from, uint64_t left_bits);
    void forget_history(Flow& flow) {
        if (flow.has_history) tracked_.release(flow.place);
        flow.has_history = false;
    }
    void want_tick(TimeNs now);
    void tick(TimeNs now);
    void begin_tracking(TimeNs now);
    bool track_from_now(Flow& flow, const Route& route, TimeNs now);
    void end_tracking();
    void announce_end(uint32_t owner);
    void prefetch_owner(uint32_t owner);
    bool gather_tracked(TimeNs now);
    void grant_shares(TimeNs now);

    // site_faults.cpp
    void fault_change(uint32_t index, TimeNs now);
    void refresh_conditions(TimeNs now);
    void server_dies(uint32_t server, TimeNs now);

    static constexpr uint16_t kNoServer = UINT16_MAX;
    static constexpr uint32_t kForeignOwner = 1u << 31;
    static cdn::CacheNode::Waiter waiter_of(uint32_t slot, uint32_t request) { return uint64_t(request) << 32 | slot; }

    const World& world_;
    const scenario::NodeGroup& group_;
    const uint32_t id_;
    const SitePlace& place_;
    const network::TraceRow* rows_;
    engine::WindowQueue queue_;
    engine::Alarms alarms_;           ///< time-outs of answers to viewers, which nearly always come in time
    TimeNs fills_watched_until_ = 0;  ///< time-outs of fills before this are in the queue
    Inbox inbox_;
    Outbox outbox_;
    const std::vector<cdn::SiteStatus>* table_;
    TimeNs now_ = 0;  ///< of the event or message being handled

    // servers
    std::vector<Server> servers_;
    std::vector<uint8_t> server_up_;
    bool all_up_ = true;
    int lookup_steps_ = 0;  ///< of prefetching a look-up
    PagedArray<ForeignFlow> foreign_{PageSize{4}};  ///< few PoPs have any
    std::vector<uint32_t> free_foreign_;

    // links: [0] the site's uplink, [1 + s] NIC of server s, [1 + S + s] its disks, then the paths to children
    std::vector<SharedLink> links_;
    std::vector<uint32_t> child_link_;         ///< by site; kNoLink where the path has no limit
    std::vector<network::LinkSet> link_sets_;  ///< see link_set_of()
    TickBooks books_;
    bool tracking_ = false;
    TimeNs calm_ns_ = 0;  ///< for how long tracking has seen no link near its capacity
    bool tick_wanted_ = false;
    TimeNs tick_at_ = kNever;
    TrackedFlows tracked_;  ///< tracked responses, and those that were and go on
    network::FairShare fair_share_;
    std::vector<network::SharedFlow> offers_;  ///< of the tracked in a tick
    std::vector<uint64_t> capacities_;         ///< of the links in a tick, in bits
    std::vector<uint64_t> link_bits_;          ///< asked of each link in the tick; later, granted
    std::vector<uint64_t> set_bits_;           ///< asked of the links of each set
    bool contended_ = false;                   ///< a link cannot carry all that is asked of it in the tick
    struct Ended {
        TimeNs at_ns;
        uint32_t owner;
    };
    std::vector<Ended> ended_;      ///< within the tick
    std::vector<uint32_t> slowed_;  ///< viewers whose segments will be late at the pace of the tick

    // faults
    std::vector<uint8_t> fault_active_;
    TimeNs next_fault_ns_ = kNever;                    ///< when one begins or ends
    faults::Condition condition_;                      ///< of the whole site
    bool dark_ = false;                                ///< nobody answers here
    std::vector<faults::Condition> server_condition_;  ///< of each server, what the site suffers included
    faults::Condition path_condition_;                 ///< of the way to its parents

    // viewers
    std::vector<Stream> streams_;
    PagedArray<Viewer> viewers_;
    std::vector<uint32_t> free_slots_;
    uint32_t viewer_count_ = 0;
    uint32_t sessions_ = 0;

    // books
    Recorder* recorder_ = nullptr;  ///< of the worker that advances this site now
    RegionStep step_;
    GroupStep group_step_;
    cdn::NodeCounters counted_;  ///< counters at the start of the step
    uint32_t step_number_ = 0;
    TimeNs step_end_ = 0;
    uint32_t peak_number_ = 0;
    TimeNs peak_end_ = kPeakWindow;
    Bytes ended_bytes_ = 0;          ///< sent by responses that are over
    Bytes ended_before_window_ = 0;  ///< of them, before the running peak window
    Bytes ended_most_ = 0;           ///< in one peak window: for the digest
    Bytes sent_before_step_ = 0;     ///< see sent_until()
    Bytes sent_before_window_ = 0;
    TimeNs saturated_ns_ = 0;
    TimeNs warmup_end_ = kNever;  ///< kNever once it is over, or where there is none
    struct {
        cdn::NodeCounters counters;
        TimeNs saturated_ns = 0;
    } warmup_;  ///< what it saw
    uint64_t events_ = 0;
    Digest digest_;
};

}  // namespace matinee::world
