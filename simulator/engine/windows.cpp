#include "simulator/engine/windows.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace matinee::engine {

namespace {

/// Waits until `value` is no longer `old`, for so many rounds awake and then asleep.
uint32_t await_change(const std::atomic<uint32_t>& value, uint32_t old, int spins) {
    for (int i = 0; i < spins; ++i) {
        const uint32_t now = value.load(std::memory_order_acquire);
        if (now != old) return now;
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    value.wait(old, std::memory_order_acquire);
    return value.load(std::memory_order_acquire);
}

/// A window is a matter of microseconds, so a short spin comes before sleep; but not where there are more workers than
/// processors, and whoever spins keeps another from its work.
int spins_for(uint32_t threads) { return threads <= std::thread::hardware_concurrency() ? 2000 : 0; }

/// Processes that one worker takes at once: [first, past).
struct Block {
    uint32_t first;
    uint32_t past;
};

/// Blocks in the order in which they are dealt: the last processes first, because those are the upper tiers, each of
/// which may have more to do than many edges, heavy ones by themselves; and smaller and smaller blocks, so that the
/// workers end together.
std::vector<Block> blocks_of(const WindowPlan& plan) {
    std::vector<Block> blocks;
    for (uint32_t left = plan.processes; left > 0;) {
        const bool heavy = plan.processes - left < plan.heavy;
        const uint32_t size = heavy ? 1 : std::max(1u, left / (2 * plan.threads));
        blocks.push_back({left - size, left});
        left -= size;
    }
    return blocks;
}

/// The caller's thread leads: it opens each window, takes part in it, waits for the helpers and exchanges messages.
/// Windows with little in them it handles alone, which changes nothing but the time it takes.
class WindowRun {
public:
    WindowRun(const WindowPlan& plan, const WindowCallbacks& callbacks)
        : plan_(plan),
          callbacks_(callbacks),
          window_end_(std::min(plan.window, plan.end)),
          spins_(spins_for(plan.threads)),
          shared_blocks_(blocks_of(plan)),
          all_in_one_{{0, plan.processes}} {}

    void go() {
        std::vector<std::jthread> helpers;
        try {
            for (uint32_t worker = 1; worker < plan_.threads; ++worker)
                helpers.emplace_back([this, worker] { help(worker); });
        } catch (const std::system_error&) {
            // The machine gives no more threads: those it gave will do.
        }
        helpers_ = uint32_t(helpers.size());
        lead();
        finished_ = true;
        open_window();
        helpers.clear();  // joins
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void lead() {
        uint64_t work = 0;
        uint64_t expected = 0;  // moving average of the work in a window
        for (bool go_on = true; go_on; window_end_ = std::min(window_end_ + plan_.window, plan_.end)) {
            next_.store(0, std::memory_order_relaxed);
            shared_ = helpers_ > 0 && expected >= plan_.events_worth_sharing;
            if (shared_) {
                busy_.store(helpers_, std::memory_order_relaxed);
                open_window();
            }
            advance_some(0);
            if (shared_)
                for (uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0;)
                    busy = await_change(busy_, busy, spins_);
            if (failure_) return;
            try {
                const WindowCallbacks::Closed closed = callbacks_.exchange(window_end_);
                expected = (expected * 7 + (closed.work - work)) / 8;
                work = closed.work;
                go_on = closed.go_on && window_end_ < plan_.end;
            } catch (...) {
                keep_failure();
                return;
            }
        }
    }

    void open_window() {
        generation_.fetch_add(1, std::memory_order_release);
        generation_.notify_all();
    }

    void help(uint32_t worker) {
        for (uint32_t seen = 0;;) {
            seen = await_change(generation_, seen, spins_);
            if (finished_) return;
            advance_some(worker);
            if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
        }
    }

    // Processes are dealt in blocks as workers come for them: sites differ in size. Within its block a worker prepares
    // each process while those before it run; a block's first ones are prepared before anything runs.
    void advance_some(uint32_t worker) {
        const std::vector<Block>& blocks = shared_ ? shared_blocks_ : all_in_one_;
        try {
            for (uint32_t at = next_.fetch_add(1); at < blocks.size(); at = next_.fetch_add(1)) {
                const auto [first, past] = blocks[at];
                for (uint32_t lead = WindowCallbacks::kPrepareDistance; callbacks_.prepare && lead > 0; --lead)
                    prepare_from(first, lead, past);
                for (uint32_t p = first; p < past; ++p) {
                    if (callbacks_.prepare) prepare_from(p + 1, 1, past);
                    callbacks_.advance(p, window_end_, worker);
                }
            }
        } catch (...) {
            keep_failure();
        }
    }

    /// One step of preparation for `p`, which is `distance` away, and for those after it.
    void prepare_from(uint32_t p, uint32_t distance, uint32_t past) {
        for (; p < past && distance <= WindowCallbacks::kPrepareDistance; ++p, ++distance)
            callbacks_.prepare(p, window_end_, distance);
    }

    void keep_failure() {
        const std::lock_guard lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
    }

    const WindowPlan& plan_;
    const WindowCallbacks& callbacks_;
    TimeNs window_end_;
    const int spins_;
    uint32_t helpers_ = 0;
    bool shared_ = false;  ///< this window is
    const std::vector<Block> shared_blocks_;
    const std::vector<Block> all_in_one_;
    alignas(64) std::atomic<uint32_t> next_ = 0;
    alignas(64) std::atomic<uint32_t> generation_ = 0;
    alignas(64) std::atomic<uint32_t> busy_ = 0;
    std::atomic<bool> finished_ = false;
    std::mutex failure_mutex_;
    std::exception_ptr failure_;
};

}  // namespace

void run_windows(const WindowPlan& plan, const WindowCallbacks& callbacks) { WindowRun(plan, callbacks).go(); }

}  // namespace matinee::engine
