// The laboratory against the naive models, and its miss-ratio curves against itself.
#include "system/cdn/lab/replay.hpp"

#include <gtest/gtest.h>

#include <map>

#include "system/cdn/lab/miss_ratio_curve.hpp"
#include "tests/system/cdn/cache/naive_more_models.hpp"
#include "tests/system/cdn/lab/traces.hpp"

namespace matinee::cdn::lab {
namespace {

Trial trial_of(Eviction eviction, Bytes capacity, bool ignore_size = false) {
    Trial trial{.capacity = capacity, .ignore_size = ignore_size};
    trial.spec.evict = eviction;
    return trial;
}

Counts naive_counts(const std::vector<OracleRecord>& records, const Trial& trial) {
    std::vector<ObjectKey> keys;
    for (const OracleRecord& record : records) keys.push_back(record.id);
    const auto model = trial.spec.evict == Eviction::Belady ? std::make_unique<naive::Belady>(trial.capacity, keys)
                                                            : naive::make(trial.spec.evict, trial.capacity);
    Counts counts;
    for (const OracleRecord& record : records) {
        const Bytes size = trial.ignore_size ? 1 : record.size;
        const bool missed = model->request(record.id, size) != Lookup::Hit;
        ++counts.requests;
        counts.requested_bytes += size;
        counts.misses += missed;
        counts.missed_bytes += missed ? size : 0;
    }
    return counts;
}

void expect_same(const Counts& a, const Counts& b) {
    EXPECT_EQ(a.requests, b.requests);
    EXPECT_EQ(a.misses, b.misses);
    EXPECT_EQ(a.requested_bytes, b.requested_bytes);
    EXPECT_EQ(a.missed_bytes, b.missed_bytes);
}

class EveryPolicyInTheLab : public testing::TestWithParam<std::string> {};

TEST_P(EveryPolicyInTheLab, CountsWhatTheNaiveModelCounts) {
    const Eviction eviction = *eviction_named(GetParam());
    struct Case {
        Shape shape;
        Bytes capacity;
        bool ignore_size = false;
    };
    const Case cases[] = {
        {{.requests = 2500, .objects = 300, .largest = 40}, 1500},
        {{.requests = 2500, .objects = 300, .largest = 5}, 600},
        {{.requests = 1200, .objects = 300, .largest = 40, .stable = false}, 1000},
        {{.requests = 1200, .objects = 300, .largest = 400}, 350},
        {{.requests = 1200, .objects = 60, .largest = 2}, 1},
        {{.requests = 1200, .objects = 60, .largest = 0}, 10},
        {{.requests = 2500, .objects = 300, .largest = 40}, 120, true},
        {{.requests = 1200, .objects = 60, .largest = 9}, 1, true},
        {{.requests = 1200, .objects = 300, .largest = 4'000'000'000}, 90'000'000'000},
    };
    uint64_t seed = 40;
    for (const Case& c : cases) {
        SCOPED_TRACE("capacity " + std::to_string(c.capacity));
        const auto records = random_records(++seed, c.shape);
        const Trace trace = trace_of(records);
        const Trial trial = trial_of(eviction, c.capacity, c.ignore_size);
        expect_same(replay(trace, trial, trace.future()), naive_counts(records, trial));
    }
}

TEST_P(EveryPolicyInTheLab, NeverBeatsBeladyAtEqualSizes) {
    const Trace trace = trace_of(random_records(77, {.requests = 20'000, .objects = 3000}));
    const std::vector<uint32_t> future = trace.future();
    for (const Bytes capacity : {1u, 10u, 100u, 400u, 1500u}) {
        const Counts best = replay(trace, trial_of(Eviction::Belady, capacity, true), future);
        const Counts other = replay(trace, trial_of(*eviction_named(GetParam()), capacity, true), future);
        EXPECT_LE(best.misses, other.misses) << capacity;
        EXPECT_EQ(other.misses, other.missed_bytes);
    }
}

INSTANTIATE_TEST_SUITE_P(All, EveryPolicyInTheLab, testing::ValuesIn(eviction_names().begin(), eviction_names().end()),
                         [](const auto& test) {
                             std::string name = test.param;
                             std::erase(name, '-');
                             return name;
                         });

TEST(Replay, AsksAdmission) {
    const auto records = random_records(3, {.requests = 4000, .objects = 500, .largest = 50});
    const Trace trace = trace_of(records);
    Trial trial = trial_of(Eviction::Lru, Bytes(1) << 40);
    const uint64_t all = replay(trace, trial).misses;
    EXPECT_EQ(all, trace.objects());
    trial.spec.admit = Admission::SecondHit;
    trial.spec.admit_window = kDay;
    uint64_t second = 0;
    std::map<ObjectKey, int> seen;
    for (const OracleRecord& record : records) second += seen[record.id]++ < 2;
    EXPECT_EQ(replay(trace, trial).misses, second);
    trial.spec.admit_window = kSecond;
    EXPECT_GT(replay(trace, trial).misses, second) << "the trace's clock counts";
    trial.spec.admit = Admission::Bloom;
    EXPECT_EQ(replay(trace, trial).misses, second);
    trial.spec.admit = Admission::Size;
    trial.spec.admit_max_bytes = 25;
    EXPECT_GT(replay(trace, trial).misses, all);
    trial.spec.admit = Admission::Probability;
    trial.spec.admit_probability = 0;
    EXPECT_EQ(replay(trace, trial).misses, trace.requests());
    EXPECT_EQ(replay(trace, trial).byte_miss_ratio(), 1);
}

TEST(LruCurve, EqualsReplaysAtEveryCapacity) {
    struct Case {
        Shape shape;
        bool ignore_size;
    };
    for (const Case& c :
         {Case{{.requests = 5000, .largest = 50}, false}, Case{{.requests = 5000}, true},
          Case{{.requests = 1500, .objects = 20, .largest = 90}, false},
          Case{{.requests = 1500, .stable = false}, false}, Case{{.requests = 500, .largest = 0}, false}}) {
        const Trace trace = trace_of(random_records(11, c.shape));
        const Bytes footprint = c.ignore_size ? trace.objects() : trace.footprint_bytes();
        std::vector<Bytes> capacities = curve_capacities(footprint, 30);
        capacities.push_back(footprint + 1);
        const std::vector<Counts> curve = lru_curve(trace, capacities, c.ignore_size);
        ASSERT_EQ(curve.size(), capacities.size());
        for (size_t i = 0; i < capacities.size(); ++i) {
            SCOPED_TRACE(capacities[i]);
            expect_same(curve[i], replay(trace, trial_of(Eviction::Lru, capacities[i], c.ignore_size)));
        }
    }
}

TEST(CurveCapacities, AscendToTheFootprint) {
    const std::vector<Bytes> capacities = curve_capacities(1'000'000, 4);
    ASSERT_EQ(capacities.size(), 4u);
    EXPECT_NEAR(double(capacities[0]), 1000, 1);
    EXPECT_NEAR(double(capacities[1]), 10'000, 1);
    EXPECT_EQ(capacities[3], 1'000'000u);
    EXPECT_EQ(curve_capacities(3, 10), (std::vector<Bytes>{1, 3}));
}

TEST(MiniatureCacheTest, IsExactWithoutSampling) {
    const Trace trace = trace_of(random_records(12, {.requests = 5000, .stable = false}));
    const MiniatureCache whole(trace, 1, false);
    for (const std::string& name : eviction_names()) {
        const Trial trial = trial_of(*eviction_named(name), 4000);
        const Counts counts = replay(trace, trial, trace.future());
        EXPECT_EQ(whole.ratios_at(trial.spec, 4000).objects, counts.object_miss_ratio()) << name;
        EXPECT_EQ(whole.ratios_at(trial.spec, 4000).bytes, counts.byte_miss_ratio()) << name;
    }
}

TEST(MiniatureCacheTest, ComesNearWithATenthOfTheObjects) {
    const Trace trace = trace_of(random_records(13, {.requests = 200'000, .objects = 40'000}));
    const MiniatureCache tenth(trace, 0.1, true);
    for (const std::string& name : eviction_names()) {
        const Trial trial = trial_of(*eviction_named(name), 8000, true);
        const double exact = replay(trace, trial, trace.future()).object_miss_ratio();
        EXPECT_NEAR(tenth.ratios_at(trial.spec, 8000).objects, exact, 0.02) << name;
    }
}

}  // namespace
}  // namespace matinee::cdn::lab
