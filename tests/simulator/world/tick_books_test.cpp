#include "simulator/world/tick_books.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::world {
namespace {

constexpr TimeNs kTick = 100 * kMillisecond;
constexpr uint32_t kServers = 3;

using Sums = TickBooks::OfServer;

void add(Sums& sums, const Sums& more) {
    sums.bytes += more.bytes;
    sums.nic_kbps += more.nic_kbps;
    sums.disk_kbps += more.disk_kbps;
    sums.responses += more.responses;
}

struct Response {
    int64_t tick;
    uint32_t server;
    Sums amounts;
};

TEST(TickBooks, ATickLiesAfterTheEndAndHalfATickAhead) {
    RandomStream random(1, Purpose::Test, 1);
    const TickBooks books(1, kTick);
    for (int round = 0; round < 10'000; ++round) {
        const TimeNs grid = random.chance(0.3) ? kTick : 1;
        const TimeNs now = TimeNs(random.uniform() * 1e13) / grid * grid;
        const TimeNs end = now + TimeNs(random.lognormal(3e8, 2)) * random.chance(0.9);
        const int64_t tick = books.tick_after(end, now);
        ASSERT_GT(tick * kTick, end);
        ASSERT_GT(tick * kTick, now + kTick / 2);
        ASSERT_TRUE((tick - 1) * kTick <= end || (tick - 1) * kTick <= now + kTick / 2) << "the first such";
    }
}

/// Against a list of all responses.
TEST(TickBooks, GivesBackAtEachTickWhatWasAddedForIt) {
    RandomStream random(1, Purpose::Test, 2);
    TickBooks books(kServers, kTick);
    std::vector<Response> open;
    std::map<uint32_t, int64_t> far;  // and their ticks
    uint64_t expected_bytes = 0;
    int64_t settled = 0;
    for (int step = 0; step < 50'000; ++step) {
        if (random.chance(0.6)) {
            const Response response{settled + 1 + random.below(400), random.below(kServers),
                                    {1 + random.below(1'000'000), random.below(9000), random.below(9000), 1}};
            if (books.is_far(response.tick)) {
                books.add_far(response.tick, uint32_t(step));
                far[uint32_t(step)] = response.tick;
            } else {
                books.add(uint64_t(response.tick) & 0xFFFF, response.server, response.amounts);
                expected_bytes += response.amounts.bytes;
                open.push_back(response);
            }
        } else if (random.chance(0.3) && !open.empty()) {
            const uint32_t chosen = random.below(uint32_t(open.size()));
            const Response cut = open[chosen];
            open.erase(open.begin() + chosen);
            books.take_back(uint64_t(cut.tick) & 0xFFFF, cut.server, cut.amounts);
            expected_bytes -= cut.amounts.bytes;
        } else if (random.chance(0.02) && !far.empty()) {
            books.forget_far(far.begin()->first);
            far.erase(far.begin());
        } else if (random.chance(0.01)) {
            const uint32_t server = random.below(kServers);
            books.forget_responses(server);
            for (Response& response : open)
                if (response.server == server) response.amounts.responses = 0;
        } else {
            ++settled;
            ASSERT_EQ(books.due_ns(), settled * kTick);
            std::vector<Sums> expected(kServers);
            std::vector<Sums> given(kServers);
            for (const Response& response : open)
                if (response.tick == settled) add(expected[response.server], response.amounts);
            std::erase_if(open, [&](const Response& response) { return response.tick == settled; });
            books.settle([&](uint32_t server, const Sums& sums) { add(given[server], sums); },
                         [&](uint32_t who, int64_t tick) {
                             ASSERT_EQ(far.at(who), tick);
                             ASSERT_GT(tick, settled) << "it came near before its tick";
                             far.erase(who);
                         });
            for (uint32_t server = 0; server < kServers; ++server) {
                ASSERT_EQ(given[server].bytes, expected[server].bytes) << "step " << step;
                ASSERT_EQ(given[server].nic_kbps, expected[server].nic_kbps);
                ASSERT_EQ(given[server].disk_kbps, expected[server].disk_kbps);
                ASSERT_EQ(given[server].responses, expected[server].responses);
                expected_bytes -= given[server].bytes;
            }
        }
        ASSERT_EQ(books.bytes(), expected_bytes);
    }
    std::vector<Sums> rest(kServers);
    books.settle_all([&](uint32_t server, const Sums& sums) { add(rest[server], sums); });
    EXPECT_EQ(rest[0].bytes + rest[1].bytes + rest[2].bytes, expected_bytes);
    EXPECT_EQ(books.bytes(), 0u);
}

}  // namespace
}  // namespace matinee::world
