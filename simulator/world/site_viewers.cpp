// Sessions: who arrives, what its player does next, when it leaves.
//
// Each viewer has one pending event, at the earliest of the times at which something of its own can happen: its segment
// is there, its patience ends, it pauses or seeks, the player wakes, its show is over. At that time whatever is due
// happens, one thing after another in a fixed order (step_viewer), and the next such time is computed.
#include <algorithm>
#include <cassert>

#include "clients/population/behaviour.hpp"
#include "simulator/world/site_inline.hpp"

namespace matinee::world {

namespace {

/// A player that was refused, or whose sites are all down, waits this long before each further attempt.
constexpr TimeNs kBackoff = 500 * kMillisecond;

template <class Options>
uint32_t choose(const Options& options, double uniform) {
    uint32_t i = 0;
    while (i + 1 < options.size() && uniform >= options[i].up_to) ++i;
    return i;
}

}  // namespace

void Site::start_streams() {
    const auto& homes = world_.topology.homes;
    for (uint32_t p = 0; p < homes.size(); ++p) {
        if (std::find(homes[p].sites.begin(), homes[p].sites.end(), id_) == homes[p].sites.end()) continue;
        const PopulationPlan& plan = world_.populations[p];
        const double share = plan.spec->share / double(homes[p].sites.size());
        const double offset_h = world_.scenario.regions[plan.spec->region].utc_offset_h;
        streams_.push_back(Stream{p,
                                  population::ArrivalRate(world_.scenario.arrivals, world_.scenario.time.start_unix_s,
                                                          offset_h, plan.mean_session_s, share),
                                  RandomStream(world_.scenario.seed, Purpose::Arrivals, id_, p)});
        if (world_.scenario.arrivals.steady) place_midway(streams_.back());
        const TimeNs first = streams_.back().rate.next_arrival(0, streams_.back().random);
        if (first < world_.shape.duration) queue_.push(first, kArrival, uint32_t(streams_.size() - 1));
    }
}

// The viewers found at time 0: their players have been playing, so their buffers are full, their rungs are what their
// links carry, and their requests are spread in time because their positions are.
void Site::place_midway(Stream& stream) {
    const PopulationPlan& plan = world_.populations[stream.population];
    const double wanted = stream.rate.target_viewers(0);
    auto count = uint32_t(wanted);
    if (stream.random.uniform() < wanted - double(count)) ++count;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t slot = take_slot();
        Viewer& viewer = viewers_[slot];
        viewer.population = uint16_t(stream.population);
        viewer.midway = viewer.startup_seen = true;
        RandomStream random(world_.scenario.seed, Purpose::Session, who(viewer));
        const uint32_t trace = dress(viewer, plan, random, 0);
        const population::Residual::Found found = plan.residual->draw(random);
        viewer.playable = found.playable;
        viewer.watch_ns = found.watch - found.position;
        const player::Config& config = config_of(viewer);
        const uint32_t segments = world_.library.segments(viewer.playable);
        const TimeNs segment = config.segment_ns;
        const auto next = uint32_t(std::clamp<TimeNs>((found.position + config.buffer_target_ns) / segment,
                                                      found.position / segment + 1, TimeNs(segments)));
        const TimeNs level =
            std::min(TimeNs(next) * segment, world_.library.duration_ns(viewer.playable)) - found.position;
        const double link_kbps = world_.traces.trace(trace).mean_kbps * double(viewer.path.scale);
        const int rung = config.plan.ladder.highest_at_most(0.7 * link_kbps);
        const auto bitrate = Kbps(config.plan.ladder.bitrate(rung));
        viewer.player.open_midway(0, segments, next, std::max<TimeNs>(level, 1), uint8_t(rung), bitrate);
        player::Received sample{uint64_t(double(bitrate) * to_ms(segment)), viewer.path.rtt_ns,
                                std::max<TimeNs>(kMillisecond, from_ms(double(bitrate) * to_ms(segment) / link_kbps)),
                                segment, bitrate};
        viewer.player.learn(config, 0, uint8_t(rung), sample);
        viewer.timer_ns = 0;
        if (world_.scenario.services) open_session(seat_of(slot), 0);
        reschedule(seat_of(slot));
    }
}

