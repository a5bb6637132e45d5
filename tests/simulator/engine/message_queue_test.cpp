#include "simulator/engine/message_queue.hpp"

#include <gtest/gtest.h>

#include <compare>
#include <map>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::engine {
namespace {

struct Order {
    TimeNs time;
    uint32_t source;
    uint64_t number;  ///< among the source's messages
    auto operator<=>(const Order&) const = default;
};

TEST(Outbox, KeepsTheOrderOfItsSource) {
    Outbox<int> outbox(7);
    outbox.send(50, 1, 10);
    outbox.send(20, 2, 11);
    ASSERT_EQ(outbox.messages().size(), 2u);
    EXPECT_EQ(outbox.messages().front().payload, 10);
    outbox.messages().clear();  // as the runner does at a window's end
    outbox.send(70, 3, 12);
    const Message<int>& message = outbox.messages().front();
    EXPECT_EQ(message.source, 7u);
    EXPECT_EQ(message.destination, 3u);
    EXPECT_EQ(message.time, 70);
    EXPECT_EQ(message.payload, 12);
}

TEST(Outbox, KeepsTheMessagesOfEachPartApart) {
    Outbox<int> outbox(7);
    for (uint32_t receiver = 0; receiver < 10; ++receiver) outbox.send(50, receiver, int(receiver));
    outbox.split(4);
    for (uint32_t receiver = 10; receiver < 20; ++receiver) outbox.send(50, receiver, int(receiver));
    for (uint32_t part = 0; part < 4; ++part) {
        ASSERT_EQ(outbox.messages(part).size(), 5u);
        for (uint32_t i = 0; i < 5; ++i) {
            EXPECT_EQ(outbox.messages(part)[i].destination, 4 * i + part) << "in the order in which they were sent";
            EXPECT_EQ(outbox.messages(part)[i].payload, int(4 * i + part));
        }
    }
}

TEST(Inbox, EmptyIsNever) {
    Inbox<int> inbox(1);
    EXPECT_EQ(inbox.next_time(), kNever);
    inbox.deliver({5, 0, 0, 1});
    inbox.open(5);
    EXPECT_EQ(inbox.next_time(), kNever) << "it lies beyond the window";
    inbox.open(6);
    EXPECT_EQ(inbox.next_time(), 5);
    EXPECT_EQ(&inbox.upcoming(0), &inbox.peek());
    EXPECT_EQ(inbox.in_sight(), 1u);
    inbox.pop();
    EXPECT_EQ(inbox.next_time(), kNever);
}

TEST(Inbox, OrderIsTimeThenSourceThenTheSourcesOwnHoweverSourcesMix) {
    RandomStream random(1, Purpose::Test, 1);
    for (int round = 0; round < 50; ++round) {
        std::vector<Message<Order>> messages;
        uint64_t sent[6] = {};
        for (int i = 0; i < 240; ++i) {
            const TimeNs time = random.below(20);
            const uint32_t source = random.below(6);
            messages.push_back({time, source, 0, Order{time, source, sent[source]++}});
        }
        Inbox<Order> inbox(20);
        for (const auto& message : messages) inbox.deliver(message);
        inbox.open(20);
        Order last{-1, 0, 0};
        for (size_t i = 0; i < messages.size(); ++i) {
            const TimeNs announced = inbox.next_time();
            const auto message = inbox.peek();
            inbox.pop();
            ASSERT_EQ(message.time, announced);
            ASSERT_EQ(message.payload.source, message.source);
            ASSERT_LT(last, message.payload);
            last = message.payload;
        }
        ASSERT_EQ(inbox.next_time(), kNever);
    }
}

TEST(Inbox, WindowsAndDeliveriesAlternate) {
    RandomStream random(1, Purpose::Test, 2);
    constexpr TimeNs window = 10;
    Inbox<uint64_t> inbox(window);
    std::map<Order, uint64_t> naive;
    uint64_t sequence = 0;
    for (TimeNs end = window; end < 20'000; end += window * (1 + random.below(3))) {
        inbox.open(end);
        inbox.open(end);  // whoever prepares a window and whoever handles it may both do so
        while (!naive.empty() && naive.begin()->first.time < end) {
            const auto& message = inbox.peek();
            ASSERT_EQ((Order{message.time, message.source, message.payload / 3}), naive.begin()->first);
            ASSERT_EQ(message.payload, naive.begin()->second);
            inbox.pop();
            naive.erase(naive.begin());
        }
        ASSERT_EQ(inbox.next_time(), kNever);
        for (uint32_t i = random.below(20); i-- > 0; ++sequence) {
            const TimeNs time = end + random.below(i % 5 == 0 ? 1500 : 200);  // also far beyond the coming windows
            const uint32_t source = random.below(4);
            inbox.deliver({time, source, 9, sequence * 3});
            naive[{time, source, sequence}] = sequence * 3;
        }
    }
    EXPECT_GT(sequence, 5000u);
}

}  // namespace
}  // namespace matinee::engine
