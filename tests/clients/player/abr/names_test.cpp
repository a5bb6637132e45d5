#include "clients/player/abr/names.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace matinee::abr {

TEST(RuleNames, GoBothWays) {
    const std::set<std::string> expected = {"constant",    "throughput", "bola",        "bolae",      "dynamic",
                                            "dynamicdash", "bba",        "robust-mpc",  "rate-check", "ratio-1.5",
                                            "bands",       "halving",    "ladder-steps"};
    std::set<std::string> names;
    for (const RuleInfo& info : rules()) {
        names.emplace(info.name);
        EXPECT_EQ(name_of(info.rule), info.name);
        EXPECT_EQ(rule_named(info.name), info.rule);
        EXPECT_FALSE(info.text.empty());
    }
    EXPECT_EQ(names, expected);
    EXPECT_EQ(rules().size(), expected.size());
}

TEST(RuleNames, AreExact) {
    EXPECT_EQ(rule_named("BOLA"), std::nullopt);
    EXPECT_EQ(rule_named("bol"), std::nullopt);
    EXPECT_EQ(rule_named(""), std::nullopt);
}

}  // namespace matinee::abr