uint32_t Site::take_slot() {
    uint32_t slot;
    if (free_slots_.empty()) {
        slot = uint32_t(viewers_.size());
        viewers_.emplace_back();
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
        const uint32_t request = viewers_[slot].request;
        viewers_[slot] = Viewer();
        // Answers to the slot's last tenant must not be taken for ours.
        viewers_[slot].request = request & Viewer::kRequestMask;
    }
    ++viewer_count_;
    viewers_[slot].session = sessions_++;
    return slot;
}

RandomStream Site::behaviour(Viewer& viewer) const {
    return RandomStream(world_.scenario.seed, Purpose::Behaviour, who(viewer), viewer.draws++);
}

Site::Nature Site::draw_nature(const PopulationPlan& plan, RandomStream& random) const {
    Nature nature;
    nature.device = uint8_t(choose(plan.devices, random.uniform()));
    nature.access = uint8_t(choose(plan.access, random.uniform()));
    const AccessOption& access = plan.access[nature.access];
    nature.trace = access.first_trace + random.below(access.traces);
    const auto& trace = world_.traces.trace(nature.trace);
    nature.offset_ns = TimeNs(random.uniform() * double(trace.duration_ns));
    double scale = access.scale;
    if (access.generator != nullptr) scale *= network::draw_scale(*access.generator, random);
    nature.access_scale = float(scale);
    TimeNs rtt = access.rtt_ns;
    if (rtt == 0)
        rtt = access.generator != nullptr ? network::draw_rtt(*access.generator, random)
                                          : std::max<TimeNs>(kMillisecond, from_ms(trace.mean_latency_ms));
    nature.access_rtt_ns = uint32_t(std::min(rtt + plan.extra_rtt_ns, kLongestRtt));
    nature.startup_patience_ns = population::draw_startup_patience(plan.spec->behaviour.patience, random);
    nature.stall_patience_ns = population::draw_stall_patience(plan.spec->behaviour.patience, random);
    return nature;
}

Site::Nature Site::nature_of(const Viewer& viewer) const {
    RandomStream random(world_.scenario.seed, Purpose::Session, who(viewer));
    return draw_nature(world_.populations[viewer.population], random);
}

/// Device, link and first plan of a viewer. Returns the number of its trace.
uint32_t Site::dress(Viewer& viewer, const PopulationPlan& plan, RandomStream& random, TimeNs now) {
    const Nature nature = draw_nature(plan, random);
    viewer.device = nature.device;
    viewer.access = nature.access;
    viewer.path.cursor = network::TraceCursor::at(world_.traces, nature.trace, nature.offset_ns, now);
    viewer.path.rtt_ns = nature.access_rtt_ns;
    set_path(viewer, nature.access_scale, 0);
    viewer.site = uint16_t(id_);
    draw_action(viewer, now);
    return nature.trace;
}

void Site::arrive(uint32_t stream_number, TimeNs now) {
    Stream& stream = streams_[stream_number];
    const TimeNs next = stream.rate.next_arrival(now, stream.random);
    if (next < world_.shape.duration) queue_.push(next, kArrival, stream_number);

    const PopulationPlan& plan = world_.populations[stream.population];
    const uint32_t slot = take_slot();
    Viewer& viewer = viewers_[slot];
    viewer.population = uint16_t(stream.population);
    ++step_.arrivals;
    RandomStream random(world_.scenario.seed, Purpose::Session, who(viewer));
    dress(viewer, plan, random, now);
    viewer.playable = world_.library.pick(plan.spec->region, now, random);
    viewer.watch_ns = population::plan_watch(plan.spec->behaviour, world_.library.duration_ns(viewer.playable), random);
    viewer.player.open(now, world_.library.segments(viewer.playable));
    if (world_.scenario.services) return open_session(seat_of(slot), now);
    ask_player(seat_of(slot), now);
    reschedule(seat_of(slot));
}

void Site::draw_action(Viewer& viewer, TimeNs now) {
    const population::Behaviour& behaves = world_.populations[viewer.population].spec->behaviour;
    RandomStream random = behaviour(viewer);
    const TimeNs seek = population::draw_time_to_seek(behaves, random);
    const TimeNs pause = population::draw_time_to_pause(behaves, random);
    viewer.action = seek < pause ? Viewer::Action::Seek : Viewer::Action::Pause;
    viewer.action_ns = std::min({now + std::min(seek, pause), kNever});
}

