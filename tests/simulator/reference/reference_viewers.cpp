// Viewers: they come, watch, pause, seek, lose patience and go.
#include <algorithm>

#include "clients/population/behaviour.hpp"
#include "tests/simulator/reference/reference_world.hpp"

namespace matinee::reference {

namespace {

template <class Options>
uint32_t choose(const Options& options, double uniform) {
    for (uint32_t i = 0; i + 1 < options.size(); ++i)
        if (uniform < options[i].up_to) return i;
    return uint32_t(options.size()) - 1;
}

}  // namespace

void Site::start_streams() {
    const auto& homes = model().topology.homes;
    for (uint32_t p = 0; p < homes.size(); ++p) {
        if (std::count(homes[p].sites.begin(), homes[p].sites.end(), id_) == 0) continue;
        const world::PopulationPlan& plan = model().populations[p];
        const uint32_t number = uint32_t(streams_.size());
        streams_.push_back({p,
                            population::ArrivalRate(scenario().arrivals, scenario().time.start_unix_s,
                                                    scenario().regions[plan.spec->region].utc_offset_h, plan.mean_session_s,
                                                    plan.spec->share / double(homes[p].sites.size())),
                            RandomStream(scenario().seed, Purpose::Arrivals, id_, p)});
        if (scenario().arrivals.steady) place_midway(streams_.back());
        const TimeNs first = streams_.back().rate.next_arrival(0, streams_.back().random);
        at(event(first, Kind::Arrival, number), [this, number] { arrives(number); });
    }
}

void Site::arrives(uint32_t number) {
    Stream& stream = streams_[number];
    at(event(stream.rate.next_arrival(now(), stream.random), Kind::Arrival, number), [this, number] { arrives(number); });

    const uint32_t slot = new_viewer(stream.population);
    Viewer& viewer = viewers_[slot];
    RandomStream random(scenario().seed, Purpose::Session, viewer.who);
    dress(viewer, random);
    viewer.playable = model().library.pick(plan_of(viewer).spec->region, now(), random);
    viewer.watch_ns =
        population::plan_watch(plan_of(viewer).spec->behaviour, model().library.duration_ns(viewer.playable), random);
    viewer.player.open(now(), model().library.segments(viewer.playable));
    ask_player(slot);
    schedule(slot);
}

/// Those who are found playing at time 0, with full buffers and a sample of their links.
void Site::place_midway(Stream& stream) {
    const double wanted = stream.rate.target_viewers(0);
    const auto whole = uint32_t(wanted);
    const uint32_t count = whole + (stream.random.uniform() < wanted - double(whole) ? 1 : 0);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t slot = new_viewer(stream.population);
        Viewer& viewer = viewers_[slot];
        viewer.midway = viewer.startup_seen = true;
        RandomStream random(scenario().seed, Purpose::Session, viewer.who);
        dress(viewer, random);
        const auto found = plan_of(viewer).residual->draw(random);
        const player::Config& config = config_of(viewer);
        const TimeNs segment = config.segment_ns;
        const uint32_t segments = model().library.segments(found.playable);
        viewer.playable = found.playable;
        viewer.watch_ns = found.watch - found.position;
        // The buffer holds the rest of the segment that is playing, at least, and no more than the target or the title.
        TimeNs next = (found.position + config.buffer_target_ns) / segment;
        next = std::min<TimeNs>(std::max(next, found.position / segment + 1), segments);
        const TimeNs end = std::min(next * segment, model().library.duration_ns(found.playable));
        const double link_kbps = model().traces.trace(viewer.trace).mean_kbps * double(viewer.path.scale);
        const int rung = config.plan.ladder.highest_at_most(0.7 * link_kbps);
        const auto bitrate = Kbps(config.plan.ladder.bitrate(rung));
        viewer.player.open_midway(0, segments, uint32_t(next), std::max<TimeNs>(end - found.position, 1), uint8_t(rung),
                                  bitrate);
        player::Received sample{};
        sample.bits = uint64_t(double(bitrate) * to_ms(segment));
        sample.latency_ns = viewer.access_rtt_ns;
        sample.transfer_ns = std::max<TimeNs>(kMillisecond, from_ms(double(bitrate) * to_ms(segment) / link_kbps));
        sample.media_ns = segment;
        sample.bitrate_kbps = bitrate;
        viewer.player.learn(config, 0, uint8_t(rung), sample);
        viewer.wake_ns = 0;
        schedule(slot);
    }
}

