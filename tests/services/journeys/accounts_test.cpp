// Accounts in virtual time: what expires, what rotates, who races, who crashes.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "simulator/services/host.hpp"
#include "system/accounts/api.hpp"
#include "system/base/encoding.hpp"
#include "tests/services/journeys/host.hpp"

namespace matinee::journeys {

static constexpr TimeNs kEvening = 1'795'204'800 * kSecond;
static const std::string kAda = R"({"email":"ada@example.org","password":"analytical engine","name":"Ada"})";

class AccountsTest : public testing::Test {
protected:
    static gateway::Request request(const std::string& method, const std::string& target, const std::string& body,
                                    const std::string& token = "") {
        gateway::Request made{.method = method, .target = target, .headers = {}, .body = body};
        made.headers.push_back({"content-type", "application/json"});
        if (!token.empty()) made.headers.push_back({"authorization", "Bearer " + token});
        return made;
    }
    Answer send(const gateway::Request& sent) {
        const gateway::Response response = host_->exchange(sent);
        return {.status = response.status, .content_type = response.content_type, .body = Json::parse(response.body)};
    }
    Answer post(const std::string& name, const std::string& body) {
        return send(request("POST", "/api/v1/auth/" + name, body));
    }
    Answer refresh(const std::string& token) {
        return post("refresh-token", JsonOut().object().text("refresh_token", token).end().take());
    }
    int validate(const std::string& token) {
        return send(request("GET", "/api/v1/auth/validate-token", "", token)).status;
    }
    /// Their ids, the newest first.
    std::vector<std::string> published_keys() {
        const Answer jwks = send(request("GET", "/.well-known/jwks.json", ""));
        std::vector<std::string> ids;
        for (const Json& key : *jwks.body.find("keys")->array()) ids.push_back(*key.find("kid")->text());
        return ids;
    }
    /// The id of the key that signed the access token of a login.
    static std::string key_of(const Answer& login) {
        const std::string token = login.text("data.access_token");
        return *Json::parse(from_base64url(token.substr(0, token.find('.'))).value()).find("kid")->text();
    }
    int64_t count(const std::string& table) {
        int64_t rows = 0;
        auto body = [&](SqlTransaction& tx) { rows = tx.find("SELECT COUNT(*) FROM " + table)->integer(0); };
        host_->database().transact(Sql::Access::Read, SqlBody(body));
        return rows;
    }
    void pass(TimeNs duration) { host_->executor().run_until(host_->executor().now() + duration); }
    void fresh_host() {
        services::HostModel model;
        model.maintenance = maintenance_;
        host_ = std::make_unique<services::SimulatedHost>(5, kEvening, platform::Settings{}, model);
    }
    /// Sends so many copies at one moment; the statuses of the answers.
    std::multiset<int> at_once(const gateway::Request& sent, int copies) {
        std::vector<Task<gateway::Response>> tasks;
        for (int i = 0; i < copies; ++i) tasks.push_back(host_->handle(sent));
        for (auto& task : tasks) task.start();
        pass(kMinute);
        std::multiset<int> statuses;
        for (auto& task : tasks) statuses.insert(task.take().status);
        return statuses;
    }