void Site::viewer_event(const Seat& seat, TimeNs now) {
    if (seat.flight.unattended) land(seat);
    while (seat.flight.due_ns <= now) {
        if (!step_viewer(seat, now)) return;  // has left
        reschedule(seat);
    }
}

/// Does the first thing that is due at `now`; false when the viewer has left.
bool Site::step_viewer(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    viewer.player.settle(now);
    if (viewer.fetching == Fetching::Receives && seat.flight.done_ns <= now) {
        segment_arrived(seat, now);
    } else if (leave_time(viewer, now) <= now) {
        drop_request(seat, now);
        leave(seat, now, Departure::Left);
        return false;
    } else if (viewer.action_ns <= now) {
        act(seat, now);
        // Its buffer will not be what looks were left out for.
        if (is_foreseen(seat)) {
            if (is_slow(seat)) viewer.timer_ns = telling_look(seat, now);
        } else if (viewer.fetching == Fetching::Receives && viewer.timer_ns != kNever) {
            viewer.timer_ns -= std::max<TimeNs>(0, viewer.timer_ns - now) / kSlowLook * kSlowLook;
        }
    } else if (viewer.timer_ns <= now) {
        timer_rings(seat, now);
    }
    return !seat.viewer.left;
}

/// When the viewer goes, because the show is over, it has seen enough, or its patience ends; kNever if that cannot be
/// up to `horizon`.
TimeNs Site::leave_time(const Viewer& viewer, TimeNs horizon) const {
    const player::Player& player = viewer.player;
    switch (player.phase()) {
        case player::Phase::Ended:
            return player.phase_since_ns();
        case player::Phase::Starting:
            if (viewer.fetching == Fetching::AwaitsVerdict) return kNever;  // its region says what becomes of it
            return std::min(kNever, player.opened_ns() + nature_of(viewer).startup_patience_ns);
        case player::Phase::Seeking:
        case player::Phase::Stalled:
            return std::min(kNever, player.phase_since_ns() + nature_of(viewer).stall_patience_ns);
        case player::Phase::Playing: {
            const TimeNs drains = player.drains_ns();
            const TimeNs surplus = player.media_ns() - viewer.watch_ns;
            if (surplus >= 0) return drains - surplus;
            if (player.next_segment() == player.segments()) return drains;
            return drains > horizon ? kNever : std::min(kNever, drains + nature_of(viewer).stall_patience_ns);
        }
        default:
            return kNever;
    }
}

/// Sees to the viewer's next event.
void Site::reschedule(const Seat& seat) {
    Viewer& viewer = seat.viewer;
    if (viewer.left) return;
    Flight& flight = seat.flight;
    TimeNs due;
    const bool unattended = arrives_unattended(seat, due);
    flight.unattended = unattended;
    if (!unattended) {
        due = std::min(viewer.action_ns, viewer.timer_ns);
        if (viewer.fetching == Fetching::Receives) due = std::min(due, flight.done_ns);
        due = std::max(now_, std::min(due, leave_time(viewer, due)));
        // Most requests that wait are answered in time, and an alarm costs a look at the viewer when it would ring.
        if (viewer.fill_watches && viewer.fetching == Fetching::AwaitsAnswer && due == viewer.timer_ns) due = kNever;
    }
    if (due == flight.due_ns) return;
    flight.due_ns = due;
    if (due >= world_.shape.duration) return;
    if (viewer.fetching != Fetching::AwaitsAnswer || !alarms_.set(due, seat.slot)) queue_.push(due, kViewer, seat.slot);
}

