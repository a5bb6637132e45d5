#include <algorithm>

#include "simulator/world/site.hpp"

namespace matinee::world {

void Site::fault_change(uint32_t index, TimeNs now) {
    const auto changes = world_.faults.at_site(id_);
    const faults::Change& change = changes[index];
    next_fault_ns_ = index + 1 < changes.size() ? changes[index + 1].at : kNever;
    fault_active_[change.fault] = change.begins;
    refresh_conditions(now);
}

// Conditions are recomputed from the list of active faults, so that overlapping faults need no undo.
void Site::refresh_conditions(TimeNs now) {
    condition_ = path_condition_ = {};
    for (uint32_t f = 0; f < fault_active_.size(); ++f) {
        if (!fault_active_[f]) continue;
        const scenario::Fault& fault = world_.scenario.faults[f];
        if (fault.target == scenario::Fault::Target::Link) {
            path_condition_.worsen(fault);
        } else if (!fault.server) {
            condition_.worsen(fault);
        }
    }
    server_condition_.assign(servers_.size(), condition_);
    for (uint32_t f = 0; f < fault_active_.size(); ++f) {
        const scenario::Fault& fault = world_.scenario.faults[f];
        if (fault_active_[f] && fault.server) server_condition_[*fault.server].worsen(fault);
    }
    for (uint32_t s = 0; s < servers_.size(); ++s) {
        const bool up = !server_condition_[s].down;
        if (server_up_[s] && !up) server_dies(s, now);
        if (!server_up_[s] && up) queue_.push(now, kHousekeeping, kPrefill + s);  // what was not fetched yet
        server_up_[s] = up;
        SharedLink& nic = links_[1 + s];
        nic.capacity_kbps = uint64_t(double(nic.nominal_kbps) * server_condition_[s].rate_factor);
    }
    all_up_ = std::find(server_up_.begin(), server_up_.end(), uint8_t(0)) == server_up_.end();
    dark_ = condition_.down || std::find(server_up_.begin(), server_up_.end(), uint8_t(1)) == server_up_.end();
    links_[0].capacity_kbps = uint64_t(double(links_[0].nominal_kbps) * condition_.rate_factor);
    want_tick(now);
}

// Whoever was being served notices nothing but silence, and gives up when its patience with the request ends.
void Site::server_dies(uint32_t server, TimeNs now) {
    for (uint32_t slot = 0; slot < viewers_.size(); ++slot) {
        Viewer& viewer = viewers_[slot];
        Flight& flight = viewer.flight;
        if (viewer.left || viewer.site != id_ || flight.server != server || flight.landed(now)) continue;
        if (viewer.fetching == Fetching::Receives) {
            cut_flow(flight, route_of_viewer(seat_of(slot)), now);
        } else if (viewer.fetching != Fetching::AwaitsAnswer) {
            continue;
        }
        viewer.fetching = Fetching::AwaitsAnswer;
        viewer.timer_ns = now + request_timeout(viewer);
        viewer.fill_watches = false;
        reschedule(seat_of(slot));
    }
    for (uint32_t slot = 0; slot < foreign_.size(); ++slot) {
        ForeignFlow& foreign = foreign_[slot];
        if (!foreign.used || foreign.flow.server != server) continue;
        if (foreign.flow.active) cut_flow(foreign.flow, route_of_foreign(slot), now);
        release_foreign(slot);
    }
    books_.forget_responses(server);
    servers_[server].node.crash();
    servers_[server].fills.clear();
    if (servers_[server].prefill_sent_ns >= 0) take_prefill_back(servers_[server]);
}

}  // namespace matinee::world
