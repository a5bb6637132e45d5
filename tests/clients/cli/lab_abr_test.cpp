// `matinee lab abr` and `matinee lab convert` from outside.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/clients/cli/child.hpp"

namespace matinee::cli {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// 2 s a segment, 500 and 900 kbit/s, five segments.
static const char* const kMovie = R"({"segment_duration_ms": 2000, "bitrates_kbps": [500, 900], "segment_sizes_bits":
    [[1000000, 1800000], [1000000, 1800000], [1000000, 1800000], [1000000, 1800000], [1000000, 1800000]]})";

class LabAbr : public testing::Test {
protected:
    void SetUp() override {
        folder_.write("movie.json", kMovie);
        folder_.write("trace.json", R"([{"duration_ms": 60000, "bandwidth_kbps": 1000, "latency_ms": 0}])");
    }
    Outcome run(const std::vector<std::string>& args) const { return run_matinee(args, folder_.path()); }
    Outcome lab(std::vector<std::string> args) const {
        args.insert(args.begin(), {"lab", "abr", "--movie", "movie.json"});
        return run(args);
    }
    Json json_of(std::vector<std::string> args) const {
        args.emplace_back("--json");
        const Outcome outcome = lab(args);
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        return Json::parse(outcome.out);
    }
    TemporaryFolder folder_;
};

// The first segment is rung 0 and takes 1 s; 0.9 of the 1000 kbit/s measured then carry rung 1, in 1.8 s of every 2 s.
TEST_F(LabAbr, OneSessionAsJson) {
    const Json session = json_of(
        {"--trace", "trace.json", "--abr", "throughput", "--max-buffer", "25s", "--no-insufficient-buffer-rule"});
    EXPECT_EQ(session["qualities"], (std::vector<int>{0, 1, 1, 1, 1}));
    const Json& metrics = session["metrics"];
    for (const char* name :
         {"total_played_utility", "time_average_played_utility", "total_played_bitrate", "time_average_played_bitrate",
          "total_play_time", "total_rebuffer", "rebuffer_ratio", "time_average_rebuffer", "total_rebuffer_events",
          "total_bitrate_change", "time_average_bitrate_change", "total_log_bitrate_change",
          "time_average_log_bitrate_change", "time_average_score"})
        EXPECT_TRUE(metrics.contains(name)) << name;
    EXPECT_EQ(metrics["total_played_bitrate"], 500 + 4 * 900);
    EXPECT_EQ(metrics["total_play_time"], 11);
    EXPECT_NEAR(metrics["total_log_bitrate_change"], std::log(9.0 / 5), 1e-12);
}

TEST_F(LabAbr, EveryModelAndTheTable) {
    for (const char* model : {"sabre", "pensieve", "matinee"}) {
        const Outcome outcome = lab({"--trace", "trace.json", "--abr", "robust-mpc", "--model", model});
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        EXPECT_NE(outcome.out.find("rebuffering ratio"), std::string::npos) << outcome.out;
    }
}

TEST_F(LabAbr, ThePlotIsOneFileThatFetchesNothing) {
    const Outcome outcome = lab({"--trace", "trace.json", "--abr", "bola", "--plot", "plot.html"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const std::string page = read_text(folder_.path() / "plot.html");
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
    EXPECT_NE(page.find("Dygraph"), std::string::npos);
    EXPECT_EQ(page.find("src=\"http"), std::string::npos);
    const std::string open = "id=\"report-data\">";
    const size_t from = page.find(open) + open.size();
    const Json data = Json::parse(page.substr(from, page.find("</script>", from) - from));
    ASSERT_EQ(data["charts"].size(), 2u);
    EXPECT_EQ(data["charts"][1]["labels"], (std::vector<std::string>{"bandwidth", "bitrate"}));
    EXPECT_FALSE(data["charts"][0]["rows"].empty());
    EXPECT_EQ(lab({"--trace", "trace.json", "--abr", "bola", "--plot", "nowhere/plot.html"}).code, 3);
}

TEST_F(LabAbr, TheCrossProductDoesNotDependOnThreads) {
    fs::create_directory(folder_.path() / "traces");
    for (int i = 0; i < 5; ++i)
        folder_.write("traces/" + std::to_string(i) + ".csv",
                      "0," + std::to_string(300 + 400 * i) + "\n7,2000\n9," + std::to_string(100 + 50 * i) + "\n");
    const std::vector<std::string> args = {"--traces",       "traces", "--abr", "throughput,bola,constant",
                                           "--movie-length", "200"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), args.begin(), args.end());
        return more;
    };
    const Json one = json_of(with({"--threads", "1"}));
    EXPECT_EQ(one, json_of(with({"--threads", "3"})));
    ASSERT_EQ(one["ranking"].size(), 3u);
    EXPECT_EQ(one["traces"].size(), 5u);
    double before = 1e9;
    for (const Json& rule : one["ranking"]) {
        const Json& score = rule["time_average_score"];
        std::vector<double> values = score["of_each_trace"];
        std::sort(values.begin(), values.end());
        EXPECT_EQ(score["p50"], values[2]);
        EXPECT_NEAR(score["p5"], values[0] + 0.2 * (values[1] - values[0]), 1e-12);
        EXPECT_LE(score["p50"], before) << "best first";
        before = score["p50"];
    }
    const Outcome table = lab(args);
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_NE(table.out.find("p95"), std::string::npos) << table.out;
}