/// Whether the segment under way can come in without its player: nothing else happens to the viewer before, and then
/// the player would only wait. `wakes`: until when.
bool Site::arrives_unattended(const Seat& seat, TimeNs& wakes) const {
    const Viewer& viewer = seat.viewer;
    const Flight& flight = seat.flight;
    const player::Player& player = viewer.player;
    const TimeNs done = flight.done_ns;
    if (viewer.fetching != Fetching::Receives || tracking_ || viewer.timer_ns != kNever) return false;
    if (flight.has_history) return false;
    if (player.phase() != player::Phase::Playing || player.drains_ns() <= done || viewer.action_ns <= done)
        return false;
    if (player.next_segment() + 1 >= player.segments()) return false;
    const player::Config& config = seat.config;
    const TimeNs room = player.room_after_next_ns(config);
    // If it leaves, then while it plays: when media_ns, which this segment makes longer, has been seen as far as
    // wanted.
    const TimeNs seen_enough = player.drains_ns() - player.media_ns() + viewer.watch_ns;
    const bool enough = player.media_ns() + config.segment_ns >= viewer.watch_ns;
    if (room <= done || room >= player.drains_ns() || (enough && seen_enough <= done)) return false;
    wakes = std::min({room, viewer.action_ns, enough ? seen_enough : kNever});
    return true;
}

void Site::ask_player(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    if (viewer.fetching != Fetching::Nothing) return;
    viewer.timer_ns = kNever;
    player::Next next = viewer.player.next(seat.config, now);
    if (next.kind == player::Next::Kind::PlayOut && !viewer.out_of_titles) {
        titles_end(viewer);
        next = viewer.player.next(seat.config, now);
    }
    if (next.kind == player::Next::Kind::Wait) {
        viewer.timer_ns = next.until;
    } else if (next.kind == player::Next::Kind::Fetch) {
        submit(seat, next.segment, next.rung, now);
    }
}

/// The last segment of a title is in the buffer: who meant to see it to the end may let the next episode follow.
void Site::titles_end(Viewer& viewer) {
    viewer.out_of_titles = true;
    if (viewer.player.media_ns() > viewer.watch_ns) return;
    const auto next = world_.library.next_episode(viewer.playable);
    if (!next) return;
    const population::Behaviour& behaves = world_.populations[viewer.population].spec->behaviour;
    RandomStream random = behaviour(viewer);
    if (!population::goes_on(behaves, random)) return;
    viewer.out_of_titles = false;
    viewer.playable = *next;
    viewer.watch_ns =
        viewer.player.media_ns() + population::plan_watch(behaves, world_.library.duration_ns(*next), random);
    viewer.player.continue_with(world_.library.segments(*next));
}

void Site::act(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    player::Player& player = viewer.player;
    if (viewer.action == Viewer::Action::Resume) {
        player.resume(now);
        draw_action(viewer, now);
        if (viewer.fetching == Fetching::Nothing) viewer.timer_ns = now;
        return;
    }
    if (player.phase() != player::Phase::Playing) return draw_action(viewer, now);
    RandomStream random = behaviour(viewer);
    if (viewer.action == Viewer::Action::Pause) {
        player.pause(now);
        viewer.action = Viewer::Action::Resume;
        viewer.action_ns = now + population::draw_pause(random);
        return;
    }
    const player::Config& config = seat.config;
    const TimeNs head = player.position_ns(config, now);
    const TimeNs to_watch = viewer.watch_ns - (player.media_ns() - player.level_ns(now));
    const bool to_the_end = to_watch >= world_.library.duration_ns(viewer.playable) - head;
    if (player.seek(config, now, population::draw_seek(random))) {
        drop_request(seat, now);
        viewer.out_of_titles = false;
    }
    // Who goes back and means to see the end sees more; forwards, the end comes earlier of itself.
    if (to_the_end) viewer.watch_ns += std::max<TimeNs>(0, head - player.position_ns(config, now));
    if (viewer.fetching == Fetching::Nothing) viewer.timer_ns = now;  // a full buffer has room again
    draw_action(viewer, now);
}

void Site::timer_rings(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    viewer.timer_ns = kNever;
    if (viewer.fetching == Fetching::Nothing) return ask_player(seat, now);
    if (viewer.fetching == Fetching::Receives) return look_at_slow_segment(seat, now);
    request_failed(seat, now);
}

/// Of a foreseen download: when its player looks at it next, from `from` on.
TimeNs Site::next_look(const Seat& seat, TimeNs from) const {
    const TimeNs first = seat.viewer.reaches_ns + kSlowLook;
    if (from <= first) return first;
    return first + (from - first + kSlowLook - 1) / kSlowLook * kSlowLook;
}

