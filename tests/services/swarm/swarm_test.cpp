// The services under everything that may go wrong, seed by seed.
//
// The default run takes two hundred seeds. Ten thousand, or one again that failed:
//     services_tests --gtest_also_run_disabled_tests --gtest_filter=TenThousand/*
//     services_tests --gtest_also_run_disabled_tests --gtest_filter=Swarm.DISABLED_Replay --gtest_random_seed=SEED
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "tests/services/swarm/catalog_workload.hpp"
#include "tests/services/swarm/payments_workload.hpp"
#include "tests/services/swarm/planted_bugs.hpp"
#include "tests/services/swarm/playback_workload.hpp"

namespace matinee::swarm {

namespace {

/// One world; its seed draws which workloads share it, at least one.
Report run_seed(uint64_t seed, const Options& options = {}) {
    RandomStream draws(seed, Purpose::Test, 0, 4);
    const uint32_t mix = 1 + draws.below(7);
    std::vector<std::unique_ptr<Workload>> workloads;
    if ((mix & 1) != 0) workloads.push_back(payments_workload());
    if ((mix & 2) != 0) workloads.push_back(playback_workload());
    if ((mix & 4) != 0) workloads.push_back(catalog_workload());
    return run(seed, workloads, options);
}

void run_seeds(uint64_t first, uint64_t count) {
    uint64_t kills = 0, failed_calls = 0, requests = 0, steps = 0;
    int failed = 0;
    for (uint64_t seed = first; seed < first + count && failed < 5; ++seed) {
        const Report report = run_seed(seed);
        if (!report.findings.empty()) {
            ++failed;
            ADD_FAILURE() << report.text();
        }
        kills += report.kills;
        failed_calls += report.failed_calls;
        requests += report.requests;
        steps += report.steps;
    }
    std::cout << "seeds " << first << " to " << first + count - 1 << ": " << requests << " requests, " << kills
              << " kills, " << failed_calls << " failed calls of ports, " << steps << " steps\n";
    EXPECT_GT(kills, count / 2) << "nothing was put to the test";
    EXPECT_GT(failed_calls, count / 2);
}

const Finding* find(const Report& report, const std::string& what) {
    const auto found = std::find_if(report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
        return finding.what.find(what) != std::string::npos;
    });
    return found == report.findings.end() ? nullptr : &*found;
}

/// The first seed that finds a planted bug; and it finds it again, at the same step.
void expect_found(const Plants& plants, const std::string& what) {
    Options options;
    options.plants = plants;
    for (uint64_t seed = 1; seed <= 1000; ++seed) {
        const Report report = run_seed(seed, options);
        const Finding* const finding = find(report, what);
        if (finding == nullptr) continue;
        std::cout << "found by seed " << seed << ", step " << finding->step << ": " << finding->what << "\n";
        const Report again = run_seed(seed, options);
        EXPECT_EQ(again.findings, report.findings);
        EXPECT_EQ(again.digest, report.digest);
        EXPECT_EQ(again.steps, report.steps);
        EXPECT_EQ(find(run_seed(seed), what), nullptr) << "it is there without the bug, too";
        return;
    }
    ADD_FAILURE() << "1,000 seeds did not find it";
}

}  // namespace

TEST(Swarm, HundredsOfSeeds) { run_seeds(1, 200); }

/// Seeds that found bugs, which are fixed: a heartbeat on its way brought back a stream whose screen was taken (487);
/// of several open streams one that had not moved was believed against a position that was set outright (871).
TEST(Swarm, SeedsThatOnceFoundBugs) {
    for (const uint64_t seed : {487, 871}) {
        const Report report = run_seed(seed);
        EXPECT_TRUE(report.findings.empty()) << report.text();
    }
}

/// Ten thousand seeds, in ten parts: environment variables of GoogleTest spread them over processes.
class SwarmSeeds : public testing::TestWithParam<uint64_t> {};
TEST_P(SwarmSeeds, DISABLED_AThousand) { run_seeds(GetParam(), 1000); }
INSTANTIATE_TEST_SUITE_P(TenThousand, SwarmSeeds, testing::Range<uint64_t>(1, 10'001, 1000));

TEST(Swarm, DISABLED_Replay) {
    Options options;
    options.keep_trace = true;
    const Report report = run_seed(uint64_t(GTEST_FLAG_GET(random_seed)), options);
    for (const std::string& line : report.trace) std::cout << line << "\n";
    EXPECT_TRUE(report.findings.empty()) << report.text();
}

TEST(Swarm, EverySeedIsAnotherWorldAndAlwaysTheSame) {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        const Report report = run_seed(seed);
        EXPECT_EQ(run_seed(seed).digest, report.digest);
        EXPECT_NE(run_seed(seed + 1).digest, report.digest);
    }
}

TEST(Swarm, FindsOrdersWithoutIdempotency) {
    expect_found({.payment_provider = orders_without_idempotency}, "was charged 2 times");
}

TEST(Swarm, FindsRequestsWithoutIdempotency) { expect_found({.sql = requests_without_idempotency}, "the key "); }

TEST(Swarm, FindsSilenceTakenForNo) {
    expect_found({.payment_provider = silence_taken_for_no}, "was charged and counts as declined");
}

TEST(Swarm, FindsRefundsByKeysThatAreForgotten) {
    expect_found({.payment_provider = keys_thought_to_last}, "was given back, not");
}

TEST(Swarm, FindsAnOutboxOutsideTheTransaction) { expect_found({.sql = outbox_outside_the_transaction}, "event"); }

TEST(Swarm, FindsEventsAppliedTwice) {
    expect_found({.sql = events_never_noted}, "events of plays were not counted once each");
}

TEST(Swarm, FindsALeaseThatIsNeverFreed) { expect_found({.sql = leases_never_freed}, "can have been taken"); }

TEST(Swarm, FindsScreensTakenAfterCounting) { expect_found({.sql = screens_taken_after_counting}, "streams are live"); }

TEST(Swarm, FindsPositionsThatAreOnlyRemembered) {
    expect_found({.sql = positions_only_remembered}, "is not what was acknowledged");
}

TEST(Swarm, FindsCopiesThatAreNeverDropped) {
    expect_found({.sql = copies_never_dropped}, "as it was before an acknowledged change");
}

TEST(Swarm, FindsAnIndexToldOutsideTheTransaction) {
    expect_found({.sql = index_told_outside_the_transaction}, "index");
}

}  // namespace matinee::swarm