    void SetUp() override { fresh_host(); }
    TimeNs maintenance_ = kSecond;
    std::unique_ptr<services::SimulatedHost> host_;
};

/// For tests that let months pass.
class SlowAccountsTest : public AccountsTest {
protected:
    SlowAccountsTest() { maintenance_ = kHour; }
};

TEST_F(SlowAccountsTest, TokensExpireAtTheirMoment) {
    const Answer ada = post("register", kAda);
    const std::string access = ada.text("data.access_token");
    pass(15 * kMinute - 2 * kSecond);
    EXPECT_EQ(validate(access), 200);
    pass(2 * kSecond);
    EXPECT_EQ(validate(access), 401);
    pass(29 * kDay);
    const Answer renewed = refresh(ada.text("data.refresh_token"));
    EXPECT_EQ(renewed.status, 200);
    EXPECT_EQ(validate(renewed.text("data.access_token")), 200);
    pass(30 * kDay);
    EXPECT_EQ(refresh(renewed.text("data.refresh_token")).status, 401);
    pass(2 * kHour);
    EXPECT_EQ(count("sessions"), 0) << "what has expired is swept away";
    EXPECT_EQ(count("refresh_tokens"), 0);
    EXPECT_EQ(count("users"), 1);
}

/// Verifiers keep copies of the key set: whatever signs was in it for a while.
TEST_F(SlowAccountsTest, TheNextKeyIsPublishedBeforeItSigns) {
    const Answer ada = post("register", kAda);
    const std::string first = key_of(ada);
    EXPECT_EQ(published_keys(), std::vector<std::string>{first}) << "the first one of all signs at once";
    pass(30 * kDay - 5 * kMinute);
    EXPECT_EQ(key_of(post("login", kAda)), first);
    EXPECT_EQ(published_keys().size(), 1u);
    pass(6 * kMinute);
    EXPECT_EQ(key_of(post("login", kAda)), first);
    const std::vector<std::string> copy = published_keys();
    ASSERT_EQ(copy.size(), 2u);
    EXPECT_EQ(copy[1], first);
    pass(kHour - kMinute);
    const Answer before = post("login", kAda);
    EXPECT_EQ(key_of(before), first);
    pass(2 * kMinute);
    const Answer after = post("login", kAda);
    EXPECT_EQ(key_of(after), copy[0]);
    EXPECT_EQ(published_keys(), copy);
    EXPECT_EQ(validate(before.text("data.access_token")), 200) << "signed with the old key";
    EXPECT_EQ(validate(after.text("data.access_token")), 200);
    pass(15 * kMinute);
    EXPECT_EQ(published_keys(), std::vector<std::string>{copy[0]});
    EXPECT_EQ(count("signing_keys"), 2) << "rows go at the next rotation";
    pass(30 * kDay);
    EXPECT_EQ(key_of(post("login", kAda)), copy[0]) << "and so on, also where nobody logged in for long";
    EXPECT_EQ(count("signing_keys"), 2);
    EXPECT_EQ(published_keys().size(), 2u);
}

TEST_F(SlowAccountsTest, AKeySignsOnWhereNobodyLoggedInWhenItWasTime) {
    const std::string first = key_of(post("register", kAda));
    pass(90 * kDay);
    host_->restart();
    const Answer login = post("login", kAda);
    EXPECT_EQ(key_of(login), first) << "the next one is not known yet";
    EXPECT_EQ(validate(login.text("data.access_token")), 200);
    EXPECT_EQ(published_keys().size(), 2u);
    pass(kHour);
    EXPECT_NE(key_of(post("login", kAda)), first);
}

TEST_F(AccountsTest, GuessingTheCurrentPasswordStopsSoon) {
    const Answer ada = post("register", kAda);
    const std::string mine = "/api/v1/users/" + ada.text("data.user_id"), token = ada.text("data.access_token");
    const auto change = [&](const std::string& current) {
        return request("PUT", mine, R"({"password":"another password","current_password":")" + current + "\"}", token);
    };
    const std::multiset<int> statuses = at_once(change("wrong"), 30);
    EXPECT_EQ(statuses.count(401), 20u) << "as many as an address has logins an hour";
    EXPECT_EQ(statuses.count(429), 10u);
    EXPECT_EQ(send(change("analytical engine")).status, 429) << "not even the right one";
    EXPECT_EQ(send(request("PUT", mine, R"({"name":"Countess"})", token)).status, 200);
    const Answer bob = post("register", R"({"email":"b@b.org","password":"12345678","name":"B"})");
    EXPECT_EQ(send(request("PUT", "/api/v1/users/" + bob.text("data.user_id"),
                           R"({"email":"bob@b.org","current_password":"12345678"})", bob.text("data.access_token")))
                  .status,
              200);
    pass(3 * kMinute);
    EXPECT_EQ(send(change("analytical engine")).status, 200);
}

