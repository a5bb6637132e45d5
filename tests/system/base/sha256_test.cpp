#include "system/base/sha256.hpp"

#include <gtest/gtest.h>

#include "system/base/encoding.hpp"
#include "system/base/time_text.hpp"

namespace matinee {

// FIPS 180-4 examples, and the message of a million a's.
TEST(Sha256, Published) {
    EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(to_hex(sha256(std::string(1'000'000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(Sha256, HmacOfTheRfc) {
    EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// Moments from `date -u -d @N`.
TEST(TimeText, KnownMoments) {
    EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(utc_text(951'782'400 * kSecond), "2000-02-29T00:00:00.000Z");
    EXPECT_EQ(utc_text(1'795'204'800 * kSecond - 1), "2026-11-20T19:59:59.999Z");
    EXPECT_EQ(utc_text(-kMillisecond), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(utc_text(4'107'542'399 * kSecond + 125 * kMillisecond), "2100-02-28T23:59:59.125Z");
    EXPECT_EQ(http_date(784'111'777 * kSecond), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110's own example
    EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace matinee
