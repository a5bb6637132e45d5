// Contract of the port Kv.
#include <gtest/gtest.h>

#include "tests/services/contracts/stage.hpp"

namespace matinee::contracts {

/// Every adapter here takes its time from a simulated clock, so that expiry needs no waiting.
struct KvCase {
    SimulatedStage stage;
    MemoryKv memory{stage.clock};
    services::SimulatedKv simulated{stage.executor, memory, services::StoreModel{}};
    bool modelled = false;
    Kv& kv() { return modelled ? static_cast<Kv&>(simulated) : memory; }
};

class KvContract : public testing::TestWithParam<Adapter<KvCase>> {
protected:
    std::string get(const std::string& key) {
        const std::optional<KvEntry> entry = stage_.run(kv_.get(key));
        return entry ? entry->value : "-";
    }
    uint64_t version(const std::string& key) {
        const std::optional<KvEntry> entry = stage_.run(kv_.get(key));
        return entry ? entry->version : 0;
    }
    void put(const std::string& key, const std::string& value, TimeNs lifetime = kHour) {
        stage_.run(kv_.put(key, value, stage_.clock.now() + lifetime));
    }
    bool compare_and_set(const std::string& key, uint64_t expected, const std::string& value, TimeNs lifetime = kHour) {
        return stage_.run(kv_.compare_and_set(key, expected, value, stage_.clock.now() + lifetime));
    }

    std::unique_ptr<KvCase> case_ = GetParam().make();
    Kv& kv_ = case_->kv();
    SimulatedStage& stage_ = case_->stage;
};

TEST_P(KvContract, PutGetErase) {
    EXPECT_EQ(get("a"), "-");
    put("a", std::string("1\0\xff", 3));
    put("b", "");
    EXPECT_EQ(get("a"), std::string("1\0\xff", 3));
    EXPECT_EQ(get("b"), "");
    put("a", "2");
    EXPECT_EQ(get("a"), "2");
    EXPECT_TRUE(stage_.run(kv_.erase("a")));
    EXPECT_FALSE(stage_.run(kv_.erase("a")));
    EXPECT_EQ(get("a"), "-");
}

TEST_P(KvContract, ExpiresAtItsMoment) {
    const TimeNs end = stage_.clock.now() + kMinute;
    stage_.run(kv_.put("a", "1", end));
    stage_.run(kv_.put("b", "1", end));
    stage_.run(kv_.put("b", "2", end + kMinute));
    stage_.executor.run_until(end - kSecond);
    EXPECT_EQ(get("a"), "1");
    stage_.executor.run_until(end);
    EXPECT_EQ(get("a"), "-");
    EXPECT_EQ(get("b"), "2") << "the later put counts";
    EXPECT_FALSE(stage_.run(kv_.erase("a")));
    put("a", "born dead", -kSecond);
    EXPECT_EQ(get("a"), "-");
}

TEST_P(KvContract, CompareAndSet) {
    EXPECT_FALSE(compare_and_set("a", 1, "x"));
    EXPECT_TRUE(compare_and_set("a", 0, "1"));
    EXPECT_FALSE(compare_and_set("a", 0, "2"));
    const uint64_t first = version("a");
    EXPECT_NE(first, 0u);
    put("a", "1");
    EXPECT_NE(version("a"), first) << "the same value written again is another version";
    EXPECT_FALSE(compare_and_set("a", first, "3"));
    EXPECT_TRUE(compare_and_set("a", version("a"), "4"));
    EXPECT_EQ(get("a"), "4");
    const uint64_t before = version("a");
    stage_.run(kv_.erase("a"));
    EXPECT_FALSE(compare_and_set("a", before, "5"));
    EXPECT_TRUE(compare_and_set("a", 0, "6", kSecond));
    stage_.executor.run_until(stage_.clock.now() + kSecond);
    EXPECT_TRUE(compare_and_set("a", 0, "7")) << "expired is absent";
}

static Task<> race(Kv& kv, TimeNs end, int& winners) {
    const bool won = co_await kv.compare_and_set("lock", 0, "mine", end);
    winners += won ? 1 : 0;
}

TEST_P(KvContract, OfManyOneWins) {
    int winners = 0;
    std::vector<Task<>> racers;
    for (int i = 0; i < 20; ++i) racers.push_back(race(kv_, stage_.clock.now() + kHour, winners));
    for (Task<>& racer : racers) racer.start();
    stage_.executor.run();
    EXPECT_EQ(winners, 1);
}

static Adapter<KvCase> kv_adapter(const char* name, bool modelled) {
    return {name, [modelled] {
                auto made = std::make_unique<KvCase>();
                made->modelled = modelled;
                return made;
            }};
}

INSTANTIATE_TEST_SUITE_P(Adapters, KvContract,
                         testing::Values(kv_adapter("Memory", false), kv_adapter("Simulated", true)), name_of<KvCase>);

TEST(MemoryKv, WritesTakeTheExpiredAway) {
    SimulatedStage stage;
    MemoryKv kv(stage.clock);
    for (int i = 0; i < 100; ++i) stage.run(kv.put("old" + std::to_string(i), "", kEvening + kSecond));
    stage.executor.run_until(kEvening + kMinute);
    for (int i = 0; i < 100; ++i) stage.run(kv.put("new" + std::to_string(i % 10), "", kEvening + kHour));
    EXPECT_EQ(kv.size(), 10u);
}

}  // namespace matinee::contracts