uint32_t Site::new_viewer(uint32_t population) {
    uint32_t slot = slots_;
    if (free_slots_.empty()) {
        ++slots_;
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
    }
    Viewer& viewer = viewers_[slot];
    viewer.who = uint64_t(id_) << 32 | totals.sessions++;
    viewer.population = population;
    viewer.site = id_;
    return slot;
}

RandomStream Site::mood(Viewer& viewer) const {
    return RandomStream(scenario().seed, Purpose::Behaviour, viewer.who, viewer.draws++);
}

void Site::dress(Viewer& viewer, RandomStream& random) {
    const world::PopulationPlan& plan = plan_of(viewer);
    viewer.device = choose(plan.devices, random.uniform());
    const world::AccessOption& access = plan.access[choose(plan.access, random.uniform())];
    viewer.trace = access.first_trace + random.below(access.traces);
    const auto& trace = model().traces.trace(viewer.trace);
    const auto offset = TimeNs(random.uniform() * double(trace.duration_ns));
    viewer.path.cursor = network::TraceCursor::at(model().traces, viewer.trace, offset, now());
    double scale = access.scale;
    if (access.generator != nullptr) scale *= network::draw_scale(*access.generator, random);
    viewer.access_scale = float(scale);
    TimeNs rtt = access.rtt_ns;
    if (rtt == 0 && access.generator != nullptr) rtt = network::draw_rtt(*access.generator, random);
    if (rtt == 0 && access.generator == nullptr) rtt = std::max<TimeNs>(kMillisecond, from_ms(trace.mean_latency_ms));
    viewer.access_rtt_ns = std::min(rtt + plan.extra_rtt_ns, 4 * kSecond);
    viewer.access_loss = float(access.loss);
    viewer.path.scale = viewer.access_scale * (1 - viewer.access_loss);
    viewer.startup_patience_ns = population::draw_startup_patience(plan.spec->behaviour.patience, random);
    viewer.stall_patience_ns = population::draw_stall_patience(plan.spec->behaviour.patience, random);
    draw_action(viewer);
}

void Site::draw_action(Viewer& viewer) {
    const population::Behaviour& behaviour = plan_of(viewer).spec->behaviour;
    RandomStream random = mood(viewer);
    const TimeNs seek = population::draw_time_to_seek(behaviour, random);
    const TimeNs pause = population::draw_time_to_pause(behaviour, random);
    viewer.action = seek < pause ? Viewer::Action::Seek : Viewer::Action::Pause;
    viewer.action_ns = std::min(now() + std::min(seek, pause), kNever);
}

TimeNs Site::leaves_at(const Viewer& viewer) const {
    const player::Player& player = viewer.player;
    using player::Phase;
    if (player.phase() == Phase::Ended) return player.phase_since_ns();
    if (player.phase() == Phase::Starting) return std::min(kNever, player.opened_ns() + viewer.startup_patience_ns);
    if (player.phase() == Phase::Stalled || player.phase() == Phase::Seeking)
        return std::min(kNever, player.phase_since_ns() + viewer.stall_patience_ns);
    if (player.phase() != Phase::Playing) return kNever;
    // When enough has been seen; when the title ends; or when the patience with the stall to come would be at its end.
    const bool has_enough = player.media_ns() >= viewer.watch_ns;
    if (has_enough) return player.drains_ns() - (player.media_ns() - viewer.watch_ns);
    if (player.next_segment() == player.segments()) return player.drains_ns();
    return std::min(kNever, player.drains_ns() + viewer.stall_patience_ns);
}

/// The earliest thing that can happen to a viewer of its own.
TimeNs Site::due(uint32_t slot) const {
    const Viewer& viewer = viewers_.at(slot);
    TimeNs due = std::min({leaves_at(viewer), viewer.action_ns, viewer.timer_ns, viewer.wake_ns});
    if (viewer.request && viewer.request->state == Request::State::Receives)
        due = std::min(due, flows_.at({false, slot}).end_ns);
    return std::max(due, now());
}

