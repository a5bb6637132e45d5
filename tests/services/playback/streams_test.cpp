// Streams in virtual time: screens, leases, races, crashes.
#include <functional>

#include "tests/services/playback/theatre.hpp"

namespace matinee::playback {

TEST_F(TheatreTest, AStartSaysWhereAndHow) {
    const Viewer ada = viewer("ada", 1, 1080);
    const Answer stream = start(ada, "film");
    ASSERT_EQ(stream.status, 201);
    EXPECT_EQ(stream.text("data.title_id"), "film");
    EXPECT_EQ(stream.number("data.resume_position_seconds"), 0);
    EXPECT_EQ(stream.number("data.duration_seconds"), 6000);
    EXPECT_EQ(stream.number("data.heartbeat_seconds"), 30);
    EXPECT_EQ(stream.text("data.max_quality"), "1080p");
    const std::string address = stream.text("data.manifest_url");
    EXPECT_TRUE(address.starts_with("/edge/v1/film/manifest.mpd?stream=str_")) << address;
    EXPECT_NE(address.find("&signature="), std::string::npos);
    EXPECT_EQ(send("GET", address, ada.access_token).status, 404) << "until there is an edge";
    EXPECT_EQ(stream.body.find("data")->find("audio_tracks")->array()->size(), 3u);
    theatre_->pass(2 * kSecond);
    const std::vector<std::string> told = events(kTopic, kStarted);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0],
              R"({"title_id":"film","user_id":")" + ada.user_id + R"(","profile_id":")" + ada.profile_id + "\"}");
}

TEST_F(TheatreTest, WhoMayNotStartIsTold) {
    const Viewer ada = viewer("ada"), bob = viewer("bob");
    Viewer thief = bob;
    thief.profile_id = ada.profile_id;
    EXPECT_EQ(start(thief, "film").status, 404) << "somebody else's profile";
    EXPECT_EQ(start(ada, "nothing").status, 404);
    theatre_->plans.all.erase(bob.user_id);
    const Answer unpaid = start(bob, "film");
    EXPECT_EQ(unpaid.status, 402);
    EXPECT_EQ(unpaid.text("code"), "subscription_required");
    EXPECT_EQ(start(ada, "film", "tv", R"("device_type":"toaster")").status, 422);
    EXPECT_EQ(start(ada, "film", "tv", R"("quality":"much")").status, 400) << "twice the same field";
    const Answer stream = start(ada, "film");
    EXPECT_EQ(beat(bob, stream, 10), 404);
    EXPECT_EQ(stop(bob, stream, 10), 404);
    EXPECT_EQ(beat(ada, stream, -1), 422);
    EXPECT_EQ(beat(ada, stream, 10), 200);
    Answer forged = stream;
    forged.body = Json::parse(R"({"data":{"playback_token":"pbt_forged"}})");
    EXPECT_EQ(beat(ada, forged, 10), 404);
    EXPECT_EQ(stop(ada, forged, 10), 404);
}

/// Whoever is answered later than a plan's end, an account's end or a new limit has heard of it.
TEST_F(TheatreTest, AStartIsDecidedWhereItTakesItsScreen) {
    const Viewer ada = viewer("ada"), bob = viewer("bob");
    const auto begin = [&](const Viewer& who) {
        Task<gateway::Response> starting = theatre_->handle(
            request("POST", "/api/v1/playback/start", who.access_token, start_body(who, "film", "tv")));
        starting.start();
        theatre_->pass(500 * kMillisecond);  // by now it waits for the database
        return starting;
    };
    theatre_->hold_writes = kSecond;
    Task<gateway::Response> unpaid = begin(ada);
    theatre_->plans.all.erase(ada.user_id);
    theatre_->pass(2 * kSecond);
    EXPECT_EQ(unpaid.take().status, 402);
    Task<gateway::Response> nobody = begin(bob);
    auto erase = [&](SqlTransaction& tx) { tx.execute("DELETE FROM users WHERE user_id = $1", bob.user_id); };
    theatre_->database.transact(Sql::Access::Write, SqlBody(erase));
    theatre_->pass(2 * kSecond);
    EXPECT_EQ(nobody.take().status, 404);
    EXPECT_EQ(count("streams"), 0);
    EXPECT_EQ(count("devices"), 0) << "nothing of a refused start stays";
}

