#include "system/gateway/http.hpp"

#include <gtest/gtest.h>

#include "system/base/service_error.hpp"
#include "system/gateway/body.hpp"
#include "system/gateway/router.hpp"

namespace matinee::gateway {

using Segments = std::vector<std::string>;

TEST(Path, Segments) {
    EXPECT_EQ(path_segments("/"), Segments{});
    EXPECT_EQ(path_segments("/a"), Segments{"a"});
    EXPECT_EQ(path_segments("/a/b%20c/%C3%bc?x=/../%zz"), (Segments{"a", "b c", "\xc3\xbc"}));
    EXPECT_EQ(path_segments("/.well-known/...?"), (Segments{".well-known", "..."}));
}

TEST(Path, TricksAreRefused) {
    for (const char* trick : {"",       "a",     "*",      "http://host/a", "?a",        "//",        "//a",  "/a//b",
                              "/a/",    "/.",    "/..",    "/a/../b",       "/a/./b",    "/%2e%2e/b", "/%2E", "/a%2fb",
                              "/a%2Fb", "/a\\b", "/a%5cb", "/a%00b",        "/a%0d%0ab", "/a%7f",     "/%",   "/%4",
                              "/%4g",   "/%+1",  "/%ff",   "/%c0%af",       "/%ed%a0%80"})
        EXPECT_EQ(path_segments(trick), std::nullopt) << trick;
}

TEST(Request, AHeaderThatStandsTwiceIsNone) {
    const Request request{.method = "GET", .target = "/", .headers = {{"a", "1"}, {"b", "2"}, {"b", "3"}}, .body = ""};
    ASSERT_NE(request.header("a"), nullptr);
    EXPECT_EQ(*request.header("a"), "1");
    EXPECT_EQ(request.header("b"), nullptr);
    EXPECT_EQ(request.header("c"), nullptr);
}

static Route route(const char* method, const char* pattern) {
    return {.method = method,
            .pattern = pattern,
            .operation_id = std::string(method) + pattern,
            .summary = "",
            .handler = {}};
}

TEST(Router, LiteralsBeforeParameters) {
    const std::vector<Route> routes = {route("GET", "/users/{user_id}"), route("GET", "/users/me"),
                                       route("PUT", "/users/{user_id}"), route("GET", "/users/{user_id}/pets/{pet}"),
                                       route("GET", "/")};
    const Router router(routes);
    const auto find = [&](const char* method, const Segments& segments) { return router.find(method, segments); };
    EXPECT_EQ(find("GET", {"users", "me"}).route, &routes[1]);
    EXPECT_EQ(find("GET", {"users", "7"}).route, &routes[0]);
    EXPECT_EQ(find("PUT", {"users", "7"}).route, &routes[2]);
    EXPECT_EQ(find("GET", {}).route, &routes[4]);
    const Router::Match pets = find("GET", {"users", "7", "pets", "rex"});
    ASSERT_EQ(pets.route, &routes[3]);
    EXPECT_EQ(pets.path, (std::vector<std::pair<std::string, std::string>>{{"user_id", "7"}, {"pet", "rex"}}));
    EXPECT_EQ(find("POST", {"users", "7"}).allowed, (Segments{"GET", "PUT"}));
    for (const Segments& nowhere : {Segments{"users"}, Segments{"cars"}, Segments{"users", "7", "pets"},
                                    Segments{"users", "7", "pets", "rex", "age"}}) {
        EXPECT_EQ(find("GET", nowhere).route, nullptr);
        EXPECT_TRUE(find("GET", nowhere).allowed.empty());
    }
    EXPECT_THROW(Router({route("GET", "/a/{x}"), route("GET", "/a/{y}")}), std::logic_error);
}

class Body : public testing::Test {
protected:
    /// "" where the body passes, else the name of the code and the field.
    std::string refusal(const std::string& body, const std::string& type = "application/json") {
        const Request request{.method = "POST", .target = "/", .headers = {{"content-type", type}}, .body = body};
        try {
            checked_body(request, fields_);
            return "";
        } catch (const ServiceError& error) {
            return std::string(info_of(error.code).name) + (error.field.empty() ? "" : " " + error.field);
        }
    }
    std::vector<Field> fields_ = {
        {.name = "name", .least = 2, .most = 4, .about = ""},
        {.name = "age", .kind = Field::Kind::Integer, .required = false, .least = 0, .most = 150, .about = ""},
        {.name = "kid", .kind = Field::Kind::Flag, .required = false, .about = ""}};
};

TEST_F(Body, TakesWhatTheTableSays) {
    EXPECT_EQ(refusal(R"({"name":"Ada"})"), "");
    EXPECT_EQ(refusal(R"({"name":"Ada","age":36,"kid":false,"more":[{}]})"), "");
    EXPECT_EQ(refusal("{\"name\":\"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\"}"), "") << "characters, not bytes";
    EXPECT_EQ(refusal(R"({"name":"Ada"})", "Application/JSON ; charset=utf-8"), "");
}

TEST_F(Body, RefusesTheRest) {
    for (const char* type : {"", "text/plain", "application/jsonp", "application/x-www-form-urlencoded"})
        EXPECT_EQ(refusal(R"({"name":"Ada"})", type), "unsupported_media_type") << type;
    for (const char* body : {"", "{", "[]", "7", "null", R"({"name":"Ada","name":"Ada"})", "{\"name\":\"A\xff\"}"})
        EXPECT_EQ(refusal(body), "malformed_request") << body;
    for (const char* body : {"{}", R"({"name":null})", R"({"name":7})", R"({"name":"A"})", R"({"name":"Ada L"})",
                             R"({"name":"A\u0000a"})", R"({"name":"A\na"})"})
        EXPECT_EQ(refusal(body), "invalid_field name") << body;
    for (const char* age : {"-1", "151", "3.5", "\"3\"", "null", "1e1"})
        EXPECT_EQ(refusal(std::string(R"({"name":"Ada","age":)") + age + "}"), "invalid_field age") << age;
    EXPECT_EQ(refusal(R"({"name":"Ada","kid":0})"), "invalid_field kid");
}

}  // namespace matinee::gateway
