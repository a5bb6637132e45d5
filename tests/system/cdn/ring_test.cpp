#include "system/cdn/ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "system/base/random.hpp"

namespace matinee::cdn {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

struct Site {
    explicit Site(uint32_t servers, uint64_t salt = 1) : ring(servers, 128, salt), load(servers), up(servers, 1) {}
    uint32_t pick(uint64_t key, double bound = kUnbounded) const { return ring.pick(key, load, up, bound); }
    Ring ring;
    std::vector<uint64_t> load;
    std::vector<uint8_t> up;
};

TEST(RingTest, SpreadsKeysEvenly) {
    const Site site(10);
    std::vector<uint32_t> keys(10);
    for (uint64_t key = 0; key < 100'000; ++key) ++keys[site.pick(key)];
    EXPECT_GT(*std::min_element(keys.begin(), keys.end()), 7'000u);
    EXPECT_LT(*std::max_element(keys.begin(), keys.end()), 13'000u);
}

TEST(RingTest, GoesClockwiseToTheNextPoint) {
    // The definition, without tables: the least position at or after the key's is found by trying every server alone.
    const Site site(5);
    for (uint64_t key = 0; key < 2000; ++key) {
        EXPECT_EQ(site.pick(key), site.ring.home(key));
        // Taking away any server but the home must not change the pick.
        Site fewer(5);
        for (uint32_t down = 0; down < 5; ++down) {
            fewer.up.assign(5, 1);
            fewer.up[down] = 0;
            const uint32_t picked = fewer.pick(key);
            if (down != site.ring.home(key)) {
                ASSERT_EQ(picked, site.ring.home(key));
            } else {
                ASSERT_NE(picked, down);
            }
        }
    }
}

TEST(RingTest, MovesOnlyTheKeysOfAServerThatGoes) {
    Site site(8);
    std::vector<uint32_t> before;
    for (uint64_t key = 0; key < 20'000; ++key) before.push_back(site.pick(key));
    site.up[3] = 0;
    std::vector<uint32_t> taken(8);
    for (uint64_t key = 0; key < 20'000; ++key) {
        const uint32_t after = site.pick(key);
        if (before[key] == 3) {
            ++taken[after];
        } else {
            ASSERT_EQ(after, before[key]);
        }
    }
    EXPECT_EQ(taken[3], 0u);
    for (const uint32_t server : {0u, 1u, 2u, 4u, 5u, 6u, 7u}) EXPECT_GT(taken[server], 100u) << "all neighbours share";
    site.up[3] = 1;
    for (uint64_t key = 0; key < 20'000; ++key) ASSERT_EQ(site.pick(key), before[key]) << "and back";
}

TEST(RingTest, GivesANewServerItsShareOnly) {
    const Site site(8);
    const Site larger(9);
    uint32_t moved = 0;
    for (uint64_t key = 0; key < 20'000; ++key) {
        if (larger.pick(key) == site.pick(key)) continue;
        ASSERT_EQ(larger.pick(key), 8u);
        ++moved;
    }
    EXPECT_NEAR(moved, 20'000 / 9, 600);
}

TEST(RingTest, KeepsToTheBoundWithUnitLoads) {
    for (const double bound : {1.0, 1.1, 1.25, 2.0}) {
        Site site(7);
        site.up[2] = 0;
        RandomStream random(3, Purpose::Test, 1);
        uint64_t total = 0;
        for (int i = 0; i < 5000; ++i) {
            // Few keys, so that homes alone would load the servers very unevenly.
            const uint64_t key = uint64_t(random.uniform() * random.uniform() * 20);
            const uint32_t server = site.pick(key, bound);
            ASSERT_NE(server, kNoServer);
            ASSERT_NE(server, 2u);
            ++site.load[server];
            ++total;
            ASSERT_LE(double(site.load[server]), std::ceil(bound * double(total) / 6)) << bound;
        }
        EXPECT_EQ(std::accumulate(site.load.begin(), site.load.end(), uint64_t(0)), 5000u);
    }
}

TEST(RingTest, KeepsToTheBoundWithinOneRequestInFineUnits) {
    Site site(6);
    RandomStream random(4, Purpose::Test, 2);
    std::vector<std::pair<uint32_t, uint64_t>> flows;
    uint64_t away = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (flows.size() > 300) {  // flows end in random order
            const uint32_t which = random.below(uint32_t(flows.size()));
            site.load[flows[which].first] -= flows[which].second;
            flows[which] = flows.back();
            flows.pop_back();
        }
        const uint64_t kbps = 1000 + random.below(20'000);
        const uint64_t key = random.below(12);
        const uint64_t total = std::accumulate(site.load.begin(), site.load.end(), uint64_t(0));
        const uint32_t server = site.pick(key, 1.25);
        ASSERT_LE(double(site.load[server]), 1.25 * double(total) / 6 + 1);
        away += server != site.ring.home(key);
        site.load[server] += kbps;
        flows.emplace_back(server, kbps);
    }
    EXPECT_GT(away, 1000u) << "twelve titles on six servers must overflow";
    EXPECT_LT(away, 15'000u) << "and yet most requests stay at home";
}

TEST(RingTest, OverflowWalksToTheSameNextServer) {
    Site site(9);
    for (uint64_t key = 0; key < 500; ++key) {
        Site full(9);
        const uint32_t home = site.ring.home(key);
        full.load[home] = 1000;
        Site without(9);
        without.up[home] = 0;
        ASSERT_EQ(full.pick(key, 1.25), without.pick(key));
        ASSERT_EQ(full.pick(key), home) << "without a bound nothing overflows";
    }
}

TEST(RingTest, ToleratesOneServerNoneAndAllDown) {
    Site one(1);
    one.load[0] = 1'000'000;
    EXPECT_EQ(one.pick(5, 1.25), 0u);
    one.up[0] = 0;
    EXPECT_EQ(one.pick(5, 1.25), kNoServer);
    Site three(3);
    three.up.assign(3, 0);
    EXPECT_EQ(three.pick(5, 1.25), kNoServer);
    three.up[1] = 1;
    three.load = {0, 1'000'000, 0};
    EXPECT_EQ(three.pick(5, 1.25), 1u);
    const Site none(0);
    EXPECT_EQ(none.pick(5), kNoServer);
    EXPECT_EQ(none.ring.home(5), kNoServer);
    EXPECT_THROW(Ring(3, 0, 1), std::invalid_argument);
    Site laden(3);
    laden.load.assign(3, uint64_t(1) << 61);
    EXPECT_LT(laden.pick(5, 0.5), 3u) << "a bound below 1 and loads beyond a double's whole numbers";
}

TEST(RingTest, SaltsGiveOtherPlacements) {
    const Site a(10, 1);
    const Site b(10, 2);
    uint32_t same = 0;
    for (uint64_t key = 0; key < 10'000; ++key) same += a.pick(key) == b.pick(key);
    EXPECT_NEAR(same, 1000, 300);
}

}  // namespace
}  // namespace matinee::cdn