TEST_F(AccountsTest, GuessingAPasswordFromManyAddressesStopsToo) {
    ASSERT_EQ(post("register", kAda).status, 201);
    ASSERT_EQ(post("register", R"({"email":"b@b.org","password":"12345678","name":"B"})").status, 201);
    int from = 0;
    const auto log_in = [&](const std::string& email, const std::string& password) {
        gateway::Request attempt = request("POST", "/api/v1/auth/login",
                                           R"({"email":")" + email + R"(","password":")" + password + "\"}");
        ++from;
        attempt.client = "192.0." + std::to_string(from / 200) + "." + std::to_string(from % 200 + 1);
        const gateway::Response response = host_->exchange(attempt);
        const bool says_when = std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
            return header.name == "retry-after" && std::stoi(header.value) > 0 && std::stoi(header.value) <= 36;
        });
        EXPECT_EQ(says_when, response.status == 429);
        return response.status;
    };
    std::map<int, int> statuses;
    for (int i = 0; i < 120; ++i) ++statuses[log_in("ada@example.org", "wrong")];
    EXPECT_GE(statuses[401], 100);
    EXPECT_LE(statuses[401], 101) << "a few seconds have passed meanwhile";
    EXPECT_EQ(statuses[401] + statuses[429], 120);
    EXPECT_EQ(log_in("ada@example.org", "analytical engine"), 429) << "not even the right one";
    EXPECT_EQ(log_in("b@b.org", "12345678"), 200);
    pass(kMinute);
    EXPECT_EQ(log_in("ada@example.org", "analytical engine"), 200);
}

TEST_F(AccountsTest, NamesAndAddressesThatAreNone) {
    const auto field = [&](const std::string& email, const std::string& name) {
        const Answer refused =
            post("register", R"({"email":")" + email + R"(","password":"12345678","name":")" + name + "\"}");
        return refused.status == 201 ? "" : std::to_string(refused.status) + " " + refused.text("field");
    };
    for (const char* name : {" ", "     ", "\\u00a0\\u2003", "\\u200b"}) EXPECT_EQ(field("a@b.org", name), "422 name");
    for (const char* email :
         {"ada@localhost",   "ada@",       "@b.org",           "ada.b.org",        "ada@b@c.org",
          "a da@b.org",      "ada@b. org", "ada\\u0007@b.org", "ada\\u007f@b.org", "ada\\u00a0@b.org",
          ".ada@b.org",      "ada.@b.org", "a..da@b.org",      "ada@.org",         "ada@b..org",
          "ada@b.org.",      "ada@-b.org", "ada@b-.org",       "ada@b_c.org",      "ada@192.0.2.1",
          "ada@[192.0.2.1]", "<ada@b.org>"})
        EXPECT_EQ(field(email, "Ada"), "422 email") << email;
    EXPECT_EQ(field(std::string(65, 'a') + "@b.org", "Ada"), "422 email");
    EXPECT_EQ(field("a@" + std::string(64, 'b') + ".org", "Ada"), "422 email");
    for (const char* email :
         {"a@b.c", "o'hara+films@mail.example.org", "ada@xn--bcher-kva.example", "\\u00e4da@b\\u00fccher.de"})
        EXPECT_EQ(field(email, " Ada "), "") << email;
    const Answer ada = post("register", kAda);
    const std::string mine = "/api/v1/users/" + ada.text("data.user_id"), token = ada.text("data.access_token");
    EXPECT_EQ(send(request("PUT", mine, R"({"name":"  "})", token)).text("field"), "name");
    EXPECT_EQ(send(request("PUT", mine, R"({"email":"ada@home","current_password":"analytical engine"})", token))
                  .text("field"),
              "email");
}

/// From before addresses were looked at closely.
TEST_F(AccountsTest, AnAddressThatWouldNotBeTakenTodayStillLogsIn) {
    ASSERT_EQ(post("register", kAda).status, 201);
    auto body = [](SqlTransaction& tx) {
        tx.execute("UPDATE users SET email = 'Ada@home', email_key = 'ada@home' WHERE email_key = 'ada@example.org'");
    };
    host_->database().transact(Sql::Access::Write, SqlBody(body));
    EXPECT_EQ(post("login", R"({"email":"ADA@home","password":"analytical engine"})").status, 200);
}

