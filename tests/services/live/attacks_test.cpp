// What attackers send: every one of them gets a 4xx, nothing gets through, and the server goes on.
#include <gtest/gtest.h>

#include "system/base/encoding.hpp"
#include "system/base/json.hpp"
#include "system/base/sha256.hpp"
#include "tests/services/live/running_host.hpp"
#include "tests/services/live/socket.hpp"

namespace matinee::live {

class AttackTest : public testing::Test {
protected:
    static Config config() {
        Config made = RunningHost::cheap();
        made.limits.body = kSecond / 2;
        return made;
    }
    /// Status of the answer; 0 where there is none within three seconds; -1 where the connection is closed without one.
    int status(const std::string& bytes) const {
        const Socket socket(host_.port());
        socket.send(bytes);
        const std::string answer = socket.read_until("\r\n");
        return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
    }
    static std::string get(const std::string& target, const std::string& headers = "") {
        return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
    }
    static std::string post(const std::string& target, const std::string& body, const std::string& headers = "") {
        return "POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
    }
    int with_token(const std::string& token) const {
        return status(get("/api/v1/auth/validate-token", "Authorization: Bearer " + token + "\r\n"));
    }
    /// A body of a success: of registering somebody new.
    Json registered() {
        const Socket socket(host_.port());
        socket.send(post("/api/v1/auth/register", R"({"email":"user)" + std::to_string(++users_) +
                                                      R"(@b.c","password":"12345678","name":"A"})"));
        const std::string head = socket.read_until("\r\n\r\n");
        EXPECT_TRUE(head.starts_with("HTTP/1.1 201")) << head;
        return Json::parse(socket.read_until("}}"));
    }
    void TearDown() override {
        EXPECT_EQ(status(get("/livez")), 200) << "still alive";
        EXPECT_EQ(host_.log(), "") << "nothing went wrong inside";
    }
    RunningHost host_{config()};
    int users_ = 0;
};

