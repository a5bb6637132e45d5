#include "simulator/network/access_trace.hpp"

#include <gtest/gtest.h>

#include "system/base/random.hpp"

namespace matinee::network {
namespace {

TEST(AccessTrace, RowsFormARingOfTheWholeTrace) {
    TraceSet set;
    EXPECT_EQ(set.add({"a", {{1000, 500, 10}, {2000, 800, 40}}}), 0u);
    EXPECT_EQ(set.add({"b", {{500, 7, 0}}}), 1u);
    ASSERT_EQ(set.size(), 2u);
    const auto rows = set.rows();
    const auto after = [&](uint32_t row) {
        TraceWalk walk(rows.data(), {0, row});
        walk.next_row();
        return walk.cursor().row;
    };
    EXPECT_EQ(after(0), 1u);
    EXPECT_EQ(after(1), 0u);
    const TraceSet::Trace& a = set.trace(0);
    EXPECT_EQ(a.rows, 2u);
    EXPECT_EQ(a.duration_ns, 3 * kSecond);
    EXPECT_DOUBLE_EQ(a.mean_kbps, 700);
    EXPECT_DOUBLE_EQ(a.mean_latency_ms, 30);
    const uint32_t b = set.trace(1).first_row;
    EXPECT_EQ(rows[b].rate_kbps, 7u);
    EXPECT_EQ(after(b), b);
}

TEST(AccessTrace, LongPeriodsAreCutIntoSeveralRows) {
    TraceSet set;
    set.add({"long", {{4500, 300, 0}, {1, 100, 0}}});
    const auto rows = set.rows();
    ASSERT_EQ(set.trace(0).rows, 4u);
    const TimeNs durations[] = {2 * kSecond, 2 * kSecond, kSecond / 2, kMillisecond};
    TraceWalk walk(rows.data(), {0, 0});
    for (uint32_t row = 0; row < 4; ++row) {
        EXPECT_EQ(walk.cursor().row, row);
        EXPECT_EQ(TimeNs(rows[row].duration_ns), durations[row]);
        EXPECT_EQ(rows[row].rate_kbps, row < 3 ? 300u : 100u);
        walk.next_row();
    }
    EXPECT_EQ(walk.cursor().row, 0u);
    EXPECT_EQ(walk.cursor().row_start_ns, 4500 * kMillisecond + kMillisecond);
    EXPECT_EQ(set.trace(0).duration_ns, walk.cursor().row_start_ns);
}

TEST(AccessTrace, RatesAreRoundedAndCut) {
    TraceSet set;
    set.add({"fast", {{1, 1e12, 0}, {1, 0.4, 0}, {1, 0.6, 0}}});
    EXPECT_EQ(set.rows()[0].rate_kbps, 100'000'000u);
    EXPECT_EQ(set.rows()[1].rate_kbps, 0u);
    EXPECT_EQ(set.rows()[2].rate_kbps, 1u);
}

TEST(AccessTrace, AVeryShortPeriodStillHasALength) {
    TraceSet set;
    set.add({"short", {{1e-9, 5, 0}}});
    EXPECT_EQ(set.rows()[0].duration_ns, 1u);
    TraceCursor cursor = TraceCursor::at(set, 0, 5, 100);  // does not hang
    EXPECT_EQ(cursor.row_start_ns, 100);
}

TEST(AccessTrace, ACursorStandsWhereAPlainWalkWouldStand) {
    RandomStream random(1, Purpose::Test, 1);
    TraceSet set;
    for (uint32_t number = 0; number < 20; ++number) {
        RecordedTrace recorded;
        for (uint32_t i = 0; i <= random.below(8); ++i)
            recorded.periods.push_back({1 + double(random.below(3000)), double(i + 1), 0});
        set.add(recorded);
        const TraceSet::Trace& trace = set.trace(number);
        for (int round = 0; round < 50; ++round) {
            const auto offset = TimeNs(random.uniform() * 3 * double(trace.duration_ns));
            const auto now = TimeNs(random.uniform() * 1e12);
            TraceCursor cursor = TraceCursor::at(set, number, offset, now);
            TimeNs time = now;
            for (int step = 0; step < 5; ++step) {
                TimeNs in_trace = (offset + time - now) % trace.duration_ns;
                uint32_t row = trace.first_row;
                for (; in_trace >= TimeNs(set.rows()[row].duration_ns); ++row)
                    in_trace -= TimeNs(set.rows()[row].duration_ns);
                ASSERT_EQ(cursor.row, row);
                ASSERT_EQ(cursor.row_start_ns, time - in_trace);
                time += TimeNs(random.uniform() * 2e10);
                cursor.advance_to(set.rows().data(), time);
            }
        }
    }
}

}  // namespace
}  // namespace matinee::network