TEST_F(AccountsTest, OfTwinsRegisteringAtOnceOneWins) {
    const std::multiset<int> statuses = at_once(request("POST", "/api/v1/auth/register", kAda), 10);
    EXPECT_EQ(statuses.count(201), 1u);
    EXPECT_EQ(statuses.count(409), 9u);
    EXPECT_EQ(count("users"), 1);
}

TEST_F(AccountsTest, ARefreshTokenUsedTwiceAtOnceEndsTheSession) {
    const Answer ada = post("register", kAda);
    const std::string body = JsonOut().object().text("refresh_token", ada.text("data.refresh_token")).end().take();
    const std::multiset<int> statuses = at_once(request("POST", "/api/v1/auth/refresh-token", body), 3);
    EXPECT_EQ(statuses.count(200), 1u);
    EXPECT_EQ(statuses.count(401), 2u);
    EXPECT_EQ(validate(ada.text("data.access_token")), 401);
}

TEST_F(AccountsTest, AnEndHoldsThoughTheProcessDies) {
    const Answer ada = post("register", kAda);
    const std::string access = ada.text("data.access_token");
    EXPECT_EQ(validate(access), 200);
    host_->restart();
    EXPECT_EQ(validate(access), 200);
    EXPECT_EQ(
        post("logout", JsonOut().object().text("refresh_token", ada.text("data.refresh_token")).end().take()).status,
        200);
    host_->restart();
    EXPECT_EQ(validate(access), 401);
}

/// Drops a request that ends sessions after every possible number of steps, as its deadline would.
TEST_F(AccountsTest, AnEndHoldsWhereverItsRequestIsDropped) {
    int ended_unheard = 0;
    for (const bool by_password : {false, true}) {
        bool whole = false;
        for (int steps = 0; !whole; ++steps) {
            ASSERT_LT(steps, 300);
            fresh_host();
            const Answer ada = post("register", kAda);
            const Answer other = post("login", kAda);
            EXPECT_EQ(validate(other.text("data.access_token")), 200) << "known to live";
            const gateway::Request ends =
                by_password
                    ? request("PUT", "/api/v1/users/" + ada.text("data.user_id"),
                              R"({"password":"difference engine","current_password":"analytical engine"})",
                              ada.text("data.access_token"))
                    : request("POST", "/api/v1/auth/logout",
                              JsonOut().object().text("refresh_token", other.text("data.refresh_token")).end().take());
            {
                Task<gateway::Response> task = host_->handle(ends);
                task.start();
                for (int i = 0; i < steps && !task.done(); ++i) host_->executor().step();
                whole = task.done();
            }
            if (count("sessions WHERE ended_at IS NOT NULL") == 0) continue;
            ended_unheard += whole ? 0 : 1;
            pass(3 * kSecond);
            EXPECT_EQ(validate(other.text("data.access_token")), 401) << by_password << " after " << steps << " steps";
            EXPECT_EQ(validate(ada.text("data.access_token")), 200);
            EXPECT_EQ(count("ended_sessions"), 0);
        }
    }
    EXPECT_GT(ended_unheard, 2) << "nothing was dropped between the end and its note";
}

/// An hour of refreshing every minute, and a day.
TEST_F(SlowAccountsTest, UsedRefreshTokensAreKnownForADay) {
    std::string newest = post("register", kAda).text("data.refresh_token");
    const std::string first = newest;
    std::string last;
    for (int i = 0; i < 60; ++i) {
        pass(kMinute);
        last = std::exchange(newest, refresh(newest).text("data.refresh_token"));
    }
    EXPECT_EQ(count("refresh_tokens"), 61);
    pass(26 * kHour);
    EXPECT_EQ(count("refresh_tokens"), 1);
    EXPECT_EQ(refresh(first).status, 401);
    newest = refresh(newest).text("data.refresh_token");
    EXPECT_NE(newest, "") << "what is long forgotten ends nothing";
    last = std::exchange(newest, refresh(newest).text("data.refresh_token"));
    EXPECT_EQ(refresh(last).status, 401);
    EXPECT_EQ(refresh(newest).status, 401) << "a copy of late ends the session";
}