TEST_F(AttackTest, ForgedAndMalformedTokens) {
    const Json answer = registered();
    const std::string good = *answer.find("data")->find("access_token")->text();
    const std::string user = *answer.find("data")->find("user_id")->text();
    ASSERT_EQ(with_token(good), 200);
    const std::string header = *from_base64url(good.substr(0, good.find('.')));
    const std::string claims = *from_base64url(good.substr(good.find('.') + 1, good.rfind('.') - good.find('.') - 1));
    const std::string signature = good.substr(good.rfind('.') + 1);
    const auto token = [&](const std::string& head, const std::string& body, const std::string& end) {
        return to_base64url(head) + "." + to_base64url(body) + "." + end;
    };
    const auto replaced = [](std::string text, const std::string& what, const std::string& by) {
        const size_t at = text.find(what);
        EXPECT_NE(at, std::string::npos) << what << " in " << text;
        return text.replace(at, what.size(), by);
    };
    ASSERT_EQ(token(header, claims, signature), good);
    const std::string kid = header.substr(header.find("key_"), 36);
    const auto keyed = [&](const std::string& name) { return token(replaced(header, kid, name), claims, signature); };
    const std::vector<std::string> forgeries = {
        // The algorithm: none in every spelling, one with a shared secret, others.
        token(R"({"alg":"none","typ":"JWT","kid":")" + kid + "\"}", claims, ""),
        token(R"({"alg":"None","typ":"JWT","kid":")" + kid + "\"}", claims, signature),
        token(R"({"alg":"nOnE","typ":"JWT"})", claims, ""),
        token(R"({"alg":"","typ":"JWT","kid":")" + kid + "\"}", claims, signature),
        token(R"({"alg":"HS256","typ":"JWT","kid":")" + kid + "\"}", claims, to_base64url(std::string(32, 'x'))),
        token(R"({"alg":"ES256","typ":"JWT","kid":")" + kid + "\"}", claims, signature),
        token(R"({"alg":"RS256","typ":"JWT","kid":")" + kid + "\"}", claims, signature),
        token(R"({"alg":["EdDSA"],"typ":"JWT","kid":")" + kid + "\"}", claims, signature),
        token(R"({"typ":"JWT","kid":")" + kid + "\"}", claims, signature),
        // Keys that the sender brings, and keys that are not.
        token(header.substr(0, header.size() - 1) + R"(,"jwk":{"kty":"OKP"}})", claims, signature),
        token(header.substr(0, header.size() - 1) + R"(,"jku":"http://evil.example/keys"})", claims, signature),
        token(header.substr(0, header.size() - 1) + R"(,"crit":["exp"]})", claims, signature),
        keyed("../../../../etc/passwd"), keyed("' OR 1=1 --"), keyed("key_00000000000000000000000000000000"), keyed(""),
        // A key twice, in the header and in the claims.
        token(header.substr(0, header.size() - 1) + R"(,"alg":"none"})", claims, signature),
        token(header, claims.substr(0, claims.size() - 1) + R"(,"sub":"usr_other"})", signature),
        // Claims that were not signed.
        token(header, replaced(claims, user, "usr_00000000000000000000000000000000"), signature),
        token(header, replaced(claims, "\"exp\":", "\"exp\":9"), signature),
        token(header, R"({"sub":")" + user + "\"}", signature), token(header, "{}", signature),
        token(header, "[]", signature), token(header, "", signature), token("", claims, signature),
        token(header, std::string(500, '['), signature), token(header, "{\"a\":" + std::string(200, '{'), signature),
        // Encodings.
        good + "=", good + "\n", " " + good + " ", good + ".", "." + good, good.substr(0, good.rfind('.')),
        good.substr(0, good.size() - 1), good + "A", good.substr(1), "..", ".", "a.b.c", "====", "\xff\xfe.\xff.\xff",
        replaced(good, ".", ".."), replaced(good, "e", "+"), good + "." + good, std::string(1900, 'a'),
        std::string(2000, '.'), std::string(8000, 'a'), to_base64url(header) + "." + to_base64url(claims) + ".",
        token(header, claims, std::string(86, 'A')), token(header, claims, to_base64url(std::string(64, '\0')))};
    for (const std::string& forgery : forgeries)
        EXPECT_TRUE(with_token(forgery) == 401 || with_token(forgery) == 400) << forgery;
    EXPECT_EQ(with_token(std::string(20'000, 'a')), 431);
    for (const char* scheme : {"", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "bearer\t", "Digest x", "Token "})
        EXPECT_EQ(status(get("/api/v1/auth/validate-token", "Authorization: " + std::string(scheme) + "\r\n")), 401);
    const std::string line = "Authorization: Bearer " + good + "\r\n";
    EXPECT_EQ(status(get("/api/v1/auth/validate-token", line + line)), 401) << "which of two?";
    for (size_t at = 0; at < good.size(); at += 7) {
        std::string changed = good;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        EXPECT_EQ(with_token(changed), 401) << at;
    }
    EXPECT_EQ(with_token(good), 200);
}

TEST_F(AttackTest, SqlInjection) {
    const Json ada = registered();
    const std::string token = *ada.find("data")->find("access_token")->text();
    const std::string bearer = "Authorization: Bearer " + token + "\r\n";
    for (const std::string& text :
         {std::string("' OR '1'='1"), std::string("'; DROP TABLE users; --"),
          std::string("\\\"; DELETE FROM users; --"), std::string("1) UNION SELECT password_hash FROM users --"),
          std::string("%' AND 1=0 UNION SELECT 1 --"), std::string("$1"), std::string("?"), std::string("admin'/*")}) {
        const int login =
            status(post("/api/v1/auth/login", R"({"email":")" + text + R"(","password":")" + text + "\"}"));
        EXPECT_TRUE(login == 401 || login == 422) << text << " gives " << login;
        EXPECT_EQ(status(post("/api/v1/auth/refresh-token", R"({"refresh_token":")" + text + "\"}")), 401) << text;
        std::string escaped;
        for (const char c : text) escaped += "%" + to_hex(std::string(1, c));
        const int other = status(get("/api/v1/users/" + escaped, bearer));
        EXPECT_TRUE(other >= 400 && other < 500) << text << " gives " << other;
        EXPECT_GE(status(get("/api/v1/auth/validate-token?x=" + escaped, bearer)), 200);
    }
    EXPECT_EQ(with_token(token), 200) << "the tables are all there";
    registered();
}

