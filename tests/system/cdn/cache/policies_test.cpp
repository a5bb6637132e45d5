// Every policy against its naive model: each single answer, the bytes used and the objects held, over random traces.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "system/base/digest.hpp"
#include "system/cdn/cache/cache.hpp"
#include "system/cdn/cache/policies/gdsf.hpp"
#include "system/cdn/cache/policy_cache.hpp"
#include "tests/system/cdn/cache/naive_more_models.hpp"

namespace matinee::cdn {
namespace {

constexpr uint32_t kObjects = 259;

enum class Keys { Hashed, Dense, DenseAndSized };
const char* name_of(Keys keys) {
    return keys == Keys::Hashed ? "hashed" : keys == Keys::Dense ? "dense" : "dense, sizes known";
}

struct Traffic {
    std::string name;
    Bytes capacity;
    Bytes largest;        ///< sizes are 0 to this
    bool fixed = false;   ///< every object of size `largest`
    bool stable = false;  ///< an object always has the same size
    uint32_t steps = 1200;
    bool churn = false;   ///< erase, insert and clear mixed in
    bool purges = false;  ///< spells in which most steps are erasures
};

std::unique_ptr<Cache> cache_of(Eviction eviction, Bytes capacity, const KeySpace& space) {
    CacheSpec spec;
    spec.evict = eviction;
    return make_cache(spec, capacity, space, RandomStream(1, Purpose::Admission, 0));
}

/// Skewed towards low ranks, like titles: the product of two uniform draws.
ObjectKey draw_key(RandomStream& random, Keys keys) {
    const uint32_t rank = uint32_t(random.uniform() * random.uniform() * double(kObjects));
    const uint32_t place = rank * 101 % kObjects;
    return keys == Keys::Hashed ? mix64(place) << (place % 3 * 20) : place;
}

/// What an object's size is where it always has the same.
Bytes stable_size(const Traffic& traffic, ObjectKey key) {
    if (traffic.fixed) return traffic.largest;
    const uint64_t draw = mix64(key + 99);
    return draw % 17 == 0 ? 0 : draw / 17 % (traffic.largest + 1);
}

class StableSizes : public ObjectSizes {
public:
    explicit StableSizes(const Traffic& traffic) : traffic_(traffic) {}
    Bytes bytes_of(ObjectKey key) const override { return stable_size(traffic_, key); }

private:
    const Traffic& traffic_;
};

Bytes draw_size(RandomStream& random, const Traffic& traffic, ObjectKey key) {
    if (traffic.fixed || traffic.stable) return stable_size(traffic, key);
    const uint64_t draw = random.next_u64();
    if (draw % 17 == 0) return 0;
    return draw / 17 % (traffic.largest + 1);
}

void compare(Eviction eviction, const Traffic& traffic, Keys keys, uint64_t seed) {
    SCOPED_TRACE(name_of(eviction) + ", " + traffic.name + ", " + name_of(keys));
    const StableSizes sizes(traffic);
    const auto space = keys == Keys::Hashed  ? KeySpace::hashed()
                       : keys == Keys::Dense ? KeySpace::dense(kObjects)
                                             : KeySpace::dense(kObjects, &sizes);
    const auto cache = cache_of(eviction, traffic.capacity, space);
    auto model = naive::make(eviction, traffic.capacity);
    RandomStream random(seed, Purpose::Test, 7);
    uint32_t hits = 0;
    for (uint32_t step = 0; step < traffic.steps; ++step) {
        const ObjectKey key = draw_key(random, keys);
        const Bytes size = draw_size(random, traffic, key);
        uint32_t what = traffic.churn ? random.below(1000) : 999;
        if (traffic.purges && step / 250 % 2 == 1 && random.below(5) != 0) what = 1;
        if (what == 0) {
            cache->clear();
            model = naive::make(eviction, traffic.capacity);
        } else if (what < 40) {
            ASSERT_EQ(cache->erase(key), model->erase(key)) << "erase, step " << step;
        } else if (what < 80) {
            ASSERT_EQ(cache->insert(key, size, 0), model->insert(key, size)) << "insert, step " << step;
        } else {
            if (what < 400) cache->prefetch(key, int(what % Cache::kPrefetchSteps));
            if (what % 16 == 0) cache->prefetch_leaving(int(what / 16 % 2));
            const Lookup expected = model->request(key, size);
            ASSERT_EQ(cache->request(key, size, 0), expected) << "request, step " << step;
            hits += expected == Lookup::Hit;
        }
        ASSERT_EQ(cache->contains(key, 0), model->has(key)) << "step " << step;
        ASSERT_EQ(cache->used_bytes(), model->used()) << "step " << step;
        ASSERT_EQ(cache->objects(), model->objects()) << "step " << step;
        ASSERT_LE(cache->used_bytes(), traffic.capacity);
    }
    if (traffic.capacity > 100) {
        EXPECT_GT(hits, traffic.steps / 100) << "the trace hardly tests the policy";
    }
}

class Policies : public testing::TestWithParam<Eviction> {};

TEST_P(Policies, AnswerAsTheNaiveModelDoes) {
    const std::vector<Traffic> traffics{
        {.name = "unit sizes", .capacity = 101, .largest = 1, .fixed = true, .steps = 2000},
        {.name = "a tenth of the objects", .capacity = 26, .largest = 1, .fixed = true, .steps = 3000},
        {.name = "stable sizes", .capacity = 997, .largest = 60, .stable = true, .steps = 2000},
        {.name = "stable sizes, churn", .capacity = 997, .largest = 60, .stable = true, .steps = 2000, .churn = true},
        {.name = "small objects", .capacity = 2003, .largest = 20, .stable = true, .steps = 3000, .churn = true},
        {.name = "changing sizes", .capacity = 1000, .largest = 80},
        {.name = "changing sizes, churn", .capacity = 1003, .largest = 120, .churn = true},
        {.name = "objects larger than the cache", .capacity = 200, .largest = 260, .stable = true, .churn = true},
        {.name = "mostly hits", .capacity = 235, .largest = 1, .fixed = true, .steps = 1200},
        {.name = "three objects", .capacity = 3, .largest = 1, .fixed = true},
        {.name = "sixty objects", .capacity = 60, .largest = 1, .fixed = true, .steps = 3000},
        {.name = "purges", .capacity = 997, .largest = 12, .stable = true, .steps = 2000, .purges = true},
        {.name = "one byte", .capacity = 1, .largest = 2, .churn = true},
        {.name = "nine bytes", .capacity = 9, .largest = 3, .churn = true},
        {.name = "ten bytes", .capacity = 10, .largest = 3, .churn = true},
        {.name = "no bytes", .capacity = 0, .largest = 2, .churn = true},
        {.name = "empty objects only", .capacity = 5, .largest = 0, .fixed = true, .churn = true},
        {.name = "segments", .capacity = 200'000'000, .largest = 4'000'000, .stable = true, .churn = true},
        {.name = "huge objects", .capacity = 60'000'000'000, .largest = 5'500'000'000, .stable = true, .churn = true},
        {.name = "one size, the tenth", .capacity = 100, .largest = 10, .fixed = true, .churn = true},
    };
    uint64_t seed = 1;
    for (const Traffic& traffic : traffics) {
        for (const Keys keys : {Keys::Hashed, Keys::Dense}) compare(GetParam(), traffic, keys, ++seed);
        if (traffic.stable || traffic.fixed) compare(GetParam(), traffic, Keys::DenseAndSized, ++seed);
    }
}

TEST_P(Policies, NeverHoldMoreThanTheCapacityAndReportMemory) {
    for (const bool dense : {false, true}) {
        const auto space = dense ? KeySpace::dense(3'600'000) : KeySpace::hashed();
        const auto cache = cache_of(GetParam(), 1'000'000, space);
        const uint64_t empty = cache->metadata_bytes();
        RandomStream random(5, Purpose::Test, 8);
        for (uint32_t step = 0; step < 25'000; ++step) {
            const uint64_t rank = uint64_t(random.uniform() * random.uniform() * 20'000);
            const ObjectKey key = dense ? rank % 1000 * 3600 + rank / 1000 * 90 : mix64(rank);
            cache->request(key, random.below(300), step);
            ASSERT_LE(cache->used_bytes(), cache->capacity_bytes());
        }
        EXPECT_GT(cache->objects(), 3000u);
        EXPECT_GT(cache->metadata_bytes(), empty + cache->objects() * 16);
        EXPECT_LT(cache->metadata_bytes(), empty + 20'000'000);
        cache->clear();
        EXPECT_EQ(cache->objects(), 0u);
        EXPECT_EQ(cache->used_bytes(), 0u);
        EXPECT_EQ(cache->metadata_bytes(), empty);
    }
}

TEST_P(Policies, HashedAndDenseAnswerAlike) {
    const auto dense = cache_of(GetParam(), 50'000, KeySpace::dense(20'000));
    const auto hashed = cache_of(GetParam(), 50'000, KeySpace::hashed());
    const auto sparse = cache_of(GetParam(), 50'000, KeySpace::dense(uint64_t(1) << 56));
    RandomStream random(6, Purpose::Test, 9);
    Digest digest;
    for (uint32_t step = 0; step < 20'000; ++step) {
        const uint32_t rank = uint32_t(random.uniform() * random.uniform() * 20'000);
        const ObjectKey key = rank % 40 * 500 + rank / 40;
        const Bytes size = 10 + rank % 90;
        if (step % 3 == 0) dense->prefetch(key, int(step / 3 % Cache::kPrefetchSteps));
        const Lookup answer = dense->request(key, size, 0);
        ASSERT_EQ(answer, hashed->request(key, size, 0));
        ASSERT_EQ(answer, sparse->request(key, size, 0));
        digest.add(uint64_t(answer));
    }
    EXPECT_EQ(dense->used_bytes(), hashed->used_bytes());
    // The same on every compiler and at every optimisation, to the last answer. LFU and SIEVE agree until the hand has
    // gone round once: both evict the oldest object that was never hit.
    const std::map<Eviction, std::string> digests{
        {Eviction::Lru, "1d641092033411a9"},      {Eviction::Fifo, "41a9894543eea278"},
        {Eviction::Clock, "a7358d383096d822"},    {Eviction::Lfu, "eaa5e1063563cc13"},
        {Eviction::Sieve, "eaa5e1063563cc13"},    {Eviction::S3Fifo, "67601f553aa1e0a0"},
        {Eviction::Arc, "38138b3647e82790"},      {Eviction::Gdsf, "f6d4a5b3308423b7"},
        {Eviction::WTinyLfu, "f9dc4745ae9596c7"}, {Eviction::Slru, "7b4b64085a446d0c"},
        {Eviction::TwoQ, "639420906aff874e"},
    };
    EXPECT_EQ(digest.hex(), digests.at(GetParam()));
}

TEST_P(Policies, AnswerManyRequestsAsOneByOne) {
    const auto together = cache_of(GetParam(), 5'000, KeySpace::hashed());
    const auto single = cache_of(GetParam(), 5'000, KeySpace::hashed());
    RandomStream random(8, Purpose::Test, 12);
    for (const size_t count : {0u, 1u, 7u, 24u, 25u, 1000u, 3000u}) {
        std::vector<Request> requests(count);
        Tally expected;
        for (Request& request : requests) {
            request = {draw_key(random, Keys::Hashed), random.below(60), 0};
            if (single->request(request.key, request.size, 0) == Lookup::Hit) continue;
            ++expected.misses;
            expected.missed_bytes += request.size;
        }
        const Tally tally = together->request_all(requests);
        EXPECT_EQ(tally.misses, expected.misses);
        EXPECT_EQ(tally.missed_bytes, expected.missed_bytes);
        EXPECT_EQ(together->used_bytes(), single->used_bytes());
    }
}

INSTANTIATE_TEST_SUITE_P(All, Policies,
                         testing::Values(Eviction::Lru, Eviction::Fifo, Eviction::Clock, Eviction::Lfu, Eviction::Sieve,
                                         Eviction::S3Fifo, Eviction::Arc, Eviction::Gdsf, Eviction::WTinyLfu,
                                         Eviction::Slru, Eviction::TwoQ),
                         [](const auto& test) {
                             std::string name = name_of(test.param);
                             std::erase(name, '-');
                             return name;
                         });

TEST_P(Policies, HugeObjectsLeaveNothingBehind) {
    const auto cache = cache_of(GetParam(), Bytes(1) << 40, KeySpace::hashed());
    for (ObjectKey key = 0; key < 50; ++key) ASSERT_TRUE(cache->insert(key, Bytes(5) << 30, 0));
    EXPECT_EQ(cache->used_bytes(), Bytes(250) << 30);
    const uint64_t full = cache->metadata_bytes();
    for (ObjectKey key = 0; key < 50; ++key) ASSERT_TRUE(cache->erase(key));
    EXPECT_EQ(cache->used_bytes(), 0u);
    EXPECT_LT(cache->metadata_bytes(), full) << "sizes of 28 bits and more stand beside the slots";
}

TEST(GdsfCache, EvictsInOrderAfterAPurge) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
        const auto cache = cache_of(Eviction::Gdsf, 7'000, KeySpace::hashed());
        naive::Gdsf model(7'000);
        RandomStream random(seed, Purpose::Test, 11);
        for (ObjectKey key = 0; key < 200; ++key) {
            const Bytes size = 1 + random.below(60);
            ASSERT_EQ(cache->request(key, size, 0), model.request(key, size));
        }
        for (int i = 0; i < 400; ++i) {
            const ObjectKey key = random.below(200);
            ASSERT_EQ(cache->erase(key), model.erase(key));
        }
        for (int i = 0; i < 1500; ++i) {
            const ObjectKey key = random.below(1000);
            const Bytes size = 1 + random.below(60);
            ASSERT_EQ(cache->request(key, size, 0), model.request(key, size)) << "seed " << seed << ", step " << i;
        }
        EXPECT_GT(model.used(), 6'900u);
    }
}

TEST(GdsfCache, KeepsTheOrderWhenAccessesAreNumberedAnew) {
    using Renumbering = GdsfRenumberedAfter<HashIndex, 500>;
    const auto space = KeySpace::hashed();
    PolicyCache<Renumbering> cache({}, Renumbering(3'000, space), space, RandomStream(1, Purpose::Admission, 0));
    naive::Gdsf model(3'000);
    RandomStream random(4, Purpose::Test, 14);
    for (int i = 0; i < 5000; ++i) {
        const ObjectKey key = random.below(300);
        const Bytes size = 10 + key % 3 * 10;
        if (i % 40 == 0)
            ASSERT_EQ(cache.erase(key), model.erase(key));
        else
            ASSERT_EQ(cache.request(key, size, 0), model.request(key, size)) << i;
    }
}

TEST(S3FifoCache, PrefilledObjectsStandInMain) {
    const auto cache = cache_of(Eviction::S3Fifo, 100, KeySpace::hashed());
    EXPECT_TRUE(cache->insert(1, 50, 0)) << "prefill is not held to the size of the small queue";
    for (ObjectKey key = 100; key < 150; ++key) cache->request(key, 9, 0);
    EXPECT_TRUE(cache->contains(1, 0)) << "a scan passes through the small queue";
}

}  // namespace
}  // namespace matinee::cdn