TEST_F(TheatreTest, UnusedDevicesAreForgotten) {
    open({.playback = {.device_memory = 10 * kMinute}});
    const Viewer ada = viewer("ada", 2);
    for (const char* const device : {"old", "used"}) stop(ada, start(ada, "film", device), 10);
    theatre_->pass(6 * kMinute);
    EXPECT_EQ(count("devices"), 2);
    auto use = [](SqlTransaction& tx) {
        tx.execute("UPDATE devices SET used_at = used_at + $1 WHERE device_id = 'used'", 6 * kMinute);
    };
    theatre_->database.transact(Sql::Access::Write, SqlBody(use));
    theatre_->pass(6 * kMinute);
    EXPECT_EQ(count("devices"), 1);
    EXPECT_EQ(count("devices WHERE device_id = 'used'"), 1);
}

TEST_F(TheatreTest, RegionsAndWindows) {
    const Viewer ada = viewer("ada");  // in the US, as the settings say
    catalog::Title& film = theatre_->titles.all["film"];
    film.windows = {{.region = "DE"}};
    const Answer abroad = start(ada, "film");
    EXPECT_EQ(abroad.status, 451);
    EXPECT_EQ(abroad.text("code"), "not_in_region");
    film.windows = {{.region = "US", .from = kEvening + kHour, .until = kEvening + 2 * kHour}};
    EXPECT_EQ(start(ada, "film").status, 451) << "not yet";
    theatre_->pass(kHour);
    const Answer stream = start(ada, "film");
    EXPECT_EQ(stream.status, 201);
    EXPECT_EQ(stop(ada, stream, 10), 200);
    theatre_->pass(kHour);
    EXPECT_EQ(start(ada, "film").status, 451) << "no more";
    EXPECT_EQ(send("PUT", "/api/v1/users/" + ada.user_id, ada.access_token, R"({"country":"DE"})").status, 200);
    film.windows = {{.region = "DE"}};
    EXPECT_EQ(start(ada, "film").status, 201);
}

TEST_F(TheatreTest, AScreenIsFreeALeaseAfterTheLastHeartbeat) {
    const Viewer ada = viewer("ada", 1);
    const TimeNs began = theatre_->executor.now();
    const auto at = [&](TimeNs since) { theatre_->executor.run_until(began + since); };
    const Answer first = start(ada, "film", "tv");
    at(30 * kSecond);
    EXPECT_EQ(beat(ada, first, 30), 200);
    at(35 * kSecond);
    EXPECT_EQ(beat(ada, first, 35), 200) << "as predicted: not written, but it counts";
    at(124 * kSecond);
    const Answer refused = start(ada, "other", "phone");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.text("code"), "too_many_streams");
    at(126 * kSecond);
    EXPECT_EQ(start(ada, "other", "phone").status, 201);
    EXPECT_EQ(beat(ada, first, 120), 404) << "its screen is somebody else's";
    EXPECT_EQ(stop(ada, first, 120), 200) << "but where it left off is worth knowing";
    EXPECT_EQ(begun(ada), "film:120");
}

TEST_F(TheatreTest, HeartbeatsKeepAScreenAndStopFreesIt) {
    const Viewer ada = viewer("ada", 2);
    const Answer first = start(ada, "film", "tv");
    const Answer second = start(ada, "other", "phone");
    ASSERT_EQ(second.status, 201);
    for (int i = 1; i <= 20; ++i) {
        theatre_->pass(30 * kSecond);
        EXPECT_EQ(beat(ada, first, 30 * i), 200);
        EXPECT_EQ(beat(ada, second, 100), 200) << "paused";
        EXPECT_EQ(start(ada, "film", "tablet").status, 409);
    }
    EXPECT_EQ(stop(ada, first, 601), 200);
    EXPECT_EQ(stop(ada, first, 602), 200) << "again is fine";
    EXPECT_EQ(beat(ada, first, 603), 404);
    EXPECT_EQ(begun(ada), "film:601 other:100");
    EXPECT_EQ(start(ada, "film", "tablet").number("data.resume_position_seconds"), 601);
}

TEST_F(TheatreTest, AStreamEndsWithItsToken) {
    open({.maintenance = kMinute});
    const Viewer ada = viewer("ada", 1);
    const Answer stream = start(ada, "film");
    for (int i = 1; i < 6 * 60; ++i) {
        theatre_->pass(kMinute);
        ASSERT_EQ(beat(ada, stream, i), 200) << i;
    }
    theatre_->pass(kMinute);
    EXPECT_EQ(beat(ada, stream, 360), 404);
    EXPECT_EQ(start(ada, "film").number("data.resume_position_seconds"), 359);
}

