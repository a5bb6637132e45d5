// Positions, history, series, and what erasing leaves.
#include "tests/services/playback/theatre.hpp"

namespace matinee::playback {

TEST_F(TheatreTest, ViewersGoOnElsewhere) {
    const Viewer ada = viewer("ada", 2);
    const Answer tv = start(ada, "film", "tv");
    theatre_->pass(30 * kSecond);
    EXPECT_EQ(beat(ada, tv, 30), 200);
    const Answer phone = start(ada, "film", "phone");
    EXPECT_EQ(phone.number("data.resume_position_seconds"), 30) << "though the other still plays";
    EXPECT_EQ(stop(ada, phone, 1234), 200);
    EXPECT_EQ(stop(ada, tv, 60), 200);
    EXPECT_EQ(start(ada, "film", "tablet").number("data.resume_position_seconds"), 1234)
        << "the stream started last knows best";
}

TEST_F(TheatreTest, APausedScreenDoesNotPullThePositionBack) {
    const Viewer ada = viewer("ada", 2);
    const Answer tv = start(ada, "film", "tv");
    EXPECT_EQ(beat(ada, tv, 100), 200);
    const Answer phone = start(ada, "film", "phone");
    for (int i = 1; i <= 10; ++i) {
        theatre_->pass(30 * kSecond);
        EXPECT_EQ(beat(ada, phone, 100 + 30 * i), 200);
        EXPECT_EQ(beat(ada, tv, 100), 200);
        EXPECT_EQ(begun(ada), "film:" + std::to_string(100 + 30 * i));
    }
    EXPECT_EQ(stop(ada, phone, 405), 200);
    theatre_->pass(30 * kSecond);
    EXPECT_EQ(beat(ada, tv, 110), 200) << "even where it plays on";
    EXPECT_EQ(begun(ada), "film:405");
    theatre_->pass(10 * kMinute);
    EXPECT_EQ(begun(ada), "film:405") << "and when its lease runs out";
}

TEST_F(TheatreTest, LateHeartbeatsChangeNothing) {
    const Viewer ada = viewer("ada", 1);
    const Answer stream = start(ada, "film");
    EXPECT_EQ(beat(ada, stream, 100, R"("sequence":1)"), 200);
    EXPECT_EQ(beat(ada, stream, 300, R"("sequence":3)"), 200);
    EXPECT_EQ(beat(ada, stream, 200, R"("sequence":2)"), 200);
    EXPECT_EQ(begun(ada), "film:300");
    EXPECT_EQ(beat(ada, stream, 50, R"("sequence":4)"), 200) << "a seek";
    EXPECT_EQ(begun(ada), "film:50");
    theatre_->restart();
    EXPECT_EQ(beat(ada, stream, 300, R"("sequence":3)"), 200) << "the numbers survive";
    EXPECT_EQ(begun(ada), "film:50");
    EXPECT_EQ(stop(ada, stream, 60), 200);
    EXPECT_EQ(beat(ada, stream, 70, R"("sequence":5)"), 404);
    EXPECT_EQ(begun(ada), "film:60");
}

TEST_F(TheatreTest, AHeartbeatAtOnceWithTheStopCannotUndoIt) {
    for (int delay = 0; delay < 12; ++delay) {
        open({});
        const Viewer ada = viewer("ada", 1);
        const Answer stream = start(ada, "film");
        beat(ada, stream, 100);
        const auto body = [&](int64_t position_s) {
            JsonOut out;
            out.object().text("playback_token", stream.text("data.playback_token"));
            return out.integer("position_seconds", position_s).end().take();
        };
        Task<gateway::Response> late =
            theatre_->handle(request("POST", "/api/v1/playback/heartbeat", ada.access_token, body(5000)));
        Task<gateway::Response> last =
            theatre_->handle(request("POST", "/api/v1/playback/stop", ada.access_token, body(200)));
        last.start();
        theatre_->pass(delay * 200 * kMicrosecond);
        late.start();
        theatre_->pass(kSecond);
        EXPECT_EQ(last.take().status, 200);
        (void)late.take();
        EXPECT_EQ(begun(ada), "film:200") << delay;
        EXPECT_EQ(beat(ada, stream, 300), 404) << delay;
    }
}

TEST_F(TheatreTest, APositionCanBeSetOutright) {
    const Viewer ada = viewer("ada", 1), bob = viewer("bob");
    EXPECT_EQ(put(ada, "film", 700), 200);
    EXPECT_EQ(put(ada, "series", 700), 422);
    EXPECT_EQ(put(ada, "nothing", 700), 404);
    Viewer thief = bob;
    thief.profile_id = ada.profile_id;
    EXPECT_EQ(put(thief, "film", 1), 404);
    EXPECT_EQ(begun(ada), "film:700");
    const Answer stream = start(ada, "film");
    EXPECT_EQ(stream.number("data.resume_position_seconds"), 700);
    EXPECT_EQ(beat(ada, stream, 800), 200);
    EXPECT_EQ(put(ada, "film", 90), 200);
    EXPECT_EQ(begun(ada), "film:90") << "it holds until the stream moves";
    theatre_->pass(30 * kSecond);
    EXPECT_EQ(beat(ada, stream, 830), 200);
    EXPECT_EQ(begun(ada), "film:830");
    EXPECT_EQ(put(ada, "film", 60'000), 200);
    EXPECT_EQ(stop(ada, stream, 830), 200) << "where it already was: says nothing new";
    EXPECT_EQ(begun(ada), "") << "set to its end";
}

/// Two screens play on, and somebody says outright where he is: only what moves after that is believed. (Found by the
/// swarm.)
TEST_F(TheatreTest, OfSeveralScreensOnlyOneThatMovesOnIsBelieved) {
    const Viewer ada = viewer("ada", 3);
    const Answer tv = start(ada, "film", "tv");
    const Answer phone = start(ada, "film", "phone");
    EXPECT_EQ(beat(ada, phone, 700), 200);
    EXPECT_EQ(put(ada, "film", 4400), 200);
    EXPECT_EQ(begun(ada), "film:4400");
    EXPECT_EQ(beat(ada, tv, 10), 200);
    EXPECT_EQ(begun(ada), "film:10");
    EXPECT_EQ(start(ada, "film", "tablet").number("data.resume_position_seconds"), 10);
}

TEST_F(TheatreTest, WhatIsNearlyFinishedIsNotGoneOnWith) {
    const Viewer ada = viewer("ada", 1);
    EXPECT_EQ(put(ada, "film", 5699), 200);
    EXPECT_EQ(put(ada, "other", 10), 200);
    EXPECT_EQ(begun(ada), "other:10 film:5699");
    EXPECT_EQ(put(ada, "film", 5700), 200);
    EXPECT_EQ(begun(ada), "other:10");
    const Answer again = start(ada, "film");
    EXPECT_EQ(again.number("data.resume_position_seconds"), 0) << "from the beginning";
    EXPECT_EQ(beat(ada, again, 20), 200);
    EXPECT_EQ(begun(ada), "film:20 other:10");
    theatre_->titles.all.erase("other");
    EXPECT_EQ(begun(ada), "film:20") << "titles that are no more";
}

TEST_F(TheatreTest, WhoeverIsAtTheBeginningHasNothingToGoOnWith) {
    const Viewer ada = viewer("ada", 2);
    const Answer glance = start(ada, "film");
    EXPECT_EQ(begun(ada), "");
    EXPECT_EQ(beat(ada, glance, 0), 200);
    EXPECT_EQ(begun(ada), "");
    EXPECT_EQ(stop(ada, glance, 0), 200);
    EXPECT_EQ(begun(ada), "");
    EXPECT_EQ(put(ada, "other", 0), 200);
    EXPECT_EQ(begun(ada), "") << "set outright";
    EXPECT_EQ(put(ada, "other", 1), 200);
    EXPECT_EQ(begun(ada), "other:1");
    const Answer stream = start(ada, "other");
    EXPECT_EQ(beat(ada, stream, 50), 200);
    EXPECT_EQ(begun(ada), "other:50");
    EXPECT_EQ(put(ada, "other", 0), 200);
    EXPECT_EQ(begun(ada), "") << "once more from the beginning, though a screen is still somewhere else";
    EXPECT_EQ(start(ada, "other", "phone").number("data.resume_position_seconds"), 0);
    theatre_->pass(30 * kSecond);
    EXPECT_EQ(beat(ada, stream, 80), 200);
    EXPECT_EQ(begun(ada), "other:80") << "it moved on";
}

TEST_F(TheatreTest, ASeriesStartsTheEpisodeInProgressElseTheNext) {
    const Viewer ada = viewer("ada", 1);
    const auto next = [&](int64_t stop_at) {
        const Answer stream = start(ada, "series");
        EXPECT_EQ(stream.status, 201);
        EXPECT_EQ(stream.text("data.series_id"), "series");
        EXPECT_EQ(stop(ada, stream, stop_at), 200);
        return stream.text("data.title_id") + ":" + std::to_string(stream.number("data.resume_position_seconds"));
    };
    EXPECT_EQ(next(500), "ep1:0");
    EXPECT_EQ(next(1000), "ep1:500");
    EXPECT_EQ(next(990), "ep2:0");
    theatre_->titles.all["ep3"].windows[0].from = kEvening + kDay;
    EXPECT_EQ(next(1000), "ep1:0") << "the last is not out yet: all over again";
    theatre_->titles.all["ep3"].windows[0].from = 0;
    EXPECT_EQ(next(400), "ep3:0");
    EXPECT_EQ(put(ada, "ep1", 100), 200);
    EXPECT_EQ(next(100), "ep1:100") << "the one watched last";
    EXPECT_EQ(stop(ada, start(ada, "ep3"), 0), 200);
    EXPECT_EQ(next(100), "ep1:100") << "a glance at another one is no progress";
    theatre_->titles.add("empty", catalog::TitleType::Series, 0);
    EXPECT_EQ(start(ada, "empty").status, 404);
}

TEST_F(TheatreTest, HistoryTellsWhatWasWatched) {
    const Viewer ada = viewer("ada", 1), bob = viewer("bob");
    const Answer film = start(ada, "film", "tv");
    for (int i = 1; i <= 3; ++i) {
        theatre_->pass(30 * kSecond);
        beat(ada, film, 30 * i, R"("quality_level":"720p","buffer_level":12.5)");
    }
    beat(ada, film, 3000);  // a jump is not watched
    theatre_->pass(10 * kSecond);
    EXPECT_EQ(stop(ada, film, 3010), 200);
    theatre_->pass(kSecond);
    start(ada, "other", "tv");
    const std::string target = "/api/v1/profiles/" + ada.profile_id + "/history";
    const Answer history = send("GET", target, ada.access_token);
    const Json::Array& all = *history.body.find("data")->find("history")->array();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(*all[0].find("title_id")->text(), "other");
    EXPECT_TRUE(all[0].find("ended_at")->is_null());
    EXPECT_EQ(*all[1].find("position_seconds")->integer(), 3010);
    EXPECT_NEAR(double(*all[1].find("watched_seconds")->integer()), 100, 4);
    EXPECT_EQ(*all[1].find("watched_percentage")->integer(), 50);
    EXPECT_EQ(*all[1].find("quality_level")->text(), "720p");
    EXPECT_EQ(send("GET", target + "?limit=1", ada.access_token).body.find("data")->find("history")->array()->size(),
              1u);
    EXPECT_EQ(send("GET", target, bob.access_token).status, 404);
    EXPECT_EQ(send("GET", target + "?limit=0", ada.access_token).status, 422);
}

TEST_F(TheatreTest, WhatACrashCostsAPositionIsLessThanSaveEvery) {
    open({.playback = {.save_every = 10 * kSecond}});
    const Viewer ada = viewer("ada", 1);
    const Answer stream = start(ada, "film");
    int64_t position_s = 0;
    for (int i = 0; i < 40; ++i) {
        theatre_->pass(3 * kSecond);
        position_s += 3;
        ASSERT_EQ(beat(ada, stream, position_s), 200);
        if (i % 7 == 3) theatre_->restart();
        const std::string text = begun(ada);
        ASSERT_TRUE(text.starts_with("film:"));
        const int64_t kept_s = std::stoll(text.substr(5));
        EXPECT_LE(kept_s, position_s);
        EXPECT_GE(kept_s, position_s - 10);
    }
    ASSERT_EQ(beat(ada, stream, 4000), 200);
    theatre_->restart();
    EXPECT_EQ(begun(ada), "film:4000") << "a jump is never lost";
}

/// Most heartbeats of a film watched quietly are not written, and nobody can tell.
TEST_F(TheatreTest, ReadersSeeHeartbeatsThatAreNotWritten) {
    open({.maintenance = kHour});  // the sweep over leases writes them, too
    const Viewer ada = viewer("ada", 2);
    const Answer tv = start(ada, "film", "tv");
    for (int64_t position_s = 30; position_s <= 150; position_s += 30) {
        theatre_->pass(30 * kSecond);
        ASSERT_EQ(beat(ada, tv, position_s), 200);
        EXPECT_EQ(count("streams WHERE position_s = 30"), 1) << "only the first is written";
    }
    const Answer history = send("GET", "/api/v1/profiles/" + ada.profile_id + "/history", ada.access_token);
    const Json& viewing = history.body.find("data")->find("history")->array()->front();
    EXPECT_EQ(*viewing.find("position_seconds")->integer(), 150);
    EXPECT_NEAR(double(*viewing.find("watched_seconds")->integer()), 150, 4);
    EXPECT_EQ(count("streams WHERE position_s = 150"), 1) << "who looks has them written";

    theatre_->pass(30 * kSecond);
    ASSERT_EQ(beat(ada, tv, 180), 200);
    EXPECT_EQ(start(ada, "film", "phone").number("data.resume_position_seconds"), 180);

    theatre_->pass(30 * kSecond);
    ASSERT_EQ(beat(ada, tv, 210), 200);
    EXPECT_EQ(count("streams WHERE position_s = 210"), 0);
    Task<> closing = theatre_->playback().write_up_all();
    closing.start();
    theatre_->pass(kSecond);
    ASSERT_TRUE(closing.done());
    theatre_->restart();
    EXPECT_EQ(count("streams WHERE position_s = 210"), 1) << "an orderly end loses nothing";
}

TEST_F(TheatreTest, AVanishedStreamEndsWhereAndWhenItFellSilent) {
    const Viewer ada = viewer("ada", 1);
    const Answer stream = start(ada, "film", "tv");
    theatre_->pass(30 * kSecond);
    ASSERT_EQ(beat(ada, stream, 30), 200);
    theatre_->pass(30 * kSecond);
    ASSERT_EQ(beat(ada, stream, 60), 200);
    const TimeNs silent_from = theatre_->clock.now();
    theatre_->pass(10 * kMinute);
    const Settings settings;
    EXPECT_EQ(count("streams WHERE position_s = 60 AND ended_at <= " + std::to_string(silent_from + settings.lease) +
                    " AND ended_at > " + std::to_string(silent_from + settings.lease - kSecond)),
              1);
    EXPECT_EQ(begun(ada), "film:60");
    EXPECT_EQ(beat(ada, stream, 90), 404);
}

TEST_F(TheatreTest, ErasingLeavesNothing) {
    Theatre::Given given;
    given.playback.erasure_memory = given.profiles.erasure_memory = kMinute;
    open(given);
    const Viewer ada = viewer("ada", 4), bob = viewer("bob", 1);
    const Answer playing = start(ada, "film", "tv");
    beat(ada, playing, 100);
    stop(ada, start(ada, "other", "phone"), 50);
    put(ada, "ep1", 5);
    stop(bob, start(bob, "film"), 10);
    send("PUT", "/api/v1/users/" + ada.user_id + "/parental-pin", ada.access_token, R"({"pin":"1234"})");
    send("PUT", "/api/v1/profiles/" + ada.profile_id + "/watchlist/film", ada.access_token);
    EXPECT_EQ(count("watchlist"), 1);
    // Starts that are under way at every moment of the erasure.
    std::vector<Task<gateway::Response>> late;
    const auto begin_one = [&] {
        late.push_back(theatre_->handle(request("POST", "/api/v1/playback/start", ada.access_token,
                                                start_body(ada, "film", "late" + std::to_string(late.size())))));
        late.back().start();
    };
    begin_one();
    EXPECT_EQ(send("DELETE", "/api/v1/users/" + ada.user_id, ada.access_token).status, 200);
    begin_one();
    theatre_->pass(10 * kSecond);
    for (Task<gateway::Response>& task : late) EXPECT_TRUE(task.done());
    for (const char* table : {"streams", "positions", "devices", "profiles"})
        EXPECT_EQ(count(table), 1) << table << ": Bob's";
    for (const char* table : {"watchlist", "parental_pins", "outbox"}) EXPECT_EQ(count(table), 0) << table;
    EXPECT_EQ(count("profiles_erased"), 1);
    EXPECT_EQ(start(ada, "film").status, 401);
    theatre_->pass(kMinute);
    EXPECT_EQ(count("profiles_erased"), 0);
    EXPECT_EQ(count("playback_erased"), 0);
}

TEST_F(TheatreTest, ADeletedProfileTakesItsHistoryAlong) {
    const Viewer ada = viewer("ada", 4);
    stop(ada, start(ada, "film", "tv"), 50);
    start(ada, "film", "phone");
    EXPECT_EQ(send("DELETE", "/api/v1/users/" + ada.user_id + "/profiles/" + ada.profile_id, ada.access_token).status,
              200);
    theatre_->pass(5 * kSecond);
    EXPECT_EQ(count("streams"), 0);
    EXPECT_EQ(count("positions"), 0);
    EXPECT_EQ(start(ada, "film").status, 404);
}

}  // namespace matinee::playback
