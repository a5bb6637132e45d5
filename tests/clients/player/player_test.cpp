#include "clients/player/player.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "clients/player/abr/names.hpp"
#include "system/base/random.hpp"

namespace matinee::player {
namespace {

constexpr TimeNs kSegment = 4 * kSecond;
const std::vector<double> kLadder{500, 1000, 2000, 4000};

/// Thresholds in segments.
Config config(uint32_t startup = 1, uint32_t rebuffer = 1, TimeNs target = 30 * kSecond, abr::Rule rule = abr::Rule::Constant,
              int rung = 1) {
    abr::Settings settings;
    settings.rule = rule;
    settings.constant_rung = rung;
    settings.max_buffer_ms = to_ms(target);
    return Config{abr::Plan(settings, abr::Ladder(kLadder, to_ms(kSegment))), kSegment, startup * kSegment, rebuffer * kSegment,
                  true, target};
}

Received segment_at(const Config& c, uint8_t rung, TimeNs took = kSecond, TimeNs media = kSegment) {
    const auto bitrate = Kbps(c.plan.ladder.bitrate(rung));
    return {uint64_t(double(bitrate) * to_ms(media)), 20 * kMillisecond, took, media, bitrate};
}

/// Asks what to do, which must be to fetch, and delivers it at `now`.
void deliver(Player& player, const Config& c, TimeNs now, uint8_t rung = 1, TimeNs media = kSegment) {
    const Next next = player.next(c, now);
    ASSERT_EQ(next.kind, Next::Kind::Fetch);
    player.on_segment(c, now, rung, segment_at(c, rung, kSecond, media));
}

TEST(Player, StartsAtItsThreshold) {
    const Config c = config(3);
    Player player;
    player.open(10 * kSecond, 100);
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(player.phase(), Phase::Starting);
        EXPECT_FALSE(player.started());
        EXPECT_EQ(player.next_segment(), uint32_t(i - 1));
        deliver(player, c, 10 * kSecond + i * kSecond);
    }
    EXPECT_EQ(player.phase(), Phase::Playing);
    EXPECT_EQ(player.startup_ns(), 3 * kSecond);
    EXPECT_EQ(player.level_ns(13 * kSecond), 12 * kSecond);
    EXPECT_EQ(player.level_ns(15 * kSecond), 10 * kSecond);
    EXPECT_EQ(player.drains_ns(), 25 * kSecond);
    EXPECT_EQ(player.stalls(), 0u);
}

TEST(Player, ATitleShorterThanTheThresholdStartsWhenAllIsThere) {
    const Config c = config(3);
    Player player;
    player.open(0, 2);
    deliver(player, c, kSecond);
    EXPECT_EQ(player.phase(), Phase::Starting);
    deliver(player, c, 2 * kSecond, 1, kSecond);  // a short last segment
    EXPECT_EQ(player.phase(), Phase::Playing);
    EXPECT_EQ(player.next(c, 2 * kSecond).kind, Next::Kind::PlayOut);
    player.settle(7 * kSecond);
    EXPECT_EQ(player.phase(), Phase::Ended);
    EXPECT_EQ(player.phase_since_ns(), 7 * kSecond);
    EXPECT_EQ(player.media_ns(), 5 * kSecond);
}

TEST(Player, AStallIsNoticedLateWithItsTrueBeginning) {
    const Config c = config(1, 2);
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond);  // plays until 5 s
    player.settle(5 * kSecond - 1);
    EXPECT_EQ(player.phase(), Phase::Playing);
    EXPECT_EQ(player.next(c, 9 * kSecond).kind, Next::Kind::Fetch);
    EXPECT_EQ(player.phase(), Phase::Stalled);
    EXPECT_EQ(player.phase_since_ns(), 5 * kSecond);
    EXPECT_EQ(player.drains_ns(), kNever);
    player.on_segment(c, 11 * kSecond, 1, segment_at(c, 1));
    EXPECT_EQ(player.phase(), Phase::Stalled) << "one of two";
    EXPECT_EQ(player.stall_ns(), 0) << "it has not ended";
    deliver(player, c, 12 * kSecond);
    EXPECT_EQ(player.phase(), Phase::Playing);
    EXPECT_EQ(player.stall_ns(), 7 * kSecond);
    EXPECT_EQ(player.stalls(), 1u);
    EXPECT_EQ(player.drains_ns(), 20 * kSecond);
}

