#include "simulator/engine/alarms.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::engine {
namespace {

TEST(Alarms, RingBeforeTheirTimeAndOnce) {
    Alarms alarms;
    RandomStream random(1, Purpose::Test, 1);
    std::multimap<TimeNs, uint32_t> waiting;
    size_t refused = 0;
    TimeNs end = 0;
    for (uint32_t id = 0; id < 20'000; ++id) {
        const TimeNs time = end + TimeNs(random.uniform() * double(40 * kSecond));
        if (alarms.set(time, id)) {
            waiting.emplace(time, id);
        } else {
            ++refused;
        }
        end += random.below(10'000'000);
        std::set<uint32_t> approached;
        alarms.open(end, [&](uint32_t due) { approached.insert(due); }, [&](TimeNs at, uint32_t rung) {
            ASSERT_TRUE(approached.contains(rung));
            ASSERT_GE(at, end - kSecond) << "opened no sooner than its window";
            const auto range = waiting.equal_range(at);
            auto found = range.first;
            while (found != range.second && found->second != rung) ++found;
            ASSERT_NE(found, range.second) << "unknown, or rung twice";
            waiting.erase(found);
        });
        ASSERT_TRUE(waiting.empty() || waiting.begin()->first >= end) << "one was missed";
    }
    EXPECT_LT(refused, 4000u);
    EXPECT_GT(refused, 0u) << "beyond the last slot it says so";
}

}  // namespace
}  // namespace matinee::engine
