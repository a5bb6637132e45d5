// The instances of a region as queues: without a platform in them.
#include <gtest/gtest.h>

#include <map>

#include "simulator/services/fleet.hpp"
#include "system/base/random.hpp"

namespace matinee::services {
namespace {

/// Waits for something that takes so long and no core.
class Waiter : public Worker {
public:
    Waiter(Executor& executor, TimeNs wait) : executor_(executor), wait_(wait) {}
    Task<Heard> handle(gateway::Request) override {
        co_await executor_.sleep_until(executor_.now() + wait_);
        co_return Heard();
    }

private:
    Executor& executor_;
    TimeNs wait_;
};

/// A fleet and what is asked of it.
struct Bench {
    Bench(const InstanceSpec& instance, const ScalingSpec& scaling, uint32_t instances, TimeNs wait)
        : fleet(executor, instance, scaling, instances,
                [this, wait] { return std::make_unique<Waiter>(executor, wait); }) {}

    void submit(TimeNs cpu, TimeNs wanted_until = kNever) {
        ++submitted;
        begun[submitted] = executor.now();
        fleet.submit(submitted, {}, cpu, wanted_until);
        take();
    }
    void run_until(TimeNs time) {
        while (executor.next_at() <= time) {
            executor.step();
            fleet.settle();
            take();
        }
        executor.skip_to(time);
    }
    void take() {
        for (const FleetAnswer& answer : fleet.answers()) {
            ++answers[answer.kind];
            if (answer.kind == FleetAnswer::Kind::Handled) time_inside += executor.now() - begun[answer.ticket];
        }
        fleet.answers().clear();
    }

