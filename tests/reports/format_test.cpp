#include "reports/format.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace matinee::reports {

TEST(Format, GroupsDigitsAndRounds) {
    EXPECT_EQ(fixed(1234567.891, 1), "1,234,567.9");
    EXPECT_EQ(fixed(999.96, 1), "1,000.0");
    EXPECT_EQ(fixed(-1234.5, 1), "-1,234.5");
    EXPECT_EQ(fixed(-0.001, 2), "0.00");
    EXPECT_EQ(fixed(std::numeric_limits<double>::infinity(), 2), "n/a");
    EXPECT_EQ(fixed(std::numeric_limits<double>::quiet_NaN(), 2), "n/a");
    EXPECT_EQ(count_text(0), "0");
    EXPECT_EQ(count_text(1'000), "1,000");
    EXPECT_EQ(count_text(18'446'744'073'709'551'615ull), "18,446,744,073,709,551,615");
}

TEST(Format, KeepsSignificantDigitsOnly) {
    EXPECT_EQ(significant(0.0042312), "0.00423");
    EXPECT_EQ(significant(0.99961), "1");
    EXPECT_EQ(significant(1724.4, 4), "1,724");
    EXPECT_EQ(significant(2.5), "2.5");
    EXPECT_EQ(significant(0), "0");
    EXPECT_EQ(significant(-12.345), "-12.3");
    EXPECT_EQ(significant_within(0.00003896, 4, 9), "0.000039");
    EXPECT_EQ(significant_within(0.003896, 4, 9), "0.003896");
}

TEST(Format, ChoosesUnitsThatReadWell) {
    EXPECT_EQ(ms_text(8.06), "8.1 ms");
    EXPECT_EQ(ms_text(0.0123), "12 µs");
    EXPECT_EQ(ms_text(0), "0 ms");
    EXPECT_EQ(ms_text(999.6), "1.00 s");
    EXPECT_EQ(ms_text(150'000), "2.5 min");
    EXPECT_EQ(share_text(0), "0 %");
    EXPECT_EQ(share_text(0.0031), "0.31 %");
    EXPECT_EQ(share_text(0.00004), "0.004 %");
    EXPECT_EQ(share_text(0.000002), "≈0 %");
    EXPECT_EQ(share_text(0.99996), "100 %");
    EXPECT_EQ(kbps_text(750), "750 kb/s");
    EXPECT_EQ(kbps_text(16'000), "16.0 Mb/s");
    EXPECT_EQ(gbps_text(0.012), "12 Mb/s");
    EXPECT_EQ(gbps_text(0.000688), "688 kb/s");
    EXPECT_EQ(gbps_text(1277), "1.28 Tb/s");
    EXPECT_EQ(bytes_text(950), "950 B");
    EXPECT_EQ(bytes_text(2.41e15), "2.41 PB");
    EXPECT_EQ(usd_text(1234.5), "$1,234.50");
    EXPECT_EQ(usd_text(0.00224), "$0.00224");
    EXPECT_EQ(short_count_text(98'233'120), "98.2 M");
}

TEST(Format, PartsOfASumHaveTheSameDecimals) {
    EXPECT_EQ(usd_part_text(1059.224, 2042.91), "$1,059.22");
    EXPECT_EQ(usd_part_text(0.0012, 2042.91), "≈$0.00");
    EXPECT_EQ(usd_part_text(0.0012, 0.0031), "$0.00120");
    EXPECT_EQ(usd_part_text(0, 0), "$0.00");
    EXPECT_EQ(quantity_text(13'240.2), "13,240");
    EXPECT_EQ(quantity_text(72), "72.0");
    EXPECT_EQ(quantity_text(0.0031), "0.00310");
    EXPECT_EQ(quantity_text(0), "0");
    EXPECT_EQ(or_dash(std::nullopt, share_text), "–");
    EXPECT_EQ(or_dash(0.5, share_text), "50.0 %");
}

TEST(Format, SpeaksOfTime) {
    EXPECT_EQ(duration_text(45), "45 s");
    EXPECT_EQ(duration_text(5400), "1 h 30 min");
    EXPECT_EQ(duration_text(86'400 + 60), "1 d");
    EXPECT_EQ(duration_text(3600), "1 h");
    const int64_t start = 1'795'194'000;
    EXPECT_EQ(date_text(start), "2026-11-20 17:00 UTC");
    EXPECT_EQ(clock_text(start, 5 * 3600 + 65), "22:01:05");
    EXPECT_EQ(clock_text(start, 8 * 3600), "01:00");
    EXPECT_EQ(clock_text(0, 26 * 3600 + 60), "T+26:01");
    EXPECT_EQ(date_text(INT64_MAX), "n/a");
    EXPECT_EQ(date_text(-1), "1969-12-31 23:59 UTC");
}

TEST(Format, DisarmsWhatATerminalWouldObey) {
    EXPECT_EQ(clean_text("a\x1b[31mb\n"), "a\uFFFD[31mb\uFFFD");
    EXPECT_EQ(clean_text("\xff\xc0\xaf ok \xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD ok \uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(clean_text("caf\u00e9 \u65e5\u672c \U0001F3AC"), "caf\u00e9 \u65e5\u672c \U0001F3AC");
    EXPECT_EQ(clean_text("x\u202Ey"), "x\uFFFDy");
    EXPECT_EQ(valid_utf8("a\tb\xff"), "a\tb\uFFFD");
}

TEST(Format, MeasuresColumnsNotBytes) {
    EXPECT_EQ(columns("caf\u00e9"), 4u);
    EXPECT_EQ(columns("\u65e5\u672c"), 4u);
    EXPECT_EQ(left("\u65e5\u672c", 6), "\u65e5\u672c  ");
    EXPECT_EQ(right("ab", 4), "  ab");
    EXPECT_EQ(shortened("abcdef", 4), "abc\u2026");
    EXPECT_EQ(columns(left("\u65e5\u672c\u8a9e", 4)), 4u);
}

}  // namespace matinee::reports
