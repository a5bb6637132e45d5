// Same seed, same bytes: for any number of threads.
#include <gtest/gtest.h>

#include <algorithm>

#include "system/base/errors.hpp"
#include "tests/simulator/world/small_world.hpp"

namespace matinee::world {
namespace {

using scenario::Fault;
using scenario::Role;

/// A little of everything.
scenario::Scenario busy_world() {
    scenario::Scenario s = small_world();
    s.time.duration = 8 * kMinute;
    s.time.warmup = kMinute;
    s.catalog.titles = 60;
    s.catalog.series_share = 0.5;
    s.catalog.film_duration = {population::DurationLaw::Kind::Lognormal, 300, 0.5};
    s.catalog.episode_duration = {population::DurationLaw::Kind::Uniform, 40, 120};
    s.catalog.ladder = {300, 800, 2000, 4500};
    s.catalog.vbr_cv = 0.3;
    s.catalog.popularity.regional_mix = 0.3;
    population::Release release;
    release.title = "Premiere";
    release.at = 2 * kMinute;
    release.share = 0.3;
    release.decay = kHour;
    release.duration = 120 * kSecond;
    release.prefill = kMinute;
    s.releases = {release};
    s.regions = {{"east", 0}, {"west", 3}};
    s.devices = {{"tv", 0, 0}, {"phone", 2500, 20 * kSecond}};
    scenario::Population& east = s.populations[0];
    east.devices = {{0, 0.5}, {1, 0.5}};
    east.access = {constant_link(6000, 25 * kMillisecond, "steady"), constant_link(1800, 70 * kMillisecond, "slow")};
    east.access[0].share = 0.6;
    east.access[1].share = 0.4;
    east.access[1].loss = 0.001;
    east.player.rule = abr::Rule::Bola;
    east.behaviour = population::Behaviour();
    east.behaviour.watch = {population::DurationLaw::Kind::Fixed, 100, 0};
    east.behaviour.patience.stall = {population::DurationLaw::Kind::Exponential, 10, 0};
    east.behaviour.pauses_per_hour = east.behaviour.seeks_per_hour = 20;
    s.populations.push_back(east);
    s.populations[0].share = 0.6;
    s.populations[1].share = 0.4;
    s.populations[1].region = 1;
    s.populations[1].isp = "other";
    s.populations[1].player.rule = abr::Rule::Dynamic;
    s.arrivals.viewers = 250;
    s.arrivals.steady = true;
    s.arrivals.bursts = {{3 * kMinute, 2, 10 * kSecond, kMinute}};
    s.cdn.nodes = {group("edge", Role::Edge, 1), group("mid", Role::Regional, 2), group("origin", Role::Origin, std::nullopt)};
    s.cdn.nodes[0].count = 5;
    s.cdn.nodes[0].servers = 2;
    s.cdn.nodes[0].disk = 100'000'000;
    s.cdn.nodes[0].ram = 10'000'000;
    s.cdn.nodes[0].nic_kbps = 60'000;
    s.cdn.nodes[0].max_connections = 60;
    s.cdn.nodes[0].prefill = true;
    s.cdn.nodes[0].cache.evict = cdn::Eviction::S3Fifo;
    s.cdn.nodes[0].cache.admit = cdn::Admission::Probability;
    s.cdn.nodes[0].cache.admit_probability = 0.8;
    s.cdn.nodes[1].count = 2;
    s.cdn.nodes[1].disk = 400'000'000;
    s.cdn.links = {{0, 1, 100'000, 15 * kMillisecond}, {1, 2, 0, 60 * kMillisecond}};
    s.cdn.steering.ttl = kMinute;
    s.transport.congestion = scenario::Transport::Congestion::Cubic;
    s.transport.idle_restart = kSecond;
    Fault down;
    down.name = "an edge is down";
    down.at = 3 * kMinute;
    down.end = 5 * kMinute;
    Fault slow = down;
    slow.kind = Fault::Kind::Slow;
    slow.first_site = slow.last_site = 2;
    slow.rate_factor = 0.3;
    Fault lossy = down;
    lossy.kind = Fault::Kind::Lossy;
    lossy.target = Fault::Target::Link;
    lossy.first_site = lossy.last_site = 3;
    lossy.loss = 0.2;
    s.faults = {down, slow, lossy};
    s.outputs.breakdowns = {"region", "isp", "device", "access", "site"};
    scenario::Threshold threshold;
    threshold.metric = "startup_ms";
    threshold.stat = "p95";
    threshold.max = 2000;
    threshold.window = 2 * kMinute;
    s.thresholds = {threshold};
    return s;
}

TEST(Determinism, AnyNumberOfThreadsGivesTheSameResultToTheByte) {
    const scenario::Scenario s = busy_world();
    const auto one = simulate(s, 1);
    EXPECT_GT(cdn(one, "edge").saturated_seconds, 0) << "this world is meant to be eventful";
    EXPECT_GT(cdn(one, "edge").cancelled_bytes, 0u);
    EXPECT_GT(cdn(one, "edge").prefill_bytes, 0u);
    EXPECT_GT(one.experience.rebuffering_ratio.p99, 0);
    EXPECT_GT(one.experience.switches_per_minute.mean, 0);
    const std::string essence_of_one = essence(one);
    EXPECT_EQ(essence(simulate(s, 1)), essence_of_one);
    for (const uint32_t threads : {2u, 3u}) EXPECT_EQ(essence(simulate(s, threads)), essence_of_one) << threads;
}

TEST(Determinism, AnotherSeedIsAnotherRun) {
    scenario::Scenario s = busy_world();
    const auto one = simulate(s);
    s.seed = 2;
    const auto other = simulate(s);
    EXPECT_NE(other.digest, one.digest);
    EXPECT_NE(other.counts.segments, one.counts.segments);
    EXPECT_NEAR(double(other.counts.sessions), double(one.counts.sessions), 0.3 * double(one.counts.sessions));
}

TEST(Memory, ARunThatIsSureToNeedMoreIsRefusedBeforeItBegins) {
    scenario::Scenario s = busy_world();
    s.arrivals.viewers = 1e9;
    RunOptions options;
    options.most_memory_bytes = 100'000'000'000;
    try {
        (void)run(s, options);
        FAIL() << "a thousand million viewers in 100 GB";
    } catch (const MachineError& error) {
        EXPECT_NE(std::string(error.what()).find("100 GB are free"), std::string::npos) << error.what();
    }
}

TEST(Determinism, WhatMattersChangesTheDigest) {
    const scenario::Scenario s = busy_world();
    const std::string digest = simulate(s).digest;
    std::vector<scenario::Scenario> others(5, s);
    others[0].cdn.nodes[0].disk += 20'000'000;
    others[1].faults[0].at += kSecond;
    others[2].populations[1].player.buffer_target += kSecond;
    others[3].cdn.steering.ttl += 7 * kSecond;
    others[4].catalog.popularity.alpha += 0.01;
    for (size_t i = 0; i < others.size(); ++i) EXPECT_NE(simulate(others[i]).digest, digest) << i;
}

}  // namespace
}  // namespace matinee::world
