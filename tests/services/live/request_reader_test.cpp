// Bytes to requests without sockets: however they are cut, the same comes out. What is refused is tested over sockets
// in http_server_test.cpp.
#include "system/live/request_reader.hpp"

#include <gtest/gtest.h>

namespace matinee::live {

using State = RequestReader::State;

/// Offers the bytes in pieces of so many, as a connection would.
static std::vector<gateway::Request> read_all(RequestReader& reader, const std::string& bytes, size_t piece) {
    std::vector<gateway::Request> requests;
    std::string left;
    for (size_t at = 0; at < bytes.size(); at += piece) {
        left += bytes.substr(at, piece);
        std::string_view view = left;
        for (size_t before = 0; before != view.size() || reader.state() == State::Done;) {
            before = view.size();
            if (reader.feed(view) == State::Done) {
                requests.push_back(reader.take());
                before = 0;
            }
        }
        left = view;
    }
    return requests;
}

TEST(RequestReader, HoweverTheBytesAreCut) {
    const std::string bytes =
        "POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Thing:  two words \r\nContent-Length: 5\r\n\r\nhello"
        "GET /b HTTP/1.0\r\n\r\n"
        "PUT /c HTTP/1.1\r\nHOST: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n"
        "GET /d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    for (const size_t piece : {1u, 2u, 3u, 7u, 50u, 10'000u}) {
        RequestReader reader(1024, 1024);
        const std::vector<gateway::Request> requests = read_all(reader, bytes, piece);
        ASSERT_EQ(requests.size(), 4u) << piece;
        EXPECT_EQ(requests[0].method, "POST");
        EXPECT_EQ(requests[0].target, "/a?b=c");
        EXPECT_EQ(requests[0].body, "hello");
        ASSERT_NE(requests[0].header("x-thing"), nullptr);
        EXPECT_EQ(*requests[0].header("x-thing"), "two words");
        EXPECT_NE(requests[1].header("host"), nullptr);
        EXPECT_EQ(requests[2].body, "abc0123456789abcdef");
        EXPECT_EQ(requests[3].target, "/d");
        EXPECT_FALSE(reader.keep_alive());
    }
}

TEST(RequestReader, StopsWhereTheClientWaits) {
    RequestReader reader(1024, 1024);
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    std::string_view view = head;
    EXPECT_EQ(reader.feed(view), State::Continue);
    EXPECT_TRUE(view.empty());
    view = "hi";
    EXPECT_EQ(reader.feed(view), State::Done);
    EXPECT_EQ(reader.take().body, "hi");
    view = "GET / HT";
    EXPECT_EQ(reader.feed(view), State::Header);
    EXPECT_EQ(reader.end(), State::Ended);
}

TEST(RequestReader, SaysWhyNot) {
    const auto why = [](const std::string& bytes) -> std::optional<ErrorCode> {
        RequestReader reader(256, 16);
        std::string_view view = bytes;
        while (!view.empty()) {
            const size_t before = view.size();
            const State state = reader.feed(view);
            if (state == State::Refused) return reader.why();
            if (view.size() == before) break;
        }
        return std::nullopt;
    };
    EXPECT_EQ(why("nonsense\r\n\r\n"), ErrorCode::MalformedRequest);
    EXPECT_EQ(why("GET / HTTP/1.1\r\nX: " + std::string(300, 'x')), ErrorCode::HeadersTooLarge);
    EXPECT_EQ(why("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 17\r\n\r\n"), ErrorCode::PayloadTooLarge);
    EXPECT_EQ(why("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n" + std::string(17, 'x')),
              ErrorCode::PayloadTooLarge);
    EXPECT_EQ(why("GET / HTTP/1.1\r\n\r\n"), ErrorCode::MalformedRequest);
    EXPECT_EQ(why("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), std::nullopt);
    EXPECT_EQ(why("GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"), ErrorCode::MalformedRequest);
    EXPECT_EQ(why("GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\r\n\r\n"), ErrorCode::MalformedRequest);
    EXPECT_EQ(why("GET / HTTP/1.1\r\n Host: h\r\nHost: h\r\n\r\n"), ErrorCode::MalformedRequest);
    EXPECT_EQ(why("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n\n a\n"), std::nullopt) << "a body";
}

/// What the reader says to so many bytes of a stranger, offered in pieces.
static State fed(RequestReader& reader, const std::string& head, const std::string& again, size_t bytes) {
    std::string left = head;
    for (size_t sent = 0; sent < bytes; sent += again.size()) {
        left += again;
        std::string_view view = left;
        for (size_t before = 0; before != view.size() && !view.empty();) {
            before = view.size();
            if (reader.feed(view) == State::Refused) return State::Refused;
        }
        left = view;
        if (left.size() > 2'000) return reader.state();  // and still it asks for more
    }
    return reader.state();
}

TEST(RequestReader, RefusesFramesWithoutEnd) {
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string& begin : {head + "5;", head + "0\r\nx: ", head + "0\r\n"}) {
        RequestReader reader(1024, 4096);
        const std::string again = begin.ends_with("\n") ? "trailer: 1\r\n" : "aaaaaaaa";
        EXPECT_EQ(fed(reader, begin, again, 1'000'000), State::Refused) << begin;
        EXPECT_EQ(reader.why(), ErrorCode::HeadersTooLarge);
    }
}

TEST(RequestReader, CountsTheRequestLineAndTheHeadersTogether) {
    const std::string line = "GET /" + std::string(700, 'a') + " HTTP/1.1\r\n";
    for (const size_t more : {200u, 700u}) {
        RequestReader reader(1024, 1024);
        const std::string bytes = line + "Host: h\r\nx: " + std::string(more, 'b') + "\r\n\r\n";
        std::string_view view = bytes;
        EXPECT_EQ(reader.feed(view), more == 200 ? State::Done : State::Refused);
    }
}

TEST(RequestReader, ATrailerIsNoHeader) {
    RequestReader reader(1024, 1024);
    const std::string bytes =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
        "Authorization: Bearer t\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n";
    const std::vector<gateway::Request> requests = read_all(reader, bytes, 5);
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].body, "hi");
    EXPECT_EQ(requests[0].header("authorization"), nullptr);
    EXPECT_EQ(requests[0].header("x-forwarded-for"), nullptr);
}

TEST(RequestReader, WholeAddressesAreTheirPaths) {
    const auto read = [](const std::string& target) {
        RequestReader reader(1024, 1024);
        const std::string bytes = "GET " + target + " HTTP/1.1\r\nHost: other\r\n\r\n";
        const std::vector<gateway::Request> requests = read_all(reader, bytes, 9);
        return requests.empty() ? "refused" : *requests[0].header("host") + " " + requests[0].target;
    };
    EXPECT_EQ(read("http://films.example:8080/a/b?c=d"), "films.example:8080 /a/b?c=d");
    EXPECT_EQ(read("HTTPS://films.example"), "films.example /");
    EXPECT_EQ(read("http://films.example?q=1"), "films.example /?q=1");
    EXPECT_EQ(read("/http://x/"), "other /http://x/");
}

TEST(RequestReader, OldRequestsHaveNoCodings) {
    RequestReader reader(1024, 1024);
    const std::string bytes = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    std::string_view view = bytes;
    EXPECT_EQ(reader.feed(view), State::Refused);
    EXPECT_EQ(reader.why(), ErrorCode::MalformedRequest);
}

}  // namespace matinee::live
