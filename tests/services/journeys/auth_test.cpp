// The journey of an account, from registering to erasing.
#include <gtest/gtest.h>

#include "tests/services/journeys/host.hpp"

namespace matinee::journeys {

static const std::string kAuth = "/api/v1/auth/";

static std::string login_body(const std::string& email, const std::string& password) {
    return JsonOut().object().text("email", email).text("password", password).end().take();
}
static std::string token_body(const std::string& token) {
    return JsonOut().object().text("refresh_token", token).end().take();
}

/// Ends what `left` began with a changed signature: the last letter but one, whose bits all count.
static std::string forged(std::string token) {
    char& letter = token[token.size() - 3];
    letter = letter == 'A' ? 'B' : 'A';
    return token;
}

static void walk(Host& host) {
    const auto post = [&](const std::string& name, const std::string& body) {
        return host.send("POST", kAuth + name, "", body);
    };
    const Answer ada = post("register", R"({"email":"Ada@Example.org","password":"analytical engine","name":"Ada"})");
    ASSERT_EQ(ada.status, 201);
    EXPECT_EQ(ada.text("status"), "success");
    EXPECT_EQ(ada.number("data.expires_in"), 900);
    EXPECT_FALSE(ada.text("metadata.timestamp").empty());
    const std::string user_id = ada.text("data.user_id");
    const std::string mine = "/api/v1/users/" + user_id;
    const Answer twin = post("register", R"({"email":"ada@EXAMPLE.org","password":"another one","name":"A"})");
    EXPECT_EQ(twin.status, 409);
    EXPECT_EQ(twin.content_type, "application/problem+json");
    EXPECT_EQ(twin.text("code"), "email_taken");
    const Answer bob = post("register", R"({"email":"bob@example.org","password":"bobs password","name":"Bob"})");
    ASSERT_EQ(bob.status, 201);

    EXPECT_EQ(post("login", login_body("ada@example.org", "wrong password")).status, 401);
    EXPECT_EQ(post("login", login_body("nobody@example.org", "analytical engine")).status, 401);
    EXPECT_EQ(post("login", login_body("not an address", "analytical engine")).status, 401);
    const Answer login = post("login", login_body("ADA@example.org", "analytical engine"));
    ASSERT_EQ(login.status, 200);
    EXPECT_EQ(login.text("data.user_id"), user_id);
    const std::string access = login.text("data.access_token");

    EXPECT_EQ(host.send("GET", kAuth + "validate-token", access).text("data.user_id"), user_id);
    EXPECT_EQ(host.send("GET", kAuth + "validate-token").status, 401);
    EXPECT_EQ(host.send("GET", kAuth + "validate-token", forged(access)).status, 401);
    EXPECT_EQ(host.send("GET", kAuth + "validate-token", "x.y.z").status, 401);
    EXPECT_EQ(host.send("GET", mine, access).text("data.email"), "Ada@Example.org");
    EXPECT_EQ(host.send("GET", mine, bob.text("data.access_token")).status, 403);
    EXPECT_EQ(host.send("GET", mine).status, 401);

    // Rotation: each refresh token works once; a second use ends the session.
    const Answer fresh = post("refresh-token", token_body(login.text("data.refresh_token")));
    ASSERT_EQ(fresh.status, 200);
    EXPECT_NE(fresh.text("data.refresh_token"), login.text("data.refresh_token"));
    const std::string renewed = fresh.text("data.access_token");
    EXPECT_EQ(host.send("GET", mine, renewed).status, 200);
    EXPECT_EQ(post("refresh-token", token_body(login.text("data.refresh_token"))).status, 401);
    EXPECT_EQ(host.send("GET", mine, renewed).status, 401);
    EXPECT_EQ(post("refresh-token", token_body(fresh.text("data.refresh_token"))).status, 401);
    EXPECT_EQ(post("refresh-token", token_body("rt_nonsense")).status, 401);
    EXPECT_EQ(host.send("GET", mine, ada.text("data.access_token")).status, 200) << "another session lives on";

    // Changes.
    const std::string first = ada.text("data.access_token");
    EXPECT_EQ(host.send("PUT", mine, first, R"({"name":"Ada L."})").text("data.name"), "Ada L.");
    EXPECT_EQ(host.send("PUT", mine, first, R"({"email":"al@example.org"})").status, 422);
    EXPECT_EQ(host.send("PUT", mine, first, R"({"email":"al@example.org","current_password":"no"})").status, 401);
    EXPECT_EQ(
        host.send("PUT", mine, first, R"({"email":"Bob@example.org","current_password":"analytical engine"})").status,
        409);
    const Answer second = post("login", login_body("ada@example.org", "analytical engine"));
    const Answer changed = host.send(
        "PUT", mine, first,
        R"({"email":"al@example.org","password":"difference engine","current_password":"analytical engine"})");
    EXPECT_EQ(changed.text("data.email"), "al@example.org");
    EXPECT_EQ(host.send("GET", mine, second.text("data.access_token")).status, 401) << "others are logged out";
    EXPECT_EQ(host.send("GET", mine, first).status, 200);
    EXPECT_EQ(post("login", login_body("al@example.org", "analytical engine")).status, 401);

    // Logging out ends access tokens at once; saying it again does no harm.
    const Answer third = post("login", login_body("al@example.org", "difference engine"));
    ASSERT_EQ(third.status, 200);
    EXPECT_EQ(host.send("GET", mine, third.text("data.access_token")).status, 200);
    EXPECT_EQ(post("logout", token_body(third.text("data.refresh_token"))).status, 200);
    EXPECT_EQ(host.send("GET", mine, third.text("data.access_token")).status, 401);
    EXPECT_EQ(post("logout", token_body(third.text("data.refresh_token"))).status, 200);
    EXPECT_EQ(post("logout", token_body("rt_nonsense")).status, 401);
    EXPECT_EQ(post("refresh-token", token_body(third.text("data.refresh_token"))).status, 401);

    const Answer keys = host.send("GET", "/.well-known/jwks.json");
    EXPECT_EQ(keys.status, 200);
    ASSERT_NE(keys.body.find("keys"), nullptr);
    EXPECT_EQ(keys.body.find("keys")->array()->size(), 1u);

    EXPECT_EQ(host.send("DELETE", mine, bob.text("data.access_token")).status, 403);
    EXPECT_EQ(host.send("DELETE", mine, first).status, 200);
    EXPECT_EQ(host.send("GET", mine, first).status, 401);
    EXPECT_EQ(post("login", login_body("al@example.org", "difference engine")).status, 401);
    EXPECT_EQ(post("register", R"({"email":"al@example.org","password":"a new start","name":"Al"})").status, 201);
}

/// What no honest client sends.
static void trespass(Host& host) {
    const std::string long_name(101, 'n');
    const auto post = [&](const std::string& body) { return host.send("POST", kAuth + "register", "", body).status; };
    EXPECT_EQ(post("{"), 400);
    EXPECT_EQ(post("[1]"), 400);
    EXPECT_EQ(post(R"({"email":"a@b.c","email":"d@e.f","password":"12345678","name":"n"})"), 400);
    EXPECT_EQ(post(std::string(200, '[')), 400);
    EXPECT_EQ(post(R"({"email":"a@b.c","password":"12345678"})"), 422);
    EXPECT_EQ(post(R"({"email":"a@b.c","password":"1234567","name":"n"})"), 422);
    EXPECT_EQ(post(R"({"email":"a b@c","password":"12345678","name":"n"})"), 422);
    EXPECT_EQ(post(R"({"email":"a@b.c","password":"12345678","name":")" + long_name + "\"}"), 422);
    EXPECT_EQ(post(R"({"email":"x'; DROP TABLE users; --@b.c","password":"12345678","name":"n"})"), 422);
    EXPECT_EQ(post(R"({"email":"o'hara@b.c","password":"12345678","name":"'); DROP TABLE users; --"})"), 201);
    EXPECT_EQ(host.send("GET", "/api/v1/nowhere").status, 404);
    EXPECT_EQ(host.send("GET", "/api/v1/auth/login").status, 405);
    EXPECT_EQ(host.send("GET", "/api/v1/../v1/openapi.json").status, 400);
    EXPECT_EQ(host.send("GET", "/api/v1/users/%2e%2e").status, 400);
    EXPECT_EQ(host.send("GET", "/api/v1/users/a%00b").status, 400);
    // {"alg":"none","typ":"JWT","kid":"k"} with somebody's claims and no signature.
    EXPECT_EQ(
        host.send("GET", kAuth + "validate-token", "eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoiayJ9.eyJzdWIiOiJ1In0.")
            .status,
        401);
    EXPECT_EQ(host.send("GET", kAuth + "validate-token", std::string(5000, 'a')).status, 401);
}

/// Every route of the OpenAPI document, with no token and with a stranger's.
static void walk_all_routes(Host& host) {
    const Answer document = host.send("GET", "/api/v1/openapi.json");
    ASSERT_EQ(document.status, 200);
    EXPECT_EQ(document.text("openapi"), "3.1.0");
    const Answer stranger = host.send("POST", kAuth + "register", "",
                                      R"({"email":"stranger@example.org","password":"12345678","name":"S"})");
    const std::string token = stranger.text("data.access_token");
    size_t guarded = 0;
    for (const auto& [path, operations] : *document.body.find("paths")->object()) {
        std::string target = path;
        const size_t open = target.find('{');
        if (open != std::string::npos) target.replace(open, target.find('}') - open + 1, "usr_somebody_else");
        for (const auto& [name, operation] : *operations.object()) {
            std::string method = name;
            for (char& c : method) c = char(c & ~' ');
            const bool is_public = operation.find("security")->array()->empty();
            const bool takes_body = operation.find("requestBody") != nullptr;
            const std::string body = takes_body ? "{}" : "";
            const int without = host.send(method, target, "", body).status;
            const int with = host.send(method, target, token, body).status;
            if (is_public) {
                EXPECT_EQ(without, takes_body ? 422 : 200) << method << " " << path;
                continue;
            }
            ++guarded;
            EXPECT_EQ(without, 401) << method << " " << path;
            if (path.starts_with("/api/v1/admin/")) {
                EXPECT_EQ(with, 401) << method << " " << path;
            } else if (open != std::string::npos) {
                EXPECT_TRUE(with == 403 || with == 404) << method << " " << path << " gives " << with;
            }
        }
    }
    EXPECT_GE(guarded, 4u);
}

static std::string transcript_of(Host& host) {
    walk(host);
    trespass(host);
    walk_all_routes(host);
    return host.transcript();
}

TEST(AuthJourney, IsTheSameOnBothHosts) {
    const platform::Settings settings;
    const std::string simulated = transcript_of(*simulated_host(settings));
    EXPECT_EQ(transcript_of(*simulated_host(settings)), simulated);
    const std::string live = transcript_of(*live_host(settings));
    EXPECT_GT(simulated.size(), 10'000u);
    EXPECT_EQ(live, simulated);
}

}  // namespace matinee::journeys
