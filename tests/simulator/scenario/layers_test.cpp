// Includes, variables and --set: what a scenario is before its meaning is read.
#include "tests/simulator/scenario/helpers.hpp"

namespace matinee::scenario {

TEST(Includes, TheIncludingFileWinsAndLaterOnesOverEarlier) {
    const std::map<std::string, std::string> files{
        {"a.json", R"({"catalog": {"titles": 10, "seasons_max": 2, "episodes_per_season": 5}, "seed": 1})"},
        {"b.json", R"({"catalog": {"titles": 20, "seasons_max": 3}, "seed": 2})"}};
    const Scenario s = parse(small(R"("include": ["a.json", "b.json"], "seed": 3,)"), {}, files);
    EXPECT_EQ(s.seed, 3u);
    EXPECT_EQ(s.catalog.titles, 20u);
    EXPECT_EQ(s.catalog.seasons_max, 3u);
    EXPECT_EQ(s.catalog.episodes_per_season, 5u);
}

TEST(Includes, ListsAreReplacedAndNullTakesAway) {
    const std::map<std::string, std::string> files{
        {"a.json", R"({"catalog": {"ladder": ["1 Mbps", "2 Mbps"], "titles": 7}, "seed": 5})"}};
    const Scenario s =
        parse(small(R"("include": ["a.json"], "seed": null, "catalog": {"ladder": ["3 Mbps"]},)"), {}, files);
    EXPECT_EQ(s.catalog.ladder, std::vector<Kbps>{3000});
    EXPECT_EQ(s.catalog.titles, 7u);
    EXPECT_EQ(s.seed, 1u);
}

TEST(Includes, AreRelativeToTheirFile) {
    const std::map<std::string, std::string> files{{"presets/a.json", R"({"include": ["deep/b.json", "../c.json"]})"},
                                                   {"presets/deep/b.json", R"({"seed": 11})"},
                                                   {"c.json", R"({"catalog": {"titles": 12}})"}};
    const Scenario s = parse(small(R"("include": ["presets/a.json"],)"), {}, files);
    EXPECT_EQ(s.seed, 11u);
    EXPECT_EQ(s.catalog.titles, 12u);
}

TEST(Includes, ErrorsNameTheFileTheyAreIn) {
    const std::map<std::string, std::string> files{{"presets/a.json", "{\n \"catalog\": {\"titls\": 7}}"}};
    const auto where = refused_text(small(R"("include": ["presets/a.json"],)"), {}, files);
    EXPECT_EQ(where.file, "presets/a.json:2");
    EXPECT_EQ(where.path, "catalog.titls");
    EXPECT_EQ(where.suggestion, "did you mean \"titles\"?");
}

TEST(Includes, TwiceIsNoCycleButACycleIs) {
    std::map<std::string, std::string> files{{"a.json", R"({"include": ["c.json"]})"},
                                             {"b.json", R"({"include": ["./c.json"]})"},
                                             {"c.json", R"({"seed": 4})"}};
    EXPECT_EQ(parse(small(R"("include": ["a.json", "b.json"],)"), {}, files).seed, 4u);
    files["c.json"] = R"({"include": ["x/../a.json"]})";
    const auto where = refused_text(small(R"("include": ["a.json"],)"), {}, files);
    EXPECT_EQ(where.file, "c.json:1");
    EXPECT_EQ(where.path, "include[0]");
    EXPECT_EQ(where.found, "a cycle: a.json -> c.json -> a.json");
}

TEST(Includes, DepthAndNumberAreBounded) {
    std::map<std::string, std::string> chain, fan;
    for (int i = 0; i < 20; ++i)
        chain["f" + std::to_string(i) + ".json"] = R"({"include": ["f)" + std::to_string(i + 1) + R"(.json"]})";
    EXPECT_NE(refused_text(small(R"("include": ["f0.json"],)"), {}, chain).found.find("too many includes"),
              std::string::npos);
    for (int i = 0; i < 8; ++i) {  // each includes the next three times: 3^8 files
        const std::string next = "\"g" + std::to_string(i + 1) + ".json\"";
        fan["g" + std::to_string(i) + ".json"] = "{\"include\": [" + next + "," + next + "," + next + "]}";
    }
    fan["g8.json"] = "{}";
    EXPECT_NE(refused_text(small(R"("include": ["g0.json"],)"), {}, fan).found.find("too many includes"),
              std::string::npos);
}

TEST(Includes, VariablesAreNotKnownYet) {
    const auto where = refused_text(small(R"("vars": {"x": "a"}, "include": ["${x}.json"],)"));
    EXPECT_EQ(where.path, "include[0]");
}

TEST(Variables, StandForTheirValueOrTheirText) {
    const Scenario s = parse(small(R"("vars": {"n": 42, "rate": 3, "on": true, "list": ["1 Mbps", "${rate} Mbps"],
        "word": "evening"}, "seed": "${n}", "name": "an ${word} in ${n}, ${on}",
        "catalog": {"titles": "${n}", "ladder": "${list}"}, "outputs": {"csv": "${on}"},)"));
    EXPECT_EQ(s.seed, 42u);
    EXPECT_EQ(s.name, "an evening in 42, true");
    EXPECT_EQ(s.catalog.ladder, (std::vector<Kbps>{1000, 3000}));
    EXPECT_TRUE(s.outputs.csv);
}

TEST(Variables, UnusedOnesOfAnyTypeAreFine) {
    EXPECT_NO_THROW(parse(small(R"("vars": {"what ever": {"x": [1, null]}, "": 1},)")));
    EXPECT_EQ(parse(small(R"("vars": null,)")).seed, 1u);
}

TEST(Variables, NullIsTheDefault) {
    EXPECT_EQ(parse(small(R"("vars": {"t": null}, "catalog": {"titles": "${t}"},)")).catalog.titles, 1000u);
}

TEST(Variables, AreRefusedWhereTheyMakeNoSense) {
    EXPECT_EQ(refused_text(small(R"("vars": {"l": [1]}, "name": "x ${l}",)")).path, "name");
    EXPECT_EQ(refused_text(small(R"("name": "x ${l",)")).path, "name");
    EXPECT_EQ(refused_text(small(R"("name": "${l}",)")).expected, "a variable of \"vars\", which there are none of");
    EXPECT_EQ(refused_text(small(R"("vars": {"d": "$", "x": 1}, "name": "${d}{x}",)")).path, "name");
    EXPECT_EQ(refused_text(small(R"("vars": 3,)")).path, "vars");
    EXPECT_EQ(refused_text(small(R"("vars": {"a": "${a}"},)")).path, "vars.a");
    EXPECT_EQ(refused_text(small(R"("vars": {"a": "${b}"},)")).path, "vars.a");
}

TEST(Variables, ErrorsNameWhereTheValueWasWritten) {
    const auto where =
        refused_text("{\n\"vars\":\n{\"d\": \"1 GB\"},\n" + small(R"("catalog": {"segment": "${d}"},)").substr(1));
    EXPECT_EQ(where.file, "scenario.json:3");
    EXPECT_EQ(where.path, "catalog.segment");
}

TEST(Variables, CannotGrowWithoutBound) {
    std::string vars = "\"v0\": \"" + std::string(1000, 'x') + "\"";
    for (int i = 1; i < 40; ++i) {
        const std::string before = "${v" + std::to_string(i - 1) + "}";
        vars += ", \"v" + std::to_string(i) + "\": \"" + before + before + "\"";
    }
    EXPECT_NE(refused_text(small("\"vars\": {" + vars + "},")).found.find("bytes once variables"), std::string::npos);
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "\"d" + std::to_string(i) + "\": [\"${d" + std::to_string(i + 1) + "}\"], ";
    EXPECT_NE(refused_text(small("\"vars\": {" + deep + "\"d100\": 1},")).found.find("levels once variables"),
              std::string::npos);
}

TEST(Set, ReachesEverything) {
    const std::vector<std::string> sets{"vars.peak=1000",
                                        "cdn.nodes[0].nic=25 Gbps",
                                        "populations[0].abr=bba",
                                        "populations[0].player.buffer_target=20s",
                                        "transport.keep_alive=5s",
                                        "catalog.ladder[1]=2 Mbps",
                                        "devices[2].max_bitrate=2 Mbps",
                                        "name=12",
                                        "thresholds=[{\"metric\": \"origin_offload\", \"min\": 0.5}]"};
    const auto text =
        small(R"("vars": {"peak": 5}, "seed": "${peak}", "catalog": {"ladder": ["1 Mbps", "1.5 Mbps"]},)");
    EXPECT_EQ(refused_text(text, sets).path, "name");  // 12 is JSON, and a name is text
    std::vector<std::string> good = sets;
    good[7] = "name=\"12\"";
    const Scenario s = parse(text, good);
    EXPECT_EQ(s.seed, 1000u);
    EXPECT_EQ(s.cdn.nodes[0].nic_kbps, 25'000'000u);
    EXPECT_EQ(s.populations[0].player.rule, abr::Rule::Bba);
    EXPECT_EQ(s.populations[0].player.buffer_target, 20 * kSecond);
    EXPECT_EQ(s.transport.keep_alive, 5 * kSecond);
    EXPECT_EQ(s.catalog.ladder[1], 2000u);
    EXPECT_EQ(s.devices[2].max_bitrate, 2000u);
    EXPECT_EQ(s.name, "12");
    EXPECT_EQ(s.thresholds.size(), 1u);
}

TEST(Set, LaterOnesWinAndMayUseVariables) {
    const Scenario s = parse(small(R"("vars": {"peak": 5},)"), {"seed=1", "seed=${peak}", "vars.peak=9"});
    EXPECT_EQ(s.seed, 9u);
}

TEST(Set, NullIsTheDefault) {
    EXPECT_EQ(parse(small(R"("catalog": {"titles": 5},)"), {"catalog.titles=null"}).catalog.titles, 1000u);
}

TEST(Set, ReachesIntoObjectsThatAreWrittenInShort) {
    const auto text = small(R"("populations": [{"access": {"fibre": 1}}],)");
    const Scenario s = parse(text, {"populations[0].access.4g=1", "populations[0].devices.tv=1"});
    ASSERT_EQ(s.populations[0].access.size(), 2u);
    EXPECT_EQ(s.populations[0].access[1].generator, "4g");
    EXPECT_EQ(s.populations[0].devices.size(), 1u);
    const auto where =
        refused_text(small(R"("populations": [{"access": "fibre"}],)"), {"populations[0].access.rtt=20ms"});
    EXPECT_EQ(where.found, "populations[0].access is \"fibre\"");
}

TEST(Set, APathThatNamesNothingIsRefused) {
    const auto text = small(R"("vars": {"peak": 5},)");
    const auto path_of = [&](const std::string& set) {
        const auto where = refused_text(text, {set});
        EXPECT_EQ(where.file, "--set");
        return where;
    };
    EXPECT_EQ(path_of("vars.peek=1").suggestion, "did you mean \"peak\"?");
    EXPECT_EQ(path_of("cdn.node[0].nic=1 Gbps").suggestion, "did you mean \"nodes\"?");
    EXPECT_EQ(path_of("cdn.node[0].nic=1 Gbps").path, "cdn.node[0].nic");
    EXPECT_EQ(path_of("cdn.nodes[0].nicc=1 Gbps").suggestion, "did you mean \"nic\"?");
    EXPECT_EQ(path_of("cdn.nodes[7].nic=1 Gbps").expected, "an index from 0 to 1");
    EXPECT_EQ(path_of("cdn.nodes.edge.nic=1 Gbps").path, "cdn.nodes.edge.nic");
    EXPECT_EQ(path_of("time[0]=1").path, "time[0]");
    EXPECT_EQ(path_of("seed.x=1").path, "seed.x");
    EXPECT_EQ(path_of("populations[0].access.fiber=1").suggestion, "did you mean \"fibre\"?");
    EXPECT_EQ(path_of("include=[]").path, "include");
    EXPECT_EQ(refused_text(small(), {"vars.peak=1"}).path, "vars.peak");
}

TEST(Set, AMalformedArgumentIsRefused) {
    for (const char* argument : {"", "seed", "=3", "a..b=1", ".seed=1", "a.=1", "cdn.nodes[x].nic=1", "cdn.nodes[0=1",
                                 "cdn.nodes[0]x=1", "cdn.nodes[99999999999999999999].nic=1", "seed=\xff"})
        EXPECT_EQ(refused_text(small(), {argument}).file, "--set") << argument;
}

TEST(Set, ErrorsInTheValueNameSet) {
    const auto where = refused_text(small(), {"cdn.nodes[0].nic=25 GB"});
    EXPECT_EQ(where.file, "--set");
    EXPECT_EQ(where.path, "cdn.nodes[0].nic");
    EXPECT_EQ(where.found, "\"25 GB\", a size");
}

}  // namespace matinee::scenario
