#include "system/gateway/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "system/base/random.hpp"
#include "system/gateway/traffic.hpp"

namespace matinee::gateway {

static constexpr Quota kBucket{.capacity = 100, .window = 10 * kSecond};

TEST(RateLimiter, ABucketIsFullThenFillsEvenly) {
    RateLimiter limiter(1, 1024);
    const uint64_t ada = limiter.key_of(0, "ada");
    TimeNs now = kHour;
    for (int64_t left = 99; left >= 0; --left) {
        const RateLimiter::Decision decision = limiter.take(ada, kBucket, now);
        EXPECT_TRUE(decision.allowed);
        EXPECT_EQ(decision.remaining, left);
        EXPECT_EQ(decision.full_in, (100 - left) * kSecond / 10);
    }
    const RateLimiter::Decision refused = limiter.take(ada, kBucket, now);
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.retry_in, kSecond / 10);
    EXPECT_FALSE(limiter.take(ada, kBucket, now + kSecond / 10 - 1).allowed);
    EXPECT_TRUE(limiter.take(ada, kBucket, now + kSecond / 10).allowed) << "refusals cost nothing";
    EXPECT_TRUE(limiter.take(limiter.key_of(0, "bob"), kBucket, now).allowed);
    EXPECT_TRUE(limiter.take(limiter.key_of(1, "ada"), kBucket, now).allowed) << "another limit is another bucket";
    now += 10 * kSecond;
    EXPECT_EQ(limiter.look(ada, kBucket, now + kMinute).remaining, 99);
    EXPECT_EQ(limiter.look(ada, kBucket, now + kMinute).remaining, 99) << "looking takes nothing";
}

/// Against the formula of the specification with exact tokens.
TEST(RateLimiter, AgreesWithATokenBucketOfTheTextbook) {
    struct Textbook {
        int64_t tokens_e9 = 100 * kSecond;  // in units of 1e-9, so that 10 tokens a second are 10 units a nanosecond
        TimeNs last = 0;
        bool take(TimeNs now) {
            tokens_e9 = std::min(100 * kSecond, tokens_e9 + (now - last) * 10);
            last = now;
            if (tokens_e9 < kSecond) return false;
            tokens_e9 -= kSecond;
            return true;
        }
    };
    RateLimiter limiter(2, 4096);
    std::map<uint64_t, Textbook> books;
    RandomStream random(3, Purpose::Test, 0);
    TimeNs now = kDay;
    int allowed = 0;
    for (int i = 0; i < 200'000; ++i) {
        now += TimeNs(random.next_u64() % (20 * kMillisecond));
        const uint64_t key = limiter.key_of(0, std::to_string(random.next_u32() % 8));
        const bool expected = books.try_emplace(key, Textbook{.last = now}).first->second.take(now);
        ASSERT_EQ(limiter.take(key, kBucket, now).allowed, expected) << i;
        allowed += expected ? 1 : 0;
    }
    EXPECT_GT(allowed, 100'000);
    EXPECT_LT(allowed, 199'000);
}

TEST(RateLimiter, GrowsToItsBoundAndForgetsThoseNearestToFull) {
    RateLimiter limiter(4, 1 << 12);
    std::set<uint64_t> keys;
    for (int i = 0; i < 2000; ++i) {
        const uint64_t key = limiter.key_of(7, "user " + std::to_string(i));
        keys.insert(key);
        for (int n = 0; n < 100; ++n) ASSERT_TRUE(limiter.take(key, kBucket, kHour).allowed);
    }
    EXPECT_EQ(keys.size(), 2000u);
    EXPECT_LE(limiter.places(), size_t(1) << 12);
    int forgotten = 0;
    for (const uint64_t key : keys) forgotten += limiter.look(key, kBucket, kHour).allowed ? 1 : 0;
    EXPECT_LT(forgotten, 100) << "half full sets of four seldom overflow";
    for (int i = 0; i < 100'000; ++i) limiter.take(limiter.key_of(8, std::to_string(i)), kBucket, kHour);
    EXPECT_EQ(limiter.places(), size_t(1) << 12);
    int kept = 0;
    for (const uint64_t key : keys) kept += limiter.look(key, kBucket, kHour).allowed ? 0 : 1;
    EXPECT_GT(kept, 1'500) << "a flood of buckets with one token missing displaces no empty one";
}

TEST(RateLimiter, NetworksOfAddresses) {
    EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2:");
    EXPECT_EQ(network_of("2001:db8:1:2::6"), network_of("2001:db8:1:2:9::"));
    EXPECT_EQ(network_of("2001:db8::6"), network_of("2001:db8:0:0:1:2:3:4"));
    EXPECT_EQ(network_of("::1"), "0:0:0:0:");
    EXPECT_EQ(network_of("1::2:3:4:5:6"), "1:0:0:2:");
    EXPECT_NE(network_of("2001:db8:1:3::6"), network_of("2001:db8:1:2::6"));
    for (const char* odd : {"", ":", "::", ":::", "a:b", "1:2:3:4:5:6:7:8:9:10", "::1::2"}) network_of(odd);
}

TEST(Traffic, ALimitRefusesWithoutTakingFromTheOthers) {
    Settings settings;
    settings.limits.playback_starts_per_hour = 2;
    const std::vector<Route> routes = {
        {.method = "POST", .pattern = "/api/v1/playback/start", .operation_id = "start"},
        {.method = "GET", .pattern = "/livez", .operation_id = "livez", .access = Access::Public}};
    Traffic traffic(settings, routes, 5);
    EXPECT_EQ(traffic.rules(0).policy, "\"playback_start\";q=2;w=3600, \"device\";q=100;w=10");
    EXPECT_EQ(traffic.rules(0).priority, Priority::Playback);
    EXPECT_EQ(traffic.rules(1).policy, "");
    EXPECT_EQ(traffic.rules(1).priority, Priority::Operations);
    const Principal ada{.user_id = "usr_ada", .session_id = "ses_1"};
    const Verdict open;
    EXPECT_EQ(traffic.after_login(0, ada, kHour, open).header(), "\"playback_start\";r=1;t=1800");
    EXPECT_TRUE(traffic.after_login(0, ada, kHour, open).decision.allowed);
    for (int i = 0; i < 200; ++i) {
        const Verdict refused = traffic.after_login(0, ada, kHour, open);
        EXPECT_FALSE(refused.decision.allowed);
        EXPECT_EQ(refused.tightest->name, "playback_start") << "the device's bucket of 100 is not emptied by refusals";
        EXPECT_EQ(refused.decision.retry_in, 30 * kMinute);
    }
    EXPECT_TRUE(traffic.after_login(0, {.user_id = "usr_bob", .session_id = "ses_2"}, kHour, open).decision.allowed);
    EXPECT_TRUE(traffic.after_login(0, ada, kHour + 30 * kMinute, open).decision.allowed);
}

}  // namespace matinee::gateway
