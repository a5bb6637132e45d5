// `matinee lab cache` as a user meets it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "clients/cli/exit_codes.hpp"
#include "clients/cli/parallel.hpp"
#include "tests/clients/cli/child.hpp"
#include "tests/system/cdn/lab/traces.hpp"

namespace matinee::cli {
namespace {

using Json = nlohmann::json;

const std::string kAll = "lru,fifo,clock,lfu,sieve,s3-fifo,arc,gdsf,belady,w-tinylfu,slru,2q";

class LabCache : public testing::Test {
protected:
    TemporaryFolder folder_;

    Outcome run(std::vector<std::string> args) {
        args.insert(args.begin(), {"lab", "cache"});
        return run_matinee(args, folder_.path());
    }
    std::string random_trace() {
        using namespace cdn::lab;
        return folder_.write("random.oracleGeneral",
                             oracle_file(random_records(2, {.requests = 20'000, .objects = 3000})));
    }
    Json results(const std::vector<std::string>& args) {
        const Outcome outcome = run(args);
        EXPECT_EQ(outcome.code, kDone) << outcome.err;
        return outcome.code == kDone ? Json::parse(outcome.out) : Json();
    }
};

TEST_F(LabCache, CountsByHand) {
    // 1 2 1 3 2 1 with two places: LRU misses all but the third, Belady keeps 1 as well as may be.
    const std::string file = folder_.write("t.csv", "time,obj,size\n0,1,10\n1,2,10\n2,1,10\n3,3,10\n4,2,10\n5,1,10\n");
    const Json json =
        results({"--trace", file, "--format", "csv", "--policy", "lru,belady", "--capacity", "20,1", "--json"});
    ASSERT_EQ(json.size(), 4u);
    EXPECT_EQ(json[0]["policy"], "lru");
    EXPECT_EQ(json[0]["capacity_bytes"], 20);
    EXPECT_EQ(json[0]["requests"], 6);
    EXPECT_EQ(json[0]["misses"], 5);
    EXPECT_EQ(json[0]["requested_bytes"], 60);
    EXPECT_EQ(json[0]["missed_bytes"], 50);
    EXPECT_EQ(json[0]["object_miss_ratio"].get<double>(), 5.0 / 6.0) << "all digits";
    EXPECT_EQ(json[0]["byte_miss_ratio"].get<double>(), 5.0 / 6.0);
    EXPECT_GT(json[0]["requests_per_second"].get<double>(), 0);
    EXPECT_EQ(json[1]["misses"], 6) << "no object fits one byte";
    EXPECT_EQ(json[2]["policy"], "belady");
    EXPECT_EQ(json[2]["misses"], 4);
    EXPECT_EQ(
        results({"--trace", file, "--policy", "lru", "--capacity", "2", "--ignore-size", "--json"})[0]["missed_bytes"],
        5);
}

TEST_F(LabCache, TakesSharesOfTheFootprint) {
    const std::string file = folder_.write("t.csv", "0,a,1000\n0,b,500\n0,a,1000\n0,c,1\n");
    const auto capacity = [&](const std::string& text, bool ignore_size) {
        std::vector<std::string> args{"--trace", file, "--policy", "lru", "--capacity", text, "--json"};
        if (ignore_size) args.push_back("--ignore-size");
        return results(args)[0]["capacity_bytes"].get<uint64_t>();
    };
    EXPECT_EQ(capacity("100%", false), 1501u);
    EXPECT_EQ(capacity("10%", false), 150u) << "rounded down";
    EXPECT_EQ(capacity("12.5%", false), 187u);
    EXPECT_EQ(capacity("0.1%", false), 1u);
    EXPECT_EQ(capacity("1.5kB", false), 1500u);
    EXPECT_EQ(capacity("67%", true), 2u) << "of three objects";
    EXPECT_EQ(capacity("7", true), 7u);
}

TEST_F(LabCache, GivesTheSameCountsForAnyNumberOfThreads) {
    const std::string file = random_trace();
    const auto counts = [&](const std::string& threads) {
        Json json =
            results({"--trace", file, "--policy", kAll, "--capacity", "1%,10%,50%", "--json", "--threads", threads});
        for (Json& result : json) result.erase("requests_per_second");
        return json;
    };
    const Json alone = counts("1");
    ASSERT_EQ(alone.size(), 36u);
    EXPECT_EQ(counts("3"), alone);
    EXPECT_EQ(counts("40"), alone);
}

TEST_F(LabCache, DrawsMissRatioCurves) {
    const std::string file = random_trace();
    const Outcome drawn = run({"--trace", file, "--policy", "lru,sieve", "--mrc"});
    EXPECT_EQ(drawn.code, kDone) << drawn.err;
    const std::string page = read_text(folder_.path() / "mrc.html");
    EXPECT_NE(page.find("<svg"), std::string::npos);
    EXPECT_NE(page.find("sieve"), std::string::npos);
    EXPECT_EQ(page.find("src=\"http"), std::string::npos);

    const Json points = results({"--trace", file, "--policy", "lru,sieve", "--mrc", "c.html", "--json"});
    const Json runs = results({"--trace", file, "--policy", "lru,sieve", "--capacity",
                               std::to_string(points[20]["capacity_bytes"].get<uint64_t>()), "--json"});
    EXPECT_EQ(points[20]["object_miss_ratio"], runs[0]["object_miss_ratio"]);
    EXPECT_EQ(points[60]["object_miss_ratio"], runs[1]["object_miss_ratio"]) << "a small trace is not sampled";
    EXPECT_EQ(folder_.contents(), (std::vector<std::string>{"c.html", "mrc.html", "random.oracleGeneral"}));

    const Outcome both = run({"--trace", file, "--policy", "lru", "--capacity", "10%", "--mrc", "d.html"});
    EXPECT_NE(both.out.find("10%"), std::string::npos);
    EXPECT_NE(both.out.find("d.html"), std::string::npos);
}

TEST_F(LabCache, RefusesWhatIsWrong) {
    const std::string good = folder_.write("good.csv", "0,a,1\n");
    const std::string damaged = folder_.write("damaged.csv", "0,a,1\n-5,a,1\n");
    const std::string cut = folder_.write("cut.bin", std::string(25, '\0'));
    const struct {
        std::vector<std::string> args;
        std::string says;
    } cases[] = {
        {{}, "without --trace"},
        {{"--trace", good}, "without --policy"},
        {{"--trace", good, "--policy", "lru"}, "without --capacity"},
        {{"--trace", good, "--policy", "lur", "--capacity", "1"}, "lru"},
        {{"--trace", good, "--policy", "lru,", "--capacity", "1"}, "commas"},
        {{"--trace", good, "--policy", "lru", "--capacity", "0"}, "`--capacity 0`"},
        {{"--trace", good, "--policy", "lru", "--capacity", "-1"}, "`--capacity -1`"},
        {{"--trace", good, "--policy", "lru", "--capacity", "101%"}, "`--capacity 101%`"},
        {{"--trace", good, "--policy", "lru", "--capacity", "nan%"}, "`--capacity nan%`"},
        {{"--trace", good, "--policy", "lru", "--capacity", "1%"}, "at least one byte"},
        {{"--trace", good, "--policy", "lru", "--capacity", "1kB", "--ignore-size"}, "objects"},
        {{"--trace", good, "--policy", "lru", "--capacity", "1", "--format", "cvs"}, "csv"},
        {{"--trace", good, "--policy", "lru", "--capacity", "1", "--admission", "size"}, "size:BYTES"},
        {{"--trace", good, "--policy", "lru", "--capacity", "1", "--admission", "probability:nan"}, "probability:P"},
        {{"--trace", good, "--policy", "lru", "--capacity", "1", "--sample-rate", "0.1"}, "--mrc"},
        {{"--trace", good, "--policy", "lru", "--capacity", "1", "stray.html"}, "--mrc"},
        {{"--trace", "missing.csv", "--policy", "lru", "--capacity", "1"}, "missing.csv"},
        {{"--trace", damaged, "--policy", "lru", "--capacity", "1"}, "line 2"},
        {{"--trace", cut, "--policy", "lru", "--capacity", "1"}, "record 1"},
    };
    for (const auto& [args, says] : cases) {
        const Outcome outcome = run(args);
        EXPECT_EQ(outcome.code, kBadInput) << says;
        EXPECT_NE(outcome.err.find(says), std::string::npos) << outcome.err;
        EXPECT_EQ(outcome.out, "");
    }
    EXPECT_EQ(run({"--trace", good, "--policy", "lru", "--mrc", "no/such/folder.html"}).code, kMachineRefused);
}

TEST_F(LabCache, HasAHelpTextThatFits) {
    const Outcome help = run_matinee({"help", "lab", "cache"}, folder_.path());
    EXPECT_EQ(help.code, kDone);
    EXPECT_EQ(help.out, run({"--help"}).out);
    EXPECT_NE(help.out.find("matinee lab cache"), std::string::npos);
    EXPECT_EQ(run_matinee({"lab"}, folder_.path()).out, run_matinee({"help", "lab"}, folder_.path()).out);
    EXPECT_EQ(run_matinee({"lab", "cahce"}, folder_.path()).code, kBadInput);
}

TEST(RunParallel, CallsEachJobOnceAndRethrowsTheFirstError) {
    std::vector<int> calls(1000);
    run_parallel(calls.size(), 7, [&](size_t job) { ++calls[job]; });
    EXPECT_EQ(calls, std::vector<int>(1000, 1));
    run_parallel(0, 7, [](size_t) { FAIL(); });
    EXPECT_THROW(run_parallel(50, 3,
                              [](size_t job) {
                                  if (job == 20) throw std::out_of_range("twenty");
                              }),
                 std::out_of_range);
}

}  // namespace
}  // namespace matinee::cli
