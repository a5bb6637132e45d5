#include "reports/terminal.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "reports/format.hpp"
#include "tests/reports/sample_result.hpp"

namespace matinee::reports {

static const char* const kGolden = R"(friday-premiere
  A premiere at nine on three tiers, prefilled since three; one edge site goes
  dark at the peak
  8 h from 2026-11-20 17:00 UTC, seed 42
  1.61 M sessions, 98.2 M segments in 1 min 12 s (1.36 M a second)
  digest 9b1e6c0f35a7d2484c8e0b7a91f2d3e6

FAIL  1 of 4 thresholds failed
  ✓ startup_ms p95 <= 2000                         1,724  13.8 % to spare
  ✗ rebuffering_ratio mean <= 0.004 in every 5 min
                                                  0.0061  52.5 % over at 22:05
  ✓ cdn.edge.byte_hit_ratio >= 0.92                0.942  2.39 % to spare
  ✓ video_start_failures <= 0.005                 0.0012  76.0 % to spare

VIEWERS                          mean          p50          p95          p99
  start-up time                914 ms       690 ms       1.72 s       3.40 s
  rebuffering ratio            0.31 %          0 %       1.24 %       6.10 %
  bitrate                   7.08 Mb/s    5.31 Mb/s    14.2 Mb/s    15.8 Mb/s
  switches a minute              0.42          0.2          1.4          2.8
  248,310 viewers at the peak; 1,530,112 sessions measured after 30 min of
  warm-up; 0.12 % failed to start, 1.31 % left before the first frame

CDN             sites  requests     hits  by bytes    egress       peak     load
  edge             12     101 M   93.1 %    94.2 %   2.41 PB  1.28 Tb/s   26.6 %
  mid               3    5.96 M   93.1 %    94.2 %    142 TB  75.3 Gb/s   8.36 %
  origin            2    1.29 M        –         –   30.6 TB  16.2 Gb/s   4.05 %
  origin offload 98.7 %; peak: highest 5-minute mean, load: of capacity
  all of it after the warm-up
  edge: turned away 1,042 requests
  mid: saturated for 6 min 52 s (sum over sites); busiest site mid[3] at 100 %

COST  $2,042.91, $0.00224 a viewer-hour (prices: own edge, 2026-11)
  edge        transit             13,240 Mb/s month     at $0.08       $1,059.22
  edge        servers              384 server hours     at $0.60         $230.40
  mid         transit                783 Mb/s month     at $0.08          $62.65
  mid         servers             72.0 server hours     at $0.75          $54.00
  origin      egress                      30,600 GB     at $0.02         $612.00
  origin      servers             32.0 server hours     at $0.77          $24.64
  of what follows the warm-up

EVENTS  (UTC)
  18:00 to 19:00        prefill    the-hit is prefilled
  21:00                 release    the-hit
  22:00 to 22:10        fault      edge[3] down
)";

static std::string without_colour(const std::string& text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b')
            i = text.find('m', i);
        else
            plain += text[i];
    }
    return plain;
}

static void expect_narrow(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(columns(line), 80u) << line;
        EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    }
}

TEST(Terminal, Golden) {
    const std::string text = terminal_text(sample_result());
    EXPECT_EQ(text, kGolden);
    expect_narrow(text);
}

TEST(Terminal, ColourChangesNoText) {
    const std::string coloured = terminal_text(sample_result(), {.colour = true});
    EXPECT_NE(coloured.find("\x1b[31mFAIL\x1b[0m"), std::string::npos);
    EXPECT_EQ(without_colour(coloured), terminal_text(sample_result()));
    EXPECT_EQ(terminal_text(sample_result()).find('\x1b'), std::string::npos);
}

TEST(Terminal, WarnsWithoutThresholds) {
    Result result = sample_result();
    result.thresholds.clear();
    const std::string text = terminal_text(result);
    EXPECT_NE(text.find("NO VERDICT  the scenario has no thresholds"), std::string::npos);
    EXPECT_NE(text.find("warning: without thresholds"), std::string::npos);
}

