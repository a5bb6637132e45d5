#include "simulator/scenario/units.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace matinee::scenario {

using Problem = Quantity::Problem;

static int64_t amount(std::string_view text, Family family) {
    const Quantity quantity = parse_quantity(text, family);
    EXPECT_EQ(quantity.problem, Problem::None) << text;
    return quantity.negative ? -int64_t(quantity.amount) : int64_t(quantity.amount);
}

static Problem problem(std::string_view text, Family family) { return parse_quantity(text, family).problem; }

TEST(Units, Durations) {
    EXPECT_EQ(amount("250 ms", Family::Duration), 250'000'000);
    EXPECT_EQ(amount("4s", Family::Duration), 4'000'000'000);
    EXPECT_EQ(amount("1h30m", Family::Duration), 5'400'000'000'000);
    EXPECT_EQ(amount(" 1 h 30 m ", Family::Duration), 5'400'000'000'000);
    EXPECT_EQ(amount("1.5 min", Family::Duration), 90'000'000'000);
    EXPECT_EQ(amount("2d", Family::Duration), 172'800'000'000'000);
    EXPECT_EQ(amount("12 µs", Family::Duration), 12'000);
    EXPECT_EQ(amount("-5h", Family::Duration), -18'000'000'000'000);
    EXPECT_EQ(amount("0s", Family::Duration), 0);
}

TEST(Units, BitratesAndSizes) {
    EXPECT_EQ(amount("235 kbps", Family::Bitrate), 235'000);
    EXPECT_EQ(amount("1.75 Mbps", Family::Bitrate), 1'750'000);
    EXPECT_EQ(amount("100 Gbps", Family::Bitrate), 100'000'000'000);
    EXPECT_EQ(amount("3 Mbit/s", Family::Bitrate), 3'000'000);
    EXPECT_EQ(amount("64 GB", Family::Size), 64'000'000'000);
    EXPECT_EQ(amount("16 TB", Family::Size), 16'000'000'000'000);
    EXPECT_EQ(amount("512 MiB", Family::Size), 536'870'912);
}

TEST(Units, DecimalsAreExact) {
    EXPECT_EQ(amount("0.1 s", Family::Duration), 100'000'000);
    EXPECT_EQ(amount("0.000000001 s", Family::Duration), 1);
    EXPECT_EQ(amount("0.0000000004 s", Family::Duration), 0);
    EXPECT_EQ(amount("0.0000000005 s", Family::Duration), 1);
    EXPECT_EQ(amount("4.35 Mbps", Family::Bitrate), 4'350'000);
    EXPECT_EQ(amount("1.1 PB", Family::Size), 1'100'000'000'000'000);
    EXPECT_EQ(amount("0.3333333333333333333333333333 s", Family::Duration), 333'333'333);
}

TEST(Units, Problems) {
    EXPECT_EQ(problem("30", Family::Duration), Problem::NoUnit);
    EXPECT_EQ(problem("", Family::Duration), Problem::Malformed);
    EXPECT_EQ(problem("fast", Family::Bitrate), Problem::Malformed);
    EXPECT_EQ(problem("4.s", Family::Duration), Problem::Malformed);
    EXPECT_EQ(problem(".5 s", Family::Duration), Problem::Malformed);
    EXPECT_EQ(problem("1e3 s", Family::Duration), Problem::UnknownUnit);
    EXPECT_EQ(problem("30m1h", Family::Duration), Problem::Malformed);
    EXPECT_EQ(problem("1h1h", Family::Duration), Problem::Malformed);
    EXPECT_EQ(problem("1 Mbps 2 kbps", Family::Bitrate), Problem::Malformed);
    EXPECT_EQ(problem("10 GB", Family::Bitrate), Problem::OtherFamily);
    EXPECT_EQ(problem("10 Gbps", Family::Size), Problem::OtherFamily);
    EXPECT_EQ(problem("5 gbps", Family::Bitrate), Problem::UnknownUnit);
    EXPECT_EQ(problem("99999999999999999999 s", Family::Duration), Problem::TooLarge);
    EXPECT_EQ(problem("9223372037 s", Family::Duration), Problem::TooLarge);
    EXPECT_EQ(problem("106751d 23h", Family::Duration), Problem::None);
    EXPECT_EQ(problem("106751d 24h", Family::Duration), Problem::TooLarge);
}

TEST(Units, NearestUnit) {
    EXPECT_EQ(nearest_unit("gbps", Family::Bitrate), "Gbps");
    EXPECT_EQ(nearest_unit("mb/s", Family::Bitrate), "Mbps");
    EXPECT_EQ(nearest_unit("MBps", Family::Bitrate), "") << "bytes: eight times as much";
    EXPECT_EQ(nearest_unit("seconds", Family::Duration), "s");
    EXPECT_EQ(nearest_unit("gib", Family::Size), "GiB");
    EXPECT_EQ(nearest_unit("parsecs", Family::Duration), "");
}

TEST(Units, WhatIsWrittenIsReadBack) {
    for (const int64_t ns :
         {int64_t(0), int64_t(1), int64_t(1'500), int64_t(250'000'000), int64_t(4'000'000'000), int64_t(90'000'000'000),
          int64_t(5'405'000'000'000), int64_t(86'400'000'000'000), int64_t(100'000'000'000'000),
          int64_t(-18'000'000'000'000), int64_t(9'000'000'000'000'000'000)})
        EXPECT_EQ(amount(duration_text(ns), Family::Duration), ns) << duration_text(ns);
    for (const uint64_t kbps : {1ull, 235ull, 1750ull, 4'300ull, 999'999ull, 1'500'000ull, 1'000'001ull, 100'000'000ull,
                                1'000'000'000'000ull})
        EXPECT_EQ(amount(bitrate_text(kbps), Family::Bitrate), int64_t(kbps * 1000)) << bitrate_text(kbps);
    for (const uint64_t bytes : {0ull, 1ull, 14'600ull, 536'870'912ull, 64'000'000'000ull, 16'000'000'000'000ull,
                                 (1ull << 40) + 1, 1'000'000'000'000'000'000ull})
        EXPECT_EQ(amount(size_text(bytes), Family::Size), int64_t(bytes)) << size_text(bytes);
    EXPECT_EQ(duration_text(5'400'000'000'000), "1h30m");
    EXPECT_EQ(bitrate_text(1'750), "1.75 Mbps");
    EXPECT_EQ(size_text(64'000'000'000), "64 GB");
}

TEST(Units, PercentIsTheNearestDouble) {
    EXPECT_EQ(parse_percent("5.8 %"), 0.058);
    EXPECT_EQ(parse_percent("90%"), 0.9);
    EXPECT_EQ(parse_percent("0.4 %"), 0.004);
    EXPECT_EQ(parse_percent("90"), std::nullopt);
    EXPECT_EQ(parse_percent("-1 %"), std::nullopt);
    EXPECT_EQ(parse_percent("1e5 %"), std::nullopt);
}

TEST(Units, Instants) {
    EXPECT_EQ(parse_instant("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_instant("2026-11-20T17:00:00Z"), 1'795'194'000);
    EXPECT_EQ(parse_instant("2026-11-20T18:00:00+01:00"), 1'795'194'000);
    EXPECT_EQ(parse_instant("2024-02-29T00:00:00Z"), 1'709'164'800);
    EXPECT_EQ(parse_instant("2023-02-29T00:00:00Z"), std::nullopt);
    EXPECT_EQ(parse_instant("2026-13-01T00:00:00Z"), std::nullopt);
    EXPECT_EQ(parse_instant("2026-11-20T17:00:00"), std::nullopt);
    EXPECT_EQ(parse_instant("2026-11-20 17:00:00Z"), std::nullopt);
    EXPECT_EQ(parse_instant("1970-01-01T00:00:00+01:00"), std::nullopt);
    EXPECT_EQ(parse_instant("9999-12-31T23:59:59-01:00"), std::nullopt);
    for (const int64_t second : {int64_t(0), int64_t(1'795'194'000), int64_t(951'782'400), int64_t(253'402'300'799)})
        EXPECT_EQ(parse_instant(instant_text(second)), second) << instant_text(second);
}

TEST(Units, Clocks) {
    EXPECT_EQ(parse_clock("20:30"), 20.5);
    EXPECT_EQ(parse_clock("24:00"), 24);
    EXPECT_EQ(parse_clock("24:01"), std::nullopt);
    EXPECT_EQ(parse_clock("8:30"), std::nullopt);
    for (int minute = 0; minute <= 24 * 60; ++minute)
        EXPECT_EQ(parse_clock(clock_text(minute / 60.0)), minute / 60.0 < 24 ? minute / 60 + minute % 60 / 60.0 : 24);
}

TEST(Units, PatternsAcceptWhatTheParserAccepts) {
    const std::regex duration(unit_pattern(Family::Duration, false)), bitrate(unit_pattern(Family::Bitrate, false)),
        offset(unit_pattern(Family::Duration, true));
    for (const char* text : {"250 ms", "4s", "1h30m", "1 h 30 m", "1.5 min", "12 µs"})
        EXPECT_TRUE(std::regex_match(text, duration)) << text;
    for (const char* text : {"30", "4.s", "10 GB", "-4s", ""}) EXPECT_FALSE(std::regex_match(text, duration)) << text;
    EXPECT_TRUE(std::regex_match("1.75 Mbps", bitrate));
    EXPECT_FALSE(std::regex_match("1.75 mbps", bitrate));
    EXPECT_TRUE(std::regex_match("+5h30m", offset));
}

}  // namespace matinee::scenario
