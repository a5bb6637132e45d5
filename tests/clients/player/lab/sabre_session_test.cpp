#include "clients/player/lab/sabre_session.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "clients/player/abr/names.hpp"
#include "system/base/errors.hpp"

namespace matinee::lab {

using nlohmann::json;

namespace {

/// The folder of outside data, or empty.
std::filesystem::path abr_data() {
    const char* data = std::getenv("MATINEE_DATA");
    if (data == nullptr || !std::filesystem::exists(std::filesystem::path(data) / "abr/examples.json")) return {};
    return std::filesystem::path(data) / "abr";
}

json parse(const std::filesystem::path& file) { return json::parse(std::ifstream(file)); }

Movie movie_from(const std::filesystem::path& file) {
    const json j = parse(file);
    return {j.at("segment_duration_ms"), j.at("bitrates_kbps"), j.at("segment_sizes_bits")};
}

std::vector<Period> trace_from(const std::filesystem::path& file) {
    std::vector<Period> trace;
    for (const json& p : parse(file))
        trace.push_back({p.at("duration_ms"), p.at("bandwidth_kbps"), p.at("latency_ms")});
    return trace;
}

abr::Settings settings_from(const json& example) {
    abr::Settings settings;
    settings.rule = abr::rule_named(example.at("abr").get<std::string>()).value();
    settings.max_buffer_ms = example.at("max_buffer_s").get<double>() * 1000;
    const std::vector<std::string> flags = example.at("extra_flags");
    for (size_t i = 0; i < flags.size(); ++i) {
        if (flags[i] == "-ao") {
            settings.bola_osc = true;
        } else if (flags[i] == "-ma" && flags.at(i + 1) == "sliding") {
            settings.average = abr::Average::Sliding;
            ++i;
        } else if (flags[i] == "-ws") {
            settings.window[0] = std::stoi(flags.at(i + 1));
            settings.window[1] = std::stoi(flags.at(i + 2));
            i += 2;
        } else {
            throw std::invalid_argument("unknown flag " + flags[i]);
        }
    }
    return settings;
}

/// One rung of 500 kbit/s and segments of 2 s, 1e6 bits each.
Movie plain_movie(size_t segments) { return {2000, {500}, std::vector<std::vector<double>>(segments, {1e6})}; }

SessionOptions options_of(abr::Rule rule, double max_buffer_ms = 25'000) {
    SessionOptions options;
    options.abr.rule = rule;
    options.abr.max_buffer_ms = max_buffer_ms;
    return options;
}

}  // namespace

// 1000 kbit/s: a segment takes 1 s. 1 s of start-up, then the buffer goes 2, 3, 4 s, and 4 s are played out.
TEST(SabreSession, SmoothPlaybackByHand) {
    const std::vector<Period> trace = {{60'000, 1000, 0}};
    const SessionResult r = run_sabre_session(plain_movie(3), trace, options_of(abr::Rule::Throughput));
    EXPECT_EQ(r.qualities, (std::vector<int>{0, 0, 0}));
    EXPECT_EQ(r.metric("total play time"), 7);
    EXPECT_EQ(r.metric("total rebuffer"), 0);
    EXPECT_EQ(r.metric("total rebuffer events"), 0);
    EXPECT_EQ(r.metric("total played bitrate"), 1500);
    EXPECT_EQ(r.metric("total play time chunks"), 3.5);
    EXPECT_EQ(r.metric("total bitrate change"), 0);
    EXPECT_EQ(r.metric("rampup time"), 1) << "the first segment plays after 1 s";
    EXPECT_THROW(r.metric("nonsense"), std::out_of_range);
}

// 250 kbit/s: 4 s a segment of 2 s. Each of the two later downloads plays 2 s and stalls 2 s.
TEST(SabreSession, StallsByHand) {
    const std::vector<Period> trace = {{60'000, 250, 0}};
    const SessionResult r = run_sabre_session(plain_movie(3), trace, options_of(abr::Rule::Throughput));
    EXPECT_EQ(r.metric("total play time"), 14);
    EXPECT_EQ(r.metric("total rebuffer"), 4);
    EXPECT_EQ(r.metric("total rebuffer events"), 2);
    EXPECT_DOUBLE_EQ(r.metric("rebuffer ratio"), 4.0 / 14);
    EXPECT_DOUBLE_EQ(r.metric("time average score"), -5.0 * 2 / 7) << "utility 0, 2 segments of stall, 7 of time";
}

// 5 s of buffer and 10 Mbit/s: a segment takes 100 ms. Before segment 2 there are 3.9 s: 900 ms until 5 s can hold it.
TEST(SabreSession, WaitsWhileTheBufferIsFullByHand) {
    const std::vector<Period> trace = {{60'000, 10'000, 0}};
    const SessionResult r = run_sabre_session(plain_movie(4), trace, options_of(abr::Rule::Throughput, 5'000));
    EXPECT_DOUBLE_EQ(r.metric("total play time"), 0.1 + 8) << "no stall: start-up and 4 segments";
    EXPECT_EQ(r.metric("total rebuffer"), 0);
}

TEST(SabreSession, MoviesRepeatUpToALength) {
    Movie movie = plain_movie(2);
    movie.segment_bits[1][0] = 2e6;
    SessionOptions options = options_of(abr::Rule::Throughput);
    options.movie_length_s = 9;  // 4.5 segments, so 5: 1 + 2 + 1 + 2 + 1 Mbit
    const std::vector<Period> trace = {{60'000, 250, 0}};
    const SessionResult r = run_sabre_session(movie, trace, options);
    EXPECT_EQ(r.qualities.size(), 5u);
    EXPECT_EQ(r.metric("total play time"), 4 + 8 + 4 + 8 + 4 + 2);
    options.bandwidth_multiplier = 2;
    EXPECT_EQ(run_sabre_session(movie, trace, options).metric("total play time"), 2 + 4 + 2 + 4 + 2 + 2);
}

// 800 kbit/s carry rung 0 (500) only: a segment of 2 s comes every 1.25 s, the 16th at 20 s. Then the link has 10
// Mbit/s, the 17th segment says so at 20.1 s, and the buffer holds segments 9 (0.85 s of it played) to 16. A
// replacement takes 200 ms. The head and what follows it at once are left alone: ceil(1.5 + 0.425) = 2 segments, 3 from
// 1 s of head on.
TEST(SabreSession, ReplacesSegmentsByHand) {
    const std::vector<Period> trace = {{20'000, 800, 0}, {60'000, 10'000, 0}};
    const Movie movie = {2000, {500, 1000}, std::vector<std::vector<double>>(20, {1e6, 2e6})};
    SessionOptions options = options_of(abr::Rule::Throughput);
    options.abr.insufficient_buffer_rule = false;
    options.abr.average = abr::Average::Sliding;
    options.abr.window[0] = options.abr.window[1] = 1;
    const auto replaced = [](const SessionResult& r) {
        std::vector<uint32_t> segments;
        for (const SessionResult::Replacement& replacement : r.replacements) segments.push_back(replacement.segment);
        return segments;
    };
    std::vector<int> qualities(17, 0);
    qualities.resize(20, 1);
    options.replace = Replace::Left;
    const SessionResult left = run_sabre_session(movie, trace, options);
    EXPECT_EQ(replaced(left), (std::vector<uint32_t>{11, 12, 13, 14, 15, 16}));
    EXPECT_EQ(left.qualities, qualities);
    EXPECT_EQ(left.metric("total played bitrate"), 11 * 500 + 9 * 1000);
    options.replace = Replace::Right;
    const SessionResult right = run_sabre_session(movie, trace, options);
    EXPECT_EQ(replaced(right), (std::vector<uint32_t>{16, 15, 14, 13, 12}));
    EXPECT_EQ(right.metric("total played bitrate"), 12 * 500 + 8 * 1000);
    EXPECT_EQ(right.metric("total rebuffer"), 0);
}

// The same, but the link dies again at 20.3 s for 12 s: the replacement of segment 12 would be late. It is given up
// when its place begins to play, or comes too late to be put there.
TEST(SabreSession, ReplacementsThatComeTooLate) {
    const std::vector<Period> trace = {{20'000, 800, 0}, {300, 10'000, 0}, {12'000, 1, 0}, {60'000, 10'000, 0}};
    const Movie movie = {2000, {500, 1000}, std::vector<std::vector<double>>(20, {1e6, 2e6})};
    SessionOptions options = options_of(abr::Rule::Throughput);
    options.abr.insufficient_buffer_rule = false;
    options.abr.average = abr::Average::Sliding;
    options.abr.window[0] = options.abr.window[1] = 1;
    options.replace = Replace::Left;
    const SessionResult patient = [&] {
        options.abandon = false;
        return run_sabre_session(movie, trace, options);
    }();
    ASSERT_FALSE(patient.replacements.empty());
    EXPECT_EQ(patient.replacements[0].segment, 11u);
    EXPECT_EQ(patient.abandoned, 0);
    for (const SessionResult::Replacement& r : patient.replacements) EXPECT_NE(r.segment, 12u);
    options.abandon = true;
    const SessionResult r = run_sabre_session(movie, trace, options);
    EXPECT_EQ(r.abandoned, 1);
    for (const SessionResult::Replacement& replacement : r.replacements) EXPECT_NE(replacement.segment, 12u);
}

TEST(SabreSession, EveryRuleGetsThroughAMovie) {
    const std::vector<Period> trace = {{7'000, 3'000, 40}, {5'000, 600, 90}, {1'000, 0, 20}};
    Movie movie{2000, {300, 600, 1200, 2400}, {}};
    for (int i = 0; i < 60; ++i) movie.segment_bits.push_back({0.6e6, 1.2e6, 2.4e6, 4.8e6});
    std::set<std::vector<int>> different;
    for (const abr::RuleInfo& info : abr::rules()) {
        const SessionResult r = run_sabre_session(movie, trace, options_of(info.rule, 40'000));
        ASSERT_EQ(r.qualities.size(), 60u) << info.name;
        const double played_s = r.metric("total play time") - r.metric("total rebuffer");
        EXPECT_GT(played_s, 120) << info.name;
        EXPECT_LT(played_s, 123) << info.name << ": 60 segments of 2 s and the start-up";
        EXPECT_TRUE(r.qualities == run_sabre_session(movie, trace, options_of(info.rule, 40'000)).qualities)
            << info.name;
        different.insert(r.qualities);
    }
    EXPECT_GE(different.size(), 9u);
}

TEST(SabreSession, RefusesWhatItCannotRunOn) {
    const std::vector<Period> trace = {{60'000, 250, 0}};
    const SessionOptions options = options_of(abr::Rule::Bola);
    EXPECT_THROW(run_sabre_session(plain_movie(0), trace, options), InputError);
    EXPECT_THROW(run_sabre_session({2000, {500, 900}, {{1e6}}}, trace, options), InputError);
    EXPECT_THROW(run_sabre_session({2000, {500}, {{0}}}, trace, options), InputError);
    EXPECT_THROW(run_sabre_session(plain_movie(3), {}, options), InputError);
    EXPECT_THROW(run_sabre_session(plain_movie(3), std::vector<Period>{{1000, 0, 0}}, options), InputError);
    EXPECT_THROW(run_sabre_session(plain_movie(3), std::vector<Period>{{0, 1000, 0}}, options), InputError);
    EXPECT_THROW(run_sabre_session(plain_movie(3), std::vector<Period>{{-1, 1000, 0}}, options), InputError);
    SessionOptions endless = options;
    endless.movie_length_s = 1e12;
    EXPECT_THROW(run_sabre_session(plain_movie(3), trace, endless), InputError);
}

TEST(SabreSession, MatchesSabresExamples) {
    const std::filesystem::path data = abr_data();
    if (data.empty()) GTEST_SKIP() << "MATINEE_DATA is unset or has no abr/examples.json";
    int compared = 0;
    const json examples = parse(data / "examples.json");
    for (const json& example : examples.at("cases")) {
        const std::string id = example.at("id");
        if (!id.starts_with("sabre/")) continue;
        SessionOptions options;
        options.abr = settings_from(example);
        options.abandon = false;
        const std::vector<Period> trace = trace_from(data / example.at("trace").get<std::string>());
        const SessionResult r =
            run_sabre_session(movie_from(data / example.at("movie").get<std::string>()), trace, options);
        EXPECT_EQ(r.qualities, example.at("qualities").get<std::vector<int>>()) << id;
        for (const auto& [name, value] : example.at("metrics").items()) {
            if (name.ends_with("rebuffer events")) continue;  // counts stalls of a rounding error's length
            const double expected = value;
            EXPECT_NEAR(r.metric(name), expected, 1e-6 * (1 + std::abs(expected))) << id << ' ' << name;
        }
        EXPECT_EQ(r.metrics.size(), example.at("metrics").size()) << id;
        ++compared;
    }
    EXPECT_GE(compared, 8);
}

// Printed by Sabre (commit 09b03bb) on the same files with abandonment on, its default: `-n TRACE -m MOVIE -a ABR -b
// B`.
TEST(SabreSession, MatchesSabreWithAbandonment) {
    const std::filesystem::path data = abr_data();
    if (data.empty()) GTEST_SKIP() << "MATINEE_DATA is unset or has no abr/examples.json";
    struct Printed {
        const char *trace, *movie;
        abr::Rule rule;
        double buffer_s;
        int abandoned;
        double play_time_s, rebuffer_s, score, leq_estimate, reaction_s;
    };
    static const Printed printed[] = {
        {"3Glogs__report.2010-09-21_0742CEST.json", "bbb.json", abr::Rule::Throughput, 25, 40, 597.721135, 0.000000,
         1.247887, 343.921616, 43.026270},
        {"3Glogs__report.2010-09-21_0742CEST.json", "bbb.json", abr::Rule::Bola, 25, 13, 597.721135, 0.000000, 1.438440,
         353.593269, 88.763541},
        {"3Glogs__report.2011-02-14_2032CET.json", "bbb.json", abr::Rule::BolaE, 25, 0, 620.481135, 22.549652, 1.514481,
         498.943903, 35.441000},
        {"4Glogs__report_bus_0003.json", "bbb4k.json", abr::Rule::Dynamic, 60, 70, 597.131323, 0.000000, 2.782794,
         7101.971042, 3.998000},
        {"3Glogs__report.2010-09-13_1003CEST.json", "bbb4k.json", abr::Rule::DynamicDash, 25, 5, 599.389651, 0.000000,
         0.220134, 236.892102, 0.000000},
        {"sd_fs__trace0000.json", "bbb.json", abr::Rule::Bola, 60, 4, 600.601914, 0.812039, 2.294369, 2176.980789,
         185.000000},
    };
    for (const Printed& p : printed) {
        const SessionResult r = run_sabre_session(movie_from(data / p.movie), trace_from(data / p.trace),
                                                  options_of(p.rule, p.buffer_s * 1000));
        const auto near = [&](const char* name, double expected) {
            EXPECT_NEAR(r.metric(name), expected, 1e-6 * (1 + std::abs(expected)))
                << abr::name_of(p.rule) << ' ' << p.trace << ' ' << name;
        };
        EXPECT_EQ(r.abandoned, p.abandoned) << abr::name_of(p.rule) << ' ' << p.trace;
        near("total play time", p.play_time_s);
        near("total rebuffer", p.rebuffer_s);
        near("time average score", p.score);
        near("leq estimate", p.leq_estimate);
        near("total reaction time", p.reaction_s);
    }
}

}  // namespace matinee::lab