TEST_F(AccountsTest, ErasingLeavesNothingBehind) {
    const Answer ada = post("register", kAda);
    post("login", kAda);
    EXPECT_EQ(count("sessions"), 2);
    const std::string mine = "/api/v1/users/" + ada.text("data.user_id");
    EXPECT_EQ(send(request("DELETE", mine, "", ada.text("data.access_token"))).status, 200);
    for (const char* table : {"users", "sessions", "refresh_tokens"}) EXPECT_EQ(count(table), 0) << table;
}

TEST_F(AccountsTest, BcryptHashesOfOldAreReplacedAtTheNextLogin) {
    post("register", kAda);
    const auto write = [&](const std::string& hash) {
        auto body = [&](SqlTransaction& tx) { tx.execute("UPDATE users SET password_hash = $1", hash); };
        host_->database().transact(Sql::Access::Write, SqlBody(body));
    };
    const auto stored = [&] {
        std::string hash;
        auto body = [&](SqlTransaction& tx) { hash = tx.find("SELECT password_hash FROM users")->text(0); };
        host_->database().transact(Sql::Access::Read, SqlBody(body));
        return hash;
    };
    const std::string old = services::SimulatedCrypto::bcrypt_stand_in("analytical engine");
    write(old);
    EXPECT_EQ(post("login", R"({"email":"ada@example.org","password":"wrong"})").status, 401);
    EXPECT_EQ(stored(), old);
    EXPECT_EQ(post("login", kAda).status, 200);
    EXPECT_TRUE(stored().starts_with("$simulated$"));
    EXPECT_EQ(post("login", kAda).status, 200);
}

TEST_F(AccountsTest, AnAccountHasACountry) {
    const Answer ada = post("register", kAda);
    const std::string mine = "/api/v1/users/" + ada.text("data.user_id"), token = ada.text("data.access_token");
    EXPECT_EQ(send(request("GET", mine, "", token)).text("data.country"), "US") << "the settings' one";
    EXPECT_EQ(send(request("PUT", mine, R"({"country":"de"})", token)).text("data.country"), "DE");
    EXPECT_EQ(send(request("PUT", mine, R"({"country":"XX"})", token)).status, 422);
    EXPECT_EQ(post("register", R"({"email":"b@b.org","password":"12345678","name":"B","country":"U1"})").status, 422);
    const Answer bob = post("register", R"({"email":"b@b.org","password":"12345678","name":"B","country":"FR"})");
    ASSERT_EQ(bob.status, 201);
    const Answer read =
        send(request("GET", "/api/v1/users/" + bob.text("data.user_id"), "", bob.text("data.access_token")));
    EXPECT_EQ(read.text("data.country"), "FR");
}

/// Kills the process after every possible number of steps of a registration: either it never was, or it is whole.
TEST_F(AccountsTest, RegisteringIsWholeOrNotAtAllWhereverTheProcessDies) {
    int never = 0, whole = 0;
    for (int steps = 0; whole < 5; ++steps) {
        ASSERT_LT(steps, 200);
        fresh_host();
        {
            Task<gateway::Response> task = host_->handle(request("POST", "/api/v1/auth/register", kAda));
            task.start();
            for (int i = 0; i < steps && !task.done(); ++i) host_->executor().step();
            if (task.done()) ++whole;
        }
        host_->restart();
        const bool exists = post("login", kAda).status == 200;
        never += exists ? 0 : 1;
        pass(5 * kSecond);
        Task<std::vector<LoggedEvent>> read = host_->log().read(accounts::kTopic, 0, 100);
        read.start();
        const std::vector<LoggedEvent> events = read.take();
        EXPECT_EQ(events.size(), exists ? 1u : 0u) << "after " << steps << " steps";
        EXPECT_EQ(count("outbox"), 0);
        EXPECT_EQ(post("register", kAda).status, exists ? 409 : 201);
    }
    EXPECT_GE(never, 3);
}

}  // namespace matinee::journeys
