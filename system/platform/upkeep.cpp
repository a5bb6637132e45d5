// What nobody asked for but time.
#include "system/base/json.hpp"
#include "system/events/outbox.hpp"
#include "system/platform/platform.hpp"

namespace matinee::platform {

namespace {

constexpr size_t kBatch = 100;
/// Of what is published or trimmed, which takes two transactions however much it is.
constexpr size_t kLogBatch = 500;
/// Erasures that are looked for in the log at once.
constexpr size_t kErasures = 20;
/// After which a step leaves the rest to the next run: others wait behind it.
constexpr TimeNs kBudget = 500 * kMillisecond;
/// Of the platform itself as a consumer, from when it erased nothing else.
constexpr const char* kConsumer = "idempotency";

/// It says no more than that they went.
bool tells_of_erasure(const Event& event) {
    return event.type == accounts::kErased || event.type == profiles::kDeleted;
}

/// Of things that are done one after the other, each whatever became of those before it.
class FirstFailure {
public:
    /// Where an exception is being handled.
    void keep() {
        if (!first_) first_ = std::current_exception();
    }
    void rethrow() const {
        if (first_) std::rethrow_exception(first_);
    }

private:
    std::exception_ptr first_;
};

/// Repeats a step for as long as it does as much as it may at once and there is time. False: there may be more to do.
Task<bool> repeat(Clock& clock, size_t most, std::function<Task<size_t>()> step) {
    const TimeNs stop_at = clock.now() + kBudget;
    size_t done = most;
    while (done >= most && clock.now() < stop_at) done = co_await step();
    co_return done < most;
}

}  // namespace

Task<> Platform::catch_up() {
    size_t moved = 1;
    while (moved > 0) {
        moved = co_await events::pump(ports_.sql, ports_.log, kLogBatch);
        moved += co_await discovery_.maintain(kBatch);
    }
}

Task<> Platform::maintain() {
    FirstFailure failure;
    for (Task<> (Platform::* const step)() :
         {&Platform::end_sessions, &Platform::publish, &Platform::maintain_titles, &Platform::maintain_viewing,
          &Platform::clean, &Platform::maintain_payments}) {
        try {
            co_await (this->*step)();
        } catch (...) {
            failure.keep();
        }
    }
    failure.rethrow();
}

Task<> Platform::end_sessions() {
    const auto note = [this] { return accounts_.note_ends(kBatch); };
    co_await repeat(ports_.clock, kBatch, note);
}

Task<> Platform::publish() {
    const auto pump = [this] { return events::pump(ports_.sql, ports_.log, kLogBatch); };
    co_await repeat(ports_.clock, kLogBatch, pump);
}

Task<> Platform::maintain_titles() {
    co_await catalog_.maintain();
    const auto follow = [this] { return discovery_.maintain(kBatch); };
    co_await repeat(ports_.clock, kBatch, follow);
}

Task<> Platform::maintain_viewing() {
    co_await profiles_.follow(ports_.log, ports_.clock.now() + kBudget);
    co_await playback_.follow(ports_.log, ports_.clock.now() + kBudget);
    const auto end_abandoned = [this] { return playback_.end_abandoned(kBatch); };
    co_await repeat(ports_.clock, kBatch, end_abandoned);
}

/// Every minute, and sooner where the last run did not get through.
Task<> Platform::clean() {
    if (ports_.clock.now() < next_cleaning_) co_return;
    next_cleaning_ = ports_.clock.now() + kMinute;
    const std::pair<size_t, std::function<Task<size_t>()>> sweeps[] = {
        {kBatch, [this] { return accounts_.forget_expired(kBatch); }},
        {kBatch, [this] { return idempotency_.forget_expired(kBatch); }},
        {kBatch, [this] { return profiles_.forget_erased(kBatch); }},
        {kBatch, [this] { return playback_.forget(kBatch); }},
        {kBatch, [this] { return discovery_.trending().forget_old(kBatch); }},
        {kBatch, [this] { return follow_accounts(); }},
        {kBatch, [this] { return follow_profiles(); }},
        {kErasures,
         [this] {
             return events::erase_noted(ports_.sql, ports_.log, ports_.clock.now(), kErasures, tells_of_erasure);
         }},
        {kLogBatch, [this] { return events::trim(ports_.sql, ports_.log, events_, ports_.clock.now(), kLogBatch); }},
    };
    FirstFailure failure;
    for (const auto& [most, sweep] : sweeps) {
        try {
            const bool is_clean = co_await repeat(ports_.clock, most, sweep);
            if (!is_clean) next_cleaning_ = 0;
        } catch (...) {
            failure.keep();
        }
    }
    failure.rethrow();
}

Task<size_t> Platform::follow_accounts() {
    const auto erase = [this](SqlTransaction& tx, const Event& event) {
        if (event.type != accounts::kErased) return;
        gateway::Idempotency::erase(tx, event.key);
        events::note_erasure(tx, event.key, ports_.clock.now());
    };
    co_return co_await events::consume(ports_.sql, ports_.log, kConsumer, accounts::kTopic, kBatch, erase);
}

/// What is watched is known by the profile.
Task<size_t> Platform::follow_profiles() {
    const auto erase = [this](SqlTransaction& tx, const Event& event) {
        if (event.type != profiles::kDeleted) return;
        const Json data = Json::parse(event.data);
        events::note_erasure(tx, *data.find("profile_id")->text(), ports_.clock.now());
    };
    co_return co_await events::consume(ports_.sql, ports_.log, kConsumer, profiles::kTopic, kBatch, erase);
}

/// On its own while a provider keeps it waiting; what it threw comes out in the run that finds it done.
Task<> Platform::maintain_payments() {
    if (!payments_run_) {
        payments_run_ = payments_.maintain();
        payments_run_.start();
    }
    const TimeNs stop_at = ports_.clock.now() + kBudget;
    for (TimeNs pause = kMillisecond; !payments_run_.done() && ports_.clock.now() < stop_at; pause *= 2)
        co_await ports_.clock.sleep_until(std::min(ports_.clock.now() + pause, stop_at));
    if (!payments_run_.done()) co_return;
    Task<> done = std::move(payments_run_);
    done.take();
}

}  // namespace matinee::platform
