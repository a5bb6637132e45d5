#include "simulator/engine/windows.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "simulator/engine/message_queue.hpp"
#include "system/base/digest.hpp"

namespace matinee::engine {
namespace {

constexpr uint32_t kProcesses = 9;
constexpr TimeNs kWindow = 100;
constexpr WindowCallbacks::Closed kGoOn{true, 0};

template <class Advance, class Exchange>
WindowCallbacks callbacks_of(Advance advance, Exchange exchange) {
    WindowCallbacks callbacks;
    callbacks.advance = advance;
    callbacks.exchange = exchange;
    return callbacks;
}

/// Processes that pass numbers on: each message is mixed into the receiver's digest and sends up to two others, no
/// earlier than a window later.
class Gossip {
public:
    std::vector<uint64_t> run(uint32_t threads, TimeNs end, uint64_t worth_sharing = 0, uint32_t parts = 1) {
        digests_.resize(kProcesses);
        for (uint32_t p = 0; p < kProcesses; ++p) inboxes_.emplace_back(kWindow);
        for (uint32_t p = 0; p < kProcesses; ++p) {
            outboxes_.emplace_back(p).split(parts);
            inboxes_[p].deliver({TimeNs(p % 3), p, p, p});
        }
        WindowCallbacks callbacks;
        callbacks.advance = [this](uint32_t p, TimeNs window_end, uint32_t) { advance(p, window_end); };
        callbacks.deliver = [this, parts](uint32_t part, TimeNs window_end) {
            for (auto& outbox : outboxes_) {
                for (const auto& message : outbox.messages(part)) {
                    EXPECT_GE(message.time, window_end);
                    EXPECT_EQ(message.destination % parts, part);
                    inboxes_[message.destination].deliver(message);
                }
                outbox.messages(part).clear();
            }
        };
        callbacks.exchange = [this](TimeNs) { return WindowCallbacks::Closed{true, handled_}; };
        run_windows({kWindow, end, kProcesses, threads, worth_sharing, 0, parts}, callbacks);
        std::vector<uint64_t> values;
        for (const Digest& digest : digests_) values.push_back(digest.value());
        return values;
    }

private:
    void advance(uint32_t p, TimeNs end) {
        inboxes_[p].open(end);
        while (inboxes_[p].next_time() < end) {
            const auto message = inboxes_[p].peek();
            inboxes_[p].pop();
            ++handled_;
            const uint64_t mixed = mix64(message.payload + p);
            digests_[p].add(message.time);
            digests_[p].add(mixed);
            outboxes_[p].send(message.time + kWindow + TimeNs(mixed % 150), uint32_t(mixed >> 20) % kProcesses, mixed);
            if (mixed % 7 == 0) outboxes_[p].send(message.time + kWindow, uint32_t(mixed >> 40) % kProcesses, ~mixed);
        }
    }
    std::atomic<uint64_t> handled_ = 0;
    std::vector<Digest> digests_;
    std::vector<Inbox<uint64_t>> inboxes_;
    std::vector<Outbox<uint64_t>> outboxes_;
};

TEST(Windows, AnyNumberOfThreadsGivesTheSame) {
    const auto one = Gossip().run(1, 6'000);
    for (uint32_t threads = 2; threads <= 4; ++threads) EXPECT_EQ(Gossip().run(threads, 6'000), one) << threads;
    for (const uint64_t worth_sharing : {5u, 30u, 1'000'000u}) EXPECT_EQ(Gossip().run(3, 6'000, worth_sharing), one);
    for (const uint32_t parts : {2u, 4u, 16u}) EXPECT_EQ(Gossip().run(3, 6'000, 5, parts), one) << parts;
    EXPECT_NE(Gossip().run(1, 6'100), one);
}

TEST(Windows, EveryProcessOnceAWindowAndTheLastWindowIsCut) {
    for (uint32_t threads = 1; threads <= 4; ++threads) {
        std::vector<std::vector<TimeNs>> seen(kProcesses);
        std::vector<TimeNs> exchanged;
        WindowCallbacks callbacks;
        callbacks.advance = [&](uint32_t p, TimeNs end, uint32_t worker) {
            ASSERT_LT(worker, threads);
            seen[p].push_back(end);
        };
        callbacks.exchange = [&](TimeNs end) {
            for (const auto& ends : seen) EXPECT_EQ(ends.back(), end) << "all are done before messages go around";
            exchanged.push_back(end);
            return kGoOn;
        };
        run_windows({100, 250, kProcesses, threads, 0}, callbacks);
        const std::vector<TimeNs> expected{100, 200, 250};
        EXPECT_EQ(exchanged, expected);
        for (const auto& ends : seen) EXPECT_EQ(ends, expected);
    }
}

TEST(Windows, MoreThreadsThanProcesses) {
    std::atomic<int> calls = 0;
    run_windows({10, 100, 2, 4, 0},
                callbacks_of([&](uint32_t, TimeNs, uint32_t) { ++calls; }, [](TimeNs) { return kGoOn; }));
    EXPECT_EQ(calls, 20);
}

TEST(Windows, StopsWhenTold) {
    for (uint32_t threads = 1; threads <= 4; ++threads) {
        std::atomic<int> advanced = 0;
        TimeNs last = 0;
        const auto exchange = [&](TimeNs end) {
            last = end;
            return WindowCallbacks::Closed{end < 50, 0};
        };
        run_windows({10, 1000, 3, threads, 0}, callbacks_of([&](uint32_t, TimeNs, uint32_t) { ++advanced; }, exchange));
        EXPECT_EQ(last, 50);
        EXPECT_EQ(advanced, 15);
    }
}

TEST(Windows, AnExceptionOfAProcessEndsTheRunAndComesOut) {
    for (uint32_t threads = 1; threads <= 4; ++threads) {
        std::atomic<TimeNs> latest = 0;
        int exchanges = 0;
        const auto advance = [&](uint32_t p, TimeNs end, uint32_t) {
            latest = end;
            if (p == 2 && end == 30) throw std::runtime_error("process 2");
        };
        const auto exchange = [&](TimeNs) {
            ++exchanges;
            return kGoOn;
        };
        try {
            run_windows({10, 1000, 4, threads, 0}, callbacks_of(advance, exchange));
            ADD_FAILURE() << "nothing was thrown";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "process 2");
        }
        EXPECT_EQ(latest, 30);
        EXPECT_EQ(exchanges, 2) << "the window that failed delivers nothing";
    }
}

TEST(Windows, AnExceptionBetweenWindowsComesOut) {
    const auto exchange = [](TimeNs end) {
        if (end == 20) throw std::logic_error("late message");
        return kGoOn;
    };
    const WindowCallbacks callbacks = callbacks_of([](uint32_t, TimeNs, uint32_t) {}, exchange);
    for (uint32_t threads = 1; threads <= 4; ++threads)
        EXPECT_THROW(run_windows({10, 1000, 4, threads, 0}, callbacks), std::logic_error);
}

TEST(Windows, WhatIsPreparedHasNotBeenHandledYetInItsWindow) {
    for (uint32_t threads = 1; threads <= 3; ++threads) {
        std::vector<std::atomic<TimeNs>> handled(kProcesses);
        std::atomic<int> hints = 0;
        WindowCallbacks callbacks =
            callbacks_of([&](uint32_t p, TimeNs end, uint32_t) { handled[p] = end; }, [](TimeNs) { return kGoOn; });
        callbacks.prepare = [&](uint32_t p, TimeNs end, uint32_t distance) {
            ASSERT_LT(p, kProcesses);
            EXPECT_LT(handled[p], end);
            EXPECT_GE(distance, 1u);
            EXPECT_LE(distance, WindowCallbacks::kPrepareDistance);
            ++hints;
        };
        run_windows({100, 1000, kProcesses, threads, 0}, callbacks);
        if (threads == 1) {
            EXPECT_EQ(hints, 10 * int(kProcesses * WindowCallbacks::kPrepareDistance)) << "each process from each distance";
        }
        for (const auto& end : handled) EXPECT_EQ(end, 1000);
    }
}

}  // namespace
}  // namespace matinee::engine
