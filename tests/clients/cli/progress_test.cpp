#include "clients/cli/progress.hpp"

#include <gtest/gtest.h>

namespace matinee::cli {

TEST(Progress, SaysHowFarHowFastAndHowLong) {
    const world::Progress progress = {
        .simulated_s = 775, .total_s = 1800, .segments = 3'600'000, .concurrent_viewers = 19'876};
    EXPECT_EQ(progress_text(progress, {}, 3.0), " 43 %  12:55 of 30:00  1.20 M segments/s  19,876 viewers  4 s left");
}

TEST(Progress, PaceIsThatSinceTheFirstNews) {
    const world::Progress first = {
        .simulated_s = 500, .total_s = 1800, .segments = 3'000'000, .concurrent_viewers = 19'000};
    const world::Progress progress = {
        .simulated_s = 800, .total_s = 1800, .segments = 3'600'000, .concurrent_viewers = 19'876};
    EXPECT_EQ(progress_text(progress, first, 3.0),
              " 44 %  13:20 of 30:00  200 k segments/s  19,876 viewers  10 s left");
}

TEST(Progress, KeepsQuietAboutWhatItCannotTellYet) {
    const world::Progress start = {.simulated_s = 1, .total_s = 1800, .segments = 10, .concurrent_viewers = 5};
    EXPECT_EQ(progress_text(start, {}, 0.1).find("left"), std::string::npos);
    EXPECT_EQ(progress_text(start, start, 0), "  0 %  0:01 of 30:00  5 viewers");
    EXPECT_EQ(progress_text({}, {}, 0).find("nan"), std::string::npos);
}

TEST(Progress, FitsEightyColumns) {
    const world::Progress progress = {
        .simulated_s = 23 * 3600, .total_s = 24 * 3600, .segments = 999'900'000'000, .concurrent_viewers = 1'234'567};
    EXPECT_LE(progress_text(progress, {}, 47'000).size(), 79u);
}

TEST(Progress, ClockTexts) {
    EXPECT_EQ(clock_text(0), "0:00");
    EXPECT_EQ(clock_text(75), "1:15");
    EXPECT_EQ(clock_text(3675), "1:01:15");
}

}  // namespace matinee::cli
