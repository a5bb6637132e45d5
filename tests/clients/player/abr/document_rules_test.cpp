#include "clients/player/abr/document_rules.hpp"

#include <gtest/gtest.h>

#include "tests/clients/player/abr/fixtures.hpp"

namespace matinee::abr {

static const std::vector<double> k000 = {1000, 3000, 5000, 15'000};
static const std::vector<double> k003 = {1000, 2500, 5000, 8000, 25'000};
static const std::vector<double> k004 = {500, 1000, 2500, 5000, 25'000};

static Observation not_started() {
    Observation now = at_level(0);
    now.playing = false;
    return now;
}

// The worked example: 2 Mbit/s at 0 s: 720p; 2 at 6 s: 720p; 10 at 12 s: 1080p; 1 at 18 s: 480p.
TEST(RateCheck, ReplaysTheDocumentsExample) {
    const Plan plan = make_plan({.rule = Rule::RateCheck, .initial_throughput_kbps = 2000}, k000, 10'000);
    State<float> state{};
    int rung = decide(plan, state, at_level(0, 0, 0)).rung;
    EXPECT_EQ(rung, 1);
    const auto check = [&](double now_ms, double kbps) {
        report_download(plan, state, download_at(kbps, 1000));
        return rung = decide(plan, state, at_level(4'000, rung, now_ms)).rung;
    };
    EXPECT_EQ(check(6'000, 2'000), 1);
    EXPECT_EQ(check(12'000, 10'000), 2) << "not 4K";
    EXPECT_EQ(check(18'000, 1'000), 0);
}

TEST(RateCheck, LooksEverySixSecondsOnly) {
    const Plan plan = make_plan({.rule = Rule::RateCheck}, k000);
    State<double> state = state_with(plan, 5'000);
    EXPECT_EQ(decide(plan, state, at_level(9'000, 0, 1'000)).rung, 2);
    report_download(plan, state, download_at(100));
    EXPECT_EQ(decide(plan, state, at_level(9'000, 2, 6'999)).rung, 2);
    EXPECT_EQ(decide(plan, state, at_level(9'000, 2, 7'000)).rung, 0);
}

TEST(RateCheck, StaysWithinItsTolerance) {
    const Plan plan = make_plan({.rule = Rule::RateCheck}, k000);
    const auto rung = [&](int last, double kbps) {
        State<double> state = state_with(plan, kbps);
        state.steady = 1;
        return decide(plan, state, at_level(9'000, last)).rung;
    };
    EXPECT_EQ(rung(2, 3'400), 2) << "5000 / 1.5 = 3333";
    EXPECT_EQ(rung(2, 3'300), 1);
    EXPECT_EQ(rung(1, 4'999), 1);
    EXPECT_EQ(rung(1, 5'000), 2);
    EXPECT_EQ(rung(0, 40'000), 3);
}

TEST(Ratio, UpAboveOneAndAHalfOfTheLastThreeSegments) {
    const Plan plan = make_plan({.rule = Rule::Ratio15}, k004);
    State<double> state{};
    // 9000 kbit in 3 s, 1000 kbit in 1 s, 2000 kbit in 4 s: 12 000 kbit in 8 s = 1500 kbit/s.
    report_download(plan, state, download_at(50'000, 1000));  // leaves the window
    report_download(plan, state, download_at(3000, 3000));
    report_download(plan, state, download_at(1000, 1000));
    report_download(plan, state, download_at(500, 4000));
    EXPECT_EQ(decide(plan, state, at_level(9'000, 0)).rung, 1) << "1500 > 750";
    EXPECT_EQ(decide(plan, state, at_level(9'000, 1)).rung, 1) << "1500 is not above 1500";
    EXPECT_EQ(decide(plan, state, at_level(9'000, 4)).rung, 4) << "nothing but the buffer takes it down";
}

TEST(Ratio, DownBelowFiveSecondsAtOnce) {
    const Plan plan = make_plan({.rule = Rule::Ratio15}, k004);
    State<double> state = state_with(plan, 90'000);
    EXPECT_EQ(decide(plan, state, at_level(4'999, 3)).rung, 2);
    EXPECT_EQ(decide(plan, state, at_level(4'999, 0)).rung, 0);
    EXPECT_EQ(decide(plan, state, at_level(5'000, 3)).rung, 4);
    EXPECT_EQ(decide(plan, state, at_level(5'000, 4)).rung, 4);
    EXPECT_EQ(decide(plan, state, not_started()).rung, 1) << "before the first frame a low buffer says nothing";
}

TEST(Bands, ByBufferFirst) {
    const Plan plan = make_plan({.rule = Rule::Bands, .max_buffer_ms = 60'000}, k003);
    State<double> state = state_with(plan, 6'000);
    EXPECT_EQ(decide(plan, state, at_level(9'999, 3)).rung, 0);
    EXPECT_EQ(decide(plan, state, at_level(10'000, 3)).rung, 2);
    EXPECT_EQ(decide(plan, state, at_level(30'000, 3)).rung, 2);
    EXPECT_EQ(decide(plan, state, at_level(30'001, 3)).rung, 4);
    EXPECT_EQ(decide(plan, state, not_started()).rung, 2);
}

TEST(Bands, ThenByBandwidth) {
    const auto rung = [](const std::vector<double>& ladder, double kbps) {
        const Plan plan = make_plan({.rule = Rule::Bands}, ladder);
        State<double> state = state_with(plan, kbps);
        return decide(plan, state, at_level(20'000)).rung;
    };
    EXPECT_EQ(rung(k003, 10'001), 3) << "1080p";
    EXPECT_EQ(rung(k003, 9'999), 2) << "720p";
    EXPECT_EQ(rung(k003, 4'999), 1) << "480p";
    EXPECT_EQ(rung(k003, 1'999), 0) << "360p";
    EXPECT_EQ(rung(k004, 10'001), 3) << "the highest at or below 8000";
    EXPECT_EQ(rung({20'000, 30'000}, 50'000), 0) << "rung 0 at least";
}

TEST(Bands, AverageOverFiveSegments) {
    const Plan plan = make_plan({.rule = Rule::Bands}, k003);
    State<float> state{};
    for (const double kbps : {90'000.0, 12'000.0, 12'000.0, 12'000.0, 12'000.0, 4'000.0})
        report_download(plan, state, download_at(kbps, kbps / 10));  // of rates, not weighted by time
    EXPECT_EQ(decide(plan, state, at_level(20'000)).rung, 3) << "52 / 5 = 10.4 Mbit/s";
    report_download(plan, state, download_at(9'000));
    EXPECT_EQ(decide(plan, state, at_level(20'000)).rung, 2) << "49 / 5 = 9.8";
}

TEST(Bands, CanCountSegmentsLiterally) {
    const Plan plan =
        make_plan({.rule = Rule::Bands, .max_buffer_ms = 200'000, .bands_count_segments = true}, k003, 4000);
    State<double> state = state_with(plan, 6'000);
    EXPECT_EQ(decide(plan, state, at_level(39'999)).rung, 0);
    EXPECT_EQ(decide(plan, state, at_level(40'000)).rung, 2);
    EXPECT_EQ(decide(plan, state, at_level(120'001)).rung, 4);
}

TEST(Halving, ByHand) {
    const Plan plan = make_plan({.rule = Rule::Halving}, k004);
    State<double> state = state_with(plan, 4'000);
    EXPECT_EQ(decide(plan, state, at_level(9'999, 3)).rung, 2) << "2500";
    EXPECT_EQ(decide(plan, state, at_level(9'999, 2)).rung, 1) << "1250: the highest at or below";
    EXPECT_EQ(decide(plan, state, at_level(9'999, 0)).rung, 0);
    EXPECT_EQ(decide(plan, state, at_level(10'000, 3)).rung, 3);
    EXPECT_EQ(decide(plan, state, at_level(20'000, 2)).rung, 2) << "not above 20 s";
    EXPECT_EQ(decide(plan, state, at_level(20'001, 2)).rung, 3) << "4000 > 3750";
    EXPECT_EQ(decide(plan, state, at_level(20'001, 3)).rung, 3) << "4000 < 7500";
    EXPECT_EQ(decide(plan, state, at_level(20'001, 1)).rung, 1) << "2 x 1000 does not reach 2500";
    EXPECT_EQ(decide(plan, state, not_started()).rung, 0);
    report_download(plan, state, download_at(1e6));
    EXPECT_EQ(decide(plan, state, at_level(25'000, 4)).rung, 4);
    EXPECT_EQ(decide(plan, state, at_level(25'000, 3)).rung, 3) << "25 000 is more than twice 5000";
}

TEST(LadderSteps, ByHand) {
    const Plan plan = make_plan({.rule = Rule::LadderSteps}, k004);
    State<double> state = state_with(plan, 4'000);
    EXPECT_EQ(decide(plan, state, at_level(4'999, 3)).rung, 0);
    EXPECT_EQ(decide(plan, state, at_level(5'000, 3)).rung, 2);
    EXPECT_EQ(decide(plan, state, at_level(9'999, 0)).rung, 0);
    EXPECT_EQ(decide(plan, state, at_level(10'000, 3)).rung, 3);
    EXPECT_EQ(decide(plan, state, at_level(20'000, 2)).rung, 2);
    EXPECT_EQ(decide(plan, state, at_level(20'001, 2)).rung, 3) << "4000 > 3750";
    EXPECT_EQ(decide(plan, state, at_level(20'001, 3)).rung, 3);
}

TEST(LadderSteps, StartsAt720pForFiveSeconds) {
    const Plan plan = make_plan({.rule = Rule::LadderSteps}, k004);
    State<double> state{};
    EXPECT_EQ(decide(plan, state, at_level(0, 0, 0)).rung, 2);
    report_download(plan, state, download_at(300));
    EXPECT_EQ(decide(plan, state, at_level(4'000, 2, 4'999)).rung, 2);
    EXPECT_EQ(decide(plan, state, at_level(4'000, 2, 5'000)).rung, 0);
}

TEST(LadderSteps, AverageOverTenMeasurements) {
    const Plan plan = make_plan({.rule = Rule::LadderSteps}, k004);
    State<float> state{};
    report_download(plan, state, download_at(90'000));
    for (int i = 0; i < 9; ++i) report_download(plan, state, download_at(1'000));
    EXPECT_EQ(decide(plan, state, at_level(21'000, 2)).rung, 3) << "9900 > 3750";
    report_download(plan, state, download_at(1'000));
    EXPECT_EQ(decide(plan, state, at_level(21'000, 2)).rung, 2) << "the first one is forgotten";
}

TEST(DocumentRules, NeverGiveADownloadUp) {
    for (const Rule rule : {Rule::RateCheck, Rule::Ratio15, Rule::Bands, Rule::Halving, Rule::LadderSteps}) {
        const Plan plan = make_plan({.rule = rule}, k004);
        const State<double> state = state_with(plan, 100);
        EXPECT_FALSE(may_abandon(plan));
        EXPECT_EQ(abandon_to(plan, state, {.elapsed_ms = 60'000, .bits_done = 1, .bits_total = 1e9, .rung = 4}), -1);
    }
}

}  // namespace matinee::abr
