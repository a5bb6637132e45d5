#include "system/cdn/cache/compact_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::cdn {
namespace {

TEST(IdRingTest, IsAQueue) {
    constexpr uint64_t block = kBlockBytes / sizeof(uint32_t);
    for (uint64_t seed = 0; seed < 8; ++seed) {
        RandomStream random(seed, Purpose::Test, 25);
        IdRing ring;
        std::deque<uint32_t> ids;
        for (int round = 0; round < 60; ++round) {
            // As many as fill a block, or nearly, or some.
            const uint64_t pushed = random.below(3) == 0 ? block - ids.size() % block : random.below(9000);
            for (uint64_t i = 0; i < pushed; ++i) {
                ids.push_back(uint32_t(random.below(1u << 28)));
                ring.push(ids.back());
            }
            for (uint64_t i = random.below(4) == 0 ? ids.size() : random.below(8000); i > 0 && !ids.empty(); --i) {
                ASSERT_EQ(ring.oldest(), ids.front());
                ring.pop();
                ids.pop_front();
            }
            if (ids.size() > 10) {
                const uint32_t young = ids[ids.size() - 5], old = ids[4];
                ring.blank_newest(young, 1);
                ring.blank_oldest(old, 2);
                *(std::find(ids.rbegin(), ids.rend(), young)) = 1;
                *(std::find(ids.begin(), ids.end(), old)) = 2;
            }
            if (random.below(5) == 0) {
                const uint32_t out = random.below(8);
                ring.filter([&](uint32_t id) { return id % 8 >= out; });
                std::erase_if(ids, [&](uint32_t id) { return id % 8 < out; });
            }
            ASSERT_EQ(ring.size(), ids.size());
            ASSERT_EQ(ring.empty(), ids.empty());
            ASSERT_LE(ring.memory_bytes(), ids.size() * sizeof(uint32_t) + 3 * kBlockBytes + 1024);
        }
        std::vector<uint32_t> seen;
        ring.for_each([&](uint32_t id) { seen.push_back(id); });
        EXPECT_TRUE(std::equal(seen.begin(), seen.end(), ids.begin(), ids.end()));
    }
}

TEST(IdRingTest, AsksForWhatLeavesNextAsFarAheadAsEntriesLeave) {
    IdRing ring;
    for (uint32_t i = 0; i < 100; ++i) ring.push(i);
    std::vector<uint32_t> asked;
    const auto ask = [&](uint32_t id) { asked.push_back(id); };
    const auto asked_by = [&](auto hint) {
        asked.clear();
        hint();
        return asked;
    };
    const auto from_to = [](uint32_t from, uint32_t past) {
        std::vector<uint32_t> ids;
        for (; from < past; ++from) ids.push_back(from);
        return ids;
    };
    EXPECT_EQ(asked_by([&] { ring.ask_for_leaving(ask); }), from_to(0, 8));
    for (int i = 0; i < 3; ++i) ring.pop();
    EXPECT_EQ(asked_by([&] { ring.ask_for_later(ask); }), from_to(0, 0)) << "7 has been asked for";
    ring.pop();
    EXPECT_EQ(asked_by([&] { ring.ask_for_later(ask); }), from_to(8, 9));
    EXPECT_EQ(asked_by([&] { ring.ask_for_leaving(ask); }), from_to(4, 16)) << "4 have left";
    for (int i = 0; i < 90; ++i) ring.pop();
    EXPECT_EQ(asked_by([&] { ring.ask_for_leaving(ask); }), from_to(94, 100)) << "there are no more";
    for (int i = 0; i < 6; ++i) ring.pop();
    EXPECT_EQ(asked_by([&] { ring.ask_for_leaving(ask); }), from_to(0, 0));
    EXPECT_EQ(asked_by([&] { ring.ask_for_later(ask); }), from_to(0, 0));
}

TEST(IdRingTest, GivesBackWhatItNoLongerNeeds) {
    IdRing ring;
    for (uint32_t i = 0; i < 1'000'000; ++i) ring.push(i);
    const uint64_t full = ring.memory_bytes();
    EXPECT_GE(full, 4'000'000u);
    EXPECT_LT(full, 4'100'000u);
    ring.filter([](uint32_t id) { return id >= 999'990; });
    EXPECT_EQ(ring.oldest(), 999'990u);
    EXPECT_LT(ring.memory_bytes(), 60'000u);
    for (uint32_t i = 0; i < 1'000'000; ++i) {
        ring.push(i);
        ring.pop();
    }
    EXPECT_LT(ring.memory_bytes(), 60'000u);
}

}  // namespace
}  // namespace matinee::cdn
