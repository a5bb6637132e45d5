#include "simulator/scenario/json_text.hpp"

#include "tests/simulator/scenario/helpers.hpp"

namespace matinee::scenario {

static Value json(std::string_view text) {
    return parse_json(text, std::make_shared<Source>(Source{"x.json", "folder"}));
}

static std::string where(std::string_view text) {
    return refused([&] { json(text); }).path;
}

TEST(JsonText, RemembersLines) {
    const Value value = json("// first\n{\"a\": 1,\n \"b\": [true,\n\n  2.5\n],\n\"c\": {}\n}");
    EXPECT_EQ(value.origin.line, 2u);
    EXPECT_EQ(value.find("a")->origin.line, 2u);
    EXPECT_EQ(value.find("b")->origin.line, 3u);
    EXPECT_EQ(value.find("b")->items[0].origin.line, 3u);
    EXPECT_EQ(value.find("b")->items[1].origin.line, 5u);
    EXPECT_EQ(value.find("c")->origin.line, 7u);
    EXPECT_EQ(value.find("c")->origin.shown(), "x.json:7");
}

TEST(JsonText, KeepsNumbersExactly) {
    EXPECT_EQ(json("18446744073709551615").magnitude, UINT64_MAX);
    EXPECT_TRUE(json("18446744073709551615").is(Value::Kind::Whole));
    EXPECT_TRUE(json("-3").negative);
    EXPECT_EQ(json("-3").number, -3);
    EXPECT_TRUE(json("1e3").is(Value::Kind::Real));
    for (const char* text :
         {"0.1", "18446744073709551615", "-9223372036854775808", "1e-300", "[1,2.5,\"a\\n\",null,{}]"})
        EXPECT_EQ(json_line(json(json_line(json(text)))), json_line(json(text)));
    EXPECT_EQ(json_line(json("-9223372036854775808")), "-9223372036854775808");
}

TEST(JsonText, CommentsOfBothKinds) { EXPECT_EQ(json_line(json("/* a \n b */ [1, // one\n 2 /* two */]")), "[1,2]"); }

TEST(JsonText, SaysWhereItFails) {
    EXPECT_EQ(where(""), "line 1, column 1");
    EXPECT_EQ(where("{\"a\": 1,\n  \"a\": 2}"), "line 2, column 3");
    EXPECT_EQ(where("[1,\n2,\n]"), "line 3, column 1");
    EXPECT_EQ(where("\"\xc3\x28\""), "line 1, column 2");
    EXPECT_EQ(where("[\n1e400]"), "line 2, column 5");
    EXPECT_EQ(where(std::string(65, '[')), "line 1, column 65");
    EXPECT_EQ(where("{} // \xff"), "line 1, column 7");
}

TEST(JsonText, DepthOfSixtyFourIsEnough) {
    const Value deep = json(std::string(64, '[') + std::string(64, ']'));
    EXPECT_TRUE(deep.is(Value::Kind::List));
}

TEST(JsonText, KnowsUtf8) {
    EXPECT_EQ(malformed_utf8("grüße €𝄞"), std::string::npos);
    EXPECT_EQ(malformed_utf8("a\x80"), 1u);             // a continuation alone
    EXPECT_EQ(malformed_utf8("\xc0\x80"), 0u);          // overlong
    EXPECT_EQ(malformed_utf8("\xe0\x9f\x80"), 0u);      // overlong
    EXPECT_EQ(malformed_utf8("ab\xed\xa0\x80"), 2u);    // a surrogate
    EXPECT_EQ(malformed_utf8("\xf4\x90\x80\x80"), 0u);  // beyond U+10FFFF
    EXPECT_EQ(malformed_utf8("\xe2\x82"), 0u);          // cut off
}

TEST(JsonText, PagesAreTheSameValue) {
    const std::string text = small();
    EXPECT_EQ(json_line(json(json_pages(json(text)))), json_line(json(text)));
}

TEST(JsonText, ShowsValuesShortly) {
    EXPECT_EQ(shown(json("[1, 2]")), "a list of 2");
    EXPECT_EQ(shown(json("{\"a\": 1, \"b\": 2}")), "an object with a, b");
    EXPECT_EQ(shown(json("\"x\"")), "\"x\"");
    EXPECT_LT(shown(Value::string(std::string(1000, 'x'))).size(), 70u);
    EXPECT_EQ(malformed_utf8(shown(Value::string(std::string(55, 'x') + "€€€"))), std::string::npos);
}

}  // namespace matinee::scenario
