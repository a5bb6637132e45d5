#include "tests/simulator/reference/reference_world.hpp"

#include <algorithm>

namespace matinee::reference {

void Totals::add(const Totals& other) {
    using T = Totals;
    uint64_t Totals::*const fields[] = {
        &T::sessions, &T::measured_sessions, &T::start_failures, &T::exits_before_start, &T::segments, &T::stalls,
        &T::switches, &T::next_episodes, &T::pauses, &T::seeks, &T::abandoned, &T::failed_requests, &T::served_afar,
        &T::cut_by_crash, &T::refused, &T::fill_timeouts, &T::fills_failed, &T::promised, &T::coalesced,
        &T::saturated_ticks, &T::calmed, &T::prefilled_at_start, &T::prefill_transfers, &T::prefill_lost};
    static_assert(sizeof fields / sizeof *fields * sizeof(uint64_t) == sizeof(Totals), "every field is added");
    for (const auto field : fields) this->*field += other.*field;
}

ReferenceWorld::ReferenceWorld(const scenario::Scenario& scenario)
    : model_(scenario), sent_(model_.topology.site_count() + 1), heard_(model_.topology.site_count()) {
    for (uint32_t id = 0; id < model_.topology.site_count(); ++id) sites_.push_back(std::make_unique<Site>(*this, id));
    const TimeNs period = scenario.cdn.steering.telemetry;
    queue_.add({period, model_.topology.control_process(), Stage::Event, 0, 0}, [this] { publish_table(); });
}

ReferenceWorld::~ReferenceWorld() = default;

void ReferenceWorld::run() {
    while (queue_.run_next(model_.shape.duration)) {
    }
    queue_.end_at(model_.shape.duration);
    for (const auto& site : sites_) site->finish();
}

void ReferenceWorld::send(uint32_t from, uint32_t to, TimeNs time, Queue::Action action) {
    queue_.add({time, to, Stage::Message, from, sent_[from]++}, std::move(action));
}

void ReferenceWorld::report(uint32_t site, bool has_room) { heard_[site] = {queue_.now(), true, has_room}; }

/// A site that has not been heard of for two periods counts as down, until it is.
void ReferenceWorld::publish_table() {
    const TimeNs now = queue_.now();
    const TimeNs period = model_.scenario.cdn.steering.telemetry;
    for (cdn::SiteStatus& status : heard_)
        if (now - status.reported_ns > 2 * period) status.up = false;
    const auto table = std::make_shared<const Table>(heard_);
    for (uint32_t id = 0; id < sites_.size(); ++id)
        send(model_.topology.control_process(), id, now + model_.topology.control_one_way_ns,
             [this, id, table] { sites_[id]->table_arrives(table); });
    queue_.add({now + period, model_.topology.control_process(), Stage::Event, 0, 0}, [this] { publish_table(); });
}

std::string ReferenceWorld::digest() const {
    Digest digest;
    for (const auto& site : sites_) digest.add(site->digest());
    return digest.hex();
}

Totals ReferenceWorld::totals() const {
    Totals sum;
    for (const auto& site : sites_) {
        Totals of_site = site->totals;
        of_site.coalesced = site->counters().coalesced;
        of_site.refused = site->counters().rejected;
        sum.add(of_site);
    }
    return sum;
}

cdn::NodeCounters ReferenceWorld::counters_of_group(uint32_t group) const {
    cdn::NodeCounters sum;
    for (uint32_t s = model_.topology.first_site[group]; s < model_.topology.first_site[group + 1]; ++s)
        sum.add(sites_[s]->measured_counters());
    return sum;
}

TimeNs ReferenceWorld::saturated_ns_of_group(uint32_t group) const {
    TimeNs sum = 0;
    for (uint32_t s = model_.topology.first_site[group]; s < model_.topology.first_site[group + 1]; ++s)
        sum += sites_[s]->measured_saturated_ns();
    return sum;
}

std::pair<Bytes, double> ReferenceWorld::sent_by_group(uint32_t group) const {
    Bytes all = 0;
    double peak = 0;
    const world::Shape& shape = model_.shape;
    for (size_t w = size_t(shape.warmup / world::kPeakWindow); TimeNs(w) * world::kPeakWindow < shape.duration; ++w) {
        Bytes sent = 0;
        for (uint32_t s = model_.topology.first_site[group]; s < model_.topology.first_site[group + 1]; ++s)
            sent += sites_[s]->sent_by_window().at(w);
        all += sent;
        peak = std::max(peak, world::peak_window_gbps(sent, w, shape.warmup, shape.duration));
    }
    return {all, peak};
}

}  // namespace matinee::reference
