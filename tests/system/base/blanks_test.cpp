#include "system/base/blanks.hpp"

#include <gtest/gtest.h>

namespace matinee {

TEST(Blanks, AreKnownInEveryAlphabet) {
    for (const char* text : {"", " ", "\t \n", "\u00a0", "\u00ad", "\u1680", "\u2000\u200d", "\u2028\u2029\u202f",
                             "\u205f\u2060", "\u3000", "\u3164", "\ufeff \ufeff"}) {
        EXPECT_TRUE(is_blank(text)) << text;
        EXPECT_EQ(has_blank(text), *text != '\0') << text;
    }
    for (const char* text :
         {"a", " a", "a ", " \u00e9", "\u2010", "\u3001", "\u3042", "\U0001f3ac", "\xe2\x80", "\xc2"})
        EXPECT_FALSE(is_blank(text)) << text;
    for (const char* text : {"a", "\u00e9", "\u2010\u3001\u3042\U0001f3ac", "\xe2\x80"})
        EXPECT_FALSE(has_blank(text)) << text;
    EXPECT_TRUE(has_blank("a\u3000b"));
}

}  // namespace matinee