TEST(Terminal, WarnsOfAThresholdWithoutSamples) {
    Result result = sample_result();
    result.thresholds[0].has_samples = result.thresholds[0].passed = false;
    const std::string text = terminal_text(result);
    EXPECT_NE(text.find("2 of 4 thresholds failed"), std::string::npos);
    EXPECT_NE(text.find("warning: \"startup_ms p95 <= 2000\" matched no samples"), std::string::npos);
}

TEST(Terminal, MarginsSayWhichWay) {
    Result result = sample_result();
    result.thresholds = {{"a >= 0.9", "a", "", 0.9, {}, 0, 0.81, 0, true, false},
                         {"b <= 0", "b", "", {}, 0, 0, 3, 0, true, false},
                         {"1 <= c <= 4", "c", "", 1, 4, 0, 2, 0, true, true},
                         {"d <= 7", "d", "", {}, 7, 0, 7, 0, true, true}};
    const std::string text = terminal_text(result);
    EXPECT_NE(text.find("10.0 % short"), std::string::npos);
    EXPECT_NE(text.find("3 over"), std::string::npos);
    EXPECT_NE(text.find("50.0 % to spare"), std::string::npos);  // nearer to 4 than to 1, as shares of the bounds
    EXPECT_NE(text.find("at the bound"), std::string::npos);
}

TEST(Terminal, LongAndHostileNamesStayInTheirPlace) {
    const std::string evil = "\x1b[2J\u65e5\u672c\u8a9e" + std::string(200, 'x') + "\n";
    Result result = sample_result();
    result.scenario_name = result.scenario_description = result.digest = evil;
    for (CdnGroup& group : result.cdn) group.id = group.busiest_site = evil;
    for (Marker& marker : result.markers) marker.text = evil;
    for (ThresholdVerdict& t : result.thresholds) t.text = evil, t.passed = t.has_samples = false;
    for (CostLine& line : result.cost.lines)
        line.item = line.group = line.unit = evil, line.quantity = 1e17, line.usd = 1e17;
    result.cost.prices = evil;
    result.counts = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    result.interrupted = true;
    const std::string text = terminal_text(result);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    expect_narrow(text);
    expect_narrow(without_colour(terminal_text(result, {.colour = true})));
}

TEST(Terminal, SaysWhatTheCommandLineChanged) {
    Result result = sample_result();
    result.scenario_overrides = {"vars.viewers=2000", "seed=11"};
    const std::string text = terminal_text(result);
    EXPECT_NE(text.find("\n  changed here: vars.viewers=2000, seed=11\n"), std::string::npos);
    EXPECT_EQ(terminal_text(sample_result()).find("changed here"), std::string::npos);
}

TEST(Terminal, ColumnsNeverTouch) {
    Result result = sample_result();
    result.cdn[2].peak_egress_gbps = 0.000688;
    result.cdn[2].capacity_gbps = 360;
    result.cost.total_usd = 0.00312;
    result.cost.lines[0].quantity = 0.00003;
    result.cost.lines[0].usd = 0.0000151;
    const std::string text = terminal_text(result);
    EXPECT_NE(text.find(" 688 kb/s     ≈0 %\n"), std::string::npos) << text;
    EXPECT_NE(text.find(" 0.0000300 Mb/s month     at $0.08        $0.00002\n"), std::string::npos) << text;
}

TEST(Terminal, WhatWasNotMeasuredHasNoFigure) {
    Result result = sample_result();
    result.experience = {};
    result.origin_offload.reset();
    result.cdn[0].byte_hit_ratio.reset();
    const std::string text = terminal_text(result);
    EXPECT_NE(text.find(" –\n  failed to start, – left before"), std::string::npos) << text;
    EXPECT_NE(text.find("origin offload –;"), std::string::npos);
}

TEST(Terminal, AnEmptyResultIsShort) {
    const std::string text = terminal_text(Result{});
    expect_narrow(text);
    EXPECT_EQ(text.find("CDN"), std::string::npos);
    EXPECT_EQ(text.find("nan"), std::string::npos);
}

}  // namespace matinee::reports
