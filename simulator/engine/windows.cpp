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

/// A run of processes that one worker takes block by block, and others help with once they have none of their own: a
/// process is handled by the same worker most of the time, whose caches have what it keeps at hand.
struct alignas(64) Section {
    std::vector<Block> blocks;
    std::atomic<uint32_t> next = 0;  ///< to be taken
};

/// Blocks of [first, past) in the order in which they are dealt: the last processes first, because those are the upper
/// tiers, each of which may have more to do than many edges, heavy ones by themselves; and smaller and smaller blocks,
/// so that the workers end together.
std::vector<Block> blocks_of(const WindowPlan& plan, uint32_t first, uint32_t past) {
    std::vector<Block> blocks;
    while (past > first) {
        const bool heavy = past > plan.processes - plan.heavy;
        const uint32_t size = heavy ? 1 : std::max(1u, (past - first) / 2);
        blocks.push_back({past - size, past});
        past -= size;
    }
    return blocks;
}

/// The caller's thread leads: it opens each window, takes part in it, waits for the helpers, and likewise when messages
/// are delivered. Windows with little in them it handles alone, which changes nothing but the time it takes.
class WindowRun {
public:
    WindowRun(const WindowPlan& plan, const WindowCallbacks& callbacks)
        : plan_(plan),
          callbacks_(callbacks),
          window_end_(std::min(plan.window, plan.end)),
          spins_(spins_for(plan.threads)),
          sections_(plan.threads) {
        for (uint32_t s = 0; s < plan.threads; ++s)
            sections_[s].blocks = blocks_of(plan, first_of(s), first_of(s + 1));
    }

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
        open_phase();
        helpers.clear();  // joins
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    enum class Phase { Advance, Deliver };

    uint32_t first_of(uint32_t section) const {
        return uint32_t(uint64_t(plan_.processes) * section / plan_.threads);
    }

    void lead() {
        uint64_t work = 0;
        uint64_t expected = 0;  // moving average of the work in a window
        for (bool go_on = true; go_on; window_end_ = std::min(window_end_ + plan_.window, plan_.end)) {
            shared_ = helpers_ > 0 && expected >= plan_.events_worth_sharing;
            go_through(Phase::Advance);
            if (callbacks_.deliver && !failure_) go_through(Phase::Deliver);
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

    /// All of a phase, with the helpers where the window is shared.
    void go_through(Phase phase) {
        phase_ = phase;
        next_part_.store(0, std::memory_order_relaxed);
        for (Section& section : sections_) section.next.store(0, std::memory_order_relaxed);
        if (shared_) {
            busy_.store(helpers_, std::memory_order_relaxed);
            open_phase();
        }
        do_some(0);
        if (shared_)
            for (uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0;)
                busy = await_change(busy_, busy, spins_);
    }

    void open_phase() {
        generation_.fetch_add(1, std::memory_order_release);
        generation_.notify_all();
    }

    void help(uint32_t worker) {
        for (uint32_t seen = 0;;) {
            seen = await_change(generation_, seen, spins_);
            if (finished_) return;
            do_some(worker);
            if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
        }
    }

    void do_some(uint32_t worker) {
        try {
            if (phase_ == Phase::Advance) return advance_some(worker);
            for (uint32_t part = next_part_.fetch_add(1); part < plan_.parts; part = next_part_.fetch_add(1))
                callbacks_.deliver(part, window_end_);
        } catch (...) {
            keep_failure();
        }
    }

    void advance_some(uint32_t worker) {
        if (!shared_) return advance_block({0, plan_.processes}, worker);
        for (uint32_t s = 0; s < plan_.threads; ++s) {
            Section& section = sections_[(worker + s) % plan_.threads];
            for (uint32_t at = section.next.fetch_add(1); at < section.blocks.size(); at = section.next.fetch_add(1))
                advance_block(section.blocks[at], worker);
        }
    }

    /// Each process is prepared while those before it run; the first ones before anything runs.
    void advance_block(const Block& block, uint32_t worker) {
        const auto [first, past] = block;
        for (uint32_t lead = WindowCallbacks::kPrepareDistance; callbacks_.prepare && lead > 0; --lead)
            prepare_from(first, lead, past);
        for (uint32_t p = first; p < past; ++p) {
            if (callbacks_.prepare) prepare_from(p + 1, 1, past);
            callbacks_.advance(p, window_end_, worker);
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
    Phase phase_ = Phase::Advance;
    std::vector<Section> sections_;  ///< one for each worker
    alignas(64) std::atomic<uint32_t> next_part_ = 0;
    alignas(64) std::atomic<uint32_t> generation_ = 0;
    alignas(64) std::atomic<uint32_t> busy_ = 0;
    std::atomic<bool> finished_ = false;
    std::mutex failure_mutex_;
    std::exception_ptr failure_;
};

}  // namespace

void run_windows(const WindowPlan& plan, const WindowCallbacks& callbacks) { WindowRun(plan, callbacks).go(); }

}  // namespace matinee::engine
