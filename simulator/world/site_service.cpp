// Servers at work for other sites: fills up and down the tree, viewers of sites that have failed, and prefill.
//
// A fill is stored before it is forwarded: whoever waits is served when the object has arrived whole. At the rates of
// links between tiers that costs a few tens of milliseconds on a miss against a node that streams through, and it makes
// every byte's way exact. A fill without an answer is asked of the next parent, and of the tier above, before it fails.
#include <algorithm>
#include <numeric>
#include <utility>

#include "simulator/world/site_inline.hpp"

namespace matinee::world {

namespace {
/// How long a node waits for a fill before it asks another parent, and how often it asks in all.
constexpr TimeNs kFillTimeout = 5 * kSecond;
constexpr uint32_t kFillAttempts = 3;
constexpr uint32_t kFillBits = 20;  // of an event's id; the server has the rest
}  // namespace

uint32_t Site::take_foreign() {
    if (free_foreign_.empty()) {
        foreign_.emplace_back();
        return foreign_.size() - 1;
    }
    const uint32_t slot = free_foreign_.back();
    free_foreign_.pop_back();
    return slot;
}

void Site::release_foreign(uint32_t slot) {
    ForeignFlow& foreign = foreign_[slot];
    foreign.used = false;
    foreign.due_ns = kNever;
    foreign.generation = (foreign.generation + 1u) & ForeignFlow::kGenerationMask;
    free_foreign_.push_back(slot);
}

void Site::serve_foreign(const Message& message) {
    if (dark()) return;
    const Payload& ask = message.payload;
    const bool is_fill = ask.kind == Payload::Kind::FillRequest;
    network::Path path;
    const Wish wish = is_fill ? take_fill(ask, message.time, path) : take_viewer(ask, path);
    Flow flow{.bytes = wish.size & 0xFFFF'FFFF'FFFF};
    const uint32_t server = pick_server(wish.playable);
    flow.server = uint16_t(server);
    const faults::Condition& condition = server_condition_[server];
    set_loss(path, path.scale, is_fill ? 0 : ask.viewer.loss, condition.loss);
    const uint32_t slot = take_foreign();
    ForeignFlow& foreign = foreign_[slot];
    using Answer = cdn::CacheNode::Answer::Kind;
    const auto answer =
        request_of(server, ask.key, wish.size, message.time, waiter_of(slot | kForeignOwner, foreign.generation));
    flow.from_disk = answer.from_disk;
    const TimeNs first_byte = message.time + answer.latency_ns + condition.added_latency;
    if (answer.kind == Answer::Serve && is_fill && promise_fill(ask, message.source, flow, path, first_byte)) [[likely]]
        return free_foreign_.push_back(slot);
    foreign.used = true;
    foreign.asked = ask;
    foreign.site = message.source;
    foreign.flow = flow;
    foreign.path = path;
    switch (answer.kind) {
        case Answer::Serve:
            send_foreign(slot, first_byte);
            break;
        case Answer::Join:
            break;
        case Answer::Fill:
            start_fill(server, answer.fill, wish.playable, message.time);
            break;
        case Answer::Refuse:
            refuse_foreign(slot, message.time);
            break;
    }
}

/// The way to a site that asks for itself: a constant rate, which has no phase.
Site::Wish Site::take_fill(const Payload& asked, TimeNs now, network::Path& path) {
    const Payload::Fill& ask = asked.fill;
    path = world_.fill_path;
    path.scale = ask.scale;
    path.cursor.row_start_ns = now;
    if (!asked.bulk) [[likely]]
        return {ask.playable, ask.size};
    return {ask.playable, rendition_bytes(ask.playable, world_.library.place_of(asked.key).rung)};
}

/// The way to a viewer of another site, and what it wants.
Site::Wish Site::take_viewer(const Payload& asked, network::Path& path) {
    const Payload::Viewer& ask = asked.viewer;
    path.cursor.row_start_ns = ask.row_start_ns;
    path.cursor.row = ask.row;
    path.scale = ask.scale;
    path.rtt_ns = ask.rtt_ns;
    path.window_bytes = ask.window_bytes;
    const auto [playable, rung, segment] = world_.library.place_of(asked.key);
    return {playable, world_.library.segment_bytes(playable, rung, segment)};
}

/// The answer to a fill is sent at once, and nothing has to happen when its last byte leaves, if that is within a tick
/// and no fault comes before: false where it is not. Links that fill up meanwhile do not hold it up, and what it takes
/// is given back at the next tick of the books, as a viewer's response does.
bool Site::promise_fill(const Payload& ask, uint32_t site, Flow& flow, network::Path path, TimeNs first_byte) {
    if (tracking_ || ask.bulk || child_link_[site] != network::kNoLink) return false;
    const uint64_t bits = flow.bytes * 8;
    flow.done_ns = network::finish_time(rows_, path, first_byte, bits);
    if (flow.done_ns > now_ + world_.scenario.cdn.settle_tick) return false;
    if (flow.done_ns >= std::min(next_fault_ns_, world_.shape.duration)) return false;
    book(flow, kForeignOwner, bits);
    Payload& answer = outbox_.begin(flow.done_ns + ask.fill.one_way_ns, site);
    answer = ask;
    answer.kind = Payload::Kind::FillReply;
    answer.ok = true;
    return true;
}

void Site::start_foreign(uint32_t slot, TimeNs first_byte) {
    ForeignFlow& foreign = foreign_[slot];
    if (foreign.is_fill() && promise_fill(foreign.asked, foreign.site, foreign.flow, foreign.path, first_byte))
        return release_foreign(slot);
    send_foreign(slot, first_byte);
}

void Site::send_foreign(uint32_t slot, TimeNs first_byte) {
    ForeignFlow& foreign = foreign_[slot];
    foreign.from_ns = first_byte;
    start_flow(foreign.flow, route_of_foreign(slot));
    foreign.due_ns = foreign.flow.done_ns;
    if (foreign.due_ns < world_.shape.duration) queue_.push(foreign.due_ns, kForeign, slot);
    if (foreign.asked.kind != Payload::Kind::ViewerRequest) return;
    Payload started = foreign.asked;
    started.kind = Payload::Kind::ViewerStarted;
    started.news = {foreign.asked.viewer.request, 0,
                    foreign.flow.done_ns < kNever ? foreign.flow.done_ns + foreign.one_way_ns() : kNever};
    outbox_.send(first_byte + foreign.one_way_ns(), foreign.site, started);
}

void Site::foreign_done(uint32_t slot, TimeNs now) {
    ForeignFlow& foreign = foreign_[slot];
    ended_bytes_ += foreign.flow.bytes;
    servers_[foreign.flow.server].node.disconnected();
    end_flow(foreign.flow, route_of_foreign(slot));
    answer_foreign(slot, now, true);
}

void Site::refuse_foreign(uint32_t slot, TimeNs now) { answer_foreign(slot, now, false); }

void Site::answer_foreign(uint32_t slot, TimeNs now, bool ok) {
    ForeignFlow& foreign = foreign_[slot];
    Payload& answer = outbox_.begin(now + foreign.one_way_ns(), foreign.site);
    answer = foreign.asked;
    answer.ok = ok;
    if (foreign.is_fill()) {
        answer.kind = Payload::Kind::FillReply;
    } else {
        answer.kind = ok ? Payload::Kind::ViewerDone : Payload::Kind::ViewerRefused;
        answer.news = {foreign.asked.viewer.request, foreign.path.window_bytes, 0};  // which has opened
    }
    release_foreign(slot);
}

void Site::cancel_foreign(const Message& message) {
    for (uint32_t slot = 0; slot < foreign_.size(); ++slot) {
        ForeignFlow& foreign = foreign_[slot];
        if (!foreign.used || foreign.asked.kind != Payload::Kind::ViewerRequest || foreign.site != message.source ||
            foreign.asked.number != message.payload.number ||
            foreign.asked.viewer.request != message.payload.news.request)
            continue;
        if (foreign.flow.active) {  // one that still waits for a fill is taken off when that ends
            cut_flow(foreign.flow, route_of_foreign(slot), message.time);
            servers_[foreign.flow.server].node.disconnected();
        }
        return release_foreign(slot);
    }
}

void Site::start_fill(uint32_t server, uint32_t fill, uint32_t playable, TimeNs send_at) {
    std::vector<FillState>& fills = servers_[server].fills;
    if (fill >= fills.size()) fills.resize(fill + 1);
    fills[fill] = FillState();
    fills[fill].playable = playable;
    ask_parent(server, fill, send_at, cdn::SiteDirectory::kNoSite);
}

void Site::ask_parent(uint32_t server, uint32_t fill, TimeNs send_at, uint32_t excluded) {
    FillState& state = servers_[server].fills[fill];
    const cdn::CacheNode::Fill& wanted = servers_[server].node.fill(fill);
    state.sent_ns = send_at;
    state.due_ns = send_at + kFillTimeout;
    const cdn::SiteDirectory& parents = world_.topology.parents[id_];
    auto parent = parents.choose(*table_, mix64(state.playable), excluded, false);
    if (parent.site == cdn::SiteDirectory::kNoSite)  // there is no other: the same once more
        parent = parents.choose(*table_, mix64(state.playable), cdn::SiteDirectory::kNoSite, false);
    if (parent.site == cdn::SiteDirectory::kNoSite || path_condition_.down) return;  // nobody hears us
    state.parent = parent.site;
    Payload& ask = begin_request(parent, send_at, 1);
    ask.number = fill;
    ask.key = wanted.key;
    ask.fill.server = uint16_t(server);
    ask.fill.playable = state.playable;
    ask.fill.size = uint32_t(wanted.size);
}

/// A request for a fill, to be filled in.
Payload& Site::begin_request(cdn::SiteDirectory::Choice parent, TimeNs send_at, double scale) {
    const TimeNs one_way = parent.one_way_ns + path_condition_.added_latency / 2;
    Payload& ask = outbox_.begin(send_at + one_way, parent.site);
    ask.kind = Payload::Kind::FillRequest;
    ask.fill.sent_ns = send_at;
    ask.fill.one_way_ns = one_way;
    ask.fill.scale = float(scale * path_condition_.rate_factor * (1 - path_condition_.loss));
    return ask;
}

/// Nearly all fills come in time: instead of an event for each, those that still stand are looked for now and then,
/// more often than the youngest of them could run out.
void Site::watch_fills(TimeNs until) {
    const TimeNs from = std::exchange(fills_watched_until_, until + kFillTimeout / 20);
    for (uint32_t server = 0; server < servers_.size(); ++server)
        for (uint32_t fill = 0; fill < servers_[server].fills.size(); ++fill) {
            const TimeNs due = servers_[server].fills[fill].due_ns;
            if (due >= from && due < std::min(fills_watched_until_, world_.shape.duration))
                queue_.push(due, kFill, server << kFillBits | fill);
        }
}

bool Site::is_awaited(TimeNs due, uint32_t id) const {
    const Server& server = servers_[id >> kFillBits];
    const uint32_t fill = id & ((1u << kFillBits) - 1);
    return fill < server.fills.size() && server.fills[fill].due_ns == due && server.node.fill(fill).open;
}

void Site::fill_alarm(TimeNs now, uint32_t id) {
    if (is_awaited(now, id)) retry_fill(id >> kFillBits, id & ((1u << kFillBits) - 1), now);
}

/// The fill takes long: from now on its viewers see to their time-outs themselves.
void Site::arm_waiters(uint32_t server, uint32_t fill) {
    servers_[server].node.for_each_waiter(fill, [this](cdn::CacheNode::Waiter waiter) {
        const auto slot = uint32_t(waiter);
        if (slot & kForeignOwner || !still_awaits(slot, uint32_t(waiter >> 32))) return;
        viewers_[slot].fill_watches = false;
        reschedule(seat_of(slot));
    });
}

void Site::retry_fill(uint32_t server, uint32_t fill, TimeNs now) {
    arm_waiters(server, fill);
    FillState& state = servers_[server].fills[fill];
    if (++state.attempts >= kFillAttempts) return end_fill(server, fill, false, now);
    ask_parent(server, fill, now, state.parent);
}

void Site::fill_reply(const Message& message) {
    const Payload& reply = message.payload;
    const uint32_t number = reply.number;
    const uint32_t s = reply.fill.server;
    const Server& server = servers_[s];
    if (number >= server.fills.size() || server.fills[number].sent_ns != reply.fill.sent_ns) return;
    if (!server_up_[s] || !server.node.fill(number).open) return;
    if (!reply.ok) return retry_fill(s, number, message.time);
    end_fill(s, number, true, message.time);
}

void Site::end_fill(uint32_t server, uint32_t fill, bool ok, TimeNs now) {
    cdn::CacheNode& node = servers_[server].node;
    servers_[server].fills[fill].due_ns = kNever;
    servers_[server].fills[fill].sent_ns = -1;
    const Bytes size = node.fill(fill).size;
    node.end_fill(fill, ok, [&](cdn::CacheNode::Waiter waiter) {
        const auto slot = uint32_t(waiter);
        const auto number = uint32_t(waiter >> 32);
        const bool is_foreign = slot & kForeignOwner;
        const bool still_there =
            is_foreign ? foreign_[slot & ~kForeignOwner].generation == number : still_awaits(slot, number);
        if (!still_there || !ok) {
            node.disconnected();
            node.counters.cancelled_bytes += size;
        }
        if (!still_there) return;
        if (is_foreign) {
            if (ok) return start_foreign(slot & ~kForeignOwner, now);
            return refuse_foreign(slot & ~kForeignOwner, now);
        }
        if (ok) {
            answer_viewer(seat_of(slot), std::max(now, viewers_[slot].reaches_ns) + viewers_[slot].path.rtt_ns / 2);
        } else {
            request_failed(seat_of(slot), now);
        }
        reschedule(seat_of(slot));
    });
}

}  // namespace matinee::world
