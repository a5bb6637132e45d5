// Queries of targets against the fields of a route.
#include <gtest/gtest.h>

#include "system/base/service_error.hpp"
#include "system/gateway/body.hpp"

namespace matinee::gateway {

static std::vector<Field> fields() {
    return {{.name = "q", .least = 1, .most = 5, .about = ""},
            {.name = "page", .kind = Field::Kind::Integer, .required = false, .least = 1, .most = 50, .about = ""},
            {.name = "deep", .kind = Field::Kind::Flag, .required = false, .about = ""}};
}

static Json query(const std::string& target) {
    return checked_query({.method = "GET", .target = target, .headers = {}, .body = ""}, fields());
}

/// The code of the refusal and the field it is about.
static std::string refusal(const std::string& target) {
    try {
        query(target);
    } catch (const ServiceError& error) {
        return std::string(info_of(error.code).name) + " " + error.field;
    }
    return "none";
}

TEST(Query, IsDecodedAndTyped) {
    const Json found = query("/search?page=7&q=a+b%20%C3%BC&other=1&deep=true");
    EXPECT_EQ(*found.find("q")->text(), "a b \xc3\xbc");
    EXPECT_EQ(*found.find("page")->integer(), 7);
    EXPECT_EQ(*found.find("deep")->flag(), true);
    EXPECT_EQ(found.find("other"), nullptr) << "what is not listed is ignored";
    EXPECT_EQ(*query("/?q=%2B%26%3D").find("q")->text(), "+&=");
    EXPECT_EQ(*query("/?q=a=b").find("q")->text(), "a=b") << "only the first = parts name and value";
    EXPECT_EQ(*query("/?&&q=1&").find("q")->text(), "1") << "a text stays a text";
    EXPECT_EQ(*query("/?%71=x").find("q")->text(), "x") << "names are decoded, too";
    EXPECT_EQ(*query("/?q=a?b").find("q")->text(), "a?b");
}

TEST(Query, WhatIsWrongIsRefused) {
    for (const char* missing : {"/", "/?", "/?page=1", "/?Q=a", "/?other=q"})
        EXPECT_EQ(refusal(missing), "invalid_field q") << missing;
    for (const char* bad :
         {"/?q=", "/?q", "/?q=123456", "/?q=a%00", "/?q=a%0A", "/?q=a%7f", "/?q=a&q=b", "/?q=a&%71=b"})
        EXPECT_EQ(refusal(bad), "invalid_field q") << bad;
    for (const char* page : {"0", "51", "-1", "", "1.5", "1e1", "0x1", "%201", "1%20", "99999999999999999999", "true"})
        EXPECT_EQ(refusal("/?q=a&page=" + std::string(page)), "invalid_field page") << page;
    for (const char* flag : {"1", "TRUE", "", "yes"})
        EXPECT_EQ(refusal("/?q=a&deep=" + std::string(flag)), "invalid_field deep") << flag;
    for (const char* broken :
         {"/?q=%", "/?q=%4", "/?q=%zz", "/?q=%ff", "/?q=%c0%af", "/?q=%ed%a0%80", "/?%=a&q=a", "/?x=%ff&q=a"})
        EXPECT_EQ(refusal(broken), "malformed_request ") << broken;
    EXPECT_EQ(refusal("/?q=abcde"), "none");
    EXPECT_EQ(refusal("/?q=%C3%BC%C3%BC%C3%BC%C3%BC%C3%BC"), "none") << "characters are counted, not bytes";
}

}  // namespace matinee::gateway
