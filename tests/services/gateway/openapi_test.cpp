// What the OpenAPI document says of a route, and that answers which are otherwise are found out.
#include <gtest/gtest.h>

#include "system/gateway/gateway.hpp"
#include "tests/services/journeys/documented.hpp"

namespace matinee::gateway {
namespace {

std::vector<Route> routes() {
    return {
        {.method = "POST",
         .pattern = "/orders",
         .operation_id = "order",
         .success = 201,
         .also = 202,
         .idempotent = true,
         .tells_version = true,
         .body = {{.name = "what", .least = 1, .most = 9, .about = "It", .filled = true}},
         .reply = {says("order_id"), may_say("paid_at"), says_list("lines", {says("what"), says_number("count")}),
                   says_list("tags"), says_object("size", {}, "Whatever it has")}},
        {.method = "PUT", .pattern = "/orders/{order_id}", .operation_id = "change", .heeds_version = true},
        {.method = "GET", .pattern = "/orders/all", .operation_id = "list", .enveloped = false, .media = "text/csv"}};
}

const Json& at(const Json& json, const std::vector<std::string>& path) {
    const Json* found = &json;
    for (const std::string& name : path) found = found->find(name);
    return *found;
}

TEST(OpenApi, SaysWhichStatusesAndHeadersThereAre) {
    const Json document = Json::parse(openapi_document(routes()));
    const Json& order = at(document, {"paths", "/orders", "post"});
    for (const char* status : {"201", "202", "default"}) EXPECT_NE(at(order, {"responses"}).find(status), nullptr);
    for (const char* header : {"RateLimit", "RateLimit-Policy", "ETag", "X-Request-Id"})
        EXPECT_NE(at(order, {"responses", "202", "headers"}).find(header), nullptr) << header;
    EXPECT_EQ(*order.find("parameters")->array()->front().find("name")->text(), "Idempotency-Key");
    const Json& change = at(document, {"paths", "/orders/{order_id}", "put"});
    EXPECT_EQ(*change.find("parameters")->array()->back().find("name")->text(), "If-Match");
    EXPECT_EQ(at(change, {"responses"}).find("202"), nullptr);
    EXPECT_EQ(at(change, {"responses", "200", "headers"}).find("ETag"), nullptr);
    EXPECT_EQ(
        *at(order, {"requestBody", "content", "application/json", "schema", "properties", "what", "pattern"}).text(),
        "\\S");
}

TEST(OpenApi, AnswersThatAreOtherwiseAreFoundOut) {
    const journeys::Documented documented(Json::parse(openapi_document(routes())));
    const auto complaint = [&](const std::string& data, int status = 201) {
        const std::string body =
            R"({"status":"success","data":)" + data + R"(,"metadata":{"timestamp":"t","request_id":"r"}})";
        return documented.complaint("POST", "/orders?x=/y", status, "application/json", Json::parse(body));
    };
    const std::string good = R"("order_id":"o","lines":[{"what":"w","count":1}],"tags":["a"],"size":{"any":1})";
    EXPECT_EQ(complaint("{" + good + "}"), "");
    EXPECT_EQ(complaint("{" + good + "}", 202), "");
    EXPECT_EQ(complaint("{" + good + R"(,"paid_at":null})"), "");
    EXPECT_EQ(complaint("{" + good + "}", 200), "the status is not declared");
    EXPECT_EQ(complaint("{" + good + R"(,"paid_at":1})"), "body.data.paid_at is of another type");
    EXPECT_EQ(complaint("{" + good + R"(,"more":1})"), "body.data.more is not declared");
    EXPECT_EQ(complaint(R"({"order_id":"o","tags":[],"size":{}})"), "body.data.lines is missing");
    EXPECT_EQ(complaint(R"({"order_id":"o","lines":[{"what":"w"}],"tags":[],"size":{}})"),
              "body.data.lines[].count is missing");
    EXPECT_EQ(complaint(R"({"order_id":"o","lines":[],"tags":[1],"size":{}})"), "body.data.tags[] is of another type");
    EXPECT_EQ(documented.complaint("GET", "/orders/all", 200, "text/csv", {}), "");
    EXPECT_EQ(documented.complaint("GET", "/orders/all", 200, "text/html", {}), "text/html is not declared");
    EXPECT_EQ(documented.complaint("PUT", "/orders/1", 200, "application/json",
                                   Json::parse(R"({"status":"success","data":{"a":1},"metadata":{}})")),
              "body.data.a is not declared");
    EXPECT_EQ(documented.complaint("PUT", "/orders/1", 409, "application/problem+json", Json::parse("{}")), "");
    EXPECT_EQ(documented.complaint("GET", "/elsewhere", 200, "", {}), "");
}

}  // namespace
}  // namespace matinee::gateway
