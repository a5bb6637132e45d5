// The services under everything that may go wrong, seed by seed.
//
// The default run takes two hundred seeds. Ten thousand, or one again that failed:
//     services_tests --gtest_also_run_disabled_tests --gtest_filter=Swarm.DISABLED_TenThousandSeeds
//     services_tests --gtest_also_run_disabled_tests --gtest_filter=Swarm.DISABLED_Replay --gtest_random_seed=SEED
#include <gtest/gtest.h>

#include <iostream>

#include "tests/services/swarm/faulty_ports.hpp"
#include "tests/services/swarm/payments_workload.hpp"

namespace matinee::swarm {

namespace {

Report run_seed(uint64_t seed, const Options& options = {}) {
    std::vector<std::unique_ptr<Workload>> workloads;
    workloads.push_back(payments_workload());
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
    std::cout << count << " seeds: " << requests << " requests, " << kills << " kills, " << failed_calls
              << " failed calls of ports, " << steps << " steps\n";
    EXPECT_GT(kills, count / 2) << "nothing was put to the test";
    EXPECT_GT(failed_calls, count / 2);
}

/// The first seed that finds something with a planted bug.
void expect_found(const Plants& plants, const std::string& finding) {
    Options options;
    options.plants = plants;
    for (uint64_t seed = 1; seed <= 1000; ++seed) {
        const Report report = run_seed(seed, options);
        for (const Finding& found : report.findings)
            if (found.what.find(finding) != std::string::npos) {
                std::cout << "found by seed " << seed << ": " << found.what << "\n";
                return;
            }
    }
    ADD_FAILURE() << "1,000 seeds did not find it";
}

}  // namespace

TEST(Swarm, HundredsOfSeeds) { run_seeds(1, 200); }

TEST(Swarm, DISABLED_TenThousandSeeds) { run_seeds(1, 10'000); }

TEST(Swarm, DISABLED_Replay) {
    Options options;
    options.keep_trace = true;
    const Report report = run_seed(uint64_t(GTEST_FLAG_GET(random_seed)), options);
    for (const std::string& line : report.trace) std::cout << line << "\n";
    EXPECT_TRUE(report.findings.empty()) << report.text();
}

TEST(Swarm, TheSameSeedFailsAtTheSameStep) {
    Options options;
    options.plants.payment_provider = orders_without_idempotency;
    int compared = 0;
    for (uint64_t seed = 1; seed <= 100 && compared < 3; ++seed) {
        const Report first = run_seed(seed, options);
        if (first.findings.empty()) continue;
        const Report second = run_seed(seed, options);
        EXPECT_EQ(second.findings, first.findings);
        EXPECT_EQ(second.digest, first.digest);
        EXPECT_EQ(second.steps, first.steps);
        ++compared;
    }
    EXPECT_EQ(compared, 3);
    EXPECT_NE(run_seed(1).digest, run_seed(2).digest);
}

TEST(Swarm, FindsOrdersWithoutIdempotency) {
    expect_found({.sql = nullptr, .payment_provider = orders_without_idempotency}, "was charged 2 times");
}

TEST(Swarm, FindsAnOutboxOutsideTheTransaction) {
    expect_found({.sql = outbox_outside_the_transaction, .payment_provider = nullptr}, "event");
}

TEST(Swarm, FindsSilenceTakenForNo) {
    expect_found({.sql = nullptr, .payment_provider = silence_taken_for_no}, "was charged and counts as declined");
}

}  // namespace matinee::swarm
