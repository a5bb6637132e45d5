#include "simulator/world/home_region.hpp"

#include <algorithm>

namespace matinee::world {

/// The services' catalogue need not be as long as the library: which title somebody watches matters to the CDN.
static constexpr uint32_t kTitles = 500;

static services::RegionPlan plan_of(const World& world, uint32_t region) {
    services::RegionPlan plan;
    plan.seed = world.scenario.seed;
    plan.region = region;
    plan.start_unix_s = world.scenario.time.start_unix_s;
    plan.duration = world.shape.duration;
    plan.warmup = world.shape.warmup;
    plan.sample = world.shape.sample;
    plan.titles = std::min(kTitles, uint32_t(world.library.playables()));
    return plan;
}

HomeRegion::HomeRegion(const World& world, uint32_t region)
    : region_(*world.scenario.services, plan_of(world, region)),
      inbox_(world.topology.window_ns),
      outbox_(world.topology.control_process() + 1 + region) {}

void HomeRegion::advance(TimeNs end, Recorder& recorder) {
    inbox_.open(end);
    for (TimeNs until = 0; until != end;) {
        until = std::min(end, inbox_.next_time());
        region_.run_before(until);
        send_verdicts();
        if (until == end) break;
        handle(inbox_.peek());
        inbox_.pop();
    }
    recorder.events += region_.events() - events_;
    events_ = region_.events();
}

void HomeRegion::handle(const Message& message) {
    const Payload& news = message.payload;
    if (news.kind == Payload::Kind::SessionEnds)
        return region_.close(message.time, message.source, news.number, news.verdict.session);
    services::Visit visit;
    visit.who = news.key;
    visit.site = message.source;
    visit.slot = news.number;
    visit.session = news.visit.session;
    visit.playable = news.visit.playable;
    visit.one_way = news.visit.one_way_ns;
    visit.opened_at = news.visit.opened_ns;
    visit.patience = news.visit.patience_ns;
    visit.midway = news.bulk;
    region_.open(message.time, visit);
}

void HomeRegion::send_verdicts() {
    for (const services::Verdict& verdict : region_.verdicts()) {
        using What = services::Verdict::What;
        Payload answer;
        answer.kind = verdict.what == What::Granted ? Payload::Kind::SessionGranted : Payload::Kind::SessionRefused;
        answer.ok = verdict.what == What::Left;
        answer.number = verdict.slot;
        answer.verdict = {verdict.session, verdict.pressed_at};
        outbox_.send(verdict.at, verdict.site, answer);
    }
    region_.verdicts().clear();
}

uint64_t HomeRegion::digest() const {
    Digest digest;
    region_.counts().add_to(digest);
    return digest.value();
}

}  // namespace matinee::world
