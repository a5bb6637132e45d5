// What the command line changes, and that no shipped scenario passes while viewers give up.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "simulator/scenario/load.hpp"

namespace matinee::scenario {
namespace {

const std::string kScenarios = std::string(MATINEE_SOURCE_DIR) + "/scenarios";

TEST(Overrides, AreKeptAsTheyWereSaid) {
    LoadOptions options{.file = kScenarios + "/quickstart.json", .seed = {}, .sets = {}, .assets_dir = kScenarios};
    EXPECT_TRUE(load(options).overrides.empty());
    options.sets = {"vars.viewers=2000", "cdn.nodes[0].prefill=null"};
    options.seed = 11;
    const std::vector<std::string> expected{"vars.viewers=2000", "cdn.nodes[0].prefill=null", "seed=11"};
    EXPECT_EQ(load(options).overrides, expected);
}

TEST(Shipped, EveryScenarioBoundsHowManyLeaveBeforeTheFirstFrame) {
    size_t scenarios = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kScenarios)) {
        if (entry.path().extension() != ".json") continue;
        ++scenarios;
        const Scenario scenario =
            load({.file = entry.path().string(), .seed = {}, .sets = {}, .assets_dir = kScenarios});
        EXPECT_TRUE(std::any_of(scenario.thresholds.begin(), scenario.thresholds.end(),
                                [](const Threshold& t) { return t.metric == "exits_before_start" && t.max; }))
            << entry.path();
    }
    EXPECT_GE(scenarios, 10u);
}

}  // namespace
}  // namespace matinee::scenario
