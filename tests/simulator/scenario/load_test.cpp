// Scenarios on disk: where paths start, the canonical form, the hash, the schema, and what is shipped.
#include "simulator/scenario/load.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "simulator/scenario/metrics.hpp"
#include "tests/simulator/scenario/helpers.hpp"
#include "tests/simulator/scenario/published_schema.hpp"
#include "tests/simulator/scenario/whole.hpp"

namespace matinee::scenario {

namespace fs = std::filesystem;

/// A folder that goes away with the test.
class Folder {
public:
    Folder() : path_(fs::temp_directory_path() / ("matinee_load_test_" + std::to_string(getpid()))) {
        fs::remove_all(path_);
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    std::string write(const std::string& name, const std::string& text) const {
        const fs::path file = path_ / name;
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        return file.string();
    }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

static Scenario load_file(const std::string& file, std::vector<std::string> sets = {}) {
    return load({.file = file, .seed = {}, .sets = std::move(sets), .assets_dir = {}});
}

static const std::string kTrace = R"([{"duration_ms": 1000, "bandwidth_kbps": 5000, "latency_ms": 20}])";
static const std::string kMovie =
    R"({"segment_duration_ms": 3000, "bitrates_kbps": [300, 900], "segment_sizes_bits": [[800000, 2400000], [1000000, 3000000]]})";

TEST(Load, PathsStartWhereTheyAreWritten) {
    const Folder folder;
    folder.write("links/one.json", kTrace);
    folder.write("presets/links/two.json", kTrace);
    folder.write("presets/links/three.json", kTrace);
    folder.write("presets/preset.json",
                 R"({"vars": {"dir": "links"}, "populations": [{"access": {"traces": "${dir}"}}]})");
    const std::string file = folder.write("s.json", small(R"("include": ["presets/preset.json"],)"));
    EXPECT_EQ(load_file(file).populations[0].access[0].traces->size(), 2u);  // the preset's
    const std::string other =
        folder.write("t.json", small(R"("include": ["presets/preset.json"], "vars": {"dir": "links"},)"));
    const Scenario own = load_file(other);  // the variable is written in t.json now
    EXPECT_EQ(own.populations[0].access[0].traces->size(), 1u);
    EXPECT_EQ(own.populations[0].access[0].name, "links");
    const fs::path before = fs::current_path();
    fs::current_path(folder.path() / "presets");
    EXPECT_EQ(load_file("../t.json", {"vars.dir=links"}).populations[0].access[0].traces->size(), 2u);
    EXPECT_EQ(
        load_file("../t.json", {"populations[0].access.traces=links/two.json"}).populations[0].access[0].traces->size(),
        1u);
    fs::current_path(before);
    // Within a longer string, the beginning decides.
    folder.write("u.json",
                 small(R"("vars": {"d": "presets"}, "populations": [{"access": {"traces": "${d}/links"}}],)"));
    EXPECT_EQ(load_file((folder.path() / "u.json").string()).populations[0].access[0].traces->size(), 2u);
}

TEST(Load, AMovieReplacesTheLadder) {
    const Folder folder;
    folder.write("m.json", kMovie);
    const std::string file = folder.write("s.json", small(R"("catalog": {"movie": "m.json"},)"));
    const Scenario s = load_file(file);
    ASSERT_TRUE(s.catalog.movie);
    EXPECT_EQ(s.catalog.ladder, (std::vector<Kbps>{300, 900}));
    EXPECT_EQ(s.catalog.segment, 3 * kSecond);
    EXPECT_EQ(refused([&] { load_file(file, {"catalog.segment=4s"}); }).path, "catalog.segment");
    EXPECT_EQ(load_file(file, {"catalog.segment=4s", "catalog.movie=null"}).catalog.segment, 4 * kSecond);
    EXPECT_EQ(refused([&] { load_file(file, {"catalog.movie=" + file}); }).file, file);  // not a movie
}

TEST(Load, TracesWithoutLatencyNeedOne) {
    const Folder folder;
    folder.write("l.csv", "time_s,kbps\n0,1000\n1,2000\n");
    const std::string file = folder.write("s.json", small(R"("populations": [{"access": {"traces": "l.csv"}}],)"));
    EXPECT_EQ(refused([&] { load_file(file); }).path, "populations[0].access.rtt");
    EXPECT_EQ(load_file(file, {"populations[0].access.rtt=30ms"}).populations[0].access[0].rtt, 30 * kMillisecond);
}

TEST(Load, OptionsAndPrices) {
    const std::string file = kScenarios + "/quickstart.json";
    const Scenario s = load({.file = file, .seed = 5, .sets = {"seed=6"}, .assets_dir = kScenarios});
    EXPECT_EQ(s.seed, 5u);
    EXPECT_EQ(s.file, file);
    EXPECT_TRUE(s.default_prices);
    EXPECT_TRUE(fs::exists(s.prices_file)) << s.prices_file;
    EXPECT_EQ(load_file(file).prices_file, "");
    const Scenario own = load_file(file, {"prices=" + kScenarios + "/prices/contract_cdn.json"});
    EXPECT_FALSE(own.default_prices);
    EXPECT_EQ(own.prices_file, kScenarios + "/prices/contract_cdn.json");
    EXPECT_NE(own.hash, s.hash);
}

TEST(Load, APipeIsNotWaitedFor) {
    const Folder folder;
    const std::string pipe = (folder.path() / "pipe.json").string();
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(refused([&] { load_file(pipe); }).found, "a pipe");
    EXPECT_EQ(refused([&] { load_file("/dev/null"); }).found, "a device");
    const std::string user = folder.write("s.json", small(R"("include": ["pipe.json"],)"));
    EXPECT_EQ(refused([&] { load_file(user); }).file, pipe);
}

TEST(Hash, IsOfTheMeaning) {
    const std::string hash = parse(small()).hash;
    EXPECT_EQ(parse(small(), {"seed=7", "name=other", "description=x"}).hash, hash);
    EXPECT_EQ(parse(small("\"vars\": {\"a\": 1}, // comment\n")).hash, hash);
    EXPECT_EQ(
        parse(
            R"({"cdn": {"nodes": [{"role": "edge", "parent": "origin", "disk": "1000 GB", "nic": "10000 Mbps", "id": "edge"},
                                          {"nic": "10 Gbps", "role": "origin", "id": "origin"}]},
                        "arrivals": {"viewers": 1e3}, "time": {"duration": "1800 s", "warmup": "0s"}})")
            .hash,
        hash);
    EXPECT_EQ(parse(small(), {"catalog.titles=1000"}).hash, hash);  // the default, said
    EXPECT_NE(parse(small(), {"catalog.titles=1001"}).hash, hash);
    EXPECT_NE(parse(small(), {"populations[0].abr=bba"}).hash, hash);
    EXPECT_NE(parse(small(), {"time.sample=11s"}).hash, hash);
}