TEST_F(AttackTest, BodiesThatAreNoJson) {
    const auto login = [&](const std::string& body) { return status(post("/api/v1/auth/login", body)); };
    const std::string deep_array(30'000, '['), blanks(60'000, ' ');
    std::string deep_object;
    for (int i = 0; i < 8000; ++i) deep_object += "{\"a\":";
    for (const std::string& body : {std::string(),
                                    std::string("{"),
                                    std::string("null"),
                                    std::string("[]"),
                                    std::string("\"text\""),
                                    deep_array,
                                    deep_array + std::string(30'000, ']'),
                                    deep_object,
                                    blanks,
                                    std::string("{}{}"),
                                    std::string("{\"a\":1,}"),
                                    std::string("{\"a\":01}"),
                                    std::string("{\"a\":1e99999}"),
                                    std::string("{'a':1}"),
                                    std::string("\xef\xbb\xbf{}"),
                                    std::string("{\"a\":\"\xff\"}"),
                                    std::string("{\"\xc3\x28\":1}"),
                                    std::string("{\"a\":\"\xed\xa0\x80\"}"),
                                    std::string("{\"a\":\"\\ud800\"}"),
                                    std::string("{\"a\":\"\\u00\"}"),
                                    std::string("{\"a\":\"\x01\"}"),
                                    std::string("{\"email\":\"a\",\"email\":\"b\"}"),
                                    std::string("{\0}", 3),
                                    std::string("{\"a\":NaN}")})
        EXPECT_EQ(login(body), 400) << body.substr(0, 60);
    for (const std::string& body :
         {std::string(R"({"email":1,"password":"12345678"})"), std::string(R"({"email":null,"password":"12345678"})"),
          std::string(R"({"email":["a@b.c"],"password":"12345678"})"), std::string(R"({"email":{},"password":"x"})"),
          std::string(R"({"email":"a\u0000@b.c","password":"12345678"})"), std::string(R"({"email":"a@b.c"})"),
          R"({"email":")" + std::string(300, 'a') + R"(@b.c","password":"x"})"})
        EXPECT_EQ(login(body), 422) << body.substr(0, 60);
    EXPECT_EQ(login(std::string(70'000, ' ')), 413);
    EXPECT_EQ(
        status(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
        415);
    EXPECT_EQ(status("POST /api/v1/auth/login HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"), 415);
    // Keys by the thousand: what looks for twins must not take their square.
    std::string keys = "{\"k\":0";
    for (int i = 0; keys.size() < 60'000; ++i) keys += ",\"" + std::to_string(i) + "\":0";
    EXPECT_EQ(login(keys + "}"), 422);
}

TEST_F(AttackTest, TricksWithPathsAndRequestLines) {
    for (const char* target : {"/api/v1/../v1/openapi.json",
                               "/api/v1/%2e%2e/v1/openapi.json",
                               "/api//v1/openapi.json",
                               "/./livez",
                               "//livez",
                               "/livez/",
                               "/livez%00",
                               "/livez%0a",
                               "/livez%",
                               "/livez%g1",
                               "/api/v1/users/..%2f..%2fetc%2fpasswd",
                               "/api/v1/users/%c0%af",
                               "/api/v1/users/%ff",
                               "/api/v1/users/a%5cb",
                               "livez",
                               "*",
                               "?",
                               "/%2flivez",
                               "/livez;x=1",
                               "/LIVEZ",
                               "/api/v1/users/%e0%80%af",
                               "/..",
                               "/%252e%252e/livez"}) {
        const int got = status(get(target));
        EXPECT_TRUE(got == 400 || got == 404) << target << " gives " << got;
    }
    EXPECT_EQ(status(get("http://h/livez")), 200) << "RFC 9112 asks for it";
    EXPECT_EQ(status(get("http://h/../livez")), 400);
    EXPECT_EQ(status(get("/livez?%00")), 200) << "a query that nobody reads";
    for (const char* line :
         {"TRACE /livez HTTP/1.1", "CONNECT h:1 HTTP/1.1", "FOO /livez HTTP/1.1", "get /livez HTTP/1.1"}) {
        const int got = status(std::string(line) + "\r\nHost: h\r\n\r\n");
        EXPECT_TRUE(got == 400 || got == 405 || got == 404 || got == 501) << line << " gives " << got;
    }
    for (const char* line : {"GET  /livez HTTP/1.1", "GET /livez HTTP/2.0", "GET /livez HTTP/1.1 x", "GET /livez",
                             " GET /livez HTTP/1.1", "GET\t/livez HTTP/1.1", "G\xff /livez HTTP/1.1"})
        EXPECT_EQ(status(std::string(line) + "\r\nHost: h\r\n\r\n"), 400) << line;
}

/// Requests that two servers could cut differently (request smuggling), and framings that never end.
TEST_F(AttackTest, AmbiguousFraming) {
    const auto framed = [&](const std::string& headers, const std::string& body) {
        return status("POST /api/v1/auth/login HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" + headers +
                      "\r\n" + body);
    };
    EXPECT_EQ(framed("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"), 400);
    EXPECT_EQ(framed("Content-Length: 2\r\nContent-Length: 3\r\n", "{} "), 400);
    EXPECT_EQ(framed("Content-Length: 2, 3\r\n", "{} "), 400);
    EXPECT_EQ(framed("Content-Length: +2\r\n", "{}"), 400);
    EXPECT_EQ(framed("Content-Length: 0x2\r\n", "{}"), 400);
    EXPECT_EQ(framed("Content-Length: 99999999999999999999999\r\n", "{}"), 400);
    EXPECT_EQ(framed("Content-Length : 2\r\n", "{}"), 400);
    EXPECT_EQ(framed("Transfer-Encoding: chunked\r\n", "-1\r\n{}\r\n0\r\n\r\n"), 400);
    EXPECT_EQ(framed("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n"), 400);
    const int huge = framed("Transfer-Encoding: chunked\r\n", "ffffffff\r\n");
    EXPECT_EQ(huge, 413);
    for (const char* coding :
         {"Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n", "Transfer-Encoding: chunked, identity\r\n"}) {
        EXPECT_EQ(framed(coding, "{}"), 400) << coding;
    }
}

TEST_F(AttackTest, BodiesInACoding) {
    const auto coded = [&](const std::string& coding) {
        return status(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
            "Content-Encoding: " +
            coding + "\r\nContent-Length: 2\r\n\r\n{}");
    };
    for (const char* coding : {"gzip", "br", "identity, gzip", "deflate"}) EXPECT_EQ(coded(coding), 415) << coding;
    for (const char* coding : {"identity", "Identity "}) EXPECT_EQ(coded(coding), 422) << "read, and found empty";
}

TEST_F(AttackTest, ABodyThatNeverComes) {
    const Socket socket(host_.port());
    socket.send(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: "
        "100\r\n\r\n{");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(socket.read_all(5000), "<closed>");
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    EXPECT_GE(took.count(), 400);
    EXPECT_LE(took.count(), 3000);
}

}  // namespace matinee::live
