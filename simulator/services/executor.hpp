// Virtual time for services: who waits until when. One thread; coroutines are resumed in the order of (time, number),
// so a run is the same every time and can be replayed to any step.
#pragma once

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <queue>
#include <vector>

#include "system/base/task.hpp"
#include "system/ports/clock.hpp"

namespace matinee::services {

class Executor {
public:
    explicit Executor(TimeNs start) : now_(start) {}

    TimeNs now() const { return now_; }
    /// Coroutines resumed so far.
    uint64_t steps() const { return steps_; }
    /// When the next one is due; kNever where nobody waits.
    TimeNs next_at();

    /// Resumes the next coroutine at its time. False where nobody waits.
    bool step();
    /// Everything up to and including `time`, which is then now.
    void run_until(TimeNs time);
    /// Until nobody waits.
    void run();
    /// Time passes up to `time`, before which nobody is due; whoever is due then, still is.
    void skip_to(TimeNs time) { now_ = std::max(now_, time); }

    /// Waits until `time`, at least for its turn.
    class Sleep {
    public:
        Sleep(Executor& executor, TimeNs time) : executor_(executor), time_(time) {}
        ~Sleep() {
            if (waiting_) executor_.forget(slot_);
        }
        Sleep(const Sleep&) = delete;
        Sleep& operator=(const Sleep&) = delete;

        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> who) {
            slot_ = executor_.remember(time_, who);
            waiting_ = true;
        }
        void await_resume() noexcept { waiting_ = false; }

    private:
        Executor& executor_;
        TimeNs time_;
        uint32_t slot_ = 0;
        bool waiting_ = false;
    };
    Sleep sleep_until(TimeNs time) { return {*this, time}; }

private:
    struct Due {
        TimeNs time;
        uint64_t number;
        uint32_t slot;
        bool operator>(const Due& other) const {
            return time != other.time ? time > other.time : number > other.number;
        }
    };
    uint32_t remember(TimeNs time, std::coroutine_handle<> who);
    void forget(uint32_t slot);
    void drop_forgotten();

    TimeNs now_;
    uint64_t steps_ = 0;
    uint64_t next_number_ = 0;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> queue_;
    std::vector<std::coroutine_handle<>> slots_;  ///< null: forgotten, its entry is still in the queue
    std::vector<uint32_t> free_slots_;
};

/// The port.
class SimulatedClock : public Clock {
public:
    explicit SimulatedClock(Executor& executor) : executor_(executor) {}
    TimeNs now() const override { return executor_.now(); }
    Task<> sleep_until(TimeNs time) override { co_await executor_.sleep_until(time); }

private:
    Executor& executor_;
};

}  // namespace matinee::services
