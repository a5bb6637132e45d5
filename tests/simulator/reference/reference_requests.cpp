// Requests of viewers, of other sites, and of this site's servers to those above them.
#include <algorithm>

#include "tests/simulator/reference/reference_world.hpp"

namespace matinee::reference {

using Answer = cdn::CacheNode::Answer::Kind;

void Site::submit(uint32_t slot, uint32_t segment, uint8_t rung) {
    Viewer& viewer = viewers_.at(slot);
    ++totals.segments;
    if (now() - viewer.steered_ns >= scenario().cdn.steering.ttl) steer(viewer, kNobody);
    Request request;
    request.ticket = numbers_++;
    request.rung = rung;
    request.bytes = model().library.segment_bytes(viewer.playable, rung, segment);
    request.asked_ns = now();
    request.reaches_ns = connect(viewer);
    viewer.request = request;
    viewer.timer_ns = now() + timeout_of(viewer);
    const cdn::ObjectKey key = model().key_of(viewer.playable, rung, segment);
    tickets_[request.ticket] = {false, slot};
    if (viewer.site == id_) return ask_here(slot, key);
    Ask ask;
    ask.purpose = Ask::For::Viewer;
    ask.from = id_;
    ask.number = request.ticket;
    ask.playable = viewer.playable;
    ask.key = key;
    ask.size = request.bytes;
    ask.one_way_ns = viewer.path.rtt_ns / 2;
    ask.path = viewer.path;
    ask.access_scale = viewer.access_scale;
    ask.access_loss = viewer.access_loss;
    const auto there = viewer.site;
    all_.send(id_, there, request.reaches_ns, [this, there, ask] { all_.site(there).ask_arrives(ask); });
}

/// Home if it is up and has room, else the nearest other that does, else home if it is up, else any that is.
void Site::steer(Viewer& viewer, uint32_t excluded) {
    using Policy = scenario::Steering::Policy;
    const Policy policy = scenario().cdn.steering.policy;
    viewer.steered_ns = now();
    viewer.site = id_;
    viewer.extra_rtt_ns = 0;
    if (policy == Policy::Home) return;
    const cdn::SiteStatus& home = (*table_)[id_];
    const bool home_is_up = home.up && excluded != id_;
    if (home_is_up && (home.has_room || policy == Policy::Nearest)) return;
    const auto choice =
        model().topology.edges[id_].choose(*table_, mix64(viewer.who), excluded, policy == Policy::NearestWithRoom);
    if (choice.site == kNobody) return;
    if (home_is_up && !(*table_)[choice.site].has_room) return;
    viewer.site = choice.site;
    viewer.extra_rtt_ns = 2 * choice.one_way_ns;
}

/// Readies the connection; returns when the request will be at the server.
TimeNs Site::connect(Viewer& viewer) {
    const scenario::Transport& transport = scenario().transport;
    const TimeNs rtt = std::min(viewer.access_rtt_ns + viewer.extra_rtt_ns, 4 * kSecond);
    const TimeNs idle = now() - viewer.last_byte_ns;
    const bool is_new = viewer.connected_site != viewer.site || idle > transport.keep_alive;
    viewer.connected_site = viewer.site;
    viewer.path.rtt_ns = uint32_t(rtt);
    if (is_new) {
        viewer.path.window_bytes = transport.initial_window_bytes;
    } else if (transport.idle_restart > 0) {
        for (TimeNs i = 0; i < std::min<TimeNs>(idle / transport.idle_restart, 31); ++i) viewer.path.window_bytes /= 2;
        viewer.path.window_bytes = std::max(viewer.path.window_bytes, transport.initial_window_bytes);
    }
    return now() + (is_new ? TimeNs(transport.setup_rtts * double(rtt)) : 0) + rtt / 2;
}

/// What the losses on a viewer's link and at a server together leave of the link.
void Site::set_loss(network::Path& path, float scale, float access_loss, double server_loss) const {
    const double loss = 1 - (1 - double(access_loss)) * (1 - server_loss);
    path.scale = float(double(scale) * (1 - loss));
    path.limit_kbps = UINT32_MAX;
    if (loss > 0 && scenario().transport.congestion == scenario::Transport::Congestion::Cubic)
        path.limit_kbps = Kbps(
            std::clamp(double(network::cubic_limit_kbps(loss, path.rtt_ns)) / double(path.scale), 1.0, 4e9));
}

/// The server with the least excuse: consistent hashing with bounded loads.
uint32_t Site::pick_server(uint32_t playable) const {
    if (nodes_.size() == 1) return 0;
    std::vector<uint64_t> loads;
    for (uint32_t s = 0; s < nodes_.size(); ++s) loads.push_back(load_of(1 + s));
    return ring_->pick(mix64(playable), loads, up_, group_->load_bound);
}

void Site::ask_here(uint32_t slot, cdn::ObjectKey key) {
    Viewer& viewer = viewers_.at(slot);
    Request& request = *viewer.request;
    if (dark()) return;
    request.server = pick_server(viewer.playable);
    const faults::Condition& condition = server_condition_[request.server];
    set_loss(viewer.path, viewer.access_scale, viewer.access_loss, condition.loss);
    const auto answer = nodes_[request.server].request(key, request.bytes, now(), request.ticket);
    request.from_disk = answer.from_disk;
    if (answer.kind == Answer::Serve) {
        answer_viewer(slot, request.reaches_ns + answer.latency_ns + condition.added_latency + viewer.path.rtt_ns / 2);
    } else if (answer.kind == Answer::Fill) {
        start_fill(request.server, answer.fill, viewer.playable, request.reaches_ns);
    } else if (answer.kind == Answer::Refuse) {
        request.state = Request::State::Refused;
        viewer.timer_ns = request.reaches_ns + viewer.path.rtt_ns / 2;
    }
}

void Site::answer_viewer(uint32_t slot, TimeNs first_byte) {
    Viewer& viewer = viewers_.at(slot);
    Request& request = *viewer.request;
    request.state = Request::State::Receives;
    request.reaches_ns = first_byte;
    Flow flow;
    flow.from_ns = first_byte;
    flow.bytes = request.bytes;
    flow.server = request.server;
    flow.from_disk = request.from_disk;
    flow.path = viewer.path;
    start_flow({false, slot}, flow);
    viewer.timer_ns = kNever;
    watch_if_slow(slot);
}

TimeNs Site::late_ns(const Viewer& viewer) const {
    return viewer.request->asked_ns + TimeNs(1.8 * double(config_of(viewer).segment_ns));
}

/// A download of more than 1.8 segment durations is looked at from time to time.
void Site::watch_if_slow(uint32_t slot) {
    Viewer& viewer = viewers_.at(slot);
    const TimeNs end = flows_.at({false, slot}).end_ns;
    if (!config_of(viewer).abandons || viewer.timer_ns != kNever || end == kNever || end <= late_ns(viewer)) return;
    viewer.timer_ns = std::max(now(), viewer.request->reaches_ns + 500 * kMillisecond);
}

/// Or one that would take so long at the pace of a whole tick.
void Site::watch_if_slowed(FlowId id, uint64_t granted) {
    const Flow& flow = flows_.at(id);
    const TimeNs step = scenario().cdn.settle_tick;
    if (id.first || flow.end_ns != kNever || flow.from_ns > now()) return;
    Viewer& viewer = viewers_.at(id.second);
    if (!config_of(viewer).abandons || viewer.timer_ns != kNever) return;
    const TimeNs left = late_ns(viewer) - now() - step;
    if (left > 0 && flow.left_bits * uint64_t(step) <= granted * uint64_t(left)) return;
    viewer.timer_ns = std::max(now() + step, viewer.request->reaches_ns + 500 * kMillisecond);
    schedule(id.second);
}

/// The viewer of ours who holds this ticket, if it still does.
std::optional<uint32_t> Site::slot_of(uint64_t ticket) const {
    const auto found = tickets_.find(ticket);
    if (found == tickets_.end()) return std::nullopt;
    return found->second.second;
}

/// The first byte from another site is there; the last one should be at `last_byte_ns`.
void Site::viewer_is_answered(uint64_t ticket, TimeNs last_byte_ns) {
    const auto slot = slot_of(ticket);
    if (!slot) return;
    Viewer& viewer = viewers_.at(*slot);
    viewer.request->state = Request::State::ReceivesFromAfar;
    viewer.request->reaches_ns = now();
    const TimeNs ends = last_byte_ns < kNever ? std::max(last_byte_ns, now()) : now();
    viewer.timer_ns = ends + timeout_of(viewer);
    schedule(*slot);
}

void Site::viewer_is_served(uint64_t ticket, uint32_t window_bytes) {
    const auto slot = slot_of(ticket);
    if (!slot) return;
    Viewer& viewer = viewers_.at(*slot);
    viewer.path.window_bytes = window_bytes;
    viewer.request->reaches_ns = std::min(viewer.request->reaches_ns, now());
    segment_arrived(*slot);
    schedule(*slot);
}

void Site::viewer_is_refused(uint64_t ticket) {
    const auto slot = slot_of(ticket);
    if (!slot) return;
    request_failed(*slot);
    schedule(*slot);
}

void Site::ask_arrives(const Ask& ask) {
    if (dark()) return;
    uint32_t slot = foreign_slots_;
    if (free_foreign_.empty()) {
        ++foreign_slots_;
    } else {
        slot = free_foreign_.back();
        free_foreign_.pop_back();
    }
    Foreign& foreign = foreign_[slot];
    foreign.ask = ask;
    foreign.ticket = numbers_++;
    foreign.server = pick_server(ask.playable);
    const faults::Condition& condition = server_condition_[foreign.server];
    set_loss(foreign.ask.path, ask.access_scale, ask.access_loss, condition.loss);
    if (ask.purpose != Ask::For::Viewer) foreign.ask.path.cursor.row_start_ns = now();
    tickets_[foreign.ticket] = {true, slot};
    const auto answer = nodes_[foreign.server].request(ask.key, ask.size, now(), foreign.ticket);
    foreign.from_disk = answer.from_disk;
    if (answer.kind == Answer::Serve) {
        answer_foreign(slot, now() + answer.latency_ns + condition.added_latency);
    } else if (answer.kind == Answer::Fill) {
        start_fill(foreign.server, answer.fill, ask.playable, now());
    } else if (answer.kind == Answer::Refuse) {
        reply(slot, false);
    }
}

void Site::answer_foreign(uint32_t slot, TimeNs first_byte) {
    const Foreign& foreign = foreign_.at(slot);
    const Ask& ask = foreign.ask;
    Flow flow;
    flow.from_ns = first_byte;
    flow.bytes = ask.size;
    flow.server = foreign.server;
    flow.from_disk = foreign.from_disk;
    flow.path = ask.path;
    if (ask.purpose != Ask::For::Viewer && link_of_child_.contains(ask.from)) flow.child = ask.from;
    if (ask.purpose == Ask::For::Fill && promise(flow)) return reply(slot, true, flow.end_ns);
    start_flow({true, slot}, flow);
    const TimeNs ends = flows_.at({true, slot}).end_ns;
    end_foreign_at(slot, ends);
    if (ask.purpose != Ask::For::Viewer) return;
    const TimeNs last_byte = ends < kNever ? ends + ask.one_way_ns : kNever;
    all_.send(id_, ask.from, first_byte + ask.one_way_ns, [this, ask, last_byte] {
        all_.site(ask.from).viewer_is_answered(ask.number, last_byte);
    });
}

void Site::end_foreign_at(uint32_t slot, TimeNs time) {
    Foreign& foreign = foreign_.at(slot);
    if (foreign.ends) all_.queue().remove(*foreign.ends);
    foreign.ends.reset();
    if (time >= kNever) return;
    foreign.ends = event(time, Kind::ForeignEnds, slot);
    at(*foreign.ends, [this, slot] { foreign_ends(slot); });
}

void Site::foreign_ends(uint32_t slot) {
    foreign_.at(slot).ends.reset();
    const Flow flow = take_flow({true, slot});
    ended_ += flow.bytes;
    nodes_[flow.server].disconnected();
    foreign_.at(slot).ask.path = flow.path;
    reply(slot, true);
}

void Site::reply(uint32_t slot, bool ok, TimeNs last_byte_ns) {
    const Ask ask = foreign_.at(slot).ask;
    all_.send(id_, ask.from, std::max(now(), last_byte_ns) + ask.one_way_ns, [this, ask, ok] {
        Site& asker = all_.site(ask.from);
        if (ask.purpose == Ask::For::Fill) asker.fill_answered(ask.number, ok);
        if (ask.purpose == Ask::For::Prefill) asker.prefill_answered(ask, ok);
        if (ask.purpose == Ask::For::Viewer && ok) asker.viewer_is_served(ask.number, ask.path.window_bytes);
        if (ask.purpose == Ask::For::Viewer && !ok) asker.viewer_is_refused(ask.number);
    });
    forget_foreign(slot);
}

void Site::forget_foreign(uint32_t slot) {
    const Foreign& foreign = foreign_.at(slot);
    if (foreign.ends) all_.queue().remove(*foreign.ends);
    tickets_.erase(foreign.ticket);
    foreign_.erase(slot);
    free_foreign_.push_back(slot);
}

void Site::cancel_arrives(uint32_t from, uint64_t number) {
    for (const auto& [slot, foreign] : foreign_) {
        if (foreign.ask.purpose != Ask::For::Viewer || foreign.ask.from != from || foreign.ask.number != number) continue;
        if (flows_.contains({true, slot})) {
            cut_flow({true, slot});
            nodes_[foreign.server].disconnected();
        }
        return forget_foreign(slot);
    }
}

void Site::start_fill(uint32_t server, uint32_t number, uint32_t playable, TimeNs send_at) {
    Fill& fill = fills_[{server, number}];
    fill.playable = playable;
    ask_parent({server, number}, send_at, kNobody);
}

/// Asks the nearest parent that is up; without an answer within 5 s another one is asked, or the same if it is the only.
void Site::ask_parent(FillId id, TimeNs send_at, uint32_t excluded) {
    Fill& fill = fills_.at(id);
    fill.ask = numbers_++;
    fill.timeout = event(send_at + 5 * kSecond, Kind::FillTimeout, uint64_t(id.first) << 32 | id.second);
    at(fill.timeout, [this, id] {
        ++totals.fill_timeouts;
        retry_fill(id);
    });
    const cdn::SiteDirectory& parents = model().topology.parents[id_];
    auto parent = parents.choose(*table_, mix64(fill.playable), excluded, false);
    if (parent.site == kNobody) parent = parents.choose(*table_, mix64(fill.playable), kNobody, false);
    if (parent.site == kNobody || path_condition_.down) return;
    fill.parent = parent.site;
    Ask ask;
    ask.number = fill.ask;
    ask.playable = fill.playable;
    ask.key = nodes_[id.first].fill(id.second).key;
    ask.size = nodes_[id.first].fill(id.second).size;
    send_up(ask, parent, send_at, 1);
}

void Site::send_up(Ask ask, cdn::SiteDirectory::Choice parent, TimeNs send_at, double share) {
    ask.from = id_;
    ask.one_way_ns = parent.one_way_ns + path_condition_.added_latency / 2;
    ask.path = model().fill_path;
    ask.access_scale = float(share * path_condition_.rate_factor * (1 - path_condition_.loss));
    all_.send(id_, parent.site, send_at + ask.one_way_ns,
              [this, parent, ask] { all_.site(parent.site).ask_arrives(ask); });
}

/// The third failure is the last.
void Site::retry_fill(FillId id) {
    Fill& fill = fills_.at(id);
    ++fill.attempts;
    if (fill.attempts == 3) return end_fill(id, false);
    ask_parent(id, now(), fill.parent);
}

void Site::fill_answered(uint64_t number, bool ok) {
    const auto found = std::find_if(fills_.begin(), fills_.end(), [&](const auto& fill) { return fill.second.ask == number; });
    if (found == fills_.end()) return;  // an old one
    const FillId id = found->first;
    all_.queue().remove(found->second.timeout);
    ok ? end_fill(id, true) : retry_fill(id);
}

void Site::end_fill(FillId id, bool ok) {
    fills_.erase(id);
    if (!ok) ++totals.fills_failed;
    cdn::CacheNode& node = nodes_[id.first];
    const Bytes size = node.fill(id.second).size;
    node.end_fill(id.second, ok, [&](cdn::CacheNode::Waiter ticket) {
        const auto found = tickets_.find(ticket);
        const bool gone = found == tickets_.end();
        if (gone || !ok) {
            node.disconnected();
            node.counters.cancelled_bytes += size;
        }
        if (gone) return;
        const auto [is_foreign, slot] = found->second;
        if (is_foreign) return ok ? answer_foreign(slot, now()) : reply(slot, false);
        if (ok) {
            const Viewer& viewer = viewers_.at(slot);
            answer_viewer(slot, std::max(now(), viewer.request->reaches_ns) + viewer.path.rtt_ns / 2);
        } else {
            request_failed(slot);
        }
        schedule(slot);
    });
}

}  // namespace matinee::reference