TEST(Player, AStallThatNobodyNoticedCountsWhenItsSegmentComes) {
    const Config c = config();
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond);
    ASSERT_EQ(player.next(c, 2 * kSecond).kind, Next::Kind::Fetch);
    player.on_segment(c, 8 * kSecond, 1, segment_at(c, 1));  // no input in between
    EXPECT_EQ(player.stall_ns(), 3 * kSecond);
    EXPECT_EQ(player.stalls(), 1u);
    EXPECT_EQ(player.drains_ns(), 12 * kSecond);
}

TEST(Player, ClosingInAStallCountsIt) {
    const Config c = config();
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond);
    player.close(c, 9 * kSecond);
    EXPECT_EQ(player.phase(), Phase::Ended);
    EXPECT_EQ(player.stall_ns(), 4 * kSecond);
    EXPECT_EQ(player.media_ns(), 4 * kSecond);
}

TEST(Player, ClosingTakesUnplayedMediaOffTheAccount) {
    const Config c = config(1);
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond, 0);
    deliver(player, c, kSecond, 3);
    deliver(player, c, kSecond, 1);
    EXPECT_EQ(player.media_ns(), 12 * kSecond);
    EXPECT_EQ(player.kbps_ms(), 4000u * (500 + 4000 + 1000));
    EXPECT_EQ(player.switches(), 2u);
    player.close(c, 7 * kSecond);  // 6 s played: 4 at 500, 2 at 4000
    EXPECT_EQ(player.media_ns(), 6 * kSecond);
    EXPECT_EQ(player.kbps_ms(), 4000u * 500 + 2000u * 4000);
}

TEST(Player, WhatIsNotPlayedComesOffAtItsOwnRungOnLongLadders) {
    std::vector<double> ladder;
    for (int rung = 0; rung < 32; ++rung) ladder.push_back(100.0 * (rung + 1));
    Config c = config();
    c.plan = abr::Plan(abr::Settings{.rule = abr::Rule::Constant}, abr::Ladder(ladder, to_ms(kSegment)));
    Player player;
    player.open(0, 100);
    for (const int rung : {0, 17, 31, 3}) deliver(player, c, kSecond, uint8_t(rung));
    player.close(c, kSecond + 2 * kSegment);
    EXPECT_EQ(player.kbps_ms(), 4000u * (100 + 1800));
}

TEST(Player, WhatAViewerFoundInMidSessionDoesNotPlayComesOffAtItsRung) {
    const Config c = config();
    Player player;
    player.open_midway(0, 100, 20, 6 * kSegment, 3, 4000);
    player.close(c, 2 * kSegment);
    EXPECT_EQ(player.media_ns(), 2 * kSegment);
    EXPECT_EQ(player.kbps_ms(), 8000u * 4000);
}

TEST(Player, ClosingBeforeTheStartHasPlayedNothing) {
    const Config c = config(3);
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond, 2);
    player.close(c, 5 * kSecond);
    EXPECT_FALSE(player.started());
    EXPECT_EQ(player.media_ns(), 0);
    EXPECT_EQ(player.kbps_ms(), 0u);
    EXPECT_EQ(player.stall_ns(), 0);
}

TEST(Player, APauseKeepsTheBuffer) {
    const Config c = config();
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond);
    deliver(player, c, kSecond);
    player.pause(3 * kSecond);
    EXPECT_EQ(player.phase(), Phase::Paused);
    EXPECT_EQ(player.level_ns(100 * kSecond), 6 * kSecond);
    deliver(player, c, 50 * kSecond);  // goes on loading
    EXPECT_EQ(player.phase(), Phase::Paused);
    EXPECT_EQ(player.level_ns(100 * kSecond), 10 * kSecond);
    player.settle(200 * kSecond);
    player.resume(200 * kSecond);
    EXPECT_EQ(player.phase(), Phase::Playing);
    EXPECT_EQ(player.drains_ns(), 210 * kSecond);
    EXPECT_EQ(player.stall_ns(), 0);
    player.resume(201 * kSecond);  // nothing to resume
    EXPECT_EQ(player.drains_ns(), 210 * kSecond);
}

TEST(Player, OnlyAPlayingPlayerPauses) {
    const Config c = config();
    Player player;
    player.open(0, 100);
    player.pause(kSecond);
    EXPECT_EQ(player.phase(), Phase::Starting);
    deliver(player, c, kSecond);
    player.pause(20 * kSecond);  // it has been stalled since 5 s
    EXPECT_EQ(player.phase(), Phase::Stalled);
    EXPECT_EQ(player.phase_since_ns(), 5 * kSecond);
}

