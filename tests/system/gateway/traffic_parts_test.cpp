// The small machines of the gateway: breaker, budget, shedder, trace context, metrics.
#include <gtest/gtest.h>

#include "system/gateway/circuit_breaker.hpp"
#include "system/gateway/load_shedder.hpp"
#include "system/gateway/metrics.hpp"
#include "system/gateway/retry_budget.hpp"
#include "system/gateway/trace.hpp"

namespace matinee::gateway {

TEST(CircuitBreaker, OpensAfterFiveFailuresInARowAndTriesOneAfterAMinute) {
    CircuitBreaker breaker({});
    using State = CircuitBreaker::State;
    TimeNs now = kHour;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 4; ++i) EXPECT_TRUE(breaker.allow(now)), breaker.failed(now);
        breaker.succeeded();  // the row is broken
    }
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(breaker.state(), State::Closed);
        EXPECT_TRUE(breaker.allow(now));
        breaker.failed(now);
    }
    EXPECT_EQ(breaker.state(), State::Open);
    EXPECT_FALSE(breaker.allow(now));
    EXPECT_FALSE(breaker.allow(now + 60 * kSecond - 1));
    breaker.failed(now + 30 * kSecond);  // of a call that went out before
    now += 60 * kSecond;
    EXPECT_TRUE(breaker.allow(now));
    EXPECT_EQ(breaker.state(), State::HalfOpen);
    EXPECT_FALSE(breaker.allow(now)) << "one at a time";
    breaker.failed(now);
    EXPECT_FALSE(breaker.allow(now + 59 * kSecond));
    now += 60 * kSecond;
    EXPECT_TRUE(breaker.allow(now));
    breaker.abandoned();
    EXPECT_TRUE(breaker.allow(now)) << "whoever tried went away without an outcome";
    breaker.succeeded();
    EXPECT_EQ(breaker.state(), State::Closed);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(breaker.allow(now)), breaker.failed(now);
    EXPECT_TRUE(breaker.allow(now)) << "the count began again at 0";
}

TEST(RetryBudget, RetriesAreAShareOfTheCalls) {
    RetryBudget budget({.percent = 10, .most_saved = 3});
    int retries = 0;
    while (budget.retry()) ++retries;
    EXPECT_EQ(retries, 3) << "what there is at the beginning";
    for (int i = 0; i < 1000; ++i) {
        budget.called();
        retries += budget.retry() ? 1 : 0;
    }
    EXPECT_EQ(retries, 103);
    for (int i = 0; i < 1000; ++i) budget.called();
    retries = 0;
    while (budget.retry()) ++retries;
    EXPECT_EQ(retries, 3) << "good times save up no more";
}

TEST(LoadShedder, LowerClassesLeavePlacesForHigherOnes) {
    Settings settings;
    settings.concurrency = 10;
    LoadShedder shedder(settings);
    const auto fill = [&](Priority priority) {
        int entered = 0;
        while (entered < 100 && shedder.enter(priority)) ++entered;
        return entered;
    };
    EXPECT_EQ(fill(Priority::Search), 5);
    EXPECT_EQ(fill(Priority::Browse), 1);
    EXPECT_EQ(fill(Priority::Account), 2);
    EXPECT_EQ(fill(Priority::Playback), 2);
    EXPECT_EQ(fill(Priority::Operations), 100) << "somebody has to be able to look";
    EXPECT_EQ(shedder.under_way(), 110);
    for (int i = 0; i < 101; ++i) shedder.leave();
    EXPECT_FALSE(shedder.enter(Priority::Account));
    EXPECT_TRUE(shedder.enter(Priority::Playback));
}

TEST(Trace, FollowsTheCallerOrBeginsHere) {
    const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const auto parsed = parse_traceparent(good);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->trace_id, "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(parsed->parent_id, "b7ad6b7169203331");
    EXPECT_TRUE(parsed->sampled);
    EXPECT_TRUE(parse_traceparent("01" + good.substr(2) + "-more"));
    const std::vector<std::string> broken = {std::string(),
                                             good.substr(1),
                                             good + "-more",
                                             "ff" + good.substr(2),
                                             "0A" + good.substr(2),
                                             "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                             "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                             std::string(55, '0'),
                                             good.substr(0, 53) + "0x",
                                             "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                             "01" + good.substr(2) + "more"};
    for (const std::string& bad : broken) EXPECT_FALSE(parse_traceparent(bad)) << bad;

    Request request;
    const std::string id = "req_0123456789abcdef0123456789abcdef";
    const Trace begun = trace_of(request, id);
    EXPECT_EQ(begun.trace_id, id.substr(4));
    EXPECT_EQ(begun.parent_id, "");
    EXPECT_TRUE(parse_traceparent(begun.traceparent()));
    EXPECT_EQ(trace_of(request, id).span_id, begun.span_id);
    EXPECT_TRUE(parse_traceparent(trace_of(request, "the client's").traceparent()));
    request.headers.push_back({"traceparent", good});
    const Trace followed = trace_of(request, id);
    EXPECT_EQ(followed.trace_id, parsed->trace_id);
    EXPECT_NE(followed.span_id, parsed->parent_id);
    EXPECT_EQ(followed.traceparent(), "00-" + parsed->trace_id + "-" + followed.span_id + "-01");
}

TEST(Metrics, AreOpenMetrics) {
    const std::vector<Route> routes = {{.operation_id = "a"}, {.operation_id = "b"}};
    Metrics metrics(routes.size());
    metrics.handled(0, 200, 3 * kMillisecond);
    metrics.handled(0, 200, 5 * kMillisecond);
    metrics.handled(0, 503, 7 * kSecond);
    metrics.handled(2, 404, 0);
    metrics.refused(Metrics::Refusal::Shed);
    MetricsText text;
    metrics.write(text, routes);
    const std::string all = text.gauge("g", "A gauge", -1).take();
    for (const char* line :
         {"# TYPE matinee_http_requests counter\n", "matinee_http_requests_total{route=\"a\",status=\"200\"} 2\n",
          "matinee_http_requests_total{route=\"a\",status=\"503\"} 1\n",
          "matinee_http_requests_total{route=\"none\",status=\"404\"} 1\n", "_bucket{route=\"a\",le=\"0.002500\"} 0\n",
          "_bucket{route=\"a\",le=\"0.005000\"} 2\n", "_bucket{route=\"a\",le=\"5.000000\"} 2\n",
          "_bucket{route=\"a\",le=\"+Inf\"} 3\n", "_duration_seconds_count{route=\"a\"} 3\n",
          "_duration_seconds_sum{route=\"a\"} 7.008000000\n", "matinee_http_refusals_total{cause=\"overloaded\"} 1\n",
          "# TYPE g gauge\n# HELP g A gauge.\ng -1\n# EOF\n"})
        EXPECT_NE(all.find(line), std::string::npos) << line << all;
    EXPECT_EQ(all.find("route=\"b\""), std::string::npos);
}

}  // namespace matinee::gateway
