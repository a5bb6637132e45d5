#include "simulator/engine/message_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::engine {
namespace {

using Order = std::tuple<TimeNs, uint32_t, uint64_t>;

TEST(Outbox, NumbersTheMessagesOfItsSource) {
    Outbox<int> outbox(7);
    outbox.send(50, 1, 10);
    outbox.send(20, 2, 11);
    ASSERT_EQ(outbox.messages().size(), 2u);
    outbox.messages().clear();  // as the runner does at a window's end
    outbox.send(70, 3, 12);
    const Message<int>& message = outbox.messages().front();
    EXPECT_EQ(message.sequence, 2u) << "the count goes on over windows";
    EXPECT_EQ(message.source, 7u);
    EXPECT_EQ(message.destination, 3u);
    EXPECT_EQ(message.time, 70);
    EXPECT_EQ(message.payload, 12);
}

TEST(Inbox, EmptyIsNever) {
    Inbox<int> inbox;
    EXPECT_EQ(inbox.next_time(), kNever);
    inbox.deliver({5, 0, 0, 0, 1});
    EXPECT_EQ(inbox.next_time(), 5);
    inbox.pop();
    EXPECT_EQ(inbox.next_time(), kNever);
}

TEST(Inbox, OrderIsTimeThenSourceThenSequenceHoweverTheyCome) {
    RandomStream random(1, Purpose::Test, 1);
    for (int round = 0; round < 50; ++round) {
        std::vector<Message<Order>> messages;
        for (uint32_t source = 0; source < 6; ++source)
            for (uint64_t sequence = 0; sequence < 40; ++sequence) {
                const TimeNs time = random.below(20);
                messages.push_back({time, source, 0, sequence, Order{time, source, sequence}});
            }
        for (size_t i = messages.size(); i-- > 1;) std::swap(messages[i], messages[random.below(uint32_t(i + 1))]);
        Inbox<Order> inbox;
        for (const auto& message : messages) inbox.deliver(message);
        Order last{-1, 0, 0};
        for (size_t i = 0; i < messages.size(); ++i) {
            const TimeNs announced = inbox.next_time();
            const auto message = inbox.pop();
            ASSERT_EQ(message.time, announced);
            ASSERT_EQ(message.payload, (Order{message.time, message.source, message.sequence}));
            ASSERT_LT(last, message.payload);
            last = message.payload;
        }
        ASSERT_EQ(inbox.next_time(), kNever);
    }
}

TEST(Inbox, DeliveriesAndPopsMayAlternate) {
    RandomStream random(1, Purpose::Test, 2);
    Inbox<uint64_t> inbox;
    std::map<Order, uint64_t> naive;
    for (uint64_t sequence = 0; sequence < 20'000; ++sequence) {
        const TimeNs time = random.below(1000);
        const uint32_t source = random.below(4);
        inbox.deliver({time, source, 9, sequence, sequence * 3});
        naive[{time, source, sequence}] = sequence * 3;
        while (!naive.empty() && random.chance(naive.size() > 100 ? 0.6 : 0.4)) {
            const auto message = inbox.pop();
            ASSERT_EQ((Order{message.time, message.source, message.sequence}), naive.begin()->first);
            ASSERT_EQ(message.payload, naive.begin()->second);
            naive.erase(naive.begin());
        }
    }
}

}  // namespace
}  // namespace matinee::engine