TEST(Player, APausedPlayerWithAFullBufferWaitsForTheResumption) {
    const Config c = config(1, 1, 8 * kSecond);
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond);
    deliver(player, c, kSecond);
    player.pause(2 * kSecond);
    const Next next = player.next(c, 3 * kSecond);
    EXPECT_EQ(next.kind, Next::Kind::Wait);
    EXPECT_EQ(next.until, kNever);
    player.resume(10 * kSecond);
    const Next later = player.next(c, 10 * kSecond);
    EXPECT_EQ(later.kind, Next::Kind::Wait);
    EXPECT_EQ(later.until, 13 * kSecond) << "when a segment fits: 7 s are there";
}

TEST(Player, ASeekWithinTheBufferSkipsWhatLiesBetween) {
    const Config c = config();
    Player player;
    player.open(0, 100);
    for (const int rung : {0, 1, 2}) deliver(player, c, kSecond, uint8_t(rung));
    EXPECT_FALSE(player.seek(c, 3 * kSecond, 6 * kSecond)) << "what is in flight stays useful";
    EXPECT_EQ(player.phase(), Phase::Playing);
    EXPECT_EQ(player.level_ns(3 * kSecond), 4 * kSecond);
    EXPECT_EQ(player.next_segment(), 3u);
    EXPECT_EQ(player.media_ns(), 6 * kSecond) << "skipped media is not played";
    EXPECT_EQ(player.stalls(), 0u);
}

TEST(Player, ASeekBeyondTheBufferThrowsItAway) {
    const Config c = config(1, 2);
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond, 0);
    deliver(player, c, kSecond, 3);
    // At 3 s the head is at 2 s of the title; 58 s on is minute one: segment 15.
    EXPECT_TRUE(player.seek(c, 3 * kSecond, 58 * kSecond));
    EXPECT_EQ(player.phase(), Phase::Seeking);
    EXPECT_EQ(player.next_segment(), 15u);
    EXPECT_EQ(player.level_ns(3 * kSecond), 0);
    EXPECT_EQ(player.media_ns(), 2 * kSecond);
    EXPECT_EQ(player.kbps_ms(), 2000u * 500);
    deliver(player, c, 4 * kSecond);
    EXPECT_EQ(player.phase(), Phase::Seeking) << "resumes at the threshold of rebuffering";
    deliver(player, c, 5 * kSecond);
    EXPECT_EQ(player.phase(), Phase::Playing);
    EXPECT_EQ(player.stall_ns(), 0) << "waiting after a seek is no stall";
    EXPECT_EQ(player.stalls(), 0u);
    EXPECT_EQ(player.drains_ns(), 13 * kSecond);
}

TEST(Player, SeeksStayWithinTheTitle) {
    const Config c = config();
    Player player;
    player.open(0, 10);
    deliver(player, c, kSecond);
    EXPECT_TRUE(player.seek(c, 2 * kSecond, -kHour));
    EXPECT_EQ(player.next_segment(), 0u);
    EXPECT_TRUE(player.seek(c, 2 * kSecond, kHour));
    EXPECT_EQ(player.next_segment(), 9u);
    deliver(player, c, 3 * kSecond);
    EXPECT_EQ(player.next(c, 3 * kSecond).kind, Next::Kind::PlayOut);
    EXPECT_TRUE(player.seek(c, 4 * kSecond, -10 * kSecond)) << "back from the end: at 37 s less 10";
    EXPECT_EQ(player.next_segment(), 6u);
    EXPECT_EQ(player.next(c, 4 * kSecond).kind, Next::Kind::Fetch);
}

TEST(Player, ASeekBeforeTheStartIsStillAStart) {
    const Config c = config(2);
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond);
    EXPECT_TRUE(player.seek(c, 2 * kSecond, kMinute));
    EXPECT_EQ(player.phase(), Phase::Starting);
    deliver(player, c, 3 * kSecond);
    deliver(player, c, 4 * kSecond);
    EXPECT_EQ(player.startup_ns(), 4 * kSecond);
}