TEST_F(LabAbr, DamagedInputIs2) {
    folder_.write("cut.json", R"([{"duration_ms": 60000, "bandwidth_kbps": 1000, "late)");
    folder_.write("negative.csv", "0,100\n-1,200\n");
    folder_.write("nan.csv", "0,100\n1,nan\n");
    folder_.write("dead.txt", "0 0\n1 0\n2 0\n");
    folder_.write("empty.json", R"({"segment_duration_ms": 2000, "bitrates_kbps": [500], "segment_sizes_bits": []})");
    folder_.write("ladder.json",
                  R"({"segment_duration_ms": 2000, "bitrates_kbps": [500, 900], "segment_sizes_bits": [[1]]})");
    const std::vector<std::string> before = folder_.contents();
    struct Case {
        std::vector<std::string> args;
        std::string says;
    };
    const auto abr = [](const char* trace, const char* movie, std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"lab", "abr", "--trace", trace, "--movie", movie});
        return more;
    };
    const std::vector<Case> cases = {
        {abr("cut.json", "movie.json", {"--abr", "bola"}), "cut.json"},
        {abr("negative.csv", "movie.json", {"--abr", "bola"}), "line 2"},
        {abr("nan.csv", "movie.json", {"--abr", "bola"}), "line 2"},
        {abr("dead.txt", "movie.json", {"--abr", "bola"}), "bandwidth of 0"},
        {abr("trace.json", "empty.json", {"--abr", "bola"}), "no segments"},
        {abr("trace.json", "ladder.json", {"--abr", "bola"}), "segment_sizes_bits[0]"},
        {abr("trace.json", "missing.json", {"--abr", "bola"}), "missing.json"},
        {abr("trace.json", "movie.json"), "--abr"},
        {abr("trace.json", "movie.json", {"--abr", "boal"}), "hint:     bola"},
        {abr("trace.json", "movie.json", {"--abr", "bola,bola"}), "each rule once"},
        {abr("trace.json", "movie.json", {"--abr", "bola", "--model", "saber"}), "hint:     sabre"},
        {abr("trace.json", "movie.json", {"--abr", "bola", "--max-buffer", "25 parsecs"}), "--max-buffer"},
        {abr("trace.json", "movie.json", {"--abr", "bola", "--max-buffer", "1s"}), "more than one segment"},
        {abr("trace.json", "movie.json", {"--abr", "bola", "--half-lives", "3,8,9"}), "one or two"},
        {abr("trace.json", "movie.json", {"--abr", "bola", "--window-sizes", "2.5"}), "whole numbers"},
        {abr("trace.json", "movie.json", {"--abr", "bola", "--replace", "up"}), "none, left or right"},
        {abr("trace.json", "movie.json", {"--abr", "bba", "--model", "pensieve", "--replace", "left"}), "Sabre"},
        {abr("trace.json", "movie.json", {"--abr", "bola,bba", "--plot", "x.html"}), "one rule"},
        {{"lab", "abr", "--movie", "movie.json", "--abr", "bola"}, "--traces DIR"},
        {{"lab", "convert", "trace.json"}, "INPUT OUTPUT"},
        {{"lab", "convert", "trace.json", "out"}, "--to"},
        {{"lab", "convert", "movie.json", "out.csv"}, "sabre or pensieve"},
        {{"lab", "convert", "dead.txt", "out.csv"}, "bandwidth of 0"},
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

TEST_F(LabAbr, ALongOutageEnds) {
    folder_.write("outage.json", R"([{"duration_ms": 3000, "bandwidth_kbps": 1000, "latency_ms": 20},
                                     {"duration_ms": 2600000000, "bandwidth_kbps": 0, "latency_ms": 20}])");
    for (const char* model : {"sabre", "pensieve", "matinee"})
        EXPECT_EQ(json_of({"--trace", "outage.json", "--abr", "bola", "--model", model})["qualities"].size(),
                  model == std::string("pensieve") ? 4u : 5u);
}

