#include "simulator/faults/timeline.hpp"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

namespace matinee::faults {
namespace {

using scenario::Fault;

/// Group 0 has sites 0 and 1 in region 0, site 2 in region 1; group 1 has one in region 1.
const std::vector<Place> kPlaces{{0, 0, 0}, {0, 1, 0}, {0, 2, 1}, {1, 0, 1}};

Fault at_sites(uint32_t group, uint32_t first, uint32_t last, TimeNs at, TimeNs end) {
    Fault fault;
    fault.group = group;
    fault.first_site = first;
    fault.last_site = last;
    fault.at = at;
    fault.end = end;
    return fault;
}

using Row = std::tuple<TimeNs, uint32_t, bool>;

std::vector<Row> rows(const Timeline& timeline, uint32_t site) {
    std::vector<Row> rows;
    for (const Change& change : timeline.at_site(site)) rows.emplace_back(change.at, change.fault, change.begins);
    return rows;
}

TEST(Timeline, ARangeOfSitesOfOneGroup) {
    const std::vector<Fault> faults{at_sites(0, 1, 2, 10, 20)};
    const Timeline timeline(faults, kPlaces);
    EXPECT_TRUE(timeline.at_site(0).empty());
    EXPECT_EQ(rows(timeline, 1), (std::vector<Row>{{10, 0, true}, {20, 0, false}}));
    EXPECT_EQ(rows(timeline, 2), rows(timeline, 1));
    EXPECT_TRUE(timeline.at_site(3).empty()) << "same number, another group";
}

TEST(Timeline, ARegionIsAllItsSitesOfEveryGroup) {
    Fault fault;
    fault.target = Fault::Target::Region;
    fault.region = 1;
    fault.at = 5;
    fault.end = kNever;
    const Timeline timeline(std::vector<Fault>{fault}, kPlaces);
    EXPECT_TRUE(timeline.at_site(0).empty());
    EXPECT_EQ(rows(timeline, 2), (std::vector<Row>{{5, 0, true}})) << "what never ends has no end";
    EXPECT_EQ(rows(timeline, 3), (std::vector<Row>{{5, 0, true}}));
}

TEST(Timeline, ALinkIsAtItsChildren) {
    Fault fault = at_sites(0, 0, 0, 5, 6);
    fault.target = Fault::Target::Link;
    const Timeline timeline(std::vector<Fault>{fault}, kPlaces);
    EXPECT_EQ(timeline.at_site(0).size(), 2u);
    EXPECT_TRUE(timeline.at_site(3).empty());
}

TEST(Timeline, EndsComeBeforeBeginningsAtOneInstantThenTheScenariosOrder) {
    const std::vector<Fault> faults{at_sites(0, 0, 0, 30, 40), at_sites(0, 0, 0, 20, 30), at_sites(0, 0, 0, 30, 35),
                                    at_sites(0, 0, 0, 10, 30)};
    EXPECT_EQ(rows(Timeline(faults, kPlaces), 0), (std::vector<Row>{{10, 3, true},
                                                                     {20, 1, true},
                                                                     {30, 1, false},
                                                                     {30, 3, false},
                                                                     {30, 0, true},
                                                                     {30, 2, true},
                                                                     {35, 2, false},
                                                                     {40, 0, false}}));
}

TEST(Condition, FaultsAddUp) {
    Condition condition;
    EXPECT_FALSE(condition.down);
    Fault slow;
    slow.kind = Fault::Kind::Slow;
    slow.rate_factor = 0.5;
    slow.added_latency = 10;
    slow.loss = 0.9;  // of another kind: counts for nothing
    condition.worsen(slow);
    condition.worsen(slow);
    EXPECT_DOUBLE_EQ(condition.rate_factor, 0.25);
    EXPECT_EQ(condition.added_latency, 20);
    EXPECT_EQ(condition.loss, 0);
    Fault lossy;
    lossy.kind = Fault::Kind::Lossy;
    lossy.loss = 0.1;
    lossy.rate_factor = 0.5;
    condition.worsen(lossy);
    condition.worsen(lossy);
    EXPECT_DOUBLE_EQ(condition.loss, 0.19);
    EXPECT_DOUBLE_EQ(condition.rate_factor, 0.25);
    EXPECT_FALSE(condition.down);
    condition.worsen(Fault());
    EXPECT_TRUE(condition.down);
}

}  // namespace
}  // namespace matinee::faults