TEST(Hash, DoesNotDependOnWhereFilesLie) {
    const Folder folder;
    const std::string text =
        small(R"("catalog": {"movie": "m.json"}, "populations": [{"access": {"traces": "links"}}],)");
    for (const std::string place : {"a/", "b/c/"}) {
        folder.write(place + "m.json", kMovie);
        folder.write(place + "links/l.json", kTrace);
        folder.write(place + "s.json", text);
    }
    const Scenario a = load_file((folder.path() / "a/s.json").string());
    EXPECT_EQ(load_file((folder.path() / "b/c/s.json").string()).hash, a.hash);
    folder.write("b/c/links/l.json", R"([{"duration_ms": 1000, "bandwidth_kbps": 5001, "latency_ms": 20}])");
    EXPECT_NE(load_file((folder.path() / "b/c/s.json").string()).hash, a.hash);
}

/// Resolved, written into another folder and loaded from there.
static void expect_fixed_point(const Scenario& scenario, const Folder& folder) {
    const std::string once = resolved_text(scenario);
    const Scenario again = load_file(folder.write("elsewhere/resolved.json", once));
    EXPECT_EQ(again.hash, scenario.hash);
    EXPECT_EQ(resolved_text(again), once);
    EXPECT_EQ(again.name, scenario.name);
    EXPECT_EQ(again.seed, scenario.seed);
    EXPECT_EQ(nlohmann::ordered_json::parse(once), resolved_json(scenario));
}

TEST(Resolved, IsAFixedPoint) {
    const Folder folder;
    expect_fixed_point(parse(small()), folder);
    expect_fixed_point(parse(kWhole), folder);
    for (const std::string& name : shipped_scenarios()) {
        SCOPED_TRACE(name);
        expect_fixed_point(
            load({.file = kScenarios + "/" + name + ".json", .seed = 77, .sets = {}, .assets_dir = kScenarios}),
            folder);
    }
}

TEST(Resolved, KeepsOddShares) {
    const Folder folder;
    for (const char* mix : {R"({"fibre": 1, "cable": 1, "dsl": 1})", R"({"fibre": 0.1, "cable": 0.7, "dsl": 0.2})",
                            R"({"fibre": "33 %", "cable": "33 %", "dsl": "33 %"})", R"({"fibre": 7, "4g": 0})"})
        expect_fixed_point(parse(small(R"("populations": [{"access": )" + std::string(mix) + "}],")), folder);
}

// --- the schema
// -------------------------------------------------------------------------------------------------------

static const PublishedSchema& schema() {
    static const PublishedSchema schema(schema_json());
    return schema;
}

TEST(PublishedSchema, IsMadeFromTheTables) {
    const std::string published = read_file(kScenarios + "/schema/scenario-1.json");
    if (published == schema_json()) return;
    const fs::path fresh = fs::temp_directory_path() / "scenario-1.json";
    std::ofstream(fresh, std::ios::binary) << schema_json();
    FAIL() << "scenarios/schema/scenario-1.json is out of date; the new one lies in " << fresh;
}

