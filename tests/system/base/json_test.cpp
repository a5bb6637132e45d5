#include "system/base/json.hpp"

#include <gtest/gtest.h>

namespace matinee {

static std::string again(std::string_view text) { return to_text(Json::parse(text)); }

TEST(Json, RoundTrips) {
    for (const char* text :
         {"null", "true", "false", "0", "-7", "9223372036854775807", "-9223372036854775808", "0.5", "1e+300", "\"\"",
          "\"a b\"", "[]", "{}", "[1,[2,[]],{\"a\":null}]", "{\"z\":1,\"a\":{\"b\":[true]}}", "\"Gr\u00fc\u00dfe\""})
        EXPECT_EQ(again(text), text);
}

TEST(Json, BlanksEscapesAndNumbers) {
    EXPECT_EQ(again(" \t\r\n{ \"a\" : [ 1 , 2 ] } "), "{\"a\":[1,2]}");
    EXPECT_EQ(*Json::parse(R"("\"\\\/\b\f\n\r\t\u0041\u00fc\u65e5\ud83c\udfac")").text(),
              "\"\\/\b\f\n\r\tA\u00fc\u65e5\U0001f3ac");
    EXPECT_EQ(again("\"a\\u0001\\n\""), "\"a\\u0001\\u000a\"");
    EXPECT_EQ(*Json::parse("9223372036854775808").real(), 9223372036854775808.0);
    EXPECT_EQ(*Json::parse("-0").integer(), 0);
    EXPECT_EQ(*Json::parse("2.5E-1").real(), 0.25);
    EXPECT_EQ(*Json::parse("1e-999").real(), 0.0);
    EXPECT_EQ(JsonOut().real(0.1).take(), "0.1");
    EXPECT_EQ(JsonOut().real(1.0 / 0.0).take(), "null");
}

TEST(Json, RefusesWhatIsNotJson) {
    for (const char* bad : {"",
                            " ",
                            "nul",
                            "tru",
                            "+1",
                            "01",
                            "-",
                            "1.",
                            ".5",
                            "1e",
                            "1e+",
                            "NaN",
                            "Infinity",
                            "'a'",
                            "\"a",
                            "\"\\x\"",
                            "\"\\u12\"",
                            "\"\\u12g4\"",
                            "\"\\ud800\"",
                            "\"\\ud800\\u0041\"",
                            "\"\\udc00\"",
                            "\"a\nb\"",
                            "[1,]",
                            "[1 2]",
                            "[",
                            "{",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{a:1}",
                            "{\"a\":1,}",
                            "{\"a\":1,\"a\":2}",
                            "1 2",
                            "[]]",
                            "// no\n1",
                            "1e999",
                            "-1e999",
                            "\xff",
                            "\"\xc0\xaf\"",
                            "\"\\"})
        EXPECT_THROW(Json::parse(bad), JsonError) << bad;
    EXPECT_THROW(Json::parse(std::string_view("\"a\0b\"", 5)), JsonError);
}

TEST(Json, DepthIsBounded) {
    const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_NO_THROW(Json::parse(nested(32)));
    EXPECT_THROW(Json::parse(nested(33)), JsonError);
    EXPECT_THROW(Json::parse(std::string(1'000'000, '[')), JsonError);
    EXPECT_THROW(Json::parse(nested(3), 2), JsonError);
}

TEST(Json, FindsMembersByTheirType) {
    const Json json = Json::parse(R"({"name":"Ada","age":36,"tags":["a","b"],"on":true,"gone":null})");
    ASSERT_NE(json.find("name"), nullptr);
    EXPECT_EQ(*json.find("name")->text(), "Ada");
    EXPECT_EQ(json.find("name")->integer(), nullptr);
    EXPECT_EQ(*json.find("age")->integer(), 36);
    EXPECT_EQ(json.find("tags")->array()->size(), 2u);
    EXPECT_TRUE(*json.find("on")->flag());
    EXPECT_TRUE(json.find("gone")->is_null());
    EXPECT_EQ(json.find("Name"), nullptr);
    EXPECT_EQ(Json::parse("[]").find("name"), nullptr);
    EXPECT_EQ(Json::parse("{\"a\":1}"), Json::parse(" {\"a\" : 1}"));
}

TEST(Json, WritesInOrder) {
    JsonOut out;
    out.object().text("a", "x\"y").integer("b", -1).key("c").array().integer(1).flag(false).null().end();
    out.key("d").object().end().flag("e", true).key("f").raw("[0]").end();
    EXPECT_EQ(out.take(), R"({"a":"x\"y","b":-1,"c":[1,false,null],"d":{},"e":true,"f":[0]})");
}

TEST(Json, NoErrorLiesBehindTheText) {
    const std::string whole = R"({"a\n\u00fc\ud83c\udfac":[1,-2.5e3,true,null,"x"]})";
    for (size_t size = 0; size < whole.size(); ++size) {
        try {
            Json::parse(whole.substr(0, size));
            ADD_FAILURE() << whole.substr(0, size);
        } catch (const JsonError& error) {
            EXPECT_LE(error.offset, size) << whole.substr(0, size);
        }
    }
}

/// Texts are looked at many characters at a time, so what is special may hide at any place of any length.
TEST(Json, EscapesAtEveryPlaceOfEveryLength) {
    for (size_t length = 1; length <= 40; ++length)
        for (size_t place = 0; place < length; ++place)
            for (const char special : {'"', '\\', '\0', '\x1f', ' ', '\x7f'}) {
                std::string text(length, 'x');
                text[place] = special;
                std::string written = "\"";
                for (const char c : text) {
                    if (c == '"' || c == '\\') written += '\\';
                    if (uint8_t(c) < 0x20)
                        written += c == '\0' ? "\\u0000" : "\\u001f";
                    else
                        written += c;
                }
                written += '"';
                EXPECT_EQ(JsonOut().text(text).take(), written);
                EXPECT_EQ(*Json::parse(written).text(), text);
            }
}

TEST(Json, WhatIsWrittenReadsAsTheSame) {
    for (const char* text : {"-2.5e3", "1e3", "0.0", "-0.0", "1e300", "1e-300", "0.1", "9007199254740993.0", "-7",
                             "9223372036854775807"}) {
        const Json json = Json::parse(text);
        EXPECT_EQ(Json::parse(to_text(json)), json) << text << " becomes " << to_text(json);
    }
}

}  // namespace matinee
