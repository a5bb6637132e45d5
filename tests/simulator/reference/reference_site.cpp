// Construction, reports, faults, and the books that are closed at the end.
#include "tests/simulator/reference/reference_site.hpp"

#include <algorithm>

#include "tests/simulator/reference/reference_world.hpp"

namespace matinee::reference {

Site::Site(ReferenceWorld& all, uint32_t id)
    : all_(all),
      id_(id),
      group_(&all.model().scenario.cdn.nodes[all.model().topology.sites[id].group]),
      table_(std::make_shared<const Table>(all.model().topology.site_count())) {
    build();
    const auto changes = model().faults.at_site(id_);
    for (uint32_t i = 0; i < changes.size(); ++i) at(event(changes[i].at, Kind::Fault, i), [this, i] { fault_changes(i); });
    at(event(0, Kind::Telemetry, 0), [this] { report_status(); });
    next_peak_window();
    if (model().shape.warmup > 0) at({model().shape.warmup, id_, Stage::Books, 0, 1}, [this] { end_warmup(); });
    prefill_at_start();
    plan_prefill();
    start_streams();
}

TimeNs Site::now() const { return all_.queue().now(); }

const world::World& Site::model() const { return all_.model(); }

When Site::event(TimeNs time, Kind kind, uint64_t number) const {
    return {time, id_, Stage::Event, uint32_t(kind), number};
}

void Site::at(const When& when, Queue::Action action) { all_.queue().add(when, std::move(action)); }

void Site::build() {
    const world::SitePlace& place = model().topology.sites[id_];
    for (uint32_t s = 0; s < group_->servers; ++s)
        nodes_.emplace_back(model().nodes[place.group], model().keys,
                            RandomStream(scenario().seed, Purpose::Admission, id_, s));
    up_.assign(group_->servers, 1);
    server_condition_.resize(group_->servers);
    prefill_.resize(group_->servers);
    ring_ = std::make_unique<cdn::Ring>(group_->servers, 160, place.group);

    const auto add_link = [&](uint64_t kbps) {
        if (kbps == 0) kbps = UINT64_MAX / 1024;  // no limit
        links_.push_back({kbps, kbps});
    };
    add_link(group_->uplink_kbps);
    for (uint32_t s = 0; s < group_->servers; ++s) add_link(group_->nic_kbps);
    for (uint32_t s = 0; s < group_->servers; ++s) add_link(group_->disk_kbps);
    for (const scenario::Link& link : scenario().cdn.links) {
        if (link.to != place.group || link.bandwidth_kbps == 0) continue;
        for (uint32_t child = 0; child < model().topology.site_count(); ++child) {
            if (model().topology.sites[child].group != link.from) continue;
            link_of_child_[child] = uint32_t(links_.size());
            add_link(link.bandwidth_kbps);
        }
    }
}

bool Site::dark() const { return std::count(up_.begin(), up_.end(), 1) == 0; }

void Site::report_status() {
    at(event(now() + scenario().cdn.steering.telemetry, Kind::Telemetry, 0), [this] { report_status(); });
    if (dark()) return;
    uint64_t load = 0;
    uint64_t capacity = 0;
    for (uint32_t s = 0; s < nodes_.size(); ++s) {
        load += load_of(1 + s);
        if (up_[s]) capacity += links_[1 + s].capacity_kbps;
    }
    capacity = std::min(capacity, links_[0].capacity_kbps);
    const bool has_room = double(load) <= double(capacity) * scenario().cdn.steering.room;
    all_.send(id_, model().topology.control_process(), now() + model().topology.control_one_way_ns,
              [this, has_room] { all_.report(id_, has_room); });
}

void Site::close_peak_window() {
    peak_ = std::max(peak_, ended_ - ended_before_);
    ended_before_ = ended_;
    sent_by_window_.push_back(sent() - sent_before_);
    sent_before_ = sent();
}

void Site::next_peak_window() {
    at({now() + world::kPeakWindow, id_, Stage::Books, 0, 0}, [this] {
        close_peak_window();
        next_peak_window();
    });
}

void Site::end_warmup() {
    warmup_counters_ = counters();
    warmup_counters_.prefill_bytes = 0;
    warmup_saturated_ns_ = saturated_ns_;
    sent_before_ = sent();
}

cdn::NodeCounters Site::measured_counters() const {
    using C = cdn::NodeCounters;
    C sum = counters();
    for (const auto field : {&C::requests, &C::hits, &C::coalesced, &C::misses, &C::rejected, &C::hit_bytes,
                             &C::coalesced_bytes, &C::forwarded_bytes, &C::cancelled_bytes, &C::prefill_bytes})
        sum.*field -= warmup_counters_.*field;
    return sum;
}

cdn::NodeCounters Site::counters() const {
    cdn::NodeCounters sum;
    for (const cdn::CacheNode& node : nodes_) sum.add(node.counters);
    return sum;
}

void Site::finish() {
    over_ = true;
    while (!viewers_.empty()) {
        const uint32_t slot = viewers_.begin()->first;
        drop_request(slot);
        leave(slot, false);
    }
    while (!flows_.empty()) cut_flow(flows_.begin()->first);  // on their way to other sites
    for (const auto& [when, booking] : bookings_) ended_ += booking.bytes;
    bookings_.clear();
    for (cdn::CacheNode& node : nodes_) node.crash();
    close_peak_window();
    const cdn::NodeCounters sum = counters();
    for (const uint64_t word :
         {sum.requests, sum.hits, sum.coalesced, sum.misses, sum.rejected, sum.hit_bytes, sum.coalesced_bytes,
          sum.forwarded_bytes, sum.cancelled_bytes, sum.prefill_bytes, peak_, uint64_t(saturated_ns_)})
        digest_.add(word);
}

void Site::fault_changes(uint32_t number) {
    const faults::Change& change = model().faults.at_site(id_)[number];
    if (change.begins) {
        active_faults_.insert(change.fault);
    } else {
        active_faults_.erase(change.fault);
    }
    apply_faults();
}

/// What the active faults add up to, afresh.
void Site::apply_faults() {
    using Target = scenario::Fault::Target;
    const auto sum_of = [&](auto concerns) {
        faults::Condition sum;
        for (const uint32_t number : active_faults_)
            if (concerns(scenario().faults[number])) sum.worsen(scenario().faults[number]);
        return sum;
    };
    path_condition_ = sum_of([](const auto& fault) { return fault.target == Target::Link; });
    const faults::Condition of_site =
        sum_of([](const auto& fault) { return fault.target != Target::Link && !fault.server; });
    for (uint32_t s = 0; s < nodes_.size(); ++s) {
        server_condition_[s] = of_site;  // what befalls the whole site comes first, then its own
        for (const uint32_t number : active_faults_)
            if (scenario().faults[number].server == s) server_condition_[s].worsen(scenario().faults[number]);
        const bool up = !server_condition_[s].down;
        if (up_[s] && !up) server_dies(s);
        if (!up_[s] && up) wake_prefill(s, now());
        up_[s] = up;
        links_[1 + s].capacity_kbps = uint64_t(double(links_[1 + s].nominal_kbps) * server_condition_[s].rate_factor);
    }
    links_[0].capacity_kbps = uint64_t(double(links_[0].nominal_kbps) * of_site.rate_factor);
    want_tick();
}

/// Everything on its way is cut; who waited goes on waiting, until its patience with the request ends.
void Site::server_dies(uint32_t server) {
    for (auto& [slot, viewer] : viewers_) {
        if (!viewer.request || viewer.site != id_ || viewer.request->server != server) continue;
        Request& request = *viewer.request;
        if (request.state == Request::State::Refused) continue;
        if (request.state == Request::State::Receives) {
            viewer.path = cut_flow({false, slot}).path;
            ++totals.cut_by_crash;
        }
        request.state = Request::State::Waits;
        viewer.timer_ns = now() + timeout_of(viewer);
        schedule(slot);
    }
    std::vector<uint32_t> victims;
    for (const auto& [slot, foreign] : foreign_)
        if (foreign.server == server) victims.push_back(slot);
    for (const uint32_t slot : victims) {
        if (flows_.contains({true, slot})) {
            cut_flow({true, slot});
            ++totals.cut_by_crash;
        }
        forget_foreign(slot);
    }
    for (auto& [when, booking] : bookings_)
        if (booking.server == server) booking.connected = false;
    nodes_[server].crash();
    for (auto fill = fills_.begin(); fill != fills_.end();) {
        if (fill->first.first != server) {
            ++fill;
            continue;
        }
        all_.queue().remove(fill->second.timeout);
        fill = fills_.erase(fill);
    }
    if (prefill_[server].ask) take_prefill_back(prefill_[server]);
}

}  // namespace matinee::reference