TEST_F(TheatreTest, AbandonedStreamsAreEndedAndTheirPositionsKept) {
    const Viewer ada = viewer("ada", 1);
    const Answer stream = start(ada, "film");
    EXPECT_EQ(beat(ada, stream, 500), 200);
    theatre_->pass(3 * kMinute);
    EXPECT_EQ(count("streams WHERE ended_at IS NULL"), 0);
    EXPECT_EQ(count("positions WHERE position_s = 500"), 1);
    EXPECT_EQ(events(kTopic, kStopped).size(), 1u);
    EXPECT_EQ(begun(ada), "film:500");
}

TEST_F(TheatreTest, OfStartsAtOnceAsManyGetInAsThereAreScreens) {
    for (int64_t screens = 1; screens <= 4; ++screens) {
        const Viewer ada = viewer("ada" + std::to_string(screens), screens);
        std::vector<Task<gateway::Response>> tasks;
        for (int i = 0; i < 10; ++i)
            tasks.push_back(theatre_->handle(request("POST", "/api/v1/playback/start", ada.access_token,
                                                     start_body(ada, "film", "device" + std::to_string(i)))));
        for (auto& task : tasks) task.start();
        theatre_->pass(10 * kSecond);
        std::multiset<int> statuses;
        for (auto& task : tasks) statuses.insert(task.take().status);
        EXPECT_EQ(statuses.count(201), size_t(screens));
        EXPECT_EQ(statuses.count(409), size_t(10 - screens));
    }
}

/// Kills the process after every possible number of steps of a start, and of the stop that follows one.
TEST_F(TheatreTest, AStartIsWholeOrNotAtAllWhereverTheProcessDies) {
    int whole = 0, never = 0;
    for (int steps = 0; whole < 5; ++steps) {
        ASSERT_LT(steps, 300);
        open({});
        const Viewer ada = viewer("ada", 1);
        bool acknowledged = false;
        {
            Task<gateway::Response> task = theatre_->handle(
                request("POST", "/api/v1/playback/start", ada.access_token, start_body(ada, "film", "tv")));
            task.start();
            for (int i = 0; i < steps && !task.done(); ++i) theatre_->executor.step();
            acknowledged = task.done();
        }
        theatre_->restart();
        const int64_t streams = count("streams");
        if (acknowledged) {
            ++whole;
            ASSERT_EQ(streams, 1);
        }
        never += streams == 0 ? 1 : 0;
        EXPECT_EQ(count("devices"), streams);
        theatre_->pass(3 * kSecond);
        EXPECT_EQ(events(kTopic, kStarted).size(), size_t(streams)) << "after " << steps << " steps";
        EXPECT_EQ(start(ada, "film").status, streams == 1 ? 409 : 201);
        theatre_->pass(2 * kMinute);
        EXPECT_EQ(start(ada, "film").status, 201) << "nobody holds a screen for ever";
    }
    EXPECT_GE(never, 3);
}

TEST_F(TheatreTest, AnAcknowledgedStopIsNotLostWhereverTheProcessDies) {
    int acknowledged = 0;
    for (int steps = 0; acknowledged < 5; ++steps) {
        ASSERT_LT(steps, 300);
        open({});
        const Viewer ada = viewer("ada", 1);
        const Answer stream = start(ada, "film");
        beat(ada, stream, 100);
        bool done = false;
        {
            JsonOut out;
            out.object().text("playback_token", stream.text("data.playback_token")).integer("position_seconds", 200);
            Task<gateway::Response> task =
                theatre_->handle(request("POST", "/api/v1/playback/stop", ada.access_token, out.end().take()));
            task.start();
            for (int i = 0; i < steps && !task.done(); ++i) theatre_->executor.step();
            done = task.done();
        }
        theatre_->restart();
        const bool stopped = count("streams WHERE ended_at IS NULL") == 0;
        if (done) {
            ++acknowledged;
            ASSERT_TRUE(stopped);
        }
        EXPECT_EQ(begun(ada), stopped ? "film:200" : "film:100") << "after " << steps << " steps";
        EXPECT_EQ(beat(ada, stream, 300), stopped ? 404 : 200);
        EXPECT_EQ(stop(ada, stream, 400), 200);
        EXPECT_EQ(begun(ada), stopped ? "film:200" : "film:400");
        theatre_->pass(3 * kSecond);
        EXPECT_EQ(events(kTopic, kStopped).size(), 1u) << "told once, after " << steps << " steps";
    }
}

