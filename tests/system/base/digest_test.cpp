#include "system/base/digest.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <vector>

namespace matinee {
namespace {

uint64_t digest_of(const std::vector<uint64_t>& words) {
    Digest digest;
    for (const uint64_t word : words) digest.add(word);
    return digest.value();
}

TEST(Digest, PinnedValue) {
    // Results that users have kept are compared with these.
    Digest digest;
    digest.add(uint64_t(1));
    digest.add(int64_t(-2));
    digest.add_text("matinee");
    EXPECT_EQ(digest.hex(), "732f7517ba5106b0");
}

TEST(Digest, OrderAndEveryBitCount) {
    const std::vector<uint64_t> words{1, 2, 3, 0, 5};
    std::set<uint64_t> seen{digest_of(words), digest_of({2, 1, 3, 0, 5}), digest_of({1, 2, 3, 5}), digest_of({1, 2, 3, 0, 5, 0})};
    EXPECT_EQ(seen.size(), 4u);
    for (size_t i = 0; i < words.size(); ++i) {
        for (int bit = 0; bit < 64; ++bit) {
            std::vector<uint64_t> changed = words;
            changed[i] ^= 1ull << bit;
            ASSERT_TRUE(seen.insert(digest_of(changed)).second) << i << " " << bit;
        }
    }
}

TEST(Digest, AChangedBitChangesHalfOfTheValue) {
    int flipped = 0;
    for (int bit = 0; bit < 64; ++bit) flipped += std::popcount(digest_of({7, 8, 9}) ^ digest_of({7, 8 ^ 1ull << bit, 9}));
    EXPECT_NEAR(flipped / 64.0, 32, 3);
}

TEST(Digest, TextIsDelimited) {
    Digest one, other;
    one.add_text("ab");
    one.add_text("c");
    other.add_text("a");
    other.add_text("bc");
    EXPECT_NE(one.value(), other.value());
}

TEST(Digest, HexIsTheValueInSixteenDigits) {
    for (uint64_t i = 0; i < 50; ++i) {
        Digest digest;
        digest.add(i);
        const std::string hex = digest.hex();
        ASSERT_EQ(hex.size(), 16u);
        ASSERT_EQ(std::stoull(hex, nullptr, 16), digest.value());
    }
}

}  // namespace
}  // namespace matinee
