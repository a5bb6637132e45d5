// Profiles and the parents' PIN in virtual time.
#include "tests/services/playback/theatre.hpp"

namespace matinee::playback {

class ProfilesTest : public TheatreTest {
protected:
    void SetUp() override {
        TheatreTest::SetUp();
        ada_ = viewer("ada", 4);
        mine_ = "/api/v1/users/" + ada_.user_id + "/";
    }
    Answer mine(const std::string& method, const std::string& what, const std::string& body = "") {
        return send(method, mine_ + what, ada_.access_token, body);
    }
    int pin(const std::string& digits, const std::string& current = "") {
        JsonOut out;
        out.object().text("pin", digits);
        if (!current.empty()) out.text("current_pin", current);
        return mine("PUT", "parental-pin", out.end().take()).status;
    }
    Viewer ada_;
    std::string mine_;
};

TEST_F(ProfilesTest, OfProfilesMadeAtOnceFiveStay) {
    std::vector<Task<gateway::Response>> tasks;
    for (int i = 0; i < 10; ++i)
        tasks.push_back(
            theatre_->handle(request("POST", mine_ + "profiles", ada_.access_token, R"({"profile_name":"another"})")));
    for (auto& task : tasks) task.start();
    theatre_->pass(5 * kSecond);
    std::multiset<int> statuses;
    for (auto& task : tasks) statuses.insert(task.take().status);
    EXPECT_EQ(statuses.count(201), 4u);
    EXPECT_EQ(statuses.count(409), 6u);
    EXPECT_EQ(count("profiles"), 5);
}

TEST_F(ProfilesTest, AnAccountWithoutAProfileGetsOneAtNeed) {
    EXPECT_EQ(mine("DELETE", "profiles/" + ada_.profile_id).status, 200);
    std::vector<Task<gateway::Response>> tasks;
    for (int i = 0; i < 3; ++i)
        tasks.push_back(theatre_->handle(request("GET", mine_ + "profiles", ada_.access_token)));
    for (auto& task : tasks) task.start();
    theatre_->pass(kSecond);
    std::set<std::string> ids;
    for (auto& task : tasks) {
        const Json body = Json::parse(task.take().body);
        const Json::Array& all = *body.find("data")->find("profiles")->array();
        ASSERT_EQ(all.size(), 1u);
        EXPECT_EQ(*all[0].find("profile_name")->text(), "ada") << "the account's name";
        ids.insert(*all[0].find("profile_id")->text());
    }
    EXPECT_EQ(ids.size(), 1u);
}

TEST_F(ProfilesTest, RatingsNeedThePin) {
    const Answer kids = mine("POST", "profiles", R"({"profile_name":"Kim","is_kids_profile":true})");
    ASSERT_EQ(kids.status, 201);
    EXPECT_EQ(kids.text("data.strongest_rating"), "PG");
    Viewer kim = ada_;
    kim.profile_id = kids.text("data.profile_id");
    theatre_->titles.add("horror", catalog::TitleType::Film, 6000, catalog::Rating::R);
    EXPECT_EQ(start(ada_, "horror").status, 201);
    EXPECT_EQ(start(kim, "film", "tv").status, 201) << "PG";
    const Answer blocked = start(kim, "horror");
    EXPECT_EQ(blocked.status, 403);
    EXPECT_EQ(blocked.text("code"), "rating_blocked");
    EXPECT_EQ(start(kim, "horror", "tv", R"("pin":"1234")").text("code"), "wrong_pin") << "there is none";
    EXPECT_EQ(pin("12a4"), 422);
    EXPECT_EQ(pin("123"), 422);
    EXPECT_EQ(pin("1234"), 200);
    EXPECT_EQ(start(kim, "horror").text("code"), "rating_blocked");
    EXPECT_EQ(start(kim, "horror", "tv", R"("pin":"4321")").text("code"), "wrong_pin");
    EXPECT_EQ(start(kim, "horror", "tv", R"("pin":"1234")").status, 201);
}

TEST_F(ProfilesTest, ThePinGuardsWhatWidens) {
    const Answer kids = mine("POST", "profiles", R"({"profile_name":"Kim","is_kids_profile":true})");
    const std::string kim = "profiles/" + kids.text("data.profile_id");
    EXPECT_EQ(mine("PUT", kim, R"({"strongest_rating":"R"})").status, 422) << "too strong for kids";
    EXPECT_EQ(pin("1234"), 200);
    EXPECT_EQ(pin("5678"), 403);
    EXPECT_EQ(mine("PUT", kim, R"({"is_kids_profile":false,"strongest_rating":"R"})").text("code"), "wrong_pin");
    EXPECT_EQ(mine("PUT", kim, R"({"is_kids_profile":false,"strongest_rating":"R","pin":"9999"})").status, 403);
    EXPECT_EQ(mine("PUT", kim, R"({"profile_name":"Kimmy","strongest_rating":"G"})").status, 200);
    EXPECT_EQ(mine("POST", "profiles", R"({"profile_name":"sly"})").text("code"), "wrong_pin");
    EXPECT_EQ(mine("POST", "profiles", R"({"profile_name":"baby","is_kids_profile":true})").status, 201);
    EXPECT_EQ(mine("POST", "profiles", R"({"profile_name":"dad","pin":"1234"})").status, 201);
    EXPECT_EQ(mine("PUT", kim, R"({"is_kids_profile":false,"strongest_rating":"R","pin":"1234"})").status, 200);
    EXPECT_EQ(pin("5678", "1234"), 200);
    EXPECT_EQ(mine("DELETE", "parental-pin", R"({"current_pin":"1234"})").status, 403);
    EXPECT_EQ(mine("DELETE", "parental-pin", R"({"current_pin":"5678"})").status, 200);
    EXPECT_EQ(mine("POST", "profiles", R"({"profile_name":"sly"})").status, 201);
}

TEST_F(ProfilesTest, DeletingTheLastProfileIsNoWayAroundThePin) {
    EXPECT_EQ(pin("1234"), 200);
    EXPECT_EQ(mine("PUT", "profiles/" + ada_.profile_id, R"({"strongest_rating":"PG"})").status, 200);
    EXPECT_EQ(mine("DELETE", "profiles/" + ada_.profile_id).status, 200);
    const Answer list = mine("GET", "profiles");
    const Json& first = list.body.find("data")->find("profiles")->array()->front();
    EXPECT_EQ(*first.find("strongest_rating")->text(), "PG");
    const std::string path = "profiles/" + *first.find("profile_id")->text();
    EXPECT_EQ(mine("PUT", path, R"({"strongest_rating":"R"})").text("code"), "wrong_pin");
    EXPECT_EQ(mine("PUT", path, R"({"strongest_rating":"R","pin":"1234"})").status, 200);
}

TEST_F(ProfilesTest, GuessingThePinStopsSoon) {
    EXPECT_EQ(pin("1234"), 200);
    const auto guess = [&](const std::string& digits) {
        return mine("DELETE", "parental-pin", R"({"current_pin":")" + digits + "\"}");
    };
    // All at once: no more of them than attempts are looked at.
    std::vector<Task<gateway::Response>> tasks;
    for (int i = 0; i < 20; ++i)
        tasks.push_back(theatre_->handle(request("DELETE", mine_ + "parental-pin", ada_.access_token,
                                                 R"({"current_pin":"000)" + std::to_string(i % 10) + "\"}")));
    for (auto& task : tasks) task.start();
    theatre_->pass(10 * kSecond);
    std::multiset<int> statuses;
    for (auto& task : tasks) statuses.insert(task.take().status);
    EXPECT_EQ(statuses.count(403), 5u);
    EXPECT_EQ(statuses.count(429), 15u);
    EXPECT_EQ(guess("1234").status, 429) << "not even the right one";
    theatre_->restart();
    EXPECT_EQ(guess("1234").status, 429) << "a crash does not help";
    theatre_->pass(15 * kMinute);
    EXPECT_EQ(guess("0000").status, 403);
    EXPECT_EQ(guess("1234").status, 429) << "one by one from now on";
    theatre_->pass(15 * kMinute);
    EXPECT_EQ(guess("1234").status, 200);
}

