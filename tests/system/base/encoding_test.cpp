#include "system/base/encoding.hpp"

#include <gtest/gtest.h>

namespace matinee {

using namespace std::string_literals;

TEST(Encoding, Hex) { EXPECT_EQ(to_hex("\x00\x7f\xff M"s), "007fff204d"); }

// RFC 4648 section 10, without padding.
TEST(Encoding, Base64OfTheRfc) {
    const std::pair<std::string, std::string> vectors[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(to_base64url(bytes), text);
        EXPECT_EQ(from_base64url(text), bytes);
    }
    EXPECT_EQ(to_base64url("\xfb\xff\xbf"s), "-_-_");
}

TEST(Encoding, Base64RoundTripsEveryByte) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += char(i);
        EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    }
}

TEST(Encoding, Base64HasOneSpelling) {
    for (const char* bad : {"Zg==", "Z", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", "Zm9vY"})
        EXPECT_EQ(from_base64url(bad), std::nullopt) << bad;
}

TEST(Encoding, Utf8) {
    for (const char* good :
         {"", "abc", "Grüße", "\xe6\x97\xa5", "\xf0\x9f\x8e\xac", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_utf8(good)) << good;
    // Alone, cut short, overlong, surrogate, beyond the last code point, bytes that never occur.
    for (const char* bad :
         {"\x80", "a\xc3", "\xe6\x97", "\xf0\x9f\x8e", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf",
          "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3("})
        EXPECT_FALSE(is_utf8(bad)) << to_hex(bad);
}

TEST(Encoding, ConstantTimeEquality) {
    EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
    EXPECT_FALSE(equal_in_constant_time("secret", "secreT"));
    EXPECT_FALSE(equal_in_constant_time("secret", "secre"));
    EXPECT_TRUE(equal_in_constant_time("", ""));
}

}  // namespace matinee