void Site::schedule(uint32_t slot) {
    const auto found = viewers_.find(slot);
    if (found == viewers_.end()) return;
    Viewer& viewer = found->second;
    if (viewer.pending) all_.queue().remove(*viewer.pending);
    viewer.pending.reset();
    const TimeNs time = due(slot);
    if (time >= kNever) return;
    viewer.pending = event(time, Kind::Viewer, slot);
    at(*viewer.pending, [this, slot] { viewer_event(slot); });
}

/// All that is due now, one thing after another: what arrives comes before what is lost patience with.
void Site::viewer_event(uint32_t slot) {
    viewers_.at(slot).pending.reset();
    while (viewers_.contains(slot) && due(slot) <= now()) {
        Viewer& viewer = viewers_.at(slot);
        viewer.player.settle(now());
        const bool receives = viewer.request && viewer.request->state == Request::State::Receives;
        if (receives && flows_.at({false, slot}).end_ns <= now()) {
            segment_arrived(slot);
        } else if (leaves_at(viewer) <= now()) {
            drop_request(slot);
            leave(slot, false);
        } else if (viewer.action_ns <= now()) {
            act(slot);
        } else if (viewer.timer_ns <= now()) {
            viewer.timer_ns = kNever;
            receives ? look_at_slow_segment(slot) : request_failed(slot);
        } else if (viewer.wake_ns <= now()) {
            ask_player(slot);
        }
    }
    schedule(slot);
}

void Site::ask_player(uint32_t slot) {
    Viewer& viewer = viewers_.at(slot);
    viewer.wake_ns = kNever;
    if (viewer.request) return;
    using Do = player::Next::Kind;
    player::Next next = viewer.player.next(config_of(viewer), now());
    if (next.kind == Do::PlayOut && !viewer.out_of_titles) {
        maybe_next_episode(viewer);
        next = viewer.player.next(config_of(viewer), now());
    }
    if (next.kind == Do::Wait) viewer.wake_ns = next.until;
    if (next.kind == Do::Fetch) submit(slot, next.segment, next.rung);
}

/// The whole title has been fetched: another episode follows, or none ever will.
void Site::maybe_next_episode(Viewer& viewer) {
    viewer.out_of_titles = true;
    const bool stops_before = viewer.player.media_ns() > viewer.watch_ns;
    const auto next = model().library.next_episode(viewer.playable);
    if (stops_before || !next) return;
    const population::Behaviour& behaviour = plan_of(viewer).spec->behaviour;
    RandomStream random = mood(viewer);
    if (!population::goes_on(behaviour, random)) return;
    ++totals.next_episodes;
    viewer.out_of_titles = false;
    viewer.playable = *next;
    const TimeNs watch = population::plan_watch(behaviour, model().library.duration_ns(*next), random);
    viewer.watch_ns = viewer.player.media_ns() + watch;
    viewer.player.continue_with(model().library.segments(*next));
}

void Site::act(uint32_t slot) {
    Viewer& viewer = viewers_.at(slot);
    if (viewer.action == Viewer::Action::Resume) {
        viewer.player.resume(now());
        viewer.wake_ns = now();
        return draw_action(viewer);
    }
    if (viewer.player.phase() != player::Phase::Playing) return draw_action(viewer);
    RandomStream random = mood(viewer);
    if (viewer.action == Viewer::Action::Pause) {
        ++totals.pauses;
        viewer.player.pause(now());
        viewer.action = Viewer::Action::Resume;
        viewer.action_ns = now() + population::draw_pause(random);
        return;
    }
    ++totals.seeks;
    const TimeNs head = viewer.player.position_ns(config_of(viewer), now());
    const TimeNs played = viewer.player.media_ns() - viewer.player.level_ns(now());
    const bool to_the_end = played + model().library.duration_ns(viewer.playable) - head <= viewer.watch_ns;
    const bool lost_buffer = viewer.player.seek(config_of(viewer), now(), population::draw_seek(random));
    const TimeNs back = head - viewer.player.position_ns(config_of(viewer), now());
    if (to_the_end && back > 0) viewer.watch_ns += back;
    if (lost_buffer) {
        drop_request(slot);
        viewer.out_of_titles = false;
    }
    viewer.wake_ns = now();
    draw_action(viewer);
}

