#include "system/live/client_address.hpp"

#include <gtest/gtest.h>

namespace matinee::live {

static gateway::Request forwarded(const std::vector<std::string>& lines) {
    gateway::Request request;
    for (const std::string& line : lines) request.headers.push_back({"x-forwarded-for", line});
    return request;
}

TEST(TrustedProxies, TheNearestAddressThatIsNoProxy) {
    const TrustedProxies proxies("10.0.0.0/8, 192.0.2.1,2001:db8::/32");
    const auto client = [&](const std::string& peer, const std::vector<std::string>& lines) {
        return proxies.client_of(peer, forwarded(lines));
    };
    EXPECT_EQ(client("198.51.100.7", {"203.0.113.9"}), "198.51.100.7") << "anybody may write a header";
    EXPECT_EQ(client("10.1.2.3", {"203.0.113.9"}), "203.0.113.9");
    EXPECT_EQ(client("10.1.2.3", {"1.1.1.1, 203.0.113.9"}), "203.0.113.9") << "the client wrote the first itself";
    EXPECT_EQ(client("10.1.2.3", {"1.1.1.1", "203.0.113.9 , 192.0.2.1"}), "203.0.113.9");
    EXPECT_EQ(client("10.1.2.3", {}), "10.1.2.3");
    EXPECT_EQ(client("10.1.2.3", {"203.0.113.9, nonsense, 192.0.2.1"}), "192.0.2.1");
    EXPECT_EQ(client("10.1.2.3", {"10.9.9.9"}), "10.9.9.9") << "proxies all the way";
    EXPECT_EQ(client("2001:db8::5", {"2001:DB8:1::1, 2001:DB9::1"}), "2001:db9::1");
    EXPECT_EQ(client("::ffff:10.0.0.1", {"::ffff:203.0.113.9"}), "203.0.113.9");
    EXPECT_EQ(TrustedProxies().client_of("10.1.2.3", forwarded({"203.0.113.9"})), "10.1.2.3");
    EXPECT_TRUE(TrustedProxies("0.0.0.0/0").trusts("203.0.113.9"));
    EXPECT_FALSE(TrustedProxies("0.0.0.0/0").trusts("::1"));
    EXPECT_TRUE(TrustedProxies("").empty());
}

TEST(TrustedProxies, SayHowTheClientCame) {
    const TrustedProxies proxies("10.0.0.0/8");
    gateway::Request request;
    EXPECT_FALSE(proxies.came_securely("10.1.2.3", request));
    request.headers.push_back({"x-forwarded-proto", "https"});
    EXPECT_TRUE(proxies.came_securely("10.1.2.3", request));
    EXPECT_FALSE(proxies.came_securely("198.51.100.7", request)) << "anybody may write a header";
    request.headers[0].value = "http";
    EXPECT_FALSE(proxies.came_securely("10.1.2.3", request));
}

}  // namespace matinee::live
