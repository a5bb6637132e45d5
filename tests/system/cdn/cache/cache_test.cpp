// What surrounds the policies: names, key spaces, expiry, admission, prefill.
#include "system/cdn/cache/cache.hpp"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "system/base/digest.hpp"
#include "system/cdn/cache/admission.hpp"
#include "system/cdn/cache/index.hpp"
#include "system/memory/blocks.hpp"

namespace matinee::cdn {
namespace {

std::unique_ptr<Cache> cache_of(const CacheSpec& spec, Bytes capacity) {
    return make_cache(spec, capacity, KeySpace::hashed(), RandomStream(1, Purpose::Admission, 3));
}

TEST(CacheNames, AreWhatScenariosSay) {
    const std::vector<std::string> evictions{"lru", "fifo", "clock",     "lfu",  "sieve", "s3-fifo",
                                             "arc", "gdsf", "w-tinylfu", "slru", "2q",    "belady"};
    ASSERT_EQ(std::vector<std::string>(eviction_names().begin(), eviction_names().end()), evictions);
    for (size_t i = 0; i < evictions.size(); ++i) {
        EXPECT_EQ(eviction_named(evictions[i]), Eviction(i));
        EXPECT_EQ(name_of(Eviction(i)), evictions[i]);
    }
    const std::vector<std::string> admissions{"always", "second-hit", "size", "probability", "bloom"};
    ASSERT_EQ(std::vector<std::string>(admission_names().begin(), admission_names().end()), admissions);
    for (size_t i = 0; i < admissions.size(); ++i) {
        EXPECT_EQ(admission_named(admissions[i]), Admission(i));
        EXPECT_EQ(name_of(Admission(i)), admissions[i]);
    }
    EXPECT_FALSE(eviction_named("LRU"));
    EXPECT_FALSE(eviction_named(""));
    EXPECT_FALSE(admission_named("alwaysx"));
}

TEST(CacheOfDenseKeys, RefusesKeysOutside) {
    const auto cache = make_cache({}, 100, KeySpace::dense(30), RandomStream(1, Purpose::Admission, 0));
    EXPECT_EQ(cache->request(29, 1, 0), Lookup::Inserted);
    EXPECT_THROW(cache->request(30, 1, 0), std::out_of_range);
    EXPECT_THROW((void)cache->contains(1u << 31, 0), std::out_of_range);
    EXPECT_EQ(cache->objects(), 1u);
}

TEST(CacheOfDenseKeys, TakesMemoryForBlocksInUseOnly) {
    const auto cache = make_cache({}, 1000, KeySpace::dense(1'000'000), RandomStream(1, Purpose::Admission, 0));
    const uint64_t empty = cache->metadata_bytes();
    EXPECT_FALSE(cache->contains(500'001, 0));
    EXPECT_EQ(cache->metadata_bytes(), empty);
    cache->request(500'001, 1, 0);
    EXPECT_GE(cache->metadata_bytes(), empty + 4'096);
    cache->request(500'002, 1, 0);
    EXPECT_LT(cache->metadata_bytes(), empty + 2 * 4'096);
}

/// Objects of one byte.
class OneByte : public ObjectSizes {
public:
    Bytes bytes_of(ObjectKey) const override { return 1; }
};

// Stale entries of rings must neither be taken for live ones nor pile up.
TEST(CacheOfDenseKeys, CompactFormsStandLongChurnAtConstantMemory) {
    const OneByte sizes;
    for (const Eviction eviction : {Eviction::Lru, Eviction::S3Fifo}) {
        CacheSpec spec;
        spec.evict = eviction;
        const auto stream = RandomStream(1, Purpose::Admission, 0);
        const auto compact = make_cache(spec, 50, KeySpace::dense(200, &sizes), stream);
        const auto linked = make_cache(spec, 50, KeySpace::dense(200), stream);
        RandomStream random(9, Purpose::Test, 3);
        uint64_t early = 0;
        for (uint32_t step = 0; step < 400'000; ++step) {
            const ObjectKey key = uint32_t(random.uniform() * random.uniform() * 200);
            if (step % 7 == 0) {
                ASSERT_EQ(compact->erase(key), linked->erase(key)) << name_of(eviction) << ", step " << step;
            } else {
                ASSERT_EQ(compact->request(key, 1, 0), linked->request(key, 1, 0))
                    << name_of(eviction) << ", step " << step;
            }
            if (step == 50'000) early = compact->metadata_bytes();
        }
        EXPECT_LE(compact->metadata_bytes(), early + 3 * kBlockBytes) << name_of(eviction) << ": a block more a ring";
    }
}

TEST(HashIndexTest, FindsWhatIsThereAfterLongChurn) {
    struct Keys {
        std::vector<ObjectKey> keys;
        struct Slot {
            ObjectKey id;
        };
        Slot operator[](uint32_t slot) const { return {keys[slot]}; }
    };
    HashIndex index(KeySpace::hashed());
    Keys slots{std::vector<ObjectKey>(600)};
    std::map<ObjectKey, uint32_t> truth;
    RandomStream random(3, Purpose::Test, 1);
    for (uint32_t step = 0; step < 60'000; ++step) {
        // Keys that differ in high bits only, in low bits only, and in all.
        const uint64_t draw = random.below(600);
        const ObjectKey key = draw % 3 == 0 ? draw << 50 : draw % 3 == 1 ? draw : mix64(draw);
        const auto it = truth.find(key);
        ASSERT_EQ(index.find(key, slots), it == truth.end() ? kNoSlot : it->second);
        if (it != truth.end()) {
            index.erase(key, it->second);
            truth.erase(it);
        } else if (draw != 0) {
            slots.keys[draw] = key;
            index.insert(key, uint32_t(draw));
            truth[key] = uint32_t(draw);
        }
    }
    for (const auto& [key, slot] : truth) ASSERT_EQ(index.find(key, slots), slot);
    EXPECT_LE(index.memory_bytes(), 8u * 1024) << "churn must not make the table grow";
}

class EveryPolicy : public testing::TestWithParam<Eviction> {};

TEST_P(EveryPolicy, ExpiresObjects) {
    CacheSpec spec;
    spec.evict = GetParam();
    spec.ttl = 10 * kSecond;
    const auto cache = cache_of(spec, 10'000);
    EXPECT_EQ(cache->request(1, 30, 5 * kSecond), Lookup::Inserted);
    EXPECT_EQ(cache->request(1, 30, 14 * kSecond), Lookup::Hit) << "a hit does not renew";
    EXPECT_TRUE(cache->contains(1, 15 * kSecond - 1));
    EXPECT_FALSE(cache->contains(1, 15 * kSecond));
    EXPECT_EQ(cache->objects(), 1u) << "asking removes nothing";
    EXPECT_EQ(cache->request(1, 40, 15 * kSecond), Lookup::Inserted) << "fetched again, whole";
    EXPECT_EQ(cache->used_bytes(), 40u) << "the expired copy is gone";
    EXPECT_EQ(cache->request(1, 40, 24 * kSecond), Lookup::Hit);
    EXPECT_FALSE(cache->insert(1, 40, 24 * kSecond));
    EXPECT_TRUE(cache->insert(1, 50, 25 * kSecond)) << "prefill replaces an expired copy";
    EXPECT_EQ(cache->used_bytes(), 50u);
    EXPECT_TRUE(cache->contains(1, 34 * kSecond));
}

/// Nothing is evicted, so a map of insertion times is the whole model.
TEST_P(EveryPolicy, ExpiresAsAMapOfTimesDoes) {
    CacheSpec spec;
    spec.evict = GetParam();
    spec.ttl = 500;
    const auto cache = cache_of(spec, 1'000'000);
    std::map<ObjectKey, TimeNs> inserted;
    RandomStream random(2, Purpose::Test, 4);
    for (TimeNs now = 0; now < 20'000; now += random.below(3)) {
        const ObjectKey key = random.below(200);
        const auto it = inserted.find(key);
        const bool fresh = it != inserted.end() && it->second > now - 500;
        ASSERT_EQ(cache->contains(key, now), fresh);
        ASSERT_EQ(cache->request(key, 5, now), fresh ? Lookup::Hit : Lookup::Inserted);
        if (!fresh) inserted[key] = now;
        ASSERT_EQ(cache->objects(), inserted.size());
    }
    EXPECT_LT(cache->metadata_bytes(), 100'000u) << "expiring must not pile anything up";
}

TEST_P(EveryPolicy, PrefillNeitherEvictsNorAsks) {
    CacheSpec spec;
    spec.evict = GetParam();
    spec.admit = Admission::Probability;
    spec.admit_probability = 0;
    const auto cache = cache_of(spec, 100);
    EXPECT_EQ(cache->request(1, 5, 0), Lookup::Bypassed);
    EXPECT_TRUE(cache->insert(1, 60, 0));
    EXPECT_FALSE(cache->insert(1, 5, 0)) << "already there";
    EXPECT_FALSE(cache->insert(2, 41, 0)) << "no room";
    EXPECT_TRUE(cache->insert(3, 40, 0));
    EXPECT_TRUE(cache->insert(4, 0, 0)) << "an empty object always has room";
    EXPECT_EQ(cache->used_bytes(), 100u);
    EXPECT_EQ(cache->request(1, 60, 0), Lookup::Hit);
    EXPECT_EQ(cache->request(3, 40, 0), Lookup::Hit);
    EXPECT_TRUE(cache->erase(1));
    EXPECT_FALSE(cache->erase(1));
    EXPECT_EQ(cache->request(1, 60, 0), Lookup::Bypassed);
    EXPECT_EQ(cache->used_bytes(), 40u);
}

TEST_P(EveryPolicy, ACrashForgetsGhostsAndAdmissionMemory) {
    CacheSpec spec;
    spec.evict = GetParam();
    spec.admit = Admission::SecondHit;
    const auto used = cache_of(spec, 1000);
    const auto fresh = cache_of(spec, 1000);
    RandomStream random(4, Purpose::Test, 5);
    for (int i = 0; i < 3000; ++i) used->request(random.below(150), 10, i);
    ASSERT_GT(used->objects(), 50u);
    used->clear();
    for (int i = 0; i < 3000; ++i) {
        const ObjectKey key = random.below(150);
        ASSERT_EQ(used->request(key, 10, i), fresh->request(key, 10, i)) << i;
    }
}

INSTANTIATE_TEST_SUITE_P(All, EveryPolicy,
                         testing::Values(Eviction::Lru, Eviction::Fifo, Eviction::Clock, Eviction::Lfu, Eviction::Sieve,
                                         Eviction::S3Fifo, Eviction::Arc, Eviction::Gdsf, Eviction::WTinyLfu,
                                         Eviction::Slru, Eviction::TwoQ));

TEST(AdmissionBySize, LetsSmallObjectsIn) {
    CacheSpec spec;
    spec.admit = Admission::Size;
    spec.admit_max_bytes = 50;
    const auto cache = cache_of(spec, 1000);
    EXPECT_EQ(cache->request(1, 51, 0), Lookup::Bypassed);
    EXPECT_EQ(cache->request(1, 50, 0), Lookup::Inserted);
    EXPECT_EQ(cache->request(1, 51, 0), Lookup::Hit) << "a hit is not a question of admission";
}

TEST(AdmissionByProbability, DrawsOncePerMissFromItsStream) {
    CacheSpec spec;
    spec.admit = Admission::Probability;
    spec.admit_probability = 0.25;
    const auto cache = cache_of(spec, 20'000);
    RandomStream same(1, Purpose::Admission, 3);
    uint32_t admitted = 0;
    for (ObjectKey key = 0; key < 20'000; ++key) {
        const bool expected = same.uniform() < 0.25;
        EXPECT_EQ(cache->request(key, 20'001, 0), Lookup::Bypassed) << "too large: no draw";
        ASSERT_EQ(cache->request(key, 1, 0), expected ? Lookup::Inserted : Lookup::Bypassed);
        admitted += expected;
    }
    EXPECT_NEAR(admitted, 5000, 300);
    spec.admit_probability = 1.5;
    EXPECT_THROW(cache_of(spec, 1), std::invalid_argument);
}

TEST(AdmissionBySecondHit, CountsMissesWithinTheWindow) {
    CacheSpec spec;
    spec.admit = Admission::SecondHit;
    spec.admit_window = kMinute;
    const auto cache = cache_of(spec, 100);
    EXPECT_EQ(cache->request(1, 1, 0), Lookup::Bypassed);
    EXPECT_EQ(cache->request(2, 1, 0), Lookup::Bypassed);
    EXPECT_EQ(cache->request(1, 1, kMinute), Lookup::Inserted) << "just within the window";
    EXPECT_EQ(cache->request(2, 1, kMinute + 1), Lookup::Bypassed) << "just outside, and noted anew";
    EXPECT_EQ(cache->request(2, 1, 2 * kMinute), Lookup::Inserted);
    EXPECT_EQ(cache->request(3, 101, 2 * kMinute), Lookup::Bypassed) << "too large: not noted";
    EXPECT_EQ(cache->request(3, 1, 2 * kMinute), Lookup::Bypassed);

    spec.admit_window = 0;
    const auto hourly = cache_of(spec, 100);
    EXPECT_EQ(hourly->request(1, 1, 0), Lookup::Bypassed);
    EXPECT_EQ(hourly->request(1, 1, kHour), Lookup::Inserted);
}

TEST(RecentKeysTest, RemembersExactlyTheWindow) {
    RecentKeys recent(1000);
    std::map<ObjectKey, TimeNs> last;
    RandomStream random(9, Purpose::Test, 2);
    uint32_t seen = 0;
    for (TimeNs now = 0; now < 40'000; now += 1 + random.below(8)) {
        if (random.below(400) == 0) now += 2500;
        const ObjectKey key = random.below(500);
        const auto it = last.find(key);
        const bool expected = it != last.end() && it->second >= now - 1000;
        ASSERT_EQ(recent.note(key, now), expected) << now;
        last[key] = now;
        seen += expected;
    }
    EXPECT_GT(seen, 500u);
    recent.clear();
    EXPECT_EQ(recent.memory_bytes(), 0u);
    EXPECT_FALSE(recent.note(1, 50'000));
}

TEST(AdmissionByBloomFilter, LetsInWhatMissedBefore) {
    CacheSpec spec;
    spec.admit = Admission::Bloom;
    spec.admit_objects = 1000;
    const auto cache = cache_of(spec, 100'000);
    const uint64_t empty = cache->metadata_bytes();
    for (ObjectKey key = 0; key < 1000; ++key) ASSERT_EQ(cache->request(key, 101'000, 0), Lookup::Bypassed);
    EXPECT_EQ(cache->metadata_bytes(), empty) << "too large: not noted";
    for (ObjectKey key = 0; key < 1000; ++key) ASSERT_EQ(cache->request(key, 1, 0), Lookup::Bypassed) << key;
    for (ObjectKey key = 0; key < 1000; ++key) ASSERT_EQ(cache->request(key, 1, 30 * kDay), Lookup::Inserted) << key;
    EXPECT_GE(cache->metadata_bytes(), empty + 1000 * 2);
    spec.admit_objects = uint64_t(1) << 32;
    EXPECT_THROW(cache_of(spec, 1), std::invalid_argument);
}

TEST(SeenKeysTest, TakesFewUnknownKeysForKnown) {
    SeenKeys seen(4096);
    uint32_t wrong = 0;
    for (ObjectKey key = 0; key < 8192; ++key) wrong += seen.note(key);  // both generations full
    for (ObjectKey key = 4096; key < 8192; ++key) ASSERT_TRUE(seen.note(key)) << key;
    EXPECT_LE(wrong, 8u);
    uint32_t known = 0;
    for (ObjectKey key = 8192; key < 12288; ++key) known += seen.note(key);
    EXPECT_LE(known, 16u);
    EXPECT_EQ(seen.memory_bytes(), 2u * 4096 * 2);
}

TEST(SeenKeysTest, ForgetsTheGenerationBeforeLast) {
    SeenKeys seen(100);
    seen.note(1);
    for (ObjectKey key = 1000; key < 1099; ++key) seen.note(key);
    EXPECT_TRUE(seen.note(1)) << "one of the latest hundred";
    for (ObjectKey key = 2000; key < 2150; ++key) seen.note(key);
    EXPECT_FALSE(seen.note(1));
    seen.clear();
    EXPECT_EQ(seen.memory_bytes(), 0u);
    EXPECT_FALSE(seen.note(2149));
}

TEST(RecentKeysTest, IsBounded) {
    RecentKeys recent(kDay, 1000);
    for (ObjectKey key = 0; key < 100'000; ++key) recent.note(key, TimeNs(key));
    EXPECT_LE(recent.memory_bytes(), 2u * 2048 * 16);
    EXPECT_TRUE(recent.note(99'999, 100'000)) << "the last thousand at least are known";
    EXPECT_TRUE(recent.note(99'000, 100'000));
    EXPECT_FALSE(recent.note(1, 100'000));
}

}  // namespace
}  // namespace matinee::cdn
