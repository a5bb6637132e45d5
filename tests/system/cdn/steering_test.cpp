#include "system/cdn/steering.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "system/base/digest.hpp"
#include "system/base/random.hpp"

namespace matinee::cdn {
namespace {

constexpr uint32_t kNone = SiteDirectory::kNoSite;

/// Sites 0 to 3 near, 4 and 5 far.
SiteDirectory directory() {
    return SiteDirectory({{{0, 1, 2, 3}, 6 * kMillisecond}, {{4, 5}, 40 * kMillisecond}});
}

TEST(Steering, NearSitesBeforeFarOnes) {
    const std::vector<SiteStatus> table(6);
    for (uint64_t hash = 0; hash < 50; ++hash) {
        const auto choice = directory().choose(table, hash, kNone, true);
        EXPECT_LT(choice.site, 4u);
        EXPECT_EQ(choice.one_way_ns, 6 * kMillisecond);
    }
}

TEST(Steering, FarSitesWhenNoNearOneIsUp) {
    std::vector<SiteStatus> table(6);
    for (uint32_t site = 0; site < 4; ++site) table[site].up = false;
    const auto choice = directory().choose(table, 1, kNone, true);
    EXPECT_EQ(choice.site, 5u);
    EXPECT_EQ(choice.one_way_ns, 40 * kMillisecond);
}

TEST(Steering, NobodyWhenAllAreDownOrExcluded) {
    std::vector<SiteStatus> table(6);
    for (SiteStatus& status : table) status.up = false;
    EXPECT_EQ(directory().choose(table, 3, kNone, false).site, kNone);
    table[4].up = true;
    EXPECT_EQ(directory().choose(table, 3, 4, true).site, kNone);
    EXPECT_EQ(SiteDirectory({}).choose(table, 3, kNone, true).site, kNone);
}

TEST(Steering, AFartherSiteWithRoomBeatsANearerOneWithout) {
    std::vector<SiteStatus> table(6);
    for (uint32_t site = 0; site < 4; ++site) table[site].has_room = false;
    EXPECT_GE(directory().choose(table, 0, kNone, true).site, 4u);
    EXPECT_LT(directory().choose(table, 0, kNone, false).site, 4u);
}

TEST(Steering, WithRoomNowhereTheNearestServes) {
    std::vector<SiteStatus> table(6);
    for (SiteStatus& status : table) status.has_room = false;
    table[0].up = false;
    EXPECT_EQ(directory().choose(table, 0, kNone, true).site, 1u);
}

TEST(Steering, HashesSpreadOverATierAlsoWhenOneOfItIsDown) {
    std::vector<SiteStatus> table(6);
    std::array<int, 6> count{};
    for (uint64_t viewer = 0; viewer < 8000; ++viewer) ++count[directory().choose(table, mix64(viewer), kNone, true).site];
    for (uint32_t site = 0; site < 4; ++site) EXPECT_NEAR(count[site], 2000, 5 * std::sqrt(1500.0));
    EXPECT_EQ(count[4] + count[5], 0);
    table[2].up = false;
    for (uint64_t viewer = 0; viewer < 1000; ++viewer)
        ASSERT_NE(directory().choose(table, mix64(viewer), kNone, true).site, 2u);
}

TEST(Steering, AgainstAPlainSearch) {
    RandomStream random(1, Purpose::Test, 1);
    for (int round = 0; round < 5000; ++round) {
        std::vector<SiteStatus> table(6);
        for (SiteStatus& status : table) status = {0, random.chance(0.5), random.chance(0.5)};
        const uint32_t excluded = random.below(7);
        const bool wants_room = random.chance(0.5);
        const auto choice = directory().choose(table, random.next_u64(), excluded, wants_room);
        const auto grade = [&](uint32_t site) {  // lower is better
            if (site == excluded || !table[site].up) return 4;
            return (wants_room && !table[site].has_room ? 2 : 0) + (site < 4 ? 0 : 1);
        };
        int best = 4;
        for (uint32_t site = 0; site < 6; ++site) best = std::min(best, grade(site));
        if (best == 4) {
            ASSERT_EQ(choice.site, kNone);
        } else {
            ASSERT_NE(choice.site, kNone);
            ASSERT_EQ(grade(choice.site), best);
        }
    }
}

}  // namespace
}  // namespace matinee::cdn
