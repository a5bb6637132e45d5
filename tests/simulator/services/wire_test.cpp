// Requests and answers as bytes and back.
#include <gtest/gtest.h>

#include "simulator/services/region.hpp"
#include "simulator/services/wire.hpp"

namespace matinee::services {
namespace {

TEST(Wire, ARequestComesBackAsItWas) {
    gateway::Request request;
    request.method = "POST";
    request.target = "/api/v1/search?q=caf%C3%A9";
    request.headers = {
        {"host", "api.example"}, {"authorization", "Bearer abc.def"}, {"content-type", "application/json"}};
    request.body = "{\"name\":\"Zo\u00eb\",\"note\":\"\\r\\n\\u0000\"}";
    const gateway::Request read = over_wire(request);
    EXPECT_EQ(read.method, request.method);
    EXPECT_EQ(read.target, request.target);
    EXPECT_EQ(read.body, request.body);
    for (const gateway::Header& header : request.headers) {
        ASSERT_NE(read.header(header.name), nullptr);
        EXPECT_EQ(*read.header(header.name), header.value);
    }
}

TEST(Wire, AnAnswerComesBackAsItWas) {
    gateway::Response response;
    response.status = 409;
    response.content_type = "application/problem+json";
    response.body = R"({"code":"email_taken"})";
    response.headers = {{"x-request-id", "req_1"}, {"retry-after", "1"}};
    const gateway::Response read = over_wire(response, 1'795'204'800 * kSecond);
    EXPECT_EQ(read.status, response.status);
    EXPECT_EQ(read.content_type, response.content_type);
    EXPECT_EQ(read.body, response.body);
    EXPECT_EQ(read.headers, response.headers);
}

TEST(Wire, WhatHttpCannotCarryIsNoticed) {
    gateway::Request request{.method = "GET", .target = "/with space", .headers = {}, .body = ""};
    EXPECT_THROW(over_wire(request), std::logic_error);
    request.target = "/fine";
    request.headers = {{"x-note", "line\r\nx-smuggled: yes\x01"}};
    EXPECT_THROW(over_wire(request), std::logic_error);
}

TEST(Wire, MakesNoDifferenceToARun) {
    const auto counts = [](bool wire) {
        Spec spec;
        spec.clients.new_share = 0.5;
        spec.wire = wire;
        RegionPlan plan;
        plan.duration = 5 * kMinute;
        Region region(spec, plan);
        for (uint32_t i = 0; i < 50; ++i) {
            Visit visit;
            visit.who = i;
            visit.slot = visit.session = i;
            visit.one_way = 10 * kMillisecond;
            visit.opened_at = TimeNs(i) * kSecond;
            region.run_before(visit.opened_at + visit.one_way);
            region.open(visit.opened_at + visit.one_way, visit);
        }
        region.run_before(5 * kMinute);
        EXPECT_GT(region.counts().ready, 40u);
        Digest digest;
        region.counts().add_to(digest);
        return digest.value();
    };
    EXPECT_EQ(counts(true), counts(false));
}

}  // namespace
}  // namespace matinee::services
