#include "clients/player/lab/pensieve_session.hpp"

#include <gtest/gtest.h>

#include "system/base/errors.hpp"

namespace matinee::lab {

/// Two rungs, 475 kB and 950 kB a segment of 4 s: half a second and a second at 8 Mbit/s less 5 %.
static Movie plain_movie(size_t segments) {
    return {4000, {1000, 2000}, std::vector<std::vector<double>>(segments, {3.8e6, 7.6e6})};
}

static SessionOptions options_of(abr::Rule rule, double max_buffer_ms = kPensieveMaxBufferMs) {
    SessionOptions options;
    options.abr.rule = rule;
    options.abr.max_buffer_ms = max_buffer_ms;
    options.timeline = true;
    return options;
}

// The buffer goes 4, 7.42, 10.84, 14.26 (rung 0 until 15 s), 17.68, and then rung 1.
TEST(PensieveSession, BufferBasedByHand) {
    const std::vector<Period> trace = {{60'000, 8000, 500}};
    const SessionResult r = PensieveModel(plain_movie(7), options_of(abr::Rule::Bba)).run(trace);
    EXPECT_EQ(r.qualities, (std::vector<int>{1, 0, 0, 0, 0, 1})) << "the last segment is not played";
    EXPECT_DOUBLE_EQ(r.metric("total rebuffer"), 1.08)
        << "the start counts as a stall; the trace's latency does not count";
    EXPECT_DOUBLE_EQ(r.startup_ms, 1080);
    EXPECT_DOUBLE_EQ(r.metric("total play time"), 6 * 4 + 1.08);
    EXPECT_DOUBLE_EQ(r.metric("total played bitrate"), 8000);
    EXPECT_DOUBLE_EQ(r.metric("total bitrate change"), 2000);
    EXPECT_DOUBLE_EQ(r.metric("total reward"), 8 - 4.3 * 1.08 - 2);
    EXPECT_DOUBLE_EQ(r.metric("average reward"), (8 - 4.3 * 1.08 - 2) / 6);
}

// A cap of 6 s: 7.42 s after the second segment are 1.42 s too many, so the player sleeps 1.5 s. The link stands still
// during the 80 ms of a request, so that it is at 1 + 0.5 + 1.5 s then, where it halves.
TEST(PensieveSession, SleepsInStepsOfHalfASecondByHand) {
    const std::vector<Period> trace = {{3000, 8000, 0}, {10'000, 4000, 0}};
    const SessionResult r = PensieveModel(plain_movie(4), options_of(abr::Rule::Bba, 6000)).run(trace);
    ASSERT_EQ(r.timeline.requests.size(), 3u);
    EXPECT_NEAR(r.timeline.requests[1].until_ms, 1660, 1e-9);
    EXPECT_NEAR(r.timeline.requests[2].at_ms, 3160, 1e-9);
    EXPECT_NEAR(r.timeline.requests[2].until_ms, 3160 + 1080, 1e-9);
    EXPECT_NEAR(r.timeline.requests[2].kbps, 4000 * 0.95, 1e-9);
}

// mpc.py takes the sizes of the segment after the one it plans for. Segment 2 is small and segment 1 is not: the plan
// for segment 1 takes the small one's size and dares rung 1.
TEST(PensieveSession, RobustMpcLooksOneSegmentTooFar) {
    const std::vector<Period> trace = {{600'000, 8000, 0}};
    Movie movie = plain_movie(3);
    movie.segment_bits[1] = {3.8e6, 100e6};
    movie.segment_bits[2] = {3.8e6, 3.9e6};
    EXPECT_EQ(PensieveModel(movie, options_of(abr::Rule::RobustMpc)).run(trace).qualities, (std::vector<int>{1, 1}));
    std::swap(movie.segment_bits[1], movie.segment_bits[2]);
    EXPECT_EQ(PensieveModel(movie, options_of(abr::Rule::RobustMpc)).run(trace).qualities, (std::vector<int>{1, 0}));
}

TEST(PensieveSession, LongOutagesAndShortTracesEnd) {
    const double month_ms = 31 * 86'400e3;
    const SessionResult r = PensieveModel(plain_movie(7), options_of(abr::Rule::RobustMpc))
                                .run(std::vector<Period>{{1000, 8000, 0}, {month_ms, 0, 0}});
    EXPECT_EQ(r.qualities.size(), 6u);
    EXPECT_GT(r.metric("total rebuffer"), month_ms / 1000);
    // 2 bit a round of 2 ms, 950 of 1000 of which arrive.
    const SessionResult slow =
        PensieveModel(plain_movie(3), options_of(abr::Rule::Bba)).run(std::vector<Period>{{1, 2, 0}, {1, 0, 0}});
    EXPECT_NEAR(slow.metric("total rebuffer"), 2 * 0.08 + (7.6e6 + 3.8e6) / 950 - 4, 1e-2);
}

TEST(PensieveSession, RefusesWhatItCannotRunOn) {
    EXPECT_THROW(PensieveModel(plain_movie(1), options_of(abr::Rule::Bba)), InputError);
    EXPECT_THROW(PensieveModel({4000, {500, 900}, {{1e6}, {1e6}}}, options_of(abr::Rule::Bba)), InputError);
    const PensieveModel model(plain_movie(3), options_of(abr::Rule::Bba));
    EXPECT_THROW(model.run({}), InputError);
    EXPECT_THROW(model.run(std::vector<Period>{{1000, 0, 0}}), InputError);
}

}  // namespace matinee::lab