void Site::look_at_slow_segment(uint32_t slot) {
    Viewer& viewer = viewers_.at(slot);
    const Request request = *viewer.request;
    const uint64_t bits = arrived_bits(flows_.at({false, slot}));
    const uint64_t total = request.bytes * 8;
    player::Received so_far{};
    so_far.bits = bits;
    so_far.latency_ns = std::min(request.reaches_ns, now()) - request.asked_ns;
    so_far.transfer_ns = now() - std::min(request.reaches_ns, now());
    int to = -1;
    if (bits > 0 && bits < total) to = viewer.player.abandon_to(config_of(viewer), now(), request.rung, so_far, total);
    if (to < 0) {
        viewer.timer_ns = now() + 500 * kMillisecond;
        return;
    }
    ++totals.abandoned;
    drop_request(slot);
    viewer.player.on_abandoned(config_of(viewer), now(), so_far, request.rung, to);
    viewer.wake_ns = now();
}

/// The last byte is there; the request is over.
void Site::segment_arrived(uint32_t slot) {
    Viewer& viewer = viewers_.at(slot);
    const Request request = *viewer.request;
    if (request.state == Request::State::Receives) {
        const Flow flow = take_flow({false, slot});
        viewer.path = flow.path;
        end_whole(flow);
    } else {
        ++totals.served_afar;
    }
    tickets_.erase(request.ticket);
    viewer.request.reset();
    viewer.timer_ns = kNever;
    viewer.last_byte_ns = now();
    viewer.failures = 0;
    player::Received received{};
    received.bits = request.bytes * 8;
    received.latency_ns = request.reaches_ns - request.asked_ns;
    received.transfer_ns = now() - request.reaches_ns;
    received.media_ns = model().library.segment_ns(viewer.playable, viewer.player.next_segment());
    received.bitrate_kbps = Kbps(config_of(viewer).plan.ladder.bitrate(request.rung));
    viewer.player.on_segment(config_of(viewer), now(), request.rung, received);
    ask_player(slot);
}

/// No answer in time, or an unwelcome one: ask elsewhere, here again after a while, or give up.
void Site::request_failed(uint32_t slot) {
    Viewer& viewer = viewers_.at(slot);
    ++totals.failed_requests;
    drop_request(slot);
    viewer.connected_site = kNobody;
    ++viewer.failures;
    if (viewer.failures >= plan_of(viewer).spec->player.attempts) return leave(slot, true);
    const uint32_t failed = viewer.site;
    steer(viewer, failed);
    viewer.wake_ns = viewer.site == failed ? now() + 500 * kMillisecond * viewer.failures : now();
}

void Site::drop_request(uint32_t slot) {
    Viewer& viewer = viewers_.at(slot);
    viewer.timer_ns = kNever;
    if (!viewer.request) return;
    const Request request = *viewer.request;
    viewer.request.reset();
    tickets_.erase(request.ticket);
    if (request.state == Request::State::Receives) {
        const Flow flow = cut_flow({false, slot});
        viewer.path = flow.path;
        viewer.last_byte_ns = now();
        nodes_[flow.server].disconnected();
    } else if (viewer.site != id_) {
        const auto there = viewer.site;
        TimeNs arrives = now() + viewer.path.rtt_ns / 2;
        if (request.state == Request::State::Waits) arrives = std::max(arrives, request.reaches_ns);  // after the request
        all_.send(id_, there, arrives,
                  [this, there, number = request.ticket] { all_.site(there).cancel_arrives(id_, number); });
    }
}

void Site::leave(uint32_t slot, bool gave_up) {
    Viewer& viewer = viewers_.at(slot);
    player::Player& player = viewer.player;
    player.close(config_of(viewer), now());
    const TimeNs started = viewer.midway ? -1 : player.opened_ns();
    for (const uint64_t word : {viewer.who, uint64_t(started), uint64_t(now()), uint64_t(player.startup_ns()),
                                uint64_t(player.stall_ns()), uint64_t(player.media_ns()), player.kbps_ms(),
                                uint64_t(player.switches()), uint64_t(viewer.playable)})
        digest_.add(word);
    totals.stalls += player.stalls();
    totals.switches += player.switches();
    if (started >= scenario().time.warmup) {
        ++totals.measured_sessions;
        if (!player.started() && !over_) ++(gave_up ? totals.start_failures : totals.exits_before_start);
    }
    if (viewer.pending) all_.queue().remove(*viewer.pending);
    viewers_.erase(slot);
    free_slots_.push_back(slot);
}

}  // namespace matinee::reference
