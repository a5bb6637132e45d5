#include "simulator/world/control.hpp"

namespace matinee::world {

ControlPlane::ControlPlane(const World& world)
    : world_(world),
      inbox_(world.topology.window_ns),
      outbox_(world.topology.control_process()),
      current_(world.topology.site_count()),
      next_ns_(world.scenario.cdn.steering.telemetry) {
    const TimeNs way = world.topology.control_one_way_ns + world.topology.window_ns;
    tables_.assign(size_t(way / world.scenario.cdn.steering.telemetry + 3), current_);
}

void ControlPlane::advance(TimeNs end) {
    inbox_.open(end);
    for (;;) {
        const TimeNs message_at = inbox_.next_time();
        if (message_at >= end && next_ns_ >= end) return;
        if (message_at <= next_ns_) {
            const Message& message = inbox_.peek();
            current_[message.source] = {message.time, true, message.payload.has_room};
            inbox_.pop();
        } else {
            publish(next_ns_);
            next_ns_ += world_.scenario.cdn.steering.telemetry;
        }
    }
}

void ControlPlane::publish(TimeNs now) {
    std::vector<cdn::SiteStatus>& table = tables_[++published_ % tables_.size()];
    const TimeNs silent = 2 * world_.scenario.cdn.steering.telemetry;
    for (cdn::SiteStatus& status : current_) status.up = now - status.reported_ns <= silent;
    table = current_;
    Payload news;
    news.kind = Payload::Kind::Table;
    news.table = &table;
    for (uint32_t site = 0; site < world_.topology.site_count(); ++site)
        outbox_.send(now + world_.topology.control_one_way_ns, site, news);
}

}  // namespace matinee::world
