// The program from outside: exit codes, messages, files.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/clients/cli/child.hpp"

namespace matinee::cli {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A world of a few hundred viewers that runs in a blink.
static const char* const kTiny = R"({
  // Two edges in front of an origin.
  "name": "tiny", "seed": 3,
  "vars": {"viewers": 200},
  "time": {"start": "2026-11-20T18:00:00Z", "duration": "4m", "warmup": "1m"},
  "catalog": {"titles": 50},
  "arrivals": {"viewers": "${viewers}", "steady": true},
  "cdn": {
    "nodes": [
      {"id": "edge", "role": "edge", "count": 2, "nic": "10 Gbps", "disk": "100 GB", "parent": "origin"},
      {"id": "origin", "role": "origin", "nic": "100 Gbps"}
    ]
  },
  "thresholds": [{"metric": "peak_concurrent_viewers", "min": 1}]
})";

class Program : public testing::Test {
protected:
    void SetUp() override { tiny_ = folder_.write("tiny.json", kTiny); }
    Outcome run(const std::vector<std::string>& args) const { return run_matinee(args, folder_.path()); }
    Json result_of(const std::vector<std::string>& args) const {
        std::vector<std::string> words = {"run", "--json", "--out", "result"};
        words.insert(words.end(), args.begin(), args.end());
        const Outcome outcome = run(words);
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        return Json::parse(outcome.out);
    }
    TemporaryFolder folder_;
    std::string tiny_;
};

static size_t widest_line(const std::string& text) {
    std::istringstream lines(text);
    size_t widest = 0;
    for (std::string line; std::getline(lines, line);) {
        size_t columns = 0;  // code points
        for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
        widest = std::max(widest, columns);
    }
    return widest;
}

TEST_F(Program, RunWritesItsFilesWhereItSays) {
    const Outcome outcome = run({"run", "tiny.json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(folder_.contents(), (std::vector<std::string>{"out", "out/tiny", "out/tiny/report.html",
                                                            "out/tiny/result.json", "tiny.json"}));
    EXPECT_NE(outcome.out.find("PASS"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("out/tiny/report.html"), std::string::npos);
    EXPECT_LE(widest_line(outcome.out), 80u) << outcome.out;
    EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << "colours in a file";
    const Json result = Json::parse(read_text(folder_.path() / "out/tiny/result.json"));
    EXPECT_GT(result["wall"]["elapsed_s"], 0.0);
    EXPECT_GT(result["wall"]["peak_rss_bytes"], 1'000'000);
    EXPECT_FALSE(result["build"]["compiler"].get<std::string>().empty());
}

TEST_F(Program, ComparePutsResultsSideBySide) {
    ASSERT_EQ(run({"run", "tiny.json", "--out", "a"}).code, 0);
    ASSERT_EQ(
        run({"run", "tiny.json", "--out", "b", "--set", "vars.viewers=100", "--set", "thresholds[0].min=150"}).code,
        99);
    const Outcome text = run({"compare", "a", "b/result.json"});
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_LE(widest_line(text.out), 80u) << text.out;
    for (const char* part : {"A  a/result.json", "changed here: vars.viewers=100, thresholds[0].min=150",
                             "peak_concurrent_viewers >= 150", "startup_ms p95", "CDN edge", "COST"})
        EXPECT_NE(text.out.find(part), std::string::npos) << part << " in " << text.out;
    EXPECT_EQ(run({"compare", "a", "a", "--fail-on-regression"}).code, 0);
    EXPECT_EQ(run({"compare", "a", "b", "--fail-on-regression"}).code, 99);
    EXPECT_EQ(Json::parse(run({"compare", "a", "b", "--json"}).out)["runs"].size(), 2u);
    for (const char* bad : {"nowhere", "tiny.json", "."}) {
        const Outcome refused = run({"compare", "a", bad});
        EXPECT_EQ(refused.code, 2) << bad;
        EXPECT_NE(refused.err.find("expected"), std::string::npos) << refused.err;
        EXPECT_TRUE(refused.out.empty());
    }
    EXPECT_EQ(run({"compare", "a"}).code, 2);
}

