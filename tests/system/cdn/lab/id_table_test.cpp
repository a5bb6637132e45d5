#include "system/cdn/lab/id_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "system/base/digest.hpp"
#include "system/base/random.hpp"
#include "system/cdn/lab/trace.hpp"

namespace matinee::cdn::lab {
namespace {

/// The numbers that ids get, each noted with half of its id.
std::vector<uint32_t> numbers_of(const std::vector<ObjectKey>& ids) {
    IdTable table;
    std::vector<uint32_t> numbers;
    for (const ObjectKey id : ids) {
        table.touch(id);
        IdTable::Entry& entry = table.entry_of(id);
        if (entry.number != 0) {
            EXPECT_EQ(entry.note, uint32_t(id / 2)) << id;
            numbers.push_back(entry.number);
        } else {
            numbers.push_back(table.claim(entry, id, uint32_t(id / 2)));
        }
    }
    return numbers;
}

TEST(IdTable, CountsIdsAsTheyAppear) {
    RandomStream random(5, Purpose::Test, 0);
    using IdOf = ObjectKey (*)(uint32_t);
    // Random, in a row, far apart, with equal halves (which fold to nothing), from the end of the range.
    for (const IdOf id_of :
         {IdOf([](uint32_t i) { return mix64(i); }), IdOf([](uint32_t i) { return ObjectKey(i); }),
          IdOf([](uint32_t i) { return ObjectKey(i) << 40; }), IdOf([](uint32_t i) { return ObjectKey(i) << 32 | i; }),
          IdOf([](uint32_t i) { return UINT64_MAX - i; })}) {
        std::vector<ObjectKey> ids;
        for (int i = 0; i < 60'000; ++i) ids.push_back(id_of(random.below(20'000)));
        std::map<ObjectKey, uint32_t> known;
        std::vector<uint32_t> expected;
        for (const ObjectKey id : ids) expected.push_back(known.emplace(id, known.size() + 1).first->second);
        ASSERT_GT(known.size(), 15'000u);
        EXPECT_EQ(numbers_of(ids), expected);
    }
}

TEST(IdTable, TakesZeroForAnId) {
    EXPECT_EQ(numbers_of({0, 0, 7, 0, UINT64_MAX, 7}), (std::vector<uint32_t>{1, 1, 2, 1, 3, 2}));
    EXPECT_EQ(numbers_of({7, 0, 0}), (std::vector<uint32_t>{1, 2, 2}));
}

TEST(TraceBuilder, NoticesSizesThatChange) {
    const auto is_stable = [](Bytes first, Bytes second) {
        TraceBuilder builder;
        EXPECT_TRUE(builder.add(0, 5, first));
        EXPECT_TRUE(builder.add(0, 6, 1));
        EXPECT_TRUE(builder.add(0, 5, second));
        return builder.take().has_stable_sizes();
    };
    const Bytes most = UINT32_MAX;
    for (const Bytes size : {Bytes(0), Bytes(9), most - 1, most, most + 1, most * 2})
        EXPECT_TRUE(is_stable(size, size));
    EXPECT_FALSE(is_stable(0, 1));
    EXPECT_FALSE(is_stable(most - 1, most));
    EXPECT_FALSE(is_stable(most, most - 1));
    EXPECT_FALSE(is_stable(most, most + 1));
    EXPECT_FALSE(is_stable(most * 2, most + 1));
}

}  // namespace
}  // namespace matinee::cdn::lab
