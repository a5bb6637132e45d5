#include "reports/html.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/reports/sample_result.hpp"

namespace matinee::reports {

static std::string without(std::string text, const std::string& from, const std::string& to) {
    for (size_t start = text.find(from); start != std::string::npos; start = text.find(from, start)) {
        const size_t end = text.find(to, start + from.size());
        if (end == std::string::npos) break;
        text.erase(start, end + to.size() - start);
    }
    return text;
}

static std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const size_t start = text.find(from);
    if (start == std::string::npos) return "";
    return text.substr(start + from.size(), text.find(to, start) - start - from.size());
}

static nlohmann::json script_data(const std::string& html) {
    return nlohmann::json::parse(between(html, "id=\"report-data\">", "</script>"));
}

TEST(Html, FetchesNothing) {
    const std::string html = report_html(sample_result());
    const std::string code = without(without(html, "<!--", "-->"), "/*", "*/");  // licences may name their home
    for (const char* reference :
         {"http://", "https://", " src=", "@import", "url(", "sourceMappingURL", "fetch(", "<link rel=\"style"})
        EXPECT_EQ(code.find(reference), std::string::npos) << reference;
    EXPECT_NE(html.find("Content-Security-Policy\" content=\"default-src 'none'"), std::string::npos);
    EXPECT_NE(html.find("THE SOFTWARE IS PROVIDED"), std::string::npos) << "the licence of dygraphs";
}

TEST(Html, ReadsWithoutScripts) {
    const std::string html = without(report_html(sample_result()), "<script", "</script>");
    for (const char* text :
         {"<strong>FAIL</strong>", "1 of 4 thresholds failed", "52.5 % over, worst at 22:05", "1.72 s", "248,310",
          "id=\"chart-concurrent_viewers\"", "<path class=\"line c0\"", "By ISP", "isp-c", "73.4 % headroom",
          "turned away 1,042 requests", "$2,042.91", "--seed 42", "9b1e6c0f35a7d2484c8e0b7a91f2d3e6",
          "5f0c3a9e71b2d4486b0f6a8d2c95e177", "g++ 12.2.0"})
        EXPECT_NE(html.find(text), std::string::npos) << text;
}

TEST(Html, TheScriptGetsTheChartsItDraws) {
    const std::string html = report_html(sample_result());
    const nlohmann::json data = script_data(html);
    ASSERT_EQ(data["charts"].size(), 12u);
    for (const auto& chart : data["charts"]) {
        EXPECT_NE(html.find("id=\"" + chart["id"].get<std::string>() + "\""), std::string::npos);
        EXPECT_EQ(chart["rows"][0].size(), 1 + chart["labels"].size());
    }
    EXPECT_EQ(data["charts"][0]["rows"].size(), 2880u);
    EXPECT_EQ(data["charts"][0]["rows"][1][0], 1'795'194'010'000);
    EXPECT_EQ(data["events"].size(), 4u);
}

TEST(Html, WorstSliceFirstAndTooSmallOnesLast) {
    const std::string html = report_html(sample_result());
    const std::string table = between(html, "<caption>By ISP", "</table>");
    size_t last = 0;
    for (const char* name : {">isp-c<", ">isp-b<", ">isp-a<", ">tiny-isp<"}) {
        ASSERT_NE(table.find(name), std::string::npos) << name;
        EXPECT_GT(table.find(name), last) << name;
        last = table.find(name);
    }
}

TEST(Html, EscapesWhatComesFromOutside) {
    EXPECT_EQ(escaped("a<b>&\"'\x07"), "a&lt;b&gt;&amp;&quot;&#39;\uFFFD");
    const std::string evil = "</script><script>alert(1)</script>\" onload='x' <img src=q> --><!--";
    Result result = sample_result();
    result.scenario_name = result.scenario_description = result.scenario_hash = result.digest = evil;
    result.cdn[0].id = result.cdn[0].role = result.cdn[0].busiest_site = evil;
    for (Breakdown& breakdown : result.breakdowns) breakdown.dimension = breakdown.slices[0].name = evil;
    for (Series& series : result.series) series.name += evil, series.unit += evil;
    result.series.push_back({"egress_gbps." + evil, evil, {1.0, 2.0}});
    for (Marker& marker : result.markers) marker.kind = marker.text = evil;
    for (ThresholdVerdict& t : result.thresholds) t.text = t.metric = evil;
    for (CostLine& line : result.cost.lines) line.item = line.group = line.unit = line.source = evil;
    result.cost.prices = evil;
    result.build = {evil, evil, evil, evil};
    const std::string html = report_html(result);
    EXPECT_EQ(html.find("<script>alert"), std::string::npos);
    EXPECT_EQ(html.find("<img src"), std::string::npos);
    EXPECT_EQ(without(html, "<script", "</script>").find("\" onload='x'"), std::string::npos);
    const nlohmann::json data = script_data(html);  // parses: nothing closed the element early
    EXPECT_EQ(data["events"][0]["kind"], evil);
}

TEST(Html, SaysWhatTheCommandLineChangedAndHowToRepeatIt) {
    Result result = sample_result();
    result.scenario_overrides = {"vars.viewers=2000", "name=it's"};
    const std::string html = report_html(result);
    EXPECT_NE(html.find("<code>vars.viewers=2000</code>"), std::string::npos);
    EXPECT_NE(html.find("run FILE --set &#39;vars.viewers=2000&#39; --set &#39;name=it&#39;\\&#39;&#39;s&#39; --seed 42<"),
              std::string::npos);
    result.scenario_overrides = {"seed=42"};
    EXPECT_NE(report_html(result).find("run FILE --set &#39;seed=42&#39;<"), std::string::npos);
}

TEST(Html, EqualResultsGiveEqualPages) { EXPECT_EQ(report_html(sample_result()), report_html(sample_result())); }

TEST(Html, AnEmptyResultIsStillAPage) {
    const std::string html = report_html(Result{});
    EXPECT_NE(html.find("NO VERDICT"), std::string::npos);
    EXPECT_NE(html.find("Without thresholds"), std::string::npos);
    EXPECT_EQ(html.find("<section id=\"cdn\""), std::string::npos);
    const std::string body = between(html, "<body>", "<script");
    for (const char* text : {">nan", " nan", ">inf", " inf ", "null"})
        EXPECT_EQ(body.find(text), std::string::npos) << text;
    EXPECT_TRUE(script_data(html)["charts"].empty());
}

TEST(Html, SaysWhenAThresholdMatchedNothingAndWhenTheRunWasCutShort) {
    Result result = sample_result();
    result.thresholds[0].has_samples = result.thresholds[0].passed = false;
    result.interrupted = true;
    const std::string html = report_html(result);
    EXPECT_NE(html.find("matched no samples, which counts as failed"), std::string::npos);
    EXPECT_NE(html.find("This run was interrupted after 8 h"), std::string::npos);
}

}  // namespace matinee::reports
