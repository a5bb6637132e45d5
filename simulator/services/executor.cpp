#include "simulator/services/executor.hpp"

#include <algorithm>

namespace matinee::services {

uint32_t Executor::remember(TimeNs time, std::coroutine_handle<> who) {
    uint32_t slot = uint32_t(slots_.size());
    if (free_slots_.empty()) {
        slots_.push_back(who);
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
        slots_[slot] = who;
    }
    queue_.push({std::max(time, now_), next_number_++, slot});
    return slot;
}

/// Its entry stays in the queue until its time, and its slot until then.
void Executor::forget(uint32_t slot) { slots_[slot] = nullptr; }

void Executor::drop_forgotten() {
    while (!queue_.empty() && !slots_[queue_.top().slot]) {
        free_slots_.push_back(queue_.top().slot);
        queue_.pop();
    }
}

TimeNs Executor::next_at() {
    drop_forgotten();
    return queue_.empty() ? kNever : queue_.top().time;
}

bool Executor::step() {
    drop_forgotten();
    if (queue_.empty()) return false;
    const Due due = queue_.top();
    queue_.pop();
    now_ = due.time;
    const std::coroutine_handle<> who = slots_[due.slot];
    free_slots_.push_back(due.slot);
    ++steps_;
    who.resume();
    return true;
}

void Executor::run_until(TimeNs time) {
    while (next_at() <= time) step();
    now_ = std::max(now_, time);
}

void Executor::run() {
    while (step()) {
    }
}

}  // namespace matinee::services