TEST_F(LabAbr, ConvertsAnythingIntoAnything) {
    folder_.write("drive.log", "1 10 59.8 10.7 125000 1000\n2 1010 59.8 10.7 62500 500\n");
    for (const char* out : {"a.json", "a.csv", "a.mahi"}) {
        EXPECT_EQ(run({"lab", "convert", "drive.log", out, "--latency", "20ms"}).code, 0);
        EXPECT_EQ(run({"lab", "convert", out, "b.txt", "--to", "pensieve"}).code, 0) << out;
        EXPECT_EQ(run({"lab", "convert", "b.txt", "c.json"}).code, 0) << out;
        const Json sabre = Json::parse(read_text(folder_.path() / "c.json"));
        EXPECT_NEAR(sabre[0]["bandwidth_kbps"], 1000, 12.1) << out;
    }
    EXPECT_EQ(Json::parse(read_text(folder_.path() / "a.json"))[0]["latency_ms"], 20);

    EXPECT_EQ(run({"lab", "convert", "movie.json", "sizes", "--to", "pensieve"}).code, 0);
    EXPECT_EQ(read_text(folder_.path() / "sizes/video_size_1").substr(0, 7), "225000\n");
    EXPECT_EQ(run({"lab", "convert", "sizes", "again.json"}).code, 2) << "two files are not Pensieve's six rungs";
    EXPECT_EQ(run({"lab", "convert", "sizes", "again.json", "--bitrates", "500,900", "--segment", "2s"}).code, 0);
    EXPECT_EQ(Json::parse(read_text(folder_.path() / "again.json")), Json::parse(kMovie));
    EXPECT_EQ(run({"lab", "convert", "movie.json", "-", "--to", "sabre"}).out,
              read_text(folder_.path() / "again.json"));

    fs::create_directory(folder_.path() / "set");
    folder_.write("set/a.csv", "0,100\n1,200\n");
    folder_.write("set/b.csv", "0,100\n1,200\n");
    EXPECT_EQ(run({"lab", "convert", "set", "cooked", "--to", "mahimahi"}).code, 0);
    EXPECT_TRUE(fs::exists(folder_.path() / "cooked/b.mahi"));
    folder_.write("set/b.txt", "0 1\n1 2\n");
    EXPECT_EQ(run({"lab", "convert", "set", "twice", "--to", "mahimahi"}).code, 2);
}

// The program as researchers would use it on Sabre's examples.
TEST_F(LabAbr, AgreesWithSabresExamples) {
    const char* data = std::getenv("MATINEE_DATA");
    const fs::path abr = fs::path(data == nullptr ? "" : data) / "abr";
    if (data == nullptr || !fs::exists(abr / "examples.json"))
        GTEST_SKIP() << "MATINEE_DATA is unset or has no abr/examples.json";
    const Json examples = Json::parse(read_text(abr / "examples.json"));
    for (const Json& example : examples.at("cases")) {
        const std::string id = example.at("id");
        if (!id.starts_with("sabre/")) continue;
        std::vector<std::string> args = {"lab",          "abr",
                                         "--json",       "--no-abandon",
                                         "--trace",      (abr / example.at("trace").get<std::string>()).string(),
                                         "--movie",      (abr / example.at("movie").get<std::string>()).string(),
                                         "--abr",        example.at("abr"),
                                         "--max-buffer", std::to_string(example.at("max_buffer_s").get<int>()) + "s"};
        const std::vector<std::string> flags = example.at("extra_flags");
        if (flags == std::vector<std::string>{"-ao"}) args.emplace_back("--abr-osc");
        if (flags.size() > 1) args.insert(args.end(), {"--moving-average", "sliding", "--window-sizes", "3,10"});
        const Outcome outcome = run(args);
        ASSERT_EQ(outcome.code, 0) << id << outcome.err;
        const Json session = Json::parse(outcome.out);
        EXPECT_EQ(session["qualities"], example.at("qualities")) << id;
        for (const auto& [name, value] : example.at("metrics").items()) {
            if (name.ends_with("rebuffer events")) continue;
            std::string key = name;
            std::replace(key.begin(), key.end(), ' ', '_');
            const double expected = value;
            EXPECT_NEAR(session["metrics"][key], expected, 1e-6 * (1 + std::abs(expected))) << id << ' ' << name;
        }
    }
}

}  // namespace matinee::cli
