#include "system/memory/packed_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "system/base/random.hpp"

namespace matinee {
namespace {

/// Most keys meet others on their way, some of them over the end of the table.
struct PoorHash {
    size_t operator()(std::string_view key) const {
        return key.empty() ? ~size_t(0) : ~size_t(0) - size_t(key[0] & 7);
    }
};

struct Pair {
    std::string value;
    uint64_t head;
};

template <class Hash>
void expect_same(const PackedMap<uint64_t, Hash>& map, const std::map<std::string, Pair>& model,
                 const std::string& key) {
    map.approach(key);  // which changes nothing
    const auto* const record = map.find(key);
    const auto known = model.find(key);
    ASSERT_EQ(record != nullptr, known != model.end()) << key;
    if (record == nullptr) return;
    EXPECT_EQ(record->key(), key);
    EXPECT_EQ(record->value(), known->second.value);
    EXPECT_EQ(record->head, known->second.head);
}

template <class Hash>
void compare_with_model(uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomStream random(seed, Purpose::Session, 0);
    PackedMap<uint64_t, Hash> map;
    std::map<std::string, Pair> model;
    const uint32_t keys = 1 + random.below(200);
    const auto any_key = [&] {
        const uint32_t number = random.below(keys);
        return number == 0 ? std::string() : std::string(number % 70, 'k').insert(0, std::to_string(number));
    };
    for (int i = 0; i < 3000; ++i) {
        const std::string key = any_key();
        const uint32_t what = random.below(8);
        if (what < 4) {
            const Pair pair{std::string(random.below(100), char('a' + i % 26)), uint64_t(i)};
            map.put(key, pair.value, pair.head);
            model[key] = pair;
        } else if (what < 6) {
            ASSERT_EQ(map.erase(key), model.erase(key) == 1);
        } else if (what == 6) {
            const uint64_t hash = map.hash_of(key), limit = uint64_t(i) / 2;
            map.erase_where(hash, [&](const auto& record) { return record.head < limit; });
            std::erase_if(
                model, [&](const auto& one) { return map.hash_of(one.first) == hash && one.second.head < limit; });
        } else {
            PackedMap<uint64_t, Hash> moved = std::move(map);
            ASSERT_EQ(map.size(), 0u);
            ASSERT_EQ(map.find(key), nullptr);
            map = std::move(moved);
        }
        ASSERT_EQ(map.size(), model.size());
        expect_same(map, model, any_key());
    }
    for (const auto& [key, pair] : model) expect_same(map, model, key);
}

TEST(PackedMap, IsAMap) {
    for (uint64_t seed = 1; seed <= 20; ++seed) compare_with_model<std::hash<std::string_view>>(seed);
}

TEST(PackedMap, IsAMapWhereHashesMeet) {
    for (uint64_t seed = 1; seed <= 20; ++seed) compare_with_model<PoorHash>(seed);
}

TEST(PackedMap, AnEmptyOneHasNothing) {
    PackedMap<uint64_t> map;
    EXPECT_EQ(map.find("key"), nullptr);
    EXPECT_FALSE(map.erase("key"));
    map.erase_where(0, [](const auto&) { return true; });
    EXPECT_EQ(map.size(), 0u);
}

TEST(PackedMap, ARecordStaysWhereItIsWhileItsValueFits) {
    PackedMap<uint64_t> map;
    map.put("key", "a value", 1);
    const auto* const record = map.find("key");
    map.put("key", "shorter", 2);
    map.put("key", "", 3);
    EXPECT_EQ(map.find("key"), record);
    EXPECT_EQ(record->value(), "");
    EXPECT_EQ(record->head, 3u);
}

}  // namespace
}  // namespace matinee
