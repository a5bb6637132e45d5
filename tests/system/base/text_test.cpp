#include "system/base/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "system/base/errors.hpp"

namespace matinee {
namespace {

const std::vector<std::string> kNames{"duration", "warmup", "sample", "lru", "lfu"};

TEST(Text, FindsTheNearestSpelling) {
    EXPECT_EQ(nearest_spelling("duraton", kNames), "duration");    // one left out
    EXPECT_EQ(nearest_spelling("durattion", kNames), "duration");  // one too many
    EXPECT_EQ(nearest_spelling("dorution", kNames), "duration");   // two changed
    EXPECT_EQ(nearest_spelling("wramup", kNames), "warmup");       // two swapped
    EXPECT_EQ(nearest_spelling("sample", kNames), "sample");
}

TEST(Text, SaysNothingWhereNothingIsNear) {
    EXPECT_EQ(nearest_spelling("bandwidth", kNames), "");
    EXPECT_EQ(nearest_spelling("", kNames), "");
    EXPECT_EQ(nearest_spelling("x", std::vector<std::string>{}), "");
    EXPECT_EQ(nearest_spelling(std::string(201, 'a'), std::vector<std::string>{std::string(201, 'a')}), "");
}

TEST(Text, TheFirstOfEquallyNearOnesWins) { EXPECT_EQ(nearest_spelling("lxu", kNames), "lru"); }

TEST(Text, ListsChoices) {
    EXPECT_EQ(one_of(std::vector<std::string>{}), "");
    EXPECT_EQ(one_of(std::vector<std::string>{"a"}), "a");
    EXPECT_EQ(one_of(std::vector<std::string>{"a", "b"}), "a or b");
    EXPECT_EQ(one_of(std::vector<std::string>{"a", "b", "c"}), "a, b or c");
}

TEST(Errors, AnInputErrorTellsAllItKnowsAndNoMore) {
    const InputError whole({"s.json", "time.duration", "5", "a string with a unit", "\"5 s\""});
    EXPECT_STREQ(whole.what(),
                 "s.json: time.duration\n  found:    5\n  expected: a string with a unit\n  hint:     \"5 s\"");
    EXPECT_EQ(whole.where.path, "time.duration");
    const InputError bare({"s.json", "", "", "a file", ""});
    EXPECT_STREQ(bare.what(), "s.json\n  expected: a file");
}

}  // namespace
}  // namespace matinee
