#include "clients/player/lab/trace_network.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

namespace matinee::lab {

/// A network with the table that it runs on; rungs of 500 and 900 kbit/s, segments of 2 s.
struct Network {
    using OnQuality = std::function<void(int, int)>;
    explicit Network(
        const std::vector<Period>& trace, OnQuality on_quality = [](int, int) {})
        : table(trace, 1, abr::Ladder(std::vector<double>{500, 900}, 2000)), network(table, std::move(on_quality)) {}
    TraceTable table;
    TraceNetwork<OnQuality> network;
};

TEST(TraceNetwork, LatencyCountsInUnitsOfItsPeriod) {
    Network on({{1000, 1000, 500}, {1000, 1000, 100}});
    on.network.idle(600);
    // 400 ms pay for 0.8 of the latency; the rest is 0.2 x 100 ms of the next period.
    const Fetched got = on.network.fetch(300e3);
    EXPECT_NEAR(got.latency_ms, 420, 1e-9);
    EXPECT_NEAR(got.time_ms, 720, 1e-9);
    EXPECT_NEAR(on.network.now_ms(), 1320, 1e-9);
    EXPECT_EQ(got.bits, 300e3);
    EXPECT_EQ(got.abandoned_to, -1);
}

TEST(TraceNetwork, DownloadsGoThroughPeriodsAndBackToTheFirst) {
    Network on({{1000, 1000, 0}, {500, 0, 0}, {1000, 100, 0}});
    EXPECT_EQ(on.network.fetch(1000e3).time_ms, 1000) << "all of the first period";
    EXPECT_EQ(on.network.fetch(50e3).time_ms, 1000) << "500 ms of silence, then 500 at 100 kbit/s";
    EXPECT_EQ(on.network.fetch(100e3).time_ms, 550) << "50e3 bits at 100, 50e3 at 1000: it has wrapped";
}

TEST(TraceNetwork, TellsOfSustainableRungs) {
    std::vector<std::pair<int, int>> told;
    Network on({{1000, 1000, 0}, {1000, 1000, 400}, {1000, 100, 0}},
               [&](int now, int before) { told.emplace_back(now, before); });
    EXPECT_EQ(on.network.sustainable(), 1);
    on.network.idle(1500);
    EXPECT_EQ(on.network.sustainable(), 0) << "1000 x (1 - 400 / 2000) = 800 < 900";
    on.network.idle(2000);
    EXPECT_EQ(told, (std::vector<std::pair<int, int>>{{0, 1}, {1, 0}}));
}

// 1000 kbit/s: 12 000 bits are there after 12 ms, so 50 ms decide; the first check counts the latency of 20 ms.
TEST(TraceNetwork, ChecksEveryFiftyMilliseconds) {
    Network on({{60'000, 1000, 20}});
    std::vector<double> elapsed;
    const Fetched whole = on.network.fetch(180e3, [&](double ms, double latency_ms, double bits) {
        elapsed.push_back(ms);
        EXPECT_EQ(latency_ms, 20);
        EXPECT_NEAR(bits, 1000 * (ms - 20), 1e-6);
        return -1;
    });
    EXPECT_EQ(elapsed, (std::vector<double>{50, 100, 150}));
    EXPECT_EQ(whole.time_ms, 200);
    EXPECT_EQ(whole.bits, 180e3);
}

// 100 kbit/s: 12 000 bits take 120 ms.
TEST(TraceNetwork, ChecksAfterTwelveThousandBits) {
    Network on({{60'000, 100, 20}});
    const Fetched part = on.network.fetch(180e3, [](double ms, double, double) { return ms > 200 ? 3 : -1; });
    EXPECT_EQ(part.time_ms, 260);
    EXPECT_EQ(part.bits, 24e3);
    EXPECT_EQ(part.abandoned_to, 3);
    EXPECT_EQ(on.network.now_ms(), 260);
}

// Passing over checks that cannot answer changes no digit of what comes in.
TEST(TraceNetwork, ChecksPassedOverChangeNothing) {
    struct Silent {
        int operator()(double, double, double) const { return -1; }
        bool may_answer(const Fetched&, const Fetched& to) const { return to.bits > 7e6; }
    };
    const std::vector<Period> trace = {{1013.3, 1285.7, 20}, {777.1, 0, 20}, {1999.9, 333.3, 70}, {400, 9000.1, 20}};
    Network one(trace), other(trace);
    for (double bits = 1000; bits < 1e7; bits *= 1.7) {
        const Fetched a = one.network.fetch(bits, [](double, double, double) { return -1; });
        const Fetched b = other.network.fetch(bits, Silent{});
        EXPECT_EQ(a.time_ms, b.time_ms) << bits;
        EXPECT_EQ(a.bits, b.bits) << bits;
        EXPECT_EQ(one.network.now_ms(), other.network.now_ms()) << bits;
    }
}

// A bit a millisecond in rounds of 2 ms: 5e8 rounds.
TEST(TraceNetwork, VeryManyRoundsTakeNoTime) {
    Network on({{1, 2, 0}, {1, 0, 0}});
    const Fetched got = on.network.fetch(1e9);
    EXPECT_NEAR(got.time_ms, 1e9, 2);
    EXPECT_EQ(on.network.fetch(1e9, [](double, double, double) { return 2; }).bits, 12e3);
    on.network.idle(1e10);
    EXPECT_NEAR(on.network.now_ms(), 1e9 + 12e3 + 1e10, 4);
    Network slow({{1, 2, 10'000}, {1, 0, 50'000}});
    EXPECT_NEAR(slow.network.fetch(1).latency_ms, 2 / (1 / 10'000.0 + 1 / 50'000.0), 2) << "harmonic mean of the rows'";
}

}  // namespace matinee::lab
