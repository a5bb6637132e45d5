// What the caches promise: nothing that is older than an invalidation is found after it, whoever races.
#include <gtest/gtest.h>

#include "system/caching/list_cache.hpp"
#include "system/caching/row_cache.hpp"
#include "tests/services/contracts/stage.hpp"

namespace matinee::contracts {

class CachingTest : public testing::Test {
protected:
    SimulatedStage stage_;
    MemoryKv store_{stage_.clock};
    services::SimulatedKv kv_{stage_.executor, store_, services::StoreModel{}};
    RowCache rows_{kv_, stage_.clock, "row:", kHour};
    ListCache lists_{kv_, stage_.random, "list:"};
    int truth_ = 1;

    std::string found(const std::string& id) { return stage_.run(rows_.find(id)).copy.value_or("-"); }
    void sleep(TimeNs duration) { stage_.executor.run_until(stage_.executor.now() + duration); }
};

TEST_F(CachingTest, ACopyLivesUntilItsEndOrAnInvalidation) {
    const RowCache::Look look = stage_.run(rows_.find("a"));
    EXPECT_FALSE(look.copy);
    stage_.run(rows_.keep("a", look.version, "1"));
    EXPECT_EQ(found("a"), "1");
    stage_.run(rows_.invalidate("a"));
    EXPECT_EQ(found("a"), "-");
    stage_.run(rows_.keep("a", stage_.run(rows_.find("a")).version, "2"));
    EXPECT_EQ(found("a"), "2");
    sleep(kHour);
    EXPECT_EQ(found("a"), "-");
}

TEST_F(CachingTest, WhoLookedBeforeTheInvalidationKeepsNothing) {
    for (const bool cached_before : {false, true}) {
        const std::string id = cached_before ? "a" : "b";
        if (cached_before) {
            stage_.run(rows_.keep(id, 0, "old"));
            sleep(kHour - kSecond);  // about to expire
        }
        const RowCache::Look early = stage_.run(rows_.find(id));
        sleep(2 * kSecond);
        stage_.run(rows_.invalidate(id));
        stage_.run(rows_.keep(id, early.version, "stale"));
        EXPECT_EQ(found(id), "-");
    }
}

/// Readers as services write them, and a writer, all at once, with the truth in a variable.
TEST_F(CachingTest, NobodyEverSeesWhatWasBeforeAnAcknowledgedChange) {
    int acknowledged = 1, stale = 0, hits = 0, reads = 0;
    const auto reader = [&](TimeNs pause) -> Task<> {
        for (int i = 0; i < 300; ++i) {
            const int at_least = acknowledged;
            const RowCache::Look look = co_await rows_.find("a");
            int seen = 0;
            if (look.copy) {
                seen = std::stoi(*look.copy);
                ++hits;
            } else {
                co_await stage_.executor.sleep_until(stage_.executor.now() + pause);  // there
                seen = truth_;
                co_await stage_.executor.sleep_until(stage_.executor.now() + pause);  // and back
                co_await rows_.keep("a", look.version, std::to_string(seen));
            }
            ++reads;
            if (seen < at_least) ++stale;
        }
    };
    const auto writer = [&]() -> Task<> {
        for (int i = 0; i < 200; ++i) {
            co_await stage_.executor.sleep_until(stage_.executor.now() + 3 * kMillisecond);
            const int fresh = ++truth_;
            co_await rows_.invalidate("a");
            acknowledged = fresh;
        }
    };
    std::vector<Task<>> all;
    for (int i = 1; i <= 8; ++i) all.push_back(reader(i * 170 * kMicrosecond));
    all.push_back(writer());
    for (Task<>& one : all) one.start();
    stage_.executor.run();
    for (Task<>& one : all) one.take();
    EXPECT_EQ(stale, 0);
    EXPECT_EQ(reads, 2400);
    EXPECT_GT(hits, 1000) << "it is a cache, after all";
}

TEST_F(CachingTest, ListsOfAnOldGenerationAreNotFound) {
    const std::string first = stage_.run(lists_.generation());
    EXPECT_EQ(stage_.run(lists_.generation()), first);
    stage_.run(lists_.keep(first, "newest", "[1]", stage_.clock.now() + kHour));
    EXPECT_EQ(stage_.run(lists_.find(first, "newest")), "[1]");
    stage_.run(lists_.invalidate());
    const std::string second = stage_.run(lists_.generation());
    EXPECT_NE(second, first);
    EXPECT_EQ(stage_.run(lists_.find(second, "newest")), std::nullopt);
    stage_.run(lists_.keep(first, "newest", "[late]", stage_.clock.now() + kHour));
    EXPECT_EQ(stage_.run(lists_.find(second, "newest")), std::nullopt);
}

TEST_F(CachingTest, AllAgreeOnAGeneration) {
    std::vector<std::string> seen;
    const auto ask = [&]() -> Task<> {
        std::string generation = co_await lists_.generation();
        seen.push_back(generation);
    };
    std::vector<Task<>> all;
    for (int i = 0; i < 10; ++i) all.push_back(ask());
    for (Task<>& one : all) one.start();
    stage_.executor.run();
    ASSERT_EQ(seen.size(), 10u);
    for (const std::string& one : seen) EXPECT_EQ(one, seen[0]);
}

}  // namespace matinee::contracts