TEST(PublishedSchema, AcceptsWhatIsShipped) {
    for (const std::string& name : shipped_scenarios()) {
        const std::string file = kScenarios + "/" + name + ".json";
        EXPECT_EQ(schema().errors(read_file(file)), "") << name;
        EXPECT_EQ(schema().errors(resolved_text(load_file(file))), "") << name << ", resolved";
    }
    for (const auto& preset : fs::directory_iterator(kScenarios + "/presets"))
        EXPECT_EQ(schema().errors(read_file(preset.path().string())), "") << preset.path();
    EXPECT_EQ(schema().errors(kWhole), "");
    EXPECT_EQ(schema().errors(resolved_text(parse(kWhole))), "");
}

TEST(PublishedSchema, RefusesWhatTheReaderRefuses) {
    for (const char* more : {R"("arival": 1,)", R"("catalog": {"titels": 1},)", R"("catalog": {"titles": "many"},)",
                             R"("catalog": {"segment": 4},)", R"("catalog": {"segment": "4 MB"},)", R"("seed": -1,)",
                             R"("populations": [{"abr": "bolla"}],)", R"("populations": [{"access": {"fiber": 1}}],)",
                             R"("populations": [{"access": "fiber"}],)", R"("thresholds": [{"max": 1}],)",
                             R"("version": 2,)", R"("catalog": {"series_share": "110 GB"},)",
                             R"("faults": [{"at": "10m", "target": "edge", "kind": "down"}],)"}) {
        EXPECT_NE(schema().errors(small(more)), "") << more;
        EXPECT_FALSE(refused_text(small(more)).path.empty()) << more;
    }
    EXPECT_EQ(schema().errors(
                  small(R"("vars": {"s": "4s"}, "catalog": {"segment": "${s}", "titles": "${t}"}, "seed": null,)")),
              "");
}

// --- what is shipped
// ----------------------------------------------------------------------------------------------------

TEST(Shipped, QuickstartIsWhatItSays) {
    const Scenario s = load_file(kScenarios + "/quickstart.json");
    EXPECT_EQ(s.arrivals.viewers, 20000);
    EXPECT_TRUE(s.arrivals.steady);
    EXPECT_EQ(s.time.duration, 30 * kMinute);
    EXPECT_GE(s.regions.size(), 2u);
    EXPECT_FALSE(s.thresholds.empty());
    EXPECT_EQ(load_file(kScenarios + "/quickstart.json", {"vars.viewers=40000"}).arrivals.viewers, 40000);
}

TEST(Shipped, PremierePrefilledOrNot) {
    const std::string file = kScenarios + "/flash_premiere.json";
    EXPECT_TRUE(load_file(file).releases[0].prefill);
    EXPECT_FALSE(load_file(file, {"vars.prefill=null"}).releases[0].prefill);
}

TEST(Shipped, RecordedLinksPlaysGeneratedFiles) {
    const std::string file = kScenarios + "/recorded_links.json";
    const Scenario generated = load_file(file);
    EXPECT_EQ(generated.arrivals.viewers, 20000);
    EXPECT_TRUE(generated.catalog.movie);
    EXPECT_GT(generated.populations[0].access[0].traces->size(), 1u);
    EXPECT_EQ(generated.populations[0].access[0].traces, generated.populations[1].access[0].traces);  // read once
}

TEST(Shipped, RecordedLinksTakesRecordings) {
    const std::string file = kScenarios + "/recorded_links.json";
    const char* data = std::getenv("MATINEE_DATA");
    if (data == nullptr || !fs::exists(std::string(data) + "/traces"))
        GTEST_SKIP() << "no recorded traces: MATINEE_DATA is not set or lacks them";
    const Scenario real = load_file(
        file, {"vars.traces=" + std::string(data) + "/traces", "vars.movie=" + std::string(data) + "/abr/bbb.json"});
    EXPECT_EQ(real.populations[0].access[0].traces->size(), 126u);
    EXPECT_EQ(real.catalog.segment, 3 * kSecond);
    EXPECT_NE(real.hash, load_file(file).hash);
}

TEST(Metrics, NamesAndMeaning) {
    const std::vector<std::string> names = metric_names(parse(small()));
    EXPECT_EQ(names.size(),
              metrics().size() + 2 * group_metrics().size() + services::kOperations * operation_metrics().size());
    for (const std::string& name : names) EXPECT_NE(find_metric(name), nullptr) << name;
    EXPECT_TRUE(find_metric("startup_ms")->distribution);
    EXPECT_STREQ(find_metric("cdn.edge.byte_hit_ratio")->name, "byte_hit_ratio");
    EXPECT_EQ(find_metric("cdn.edge.startup_ms"), nullptr);
    EXPECT_EQ(find_metric("byte_hit_ratio"), nullptr);
}

}  // namespace matinee::scenario