TEST_F(Program, JsonIsTheResultFile) {
    const Outcome outcome = run({"run", "tiny.json", "--out", "here", "--json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, read_text(folder_.path() / "here/result.json"));
    const Json result = Json::parse(outcome.out);
    for (const char* key : {"schema", "scenario", "seed", "digest", "simulated_s", "counts", "metrics", "thresholds",
                            "series", "cost", "build", "wall"})
        EXPECT_TRUE(result.contains(key)) << key;
    EXPECT_EQ(result["seed"], 3);
    EXPECT_GT(result["counts"]["segments"], 0);
}

TEST_F(Program, DigestDependsOnTheSeedAndNotOnThreads) {
    const Json one = result_of({"tiny.json", "--threads", "1"});
    const Json three = result_of({"tiny.json", "--threads", "3", "--oversubscribe"});
    EXPECT_EQ(one["digest"], three["digest"]);
    EXPECT_NE(one["digest"], result_of({"tiny.json", "--seed", "4"})["digest"]);
}

TEST_F(Program, StartsNoMoreThreadsThanCanRunUnlessAskedTo) {
    const auto started = [&](std::vector<std::string> more) {
        std::vector<std::string> words = {"tiny.json", "--threads", "300"};
        words.insert(words.end(), more.begin(), more.end());
        return result_of(words)["wall"]["threads"].get<uint32_t>();
    };
    EXPECT_EQ(started({}), std::min(300u, std::thread::hardware_concurrency()));
    EXPECT_EQ(started({"--oversubscribe"}), 300u);
}

TEST_F(Program, LooksAtPricesBeforeItRuns) {
    folder_.write("prices.json", R"({"name": "mine", "date": "today"})");
    for (const char* command : {"validate", "run"}) {
        const Outcome outcome = run({command, "tiny.json", "--set", "prices=prices.json"});
        EXPECT_EQ(outcome.code, 2) << command;
        EXPECT_NE(outcome.err.find("prices.json"), std::string::npos) << outcome.err;
    }
    EXPECT_FALSE(fs::exists(folder_.path() / "out"));
}

TEST_F(Program, TheResolvedScenarioIsTheSameScenario) {
    const Outcome resolved = run({"explain", "tiny.json", "--set", "vars.viewers=150", "--json"});
    EXPECT_EQ(resolved.code, 0) << resolved.err;
    EXPECT_TRUE(Json::accept(resolved.out)) << resolved.out;
    fs::create_directory(folder_.path() / "elsewhere");
    folder_.write("elsewhere/resolved.json", resolved.out);
    const Json first = result_of({"tiny.json", "--set", "vars.viewers=150"});
    const Json second = result_of({"elsewhere/resolved.json"});
    EXPECT_EQ(first["digest"], second["digest"]);
    EXPECT_EQ(first["scenario"]["hash"], second["scenario"]["hash"]);
}

TEST_F(Program, RecordedRequestsReplayInTheLaboratoryToTheNodesCounts) {
    const Json result = result_of({"tiny.json", "--set", "time.warmup=0s", "--record-requests", "edge=requests"});
    uint64_t requests = 0;
    uint64_t misses = 0;
    for (const char* node : {"edge-0-0", "edge-1-0"}) {
        const std::string trace = "requests/" + std::string(node) + ".oracleGeneral";
        const Outcome lab = run({"lab", "cache", "--trace", trace, "--format", "oracle-general", "--policy",
                                 "lru,belady", "--capacity", "100000000000", "--json"});
        ASSERT_EQ(lab.code, 0) << lab.err;
        const Json rows = Json::parse(lab.out);
        requests += rows[0]["requests"].get<uint64_t>();
        misses += rows[0]["misses"].get<uint64_t>();
        EXPECT_LE(rows[1]["misses"], rows[0]["misses"]) << "Belady's policy knows the recorded future";
    }
    const Json& edge = result["metrics"]["cdn"]["edge"];
    EXPECT_EQ(requests, edge["requests"].get<uint64_t>());
    EXPECT_EQ(misses, edge["misses"].get<uint64_t>());
    EXPECT_EQ(run({"run", "tiny.json", "--record-requests", "edgy=x"}).code, 2);
    EXPECT_EQ(run({"run", "tiny.json", "--record-requests", "edge"}).code, 2);
    EXPECT_FALSE(fs::exists(folder_.path() / "x"));
}

TEST_F(Program, AFailedThresholdIs99AndStillReported) {
    const Outcome outcome =
        run({"run", "tiny.json", "--set", R"(thresholds=[{"metric": "peak_concurrent_viewers", "max": 1}])"});
    EXPECT_EQ(outcome.code, 99) << outcome.err;
    EXPECT_NE(outcome.out.find("FAIL"), std::string::npos);
    EXPECT_TRUE(fs::exists(folder_.path() / "out/tiny/result.json"));
}

TEST_F(Program, BadInputIs2SaysWhyAndWritesNothing) {
    folder_.write("broken.json", "{\"name\": \"x\", ");
    folder_.write("unknown.json", "{\"nmae\": \"x\"}");
    const std::vector<std::string> before = folder_.contents();
    struct Case {
        std::vector<std::string> args;
        std::string says;
    };
    const std::vector<Case> cases = {
        {{"run"}, "matinee run FILE"},
        {{"run", "missing.json"}, "missing.json"},
        {{"run", "broken.json"}, "broken.json"},
        {{"run", "unknown.json"}, "name"},
        {{"run", "tiny.json", "another.json"}, "`another.json`"},
        {{"run", "tiny.json", "--thraeds", "2"}, "--threads"},
        {{"run", "tiny.json", "--threads", "0"}, "a whole number from 1"},
        {{"run", "tiny.json", "--out", ""}, "--out"},
        {{"run", "tiny.json", "--seed", "x"}, "a whole number from 0"},
        {{"run", "tiny.json", "--out"}, "without a value"},
        {{"run", "tiny.json", "--out", "tiny.json/below"}, "is not a folder"},
        {{"run", "tiny.json", "--set", "arrivals.viewers=-5"}, "arrivals.viewers"},
        {{"run", "tiny.json", "--set", "arrivals.veiwers=5"}, "viewers"},
        {{"run", "tiny.json", "--set", "cdn.nodes[0].nic=10 parsecs"}, "cdn.nodes[0].nic"},
        {{"run", "tiny.json", "--set", "cdn.nodes[7].nic=1 Gbps"}, "nodes[7]"},
        {{"run", "tiny.json", "--set", "viewers"}, "--set"},
        {{"run", "."}, "."},
        {{"explain", "unknown.json"}, "name"},
        {{"validate", "unknown.json"}, "name"},
        {{"validate"}, "matinee validate FILE"},
        {{"rum", "tiny.json"}, "hint:     run"},
        {{"help", "rnu"}, "hint:     run"},
        {{"list", "metric"}, "hint:     metrics"},
        {{"bench", "memori"}, "hint:     memory"},
        {{"version", "--jsn"}, "hint:     --json"},
    };
    for (const Case& one : cases) {
        const Outcome outcome = run(one.args);
        std::string words;
        for (const std::string& arg : one.args) words += " " + arg;
        EXPECT_EQ(outcome.code, 2) << words << "\n" << outcome.out << outcome.err;
        EXPECT_NE(outcome.err.find(one.says), std::string::npos) << words << "\n" << outcome.err;
        EXPECT_TRUE(outcome.out.empty()) << words << "\n" << outcome.out;
    }
    EXPECT_EQ(folder_.contents(), before);
}

TEST_F(Program, WhatTheMachineRefusesIs3) {
    const Outcome full = run_matinee({"run", "tiny.json", "--out", "/proc/nowhere"}, folder_.path());
    EXPECT_EQ(full.code, 3) << full.err;
    EXPECT_NE(full.err.find("/proc"), std::string::npos) << full.err;
}

TEST_F(Program, ControlCEndsCleanlyAndReportsWhatWasSimulated) {
    const std::vector<std::string> args = {"run", "tiny.json", "--set", "time.duration=20d", "--json", "--out", "cut"};
    const Outcome outcome = run_matinee(args, folder_.path(), [](int process) { kill(process, SIGINT); });
    EXPECT_EQ(outcome.code, 130) << outcome.err;
    const Json result = Json::parse(outcome.out);
    EXPECT_TRUE(result["interrupted"]);
    EXPECT_LT(result["simulated_s"], 20.0 * 86400);
    EXPECT_TRUE(fs::exists(folder_.path() / "cut/report.html"));
}

TEST_F(Program, ValidateSaysOk) {
    const Outcome outcome = run({"validate", "tiny.json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out.substr(0, 8), "OK  tiny");
}

TEST_F(Program, ExplainFitsATerminalAndWritesNothing) {
    const Outcome outcome = run({"explain", "tiny.json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_LE(widest_line(outcome.out), 80u) << outcome.out;
    for (const char* word : {"tiny", "edge", "origin", "windows of", "segment requests"})
        EXPECT_NE(outcome.out.find(word), std::string::npos) << word << " not in\n" << outcome.out;
    EXPECT_EQ(folder_.contents(), std::vector<std::string>{"tiny.json"});
}

TEST_F(Program, ListHasEveryKind) {
    const Outcome outcome = run({"list"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_LE(widest_line(outcome.out), 80u) << outcome.out;
    for (const char* name :
         {"s3-fifo", "second-hit", "bolae", "fibre", "rebuffering_ratio", "cdn.<group>.byte_hit_ratio"})
        EXPECT_NE(outcome.out.find(name), std::string::npos) << name;
    std::istringstream lines(run({"list", "abr", "--json"}).out);
    size_t rules = 0;
    for (std::string line; std::getline(lines, line); ++rules) {
        const Json item = Json::parse(line);
        EXPECT_EQ(item["kind"], "abr");
        EXPECT_FALSE(item["summary"].get<std::string>().empty()) << line;
    }
    EXPECT_GE(rules, 11u);
}

TEST_F(Program, HelpHasATextForEveryCommand) {
    const Outcome overview = run({"help"});
    EXPECT_EQ(overview.code, 0);
    EXPECT_EQ(run({}).out, overview.out);
    EXPECT_EQ(run({"--help"}).out, overview.out);
    EXPECT_LE(widest_line(overview.out), 80u);
    for (const char* command : {"run", "validate", "explain", "list", "version", "help", "bench", "lab", "build",
                                "test", "sanitize", "verify-digest", "fuzz"}) {
        const Outcome text = run({"help", command});
        EXPECT_EQ(text.code, 0) << command;
        EXPECT_NE(text.out.find("matinee " + std::string(command)), std::string::npos) << text.out;
        EXPECT_LE(widest_line(text.out), 80u) << text.out;
        EXPECT_NE(overview.out.find(command), std::string::npos) << command;
    }
    EXPECT_EQ(run({"run", "--help"}).out, run({"help", "run"}).out);
}

TEST_F(Program, VersionSaysWhatThisBuildIs) {
    EXPECT_EQ(run({"version"}).out.substr(0, 8), "matinee ");
    const Json build = Json::parse(run({"version", "--json"}).out);
    EXPECT_FALSE(build["version"].get<std::string>().empty());
    EXPECT_FALSE(build["compiler"].get<std::string>().empty());
}

TEST_F(Program, BenchesAreListed) {
    const Outcome outcome = run({"bench", "--list"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.out.find("memory"), std::string::npos);
}

}  // namespace matinee::cli
