// The window queue against a sorted container that is too simple to be wrong.
#include "simulator/engine/window_queue.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::engine {
namespace {

class NaiveQueue {
public:
    void push(TimeNs time, uint32_t kind, uint32_t id) { events_.insert({time, kind, id}); }
    bool pop(TimeNs end, Event& event) {
        if (events_.empty() || std::get<0>(*events_.begin()) >= end) return false;
        const auto [time, kind, id] = *events_.begin();
        event = {time, kind, id};
        events_.erase(events_.begin());
        return true;
    }
    size_t size() const { return events_.size(); }

private:
    std::multiset<std::tuple<TimeNs, uint32_t, uint32_t>> events_;
};

/// How far ahead pushes may lie, in windows: the same one, the near ring, the far ring, beyond it.
TimeNs draw_ahead(RandomStream& random, TimeNs window) {
    const double windows[] = {0, 0.5, 3, 900, 1100, 50'000, 262'144, 300'000, 900'000};
    return TimeNs(random.uniform() * windows[random.below(9)] * double(window));
}

/// Advances both queues in strides that need not be whole windows, pushing while events are handled, as a site does.
/// `expected`: how many events the queue is told to expect.
void compare(uint64_t seed, TimeNs window, TimeNs stride_most, int strides, double keep_alive, double expected = 0) {
    WindowQueue queue(window, expected);
    NaiveQueue naive;
    RandomStream random(seed, Purpose::Test, 1);
    const auto push = [&](TimeNs time) {
        const uint32_t kind = random.below(16);
        const uint32_t id = random.chance(0.1) ? UINT32_MAX : random.below(5);
        queue.push(time, kind, id);
        naive.push(time, kind, id);
    };
    for (int i = 0; i < 50; ++i) push(draw_ahead(random, window));
    TimeNs end = 0;
    size_t popped = 0;
    for (int stride = 0; stride < strides; ++stride) {
        end += 1 + TimeNs(random.uniform() * double(stride_most));
        Event next{};
        while (naive.pop(end, next)) {
            Event event{};
            ASSERT_TRUE(queue.pop(end, event));
            ASSERT_EQ(event.time, next.time);
            ASSERT_EQ(event.kind, next.kind);
            ASSERT_EQ(event.id, next.id);
            ++popped;
            // Follow-ups, some of them at the very instant of the event.
            if (naive.size() < 20 || (naive.size() < 200 && random.chance(keep_alive)))
                push(event.time + 1 + draw_ahead(random, window));
            if (random.chance(0.05)) push(event.time);
        }
        Event event{};
        ASSERT_FALSE(queue.pop(end, event));
        if (random.chance(0.3)) push(end + draw_ahead(random, window));  // as a message's handler does
    }
    EXPECT_GT(popped, size_t(strides) / 100);
}

TEST(WindowQueue, PopsAsASortedMultisetInSmallStrides) { compare(1, 1000, 1500, 100'000, 0.9); }
TEST(WindowQueue, PopsAsASortedMultisetInStridesOfManyWindows) { compare(2, 1000, 700'000, 8'000, 0.9); }
TEST(WindowQueue, PopsAsASortedMultisetWhereManyAreExpected) {
    compare(3, 1000, 1500, 30'000, 0.9, 20'000);
    compare(4, 1000, 700'000, 3'000, 0.9, 1e6);
}
TEST(WindowQueue, PopsAsASortedMultisetWhenItOftenRunsEmpty) {
    for (uint64_t seed = 10; seed < 40; ++seed) {
        WindowQueue queue(777);
        NaiveQueue naive;
        RandomStream random(seed, Purpose::Test, 1);
        TimeNs end = 0;
        for (int i = 0; i < 400; ++i) {
            const TimeNs time = end + draw_ahead(random, 777);
            queue.push(time, uint32_t(i % 16), uint32_t(i));
            naive.push(time, uint32_t(i % 16), uint32_t(i));
            end += TimeNs(random.uniform() * 777 * (random.chance(0.02) ? 2e6 : 2000));
            Event expected{}, event{};
            while (naive.pop(end, expected)) {
                ASSERT_TRUE(queue.pop(end, event));
                ASSERT_EQ(event.time, expected.time);
                ASSERT_EQ(event.id, expected.id);
            }
            ASSERT_FALSE(queue.pop(end, event));
        }
    }
}
TEST(WindowQueue, WidestWindowAndWindowOfOneNanosecond) {
    compare(3, WindowQueue::kWindowMax, 4 * WindowQueue::kWindowMax, 5'000, 0.9);
    compare(4, 1, 3, 50'000, 0.9);
}

TEST(WindowQueue, OneInstantIsOrderedByKindThenId) {
    WindowQueue queue(1000);
    queue.push(1500, 3, 1);
    queue.push(1500, 2, 9);
    queue.push(1500, 2, 4);
    queue.push(1499, 15, UINT32_MAX);
    Event event{};
    std::vector<std::tuple<TimeNs, uint32_t, uint32_t>> order;
    while (queue.pop(5000, event)) order.emplace_back(event.time, event.kind, event.id);
    EXPECT_EQ(order, (decltype(order){{1499, 15, UINT32_MAX}, {1500, 2, 4}, {1500, 2, 9}, {1500, 3, 1}}));
}

TEST(WindowQueue, AnEventOfTheOpenWindowMayPushMoreIntoIt) {
    WindowQueue queue(1000);
    queue.push(100, 0, 0);
    queue.push(900, 0, 1);
    Event event{};
    ASSERT_TRUE(queue.pop(1000, event));
    queue.push(500, 0, 2);
    queue.push(100, 0, 3);
    std::vector<uint32_t> ids;
    while (queue.pop(1000, event)) ids.push_back(event.id);
    EXPECT_EQ(ids, (std::vector<uint32_t>{3, 2, 1}));
}

TEST(WindowQueue, AWindowCutAtTheEndKeepsTheRest) {
    WindowQueue queue(1000);
    queue.push(2400, 0, 1);
    queue.push(2500, 0, 2);
    Event event{};
    ASSERT_TRUE(queue.pop(2500, event));
    EXPECT_EQ(event.id, 1u);
    ASSERT_FALSE(queue.pop(2500, event)) << "the end itself is not before the end";
    queue.push(2500, 0, 1);
    ASSERT_TRUE(queue.pop(2501, event));
    EXPECT_EQ(event.id, 1u);
    ASSERT_TRUE(queue.pop(2501, event));
    EXPECT_EQ(event.id, 2u);
}

TEST(WindowQueue, UpcomingEventsAreThoseThatFollowInTheOpenWindow) {
    WindowQueue queue(1000);
    for (uint32_t id = 0; id < 5; ++id) queue.push(10 * id, 0, id);
    Event event{};
    ASSERT_TRUE(queue.pop(1000, event));
    std::vector<uint32_t> seen;
    queue.look_ahead(1, 2, [&](const Event& upcoming) {
        EXPECT_EQ(upcoming.time, 10 * TimeNs(upcoming.id));
        seen.push_back(upcoming.id);
    });
    EXPECT_EQ(seen, (std::vector<uint32_t>{2, 3}));
    queue.look_ahead(3, 10, [&](const Event& upcoming) { EXPECT_EQ(upcoming.id, 4u); });
    queue.look_ahead(4, 10, [](const Event&) { FAIL() << "there are no more"; });
}

// Spread over the window, all at one instant, and both.
TEST(WindowQueue, CrowdedWindowsAreInOrder) {
    for (const double spread : {0.0, 0.5, 1.0}) {
        RandomStream random(8, Purpose::Test, uint64_t(spread * 2));
        for (const uint32_t count : {19u, 20u, 21u, 64u, 700u}) {
            WindowQueue queue(5 * kMillisecond, count == 64 ? 100'000 : count);
            NaiveQueue naive;
            for (uint32_t id = 0; id < count; ++id) {
                const TimeNs time = 7 * kMillisecond + (random.chance(spread) ? random.below(3'000'000) : 0);
                queue.push(time, id % 7, id);
                naive.push(time, id % 7, id);
            }
            Event expected{};
            Event event{};
            while (naive.pop(kNever, expected)) {
                ASSERT_TRUE(queue.pop(kSecond, event));
                ASSERT_EQ(event.time, expected.time);
                ASSERT_EQ(event.kind, expected.kind);
                ASSERT_EQ(event.id, expected.id);
            }
            ASSERT_FALSE(queue.pop(kSecond, event));
        }
    }
}

TEST(WindowQueue, GivesBackTheRoomOfABurst) {
    constexpr TimeNs window = 5'000'000;
    WindowQueue queue(window);
    constexpr uint32_t viewers = 20'000;
    for (uint32_t id = 0; id < viewers; ++id) queue.push(0, 5, id);
    Event event{};
    while (queue.pop(window, event)) queue.push(event.time + window + event.id * 200'000, 5, event.id);
    const uint64_t in_burst = queue.memory_bytes();
    uint32_t popped = 0;
    for (TimeNs last = 0; queue.pop(5'000'000'000, event); last = event.time, ++popped) ASSERT_GE(event.time, last);
    EXPECT_EQ(popped, viewers);
    EXPECT_LT(queue.memory_bytes(), in_burst - uint64_t(viewers) * 8) << "the keys of the burst, at the least";
}

}  // namespace
}  // namespace matinee::engine
