// One viewer's whole way through the platform: register, pay, browse, search, start, heartbeat, a second screen
// refused, stop, resume elsewhere, cancel, erase. It runs unchanged on both hosts, which give the same answers.
#include <gtest/gtest.h>

#include "tests/services/journeys/host.hpp"

namespace matinee::journeys {

namespace {

const std::string kOperator = "the operator's token of this test";

class Viewer {
public:
    explicit Viewer(Host& host) : host_(host) {}

    void register_and_look_around();
    void pay();
    void find_the_film();
    void watch();
    void leave();

private:
    Answer send(const std::string& method, const std::string& path, const std::string& body = "") {
        return host_.send(method, "/api/v1/" + path, token_, body);
    }
    Answer start(const std::string& device_id) {
        JsonOut out;
        out.object().text("profile_id", profile_id_).text("title_id", film_id_).text("device_id", device_id);
        return send("POST", "playback/start", out.text("quality", "auto").end().take());
    }
    Answer at(const std::string& what, const Answer& stream, int64_t position_s) {
        JsonOut out;
        out.object().text("playback_token", stream.text("data.playback_token"));
        out.integer("position_seconds", position_s).text("quality_level", "720p").integer("buffer_level", 20).end();
        return send("POST", "playback/" + what, out.take());
    }

    Host& host_;
    std::string token_, user_id_, profile_id_, film_id_;
};

void Viewer::register_and_look_around() {
    const Answer film = host_.send("POST", "/api/v1/admin/titles", kOperator,
                                   R"({"type":"film","title":"The Wandering Lighthouse","rating":"PG",)"
                                   R"("genres":["drama"],"cast":["Ada Marsh"],"duration_s":6300,)"
                                   R"("windows":[{"region":"*","from":"2020-01-01T00:00:00Z"}]})");
    ASSERT_EQ(film.status, 201);
    film_id_ = film.text("data.title_id");
    const Answer account =
        host_.send("POST", "/api/v1/auth/register", "",
                   R"({"email":"ada@example.org","password":"analytical engine","name":"Ada","country":"GB"})");
    ASSERT_EQ(account.status, 201);
    token_ = account.text("data.access_token");
    user_id_ = account.text("data.user_id");
    const Answer profile = send("POST", "users/" + user_id_ + "/profiles", R"({"profile_name":"Ada"})");
    ASSERT_EQ(profile.status, 201);
    profile_id_ = profile.text("data.profile_id");
    EXPECT_EQ(start("tv").status, 402) << "nothing is paid for";
}

void Viewer::pay() {
    const Answer plans = host_.send("GET", "/api/v1/subscriptions/plans");
    ASSERT_EQ(plans.status, 200);
    EXPECT_GE(plans.body.find("data")->find("plans")->array()->size(), 3u);
    const Answer paid = send("POST", "subscriptions", R"({"plan_id":"basic","payment_method":"pm_ok"})");
    ASSERT_TRUE(paid.status == 201 || paid.status == 202) << paid.status;
    const std::string mine = "users/" + user_id_ + "/subscription";
    host_.wait_until([&] { return send("GET", mine).text("data.status") == "active"; });
    EXPECT_EQ(send("GET", mine).text("data.plan_id"), "basic");
}

void Viewer::find_the_film() {
    EXPECT_EQ(send("GET", "titles/" + film_id_).text("data.title"), "The Wandering Lighthouse");
    host_.wait_until([&] { return send("GET", "search?q=lighthouse").number("data.total") == 1; });
    EXPECT_EQ(send("GET", "search?q=lihgthouse").status, 200);
    EXPECT_EQ(send("GET", "browse/home?profile_id=" + profile_id_).status, 200);
    EXPECT_EQ(send("GET", "browse/new-releases").status, 200);
}

void Viewer::watch() {
    const Answer tv = start("tv");
    ASSERT_EQ(tv.status, 201);
    EXPECT_EQ(tv.text("data.max_quality"), "720p") << "the plan's";
    EXPECT_EQ(tv.number("data.resume_position_seconds"), 0);
    EXPECT_EQ(at("heartbeat", tv, 600).status, 200);
    const Answer phone = start("phone");
    EXPECT_EQ(phone.status, 409);
    EXPECT_EQ(phone.text("code"), "too_many_streams");
    EXPECT_EQ(at("heartbeat", tv, 601).status, 200);
    host_.restart();
    const Answer kept = send("GET", "profiles/" + profile_id_ + "/continue-watching");
    EXPECT_EQ(*kept.body.find("data")->find("titles")->array()->front().find("position_seconds")->integer(), 601);
    EXPECT_EQ(at("heartbeat", tv, 602).status, 200) << "playing through";
    EXPECT_EQ(at("stop", tv, 1200).status, 200);
    EXPECT_EQ(at("heartbeat", tv, 1210).status, 404);
    const Answer elsewhere = start("phone");
    ASSERT_EQ(elsewhere.status, 201);
    EXPECT_EQ(elsewhere.number("data.resume_position_seconds"), 1200);
    EXPECT_EQ(at("stop", elsewhere, 1300).status, 200);
    const Answer begun = send("GET", "profiles/" + profile_id_ + "/continue-watching");
    const Json::Array& titles = *begun.body.find("data")->find("titles")->array();
    ASSERT_EQ(titles.size(), 1u);
    EXPECT_EQ(*titles[0].find("position_seconds")->integer(), 1300);
}

void Viewer::leave() {
    EXPECT_EQ(send("DELETE", "users/" + user_id_ + "/subscription").status, 200);
    EXPECT_EQ(send("GET", "users/" + user_id_ + "/subscription").text("data.status"), "cancelled");
    EXPECT_EQ(send("GET", "users/" + user_id_ + "/export").text("data.account.email"), "ada@example.org");
    EXPECT_EQ(send("DELETE", "users/" + user_id_).status, 200);
    EXPECT_EQ(start("tv").status, 401);
    EXPECT_EQ(
        host_.send("POST", "/api/v1/auth/login", "", R"({"email":"ada@example.org","password":"analytical engine"})")
            .status,
        401);
}

std::string transcript_of(Host& host) {
    Viewer viewer(host);
    for (void (Viewer::*step)() :
         {&Viewer::register_and_look_around, &Viewer::pay, &Viewer::find_the_film, &Viewer::watch, &Viewer::leave}) {
        (viewer.*step)();
        if (testing::Test::HasFatalFailure()) break;
    }
    return host.transcript();
}

}  // namespace

TEST(WholeJourney, IsTheSameOnBothHosts) {
    platform::Settings settings;
    settings.accounts.admin_token = kOperator;
    const std::unique_ptr<Host> simulated_one = simulated_host(settings);
    const Answer document = simulated_one->send("GET", "/api/v1/openapi.json");
    const Json& paths = *document.body.find("paths");
    for (const char* path : {"/api/v1/subscriptions", "/api/v1/admin/titles", "/api/v1/search"})
        if (paths.find(path) == nullptr) GTEST_SKIP() << "the platform does not offer " << path;
    const std::string simulated = transcript_of(*simulated_host(settings));
    const std::string live = transcript_of(*live_host(settings));
    EXPECT_GT(simulated.size(), 5'000u);
    EXPECT_EQ(live, simulated);
}

}  // namespace matinee::journeys
