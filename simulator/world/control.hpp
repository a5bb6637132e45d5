// The control plane as a logical process: sites report to it, and every telemetry period it sends all of them a table
// of who is up and has room. A site that has not been heard of for two periods counts as down.
#pragma once

#include <vector>

#include "simulator/world/payload.hpp"
#include "simulator/world/world.hpp"

namespace matinee::world {

class ControlPlane {
public:
    explicit ControlPlane(const World& world);

    void advance(TimeNs end);
    Inbox& inbox() { return inbox_; }
    Outbox& outbox() { return outbox_; }
    /// What everybody knows at time 0: all is well.
    const std::vector<cdn::SiteStatus>* initial_table() const { return &tables_[0]; }

private:
    void publish(TimeNs now);

    const World& world_;
    Inbox inbox_;
    Outbox outbox_;
    std::vector<cdn::SiteStatus> current_;
    // A table is read until the next one has arrived: a period, a message's way and a window after it was published.
    // Until then it must not be overwritten, however many are on their way.
    std::vector<std::vector<cdn::SiteStatus>> tables_;
    uint32_t published_ = 0;
    TimeNs next_ns_;
};

}  // namespace matinee::world