TEST(Player, TheNextEpisodeFollowsWithoutAStart) {
    const Config c = config(1);
    Player player;
    player.open(0, 1);
    deliver(player, c, kSecond);
    ASSERT_EQ(player.next(c, 2 * kSecond).kind, Next::Kind::PlayOut);
    player.continue_with(5);
    const Next next = player.next(c, 2 * kSecond);
    ASSERT_EQ(next.kind, Next::Kind::Fetch);
    EXPECT_EQ(next.segment, 0u);
    player.on_segment(c, 3 * kSecond, 1, segment_at(c, 1));
    EXPECT_EQ(player.phase(), Phase::Playing);
    EXPECT_EQ(player.startup_ns(), kSecond);
    EXPECT_EQ(player.drains_ns(), 9 * kSecond);
    EXPECT_EQ(player.segments(), 5u);
    EXPECT_EQ(player.stalls(), 0u);
}

TEST(Player, FoundInMidSessionItPlaysOn) {
    const Config c = config();
    Player player;
    player.open_midway(0, 100, 40, 22 * kSecond, 2, 2000);
    EXPECT_EQ(player.phase(), Phase::Playing);
    EXPECT_TRUE(player.started());
    EXPECT_EQ(player.media_ns(), 22 * kSecond);
    EXPECT_EQ(player.kbps_ms(), 22'000u * 2000);
    const Next next = player.next(c, 0);
    ASSERT_EQ(next.kind, Next::Kind::Fetch);
    EXPECT_EQ(next.segment, 40u);
    EXPECT_EQ(player.drains_ns(), 22 * kSecond);
}

TEST(Player, AWaitIsAsLongAsASegmentNeedsToFit) {
    const Config c = config(1, 1, 10 * kSecond);
    Player player;
    player.open(0, 100);
    deliver(player, c, kSecond);
    deliver(player, c, kSecond);
    const Next wait = player.next(c, kSecond);
    ASSERT_EQ(wait.kind, Next::Kind::Wait);
    EXPECT_EQ(wait.until, 3 * kSecond);
    EXPECT_EQ(player.next(c, wait.until).kind, Next::Kind::Fetch);
}

/// A session of random inputs against a plain account of what such a session must be.
void random_session(uint64_t seed, abr::Rule rule) {
    RandomStream random(seed, Purpose::Test, 1);
    const TimeNs target = (8 + TimeNs(random.below(40))) * kSecond;
    const Config c = config(1 + random.below(2), 1 + random.below(2), target, rule, int(random.below(4)));
    const uint32_t segments = 20 + random.below(100);
    Player player;
    TimeNs now = TimeNs(random.below(1000)) * kSecond;
    const TimeNs opened = now;
    player.open(now, segments);
    TimeNs playing = 0, stalled = 0, waited_after_seeks = 0, paused = 0, starting = 0;
    const auto pass = [&](TimeNs time) {  // books the time until then by the phase it was spent in
        const TimeNs was = now;
        now += time;
        const Phase before = player.phase();
        const TimeNs drains = player.drains_ns();
        player.settle(now);
        if (before == Phase::Playing) {
            const TimeNs played = std::min(now, drains) - was;
            playing += played;
            if (player.phase() == Phase::Stalled) stalled += now - was - played;
        } else if (before == Phase::Stalled) {
            stalled += time;
        } else if (before == Phase::Seeking) {
            waited_after_seeks += time;
        } else if (before == Phase::Paused) {
            paused += time;
        } else if (before == Phase::Starting) {
            starting += time;
        }
    };
    for (int step = 0; step < 400 && player.phase() != Phase::Ended; ++step) {
        const Next next = player.next(c, now);
        if (next.kind == Next::Kind::Fetch) {
            ASSERT_LE(player.level_ns(now) + kSegment, target) << "asks for no more than the buffer may hold";
            ASSERT_LT(next.segment, segments);
            ASSERT_LT(next.rung, kLadder.size());
            ASSERT_EQ(next.segment, player.next_segment());
            const auto took = TimeNs(random.lognormal(1.5e9, 1.2));
            pass(took);
            if (player.phase() == Phase::Ended) break;
            player.on_segment(c, now, next.rung, segment_at(c, next.rung, std::max<TimeNs>(took, 1)));
            ASSERT_LE(player.level_ns(now), target);
        } else if (next.kind == Next::Kind::Wait && next.until < kNever) {
            ASSERT_GT(next.until, now);
            pass(next.until - now);
        } else {
            pass(kSecond);
            if (player.phase() == Phase::Paused) player.resume(now);
        }
        if (random.chance(0.05)) player.pause(now);
        if (random.chance(0.2)) player.resume(now);
        if (random.chance(0.05) && player.phase() == Phase::Playing) {
            const TimeNs level = player.level_ns(now);
            const TimeNs media = player.media_ns();
            player.seek(c, now, TimeNs((random.uniform() - 0.5) * 2e11));
            ASSERT_LE(media - player.media_ns(), level) << "only what was in the buffer is thrown away";
        }
        ASSERT_GE(player.level_ns(now), 0);
        ASSERT_EQ(player.media_ns() - player.level_ns(now), playing) << "what was fetched and kept is played or in the buffer";
        ASSERT_LT(player.next_segment(), segments + 1);
    }
    player.close(c, now);
    EXPECT_EQ(player.media_ns(), playing);
    EXPECT_EQ(player.stall_ns(), stalled);
    if (player.started()) {
        EXPECT_EQ(player.startup_ns(), starting);
    }
    if (player.media_ns() > 0) {
        const double kbps = double(player.kbps_ms()) / to_ms(player.media_ns());
        EXPECT_GE(kbps, 500 * 0.99);
        EXPECT_LE(kbps, 4000 * 1.01);
    }
    EXPECT_GE(now - opened, playing + stalled + waited_after_seeks + paused + starting);
}

/// A player in mid-title that has seen a few downloads.
Player experienced(const Config& c, RandomStream& random) {
    Player player;
    const auto level = TimeNs(random.uniform() * double(c.buffer_target_ns));
    player.open_midway(0, 500, 20 + random.below(460), level, uint8_t(random.below(4)), 1000);
    for (uint32_t i = 0; i < 1 + random.below(5); ++i)
        player.learn(c, 0, uint8_t(random.below(4)), segment_at(c, uint8_t(random.below(4)), TimeNs(random.lognormal(2e9, 1))));
    player.next(c, 0);  // for what rules remember of their decisions
    return player;
}

TEST(Player, GivesNothingUpWhileItIsCertainNotTo) {
    RandomStream random(1, Purpose::Test, 7);
    int longer = 0;   // downloads of which looks could be left out
    int given_up = 0;  // afterwards
    for (const abr::Rule rule : {abr::Rule::Throughput, abr::Rule::Bola, abr::Rule::BolaE, abr::Rule::Dynamic,
                                 abr::Rule::DynamicDash, abr::Rule::RateCheck}) {
        const Config c = config(1, 1, 30 * kSecond, rule);
        const abr::Patience::Table table(c.plan.ladder);
        for (int round = 0; round < 2000; ++round) {
            Player player = experienced(c, random);
            const auto rung = uint8_t(1 + random.below(3));
            const auto total = uint64_t(double(segment_at(c, rung).bits) * random.lognormal(1, 0.3));
            const auto latency = TimeNs(random.lognormal(5e7, 1));
            const TimeNs now = latency + TimeNs(random.lognormal(3e9, 1));
            auto bits = uint64_t(double(total) * random.uniform());
            const auto to = [&](TimeNs then) {
                return player.abandon_to(c, then, rung, {bits, latency, then - latency, 0, 0}, total);
            };
            const double until_ms =
                player.patient_until_ms(c, table, now, rung, {bits, latency, now - latency, 0, 0}, total);
            const double now_ms = to_ms(now);
            longer += until_ms > now_ms + 500;
            if (random.chance(0.2)) player.pause(now);
            // What comes in meanwhile makes no difference, nor does a pause.
            const double last_ms = std::min(until_ms, now_ms + 60'000);
            for (double then_ms = now_ms; then_ms <= last_ms; then_ms += random.uniform() * 2000) {
                ASSERT_EQ(to(matinee::from_ms(then_ms)), -1) << abr::name_of(rule) << " round " << round << " at " << then_ms;
                if (random.chance(0.5)) bits += uint64_t(double(total - bits) * random.uniform() * 0.3);
            }
            if (until_ms < now_ms + 60'000) given_up += to(matinee::from_ms(until_ms + 1000)) >= 0;
        }
    }
    EXPECT_GT(longer, 1000);
    EXPECT_GT(given_up, 1000);
}

TEST(Player, RandomSessionsKeepTheirAccounts) {
    for (const abr::Rule rule : {abr::Rule::Constant, abr::Rule::Bola, abr::Rule::Throughput, abr::Rule::Dynamic, abr::Rule::Bba})
        for (uint64_t seed = 0; seed < 200; ++seed) {
            SCOPED_TRACE("seed " + std::to_string(seed) + ", rule " + std::to_string(int(rule)));
            random_session(seed, rule);
            if (::testing::Test::HasFailure()) return;
        }
}

}  // namespace
}  // namespace matinee::player
