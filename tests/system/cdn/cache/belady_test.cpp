// Belady's policy, which wants the future: against its naive model, and against everybody else.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/system/cdn/cache/naive_more_models.hpp"

namespace matinee::cdn {
namespace {

struct Drawn {
    std::vector<ObjectKey> keys;
    std::vector<Bytes> sizes;
    std::vector<uint32_t> future;
};

std::vector<uint32_t> future_of(const std::vector<ObjectKey>& keys) {
    std::vector<uint32_t> future(keys.size(), kNeverAgain);
    std::map<ObjectKey, uint32_t> next;
    for (size_t i = keys.size(); i-- > 0;) {
        if (const auto it = next.find(keys[i]); it != next.end()) future[i] = it->second;
        next[keys[i]] = uint32_t(i);
    }
    return future;
}

Drawn draw(uint64_t seed, size_t requests, uint32_t objects, Bytes largest) {
    RandomStream random(seed, Purpose::Test, 13);
    Drawn drawn;
    for (size_t i = 0; i < requests; ++i) {
        const auto rank = uint64_t(random.uniform() * random.uniform() * objects);
        drawn.keys.push_back(mix64(rank));
        drawn.sizes.push_back(largest == 1 ? 1 : mix64(rank + 99) % (largest + 1));
    }
    drawn.future = future_of(drawn.keys);
    return drawn;
}

std::unique_ptr<Cache> belady_of(const Drawn& drawn, Bytes capacity) {
    return make_belady_cache({}, capacity, KeySpace::hashed(), RandomStream(1, Purpose::Admission, 0), drawn.future);
}

TEST(BeladyCache, AnswersAsTheNaiveModelDoes) {
    struct Case {
        Bytes capacity, largest;
    };
    uint64_t seed = 0;
    for (const Case c : {Case{0, 3}, Case{1, 1}, Case{1, 2}, Case{20, 1}, Case{300, 40}, Case{90, 120},
                         Case{60'000'000'000, 5'500'000'000}, Case{5, 0}}) {
        for (int repeat = 0; repeat < 4; ++repeat) {
            const Drawn drawn = draw(++seed, 1200, 200, c.largest);
            const auto cache = belady_of(drawn, c.capacity);
            naive::Belady model(c.capacity, drawn.keys);
            for (size_t i = 0; i < drawn.keys.size(); ++i) {
                ASSERT_EQ(cache->request(drawn.keys[i], drawn.sizes[i], 0),
                          model.request(drawn.keys[i], drawn.sizes[i]))
                    << "capacity " << c.capacity << ", step " << i;
                ASSERT_EQ(cache->used_bytes(), model.used());
                ASSERT_LE(cache->used_bytes(), c.capacity);
                if (i % 50 != 7) continue;
                ASSERT_EQ(cache->erase(drawn.keys[i / 2]), model.erase(drawn.keys[i / 2]));
                ASSERT_EQ(cache->objects(), model.objects());
            }
        }
    }
}

TEST(BeladyCache, IsNeverBeatenAtEqualSizes) {
    for (uint64_t seed = 0; seed < 12; ++seed) {
        const Drawn drawn = draw(seed + 100, 4000, 700, 1);
        for (const Bytes capacity : {1, 2, 7, 60, 250, 900}) {
            const auto misses = [&](Cache& cache) {
                uint64_t count = 0;
                for (const ObjectKey key : drawn.keys) count += cache.request(key, 1, 0) != Lookup::Hit;
                return count;
            };
            const uint64_t least = misses(*belady_of(drawn, capacity));
            for (const std::string& name : eviction_names()) {
                CacheSpec spec;
                spec.evict = *eviction_named(name);
                if (spec.evict == Eviction::Belady) continue;
                const auto other =
                    make_cache(spec, capacity, KeySpace::hashed(), RandomStream(1, Purpose::Admission, 0));
                EXPECT_LE(least, misses(*other)) << name << " at " << capacity;
            }
        }
    }
}

TEST(BeladyCache, GoesOnAfterACrash) {
    const Drawn drawn = draw(5, 2000, 200, 1);
    const auto cache = belady_of(drawn, 30);
    naive::Belady model(30, drawn.keys);
    for (size_t i = 0; i < drawn.keys.size(); ++i) {
        if (i == 900) {
            cache->clear();
            for (const ObjectKey key : drawn.keys) model.erase(key);
        }
        ASSERT_EQ(cache->request(drawn.keys[i], 1, 0), model.request(drawn.keys[i], 1)) << i;
    }
}

TEST(BeladyCache, KeepsItsHeapInBounds) {
    const Drawn drawn = draw(6, 50'000, 100, 1);
    const auto cache = belady_of(drawn, 90);
    for (const ObjectKey key : drawn.keys) cache->request(key, 1, 0);
    EXPECT_LT(cache->metadata_bytes(), 20'000u) << "hits leave entries behind, which have to go";
}

TEST(BeladyCache, HasToBeToldTheFuture) {
    CacheSpec spec;
    spec.evict = Eviction::Belady;
    EXPECT_THROW(make_cache(spec, 100, KeySpace::hashed(), RandomStream(1, Purpose::Admission, 0)),
                 std::invalid_argument);
}

}  // namespace
}  // namespace matinee::cdn
