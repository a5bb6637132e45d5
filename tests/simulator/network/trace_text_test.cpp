// Writing traces, and the logs of mobile networks, which are only read.
#include <gtest/gtest.h>

#include "simulator/network/recorded_trace_io.hpp"
#include "system/base/errors.hpp"

namespace matinee::network {

using enum TraceFormat;

static RecordedTrace example() {
    return {"x", {{1013, 1285, 100}, {0.5, 0, 20}, {1000, 31.25, 0}, {1e7, 0, 3}, {250.000001, 99'999, 7.5}}};
}

static void expect_same(const RecordedTrace& a, const RecordedTrace& b, bool latency) {
    ASSERT_EQ(a.periods.size(), b.periods.size());
    for (size_t i = 0; i < a.periods.size(); ++i) {
        EXPECT_NEAR(a.periods[i].duration_ms, b.periods[i].duration_ms, 1e-6) << i;
        EXPECT_DOUBLE_EQ(a.periods[i].bandwidth_kbps, b.periods[i].bandwidth_kbps) << i;
        EXPECT_EQ(latency ? a.periods[i].latency_ms : b.periods[i].latency_ms, b.periods[i].latency_ms) << i;
    }
}

static double bits(const RecordedTrace& trace) {
    double sum = 0;
    for (const auto& p : trace.periods) sum += p.duration_ms * p.bandwidth_kbps;
    return sum;
}

static double duration_ms(const RecordedTrace& trace) {
    double sum = 0;
    for (const auto& p : trace.periods) sum += p.duration_ms;
    return sum;
}

// bytes x 8 / ms, for as many ms as the last column says. Lines as the sets have them: Unix seconds (Norway) or ms
// (Ghent).
TEST(TraceLog, ByHand) {
    const RecordedTrace norway = parse_trace(
        "1289406399 549692 59.851754 10.781778 126000 1008\n1289406400 550772 59.851864 10.781833 0 1080\n", "a.log");
    ASSERT_EQ(norway.periods.size(), 2u);
    EXPECT_EQ(norway.periods[0].duration_ms, 1008);
    EXPECT_EQ(norway.periods[0].bandwidth_kbps, 1000);
    EXPECT_EQ(norway.periods[1].bandwidth_kbps, 0);
    EXPECT_EQ(norway.periods[1].duration_ms, 1080);
    const RecordedTrace ghent = parse_trace(
        "1453121790686 30 51.0386 3.7326 0 0\n1453121791686 1030 51.0387 3.7327 5000000 1000\n", "report_bus_0001.log");
    ASSERT_EQ(ghent.periods.size(), 1u) << "nothing in no time says nothing";
    EXPECT_EQ(ghent.periods[0].bandwidth_kbps, 40'000);
}

TEST(TraceLog, DamagedLogsAreRefusedWithTheirLine) {
    const std::string good = "1 10 59.8 10.7 1000 1000\n";
    for (const char* bad :
         {"2 20 59.8 10.7 1000", "2 20 59.8 10.7 1000 1000 1", "2 20 59.8 10.7 -1 1000", "2 9 59.8 10.7 1 1000",
          "2 20 59.8 10.7 1000 -1", "2 20 59.8 10.7 1000 0", "2 20 59.8 10.7 nan 1000", "2 20 x 10.7 1000 1000",
          "-2 20 59.8 10.7 1000 1000", "2 20 59.8 10.7 1e300 1000"}) {
        try {
            parse_trace(good + bad, "a.log");
            ADD_FAILURE() << bad << " was accepted";
        } catch (const InputError& error) {
            EXPECT_EQ(error.where.path, "line 2") << bad;
        }
    }
    EXPECT_THROW(parse_trace("1 10 59.8 10.7 0 1000\n2 20 59.8 10.7 0 1000\n", "a.log"), InputError)
        << "never any bandwidth";
}

TEST(TraceText, ReadsBackAsTheSameTrace) {
    const RecordedTrace trace = example();
    expect_same(parse_trace(trace_text(trace, Sabre), "x", Sabre), trace, true);
    expect_same(parse_trace(trace_text(trace, Pensieve), "x", Pensieve), trace, false);
}

// A CSV row holds until the next, the last one as long as the one before it: the last period becomes two rows.
TEST(TraceText, CsvKeepsTheLengthOfTheLastPeriod) {
    const RecordedTrace trace = {"x", {{1000, 500, 10}, {3000, 700, 20}}};
    EXPECT_EQ(trace_text(trace, Csv), "time_s,kbps,latency_ms\n0,500,10\n1,700,20\n2.5,700,20\n");
    EXPECT_EQ(duration_ms(parse_trace(trace_text(trace, Csv), "x", Csv)), 4000);
    EXPECT_EQ(trace_text({"x", {{1000, 5, 1}, {1000, 7, 2}}}, Csv), "time_s,kbps,latency_ms\n0,5,1\n1,7,2\n");
    EXPECT_EQ(duration_ms(parse_trace(trace_text({"x", {{1000, 5, 1}}}, Csv), "x", Csv)), 1000);
    const RecordedTrace again = parse_trace(trace_text(example(), Csv), "x", Csv);
    EXPECT_NEAR(duration_ms(again), duration_ms(example()), 2e-6);
    EXPECT_NEAR(bits(again), bits(example()), 1);
}

// 12032 bits an opportunity. 24 064 kbit/s: two a millisecond; then silence, whose end is the cycle's length.
TEST(TraceText, MahimahiByHand) {
    EXPECT_EQ(trace_text({"x", {{2, 24'064, 0}, {3, 0, 0}}}, Mahimahi), "1\n1\n2\n5\n");
    const RecordedTrace again = parse_trace(trace_text(example(), Mahimahi), "x", Mahimahi);
    EXPECT_NEAR(bits(again), bits(example()), 6016);
    EXPECT_NEAR(duration_ms(again), duration_ms(example()), 1);
    EXPECT_EQ(trace_text({"x", {{0.5, 1, 0}}}, Mahimahi), "1\n") << "less than one opportunity";
    EXPECT_THROW(trace_text({"x", {{1e8, 1e8, 0}}}, Mahimahi), InputError) << "larger than any file may be";
}

}  // namespace matinee::network