/// Random starts, heartbeats, stops and silences of several devices, with crashes in between.
TEST_F(TheatreTest, NeverMoreScreensThanThePlanHas) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        open({.seed = seed});
        const int64_t screens = int64_t(seed % 3) + 1;
        const Viewer ada = viewer("ada", screens);
        RandomStream random(seed, Purpose::Test, 1);
        struct Playing {
            std::string token;
            TimeNs beat_at;
        };
        std::vector<Playing> playing;
        for (int i = 0; i < 150; ++i) {
            const uint32_t what = random.below(10);
            if (what < 4) {
                const Answer stream = start(ada, "film", "device" + std::to_string(random.below(5)));
                if (stream.status == 201)
                    playing.push_back({stream.text("data.playback_token"), theatre_->executor.now()});
            } else if (what < 7 && !playing.empty()) {
                Playing& one = playing[random.below(uint32_t(playing.size()))];
                JsonOut out;
                out.object().text("playback_token", one.token).integer("position_seconds", random.below(6000)).end();
                const Answer answer = send("POST", "/api/v1/playback/heartbeat", ada.access_token, out.take());
                if (answer.status == 200)
                    one.beat_at = theatre_->executor.now();
                else
                    one.beat_at = 0;
            } else if (what == 7 && !playing.empty()) {
                Playing& one = playing[random.below(uint32_t(playing.size()))];
                JsonOut out;
                out.object().text("playback_token", one.token).integer("position_seconds", 1).end();
                EXPECT_EQ(send("POST", "/api/v1/playback/stop", ada.access_token, out.take()).status, 200);
                one.beat_at = 0;
            } else if (what == 8) {
                theatre_->restart();
            } else {
                theatre_->pass(TimeNs(random.below(60)) * kSecond);
            }
            const TimeNs now = theatre_->executor.now();
            int64_t alive = 0;
            for (const Playing& one : playing) alive += one.beat_at + 90 * kSecond > now ? 1 : 0;
            ASSERT_LE(alive, screens) << "seed " << seed << ", step " << i;
        }
    }
}

/// A heartbeat that is sent just before `over` and written after that, and a start of something else in between.
struct Race {
    bool started = false;
    bool lives = false;  ///< the heartbeat was accepted
};

static Race race(Theatre& theatre, TimeNs over, TimeNs start_after, gateway::Request heartbeat,
                 const std::function<Answer()>& start) {
    theatre.executor.run_until(over - 20 * kMillisecond);
    theatre.hold_writes = 25 * kMillisecond;
    Task<gateway::Response> beat = theatre.handle(std::move(heartbeat));
    beat.start();
    theatre.executor.run_until(over + start_after);
    theatre.hold_writes = 0;
    Race race;
    race.started = start().status == 201;
    theatre.pass(kSecond);
    race.lives = beat.take().status == 200;
    return race;
}

/// Only one of them may have the screen. (Seed 66 of the swarm.)
TEST_F(TheatreTest, AHeartbeatOnItsWayDoesNotBringBackAScreenThatIsGone) {
    int got_in = 0, lived_on = 0;
    for (TimeNs start_after = -10 * kMillisecond; start_after <= 10 * kMillisecond; start_after += kMillisecond) {
        open({.playback = {.save_every = 0}, .maintenance = kHour});
        const Viewer ada = viewer("ada", 1);
        const Answer first = start(ada, "film", "tv");
        int64_t lease_until = 0;
        auto look = [&](SqlTransaction& tx) { lease_until = tx.find("SELECT lease_until FROM streams")->integer(0); };
        theatre_->database.transact(Sql::Access::Read, SqlBody(look));
        const Race ended = race(*theatre_, lease_until, start_after,
                                request("POST", "/api/v1/playback/heartbeat", ada.access_token, token_body(first, 30)),
                                [&] { return start(ada, "other", "phone"); });
        EXPECT_FALSE(ended.started && ended.lives) << "a start " << start_after << " ns after the lease";
        got_in += ended.started ? 1 : 0;
        lived_on += ended.lives ? 1 : 0;
    }
    EXPECT_GT(got_in, 0);
    EXPECT_GT(lived_on, 0);
}

