// Links that responses share. As long as none is full, a response runs at the pace of its own path and its end is known when
// it begins; a link then costs it one addition. When the mean rates entered on a link exceed its capacity, the site turns to
// tracking at the next tick of a fixed grid: every tick, each response's path offers what it could carry, max-min fair
// shares are granted, and what ends within the tick ends at its own instant. When no link has been full for a while, the
// site goes back to predicting.
//
// Stated simplifications: a response's rate enters the links when it is asked for, not at its first byte; within a tick
// shares are constant; while tracked, a connection's congestion window is not a limit; a response given up within a tick
// counts what the whole tick granted it.
#include "simulator/world/site.hpp"

#include <algorithm>

namespace matinee::world {

namespace {
// Tracking ends when no link has been asked for more than this share of its capacity for so long: about as long as a player
// takes from one segment to the next, because viewers in step ask for everything at once and then for nothing. What
// predictions let through in the one tick before tracking begins again is then a small part of the whole.
constexpr uint64_t kCalmPercent = 95;
constexpr TimeNs kCalmTime = 5 * kSecond;

uint64_t bits_per_tick(uint64_t kbps, TimeNs tick) { return uint64_t(double(kbps) * double(tick) / 1e6); }
}  // namespace

template <class Visit>
void Site::for_each_flow(Visit visit) {
    for (uint32_t slot = 0; slot < viewers_.size(); ++slot)
        if (viewers_[slot].flow.active) visit(viewers_[slot].flow, slot, network::kNoLink);
    for (uint32_t slot = 0; slot < foreign_.size(); ++slot)
        if (foreign_[slot].flow.active) visit(foreign_[slot].flow, slot | kForeignWaiter, foreign_[slot].child_link);
}

void Site::links_of(const Flow& flow, uint32_t child_link, uint32_t (&links)[4]) const {
    links[0] = 0;
    links[1] = 1 + flow.server;
    links[2] = flow.from_disk ? uint32_t(1 + servers_.size() + flow.server) : network::kNoLink;
    links[3] = child_link;
}

void Site::enter_load(const Flow& flow, uint32_t child_link, bool adds) {
    uint32_t links[4];
    links_of(flow, child_link, links);
    for (const uint32_t link : links) {
        if (link == network::kNoLink) continue;
        if (adds) {
            links_[link].load_kbps += flow.load_kbps;
            if (links_[link].load_kbps > links_[link].capacity_kbps) want_tick(now_);
        } else {
            links_[link].load_kbps -= flow.load_kbps;
        }
    }
}

void Site::predict(Flow& flow, uint32_t child_link) {
    flow.start_window_bytes = flow.path.window_bytes;
    flow.done_ns = network::finish_time(rows_, flow.path, flow.from_ns, flow.left_bits);
    const double duration_ms = to_ms(std::max<TimeNs>(flow.done_ns - flow.from_ns, kMicrosecond));
    flow.load_kbps = Kbps(std::min(double(flow.left_bits) / duration_ms, 4e9));
    enter_load(flow, child_link, true);
}

void Site::start_flow(Flow& flow, TimeNs first_byte, uint32_t child_link) {
    flow.active = true;
    flow.from_ns = first_byte;
    flow.left_bits = flow.bytes * 8;
    flow.load_kbps = 0;
    flow.done_ns = kNever;
    if (!tracking_) predict(flow, child_link);
}

void Site::end_flow(Flow& flow, uint32_t child_link) {
    if (!flow.active) return;
    if (!tracking_) enter_load(flow, child_link, false);
    flow.load_kbps = 0;
    flow.active = false;
    flow.done_ns = kNever;
}

/// A response ends before its time: what has not been sent comes off the books.
void Site::cut_flow(Flow& flow, uint32_t child_link, TimeNs now) {
    const uint64_t bytes = std::min(flow.bytes, arrived(flow, now) / 8);
    count_egress(bytes);
    servers_[flow.server].node.counters.cancelled_bytes += flow.bytes - bytes;
    end_flow(flow, child_link);
}

uint64_t Site::arrived(const Flow& flow, TimeNs now) const {
    const uint64_t before = flow.bytes * 8 - flow.left_bits;
    if (tracking_) return before;
    network::Path path = flow.path;
    path.window_bytes = flow.start_window_bytes;
    return before + network::arrived_bits(rows_, path, flow.from_ns, flow.left_bits, now);
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
    for_each_flow([&](Flow& flow, uint32_t owner, uint32_t) {
        flow.load_kbps = 0;
        if (flow.done_ns <= now) return;  // ends at this very instant, as predicted
        flow.left_bits = flow.bytes * 8 - std::min(flow.bytes * 8, arrived(flow, now));
        flow.from_ns = std::max(flow.from_ns, now);
        flow.done_ns = kNever;
        if (owner & kForeignWaiter) {
            foreign_[owner & ~kForeignWaiter].due_ns = kNever;
            return;
        }
        Viewer& viewer = viewers_[owner];
        if (config_of(viewer).abandons && viewer.timer_ns == kNever) viewer.timer_ns = flow.from_ns + kSlowLook;
        reschedule(owner);
    });
    for (SharedLink& link : links_) link.load_kbps = 0;
    calm_ns_ = 0;
    tracking_ = true;
}

/// Collects what every response could take until the next tick; false when no link would be near its capacity.
bool Site::gather_tracked(TimeNs now) {
    const TimeNs end = now + world_.scenario.cdn.settle_tick;
    shares_.clear();
    shared_flows_.clear();
    shared_owners_.clear();
    path_bits_.clear();
    std::vector<uint64_t>& asked = capacities_;
    asked.assign(links_.size(), 0);
    for_each_flow([&](Flow& flow, uint32_t owner, uint32_t child_link) {
        if (flow.done_ns != kNever) return;
        flow.from_ns = std::max(flow.from_ns, now);
        network::SharedFlow share;
        const uint64_t path_bits = flow.from_ns < end ? network::carried_bits(rows_, flow.path, flow.from_ns, end) : 0;
        share.cap_bits = std::min(flow.left_bits, path_bits);
        path_bits_.push_back(path_bits);
        links_of(flow, child_link, share.links);
        for (const uint32_t link : share.links)
            if (link != network::kNoLink) asked[link] += share.cap_bits;
        shares_.push_back(share);
        shared_flows_.push_back(&flow);
        shared_owners_.push_back(owner);
    });
    bool busy = false;
    for (size_t link = 0; link < links_.size(); ++link) {
        const uint64_t capacity = bits_per_tick(links_[link].capacity_kbps, end - now);
        busy |= asked[link] > capacity / 100 * kCalmPercent;
        asked[link] = capacity;
    }
    return busy;
}

/// The end of a flow has become known: its owner has an event then.
void Site::announce_end(uint32_t owner) {
    if ((owner & kForeignWaiter) == 0) return reschedule(owner);
    ForeignFlow& foreign = foreign_[owner & ~kForeignWaiter];
    foreign.due_ns = foreign.flow.done_ns;
    queue_.push(foreign.due_ns, kForeign, owner & ~kForeignWaiter);
}

void Site::grant_shares(TimeNs now) {
    const TimeNs step = world_.scenario.cdn.settle_tick;
    fair_share_.allocate(shares_, capacities_);
    for (SharedLink& link : links_) link.load_kbps = 0;
    for (size_t i = 0; i < shares_.size(); ++i) {
        Flow& flow = *shared_flows_[i];
        const uint64_t granted = shares_[i].share_bits;
        for (const uint32_t link : shares_[i].links)
            if (link != network::kNoLink) links_[link].load_kbps += granted * kMillisecond / uint64_t(step);
        if (granted == flow.left_bits && flow.from_ns < now + step) {
            const uint64_t pace = std::min(path_bits_[i], std::max<uint64_t>(fair_share_.level_bits(shares_[i]), granted));
            const double part = pace == 0 ? 1 : double(granted) / double(pace);
            flow.done_ns = std::min(now + step, flow.from_ns + TimeNs(double(now + step - flow.from_ns) * part) + 1);
        }
        flow.left_bits -= granted;
        if (flow.done_ns != kNever) announce_end(shared_owners_[i]);
    }
}

void Site::end_tracking() {
    tracking_ = false;
    for (SharedLink& link : links_) link.load_kbps = 0;
    for (size_t i = 0; i < shared_flows_.size(); ++i) {
        Flow& flow = *shared_flows_[i];
        const uint32_t owner = shared_owners_[i];
        uint32_t child_link = network::kNoLink;
        if (owner & kForeignWaiter) child_link = foreign_[owner & ~kForeignWaiter].child_link;
        predict(flow, child_link);
        announce_end(owner);
    }
}

}  // namespace matinee::world
