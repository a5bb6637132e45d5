#include "simulator/services/region.hpp"

#include <algorithm>
#include <cmath>

#include "simulator/services/region_state.hpp"
#include "system/base/math.hpp"

namespace matinee::services {

namespace {

/// Processes of one run draw from streams of their own: founder, then instances.
constexpr uint64_t kProcessesOfRegion = uint64_t(1) << 32;
/// Preparations happen in the second before the run.
constexpr TimeNs kBefore = kSecond;
/// Services do not like times near zero, which they use for "never".
constexpr int64_t kEarliestStart = 1'000'000'000;

constexpr const char* kWebhookSecret = "whsec_simulated";
constexpr TimeNs kWebhookRound = 200 * kMillisecond;

TimeNs epoch_of(const RegionPlan& plan) { return std::max(plan.start_unix_s, kEarliestStart) * kSecond; }

platform::Settings settings_of(const Spec& spec) {
    platform::Settings settings;
    settings.accounts.admin_token = "simulated administrator";
    if (!spec.rate_limits) settings.gateway.limits = gateway::Limits::none();
    settings.payments.webhook_secret = kWebhookSecret;
    return settings;
}

SandboxModel provider_of(const Spec& spec, const RegionPlan& plan) {
    SandboxModel model;
    model.seed = mix64(plan.seed + plan.region);
    model.latency = spec.provider.latency;
    model.slow_latency = spec.provider.slow_latency;
    model.patience = spec.provider.timeout;
    return model;
}

SandboxFaults faults_of(const ProviderFaults& faults) {
    const auto percent = [](double share) { return int(std::round(share * 100)); };
    SandboxFaults of;
    of.slow = percent(faults.slow);
    of.fail_before = percent(faults.failed);
    of.time_out = percent(faults.lost);
    of.decline = percent(faults.declined);
    of.late = percent(faults.late);
    return of;
}

}  // namespace

Region::Region(const Spec& spec, const RegionPlan& plan)
    : spec_(spec),
      plan_(plan),
      epoch_(epoch_of(plan)),
      settings_(settings_of(spec)),
      executor_(epoch_ - kBefore),
      access_(executor_, stores_, spec_.sql, spec_.kv, spec_.log, spec_.search),
      provider_(clock_, provider_database_, kWebhookSecret, provider_of(spec_, plan)),
      founder_(stores_, plan.seed, kProcessesOfRegion * (plan.region + 1), epoch_ - kBefore, settings_),
      fleet_(executor_, spec_.instance, spec_.scaling, spec_.instances_of(plan.region),
             [this] { return new_process(); }),
      cpu_draws_(plan.seed, Purpose::ServiceTime, plan.region),
      step_end_(epoch_ + plan.sample) {
    titles_ = founder_.stock(plan.titles);
    while (fleet_.instances() < spec_.instances_of(plan.region) && executor_.step()) {
    }
    executor_.skip_to(epoch_);
    counts_.instances_most = fleet_.instances();
    fill_cpu_factors();
    provider_changes_ = change_provider();
    provider_changes_.start();
    webhooks_ = deliver_webhooks();
    webhooks_.start();
}

Region::~Region() = default;

std::unique_ptr<Worker> Region::new_process() {
    ProcessSetup setup;
    setup.seed = plan_.seed;
    setup.who = kProcessesOfRegion * (plan_.region + 1) + ++processes_;
    setup.crypto = spec_.crypto;
    setup.settings = settings_;
    setup.wire = spec_.wire;
    return std::make_unique<PlatformProcess>(executor_, clock_, access_, provider_, setup);
}

/// The payment provider behaves as the scenario says for the time.
Task<> Region::change_provider() {
    for (;;) {
        const TimeNs now = executor_.now() - epoch_;
        provider_.set_faults(faults_of(spec_.provider.at(now)));
        TimeNs next = kNever;
        for (const BrownOut& spell : spec_.provider.brown_outs)
            for (const TimeNs change : {spell.at, spell.end})
                if (change > now) next = std::min(next, change);
        if (next == kNever) co_return;
        co_await executor_.sleep_until(epoch_ + next);
    }
}

/// The provider's side of the wire: what it has to say goes to the oldest instance.
Task<> Region::deliver_webhooks() {
    const auto post = [this](std::string body, std::string signature) {
        return static_cast<PlatformProcess&>(fleet_.oldest()).take_webhook(std::move(body), std::move(signature));
    };
    for (;;) {
        co_await executor_.sleep_until(executor_.now() + kWebhookRound);
        co_await provider_.deliver(100, post);
    }
}

/// Quantiles of a lognormal law with mean 1: drawing one is then a look-up, and the same on every machine.
void Region::fill_cpu_factors() {
    constexpr size_t kQuantiles = 1024;
    const double variance = math::log(1 + spec_.cpu_cv * spec_.cpu_cv);
    std::vector<double> factors;
    double sum = 0;
    for (size_t i = 0; i < kQuantiles; ++i) {
        const double normal = math::normal_quantile((double(i) + 0.5) / double(kQuantiles));
        factors.push_back(math::exp(std::sqrt(variance) * normal));
        sum += factors.back();
    }
    for (const double factor : factors) cpu_factors_.push_back(uint32_t(factor / sum * double(kQuantiles) * 65536));
}

TimeNs Region::draw_cpu(Operation operation) {
    const uint64_t factor = cpu_factors_[cpu_draws_.below(uint32_t(cpu_factors_.size()))];
    return TimeNs(uint64_t(spec_.cpu[size_t(operation)]) * factor >> 16);
}

void Region::open(TimeNs now, const Visit& visit) {
    now += epoch_;
    executor_.skip_to(now);
    if (guest_at_.size() <= visit.site) guest_at_.resize(visit.site + 1);
    std::vector<uint32_t>& slots = guest_at_[visit.site];
    if (slots.size() <= visit.slot) slots.resize(visit.slot + 1, kNobody);
    // The last viewer in the slot has left; with a longer way, its farewell may still be coming.
    if (slots[visit.slot] != kNobody)
        close(now - epoch_, visit.site, visit.slot, guests_[slots[visit.slot]].visit.session);
    const uint32_t number = take_guest(visit);
    slots[visit.slot] = number;
    Guest& guest = guests_[number];
    dress(guest, now);
    if (!visit.midway) {
        go_on(number);
    } else {
        guest.operation = Operation::StartPlayback;
        RandomStream random = draw(guest);
        if (founder_.offers(Operation::StartPlayback) && !titles_.empty())
            set_timer(now + TimeNs(random.uniform() * double(spec_.clients.heartbeat)), number, Wake::Send);
    }
    ++events_;
    take_answers();
}

void Region::close(TimeNs now, uint32_t site, uint32_t slot, uint32_t session) {
    executor_.skip_to(epoch_ + now);
    if (site >= guest_at_.size() || slot >= guest_at_[site].size()) return;
    uint32_t& number = guest_at_[site][slot];
    if (number == kNobody || guests_[number].visit.session != session) return;
    Guest& guest = guests_[number];
    const uint32_t leaver = number;
    number = kNobody;
    ++events_;
    if (guest.call != kNobody) calls_[guest.call].guest = kNobody;
    guest.call = kNobody;
    if (guest.client.playback_token.empty()) {
        free_guest(leaver);
    } else {
        guest.leaving = true;
        guest.attempt = 0;
        guest.resume.reset();
        send(leaver, Operation::StopPlayback);
    }
    take_answers();
}

TimeNs Region::next_at() {
    TimeNs next = std::min(executor_.next_at(), step_end_);
    if (!timers_.empty()) next = std::min(next, timers_.top().at);
    if (!beats_.empty()) next = std::min(next, beats_.front().at);
    if (!patience_.empty()) next = std::min(next, patience_.front().until);
    return next;
}

void Region::run_before(TimeNs end) {
    for (TimeNs now = next_at(); now < epoch_ + end; now = next_at()) step(now);
}

/// The first thing that is due at `now`. Of what is due at one moment: books, then what instances do, then clients: who
/// loses patience, timers in the order in which they were set, heartbeats.
void Region::step(TimeNs now) {
    if (step_end_ == now) return close_step(now);
    if (executor_.next_at() == now) {
        executor_.step();
        fleet_.settle();
        counts_.instances_most = std::max<uint64_t>(counts_.instances_most, fleet_.instances());
        return take_answers();
    }
    executor_.skip_to(now);
    ++events_;
    if (!patience_.empty() && patience_.front().until == now) {
        const Patience patience = patience_.front();
        patience_.pop_front();
        time_out(patience);
    } else if (!timers_.empty() && timers_.top().at == now) {
        const Timer timer = timers_.top();
        timers_.pop();
        if (guests_[timer.guest].generation == timer.generation) wake(timer);
    } else {
        const Beat due = beats_.front();
        beats_.pop_front();
        if (guests_[due.guest].generation == due.generation && !guests_[due.guest].leaving) beat(due.guest, now);
    }
    take_answers();
}

void Region::close_step(TimeNs now) {
    step_.instances = fleet_.instances();
    counts_.steps.push_back(std::move(step_));
    step_ = ServiceStep();
    step_.queue_most = fleet_.waiting();
    const TimeNs end = epoch_ + plan_.duration;
    step_end_ = now >= end ? kNever : std::min(now + plan_.sample, end);
}

void Region::finish(TimeNs end) {
    run_before(end);
    if (step_end_ != kNever) close_step(epoch_ + end);
    counts_.machine_ns = fleet_.machine_time(epoch_ + end) - kBefore * TimeNs(spec_.instances_of(plan_.region));
    counts_.scaled_up = fleet_.scaled_up();
    counts_.scaled_down = fleet_.scaled_down();
}

void Region::set_timer(TimeNs at, uint32_t guest, Wake wake) {
    timers_.push({at, timers_set_++, guest, guests_[guest].generation, wake});
}

void Region::wake(const Timer& timer) {
    Guest& guest = guests_[timer.guest];
    switch (timer.wake) {
        case Wake::Send:
            return send(timer.guest, guest.operation);
        case Wake::Beat:
            return beat(timer.guest, timer.at);
        case Wake::Impatient:
            if (guest.granted) return;
            if (guest.counted) ++counts_.left;
            tell(guest, Verdict::What::Left);
            return free_guest(timer.guest);
    }
}

/// A heartbeat, or new tokens where the old ones would not live until the next one. One call at a time.
void Region::beat(uint32_t number, TimeNs now) {
    Guest& guest = guests_[number];
    if (guest.leaving) return;
    beats_.push_back({now + spec_.clients.heartbeat, number, guest.generation});
    if (guest.call != kNobody) return;
    guest.attempt = 0;
    const bool stale = guest.client.token_expires_at < now + spec_.clients.heartbeat + spec_.clients.timeout;
    send(number, stale ? Operation::RefreshToken : Operation::Heartbeat);
}

void Region::send(uint32_t number, Operation operation) {
    Guest& guest = guests_[number];
    guest.operation = operation;
    ++guest.attempt;
    const TimeNs now = executor_.now();
    const uint32_t ticket = take_call();
    Call& call = calls_[ticket];
    call.guest = number;
    call.operation = operation;
    call.at_door = now;
    call.counted = now >= epoch_ + plan_.warmup;
    guest.call = ticket;
    ++step_.calls;
    if (call.counted) ++counts_.operations[size_t(operation)].calls;
    const TimeNs until = now + spec_.clients.timeout;
    patience_.push_back({until, ticket, call.serial});
    fleet_.submit(ticket, request_of(row_of(operation), guest.client, now), draw_cpu(operation), until);
    step_.queue_most = std::max(step_.queue_most, fleet_.waiting());
}

uint32_t Region::take_call() {
    if (free_calls_.empty()) {
        calls_.emplace_back();
        return uint32_t(calls_.size() - 1);
    }
    const uint32_t call = free_calls_.back();
    free_calls_.pop_back();
    return call;
}

void Region::free_call(uint32_t call) {
    const uint32_t serial = calls_[call].serial + 1;
    calls_[call] = Call();
    calls_[call].serial = serial;
    free_calls_.push_back(call);
}

/// Answering one may bring about others.
void Region::take_answers() {
    std::vector<FleetAnswer>& answers = fleet_.answers();
    for (size_t i = 0; i < answers.size(); ++i) {
        FleetAnswer answer = std::move(answers[i]);
        answered(answer.ticket, answer);
    }
    answers.clear();
}

void Region::answered(uint32_t ticket, FleetAnswer& answer) {
    const Call call = calls_[ticket];
    free_call(ticket);
    OperationCounts& counts = counts_.operations[size_t(call.operation)];
    Cause cause = Cause::shed();
    bool ok = false;
    if (answer.kind == FleetAnswer::Kind::Expired) cause = Cause::expired();
    if (answer.kind == FleetAnswer::Kind::Handled) {
        const auto latency_us = uint64_t((executor_.now() - call.at_door) / kMicrosecond);
        step_.latency_us.add(latency_us);
        if (call.counted) {
            counts.latency_us.add(latency_us);
            counts_.latency_us.add(latency_us);
        }
        ok = !answer.heard.refused;
        if (!ok) cause = Cause::refused(*answer.heard.refused);
    }
    if (!call.given_up) {
        if (!ok) ++step_.failed;
        if (call.counted) ++(ok ? counts.ok : counts.failed[cause.index()]);
    }
    if (call.guest == kNobody) return;
    guests_[call.guest].call = kNobody;
    ok ? succeeded(call.guest, answer.heard.data) : failed(call.guest, cause);
}

void Region::time_out(const Patience& patience) {
    Call& call = calls_[patience.call];
    if (call.serial != patience.serial || call.guest == kNobody) return;
    const uint32_t guest = call.guest;
    call.guest = kNobody;
    call.given_up = true;
    ++step_.failed;
    if (call.counted) ++counts_.operations[size_t(call.operation)].failed[Cause::timed_out().index()];
    guests_[guest].call = kNobody;
    failed(guest, Cause::timed_out());
}

uint64_t Region::memory_bytes() const {
    return guests_.capacity() * sizeof(Guest) + calls_.capacity() * sizeof(Call) + beats_.size() * sizeof(Beat) +
           patience_.size() * sizeof(Patience);
}

}  // namespace matinee::services
