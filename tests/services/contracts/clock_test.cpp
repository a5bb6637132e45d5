// Contract of the port Clock.
#include <gtest/gtest.h>
#include <time.h>

#include <string>

#include "tests/services/contracts/stage.hpp"

namespace matinee::contracts {

struct ClockCase {
    virtual ~ClockCase() = default;
    virtual Stage& stage() = 0;
    virtual Clock& clock() = 0;
};
struct SimulatedClockCase : ClockCase {
    SimulatedStage simulated;
    Stage& stage() override { return simulated; }
    Clock& clock() override { return simulated.clock; }
};
struct LiveClockCase : ClockCase {
    LiveStage live;
    Stage& stage() override { return live; }
    Clock& clock() override { return live.loop; }
};

class ClockContract : public testing::TestWithParam<Adapter<ClockCase>> {
protected:
    std::unique_ptr<ClockCase> case_ = GetParam().make();
    Clock& clock_ = case_->clock();
};

TEST_P(ClockContract, NeverComesBackTooEarly) {
    const auto body = [](Clock& clock) -> Task<> {
        for (const TimeNs pause : {5 * kMillisecond, kMillisecond, TimeNs(1), TimeNs(0), -kSecond}) {
            const TimeNs before = clock.now();
            const TimeNs until = before + pause;
            co_await clock.sleep_until(until);
            EXPECT_GE(clock.now(), until);
            EXPECT_GE(clock.now(), before);
        }
    };
    case_->stage().run(body(clock_));
}

static Task<> note_after(Clock& clock, TimeNs time, char mark, std::string& order) {
    co_await clock.sleep_until(time);
    order += mark;
}

TEST_P(ClockContract, WakesInTheOrderOfTimesThenOfCalls) {
    std::string order;
    const auto body = [&](Clock& clock) -> Task<> {
        const TimeNs soon = clock.now() + 3 * kMillisecond;
        Task<> roots[] = {note_after(clock, soon + kMillisecond, 'd', order), note_after(clock, soon, 'b', order),
                          note_after(clock, soon, 'c', order), note_after(clock, soon - kMillisecond, 'a', order)};
        for (Task<>& root : roots) root.start();
        co_await clock.sleep_until(soon + 5 * kMillisecond);
    };
    case_->stage().run(body(clock_));
    EXPECT_EQ(order, "abcd");
}

TEST_P(ClockContract, WhoeverIsDestroyedIsForgotten) {
    std::string order;
    const auto body = [&](Clock& clock) -> Task<> {
        Task<> gone = note_after(clock, clock.now() + kMillisecond, 'x', order);
        Task<> kept = note_after(clock, clock.now() + 2 * kMillisecond, 'k', order);
        gone.start();
        kept.start();
        gone.reset();
        co_await clock.sleep_until(clock.now() + 4 * kMillisecond);
    };
    case_->stage().run(body(clock_));
    EXPECT_EQ(order, "k");
}

TEST_P(ClockContract, WaitingForThePastLetsOthersRun) {
    bool other_ran = false;
    const auto other = [](Clock& clock, bool& ran) -> Task<> {
        co_await clock.sleep_until(clock.now());
        ran = true;
    };
    const auto body = [&](Clock& clock) -> Task<> {
        Task<> root = other(clock, other_ran);
        root.start();
        for (int turn = 0; turn < 1'000'000 && !other_ran; ++turn) co_await clock.sleep_until(0);
    };
    case_->stage().run(body(clock_));
    EXPECT_TRUE(other_ran);
}

static TimeNs suspended_for = 0;

/// Time passes, too, while the machine sleeps, though its timers stand still.
TEST(LiveClock, ASuspendedMachineWakesInTheRightTime) {
    suspended_for = 0;
    live::EventLoop loop([] { return live::time_since_boot() + suspended_for; });
    const TimeNs before = loop.now();
    const auto sleep_for_an_hour = [&]() -> Task<> {
        co_await loop.sleep_until(before + kHour);
        loop.stop();
    };
    Task<> sleeper = sleep_for_an_hour();
    loop.post([&] {
        sleeper.start();
        suspended_for = 2 * kHour;
    });
    loop.run();
    EXPECT_TRUE(sleeper.done());
    EXPECT_GE(loop.now(), before + 2 * kHour);
    EXPECT_LT(loop.now(), before + 2 * kHour + 20 * kSecond);
    timespec steady{};
    ::clock_gettime(CLOCK_MONOTONIC, &steady);
    EXPECT_GE(live::time_since_boot(), TimeNs(steady.tv_sec) * kSecond) << "which leaves out what was slept";
}

INSTANTIATE_TEST_SUITE_P(Adapters, ClockContract,
                         testing::Values(Adapter<ClockCase>{"Simulated",
                                                            [] { return std::make_unique<SimulatedClockCase>(); }},
                                         Adapter<ClockCase>{"Live", [] { return std::make_unique<LiveClockCase>(); }}),
                         name_of<ClockCase>);

}  // namespace matinee::contracts
