// Prefill with ranges: every policy against its naive model, which takes the objects one by one; and what the compact
// forms hold of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "system/base/digest.hpp"
#include "system/cdn/cache/cache.hpp"
#include "tests/system/cdn/cache/naive_more_models.hpp"

namespace matinee::cdn {
namespace {

constexpr uint32_t kObjects = 450;

class Sizes : public ObjectSizes {
public:
    explicit Sizes(uint64_t largest) : largest_(largest) {}
    Bytes bytes_of(ObjectKey key) const override {
        const uint64_t draw = mix64(key + 7);
        return draw % 19 == 0 ? 0 : 1 + draw / 19 % largest_;
    }
    Bytes sum(ObjectKey first, uint64_t count) const {
        Bytes bytes = 0;
        for (ObjectKey key = first; key < first + count; ++key) bytes += bytes_of(key);
        return bytes;
    }

private:
    uint64_t largest_;
};

std::unique_ptr<Cache> cache_of(Eviction eviction, Bytes capacity, const KeySpace& space) {
    CacheSpec spec;
    spec.evict = eviction;
    return make_cache(spec, capacity, space, RandomStream(1, Purpose::Admission, 0));
}

/// A cache and its model, side by side.
class Pair {
public:
    Pair(Eviction eviction, Bytes capacity, const Sizes& sizes, uint64_t seed)
        : eviction_(eviction),
          sizes_(sizes),
          cache_(cache_of(eviction, capacity, KeySpace::dense(kObjects, &sizes))),
          model_(naive::make(eviction, capacity)),
          random_(seed, Purpose::Test, 22) {}

    /// Renditions of random lengths in random order, until they take `share` of the capacity; now and then more, or
    /// some of them twice.
    void prefill(double share) {
        std::vector<KeyRange> all;
        for (ObjectKey key = 0; key < kObjects;) {
            const uint64_t count = std::min<uint64_t>(kObjects - key, random_.below(random_.below(3) == 0 ? 150 : 12));
            all.push_back({key, count, sizes_.sum(key, count)});
            key += count;
        }
        if (random_.below(3) != 0)
            for (size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random_.below(uint32_t(i))]);
        auto room = Bytes(share * double(cache_->capacity_bytes()));
        std::vector<KeyRange> chosen;
        for (const KeyRange& range : all) {
            if (range.bytes > room) continue;
            room -= range.bytes;
            chosen.push_back(range);
        }
        if (random_.below(6) == 0) chosen.push_back(all[random_.below(uint32_t(all.size()))]);
        cache_->insert_all(chosen, 0);
        for (const KeyRange& range : chosen)
            for (ObjectKey key = range.first; key < range.first + range.count; ++key)
                model_->insert(key, sizes_.bytes_of(key));
        check_all("prefill");
    }

    void step(uint32_t number) {
        const auto rank = uint32_t(random_.uniform() * random_.uniform() * double(kObjects));
        const ObjectKey key = random_.below(2) == 0 ? rank * 101 % kObjects : rank;
        const Bytes size = sizes_.bytes_of(key);
        const uint32_t what = random_.below(1000);
        if (what == 0) {
            cache_->clear();
            model_ = naive::make(eviction_, cache_->capacity_bytes());
            if (random_.below(2) == 0) prefill(0.9);
        } else if (what == 1) {
            prefill(random_.uniform());
        } else if (what == 2) {
            for (ObjectKey each = 0; each < kObjects; ++each) ASSERT_EQ(cache_->erase(each), model_->erase(each));
            prefill(0.9);
        } else if (what < 40) {
            ASSERT_EQ(cache_->erase(key), model_->erase(key)) << "erase, step " << number;
        } else if (what < 80) {
            ASSERT_EQ(cache_->insert(key, size, 0), model_->insert(key, size)) << "insert, step " << number;
        } else {
            if (what < 400) cache_->prefetch(key, int(what % Cache::kPrefetchSteps));
            if (what % 16 == 0) cache_->prefetch_leaving(int(what / 16 % 2));
            ASSERT_NO_FATAL_FAILURE(request(key)) << "step " << number;
        }
        ASSERT_EQ(cache_->contains(key, 0), model_->has(key)) << "step " << number;
        ASSERT_EQ(cache_->used_bytes(), model_->used()) << "step " << number;
        ASSERT_EQ(cache_->objects(), model_->objects()) << "step " << number;
    }

