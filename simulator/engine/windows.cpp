#include "simulator/engine/windows.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace matinee::engine {

namespace {

/// The state that the workers of one run share.
class WindowRun {
public:
    WindowRun(const WindowPlan& plan, const WindowCallbacks& callbacks)
        : plan_(plan), callbacks_(callbacks), window_end_(std::min(plan.window, plan.end)) {}

    void go() {
        if (plan_.threads <= 1) {
            while (!finished_) {
                advance_some(0);
                close_window();
            }
        } else {
            go_parallel();
        }
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void go_parallel() {
        auto close = [this]() noexcept { close_window(); };
        std::barrier<decltype(close)> barrier(ptrdiff_t(plan_.threads), close);
        const auto work = [&](uint32_t worker) {
            while (!finished_) {
                advance_some(worker);
                barrier.arrive_and_wait();
            }
        };
        std::vector<std::jthread> workers;
        for (uint32_t worker = 1; worker < plan_.threads; ++worker) workers.emplace_back(work, worker);
        work(0);
    }

    // Processes are dealt one at a time: sites differ in size, and the counter costs less than an idle core.
    void advance_some(uint32_t worker) {
        try {
            for (uint32_t p = next_.fetch_add(1); p < plan_.processes; p = next_.fetch_add(1))
                callbacks_.advance(p, window_end_, worker);
        } catch (...) {
            keep_failure();
        }
    }

    void close_window() noexcept {
        try {
            next_ = 0;
            const bool go_on = !failure_ && callbacks_.exchange(window_end_);
            if (!go_on || window_end_ >= plan_.end) finished_ = true;
            window_end_ = std::min(window_end_ + plan_.window, plan_.end);
        } catch (...) {
            keep_failure();
            finished_ = true;
        }
    }

    void keep_failure() {
        const std::lock_guard lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
    }

    const WindowPlan& plan_;
    const WindowCallbacks& callbacks_;
    TimeNs window_end_;
    std::atomic<uint32_t> next_ = 0;
    bool finished_ = false;
    std::mutex failure_mutex_;
    std::exception_ptr failure_;
};

}  // namespace

void run_windows(const WindowPlan& plan, const WindowCallbacks& callbacks) { WindowRun(plan, callbacks).go(); }

}  // namespace matinee::engine
