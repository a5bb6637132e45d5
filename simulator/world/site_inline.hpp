// The way of a request that nothing goes wrong with, from the player's wish to the books of the response: what every
// request passes through, for the compiler to make one function of where it is asked for. What happens seldom lies in
// the files named for it.
#pragma once

#include <algorithm>

#include "simulator/world/run.hpp"
#include "simulator/world/site.hpp"

namespace matinee::world {

inline void Site::submit(const Seat& seat, uint32_t segment, uint8_t rung, TimeNs now) {
    Viewer& viewer = seat.viewer;
    Flight& flight = seat.flight;
    ++recorder_->segments;
    ++viewer.request;
    const auto waiter = waiter_of(seat.slot, viewer.request);
    flight.rung = rung & 127u;
    viewer.asked_ns = now;
    if (now - viewer.steered_ns >= world_.scenario.cdn.steering.ttl) steer(viewer, now, cdn::SiteDirectory::kNoSite);
    connect(viewer, flight.done_ns, now);
    const uint32_t size = world_.library.segment_bytes(viewer.playable, rung, segment);
    const cdn::ObjectKey key = world_.key_of(viewer.playable, rung, segment);
    flight.bytes = size;
    viewer.fetching = Fetching::AwaitsAnswer;
    viewer.timer_ns = now + request_timeout(viewer);
    viewer.fill_watches = false;
    flight.server = kNoServer;
    if (viewer.site == id_) {
        ask_here(seat, waiter, key, size, now);
    } else {
        ask_afar(seat, key);
    }
}

/// Opens a connection, or wakes one that has been idle; says in `reaches_ns` when the request will be at the server.
inline void Site::connect(Viewer& viewer, TimeNs last_byte, TimeNs now) {
    const scenario::Transport& transport = world_.scenario.transport;
    network::Path& path = viewer.path;
    const auto rtt = TimeNs(path.rtt_ns);
    const TimeNs idle = now - last_byte;
    TimeNs setup = 0;
    if (!viewer.connected || idle > transport.keep_alive) {
        viewer.connected = true;
        path.window_bytes = transport.initial_window_bytes;
        setup = TimeNs(transport.setup_rtts * double(rtt));
    } else if (transport.idle_restart > 0) {
        const auto halvings = std::min<TimeNs>(idle / transport.idle_restart, 31);
        path.window_bytes = std::max(transport.initial_window_bytes, path.window_bytes >> halvings);
    }
    viewer.reaches_ns = now + setup + rtt / 2;
}

inline void Site::ask_here(const Seat& seat, cdn::CacheNode::Waiter waiter, cdn::ObjectKey key, uint32_t size,
                           TimeNs now) {
    if (dark()) return;
    Viewer& viewer = seat.viewer;
    Flight& flight = seat.flight;
    const uint32_t server = pick_server(viewer.playable);
    flight.server = uint16_t(server);
    const faults::Condition& condition = server_condition_[server];
    if (condition.loss > 0 || viewer.impaired) [[unlikely]]
        set_path(viewer, nature_of(viewer).access_scale, condition.loss);
    using Answer = cdn::CacheNode::Answer::Kind;
    const auto answer = request_of(server, key, size, now, waiter);
    flight.from_disk = answer.from_disk;
    switch (answer.kind) {
        case Answer::Serve:
            answer_viewer(seat,
                          viewer.reaches_ns + answer.latency_ns + condition.added_latency + viewer.path.rtt_ns / 2);
            break;
        case Answer::Fill:
            start_fill(server, answer.fill, viewer.playable, viewer.reaches_ns);
            [[fallthrough]];
        case Answer::Join:
            viewer.fill_watches = servers_[server].fills[answer.fill].due_ns < viewer.timer_ns;
            break;
        case Answer::Refuse:
            viewer.fetching = Fetching::Refused;
            viewer.timer_ns = viewer.reaches_ns + viewer.path.rtt_ns / 2;
            break;
    }
}

inline uint32_t Site::pick_server(uint32_t playable) {
    if (servers_.size() == 1) return 0;
    // While all servers are up and no tick has split the loads, the uplink carries just what they do.
    const uint32_t home = home_server(playable);
    if (all_up_ && !tracking_ &&
        cdn::Ring::has_room(links_[1 + home].load_kbps, links_[0].load_kbps, uint32_t(servers_.size()),
                            group_.load_bound))
        return home;
    return world_.rings[place_.group].pick(
        mix64(playable), [this](uint32_t s) { return links_[1 + s].load_kbps; }, server_up_, group_.load_bound, home);
}

inline cdn::CacheNode::Answer Site::request_of(uint32_t number, cdn::ObjectKey key, Bytes size, TimeNs now,
                                               cdn::CacheNode::Waiter who) {
    Server& server = servers_[number];
    const auto answer = server.node.request(key, size, now, who);
    if (server.observer != nullptr && answer.kind != cdn::CacheNode::Answer::Kind::Refuse)
        server.observer->requested(now, key, size);
    return answer;
}

inline void Site::answer_viewer(const Seat& seat, TimeNs first_byte) {
    Viewer& viewer = seat.viewer;
    viewer.fetching = Fetching::Receives;
    viewer.reaches_ns = first_byte;
    viewer.timer_ns = kNever;
    start_flow(seat.flight, route_of_viewer(seat));
    watch_if_slow(seat, now_);
}

/// A download has begun, or its pace is another: if it is going to take long, it is looked at from time to time. While
/// links settle by ticks, a tick notices.
inline void Site::watch_if_slow(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    if (!seat.config.abandons || viewer.timer_ns != kNever) return;
    if (tracking_) {
        tracked_.watch(seat.flight.place, slow_from(seat));
    } else if (is_slow(seat)) [[unlikely]] {
        viewer.timer_ns = is_foreseen(seat) ? telling_look(seat, now) : std::max(now, viewer.reaches_ns + kSlowLook);
    }
}

inline void Site::start_flow(Flow& flow, const Route& route) {
    flow.active = true;
    flow.done_ns = kNever;
    if (tracking_) [[unlikely]]
        return track(flow, route, route.from_ns, flow.bytes * 8);
    predict(flow, route, flow.bytes * 8);
}

inline void Site::predict(Flow& flow, const Route& route, uint64_t bits) {
    flow.done_ns = network::finish_time(rows_, route.path, route.from_ns, bits);
    if ((route.owner & kForeignOwner) == 0) return book(flow, route.owner, bits);
    const double duration_ms = to_ms(std::max<TimeNs>(flow.done_ns - route.from_ns, kMicrosecond));
    enter_load(flow, set_load(flow, double(bits) / duration_ms), route.child_link, true);
}

/// Enters a response to a viewer on its links, with its bits over the time from now to its tick of the books.
inline void Site::book(Flow& flow, uint32_t slot, uint64_t bits) {
    const int64_t tick = books_.tick_after(flow.done_ns, now_);
    const Kbps load = set_load(flow, double(bits) / to_ms(tick * books_.tick_ns() - now_));
    enter_load(flow, load, network::kNoLink, true);
    flow.booked = true;
    flow.far = false;
    if (flow.done_ns >= world_.shape.duration) return;  // the end of the run will cut it
    if (books_.is_far(tick)) [[unlikely]] {
        flow.far = true;
        return books_.add_far(tick, slot);
    }
    add_to_books(flow, load, tick);
}

inline void Site::add_to_books(Flow& flow, Kbps load, int64_t tick) {
    const TickBooks::OfServer amounts = given_back_by(flow, load);  // before `leaves`, which lies beside the bytes
    flow.leaves = uint64_t(tick) & 0xFFFF;
    books_.add(flow.leaves, flow.server, amounts);
}

inline void Site::enter_load(const Flow& flow, Kbps load, uint32_t child_link, bool adds) {
    const auto enter = [&](size_t link) {
        SharedLink& shared = links_[link];
        if (!adds) return void(shared.load_kbps -= load);
        shared.load_kbps += load;
        if (shared.load_kbps > shared.capacity_kbps) [[unlikely]]
            want_tick(now_);
    };
    enter(0);
    enter(1u + flow.server);
    if (flow.from_disk) enter(1u + servers_.size() + flow.server);
    if (child_link != network::kNoLink) enter(child_link);
}

}  // namespace matinee::world