/// The first of these looks at which the rule will give the download up if nothing else happens to the viewer; kNever
/// where it will come in whole. Nearly all of them tell nothing, and each would be an event. (Of downloads that take
/// for ever, not all looks are foreseen at once.)
TimeNs Site::telling_look(const Seat& seat, TimeNs from) const {
    constexpr int most = 100;
    const Flight& flight = seat.flight;
    network::Arrival arrival(rows_, seat.viewer.path, seat.viewer.reaches_ns, flight.bytes * 8);
    TimeNs at = next_look(seat, from);
    for (int looks = 0; at < flight.done_ns; at += kSlowLook)
        if (++looks == most || gives_up_for(seat, at, received_by(seat, at, arrival.bits_by(at))) >= 0) return at;
    return kNever;
}

/// Of a download that a full link holds up, or did: the first of the looks from `look` on at which the rule may give it
/// up, by what has come in up to `now`. It is the `look` itself where nothing can be said.
TimeNs Site::doubtful_look(const Seat& seat, TimeNs look, TimeNs now, const player::Received& so_far) const {
    constexpr double most = 1000;  // looks
    const double certain_ms = seat.viewer.player.patient_until_ms(
        seat.config, device_of(seat.viewer).patience, now, seat.flight.rung, so_far, seat.flight.bytes * 8);
    const double ahead_ms = certain_ms - to_ms(look - seat.viewer.asked_ns);
    constexpr double margin_ms = 1;
    if (ahead_ms <= margin_ms) return look;
    const auto left_out = 1 + int64_t(std::min(most, (ahead_ms - margin_ms) / to_ms(kSlowLook)));
    return look + left_out * kSlowLook;
}

player::Received Site::received_by(const Seat& seat, TimeNs now, uint64_t bits) const {
    const TimeNs first = std::min(seat.viewer.reaches_ns, now);
    return {bits, first - seat.viewer.asked_ns, now - first, 0, 0};
}

/// The lower rung for which the rule would give up the segment in flight, or -1.
int Site::gives_up_for(const Seat& seat, TimeNs now, const player::Received& so_far) const {
    const uint64_t total = seat.flight.bytes * 8;
    if (so_far.bits == 0 || so_far.bits >= total) return -1;
    return seat.viewer.player.abandon_to(seat.config, now, seat.flight.rung, so_far, total);
}

void Site::look_at_slow_segment(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    const auto so_far = received_by(seat, now, arrived(seat.flight, route_of_viewer(seat), now));
    const int to = gives_up_for(seat, now, so_far);
    if (to < 0) {
        viewer.timer_ns = is_foreseen(seat) ? telling_look(seat, now + kSlowLook)
                                            : doubtful_look(seat, now + kSlowLook, now, so_far);
        return;
    }
    const uint8_t rung = seat.flight.rung;
    drop_request(seat, now);
    viewer.player.on_abandoned(seat.config, now, so_far, rung, to);
    viewer.timer_ns = now;
}

void Site::segment_arrived(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    Flight& flight = seat.flight;
    if (flight.active && !flight.booked) {
        ended_bytes_ += flight.bytes;
        servers_[flight.server].node.disconnected();
    }
    viewer.player.settle(now);
    const bool has_stalled = viewer.player.phase() == player::Phase::Stalled;
    const TimeNs stalled_before = has_stalled ? viewer.player.stall_ns() : 0;
    tell_player(seat, now);
    if (has_stalled) step_.stall_us += uint64_t((viewer.player.stall_ns() - stalled_before) / kMicrosecond);
    if (!viewer.startup_seen && viewer.player.started()) {
        viewer.startup_seen = true;
        ++step_.startups;
        step_.startup_us += uint64_t(viewer.player.startup_ns() / kMicrosecond);
        recorder_->startup(now, viewer.player.startup_ns(), viewer.player.opened_ns());
    }
    ask_player(seat, now);
}

/// Only the last segment of a title has to be looked up.
TimeNs Site::segment_in_flight_ns(const Seat& seat) const {
    const player::Player& player = seat.viewer.player;
    if (player.next_segment() + 1 < player.segments()) [[likely]]
        return seat.config.segment_ns;
    return world_.library.segment_ns(seat.viewer.playable, player.next_segment());
}