TEST_F(ProfilesTest, AGuessThatCouldNotBeJudgedIsNoWrongOne) {
    open({.maintenance = kHour});
    ada_ = viewer("ada");
    mine_ = "/api/v1/users/" + ada_.user_id + "/";
    EXPECT_EQ(pin("1234"), 200);
    const auto guess = [&](const std::string& digits) {
        return mine("DELETE", "parental-pin", R"({"current_pin":")" + digits + "\"}").status;
    };
    for (int i = 0; i < 10; ++i) {
        theatre_->refuse_write_in = 2;  // behind the one that counts it
        EXPECT_EQ(guess("1234"), 503);
        theatre_->refuse_write_in = 1;
        EXPECT_EQ(guess("1234"), 503);
    }
    EXPECT_EQ(count("parental_pins WHERE failures = 0 AND blocked_until = 0"), 1);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(guess("0000"), 403);
    theatre_->refuse_write_in = 2;
    EXPECT_EQ(guess("1234"), 503);
    EXPECT_EQ(count("parental_pins WHERE failures = 4 AND blocked_until = 0"), 1) << "those before it stay counted";
    EXPECT_EQ(guess("1234"), 200);
}

TEST_F(ProfilesTest, NamesAreMoreThanBlanks) {
    for (const char* name : {" ", "   ", "\u00a0", "\u3000 \u200b", "\ufeff"}) {
        const std::string body = R"({"profile_name":")" + std::string(name) + "\"}";
        const Answer refused = mine("POST", "profiles", body);
        EXPECT_EQ(refused.status, 422) << body;
        EXPECT_EQ(refused.text("field"), "profile_name");
        EXPECT_EQ(mine("PUT", "profiles/" + ada_.profile_id, body).status, 422) << body;
    }
    EXPECT_EQ(mine("POST", "profiles", R"({"profile_name":" \u00e9 "})").status, 201);
}

TEST_F(ProfilesTest, Watchlists) {
    const std::string list = "/api/v1/profiles/" + ada_.profile_id + "/watchlist";
    const auto titles = [&] {
        const Answer answer = send("GET", list, ada_.access_token);
        std::string text;
        for (const Json& title : *answer.body.find("data")->find("titles")->array())
            text += *title.find("title_id")->text() + " ";
        return text;
    };
    EXPECT_EQ(send("PUT", list + "/film", ada_.access_token).status, 200);
    theatre_->pass(kSecond);
    EXPECT_EQ(send("PUT", list + "/other", ada_.access_token).status, 200);
    EXPECT_EQ(send("PUT", list + "/film", ada_.access_token).status, 200);
    EXPECT_EQ(titles(), "other film ");
    EXPECT_EQ(send("DELETE", list + "/film", ada_.access_token).status, 200);
    EXPECT_EQ(titles(), "other ");
    const Viewer bob = viewer("bob");
    EXPECT_EQ(send("PUT", list + "/film", bob.access_token).status, 404);
    EXPECT_EQ(send("GET", list, bob.access_token).status, 404);
}

}  // namespace matinee::playback
