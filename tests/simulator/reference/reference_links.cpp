// Links that responses share. While none is full, a response keeps the pace of its own path, and its end is known when
// it begins. Once the mean rates on a link add up to more than it carries, ticks of a fixed grid settle who gets what,
// until the paths have offered less than 95 % of every link for five seconds.
#include <algorithm>

#include "tests/simulator/reference/reference_world.hpp"

namespace matinee::reference {

std::array<uint32_t, 4> Site::links_of(const Flow& flow) const {
    const auto servers = uint32_t(nodes_.size());
    return {0, 1 + flow.server, flow.from_disk ? 1 + servers + flow.server : network::kNoLink,
            flow.child == kNobody ? network::kNoLink : link_of_child_.at(flow.child)};
}

template <class Links>
static bool has(const Links& links, uint32_t link) {
    return std::find(std::begin(links), std::end(links), link) != std::end(links);
}

/// The mean rates of all that runs over a link, or, when ticks settle them, what they were granted in the running one.
uint64_t Site::load_of(uint32_t link) const {
    uint64_t sum = 0;
    if (grants_) {
        for (const Grant& grant : *grants_)
            if (has(grant.links, link)) sum += grant.bits;
        sum = network::kbps_over(scenario().cdn.settle_tick, sum);
    } else {
        for (const auto& [id, flow] : flows_)
            if (id.first && has(links_of(flow), link)) sum += flow.load_kbps;
        for (const auto& [when, booking] : bookings_)
            if (has(booking.links, link)) sum += booking.load_kbps;
    }
    return sum;
}

void Site::start_flow(FlowId id, Flow flow) {
    flow.left_bits = flow.bytes * 8;
    if (!flows_.emplace(id, flow).second) throw std::logic_error("two responses at once");
    if (!grants_) predict(id);
}

void Site::predict(FlowId id) {
    Flow& flow = flows_.at(id);
    flow.window_then = flow.path.window_bytes;
    flow.end_ns = network::finish_time(model().traces.rows().data(), flow.path, flow.from_ns, flow.left_bits);
    const TimeNs takes = std::max<TimeNs>(flow.end_ns - flow.from_ns, kMicrosecond);
    flow.load_kbps = uint64_t(std::min(double(flow.left_bits) / to_ms(takes), 4e9));
    if (!id.first) flow.booked = book(flow);
    for (const uint32_t link : links_of(flow))
        if (link != network::kNoLink && load_of(link) > links_[link].capacity_kbps) want_tick();
}

/// A fill that ends within a tick, and before the next fault, is as good as sent: nothing holds it up any more.
bool Site::promise(Flow& flow) {
    if (grants_ || flow.child != kNobody) return false;
    network::Path path = flow.path;
    flow.left_bits = flow.bytes * 8;
    flow.end_ns = network::finish_time(model().traces.rows().data(), path, flow.from_ns, flow.left_bits);
    if (flow.end_ns - now() > scenario().cdn.settle_tick || flow.end_ns >= model().shape.duration) return false;
    for (const faults::Change& change : model().faults.at_site(id_))
        if (change.at > now() && change.at <= flow.end_ns) return false;
    ++totals.promised;
    book(flow);
    for (const uint32_t link : links_of(flow))
        if (link != network::kNoLink && load_of(link) > links_[link].capacity_kbps) want_tick();
    return true;
}

/// A response to a viewer, or a fill that is as good as sent, counts with its bits over the time until the first tick
/// after its end.
When Site::book(const Flow& flow) {
    const TimeNs step = scenario().cdn.settle_tick;
    const TimeNs leaves = (std::max(flow.end_ns, now() + step / 2) / step + 1) * step;
    Booking booking;
    booking.links = links_of(flow);
    booking.load_kbps = uint64_t(std::min(double(flow.left_bits) / to_ms(leaves - now()), 4e9));
    booking.bytes = flow.bytes;
    booking.server = flow.server;
    const When when{leaves, id_, Stage::Books, 1, numbers_++};
    bookings_[when] = booking;
    if (flow.end_ns < model().shape.duration) at(when, [this, when] { give_back(when); });  // else it will be cut
    return when;
}

void Site::unbook(Flow& flow) {
    if (!flow.booked) return;
    if (flow.end_ns < model().shape.duration) all_.queue().remove(*flow.booked);
    bookings_.erase(*flow.booked);
    flow.booked.reset();
}

void Site::give_back(const When& when) {
    const Booking booking = bookings_.at(when);
    bookings_.erase(when);
    ended_ += booking.bytes;
    if (booking.connected) nodes_[booking.server].disconnected();
}

/// A response to a viewer has come to its end; what has been booked is left to its tick.
void Site::end_whole(const Flow& flow) {
    if (flow.booked) return;
    ended_ += flow.bytes;
    nodes_[flow.server].disconnected();
}

/// It is over, whole.
Flow Site::take_flow(FlowId id) {
    const Flow flow = flows_.at(id);
    flows_.erase(id);
    return flow;
}

/// It ends before its time: what has not arrived comes off the books.
Flow Site::cut_flow(FlowId id) {
    const Flow& flow = flows_.at(id);
    const uint64_t bytes = std::min(flow.bytes, arrived_bits(flow) / 8);
    ended_ += bytes;
    nodes_[flow.server].counters.cancelled_bytes += flow.bytes - bytes;
    unbook(flows_.at(id));
    return take_flow(id);
}

uint64_t Site::arrived_bits(const Flow& flow) const {
    const uint64_t settled = flow.bytes * 8 - flow.left_bits;
    if (grants_) return settled;
    network::Path path = flow.path;
    path.start_window_bytes = flow.window_then;
    return settled + network::arrived_bits(model().traces.rows().data(), path, flow.from_ns, flow.left_bits, now());
}

/// By responses that are over, and by those on their way.
Bytes Site::sent() const {
    Bytes sum = ended_;
    for (const auto& [when, booking] : bookings_) {
        const bool over = std::none_of(flows_.begin(), flows_.end(), [&](const auto& f) { return f.second.booked == when; });
        if (over) sum += booking.bytes;
    }
    for (const auto& [id, flow] : flows_) sum += flow.end_ns <= now() ? flow.bytes : sent_of(flow);
    return sum;
}

/// One on its way sends evenly, as long as no link is full.
Bytes Site::sent_of(const Flow& flow) const {
    const uint64_t settled = flow.bytes * 8 - flow.left_bits;
    if (grants_ || now() <= flow.from_ns) return settled / 8;
    const double part = double(now() - flow.from_ns) / double(flow.end_ns - flow.from_ns);
    return (settled + uint64_t(double(flow.left_bits) * part)) / 8;
}

void Site::want_tick() {
    if (tick_) return;
    const TimeNs step = scenario().cdn.settle_tick;
    tick_ = event((now() / step + 1) * step, Kind::Tick, 0);
    at(*tick_, [this] { tick(); });
}

void Site::tick() {
    tick_.reset();
    if (!grants_) {
        bool full = false;
        for (uint32_t link = 0; link < links_.size(); ++link) full = full || load_of(link) > links_[link].capacity_kbps;
        if (!full) return;
        begin_settling();
    }
    if (!offer_and_grant()) return end_settling();
    if (calm_ns_ == 0) {
        ++totals.saturated_ticks;
        saturated_ns_ += scenario().cdn.settle_tick;
    }
    want_tick();
}

/// Predictions do not hold any more, but for what ends at this very instant.
void Site::begin_settling() {
    for (auto& [id, flow] : flows_) {
        if (flow.end_ns <= now()) continue;
        flow.left_bits = flow.bytes * 8 - std::min(flow.bytes * 8, arrived_bits(flow));
        unbook(flow);
        flow.from_ns = std::max(flow.from_ns, now());
        flow.end_ns = kNever;
        end_is_known(id);
    }
    while (!bookings_.empty()) {  // of those that have ended already
        const When when = bookings_.begin()->first;
        all_.queue().remove(when);
        give_back(when);
    }
    for (auto& [id, flow] : flows_) flow.load_kbps = 0;
    grants_.emplace();
    calm_ns_ = 0;
}

/// One tick: every path offers what it could carry, links share it out. False when no link has been near its capacity
/// for long enough.
bool Site::offer_and_grant() {
    const TimeNs step = scenario().cdn.settle_tick;
    const TimeNs end = now() + step;
    const network::TraceRow* rows = model().traces.rows().data();
    std::vector<FlowId> ids;
    std::vector<uint64_t> path_bits;
    std::vector<network::SharedFlow> shares;
    std::vector<network::LinkSet> link_sets;  // one for each
    std::vector<uint64_t> offered(links_.size());
    for (auto& [id, flow] : flows_) {
        if (flow.end_ns != kNever) continue;
        flow.from_ns = std::max(flow.from_ns, now());
        const uint64_t could = flow.from_ns < end ? network::carried_bits(rows, flow.path, flow.from_ns, end) : 0;
        network::SharedFlow share;
        share.cap_bits = std::min(could, flow.left_bits);
        share.link_set = uint32_t(shares.size());
        link_sets.push_back(links_of(flow));
        for (const uint32_t link : link_sets.back())
            if (link != network::kNoLink) offered[link] += share.cap_bits;
        ids.push_back(id);
        path_bits.push_back(could);
        shares.push_back(share);
    }
    std::vector<uint64_t> capacity;
    bool busy = false;
    for (uint32_t link = 0; link < links_.size(); ++link) {
        capacity.push_back(uint64_t(double(links_[link].capacity_kbps) * double(step) / 1e6));
        busy = busy || offered[link] > capacity[link] / 100 * 95;
    }
    calm_ns_ = busy ? 0 : calm_ns_ + step;
    if (calm_ns_ >= 5 * kSecond) return false;

    network::FairShare fair;
    fair.allocate(shares, link_sets, capacity);
    grants_.emplace();
    for (size_t i = 0; i < ids.size(); ++i) {
        Flow& flow = flows_.at(ids[i]);
        const uint64_t granted = fair.share_bits(shares[i]);
        grants_->push_back({ids[i], links_of(flow), granted});
        if (granted == flow.left_bits && flow.from_ns < end) {
            // The rest runs at the pace that the path and the links allow, and is there before the tick is over.
            const uint64_t pace = std::min(path_bits[i], std::max(fair.level_bits(shares[i].link_set), granted));
            const double part = pace == 0 ? 1 : double(granted) / double(pace);
            flow.end_ns = std::min(end, flow.from_ns + TimeNs(double(end - flow.from_ns) * part) + 1);
        }
        flow.left_bits -= granted;
        if (flow.end_ns != kNever) end_is_known(ids[i]);
        watch_if_slowed(ids[i], granted);
    }
    return true;
}

void Site::end_settling() {
    grants_.reset();
    ++totals.calmed;
    for (const auto& [id, flow] : flows_) {
        if (flow.end_ns != kNever) continue;
        predict(id);
        if (!id.first) watch_if_slow(id.second);
        end_is_known(id);
    }
}

/// Or is not any more.
void Site::end_is_known(FlowId id) {
    if (id.first) {
        end_foreign_at(id.second, flows_.at(id).end_ns);
    } else {
        schedule(id.second);
    }
}

}  // namespace matinee::reference