    Executor executor{0};
    Fleet fleet;
    uint32_t submitted = 0;
    std::map<uint32_t, TimeNs> begun;
    std::map<FleetAnswer::Kind, uint64_t> answers;
    TimeNs time_inside = 0;
};

using Kind = FleetAnswer::Kind;

TEST(Fleet, ARequestTakesItsCoreAndThenItsWait) {
    Bench bench({.cores = 1, .concurrency = 10, .queue = 10}, {}, 1, 5 * kMillisecond);
    bench.submit(2 * kMillisecond);
    bench.submit(2 * kMillisecond);
    bench.run_until(7 * kMillisecond);
    EXPECT_EQ(bench.answers[Kind::Handled], 1u);
    bench.run_until(9 * kMillisecond);
    EXPECT_EQ(bench.answers[Kind::Handled], 2u) << "the second waited for the core, not for the first one's wait";
    EXPECT_EQ(bench.time_inside, 16 * kMillisecond);
}

TEST(Fleet, WhatFindsEveryQueueFullIsShed) {
    Bench bench({.cores = 1, .concurrency = 2, .queue = 3}, {}, 2, kMillisecond);
    for (int i = 0; i < 20; ++i) bench.submit(kMillisecond);
    EXPECT_EQ(bench.answers[Kind::Shed], 20u - 2 * (2 + 3));
    EXPECT_EQ(bench.fleet.waiting(), 6u);
    bench.run_until(kSecond);
    EXPECT_EQ(bench.answers[Kind::Handled], 10u);
    EXPECT_EQ(bench.fleet.waiting(), 0u);
}

TEST(Fleet, WhoseClientIsGoneIsNotHandled) {
    Bench bench({.cores = 1, .concurrency = 1, .queue = 10}, {}, 1, 0);
    bench.submit(10 * kMillisecond);
    bench.submit(10 * kMillisecond, 5 * kMillisecond);
    bench.submit(10 * kMillisecond, 15 * kMillisecond);
    bench.run_until(20 * kMillisecond);
    EXPECT_EQ(bench.answers[Kind::Handled], 2u);
    EXPECT_EQ(bench.answers[Kind::Expired], 1u);
}

// Little's law, and the M/D/1 queue: with a core that is busy for a share rho of the time, and a constant service time
// S, the mean wait is rho S / (2 (1 - rho)) (Pollaczek and Khinchine).
TEST(Fleet, QueuesAsTheoryHasIt) {
    constexpr TimeNs kService = 2 * kMillisecond;
    constexpr double kLoad = 0.7;
    Bench bench({.cores = 1, .concurrency = 1'000'000, .queue = 0}, {}, 1, 3 * kMillisecond);
    RandomStream random(1, Purpose::Test, 0);
    TimeNs now = 0;
    TimeNs requests_ns = 0;  // the integral of requests inside over time
    constexpr int kRequests = 60'000;
    for (int i = 0; i < kRequests; ++i) {
        const TimeNs next = now + TimeNs(random.exponential(double(kService) / kLoad));
        while (now < next) {
            const TimeNs until = std::min(next, bench.executor.next_at());
            requests_ns += TimeNs(bench.fleet.handled() + bench.fleet.waiting()) * (until - now);
            bench.run_until(now = until);
        }
        bench.submit(kService);
    }
    const double mean_inside_ms = to_ms(bench.time_inside) / double(bench.answers[Kind::Handled]);
    const double wait_ms = kLoad * 2 / (2 * (1 - kLoad));
    EXPECT_NEAR(mean_inside_ms, 2 + 3 + wait_ms, 0.15);
    const double per_ms = double(bench.answers[Kind::Handled]) / to_ms(now);
    EXPECT_NEAR(to_ms(requests_ns) / to_ms(now), per_ms * mean_inside_ms, 0.02) << "L = lambda W";
}

TEST(Fleet, LoadIsSpreadOverInstances) {
    Bench bench({.cores = 1, .concurrency = 4, .queue = 100}, {}, 3, 0);
    for (int i = 0; i < 12; ++i) bench.submit(kMillisecond);
    EXPECT_EQ(bench.fleet.waiting(), 0u) << "four at each";
    bench.run_until(4 * kMillisecond);
    EXPECT_EQ(bench.answers[Kind::Handled], 12u);
}

class ScalingTest : public testing::Test {
protected:
    ScalingSpec rule() {
        ScalingSpec scaling;
        scaling.on = true;
        scaling.most = 8;
        scaling.target = 0.5;
        scaling.interval = 10 * kSecond;
        scaling.start_up = 30 * kSecond;
        scaling.cool_down = kMinute;
        return scaling;
    }
    /// So much core time a second.
    void load(Bench& bench, double cores, TimeNs until) {
        for (TimeNs now = bench.executor.now(); now < until; now += 100 * kMillisecond) {
            bench.run_until(now);
            for (int i = 0; i < 10; ++i) bench.submit(TimeNs(cores * double(10 * kMillisecond)));
        }
        bench.run_until(until);
    }
};

TEST_F(ScalingTest, FollowsTheLoadUpAndDown) {
    Bench bench({.cores = 2, .concurrency = 1000, .queue = 1000}, rule(), 2, 0);
    load(bench, 1.0, kMinute);
    EXPECT_EQ(bench.fleet.instances(), 1u + 1u) << "one core of four is busy, but the rule waits for its cool-down";
    load(bench, 3.0, 85 * kSecond);
    EXPECT_EQ(bench.fleet.instances(), 2u) << "the new ones are starting";
    load(bench, 3.0, 3 * kMinute);
    EXPECT_EQ(bench.fleet.instances(), 3u) << "three busy cores of six are the target";
    load(bench, 0.1, 3 * kMinute + 50 * kSecond);
    EXPECT_EQ(bench.fleet.instances(), 3u) << "not before the cool-down";
    load(bench, 0.1, 5 * kMinute);
    EXPECT_EQ(bench.fleet.instances(), 1u);
    EXPECT_GE(bench.fleet.scaled_up(), 1u);
    EXPECT_GE(bench.fleet.scaled_down(), 1u);
    EXPECT_EQ(bench.answers[Kind::Shed], 0u);
}

TEST_F(ScalingTest, StaysWithinItsBounds) {
    ScalingSpec scaling = rule();
    scaling.least = 2;
    scaling.most = 3;
    Bench bench({.cores = 1, .concurrency = 1000, .queue = 100}, scaling, 2, 0);
    load(bench, 10.0, 2 * kMinute);
    EXPECT_EQ(bench.fleet.instances(), 3u);
    EXPECT_GT(bench.answers[Kind::Shed], 0u);
}

}  // namespace
}  // namespace matinee::services
