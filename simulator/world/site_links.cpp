// Links that responses share. As long as none is full, a response runs at the pace of its own path and its end is known
// when it begins; it costs a link an addition then and another at its end. When the paces entered on a link exceed its
// capacity, the site turns to tracking at the next tick of a fixed grid: every tick, each response's path offers what
// it could carry, max-min fair shares are granted, and what ends within the tick ends at its own instant. When no link
// has been full for a while, the site goes back to predicting.
//
// While ticks settle a link, a response is taken for slow, and looked at by its player, when it would come too late at
// the pace of one whole tick.
//
// Stated simplifications: a response to a viewer is entered with its bits over the time from when it is asked for to
// the first tick after its last byte (tick_books.hpp), and then also gives back its connection and is counted as over;
// one to another site with its mean rate, from when it is asked for to its last byte. A fill that will end within a
// tick is entered like a viewer's response and holds its pace whatever happens meanwhile (promise_fill). Within a tick
// shares are constant; while tracked, a connection's congestion window is not a limit; a response given up within a
// tick counts what the whole tick granted it.
#include <algorithm>

#include "simulator/world/site_inline.hpp"

#include "system/memory/prefetch.hpp"

namespace matinee::world {

namespace {
// Tracking ends when no link has been asked for more than this share of its capacity for so long: about as long as a
// player takes from one segment to the next, because viewers in step ask for everything at once and then for nothing.
// What predictions let through in the one tick before tracking begins again is then a small part of the whole.
constexpr uint64_t kCalmPercent = 95;
constexpr TimeNs kCalmTime = 5 * kSecond;

constexpr uint32_t kOwnersAhead = 16;  // for which memory is asked

uint64_t bits_per_tick(uint64_t kbps, TimeNs tick) { return uint64_t(double(kbps) * double(tick) / 1e6); }
}  // namespace

/// The links that a response crosses, as a number: for each server without and with its disk, for each path to a child
/// and without one.
uint32_t Site::link_set_of(const Flow& flow, uint32_t child_link) const {
    const auto first_child = uint32_t(1 + 2 * servers_.size());
    const uint32_t child = child_link == network::kNoLink ? 0 : child_link - first_child + 1;
    return (child * uint32_t(servers_.size()) + flow.server) * 2 + flow.from_disk;
}

/// The end that was foreseen does not come.
void Site::unbook(Flow& flow, uint32_t slot) {
    flow.booked = false;
    const Kbps load = load_of(flow);
    enter_load(flow, load, network::kNoLink, false);
    if (flow.done_ns >= world_.shape.duration) return;
    if (flow.far) return books_.forget_far(slot);
    books_.take_back(flow.leaves, flow.server, given_back_by(flow, load));
}

void Site::give_back(uint32_t server, const TickBooks::OfServer& sums) {
    ended_bytes_ += sums.bytes;
    links_[0].load_kbps -= sums.nic_kbps;
    links_[1 + server].load_kbps -= sums.nic_kbps;
    links_[1 + servers_.size() + server].load_kbps -= sums.disk_kbps;
    servers_[server].node.disconnected(uint32_t(sums.responses));
}

void Site::settle_books() {
    books_.settle([this](uint32_t server, const TickBooks::OfServer& sums) { give_back(server, sums); },
                  [this](uint32_t slot, int64_t tick) {
                      Flight& flight = viewers_[slot].flight;
                      flight.far = false;
                      add_to_books(flight, load_of(flight), tick);
                  });
}

void Site::settle_all_books() {
    books_.settle_all([this](uint32_t server, const TickBooks::OfServer& sums) { give_back(server, sums); });
}

void Site::end_flow(Flow& flow, const Route& route) {
    if (route.owner & kForeignOwner) {
        if (!tracking_) enter_load(flow, load_of(flow), route.child_link, false);
    } else if (flow.booked) {
        unbook(flow, route.owner);
    }
    forget_history(flow);
    flow.active = false;
}

/// A response ends before its time: what has not been sent comes off the books.
void Site::cut_flow(Flow& flow, const Route& route, TimeNs now) {
    const uint64_t bytes = std::min<uint64_t>(flow.bytes, arrived(flow, route, now) / 8);
    ended_bytes_ += bytes;
    servers_[flow.server].node.counters.cancelled_bytes += flow.bytes - bytes;
    end_flow(flow, route);
    flow.done_ns = now;
}

uint64_t Site::arrived(const Flow& flow, const Route& route, TimeNs now) const {
    const uint64_t all = flow.bytes * 8;
    const uint64_t left = flow.has_history ? tracked_.left_bits(flow.place) : all;
    if (tracking_) return all - left;
    const TimeNs from = flow.has_history ? tracked_.rest(flow.place).from_ns : route.from_ns;
    return all - left + network::arrived_bits(rows_, route.path, from, left, now);
}

void Site::track(Flow& flow, const Route& route, TimeNs from, uint64_t left_bits) {
    if (!flow.has_history) {
        flow.has_history = true;
        flow.place = tracked_.take();
    }
    TrackedFlows::Rest rest;
    rest.path = route.path;
    rest.from_ns = from;
    rest.owner = route.owner;
    tracked_.set(flow.place, rest, left_bits, link_set_of(flow, route.child_link));
}

void Site::want_tick(TimeNs now) {
    if (tick_wanted_) return;
    const TimeNs step = world_.scenario.cdn.settle_tick;
    tick_wanted_ = true;
    tick_at_ = (now / step + 1) * step;
    queue_.push(tick_at_, kHousekeeping, kTick);
}

void Site::tick(TimeNs now) {
    tick_wanted_ = false;
    if (!tracking_) {
        const bool full = std::any_of(links_.begin(), links_.end(),
                                      [](const SharedLink& link) { return link.load_kbps > link.capacity_kbps; });
        if (!full) return;
        begin_tracking(now);
    }
    calm_ns_ = gather_tracked(now) ? 0 : calm_ns_ + world_.scenario.cdn.settle_tick;
    if (calm_ns_ >= kCalmTime) return end_tracking();
    grant_shares(now);
    if (calm_ns_ == 0) saturated_ns_ += world_.scenario.cdn.settle_tick;
    want_tick(now);
}

void Site::begin_tracking(TimeNs now) {
    for (uint32_t slot = 0; slot < viewers_.size(); ++slot) {
        const Seat seat = seat_of(slot);
        if (!seat.flight.active) continue;
        const bool looks = is_foreseen(seat) && is_slow(seat);
        if (!track_from_now(seat.flight, route_of_viewer(seat), now)) continue;
        if (looks) seat.viewer.timer_ns = next_look(seat, now);
        reschedule(seat);
    }
    for (uint32_t slot = 0; slot < foreign_.size(); ++slot) {
        ForeignFlow& foreign = foreign_[slot];
        if (foreign.flow.active && track_from_now(foreign.flow, route_of_foreign(slot), now)) foreign.due_ns = kNever;
    }
    settle_all_books();  // of those that have ended already
    for (SharedLink& link : links_) link.load_kbps = 0;
    calm_ns_ = 0;
    tracking_ = true;
    tracked_.begin();
    for (uint32_t place = 0; place < tracked_.places(); ++place) {
        const TrackedFlows::Rest& rest = tracked_.rest(place);
        if (!rest.is_over && (rest.owner & kForeignOwner) == 0) watch_if_slow(seat_of(rest.owner), now);
    }
}

/// False where a response ends at this very instant, as predicted.
bool Site::track_from_now(Flow& flow, const Route& route, TimeNs now) {
    const TimeNs from = flow.has_history ? tracked_.rest(flow.place).from_ns : route.from_ns;
    if (flow.done_ns <= now) {
        if (flow.has_history) tracked_.end(flow.place);
        return false;
    }
    const uint64_t bits = flow.bytes * 8;
    const uint64_t left = bits - std::min(bits, arrived(flow, route, now));
    if (flow.booked) unbook(flow, route.owner);
    track(flow, route, std::max(from, now), left);
    flow.done_ns = kNever;
    return true;
}

/// Collects what every response could take until the next tick; false when no link would be near its capacity.
bool Site::gather_tracked(TimeNs now) {
    const TimeNs end = now + world_.scenario.cdn.settle_tick;
    set_bits_.assign(link_sets_.size(), 0);
    tracked_.renew(rows_, now, end);
    tracked_.offer(offers_, set_bits_);
    link_bits_.assign(links_.size(), 0);
    for (size_t set = 0; set < link_sets_.size(); ++set)
        for (const uint32_t link : link_sets_[set])
            if (link != network::kNoLink) link_bits_[link] += set_bits_[set];
    bool busy = false;
    contended_ = false;
    capacities_.resize(links_.size());
    for (size_t link = 0; link < links_.size(); ++link) {
        capacities_[link] = bits_per_tick(links_[link].capacity_kbps, end - now);
        busy |= link_bits_[link] > capacities_[link] / 100 * kCalmPercent;
        contended_ |= link_bits_[link] > capacities_[link];
    }
    return busy;
}

/// The end of a flow has become known: its owner has an event then.
void Site::announce_end(uint32_t owner) {
    if ((owner & kForeignOwner) == 0) return reschedule(seat_of(owner));
    ForeignFlow& foreign = foreign_[owner & ~kForeignOwner];
    foreign.due_ns = foreign.flow.done_ns;
    queue_.push(foreign.due_ns, kForeign, owner & ~kForeignOwner);
}

void Site::prefetch_owner(uint32_t owner) {
    if (owner & kForeignOwner) return prefetch_all_of(foreign_[owner & ~kForeignOwner]);
    prefetch_all_of(viewers_[owner]);
}

/// Where a link cannot carry all that is asked of it, less than that is granted.
void Site::grant_shares(TimeNs now) {
    const TimeNs step = world_.scenario.cdn.settle_tick;
    if (contended_) {
        fair_share_.allocate(offers_, link_sets_, capacities_);
        for (size_t link = 0; link < links_.size(); ++link)
            link_bits_[link] = capacities_[link] - fair_share_.left_bits(link);
    }
    for (size_t link = 0; link < links_.size(); ++link)
        links_[link].load_kbps = network::kbps_over(step, link_bits_[link]);
    const auto ends = [this](uint32_t place, TimeNs when) {
        const uint32_t owner = tracked_.rest(place).owner;
        ended_.push_back({when, owner});
        prefetch_owner(owner);
    };
    const auto is_late = [this](uint32_t place) {
        const uint32_t owner = tracked_.rest(place).owner;
        slowed_.push_back(owner);
        prefetch_owner(owner);
    };
    tracked_.grant(offers_, contended_ ? &fair_share_ : nullptr, ends, is_late);
    for (const Ended& ended : ended_) {
        flow_of(ended.owner).done_ns = ended.at_ns;
        announce_end(ended.owner);
    }
    ended_.clear();
    for (const uint32_t slot : slowed_) {
        const Seat seat = seat_of(slot);
        const TimeNs first = std::max(now + step, seat.viewer.reaches_ns + kSlowLook);
        const auto so_far = received_by(seat, now + step, arrived(seat.flight, route_of_viewer(seat), now + step));
        seat.viewer.timer_ns = doubtful_look(seat, first, now + step, so_far);
        reschedule(seat);
    }
    slowed_.clear();
}

void Site::end_tracking() {
    tracking_ = false;
    for (SharedLink& link : links_) link.load_kbps = 0;
    for (uint32_t place = 0; place < tracked_.places(); ++place) {
        if (place + kOwnersAhead < tracked_.places()) prefetch_owner(tracked_.rest(place + kOwnersAhead).owner);
        TrackedFlows::Rest& rest = tracked_.rest(place);
        if (rest.is_over) continue;
        rest.from_ns = std::max(rest.from_ns, now_);
        const uint32_t owner = rest.owner;
        network::Path& path = owner & kForeignOwner ? foreign_[owner & ~kForeignOwner].path : viewers_[owner].path;
        path = rest.path;
        const uint32_t child_link = link_sets_[tracked_.link_set(place)].back();
        predict(flow_of(owner), {path, rest.from_ns, owner, child_link}, tracked_.left_bits(place));
        if ((owner & kForeignOwner) == 0) watch_if_slow(seat_of(owner), now_);
        announce_end(owner);
    }
}

}  // namespace matinee::world
