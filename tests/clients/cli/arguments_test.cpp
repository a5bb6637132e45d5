#include "clients/cli/arguments.hpp"

#include <gtest/gtest.h>

#include "system/base/errors.hpp"

namespace matinee::cli {

static const Syntax kSyntax = {.command = "run",
                               .flags = {"--json"},
                               .valued = {"--out", "--threads"},
                               .repeated = {"--set"},
                               .word = "FILE",
                               .least_words = 1,
                               .most_words = 1};

static Arguments parse(const std::vector<std::string>& words) { return Arguments(kSyntax, words); }

static InputError refusal(const std::vector<std::string>& words) {
    try {
        parse(words);
    } catch (const InputError& error) {
        return error;
    }
    ADD_FAILURE() << "accepted";
    return InputError({});
}

TEST(Arguments, OptionsStandAnywhereAndInBothForms) {
    const Arguments arguments = parse({"--set", "a=1", "world.json", "--json", "--set=b=2", "--out", "-"});
    EXPECT_EQ(arguments.words(), std::vector<std::string>{"world.json"});
    EXPECT_EQ(arguments.values("--set"), (std::vector<std::string>{"a=1", "b=2"}));
    EXPECT_EQ(arguments.value("--out"), "-");
    EXPECT_TRUE(arguments.has("--json"));
    EXPECT_FALSE(arguments.has("--threads"));
}

TEST(Arguments, TwoDashesEndTheOptions) {
    EXPECT_EQ(parse({"--", "--json"}).words(), std::vector<std::string>{"--json"});
    EXPECT_FALSE(parse({"--", "--json"}).has("--json"));
}

TEST(Arguments, MisspeltOptionsNameTheNearest) {
    EXPECT_EQ(refusal({"f", "--thread", "2"}).where.suggestion, "--threads");
    EXPECT_EQ(refusal({"f", "--jsn"}).where.suggestion, "--json");
    EXPECT_EQ(refusal({"f", "--utterly-other"}).where.suggestion, "matinee help run");
    EXPECT_NE(refusal({"f", "-x"}).where.expected.find("--threads"), std::string::npos);
}

TEST(Arguments, WordsAreCounted) {
    EXPECT_EQ(refusal({}).where.expected, "matinee run FILE");
    EXPECT_EQ(refusal({"one", "two"}).where.found, "`two`");
}

TEST(Arguments, ValuesAreNeitherMissingNorSurplusNorDouble) {
    EXPECT_NE(refusal({"f", "--out"}).where.found.find("without a value"), std::string::npos);
    EXPECT_EQ(refusal({"f", "--json=yes"}).where.found, "`--json=yes`");
    EXPECT_EQ(refusal({"f", "--out", "a", "--out", "b"}).where.found, "`--out` twice");
}

TEST(Arguments, NumbersAreWholeAndWithinBounds) {
    EXPECT_EQ(parse({"f", "--threads", "3"}).number("--threads", 1, 256), 3u);
    EXPECT_EQ(parse({"f"}).number("--threads", 1, 256), std::nullopt);
    for (const char* text : {"0", "257", "-1", "1.5", "two", "", " 2", "2x", "99999999999999999999999"})
        EXPECT_THROW(parse({"f", std::string("--threads=") + text}).number("--threads", 1, 256), InputError) << text;
    EXPECT_EQ(parse({"f", "--threads=18446744073709551615"}).number("--threads", 0, UINT64_MAX), UINT64_MAX);
}

}  // namespace matinee::cli