    void request(ObjectKey key) {
        const Bytes size = sizes_.bytes_of(key);
        ASSERT_EQ(cache_->request(key, size, 0), model_->request(key, size)) << "request for " << key;
    }

    void check_all(const char* when) {
        ASSERT_EQ(cache_->used_bytes(), model_->used()) << when;
        ASSERT_EQ(cache_->objects(), model_->objects()) << when;
        for (ObjectKey key = 0; key < kObjects; ++key)
            ASSERT_EQ(cache_->contains(key, 0), model_->has(key)) << when << ", key " << key;
    }

private:
    Eviction eviction_;
    const Sizes& sizes_;
    std::unique_ptr<Cache> cache_;
    std::unique_ptr<naive::Model> model_;
    RandomStream random_;
};

class PrefillWithRanges : public testing::TestWithParam<Eviction> {};

TEST_P(PrefillWithRanges, AnswersAsTheNaiveModelDoes) {
    const bool compact = GetParam() == Eviction::Lru || GetParam() == Eviction::S3Fifo;
    const uint32_t seeds = compact ? 7 : 1;
    uint64_t draws = 0;
    for (const Bytes largest : {1u, 40u}) {
        const Sizes sizes(largest);
        const Bytes total = sizes.sum(0, kObjects);
        // The last ones hold everything that there is, or all but a byte of it.
        for (const Bytes capacity : {total / 10, total / 3, total * 9 / 10, total - 1, total, 2 * total}) {
            for (uint32_t seed = 0; seed < seeds; ++seed) {
                SCOPED_TRACE(name_of(GetParam()) + ", sizes to " + std::to_string(largest) + ", capacity " +
                             std::to_string(capacity) + ", seed " + std::to_string(seed));
                Pair pair(GetParam(), capacity, sizes, ++draws);
                pair.prefill(seed % 3 == 0 ? 1 : seed % 3 == 1 ? 0.9 : 0.4);
                for (uint32_t step = 0; step < 700 && !HasFatalFailure(); ++step) {
                    pair.step(step);
                    if (step % 100 == 99) pair.check_all("on the way");
                }
                if (HasFatalFailure()) return;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, PrefillWithRanges,
                         testing::Values(Eviction::Lru, Eviction::Fifo, Eviction::Clock, Eviction::Lfu, Eviction::Sieve,
                                         Eviction::S3Fifo, Eviction::Arc, Eviction::Gdsf, Eviction::WTinyLfu,
                                         Eviction::Slru, Eviction::TwoQ),
                         [](const auto& test) {
                             std::string name = name_of(test.param);
                             std::erase(name, '-');
                             return name;
                         });

// So many hits that stale entries are swept out while half of the prefill is undisturbed.
TEST(CompactCaches, StandLongUseOfTheirPrefill) {
    const Sizes sizes(40);
    for (const Eviction eviction : {Eviction::Lru, Eviction::S3Fifo}) {
        for (uint64_t seed = 0; seed < 4; ++seed) {
            Pair pair(eviction, sizes.sum(0, kObjects) * 19 / 20, sizes, seed);
            pair.prefill(1);
            RandomStream random(seed, Purpose::Test, 24);
            for (uint32_t i = 0; i < 7000; ++i)
                ASSERT_NO_FATAL_FAILURE(pair.request((random.below(50) + i / 500 * 13) % (kObjects / 2) * 2));
            for (uint32_t i = 0; i < 2000; ++i) {
                ASSERT_NO_FATAL_FAILURE(pair.request(random.below(kObjects)));
                if (i % 100 == 0) pair.check_all("in the end");
            }
        }
    }
}

TEST(PrefillWithRangesOf, UnknownSizesIsRefused) {
    const std::vector<KeyRange> ranges{{0, 3, 3}};
    const auto cache = cache_of(Eviction::Fifo, 100, KeySpace::dense(10));
    EXPECT_THROW(cache->insert_all(ranges, 0), std::invalid_argument);
}

TEST(PrefillWithRangesOf, KeysOutsideIsRefused) {
    const Sizes sizes(1);
    for (const Eviction eviction : {Eviction::Lru, Eviction::Sieve}) {
        const auto cache = cache_of(eviction, 100, KeySpace::dense(10, &sizes));
        const std::vector<KeyRange> outside{{8, 3, 3}};
        EXPECT_THROW(cache->insert_all(outside, 0), std::out_of_range);
        const std::vector<KeyRange> endless{{9, UINT64_MAX, 3}};
        EXPECT_THROW(cache->insert_all(endless, 0), std::out_of_range);
    }
}

/// Objects of 100 bytes in a catalogue of a thousand titles.
struct Catalogue : ObjectSizes {
    static constexpr uint64_t kTitles = 1000;
    static constexpr uint64_t kSegments = 5000;
    static constexpr uint64_t kKeys = kTitles * kSegments;
    static constexpr Bytes kBytes = kKeys * 100;

    Bytes bytes_of(ObjectKey) const override { return 100; }
    KeySpace space() const { return KeySpace::dense(kKeys, this); }
    /// The titles from the last to the first, without `left_out`.
    static std::vector<KeyRange> titles(uint64_t from, uint64_t to, uint64_t left_out = kTitles) {
        std::vector<KeyRange> ranges;
        for (uint64_t title = to; title-- > from;)
            if (title != left_out) ranges.push_back({title * kSegments, kSegments, kSegments * 100});
        return ranges;
    }
};

TEST(PrefillWithRangesOf, TheWholeCatalogueTakesNextToNothingForEver) {
    const Catalogue catalogue;
    for (const Eviction eviction : {Eviction::Lru, Eviction::S3Fifo}) {
        const auto cache = cache_of(eviction, Catalogue::kBytes, catalogue.space());
        cache->insert_all(Catalogue::titles(0, Catalogue::kTitles, 500), 0);
        EXPECT_EQ(cache->objects(), Catalogue::kKeys - Catalogue::kSegments);
        EXPECT_EQ(cache->used_bytes(), Catalogue::kBytes - Catalogue::kSegments * 100);
        RandomStream random(1, Purpose::Test, 23);
        for (uint32_t i = 0; i < 100'000; ++i) {
            ObjectKey key = random.below(uint32_t(Catalogue::kKeys));
            if (key / Catalogue::kSegments == 500) key = 0;
            ASSERT_EQ(cache->request(key, 100, 0), Lookup::Hit);
        }
        EXPECT_LT(cache->metadata_bytes(), 30'000u) << name_of(eviction);
        for (ObjectKey key = 500 * Catalogue::kSegments; key < 501 * Catalogue::kSegments; ++key) {
            ASSERT_EQ(cache->request(key, 100, 0), Lookup::Inserted);
            ASSERT_EQ(cache->request(key, 100, 0), Lookup::Hit);
        }
        EXPECT_EQ(cache->objects(), Catalogue::kKeys);
        EXPECT_LT(cache->metadata_bytes(), 5'000'000u) << "a page or two of states";
        EXPECT_TRUE(cache->erase(17));
        EXPECT_FALSE(cache->erase(17));
        EXPECT_EQ(cache->request(17, 100, 0), Lookup::Inserted);
        cache->clear();
        EXPECT_EQ(cache->request(17, 100, 0), Lookup::Inserted);
        EXPECT_EQ(cache->objects(), 1u);
    }
}

TEST(PrefillWithRangesOf, ATenthTakesMemoryOnceItIsDisturbed) {
    const Catalogue catalogue;
    for (const Eviction eviction : {Eviction::Lru, Eviction::S3Fifo}) {
        const auto cache = cache_of(eviction, Catalogue::kBytes / 10, catalogue.space());
        cache->insert_all(Catalogue::titles(100, 200), 0);
        EXPECT_EQ(cache->used_bytes(), cache->capacity_bytes());
        const uint64_t prefilled = cache->metadata_bytes();
        EXPECT_LT(prefilled, 10'000u);
        EXPECT_TRUE(cache->contains(150 * Catalogue::kSegments, 0));
        EXPECT_EQ(cache->metadata_bytes(), prefilled) << "looking changes nothing";
        EXPECT_EQ(cache->request(0, 100, 0), Lookup::Inserted);
        EXPECT_FALSE(cache->contains(199 * Catalogue::kSegments, 0)) << "the first to come is the first to go";
        EXPECT_TRUE(cache->contains(199 * Catalogue::kSegments + 1, 0));
        EXPECT_GT(cache->metadata_bytes(), prefilled);
    }
}

}  // namespace
}  // namespace matinee::cdn
