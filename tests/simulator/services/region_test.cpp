// A region's control plane and its clients, on the real services.
#include <gtest/gtest.h>

#include "simulator/services/region.hpp"

namespace matinee::services {
namespace {

RegionPlan plan() {
    RegionPlan plan;
    plan.seed = 3;
    plan.start_unix_s = 1'795'204'800;
    plan.duration = 10 * kMinute;
    return plan;
}

/// So many viewers, one every `every`, who all stay.
std::vector<Verdict> visit(Region& region, uint32_t viewers, TimeNs every, TimeNs until) {
    std::vector<Verdict> verdicts;
    const auto take = [&] {
        verdicts.insert(verdicts.end(), region.verdicts().begin(), region.verdicts().end());
        region.verdicts().clear();
    };
    for (uint32_t i = 0; i < viewers; ++i) {
        const TimeNs now = TimeNs(i + 1) * every;
        region.run_before(now);
        Visit visit;
        visit.who = i;
        visit.slot = visit.session = i;
        visit.playable = i;
        visit.one_way = 20 * kMillisecond;
        visit.opened_at = now - visit.one_way;
        region.open(now, visit);
        take();
    }
    region.run_before(until);
    take();
    return verdicts;
}

const OperationCounts& of(const Region& region, Operation operation) {
    return region.counts().operations[size_t(operation)];
}

uint64_t granted(const std::vector<Verdict>& verdicts) {
    uint64_t count = 0;
    for (const Verdict& verdict : verdicts) count += verdict.what == Verdict::What::Granted;
    return count;
}

TEST(Region, NewViewersRegisterAndTheOthersHaveBeenHere) {
    Spec spec;
    spec.clients.new_share = 0.3;
    spec.clients.log_in_share = 0.5;
    Region region(spec, plan());
    const auto verdicts = visit(region, 200, 100 * kMillisecond, 5 * kMinute);
    EXPECT_EQ(verdicts.size(), 200u);
    EXPECT_EQ(granted(verdicts), region.counts().ready);
    EXPECT_NEAR(double(of(region, Operation::Register).ok), 60, 25);
    EXPECT_NEAR(double(of(region, Operation::LogIn).ok), 70, 25);
    EXPECT_EQ(of(region, Operation::Register).calls + of(region, Operation::LogIn).calls +
                  of(region, Operation::RefreshToken).calls,
              200u);
    EXPECT_GE(of(region, Operation::LogIn).latency_us.quantile(0.5), 19'000) << "a password is hashed";
    EXPECT_LT(of(region, Operation::RefreshToken).latency_us.quantile(0.5), 10'000);
    for (const Verdict& verdict : verdicts) EXPECT_GE(verdict.at, verdict.pressed_at);
}

TEST(Region, TheSameVisitsGiveTheSameCounts) {
    Spec spec;
    spec.clients.new_share = 0.5;
    const auto digest = [&](uint64_t seed) {
        RegionPlan seeded = plan();
        seeded.seed = seed;
        Region region(spec, seeded);
        visit(region, 100, 20 * kMillisecond, 2 * kMinute);
        Digest counted;
        region.counts().add_to(counted);
        return counted.value();
    };
    EXPECT_EQ(digest(3), digest(3));
    EXPECT_NE(digest(3), digest(4));
}

TEST(Region, OverloadShedsAndClientsTryAgain) {
    Spec spec;
    spec.instances = 1;
    spec.instance = {.cores = 1, .concurrency = 4, .queue = 4};
    spec.clients.new_share = 1;  // a password each
    spec.clients.attempts = 3;
    spec.crypto.servers = 1;
    Region region(spec, plan());
    const auto verdicts = visit(region, 600, 5 * kMillisecond, 5 * kMinute);
    EXPECT_EQ(verdicts.size(), 600u) << "everybody hears what becomes of the visit";
    const OperationCounts& calls = of(region, Operation::Register);
    EXPECT_GT(calls.failed[Cause::shed().index()], 100u);
    EXPECT_GT(calls.calls, 600u);
    EXPECT_GT(region.counts().visits_lost[size_t(Operation::Register)][Cause::shed().index()], 50u);
    EXPECT_EQ(600u - granted(verdicts), region.counts().visits - region.counts().ready);
}

TEST(Region, ClientsThatWaitInVainTryAgainAndFindTheirAccount) {
    Spec spec;
    spec.clients.new_share = 1;
    spec.clients.timeout = 15 * kMillisecond;  // less than a password takes
    spec.clients.attempts = 5;
    spec.clients.backoff = 200 * kMillisecond;
    Region region(spec, plan());
    const auto verdicts = visit(region, 20, kSecond, 2 * kMinute);
    EXPECT_EQ(granted(verdicts), 0u) << "logging in takes as long";
    EXPECT_GT(of(region, Operation::Register).failed[Cause::timed_out().index()], 0u);
    EXPECT_GT(of(region, Operation::Register).failed[Cause::refused(ErrorCode::EmailTaken).index()], 0u)
        << "what timed out has happened";
    EXPECT_GT(of(region, Operation::LogIn).calls, 0u);
}

TEST(Region, WhoComesBackUsesItsOldAccount) {
    Spec spec;
    spec.clients.new_share = 0;
    spec.clients.log_in_share = 0;
    Region region(spec, plan());
    visit(region, 10, kSecond, kMinute);
    EXPECT_EQ(region.counts().accounts_made, 10u);
    for (uint32_t i = 0; i < 10; ++i) region.close(kMinute + TimeNs(i), 0, i, i);
    region.run_before(2 * kMinute);
    for (uint32_t i = 0; i < 10; ++i) {
        Visit again;
        again.who = 100 + i;
        again.slot = i;
        again.session = 100 + i;
        again.one_way = 20 * kMillisecond;
        region.open(2 * kMinute, again);
    }
    region.run_before(3 * kMinute);
    EXPECT_EQ(region.counts().accounts_made, 10u);
    EXPECT_EQ(region.counts().ready, 20u);
    EXPECT_EQ(of(region, Operation::RefreshToken).ok, 20u);
}

TEST(Region, ManyInstancesServeTheSameAccounts) {
    Spec spec;
    spec.instances = 5;
    spec.clients.new_share = 1;
    Region region(spec, plan());
    const auto verdicts = visit(region, 100, 10 * kMillisecond, 3 * kMinute);
    EXPECT_EQ(granted(verdicts), 100u);
    EXPECT_EQ(region.counts().instances_most, 5u);
}

}  // namespace
}  // namespace matinee::services
