// A viewer whom nothing but its own link holds up, against closed forms.
#include <gtest/gtest.h>

#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

/// Few viewers on a network too fast for them to meet; all content is at the edge.
scenario::Scenario lone(Kbps link_kbps, Kbps rung_kbps) {
    scenario::Scenario s = small_world();
    s.catalog.film_duration.a = 40;
    s.catalog.ladder = {rung_kbps};
    s.populations[0].access = {constant_link(link_kbps, 20 * kMillisecond)};
    s.arrivals.viewers = 20;
    s.cdn.nodes[0].holds_everything = true;
    stop_arrivals(s, 8 * kMinute);
    return s;
}

/// The report keeps microseconds.
void expect_all_equal(const reports::Distribution& d, double value, double resolution) {
    EXPECT_GT(d.samples, 20u);
    EXPECT_NEAR(d.mean, value, resolution);
    EXPECT_NEAR(d.p50, value, 0.008 * value);
    EXPECT_EQ(d.cdf.size(), 1u) << "all viewers see the same";
}

TEST(LoneViewer, StartupIsSetUpRoundTripsServerSlowStartAndSizeOverRate) {
    // 40 + 20 ms of round trips, 4 ms of disk; 10 Mbit/s carry 200,000 bits a round: one round of 116,800, then the rest.
    const auto result = simulate(lone(10'000, 1000));
    expect_all_equal(result.experience.startup_ms, 40 + 20 + 4 + 20 + (4e6 - 116'800) / 1e4, 0.002);
    expect_all_equal(result.experience.bitrate_kbps, 1000, 1e-9);
    EXPECT_EQ(result.experience.rebuffering_ratio.mean, 0);
    EXPECT_EQ(result.experience.switches_per_minute.mean, 0);
    EXPECT_EQ(result.experience.rebuffering_ratio.samples, result.counts.sessions);
    EXPECT_EQ(result.counts.segments, result.counts.sessions * 10);
}

TEST(LoneViewer, AServersRamAndAFasterHandshakeShortenIt) {
    scenario::Scenario s = lone(10'000, 1000);
    s.transport.setup_rtts = 1;
    s.transport.initial_window_bytes = 100'000;
    s.cdn.nodes[0].disk_latency = 700 * kMicrosecond;
    const auto result = simulate(s);
    expect_all_equal(result.experience.startup_ms, 20 + 20 + 0.7 + 400, 0.002);
}

TEST(LoneViewer, LossTakesItsShareOfTheLink) {
    scenario::Scenario s = lone(1000, 500);  // 20,000 bits a round: the window is no limit
    s.populations[0].access[0].loss = 0.2;
    expect_all_equal(simulate(s).experience.startup_ms, 64 + 2e6 / 800, 0.02);
    s.transport.congestion = scenario::Transport::Congestion::Cubic;
    // RFC 9438, 5.1: packets of 1460 bytes, the larger of the Reno and CUBIC windows a round trip.
    const double reno = std::sqrt(1.5 / 0.2);
    const double cubic = std::pow(0.4 * 3.7 / 1.2, 0.25) * std::pow(0.02 / 0.2, 0.75);
    const double limit_kbps = std::max(reno, cubic) * 1460 * 8 / 20;
    expect_all_equal(simulate(s).experience.startup_ms, 64 + 2e6 / std::min(limit_kbps, 800.0), 1);
    s.populations[0].access = {constant_link(10'000, 20 * kMillisecond)};
    s.populations[0].access[0].loss = 0.2;
    expect_all_equal(simulate(s).experience.startup_ms, 64 + 2e6 / limit_kbps, 0.002 * 2e6 / limit_kbps);
}

TEST(LoneViewer, NeverStallsWhereTheLinkIsFasterThanTheRung) {
    for (const Kbps link : {1030u, 1500u, 3000u}) {  // a round trip and the server's latency come on top of 4 s at 1000 kbit/s
        const auto result = simulate(lone(link, 1000));
        EXPECT_GT(result.experience.rebuffering_ratio.samples, 20u);
        EXPECT_EQ(result.experience.rebuffering_ratio.mean, 0) << link;
    }
}

TEST(LoneViewer, StallsByTheClosedFormWhereTheRungIsFasterThanTheLink) {
    // 8 Mbit at 1000 kbit/s, 20 ms round trip, 4 ms server: a segment of 4 s every 8.024 s. Nine of ten come 4.024 s late.
    const auto result = simulate(lone(1000, 2000));
    expect_all_equal(result.experience.startup_ms, 40 + 8024, 0.002);
    expect_all_equal(result.experience.rebuffering_ratio, 9 * 4.024 / (9 * 4.024 + 40), 1.1e-6);
}

TEST(LoneViewer, HigherThresholdsTradeStartupForStalls) {
    scenario::Scenario s = lone(1000, 2000);
    s.populations[0].player.startup_threshold = 12 * kSecond;
    s.populations[0].player.rebuffer_threshold = 8 * kSecond;
    const auto result = simulate(s);
    expect_all_equal(result.experience.startup_ms, 40 + 3 * 8024, 0.01);
    // Set-up aside, segment n arrives at 8.024 n s. Three play from 24.072 s on, the fourth extends that to 40.072; from then
    // on two are waited for at a time: the sixth comes at 48.144, the eighth at 64.192, the tenth at 80.24 s.
    const double stalls = (48.144 - 40.072) + (64.192 - 56.144) + (80.24 - 72.192);
    expect_all_equal(result.experience.rebuffering_ratio, stalls / (stalls + 40), 1.1e-6);
}

TEST(LoneViewer, AMissCostsTheWayToTheOrigin) {
    scenario::Scenario s = lone(10'000, 1000);
    s.cdn.nodes[0].holds_everything = false;
    s.cdn.nodes[0].disk = 1000;  // nothing fits: every request goes to the origin
    const double own = 40 + 20 + 20 + (4e6 - 116'800) / 1e4;
    // 10 ms there and 10 ms back, the origin's disk, the whole object at 2 Gbit/s; stored before it is forwarded.
    expect_all_equal(simulate(s).experience.startup_ms, own + 20 + 4 + 4e6 / 2e6, 0.003);
    EXPECT_EQ(simulate(s).cdn[0].hits, 0u);
}

}  // namespace
}  // namespace matinee::world
