// Prefill: objects put where they will be wanted before anyone wants them, the most popular per byte first (a title's
// bytes streamed over its size; with every rung equally likely that is its share of the starts). Either the cache is
// full of them when time begins, or they come over the links, one rendition at a time and server, from a site that
// holds everything, within the hours that the operator allows. A release that is prefilled goes first and may come at
// any hour.
#include <algorithm>
#include <numeric>

#include "simulator/world/site_inline.hpp"

namespace matinee::world {

namespace {

/// A prefill transfer without an answer for so long is taken for lost.
constexpr TimeNs kPrefillPatience = 10 * kMinute;

TimeNs local_time_of_day(const World& world, uint32_t region, TimeNs now) {
    const auto offset = TimeNs(world.scenario.regions[region].utc_offset_h * double(kHour));
    const TimeNs local = (world.scenario.time.start_unix_s % (kDay / kSecond)) * kSecond + offset + now;
    return (local % kDay + kDay) % kDay;
}

/// Time until the window [from, to) of local hours opens; 0 inside it. A window may span midnight.
TimeNs until_window(TimeNs local, double from_h, double to_h) {
    const auto from = TimeNs(from_h * double(kHour));
    const auto to = TimeNs(to_h * double(kHour));
    const bool inside = from <= to ? local >= from && local < to : local >= from || local < to;
    return inside ? 0 : ((from - local) % kDay + kDay) % kDay;
}

}  // namespace

Bytes Site::rendition_bytes(uint32_t playable, uint32_t rung) const {
    Bytes bytes = 0;
    for (uint32_t i = 0; i < world_.library.segments(playable); ++i)
        bytes += world_.library.segment_bytes(playable, rung, i);
    return bytes;
}

/// Playables in order of preference: releases whose prefill is due before time 0, then by share of the starts.
std::vector<uint32_t> Site::prefill_order() const {
    const std::vector<double> share = world_.library.popularity(place_.region, 0);
    std::vector<uint32_t> order;
    const auto& releases = world_.scenario.releases;
    for (uint32_t r = 0; r < releases.size(); ++r)
        if (releases[r].prefill && *releases[r].prefill <= 0) order.push_back(world_.library.release_playable(r));
    const size_t released = order.size();
    for (uint32_t p = 0; p < share.size(); ++p)
        if (share[p] > 0 && std::find(order.begin(), order.begin() + std::ptrdiff_t(released), p) ==
                                order.begin() + std::ptrdiff_t(released))
            order.push_back(p);
    std::stable_sort(order.begin() + std::ptrdiff_t(released), order.end(),
                     [&](uint32_t a, uint32_t b) { return share[a] > share[b]; });
    return order;
}

/// The playables that each server should hold, best first, within the share of its disk that prefill may take.
std::vector<std::vector<uint32_t>> Site::prefill_choice() {
    std::vector<Bytes> room(servers_.size(), Bytes(double(group_.disk) * group_.prefill_share));
    std::vector<std::vector<uint32_t>> chosen(servers_.size());
    std::vector<uint8_t> full(servers_.size(), 0);
    size_t open = servers_.size();
    for (const uint32_t playable : prefill_order()) {
        const uint32_t server = pick_server(playable);
        if (full[server]) continue;
        const Bytes bytes = world_.library.exact_bytes(playable);
        if (bytes > room[server]) {
            full[server] = 1;
            if (--open == 0) break;
            continue;
        }
        room[server] -= bytes;
        chosen[server].push_back(playable);
    }
    return chosen;
}

void Site::prefill_at_start() {
    if (!group_.prefill || !group_.prefilled_at_start || world_.nodes[place_.group].holds_everything) return;
    const auto chosen = prefill_choice();
    const population::Library& library = world_.library;
    for (uint32_t s = 0; s < servers_.size(); ++s) {
        std::vector<cdn::KeyRange> playables;
        // Queues keep the last to come longest.
        for (size_t i = chosen[s].size(); i-- > 0;) {
            const uint32_t playable = chosen[s][i];
            playables.push_back({world_.key_of(playable, 0, 0), uint64_t(library.segments(playable)) * library.rungs(),
                                 library.exact_bytes(playable)});
        }
        servers_[s].node.prefill(playables, 0);
    }
}

void Site::insert_rendition(uint32_t server, uint32_t playable, uint32_t rung, bool evicts, TimeNs now) {
    cdn::CacheNode& node = servers_[server].node;
    for (uint32_t i = 0; i < world_.library.segments(playable); ++i)
        node.prefill(world_.key_of(playable, rung, i), world_.library.segment_bytes(playable, rung, i), now, evicts);
}

void Site::plan_prefill() {
    if (!group_.prefill || world_.nodes[place_.group].holds_everything) return;
    const auto& releases = world_.scenario.releases;
    const uint32_t rungs = world_.library.rungs();
    for (uint32_t r = 0; r < releases.size(); ++r) {
        if (!releases[r].prefill) continue;
        if (*releases[r].prefill <= 0 && group_.prefilled_at_start) continue;
        const TimeNs at = std::max<TimeNs>(0, *releases[r].prefill);
        if (at >= world_.shape.duration) continue;
        const uint32_t playable = world_.library.release_playable(r);
        const uint32_t server = pick_server(playable);
        for (uint32_t rung = 0; rung < rungs; ++rung)
            servers_[server].prefill_releases.push_back({world_.rendition_of(playable, rung), at, true});
        queue_.push(at, kHousekeeping, kPrefill + server);
    }
    if (group_.prefilled_at_start) return;
    const auto chosen = prefill_choice();
    for (uint32_t s = 0; s < servers_.size(); ++s) {
        for (size_t i = chosen[s].size(); i-- > 0;)
            for (uint32_t rung = rungs; rung-- > 0;)
                servers_[s].prefill_queue.push_back({world_.rendition_of(chosen[s][i], rung), 0, false});
        queue_.push(0, kHousekeeping, kPrefill + s);
    }
}

/// The transfer under way has been lost: its rendition is wanted first of all again.
void Site::take_prefill_back(Server& server) {
    server.prefill_sent_ns = -1;
    if (server.prefill_item.is_release) {
        server.prefill_releases.insert(server.prefill_releases.begin(), server.prefill_item);
    } else {
        server.prefill_queue.push_back(server.prefill_item);  // the next one is its last
    }
}

void Site::continue_prefill(uint32_t s, TimeNs now) {
    Server& server = servers_[s];
    if (!server_up_[s]) return;  // refresh_conditions() calls again
    if (server.prefill_sent_ns >= 0) {
        if (now < server.prefill_sent_ns + kPrefillPatience) return;
        take_prefill_back(server);
    }
    PrefillItem item;
    const auto release = std::find_if(server.prefill_releases.begin(), server.prefill_releases.end(),
                                      [&](const PrefillItem& i) { return i.not_before_ns <= now; });
    if (release != server.prefill_releases.end()) {
        item = *release;
        server.prefill_releases.erase(release);
    } else {
        if (server.prefill_queue.empty()) return;
        const TimeNs wait =
            until_window(local_time_of_day(world_, place_.region, now), group_.fill_from_h, group_.fill_to_h);
        if (wait > 0) {
            if (now + wait < world_.shape.duration) queue_.push(now + wait, kHousekeeping, kPrefill + s);
            return;
        }
        item = server.prefill_queue.back();
        server.prefill_queue.pop_back();
    }
    server.prefill_item = item;
    server.prefill_sent_ns = now;
    queue_.push(now + kPrefillPatience, kHousekeeping, kPrefill + s);
    const auto playable = uint32_t(item.rendition / world_.library.rungs());
    const auto root = world_.topology.roots[id_].choose(*table_, mix64(playable), cdn::SiteDirectory::kNoSite, false);
    if (root.site == cdn::SiteDirectory::kNoSite || path_condition_.down) return;  // nobody hears us: again later
    const double whole = double(world_.scenario.cdn.fill_flow_kbps);
    const double part = group_.fill_kbps == 0 ? 1 : std::min(1.0, double(group_.fill_kbps) / whole);
    Payload& ask = begin_request(root, now, part);
    ask.bulk = true;
    ask.fill.server = uint16_t(s);
    ask.fill.playable = playable;
    ask.key = world_.key_of(playable, uint32_t(item.rendition % world_.library.rungs()), 0);
}

void Site::prefill_arrived(const Message& message) {
    const Payload& reply = message.payload;
    const uint32_t s = reply.fill.server;
    Server& server = servers_[s];
    if (server.prefill_sent_ns != reply.fill.sent_ns || !reply.ok)
        return;  // what was refused is asked again in a while
    server.prefill_sent_ns = -1;
    if (server_up_[s]) {
        const auto [playable, rung, first] = world_.library.place_of(reply.key);
        server.node.counters.prefill_bytes += rendition_bytes(playable, rung);
        // A release must be there even if demand has filled the disk since.
        insert_rendition(s, playable, rung, world_.library.is_release(playable), message.time);
    }
    continue_prefill(s, message.time);
}

}  // namespace matinee::world
