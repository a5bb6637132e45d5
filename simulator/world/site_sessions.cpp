// A viewer and the services of its region. Where a scenario has services, a viewer who arrives opens the app, and its
// region's control plane (home_region.hpp) plays its client: it signs in, chooses, presses play. The site hears the
// verdict; from the moment of pressing play on, the viewer is as any other, so that the API's answer to "play" is part
// of its start-up time, and signing in and choosing are not.
#include "simulator/world/site.hpp"

namespace matinee::world {

/// The services stand as far behind a viewer's access as the next site of the region does.
TimeNs Site::way_to_region(const Viewer& viewer) const {
    return TimeNs(nature_of(viewer).access_rtt_ns) / 2 + world_.topology.control_one_way_ns;
}

uint32_t Site::region_process(const Viewer& viewer) const {
    return world_.topology.control_process() + 1 + world_.populations[viewer.population].spec->region;
}

void Site::open_session(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    const TimeNs way = way_to_region(viewer);
    Payload opens;
    opens.kind = Payload::Kind::SessionOpens;
    opens.bulk = viewer.midway;
    opens.number = seat.slot;
    opens.key = who(viewer);
    opens.visit = {viewer.session, viewer.playable, now, nature_of(viewer).startup_patience_ns, way};
    // Connections take their round trips before the first request.
    const auto set_up = TimeNs(world_.scenario.transport.setup_rtts * double(2 * way));
    outbox_.send(now + (viewer.midway ? 0 : set_up) + way, region_process(viewer), opens);
    if (viewer.midway) return;
    viewer.fetching = Fetching::AwaitsVerdict;
    viewer.action_ns = kNever;
    reschedule(seat);
}

void Site::session_answered(const Message& message) {
    const Payload& answer = message.payload;
    const Seat seat = seat_of(answer.number);
    Viewer& viewer = seat.viewer;
    if (viewer.left || viewer.session != answer.verdict.session || viewer.fetching != Fetching::AwaitsVerdict) return;
    viewer.fetching = Fetching::Nothing;
    if (answer.kind == Payload::Kind::SessionRefused)
        return leave(seat, message.time, answer.ok ? Departure::Left : Departure::GaveUp);
    viewer.player.open(answer.verdict.pressed_ns, world_.library.segments(viewer.playable));
    draw_action(viewer, message.time);
    ask_player(seat, message.time);
    reschedule(seat);
}

/// Whoever the region has refused, it has forgotten already.
void Site::end_session(const Seat& seat, TimeNs now) {
    Payload ends;
    ends.kind = Payload::Kind::SessionEnds;
    ends.number = seat.slot;
    ends.verdict = {seat.viewer.session, 0};
    outbox_.send(now + way_to_region(seat.viewer), region_process(seat.viewer), ends);
}

}  // namespace matinee::world
