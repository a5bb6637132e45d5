// The services of one region as a logical process: sites tell it of viewers who come and go, it tells them who may
// play. What happens in between is simulator/services' matter (region.hpp).
#pragma once

#include "simulator/services/region.hpp"
#include "simulator/world/metrics.hpp"
#include "simulator/world/payload.hpp"
#include "simulator/world/world.hpp"

namespace matinee::world {

class HomeRegion {
public:
    HomeRegion(const World& world, uint32_t region);

    void advance(TimeNs end, Recorder& recorder);
    void finish(TimeNs end) { region_.finish(end); }
    Inbox& inbox() { return inbox_; }
    Outbox& outbox() { return outbox_; }

    const services::RegionCounts& counts() const { return region_.counts(); }
    uint64_t digest() const;
    uint64_t events() const { return events_; }

private:
    void handle(const Message& message);
    void send_verdicts();

    services::Region region_;
    Inbox inbox_;
    Outbox outbox_;
    uint64_t events_ = 0;  ///< so far, as recorders have been told
};

}  // namespace matinee::world
