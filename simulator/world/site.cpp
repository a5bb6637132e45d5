#include "simulator/world/site.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "system/memory/prefetch.hpp"

namespace matinee::world {

namespace {
// How far ahead memory is asked for: in batches, because the processor only overlaps requests that are close together.
constexpr size_t kBatch = 32;  // events
constexpr size_t kMessageBatch = 12;

/// At the busiest.
double expected_viewers(const World& world, uint32_t site) {
    double viewers = 0;
    for (uint32_t p = 0; p < world.populations.size(); ++p) {
        const auto& homes = world.topology.homes[p].sites;
        if (std::find(homes.begin(), homes.end(), site) != homes.end())
            viewers += world.scenario.arrivals.viewers * world.populations[p].spec->share / double(homes.size());
    }
    return viewers;
}

}  // namespace

Site::Site(const World& world, uint32_t id, const std::vector<cdn::SiteStatus>* table)
    : world_(world),
      group_(world.scenario.cdn.nodes[world.topology.sites[id].group]),
      id_(id),
      place_(world.topology.sites[id]),
      rows_(world.traces.rows().data()),
      queue_(world.topology.window_ns, expected_viewers(world, id)),
      inbox_(world.topology.window_ns),
      outbox_(id),
      table_(table),
      books_(group_.servers, world.scenario.cdn.settle_tick),
      fault_active_(world.scenario.faults.size(), 0),
      viewers_(PageSize::for_about<Viewer>(expected_viewers(world, id))),
      step_end_(world.shape.sample),
      warmup_end_(world.shape.warmup > 0 ? world.shape.warmup : kNever) {
    build_servers();
    build_links();
    const auto changes = world_.faults.at_site(id_);
    if (!changes.empty()) next_fault_ns_ = changes.front().at;
    for (uint32_t i = 0; i < changes.size(); ++i)
        if (changes[i].at < world_.shape.duration) queue_.push(changes[i].at, kFault, i);
    queue_.push(0, kHousekeeping, kTelemetry);
    prefill_at_start();
    plan_prefill();
    start_streams();
}

void Site::build_servers() {
    for (uint32_t s = 0; s < group_.servers; ++s) {
        RandomStream admission(world_.scenario.seed, Purpose::Admission, id_, s);
        servers_.push_back(Server{cdn::CacheNode(world_.nodes[place_.group], world_.keys, admission), {}, {}, {}, -1});
    }
    lookup_steps_ = servers_.front().node.prefetch_steps();
    server_up_.assign(group_.servers, 1);
    server_condition_.resize(group_.servers);
}

void Site::build_links() {
    const uint64_t servers = group_.servers;
    links_.resize(1 + 2 * servers);
    links_[0].nominal_kbps = group_.uplink_kbps;
    for (uint32_t s = 0; s < servers; ++s) {
        links_[1 + s].nominal_kbps = group_.nic_kbps;
        links_[1 + servers + s].nominal_kbps = group_.disk_kbps;
    }
    child_link_.assign(world_.topology.site_count(), network::kNoLink);
    for (const scenario::Link& link : world_.scenario.cdn.links) {
        if (link.to != place_.group || link.bandwidth_kbps == 0) continue;
        for (uint32_t c = world_.topology.first_site[link.from]; c < world_.topology.first_site[link.from + 1]; ++c) {
            child_link_[c] = uint32_t(links_.size());
            links_.push_back({link.bandwidth_kbps, 0, 0});
        }
    }
    const uint32_t children = uint32_t(links_.size() - 1 - 2 * servers);
    for (uint32_t child = 0; child <= children; ++child)
        for (uint32_t s = 0; s < servers; ++s)
            for (const bool from_disk : {false, true})
                link_sets_.push_back({0, 1 + s, from_disk ? uint32_t(1 + servers + s) : network::kNoLink,
                                      child > 0 ? uint32_t(2 * servers + child) : network::kNoLink});
    // A link without a limit is one that nothing can fill.
    for (SharedLink& link : links_) {
        if (link.nominal_kbps == 0) link.nominal_kbps = UINT64_MAX / 1024;
        link.capacity_kbps = link.nominal_kbps;
    }
}

// What the next events will touch is brought near in two steps: those whom they concern, and what these will look up,
// which takes a look at what the first step has brought. (Messages take three.) The first of `count` events or messages
// is `first` places after the next one.
void Site::prefetch_viewers(size_t first, size_t count) {
    queue_.look_ahead(first, count, [this](const engine::Event& event) {
        if (event.kind == kViewer) {
            prefetch_all_of(viewers_[event.id]);
        } else if (event.kind == kForeign) {
            prefetch_all_of(foreign_[event.id]);
        }
    });
}

void Site::prefetch_lookups(size_t first, size_t count) {
    std::array<cdn::ObjectKey, kBatch> keys;
    size_t looked_up = 0;
    queue_.look_ahead(first, std::min(count, kBatch), [&](const engine::Event& event) {
        if (event.kind != kViewer) return;
        cdn::ObjectKey& key = keys[looked_up];
        if (!prefetch_way(event.id, key)) return;
        if (servers_.size() == 1) {
            ++looked_up;
        } else {
            servers_[home_server(viewers_[event.id].playable)].node.prefetch(key, 0);
        }
    });
    if (looked_up == 0) return;
    servers_.front().node.prefetch_leaving(1);
    servers_.front().node.prefetch_all(std::span(keys.data(), looked_up));
}

/// A viewer's link, or what a tick knows of it; true with what it will look up, if anything, at its rung of now.
bool Site::prefetch_way(uint32_t slot, cdn::ObjectKey& key) {
    const Viewer& viewer = viewers_[slot];
    if (viewer.site != id_) return false;
    if (viewer.flight.has_history) {
        tracked_.prefetch(viewer.flight.place);
        if (viewer.flight.done_ns == kNever) return false;  // its player will only see how far it is
    }
    network::prefetch_rows(rows_, viewer.path.cursor);
    const uint32_t segment = viewer.player.next_segment() + (viewer.fetching == Fetching::Receives);
    if (segment >= viewer.player.segments()) return false;
    key = world_.key_of(viewer.playable, viewer.flight.rung, segment);
    return true;
}

void Site::prefetch_messages(size_t first, size_t count, int step) {
    for (const size_t past = std::min(first + count, inbox_.in_sight()); first < past; ++first)
        prefetch_message(inbox_.upcoming(first).payload, step);
}

void Site::prefetch_message(const Payload& payload, int step) {
    if (payload.kind == Payload::Kind::FillReply) {
        if (!payload.bulk) prefetch_fill(payload.fill.server, payload.number, step);
    } else if (payload.kind == Payload::Kind::FillRequest && step < lookup_steps_) {
        const uint32_t server = servers_.size() == 1 ? 0 : home_server(payload.fill.playable);
        servers_[server].node.prefetch(payload.key, step);
    }
}

/// A fill, then who waits for it, then that one's link.
void Site::prefetch_fill(uint32_t s, uint32_t number, int step) {
    const Server& server = servers_[s];
    if (number >= server.fills.size()) return;
    if (step == 0) {
        matinee::prefetch(&server.fills[number]);
        return server.node.prefetch_fill(number, 0);
    }
    if (!server.node.fill(number).open) return;
    const auto slot = uint32_t(server.node.first_waiter(number));
    if (step == 2) {
        if ((slot & kForeignOwner) == 0) network::prefetch_rows(rows_, viewers_[slot].path.cursor);
        return;
    }
    server.node.prefetch_fill(number, 1);
    if (slot & kForeignOwner) return prefetch_all_of(foreign_[slot & ~kForeignOwner]);
    prefetch_all_of(viewers_[slot]);
}

void Site::advance(TimeNs end, Recorder& recorder) {
    recorder_ = &recorder;
    open_window(end);
    TimeNs boundary = next_boundary();
    size_t handled = 0;
    size_t read = 0;
    for (;;) {
        const TimeNs message_at = inbox_.next_time();
        const TimeNs pause = std::min(boundary, end);
        const TimeNs limit = std::min(message_at, pause);
        engine::Event event;
        while (queue_.pop(limit, event)) {
            if (handled++ % kBatch == 0 && queue_.in_sight() >= kBatch) {
                prefetch_lookups(kBatch, kBatch);
                prefetch_viewers(2 * kBatch, kBatch);
            }
            handle(event);
        }
        if (message_at < pause) {
            ++events_;
            if (read++ % kMessageBatch == 0 && inbox_.in_sight() > kMessageBatch) {
                prefetch_messages(kMessageBatch, kMessageBatch, 2);
                prefetch_messages(2 * kMessageBatch, kMessageBatch, 1);
                prefetch_messages(3 * kMessageBatch, kMessageBatch, 0);
                inbox_.prefetch(4 * kMessageBatch, kMessageBatch);
            }
            handle(inbox_.peek());
            inbox_.pop();
        } else {
            if (pause == end) break;
            cross(boundary);
            boundary = next_boundary();
        }
    }
    recorder.events += events_;
    events_ = 0;
}

/// When something of the site as a whole is to be settled before anything else happens.
TimeNs Site::next_boundary() const { return std::min({step_end_, peak_end_, warmup_end_, books_.due_ns()}); }

void Site::cross(TimeNs boundary) {
    if (boundary == step_end_) close_step(boundary, viewer_count_);
    if (boundary == peak_end_) close_peak_window(boundary);
    if (boundary == warmup_end_) end_warmup(boundary);
    if (boundary == books_.due_ns()) settle_books();
}

void Site::open_window(TimeNs end) {
    inbox_.open(end);
    alarms_.open(
        end, [this](uint32_t slot) { matinee::prefetch(&viewers_[slot].flight); },
        [this](TimeNs time, uint32_t slot) {
            if (viewers_[slot].flight.due_ns == time) queue_.push(time, kViewer, slot);
        });
    if (end > fills_watched_until_) [[unlikely]]
        watch_fills(end);
}

void Site::prepare(TimeNs end, uint32_t distance) {
    switch (distance) {
        case 6:
            prefetch_all_of(*this);
            prefetch_all_of(servers_.front());
            break;
        case 5:
            queue_.approach(0);
            matinee::prefetch(links_.data());
            break;
        case 4:
            queue_.approach(1);
            open_window(end);
            inbox_.prefetch(0, 4 * kMessageBatch);
            break;
        case 3:
            queue_.prepare(end);
            servers_.front().node.prefetch_leaving(0);
            prefetch_viewers(0, 2 * kBatch);
            prefetch_messages(0, 3 * kMessageBatch, 0);
            break;
        case 2:
            prefetch_messages(0, 2 * kMessageBatch, 1);
            break;
        default:
            prefetch_lookups(0, kBatch);
            prefetch_messages(0, kMessageBatch, 2);
    }
}

void Site::handle(const engine::Event& event) {
    ++events_;
    now_ = event.time;
    switch (event.kind) {
        case kFault:
            return fault_change(event.id, event.time);
        case kHousekeeping:
            return housekeeping(event.id, event.time);
        case kArrival:
            return arrive(event.id, event.time);
        case kFill:
            return fill_alarm(event.time, event.id);
        case kForeign:
            if (foreign_[event.id].due_ns == event.time) return foreign_done(event.id, event.time);
            break;
        case kViewer: {
            const Seat seat = seat_of(event.id);
            if (seat.flight.due_ns == event.time) return viewer_event(seat, event.time);
            break;
        }
        default:
            break;
    }
    --events_;  // stale
}

void Site::handle(const Message& message) {
    now_ = message.time;
    switch (message.payload.kind) {
        case Payload::Kind::FillRequest:
        case Payload::Kind::ViewerRequest:
            return serve_foreign(message);
        case Payload::Kind::FillReply:
            return message.payload.bulk ? prefill_arrived(message) : fill_reply(message);
        case Payload::Kind::ViewerStarted:
        case Payload::Kind::ViewerDone:
        case Payload::Kind::ViewerRefused:
            return from_afar(message);
        case Payload::Kind::ViewerCancel:
            return cancel_foreign(message);
        case Payload::Kind::Table:
            table_ = message.payload.table;
            return;
        case Payload::Kind::SessionGranted:
        case Payload::Kind::SessionRefused:
            return session_answered(message);
        case Payload::Kind::Status:
        case Payload::Kind::SessionOpens:
        case Payload::Kind::SessionEnds:
            return;  // for control planes only
    }
}

void Site::housekeeping(uint32_t what, TimeNs now) {
    if (what == kTelemetry) {
        send_status(now);
        queue_.push(now + world_.scenario.cdn.steering.telemetry, kHousekeeping, kTelemetry);
    } else if (what == kTick) {
        if (now == tick_at_) tick(now);
    } else {
        continue_prefill(what - kPrefill, now);
    }
}

void Site::send_status(TimeNs now) {
    if (dark()) return;
    uint64_t load = 0;
    uint64_t capacity = 0;
    for (uint32_t s = 0; s < servers_.size(); ++s) {
        load += links_[1 + s].load_kbps;
        if (server_up_[s]) capacity += links_[1 + s].capacity_kbps;
    }
    capacity = std::min(capacity, links_[0].capacity_kbps);
    Payload status;
    status.kind = Payload::Kind::Status;
    status.has_room = double(load) <= double(capacity) * world_.scenario.cdn.steering.room;
    outbox_.send(now + world_.topology.control_one_way_ns, world_.topology.control_process(), status);
}

void Site::close_step(TimeNs now, uint32_t viewers) {
    const cdn::NodeCounters total = counters();
    step_.viewers = viewers;
    recorder_->region_step(step_number_, place_.region).merge(step_);
    group_step_.requests = total.requests - counted_.requests;
    group_step_.hits = total.hits + total.coalesced - counted_.hits - counted_.coalesced;
    group_step_.misses = total.misses - counted_.misses;
    group_step_.rejected = total.rejected - counted_.rejected;
    group_step_.hit = total.hit_bytes + total.coalesced_bytes - counted_.hit_bytes - counted_.coalesced_bytes;
    group_step_.forwarded = total.forwarded_bytes - counted_.forwarded_bytes;
    group_step_.egress = sent_since(sent_before_step_, now);
    group_step_.saturated_sites = tracking_ && calm_ns_ == 0;
    recorder_->group_step(step_number_, place_.group).merge(group_step_);
    counted_ = total;
    step_ = {};
    group_step_ = {};
    ++step_number_;
    step_end_ = std::min(now + world_.shape.sample, world_.shape.duration);
    if (step_end_ == now) step_end_ = kNever;
}

void Site::close_peak_window(TimeNs now) {
    recorder_->peak_window(peak_number_, id_, sent_since(sent_before_window_, now));
    ended_most_ = std::max(ended_most_, ended_bytes_ - ended_before_window_);
    ended_before_window_ = ended_bytes_;
    ++peak_number_;
    peak_end_ = now + kPeakWindow;
}

void Site::end_warmup(TimeNs now) {
    warmup_end_ = kNever;
    warmup_ = {counters(), saturated_ns_};
    sent_since(sent_before_window_, now);  // is left out of the running window
}

/// All that has left the site: by responses that are over, and by those on their way, of which the sum counts and not
/// each. It is asked for at the ends of steps and windows only, so that a response costs nothing for it. The books hold
/// responses whole from when their ends are known until their ticks.
Bytes Site::sent_until(TimeNs now) {
    Bytes sent = ended_bytes_ + books_.bytes();
    constexpr uint32_t ahead = 16;
    for (uint32_t slot = 0; slot < viewers_.size(); ++slot) {
        if (slot + ahead < viewers_.size()) {
            matinee::prefetch(&viewers_[slot + ahead].flight);
            matinee::prefetch(&viewers_[slot + ahead].reaches_ns);
        }
        const Flight& flight = viewers_[slot].flight;
        if (!flight.active) continue;
        const bool over = flight.done_ns <= now;
        if (over && flight.booked) continue;
        const bool in_books = flight.booked && !flight.far && flight.done_ns < world_.shape.duration;
        sent += over ? flight.bytes : sent_of(flight, viewers_[slot].reaches_ns, now);
        if (in_books) sent -= flight.bytes;
    }
    for (uint32_t slot = 0; slot < foreign_.size(); ++slot) {
        const Flow& flow = foreign_[slot].flow;
        if (!flow.active) continue;
        sent += flow.done_ns <= now ? flow.bytes : sent_of(flow, foreign_[slot].from_ns, now);
    }
    return sent;
}

/// What a response that goes on has sent; its first byte came at `from`.
Bytes Site::sent_of(const Flow& flow, TimeNs from, TimeNs now) const {
    const uint64_t all = flow.bytes * 8;
    if (!flow.has_history) return network::evenly_arrived_bits(from, flow.done_ns, all, now) / 8;
    const uint64_t left = tracked_.left_bits(flow.place);
    const uint64_t before = all - left;
    if (tracking_) return before / 8;
    const TimeNs tracked_until = tracked_.rest(flow.place).from_ns;
    return (before + network::evenly_arrived_bits(tracked_until, flow.done_ns, left, now)) / 8;
}

/// What has left since the mark was set, and sets it anew. What of a response has arrived may be a bit less once a link
/// is full than was foreseen.
Bytes Site::sent_since(Bytes& mark, TimeNs now) {
    const Bytes before = mark;
    mark = std::max(mark, sent_until(now));
    return mark - before;
}

void Site::finish(TimeNs end, Recorder& recorder) {
    recorder_ = &recorder;
    const uint32_t viewers_at_end = viewer_count_;
    for (uint32_t slot = 0; slot < viewers_.size(); ++slot) {
        if (viewers_[slot].left) continue;
        if (viewers_[slot].flight.landed(end)) land(seat_of(slot));
        drop_request(seat_of(slot), end);
        leave(seat_of(slot), end, Departure::CutByEnd);
    }
    settle_all_books();
    cut_everything(end);
    if (warmup_end_ != kNever) end_warmup(end);
    if (step_end_ != kNever) close_step(end, viewers_at_end);
    close_peak_window(end);
    recorder.sessions += sessions_;
    const cdn::NodeCounters total = counters();
    for (const uint64_t word : {total.requests, total.hits, total.coalesced, total.misses, total.rejected,
                                total.hit_bytes, total.coalesced_bytes, total.forwarded_bytes, total.cancelled_bytes,
                                total.prefill_bytes, ended_most_, uint64_t(saturated_ns_)})
        digest_.add(word);
}

/// What was on its way to other sites, or waited for, has not been sent.
void Site::cut_everything(TimeNs end) {
    for (uint32_t slot = 0; slot < foreign_.size(); ++slot)
        if (foreign_[slot].flow.active) cut_flow(foreign_[slot].flow, route_of_foreign(slot), end);
    for (Server& server : servers_) server.node.crash();
}

cdn::NodeCounters Site::counters() const {
    cdn::NodeCounters total;
    for (const Server& server : servers_) total.add(server.node.counters);
    return total;
}

uint64_t Site::cache_metadata_bytes() const {
    uint64_t bytes = 0;
    for (const Server& server : servers_) bytes += server.node.metadata_bytes();
    return bytes;
}

uint64_t Site::viewer_memory_bytes() const {
    return viewers_.memory_bytes() + free_slots_.capacity() * 4 + queue_.memory_bytes() + books_.memory_bytes() +
           alarms_.memory_bytes() + foreign_.memory_bytes() + inbox_.memory_bytes();
}

}  // namespace matinee::world
