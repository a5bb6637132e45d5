// The simulator against its slow and obvious reference, on whole small worlds drawn at random.
#include "tests/simulator/reference/reference_world.hpp"

#include <gtest/gtest.h>

#include "simulator/world/run.hpp"
#include "tests/simulator/reference/random_scenario.hpp"

namespace matinee::reference {

namespace {

/// Counts first: where they differ, they say more about what went wrong than a digest does.
void expect_same(const ReferenceWorld& reference, const reports::Result& result) {
    const Totals totals = reference.totals();
    EXPECT_EQ(result.counts.sessions, totals.sessions);
    EXPECT_EQ(result.counts.segments, totals.segments);
    EXPECT_EQ(result.experience.sessions, totals.measured_sessions);
    const auto all = double(totals.measured_sessions);
    EXPECT_EQ(result.experience.video_start_failures.has_value(), all > 0);
    EXPECT_DOUBLE_EQ(result.experience.video_start_failures.value_or(0) * all, double(totals.start_failures));
    EXPECT_DOUBLE_EQ(result.experience.exits_before_start.value_or(0) * all, double(totals.exits_before_start));
    for (uint32_t g = 0; g < result.cdn.size(); ++g) {
        const reports::CdnGroup& group = result.cdn[g];
        SCOPED_TRACE(group.id);
        const cdn::NodeCounters counters = reference.counters_of_group(g);
        EXPECT_EQ(group.requests, counters.requests);
        EXPECT_EQ(group.hits, counters.hits);
        EXPECT_EQ(group.coalesced, counters.coalesced);
        EXPECT_EQ(group.misses, counters.misses);
        EXPECT_EQ(group.rejected, counters.rejected);
        EXPECT_EQ(group.hit_bytes, counters.hit_bytes);
        EXPECT_EQ(group.coalesced_bytes, counters.coalesced_bytes);
        EXPECT_EQ(group.forwarded_bytes, counters.forwarded_bytes);
        EXPECT_EQ(group.cancelled_bytes, counters.cancelled_bytes);
        EXPECT_EQ(group.prefill_bytes, counters.prefill_bytes);
        TimeNs saturated = reference.saturated_ns_of_group(g);
        const auto [egress, peak_gbps] = reference.sent_by_group(g);
        EXPECT_EQ(group.egress_bytes, egress);
        EXPECT_DOUBLE_EQ(group.peak_egress_gbps, peak_gbps);
        EXPECT_NEAR(group.saturated_seconds, to_seconds(saturated), 1e-6);
    }
    EXPECT_EQ(result.digest, reference.digest());
}

reports::Result run(const scenario::Scenario& scenario, uint32_t threads) {
    world::RunOptions options;
    options.threads = threads;
    return world::run(scenario, options);
}

/// Returns what happened, the same in all three runs.
Totals expect_one_world(uint64_t number) {
    SCOPED_TRACE("world " + std::to_string(number));
    scenario::Scenario scenario = scenario_from_seed(number);
    ReferenceWorld reference(scenario);
    reference.run();
    const reports::Result alone = run(scenario, 1);
    expect_same(reference, alone);
    EXPECT_EQ(run(scenario, 3).digest, alone.digest);
    scenario.seed += 1;
    EXPECT_NE(run(scenario, 1).digest, alone.digest);
    return reference.totals();
}

/// That world with so many viewers from the first second on.
scenario::Scenario steady_scenario(uint64_t number, TimeNs duration, double viewers) {
    scenario::Scenario scenario = scenario_from_seed(number);
    scenario.time.duration = duration;
    scenario.time.warmup = 0;
    scenario.arrivals.viewers = viewers;
    scenario.arrivals.steady = true;
    return scenario;
}

}  // namespace

TEST(Reference, HundredWorlds) {
    Totals totals;
    for (uint64_t number = 0; number < 100; ++number) {
        totals.add(expect_one_world(number));
        if (HasFailure()) break;
    }
    if (HasFailure()) return;
    // Worlds in which nothing goes wrong would prove little.
    const std::pair<const char*, uint64_t> happened[] = {
        {"sessions", totals.sessions},
        {"failures to start", totals.start_failures},
        {"exits before the start", totals.exits_before_start},
        {"stalls", totals.stalls},
        {"switches", totals.switches},
        {"next episodes", totals.next_episodes},
        {"pauses", totals.pauses},
        {"seeks", totals.seeks},
        {"abandoned downloads", totals.abandoned},
        {"failed requests", totals.failed_requests},
        {"segments from another site", totals.served_afar},
        {"responses cut by a crash", totals.cut_by_crash},
        {"refused requests", totals.refused},
        {"fills that timed out", totals.fill_timeouts},
        {"fills that were promised", totals.promised},
        {"fills that failed", totals.fills_failed},
        {"requests that joined a fill", totals.coalesced},
        {"saturated ticks", totals.saturated_ticks},
        {"ends of saturation", totals.calmed},
        {"renditions prefilled at the start", totals.prefilled_at_start},
        {"renditions prefilled over links", totals.prefill_transfers},
    };
    EXPECT_GE(totals.prefill_lost, 3u) << "only two worlds last long enough to notice";
    for (const auto& [what, count] : happened) {
        EXPECT_GE(count, 20u) << what;
        RecordProperty(what, std::to_string(count));
    }
}

// Looks at a slow download are foreseen, until its link fills while it is under way.
TEST(Reference, SlowDownloadsOnLinksThatFill) {
    Totals totals;
    for (uint64_t number = 0; number < 8 && !HasFailure(); ++number) {
        SCOPED_TRACE("world " + std::to_string(number));
        scenario::Scenario scenario = steady_scenario(number, 100 * kSecond, 60);
        for (scenario::Population& population : scenario.populations) {
            population.access = {scenario::Access()};
            population.access.front().name = population.access.front().generator = "3g";
            population.player.rule = number % 2 == 0 ? abr::Rule::Bola : abr::Rule::Throughput;
            population.player.abandon_slow_segments = true;
        }
        scenario.faults.clear();
        for (uint32_t group = 0; group < scenario.cdn.nodes.size(); ++group) {
            if (scenario.cdn.nodes[group].role != scenario::Role::Edge) continue;
            scenario::Fault fault;
            fault.name = "next to nothing";
            fault.kind = scenario::Fault::Kind::Slow;
            fault.group = group;
            fault.rate_factor = 1e-4;
            for (fault.at = 10 * kSecond; fault.at < scenario.time.duration; fault.at += 20 * kSecond) {
                fault.end = fault.at + 3 * kSecond;
                scenario.faults.push_back(fault);
            }
        }
        ReferenceWorld reference(scenario);
        reference.run();
        expect_same(reference, run(scenario, 1));
        totals.add(reference.totals());
    }
    EXPECT_GE(totals.abandoned, 50u);
    EXPECT_GE(totals.saturated_ticks, 1000u);
}

// Windows of small worlds hold too little to be shared among threads, unless that is asked for. To wake threads for each of
// them takes far longer than to handle them, so places stand far apart here and windows are few.
TEST(Reference, ThreeThreadsThatShareEveryWindow) {
    for (const uint64_t number : {3u, 21u, 60u}) {
        SCOPED_TRACE("world " + std::to_string(number));
        scenario::Scenario scenario = steady_scenario(number, 15 * kSecond, 150);
        scenario.cdn.steering.rtt_same_region = scenario.cdn.steering.rtt_other_region = 120 * kMillisecond;
        for (scenario::Link& link : scenario.cdn.links) link.rtt = 120 * kMillisecond;
        ReferenceWorld reference(scenario);
        reference.run();
        world::RunOptions options;
        options.threads = 3;
        options.events_worth_sharing = 0;
        expect_same(reference, world::run(scenario, options));
    }
}

}  // namespace matinee::reference