/// The same where the player fell silent since its row was written, so that only the key-value store knows: the stream
/// is ended or goes on, and whoever was promised the latter is heard again. (Seed 2503 of the swarm.)
TEST_F(TheatreTest, AStreamThatIsToEndForSilenceIsEndedOrGoesOn) {
    int got_in = 0, lived_on = 0;
    for (TimeNs start_after = -10 * kMillisecond; start_after <= 10 * kMillisecond; start_after += kMillisecond) {
        open({.maintenance = kHour});
        const Viewer ada = viewer("ada", 1);
        const Answer first = start(ada, "film", "tv");
        theatre_->pass(30 * kSecond);
        const TimeNs beat_at = theatre_->clock.now();
        ASSERT_EQ(beat(ada, first, 30), 200);
        const Race ended =
            race(*theatre_, beat_at + Settings().lease, start_after,
                 request("POST", "/api/v1/playback/heartbeat", ada.access_token, token_body(first, 1000)),
                 [&] { return start(ada, "other", "phone"); });
        EXPECT_FALSE(ended.started && ended.lives) << "a start " << start_after << " ns after the silence";
        EXPECT_EQ(beat(ada, first, 1001), ended.lives ? 200 : 404) << "a start " << start_after << " ns after it";
        got_in += ended.started ? 1 : 0;
        lived_on += ended.lives ? 1 : 0;
    }
    EXPECT_GT(got_in, 0);
    EXPECT_GT(lived_on, 0);
}

TEST_F(TheatreTest, DevicesAreRegisteredCappedAndTakenBack) {
    Theatre::Given given;
    given.playback.most_devices = 2;
    open(given);
    const Viewer ada = viewer("ada", 4, 2160);
    EXPECT_EQ(start(ada, "film", "tv", R"("device_type":"tv")").text("data.max_quality"), "4K");
    EXPECT_EQ(start(ada, "film", "phone", R"("device_type":"mobile")").text("data.max_quality"), "1080p");
    const Answer again = start(ada, "film", "phone");
    EXPECT_EQ(again.text("data.max_quality"), "1080p") << "as registered";
    const Answer third = start(ada, "film", "tablet");
    EXPECT_EQ(third.status, 409);
    EXPECT_EQ(third.text("code"), "too_many_devices");
    const std::string mine = "/api/v1/users/" + ada.user_id + "/devices";
    EXPECT_EQ(send("GET", mine, ada.access_token).body.find("data")->find("devices")->array()->size(), 2u);
    EXPECT_EQ(send("DELETE", mine + "/phone", ada.access_token).status, 200);
    EXPECT_EQ(send("DELETE", mine + "/phone", ada.access_token).status, 404);
    EXPECT_EQ(beat(ada, again, 10), 404) << "its streams end";
    EXPECT_EQ(start(ada, "film", "tablet").status, 201);
    EXPECT_EQ(count("streams WHERE ended_at IS NULL"), 2);
}

TEST_F(TheatreTest, ReportsBecomeEvents) {
    const Viewer ada = viewer("ada"), bob = viewer("bob");
    const Answer stream = start(ada, "film");
    const auto report = [&](const Viewer& who, const std::string& list) {
        return send("POST", "/api/v1/playback/events", who.access_token,
                    R"({"playback_token":")" + stream.text("data.playback_token") + R"(","events":)" + list + "}")
            .status;
    };
    EXPECT_EQ(report(ada, R"([{"type":"startup","duration_ms":850,"more":"ignored"},{"type":"pause"}])"), 202);
    EXPECT_EQ(report(ada, R"([{"type":"dance"}])"), 422);
    EXPECT_EQ(report(ada, R"(["pause"])"), 422);
    EXPECT_EQ(report(ada, R"([{"type":"seek","at_ms":"soon"}])"), 422);
    EXPECT_EQ(report(ada, "[]"), 422);
    EXPECT_EQ(report(bob, R"([{"type":"pause"}])"), 404);
    std::string many = R"({"type":"error","code":")" + std::string(64, 'x') + R"(","cdn":")" + std::string(64, 'y') +
                       R"(","quality_level":")" + std::string(64, 'z') + "\"}";
    for (int i = 1; i < 99; ++i) many += R"(,{"type":"error","code":")" + std::string(64, 'x') + "\"}";
    EXPECT_EQ(report(ada, "[" + many + "]"), 202);
    many = many.substr(0, many.find('}') + 1);
    std::string wordy = many;
    for (int i = 1; i < 99; ++i) wordy += "," + many;
    EXPECT_EQ(report(ada, "[" + wordy + "]"), 413);
    EXPECT_EQ(stop(ada, stream, 5), 200);
    EXPECT_EQ(report(ada, R"([{"type":"end"}])"), 202) << "the last ones come after the stop";
    theatre_->pass(2 * kHour);
    EXPECT_EQ(report(ada, R"([{"type":"end"}])"), 404) << "but not for ever";
    const std::vector<std::string> told = events(kQualityTopic, kReported);
    ASSERT_EQ(told.size(), 3u);
    EXPECT_NE(told[0].find(R"("events":[{"type":"startup","duration_ms":850},{"type":"pause"}])"), std::string::npos);
}

}  // namespace matinee::playback
