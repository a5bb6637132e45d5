#include "system/live/event_loop.hpp"

#include <time.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <coroutine>
#include <map>
#include <utility>

namespace matinee::live {

namespace asio = boost::asio;

TimeNs time_since_boot() {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return TimeNs(time.tv_sec) * kSecond + TimeNs(time.tv_nsec);
}

struct EventLoop::State {
    /// Asio promises no order among timers of one moment; this queue does.
    using Sleepers = std::map<std::pair<TimeNs, uint64_t>, std::coroutine_handle<>>;

    /// Asio's timers stand still while the machine is suspended: after that, who should be up by now waits no longer
    /// than this.
    static constexpr TimeNs kLongestNap = kSecond;

    explicit State(TimeNs (*e)()) : elapsed(e) {}

    asio::io_context context{1};
    asio::steady_timer timer{context};
    Sleepers sleepers;
    uint64_t next_number = 0;
    TimeNs armed_for = kNever;  ///< when the timer fires, kNever where it is not set
    TimeNs wall_at_start =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    TimeNs (*elapsed)();
    TimeNs elapsed_at_start = elapsed();

    TimeNs now() const { return wall_at_start + elapsed() - elapsed_at_start; }

    void arm() {
        const TimeNs first = sleepers.empty() ? kNever : sleepers.begin()->first.first;
        if (first >= armed_for) return;  // a timer that fires too early looks again
        const TimeNs time = now();
        armed_for = std::min(first, time + kLongestNap);
        timer.expires_after(std::chrono::nanoseconds(std::max<TimeNs>(armed_for - time, 0)));
        timer.async_wait([this](const boost::system::error_code& error) {
            if (error) return;  // set again to another moment
            armed_for = kNever;
            wake();
        });
    }

    void wake() {
        const TimeNs time = now();
        const uint64_t limit = next_number;  // who lies down again now waits for the next turn
        while (!sleepers.empty() && sleepers.begin()->first.first <= time && sleepers.begin()->first.second < limit) {
            const std::coroutine_handle<> who = sleepers.begin()->second;
            sleepers.erase(sleepers.begin());
            who.resume();
        }
        arm();
    }

    struct Sleep {
        State& state;
        TimeNs time;
        std::pair<TimeNs, uint64_t> key{};
        bool waiting = false;

        Sleep(State& s, TimeNs t) : state(s), time(t) {}
        Sleep(const Sleep&) = delete;
        Sleep& operator=(const Sleep&) = delete;
        ~Sleep() {
            if (waiting) state.sleepers.erase(key);
        }
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> who) {
            key = {std::max(time, state.now()), state.next_number++};
            state.sleepers.emplace(key, who);
            waiting = true;
            state.arm();
        }
        void await_resume() noexcept { waiting = false; }
    };
};

EventLoop::EventLoop(TimeNs (*elapsed)()) : state_(std::make_unique<State>(elapsed)) {}
EventLoop::~EventLoop() = default;

TimeNs EventLoop::now() const { return state_->now(); }

Task<> EventLoop::sleep_until(TimeNs time) { co_await State::Sleep(*state_, time); }

void EventLoop::post(std::function<void()> work) { asio::post(state_->context, std::move(work)); }

void EventLoop::run() {
    const auto keep_running = asio::make_work_guard(state_->context);
    state_->context.restart();
    state_->context.run();
}

void EventLoop::stop() { state_->context.stop(); }

asio::io_context& EventLoop::context() { return state_->context; }

}  // namespace matinee::live
