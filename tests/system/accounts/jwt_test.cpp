#include "system/accounts/jwt.hpp"

#include <gtest/gtest.h>

#include "system/base/encoding.hpp"

namespace matinee::accounts {

static const Claims kClaims{.issuer = "matinee",
                            .user_id = "usr_1",
                            .session_id = "ses_1",
                            .token_id = "jti_1",
                            .issued_at = 1'795'204'800 * kSecond,
                            .expires_at = 1'795'205'700 * kSecond};

static const std::string kHeader = R"({"alg":"EdDSA","typ":"JWT","kid":"k"})";
static const std::string kBody = R"({"iss":"i","sub":"u","sid":"s","jti":"j","iat":1,"exp":2})";

static bool parses(const std::string& header, const std::string& body) {
    return parse_token(to_base64url(header) + "." + to_base64url(body) + "." + to_base64url("signature")).has_value();
}

TEST(Jwt, ReadsWhatItWrites) {
    const std::string to_sign = token_to_sign("key_1", kClaims);
    const std::optional<ParsedToken> parsed = parse_token(signed_token(to_sign, "bytes"));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->key_id, "key_1");
    EXPECT_EQ(parsed->claims, kClaims);
    EXPECT_EQ(parsed->to_sign, to_sign);
    EXPECT_EQ(parsed->signature, "bytes");
    EXPECT_EQ(from_base64url(to_sign.substr(0, to_sign.find('.'))), R"({"alg":"EdDSA","typ":"JWT","kid":"key_1"})");
}

TEST(Jwt, ForgedHeadersAreRefused) {
    EXPECT_TRUE(parses(kHeader, kBody));
    for (const char* header :
         {R"({"alg":"none","typ":"JWT","kid":"k"})", R"({"alg":"HS256","typ":"JWT","kid":"k"})",
          R"({"alg":"eddsa","typ":"JWT","kid":"k"})", R"({"alg":"ES256","typ":"JWT","kid":"k"})",
          R"({"alg":["EdDSA"],"typ":"JWT","kid":"k"})", R"({"typ":"JWT","kid":"k"})", R"({"alg":"EdDSA","typ":"JWT"})",
          R"({"alg":"EdDSA","kid":"k","typ":"at"})", R"({"alg":"EdDSA","typ":"JWT","kid":7})",
          R"({"alg":"EdDSA","alg":"EdDSA","typ":"JWT","kid":"k"})",
          R"({"alg":"EdDSA","typ":"JWT","kid":"k","crit":["x"]})", R"({"alg":"EdDSA","typ":"JWT","kid":"k","jwk":{}})",
          "", "{}", "[]", "null", "\xff"})
        EXPECT_FALSE(parses(header, kBody)) << header;
}

TEST(Jwt, IncompleteOrOddClaimsAreRefused) {
    for (const char* body :
         {R"({"sub":"u","sid":"s","jti":"j","iat":1,"exp":2})", R"({"iss":"i","sub":"u","sid":"s","jti":"j","iat":1})",
          R"({"iss":"i","sub":"u","sid":"s","jti":"j","iat":1,"exp":"2"})",
          R"({"iss":"i","sub":"u","sid":"s","jti":"j","iat":1,"exp":2.5})",
          R"({"iss":"i","sub":"u","sid":"s","jti":"j","iat":1,"exp":1e300})",
          R"({"iss":"i","sub":"u","sid":"s","jti":"j","iat":1,"exp":9223372036854775807})",
          R"({"iss":"i","sub":"u","sid":"s","jti":"j","iat":-1,"exp":2})",
          R"({"iss":"i","sub":"u","sub":"v","sid":"s","jti":"j","iat":1,"exp":2})", "[]", ""})
        EXPECT_FALSE(parses(kHeader, body)) << body;
}

TEST(Jwt, OtherShapesAreRefused) {
    const std::string good = to_base64url(kHeader) + "." + to_base64url(kBody) + "." + to_base64url("signature");
    ASSERT_TRUE(parse_token(good));
    for (const std::string& bad : {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), good + ".",
                                   good + "." + to_base64url("more"), good + "=", "." + good,
                                   good.substr(0, good.size() - 1), good + std::string(kLongestToken, 'A')})
        EXPECT_FALSE(parse_token(bad)) << bad;
    EXPECT_FALSE(parse_token(to_base64url(kHeader) + "." + to_base64url(kBody)));
}

}  // namespace matinee::accounts