void Site::tell_player(const Seat& seat, TimeNs arrived) {
    Viewer& viewer = seat.viewer;
    Flight& flight = seat.flight;
    const TimeNs media = segment_in_flight_ns(seat);
    const Kbps bitrate = world_.library.ladder()[flight.rung];
    const auto media_ms = uint64_t(media / kMillisecond);
    step_.media_ms += media_ms;
    step_.kbps_ms += media_ms * bitrate;
    flight.active = flight.booked = false;  // what it took is given back at its tick
    forget_history(flight);
    const player::Received received{flight.bytes * 8, viewer.reaches_ns - viewer.asked_ns, arrived - viewer.reaches_ns,
                                    media, bitrate};
    viewer.fetching = Fetching::Nothing;
    viewer.timer_ns = kNever;
    viewer.failures = 0;
    viewer.player.on_segment(seat.config, arrived, flight.rung, received);
}

/// A segment came in unattended; what its player makes of it is made up for.
void Site::land(const Seat& seat) {
    const TimeNs then = seat.flight.done_ns;
    seat.flight.unattended = false;
    tell_player(seat, then);
    seat.viewer.timer_ns = seat.viewer.player.await_room(seat.config, then);
}

/// No answer, or an unwelcome one: another site is asked, after a while and not for ever.
void Site::request_failed(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    const uint32_t failed = viewer.site;
    drop_request(seat, now);
    viewer.connected = false;
    if (++viewer.failures >= world_.populations[viewer.population].spec->player.attempts)
        return leave(seat, now, Departure::GaveUp);
    steer(viewer, now, failed);
    viewer.timer_ns = viewer.site == failed ? now + kBackoff * viewer.failures : now;
}

/// Whatever is in flight is given up.
void Site::drop_request(const Seat& seat, TimeNs now) {
    Viewer& viewer = seat.viewer;
    ++viewer.request;  // answers to the old one are not ours any more
    const Fetching was = viewer.fetching;
    viewer.fetching = Fetching::Nothing;
    viewer.timer_ns = kNever;
    if (was == Fetching::Receives && seat.flight.active) {
        cut_flow(seat.flight, route_of_viewer(seat), now);
        servers_[seat.flight.server].node.disconnected();
    } else if (was == Fetching::ReceivesFromAfar || (was == Fetching::AwaitsAnswer && viewer.site != id_)) {
        Payload cancel;
        cancel.kind = Payload::Kind::ViewerCancel;
        cancel.number = seat.slot;
        cancel.news = {(viewer.request - 1u) & Viewer::kRequestMask, 0, 0};
        // Not before the request itself, which may still wait for the connection's set-up.
        TimeNs arrives = now + viewer.path.rtt_ns / 2;
        if (was == Fetching::AwaitsAnswer) arrives = std::max(arrives, viewer.reaches_ns);
        outbox_.send(arrives, viewer.site, cancel);
    }
}

void Site::leave(const Seat& seat, TimeNs now, Departure departure) {
    Viewer& viewer = seat.viewer;
    player::Player& player = viewer.player;
    player.close(seat.config, now);
    const Outcome outcome{viewer.midway ? -1 : player.opened_ns(),
                          now,
                          player.startup_ns(),
                          player.stall_ns(),
                          player.media_ns(),
                          player.kbps_ms(),
                          player.switches(),
                          departure};
    const PopulationPlan& plan = world_.populations[viewer.population];
    const uint32_t slice = plan.first_slice + uint32_t(viewer.device * plan.access.size()) + viewer.access;
    recorder_->session(slice, id_, outcome);
    for (const uint64_t word : {who(viewer), uint64_t(outcome.started_ns), uint64_t(now), uint64_t(outcome.startup_ns),
                                uint64_t(outcome.stall_ns), uint64_t(outcome.played_ns), outcome.kbps_ms,
                                uint64_t(outcome.switches), uint64_t(viewer.playable)})
        digest_.add(word);
    if (world_.scenario.services) end_session(seat, now);
    viewer.left = true;
    seat.flight.due_ns = kNever;
    free_slots_.push_back(seat.slot);
    --viewer_count_;
}

}  // namespace matinee::world
