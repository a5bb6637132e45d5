#include "simulator/network/transfer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::network {
namespace {

/// A link without slow start: its window is open and the round trip short.
struct Link {
    TraceSet set;
    Path path;

    explicit Link(const std::vector<RecordedTrace::Period>& periods, TimeNs offset = 0, TimeNs now = 0) {
        set.add({"link", periods});
        path.cursor = TraceCursor::at(set, 0, offset, now);
        path.window_bytes = UINT32_MAX;
        path.rtt_ns = uint32_t(20 * kMillisecond);
    }
    const TraceRow* rows() const { return set.rows().data(); }
    TimeNs finish(TimeNs start, uint64_t bits) { return finish_time(rows(), path, start, bits); }
};

TEST(Transfer, AConstantLinkTakesSizeOverRate) {
    Link link({{7000, 5000, 0}});
    EXPECT_NEAR(double(link.finish(kSecond, 5'000'000)), double(2 * kSecond), 2);
    EXPECT_NEAR(double(link.finish(3 * kSecond, 500'000'000)), double(103 * kSecond), 2)
        << "over many turns of the trace";
    link.path.scale = 0.25F;
    EXPECT_NEAR(double(link.finish(200 * kSecond, 5'000'000)), double(204 * kSecond), 2);
    link.path.limit_kbps = 1000;  // in the trace's own units, so 250 kbit/s after scaling
    EXPECT_NEAR(double(link.finish(300 * kSecond, 5'000'000)), double(320 * kSecond), 2);
}

TEST(Transfer, AVaryingLinkIsWalkedRowByRow) {
    // 1 s at 1 Mbit/s, 1 s of nothing, 2 s at 4 Mbit/s, and again.
    Link link({{1000, 1000, 0}, {1000, 0, 0}, {2000, 4000, 0}});
    EXPECT_NEAR(double(link.finish(0, 400'000)), 0.4e9, 2);
    EXPECT_NEAR(double(link.finish(0, 2'000'000)), 2.25e9, 2) << "the outage is waited out";
    EXPECT_NEAR(double(link.finish(0, 9'000'000 + 500'000)), 4.5e9, 2);
    EXPECT_NEAR(double(link.finish(0, 10 * 9'000'000 + 9'000'000)), 44e9, 2);
    EXPECT_NEAR(double(link.finish(1'500'000'000, 4'000'000)), 3e9, 2) << "starting in the outage";
}

TEST(Transfer, SlowStartByHand) {
    // 10 Mbit/s and 50 ms: 500,000 bits fill a round. From 14,600 bytes: 116,800, 233,600 and 467,200 bits in three
    // rounds; the fourth window, 934,400, is more than the link carries.
    Link link({{60'000, 10'000, 0}});
    link.path.rtt_ns = uint32_t(50 * kMillisecond);
    link.path.window_bytes = 14'600;
    const uint64_t in_three_rounds = 116'800 + 233'600 + 467'200;
    EXPECT_NEAR(double(link.finish(kSecond, 4'000'000)), 1.15e9 + double(4'000'000 - in_three_rounds) * 100, 2);
    EXPECT_EQ(link.path.window_bytes, 8u * 14'600) << "the window stays open for the next response";
    EXPECT_NEAR(double(link.finish(10 * kSecond, 4'000'000)), 10.4e9, 2) << "which then has all of the link";
}

TEST(Transfer, AResponseThatFitsItsWindowTakesNoRound) {
    Link link({{60'000, 10'000, 0}});
    link.path.rtt_ns = uint32_t(50 * kMillisecond);
    link.path.window_bytes = 14'600;
    EXPECT_NEAR(double(link.finish(0, 116'800)), 11.68e6, 2) << "at the link's rate";
    EXPECT_EQ(link.path.window_bytes, 14'600u);
    EXPECT_NEAR(double(link.finish(kSecond, 116'800 + 1000)), 1.05e9 + 1e5, 2)
        << "one bit more waits for the next round";
    EXPECT_EQ(link.path.window_bytes, 29'200u);
}

TEST(Transfer, TheWindowIsNoLimitOnASlowLink) {
    Link link({{60'000, 1000, 0}});  // 20,000 bits a round
    link.path.window_bytes = 14'600;
    EXPECT_NEAR(double(link.finish(0, 1'000'000)), 1e9, 2);
    EXPECT_EQ(link.path.window_bytes, 14'600u);
}

TEST(Transfer, ADeadLinkNeverDelivers) {
    Link link({{60'000, 1, 0}});
    EXPECT_EQ(link.finish(0, uint64_t(40) * 365 * 86'400'000), kNever);
}

// A prefill that is held to a sliver of a fast link: more supply is needed than 64 bits of (ns x kbit/s) count.
TEST(Transfer, AVeryLongTransferIsNotCutShort) {
    Link link({{1000, 2'000'000, 0}});
    link.path.scale = 0.001F;  // 2 Mbit/s
    const uint64_t bits = 60'000'000'000;
    const double expected_s = double(bits) / (2e9 * double(link.path.scale));
    EXPECT_NEAR(to_seconds(link.finish(0, bits)), expected_s, 1e-6 * expected_s);
    link.path.scale = 1e-30F;
    EXPECT_EQ(link.finish(0, bits), kNever);
    link.path.scale = 0;
    EXPECT_EQ(link.finish(0, bits), kNever);
}

TEST(Transfer, CarriedBitsAgainstBruteForce) {
    RandomStream random(1, Purpose::Test, 1);
    for (int round = 0; round < 300; ++round) {
        std::vector<RecordedTrace::Period> periods;
        for (uint32_t i = 0; i <= random.below(6); ++i)
            periods.push_back({double(1 + random.below(50)), random.chance(0.2) ? 0 : double(random.below(30'000)), 0});
        const TimeNs offset = TimeNs(random.below(40)) * kMillisecond;
        Link link(periods, offset);
        link.path.scale = float(0.1 + random.uniform());
        if (random.chance(0.3)) link.path.limit_kbps = 1 + random.below(20'000);
        const TimeNs from = TimeNs(random.below(300)) * kMillisecond;
        const TimeNs to = from + TimeNs(random.below(300)) * kMillisecond;
        double bits = 0;  // a millisecond of kbit/s is a bit
        for (TimeNs t = from; t < to; t += kMillisecond) {
            TimeNs in_trace = (offset + t) % link.set.trace(0).duration_ns;
            size_t row = 0;
            for (; in_trace >= TimeNs(link.rows()[row].duration_ns); ++row)
                in_trace -= TimeNs(link.rows()[row].duration_ns);
            bits += double(std::min(link.rows()[row].rate_kbps, link.path.limit_kbps));
        }
        ASSERT_NEAR(double(carried_bits(link.rows(), link.path, from, to)), bits * double(link.path.scale),
                    1 + 1e-9 * bits);
    }
}

TEST(Transfer, WhoRemembersTheRowGetsTheSameBits) {
    RandomStream random(1, Purpose::Test, 4);
    for (int round = 0; round < 100; ++round) {
        std::vector<RecordedTrace::Period> periods;
        for (uint32_t i = 0; i <= random.below(5); ++i)
            periods.push_back({1 + double(random.below(300)), double(random.below(20'000)), 0});
        periods.push_back({100, 5000, 0});
        Link link(periods);
        link.path.scale = float(0.1 + random.uniform());
        if (random.chance(0.3)) link.path.limit_kbps = 1 + random.below(20'000);
        Path plain = link.path;
        RowInForce row;
        TimeNs from = 0;
        for (int tick = 0; tick < 200; ++tick) {
            const TimeNs to = from + 1 + TimeNs(random.below(50'000'000));
            const uint64_t expected = carried_bits(link.rows(), plain, from, to);
            if (to <= row.ends_ns) {
                ASSERT_EQ(row.bits_in(to - from, link.path.scale), expected);
            } else {
                ASSERT_EQ(carried_bits(link.rows(), link.path, from, to, row), expected);
            }
            from = to;
        }
    }
}

TEST(Transfer, FinishAndCarriedAgree) {
    RandomStream random(1, Purpose::Test, 2);
    for (int round = 0; round < 500; ++round) {
        std::vector<RecordedTrace::Period> periods{{1 + 1000 * random.uniform(), 1 + 20'000 * random.uniform(), 0}};
        for (uint32_t i = 0; i < random.below(5); ++i)
            periods.push_back({1 + 1000 * random.uniform(), random.chance(0.2) ? 0 : 20'000 * random.uniform(), 0});
        Link link(periods);
        link.path.scale = float(0.1 + random.uniform());
        const auto start = TimeNs(random.uniform() * 1e10);
        const auto bits = uint64_t(random.lognormal(1e6, 2)) + 1;
        const TimeNs end = link.finish(start, bits);
        Path path = link.path;
        const uint64_t in_time = carried_bits(link.rows(), path, start, end);
        ASSERT_GE(in_time + 1, bits);
        path = link.path;
        ASSERT_LE(carried_bits(link.rows(), path, start, end - 2), bits) << "not a moment later than needed";
    }
}

TEST(Transfer, ArrivedBitsGrowAndEndWithAll) {
    RandomStream random(1, Purpose::Test, 3);
    for (int round = 0; round < 300; ++round) {
        std::vector<RecordedTrace::Period> periods{{1 + 300 * random.uniform(), 100 + 20'000 * random.uniform(), 0}};
        for (uint32_t i = 0; i < random.below(5); ++i)
            periods.push_back({1 + 300 * random.uniform(), random.chance(0.2) ? 0 : 20'000 * random.uniform(), 0});
        Link link(periods);
        link.path.scale = float(0.1 + random.uniform());
        link.path.window_bytes = 14'600;
        link.path.rtt_ns = uint32_t(random.uniform() * 2e8);
        const auto start = TimeNs(random.uniform() * 1e10);
        const auto bits = uint64_t(random.lognormal(3e6, 1.5)) + 1;
        link.path.cursor.advance_to(link.rows(), start);
        const TimeNs end = link.finish(start, bits);
        const Path before = link.path;
        ASSERT_GT(end, start);
        ASSERT_EQ(arrived_bits(link.rows(), before, start, bits, start), 0u);
        ASSERT_EQ(arrived_bits(link.rows(), before, start, bits, start - kSecond), 0u);
        uint64_t last = 0;
        Arrival arrival(link.rows(), before, start, bits);
        for (int i = 1; i < 40; ++i) {
            const TimeNs now = start + (end - start) / 40 * i;
            const uint64_t arrived = arrived_bits(link.rows(), before, start, bits, now);
            ASSERT_EQ(arrival.bits_by(now), arrived) << "whenever else it was asked";
            ASSERT_GE(arrived, last);
            ASSERT_LE(arrived, bits);
            last = arrived;
        }
        ASSERT_GE(arrived_bits(link.rows(), before, start, bits, end) + 1, bits);
        ASSERT_EQ(arrived_bits(link.rows(), before, start, bits, end + 10 * kSecond), bits);
    }
}

TEST(Transfer, ArrivedBitsInTheMiddleOfAConstantLink) {
    Link link({{60'000, 8000, 0}});
    link.finish(kSecond, 8'000'000);
    const Path before = link.path;
    EXPECT_EQ(arrived_bits(link.rows(), before, kSecond, 8'000'000, 1'250'000'000), 2'000'000u);
    Path cold = link.path;
    cold.start_window_bytes = 14'600;  // 160,000 bits a round: one round of 116,800, then the link's rate
    EXPECT_EQ(arrived_bits(link.rows(), cold, 0, 8'000'000, 30 * kMillisecond), 116'800u + 80'000);
}

// RFC 9438, section 5.1, with C = 0.4 and beta = 0.7: W = (C (3 + beta) / (4 (1 - beta)))^(1/4) RTT^(3/4) / p^(3/4).
TEST(Transfer, CubicLimitByHand) {
    const auto by_hand = [](double loss, double rtt_s) {
        const double reno = std::sqrt(1.5 / loss);
        const double cubic = std::pow(0.4 * 3.7 / (4 * 0.3), 0.25) * std::pow(rtt_s / loss, 0.75);
        return std::max(reno, cubic) * 1460 * 8 / rtt_s / 1000;
    };
    for (const double loss : {1e-6, 1e-4, 0.001, 0.01, 0.05})
        for (const double rtt_ms : {1.0, 10.0, 50.0, 200.0, 1000.0}) {
            const double expected = std::min(by_hand(loss, rtt_ms / 1000), 4e9);
            EXPECT_NEAR(double(cubic_limit_kbps(loss, from_ms(rtt_ms))), expected, 1 + 1e-3 * expected)
                << loss << " " << rtt_ms;
        }
    EXPECT_EQ(cubic_limit_kbps(0, kSecond), UINT32_MAX);
    // RFC 9438, table 2 (RTT 0.1 s): loss 1e-4 gives a window of 187 packets for CUBIC.
    EXPECT_NEAR(double(cubic_limit_kbps(1e-4, 100 * kMillisecond)), 187 * 1460 * 8 / 100.0, 0.01 * 187 * 116.8);
}

}  // namespace
}  // namespace matinee::network
