#include "reports/comparison.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/format.hpp"
#include "reports/terminal_page.hpp"
#include "tests/reports/sample_result.hpp"

namespace matinee::reports {

/// The sample evening with one number changed: smaller caches, say.
static Result worse_result() {
    Result r = sample_result();
    r.scenario_hash = "0";
    r.scenario_overrides = {"seed=42", "vars.edge_disk=1 TB"};
    r.digest = "1";
    r.experience = sample_experience(1'530'112, 1.5);
    r.cdn[0].byte_hit_ratio = 0.842;
    r.cdn[0].rejected = 0;
    r.thresholds[2].value = 0.842;
    r.thresholds[2].passed = false;
    r.thresholds[1].value = 0.003;
    r.thresholds[1].passed = true;
    r.cost.total_usd = 3064.37;
    return r;
}

static std::vector<ComparedRun> pair() {
    std::vector<ComparedRun> runs = {{"out/a/result.json", sample_result()}, {"out/b/result.json", worse_result()}};
    runs[0].result.scenario_overrides = {"seed=42"};
    return runs;
}

static std::string text_of(const std::vector<ComparedRun>& runs) { return comparison_text(runs, compare(runs), false); }

static const ComparedFigure& figure_named(const Comparison& comparison, const std::string& name) {
    const auto at = std::find_if(comparison.figures.begin(), comparison.figures.end(),
                                 [&](const ComparedFigure& f) { return f.figure.name() == name; });
    EXPECT_NE(at, comparison.figures.end()) << name;
    return *at;
}

static bool has_line(const std::string& text, const std::string& wanted) {
    return ("\n" + text).find("\n" + wanted + "\n") != std::string::npos;
}

TEST(Comparison, TwoResultsSideBySide) {
    const std::string text = text_of(pair());
    for (const char* line : {
             "A  out/a/result.json",
             "   friday-premiere, seed 42: FAIL, 1 of 4 thresholds failed",
             "   changed here: vars.edge_disk=1 TB",
             "changed in all: seed=42",
             "THRESHOLDS                                 A           B       change   relative",
             "  startup_ms p95 <= 2000             ✓ 1,724     ✓ 1,724",
             "                                    ✗ 0.0061     ✓ 0.003    now holds",
             "  cdn.edge.byte_hit_ratio >= 0.92",
             "                                     ✓ 0.942     ✗ 0.842    now fails",
             "VIEWERS                                    A           B       change   relative",
             "  startup_ms p95                      1.72 s      2.59 s      +862 ms    +50.0 %",
             "  sessions                            1.53 M      1.53 M            =          =",
             "CDN edge                                   A           B       change   relative",
             "  byte_hit_ratio                      94.2 %      84.2 %     -10.0 pt    -10.6 %",
             "  rejected                            1.04 k           0      -1.04 k     -100 %",
             "  total_usd                        $2,042.91   $3,064.37   +$1,021.46    +50.0 %",
         })
        EXPECT_TRUE(has_line(text, line)) << line << "\nin\n" << text;
    EXPECT_EQ(text.find("forwarded_bytes"), std::string::npos);  // for programs
}

TEST(Comparison, MoreResultsStandBesideTheFirst) {
    std::vector<ComparedRun> runs = pair();
    for (int more = 0; more < 4; ++more) runs.push_back(runs[1]);
    const std::string text = text_of(runs);
    EXPECT_TRUE(has_line(text, "VIEWERS                                 A            B            C            D"))
        << text;
    EXPECT_TRUE(has_line(text, "VIEWERS                                 A            E            F")) << text;
    EXPECT_TRUE(has_line(text, "  startup_ms p95                   1.72 s       2.59 s       2.59 s       2.59 s"));
    EXPECT_TRUE(has_line(text, "                                               +50.0 %      +50.0 %      +50.0 %"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), TerminalPage::kWidth) << line;
}

TEST(Comparison, WhatOneRunLacksIsADash) {
    std::vector<ComparedRun> runs = pair();
    runs[0].result.cdn.pop_back();
    runs[0].result.thresholds.pop_back();
    runs[1].result.experience.startup_ms.samples = 0;
    const Comparison comparison = compare(runs);
    EXPECT_FALSE(figure_named(comparison, "cdn.origin.requests").values[0]);
    EXPECT_FALSE(figure_named(comparison, "cdn.origin.requests").change(1));
    EXPECT_FALSE(figure_named(comparison, "startup_ms p95").values[1]);
    EXPECT_FALSE(comparison.thresholds[3].verdicts[0]);
    EXPECT_FALSE(comparison.thresholds[3].regressed(1));  // a new one that holds
    const std::string text = comparison_text(runs, comparison, false);
    EXPECT_TRUE(has_line(text, "  startup_ms p95                      1.72 s           –            –          –"))
        << text;
    EXPECT_TRUE(has_line(text, "CDN origin                                 A           B       change   relative"));
    EXPECT_LT(text.find("CDN origin"), text.find("COST"));
    EXPECT_GT(text.find("CDN origin"), text.find("CDN mid"));
}

TEST(Comparison, ARegressionIsAThresholdThatDidNotFailBefore) {
    std::vector<ComparedRun> runs = pair();
    EXPECT_TRUE(compare(runs).regressed());  // though another one recovered
    std::swap(runs[0], runs[1]);
    EXPECT_TRUE(compare(runs).regressed());
    runs[1] = runs[0];
    EXPECT_FALSE(compare(runs).regressed());
    runs[1].result.thresholds.push_back({.text = "a new one", .passed = false});
    EXPECT_TRUE(compare(runs).regressed());
    EXPECT_FALSE(compare(std::vector{runs[1], runs[0]}).regressed());  // it is gone, which fails nothing
}

TEST(Comparison, RemarksSayWhatElseSetsTheRunsApart) {
    const auto remark = [](const auto& change) {
        std::vector<ComparedRun> runs = {{"a", sample_result()}, {"b", sample_result()}};
        change(runs[1].result);
        const Comparison comparison = compare(runs);
        return comparison.remarks.empty() ? "" : comparison.remarks[0];
    };
    EXPECT_NE(remark([](Result&) {}).find("the run of A again"), std::string::npos);
    EXPECT_NE(remark([](Result& r) { r.seed = 1; }).find("chance"), std::string::npos);
    EXPECT_NE(remark([](Result& r) { r.digest = "x"; }).find("another digest"), std::string::npos);
    EXPECT_NE(remark([](Result& r) { r.scenario_hash = "x"; }).find("files"), std::string::npos);
    EXPECT_NE(remark([](Result& r) { r.scenario_hash = r.scenario_name = "x"; }).find("another scenario, x"),
              std::string::npos);
    const auto set = [](Result& r) {
        r.scenario_hash = "x";
        r.scenario_overrides = {"a=1"};
    };
    EXPECT_EQ(remark(set), "");  // that is what the overrides say
    EXPECT_EQ(remark([&](Result& r) {
                  set(r);
                  r.simulated_s = 3600;
              }),
              "B covers 1 h, A 8 h");
}

TEST(Comparison, JsonHasEveryFigure) {
    const std::vector<ComparedRun> runs = pair();
    const Comparison comparison = compare(runs);
    const auto json = nlohmann::json::parse(comparison_json(runs, comparison));
    EXPECT_EQ(json["schema"], kComparisonSchema);
    EXPECT_EQ(json["runs"][1]["overrides"][1], "vars.edge_disk=1 TB");
    EXPECT_EQ(json["runs"][0]["verdict"], "FAIL");
    EXPECT_EQ(json["thresholds"][2]["passed"], (nlohmann::json{true, false}));
    ASSERT_EQ(json["figures"].size(), comparison.figures.size());
    for (const auto& figure : json["figures"]) {
        if (figure["metric"] != "cost.total_usd") continue;
        EXPECT_EQ(figure["change"][0], 0.0);
        EXPECT_NEAR(figure["relative_change"][1], 0.5, 1e-5);
        return;
    }
    FAIL() << "no cost";
}

}  // namespace matinee::reports
