// The journey of an account's profiles, on every host; and what it is told about playback before it has a plan.
#include <gtest/gtest.h>

#include "tests/services/journeys/host.hpp"

namespace matinee::journeys {

static void walk(Host& host) {
    const Answer ada =
        host.send("POST", "/api/v1/auth/register", "",
                  R"({"email":"ada@example.org","password":"analytical engine","name":"Ada","country":"gb"})");
    ASSERT_EQ(ada.status, 201);
    const std::string token = ada.text("data.access_token"), user_id = ada.text("data.user_id");
    const std::string mine = "/api/v1/users/" + user_id, profiles = mine + "/profiles";
    EXPECT_EQ(host.send("GET", mine, token).text("data.country"), "GB");
    EXPECT_EQ(host.send("PUT", mine, token, R"({"country":"Atlantis"})").status, 422);

    EXPECT_EQ(host.send("GET", profiles).status, 401);
    const Answer first = host.send("POST", profiles, token, R"({"profile_name":"Ada"})");
    ASSERT_EQ(first.status, 201);
    const Answer kids = host.send("POST", profiles, token,
                                  R"({"profile_name":"Byron","is_kids_profile":true,"language":"fr",)"
                                  R"("avatar_url":"https://pictures.example/b.png"})");
    ASSERT_EQ(kids.status, 201);
    EXPECT_EQ(kids.text("data.strongest_rating"), "PG");
    EXPECT_EQ(host.send("POST", profiles, token, R"({"profile_name":""})").status, 422);
    EXPECT_EQ(host.send("POST", profiles, token, R"({"profile_name":"x","avatar_url":"javascript:alert"})").status,
              422);
    EXPECT_EQ(host.send("POST", profiles, token, R"({"profile_name":"x","strongest_rating":"NC-99"})").status, 422);
    for (const char* name : {"C", "D", "E"})
        EXPECT_EQ(host.send("POST", profiles, token, R"({"profile_name":")" + std::string(name) + "\"}").status, 201);
    const Answer sixth = host.send("POST", profiles, token, R"({"profile_name":"F"})");
    EXPECT_EQ(sixth.status, 409);
    EXPECT_EQ(sixth.text("code"), "too_many_profiles");
    const std::string one = profiles + "/" + first.text("data.profile_id");
    EXPECT_EQ(host.send("PUT", one, token, R"({"profile_name":"Ada L."})").text("data.profile_name"), "Ada L.");
    EXPECT_EQ(host.send("PUT", profiles + "/prf_nobody", token, R"({"profile_name":"x"})").status, 404);
    EXPECT_EQ(host.send("PUT", mine + "/parental-pin", token, R"({"pin":"1815"})").status, 200);
    EXPECT_EQ(host.send("DELETE", mine + "/parental-pin", token, R"({"current_pin":"1852"})").status, 403);

    const Answer bob = host.send("POST", "/api/v1/auth/register", "",
                                 R"({"email":"bob@example.org","password":"bobs password","name":"Bob"})");
    const std::string stranger = bob.text("data.access_token");
    EXPECT_EQ(host.send("GET", profiles, stranger).status, 403);
    EXPECT_EQ(host.send("DELETE", one, stranger).status, 403);
    const std::string watched = "/api/v1/profiles/" + first.text("data.profile_id");
    EXPECT_EQ(host.send("GET", watched + "/history", stranger).status, 404);
    EXPECT_EQ(host.send("GET", watched + "/history", token).status, 200);
    EXPECT_EQ(host.send("GET", watched + "/continue-watching", token).status, 200);
    EXPECT_EQ(
        host.send("PUT", watched + "/resume-position", token, R"({"title_id":"ttl_nothing","position_seconds":12.5})")
            .status,
        404);
    JsonOut start;
    start.object().text("profile_id", first.text("data.profile_id")).text("title_id", "ttl_nothing");
    start.text("device_id", "tv").text("quality", "auto").end();
    EXPECT_EQ(host.send("POST", "/api/v1/playback/start", token, start.take()).status, 402);
    EXPECT_EQ(host.send("POST", "/api/v1/playback/heartbeat", token,
                        R"({"playback_token":"pbt_nothing","position_seconds":1})")
                  .status,
              404);

    const Answer everything = host.send("GET", mine + "/export", token);
    EXPECT_EQ(everything.status, 200);
    EXPECT_EQ(everything.text("data.account.email"), "ada@example.org");
    EXPECT_EQ(everything.body.find("data")->find("profiles")->find("profiles")->array()->size(), 5u);
    EXPECT_EQ(host.send("GET", mine + "/export", stranger).status, 403);
    EXPECT_EQ(host.send("DELETE", one, token).status, 200);
    EXPECT_EQ(host.send("DELETE", one, token).status, 404);
    EXPECT_EQ(host.send("DELETE", mine, token).status, 200);
    EXPECT_EQ(host.send("GET", mine + "/export", token).status, 401);
}

TEST(ProfilesJourney, SimulatedAndLiveAnswerTheSame) {
    const std::unique_ptr<Host> simulated = simulated_host({});
    walk(*simulated);
    const std::unique_ptr<Host> live = live_host({});
    walk(*live);
    EXPECT_EQ(simulated->transcript(), live->transcript());
}

}  // namespace matinee::journeys
