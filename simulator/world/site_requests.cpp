// From a player's wish to an answer.
//
// Timeline of a request: it leaves the player at `asked`, after the connection's set-up; half a round trip later it
// reaches the server, half a round trip after the server's own latency the first byte is at the player. The server's
// books are written when the player asks, not when the request arrives: a few milliseconds early, and one event instead
// of three.
#include <algorithm>

#include "simulator/world/site_inline.hpp"

namespace matinee::world {

/// Which site serves the viewer from now on: its own if that is up and has room, else the nearest other that is and
/// has.
void Site::steer(Viewer& viewer, TimeNs now, uint32_t excluded) {
    const cdn::SiteDirectory::Choice choice = choose_site(viewer, excluded);
    viewer.steered_ns = now;
    if (choice.site == viewer.site && !viewer.impaired) return;  // its path is as it was
    const Nature nature = nature_of(viewer);
    viewer.path.rtt_ns = uint32_t(std::min(TimeNs(nature.access_rtt_ns) + 2 * choice.one_way_ns, kLongestRtt));
    viewer.connected = viewer.connected && viewer.site == choice.site;
    viewer.site = uint16_t(choice.site);
    set_path(viewer, nature.access_scale, 0);
}

cdn::SiteDirectory::Choice Site::choose_site(const Viewer& viewer, uint32_t excluded) const {
    const scenario::Steering& steering = world_.scenario.cdn.steering;
    const cdn::SiteDirectory::Choice home{id_, 0};
    if (steering.policy == scenario::Steering::Policy::Home) return home;
    const bool wants_room = steering.policy == scenario::Steering::Policy::NearestWithRoom;
    const std::vector<cdn::SiteStatus>& table = *table_;
    const bool home_is_up = table[id_].up && excluded != id_;
    if (home_is_up && (table[id_].has_room || !wants_room)) return home;
    const auto choice = world_.topology.edges[id_].choose(table, mix64(who(viewer)), excluded, wants_room);
    if (choice.site == cdn::SiteDirectory::kNoSite) return home;
    if (home_is_up && !table[choice.site].has_room) return home;  // full everywhere: stay near
    return choice;
}

/// What a viewer's path carries depends on where it leads and on what the server there suffers.
void Site::set_path(Viewer& viewer, float access_scale, double server_loss) const {
    set_loss(viewer.path, access_scale, access_of(viewer).loss, server_loss);
    viewer.impaired = server_loss > 0;
}

/// Losses on the viewer's own link and at the server come on top of each other.
void Site::set_loss(network::Path& path, float scale, float access_loss, double server_loss) const {
    const double loss = 1 - (1 - double(access_loss)) * (1 - server_loss);
    path.scale = float(double(scale) * (1 - loss));
    path.limit_kbps = UINT32_MAX;
    if (loss <= 0 || world_.scenario.transport.congestion != scenario::Transport::Congestion::Cubic) return;
    const double limit = double(network::cubic_limit_kbps(loss, path.rtt_ns)) / double(path.scale);
    path.limit_kbps = Kbps(std::clamp(limit, 1.0, 4e9));
}

void Site::ask_afar(const Seat& seat, cdn::ObjectKey key) {
    Viewer& viewer = seat.viewer;
    const network::Path& path = viewer.path;
    Payload ask;
    ask.kind = Payload::Kind::ViewerRequest;
    ask.number = seat.slot;
    ask.key = key;
    ask.viewer = {viewer.request,    path.rtt_ns,         path.cursor.row_start_ns, path.cursor.row,
                  path.window_bytes, nature_of(viewer).access_scale, access_of(viewer).loss};
    outbox_.send(viewer.reaches_ns, viewer.site, ask);
}

/// News of a segment that another site is sending to one of our viewers.
void Site::from_afar(const Message& message) {
    const Payload& payload = message.payload;
    const Payload::News& news = payload.news;
    const Seat seat = seat_of(payload.number);
    Viewer& viewer = seat.viewer;
    const bool expected = viewer.fetching == Fetching::AwaitsAnswer || viewer.fetching == Fetching::ReceivesFromAfar;
    if (viewer.left || viewer.request != news.request || !expected || viewer.site != message.source) return;
    if (payload.kind == Payload::Kind::ViewerStarted) {
        viewer.fetching = Fetching::ReceivesFromAfar;
        viewer.reaches_ns = message.time;
        const TimeNs expected_end = std::max(message.time, news.ends_ns < kNever ? news.ends_ns : message.time);
        viewer.timer_ns = expected_end + request_timeout(viewer);
    } else if (payload.kind == Payload::Kind::ViewerDone) {
        viewer.reaches_ns = std::min(viewer.reaches_ns, message.time);
        viewer.path.window_bytes = news.window_bytes;
        seat.flight.done_ns = message.time;
        segment_arrived(seat, message.time);
    } else {
        request_failed(seat, message.time);
    }
    reschedule(seat);
}

}  // namespace matinee::world
