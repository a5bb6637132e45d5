#include "clients/player/abr/buffer_based.hpp"

#include <gtest/gtest.h>

#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

static const std::vector<double> kPensieve = {300, 750, 1200, 1850, 2850, 4300};

// BB of the Pensieve repository: below 5 s rung 0, from 15 s on rung 5, else int(5 (buffer - 5) / 10).
TEST(BufferBased, ByHand) {
    const Plan plan = make_plan({.rule = Rule::Bba}, kPensieve);
    State<double> state{};
    const auto rung = [&](double level) { return decide(plan, state, at_level(level)).rung; };
    EXPECT_EQ(rung(0), 0);
    EXPECT_EQ(rung(4'999), 0);
    EXPECT_EQ(rung(5'000), 0);
    EXPECT_EQ(rung(6'999), 0);
    EXPECT_EQ(rung(7'000), 1);
    EXPECT_EQ(rung(8'999), 1);
    EXPECT_EQ(rung(9'000), 2);
    EXPECT_EQ(rung(12'999), 3);
    EXPECT_EQ(rung(14'999), 4);
    EXPECT_EQ(rung(15'000), 5);
    EXPECT_EQ(rung(60'000), 5);
}

TEST(BufferBased, ReservoirAndCushionCanBeSet) {
    const Plan plan =
        make_plan({.rule = Rule::Bba, .max_buffer_ms = 240'000, .bba_reservoir_ms = 90'000, .bba_cushion_ms = 100'000},
                  {1, 2, 3});
    State<double> state{};
    EXPECT_EQ(decide(plan, state, at_level(139'999)).rung, 0);
    EXPECT_EQ(decide(plan, state, at_level(140'000)).rung, 1);
    EXPECT_EQ(decide(plan, state, at_level(190'000)).rung, 2);
}

TEST(BufferBased, CaresForNothingElse) {
    const Plan plan = make_plan({.rule = Rule::Bba}, kPensieve);
    State<double> state{};
    report_download(plan, state, download_at(1, 1e6, 1e5, 5, 9'000));
    EXPECT_EQ(decide(plan, state, at_level(9'000)).rung, 2);
}

}  // namespace matinee::abr
