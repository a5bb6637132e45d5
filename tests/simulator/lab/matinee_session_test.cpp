#include "simulator/lab/matinee_session.hpp"

#include <gtest/gtest.h>

#include "system/base/errors.hpp"

namespace matinee::lab {

/// One rung of 1000 kbit/s, 2 s a segment.
static Movie plain_movie(size_t segments) { return {2000, {1000}, std::vector<std::vector<double>>(segments, {2e6})}; }

static SessionOptions options_of(abr::Rule rule) {
    SessionOptions options;
    options.abr.rule = rule;
    options.timeline = true;
    return options;
}

// 10 Mbit/s and a round trip of 100 ms: two round trips for the connection, one for the request; then windows of 10,
// 20, 40 and 80 packets (116.8, 233.6, 467.2 and 934.4 kbit) of a round trip each, and 248 kbit at the link's rate:
// 724.8 ms. After that a round trip and 200 ms a segment.
TEST(MatineeSession, SlowStartByHand) {
    const std::vector<Period> trace = {{60'000, 10'000, 100}};
    const SessionResult r = MatineeModel(plain_movie(3), options_of(abr::Rule::Constant)).run(trace);
    EXPECT_EQ(r.qualities, (std::vector<int>{0, 0, 0}));
    EXPECT_NEAR(r.startup_ms, 724.8, 1e-3);
    EXPECT_NEAR(r.timeline.requests[1].until_ms - r.timeline.requests[1].at_ms, 300, 1e-3);
    EXPECT_NEAR(r.metric("total play time"), 6.7248, 1e-6);
    EXPECT_EQ(r.metric("total rebuffer"), 0);
}

// 500 kbit/s and a round trip of 1 ms (none in the trace): 4 s a segment of 2 s, so 2 s of stall for each but the
// first.
TEST(MatineeSession, StallsByHand) {
    const std::vector<Period> trace = {{60'000, 500, 0}};
    const SessionResult r = MatineeModel(plain_movie(4), options_of(abr::Rule::Constant)).run(trace);
    EXPECT_EQ(r.metric("total rebuffer events"), 3);
    EXPECT_NEAR(r.metric("total rebuffer"), 3 * 2.001, 1e-5);
    EXPECT_NEAR(r.metric("total play time"), 4.003 + 3 * 4.001 + 2, 1e-5);
}

// Fast until the first segments are in the buffer, then far too slow for rung 1.
TEST(MatineeSession, GivesUpSlowDownloads) {
    const std::vector<Period> trace = {{4'000, 8000, 20}, {600'000, 300, 20}};
    const Movie movie = {2000, {250, 4000}, std::vector<std::vector<double>>(12, {0.5e6, 8e6})};
    SessionOptions options = options_of(abr::Rule::Throughput);
    const SessionResult r = MatineeModel(movie, options).run(trace);
    EXPECT_GE(r.abandoned, 1);
    EXPECT_EQ(r.qualities.size(), 12u);
    options.abandon = false;
    const SessionResult patient = MatineeModel(movie, options).run(trace);
    EXPECT_EQ(patient.abandoned, 0);
    EXPECT_GT(patient.metric("total rebuffer"), r.metric("total rebuffer"));
}

TEST(MatineeSession, LongOutagesEnd) {
    const std::vector<Period> trace = {{3'000, 4000, 20}, {31 * 86'400e3, 0, 20}};
    const SessionResult r = MatineeModel(plain_movie(20), options_of(abr::Rule::Bola)).run(trace);
    EXPECT_EQ(r.qualities.size(), 20u);
}

TEST(MatineeSession, RefusesWhatItCannotRunOn) {
    const SessionOptions options = options_of(abr::Rule::Bola);
    EXPECT_THROW(MatineeModel(plain_movie(0), options), InputError);
    EXPECT_THROW(MatineeModel({2000, {500.5}, {{1e6}}}, options), InputError);
    const MatineeModel model(plain_movie(3), options);
    EXPECT_THROW(model.run({}), InputError);
    EXPECT_THROW(model.run(std::vector<Period>{{1000, 0, 0}}), InputError);
    EXPECT_THROW(model.run(std::vector<Period>{{10'000, 0.2, 0}}), InputError)
        << "rates are whole kbit/s in the simulator";
    SessionOptions endless = options;
    endless.movie_length_s = 1e6;
    EXPECT_THROW(MatineeModel(plain_movie(3), endless), InputError);
}

}  // namespace matinee::lab
