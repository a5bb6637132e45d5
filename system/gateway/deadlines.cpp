#include "system/gateway/deadlines.hpp"

namespace matinee::gateway {

void Deadlines::add(Waiter& waiter) {
    // Nearly always the latest.
    waiter.place_ = waiters_.emplace_hint(waiters_.end(), Key(waiter.deadline_, next_number_++), &waiter);
    waiter.listed_ = true;
    // While expire() runs, the sleeper is awake below us and looks at the list again.
    if (expiring_ || waiter.deadline_ >= watching_until_) return;
    watching_until_ = waiter.deadline_;
    watch_ = watch();
    watch_.start();
}

/// Sleeps as long as anybody waits. It wakes for deadlines of tasks that were done in time, too: seldom, because most
/// deadlines are seconds and most tasks are not.
Task<> Deadlines::watch() {
    while (!waiters_.empty()) {
        watching_until_ = waiters_.begin()->first.first;
        co_await clock_.sleep_until(watching_until_);
        expire();
    }
    watching_until_ = kNever;
}

void Deadlines::expire() {
    expiring_ = true;
    const TimeNs now = clock_.now();
    while (!waiters_.empty() && waiters_.begin()->first.first <= now) {
        Waiter& late = *waiters_.begin()->second;
        late.leave();
        late.expired_ = true;
        late.destroy_task();
        late.caller_.resume();  // which may destroy `late`
    }
    expiring_ = false;
}

}  // namespace matinee::gateway
