#include "system/cdn/cache/id_runs.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "system/base/random.hpp"

namespace matinee::cdn {
namespace {

/// Disjoint runs over the ids below `ids` in random order, some of them left out.
std::vector<IdRun> draw_runs(RandomStream& random, uint32_t ids) {
    std::vector<IdRun> runs;
    for (uint32_t id = 0; id < ids;) {
        const uint32_t past = std::min(ids, id + 1 + random.below(random.below(4) == 0 ? 300 : 20));
        if (random.below(3) != 0) runs.push_back({id, past});
        id = past;
    }
    for (size_t i = runs.size(); i > 1; --i) std::swap(runs[i - 1], runs[random.below(uint32_t(i))]);
    return runs;
}

TEST(RunQueueTest, IsAQueueOfIds) {
    for (uint64_t seed = 0; seed < 50; ++seed) {
        RandomStream random(seed, Purpose::Test, 20);
        RunQueue queue;
        std::deque<uint32_t> ids;
        for (const IdRun& run : draw_runs(random, 700)) {
            queue.push(run);
            for (uint32_t id = run.first; id < run.past; ++id) ids.push_back(id);
        }
        while (!ids.empty()) {
            ASSERT_FALSE(queue.empty());
            ASSERT_EQ(queue.oldest(), ids.front());
            if (random.below(3) == 0) {
                const uint32_t id = random.below(4) == 0 ? ids.front() : random.below(700);
                const auto at = std::find(ids.begin(), ids.end(), id);
                ASSERT_EQ(queue.remove(id), at != ids.end()) << id;
                if (at != ids.end()) ids.erase(at);
            } else {
                queue.pop();
                ids.pop_front();
            }
        }
        EXPECT_TRUE(queue.empty());
        EXPECT_FALSE(queue.remove(5));
    }
}

TEST(RunQueueTest, JoinsRunsThatFollowEachOther) {
    RunQueue queue;
    for (uint32_t id = 0; id < 1000; id += 10) queue.push({id, id + 10});
    EXPECT_EQ(queue.runs().size(), 1u);
    queue.push({5000, 5001});
    EXPECT_EQ(queue.runs().size(), 2u);
}

TEST(RunSetTest, IsASetThatLosesWholeBlocks) {
    for (uint64_t seed = 0; seed < 50; ++seed) {
        RandomStream random(seed, Purpose::Test, 21);
        const auto runs = draw_runs(random, 1500);
        RunSet set(runs);
        EXPECT_FALSE(set.overlaps());
        std::set<uint32_t> ids;
        for (const IdRun& run : runs)
            for (uint32_t id = run.first; id < run.past; ++id) ids.insert(id);
        for (int step = 0; step < 40; ++step) {
            for (uint32_t id = 0; id < 1700; ++id) ASSERT_EQ(set.has(id), ids.contains(id)) << id;
            const uint32_t from = random.below(1700);
            set.take_block(from, [&](uint32_t id) {
                EXPECT_EQ(id / RunSet::kBlockIds, from / RunSet::kBlockIds);
                EXPECT_EQ(ids.erase(id), 1u) << id;
            });
            EXPECT_FALSE(set.has(from));
        }
        uint32_t from = 0;
        for (const IdRun& run : set.runs()) {
            EXPECT_TRUE(from == 0 || from < run.first) << "ascending, and joined where they meet";
            EXPECT_LT(run.first, run.past);
            from = run.past;
        }
    }
}

TEST(RunSetTest, TellsOfOverlaps) {
    EXPECT_FALSE(RunSet({{10, 20}, {0, 10}, {20, 21}}).overlaps());
    EXPECT_TRUE(RunSet({{10, 20}, {0, 11}}).overlaps());
    EXPECT_TRUE(RunSet({{0, 1000}, {5, 6}, {900, 901}}).overlaps());
    EXPECT_TRUE(RunSet({{0, 1000}, {5, 6}}).has(999));
    EXPECT_FALSE(RunSet().has(0));
    EXPECT_FALSE(RunSet(std::vector<IdRun>{}).has(0));
}

}  // namespace
}  // namespace matinee::cdn
