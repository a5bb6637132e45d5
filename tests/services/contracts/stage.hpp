// Where a contract is tried: something that drives tasks to their end the way its host does.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>

#include "simulator/services/adapters.hpp"
#include "system/live/event_loop.hpp"

namespace matinee::contracts {

/// Moment the simulated hosts of tests begin at: 2026-11-20 20:00 UTC.
inline constexpr TimeNs kEvening = 1'795'204'800 * kSecond;

class Stage {
public:
    virtual ~Stage() = default;

    /// Runs a task to its end and gives what it gives.
    template <class T>
    T run(Task<T> task) {
        std::optional<T> result;
        const auto body = [](Task<T> inner, std::optional<T>& out) -> Task<> {
            out.emplace(co_await std::move(inner));
        };
        Task<> root = body(std::move(task), result);
        drive(root);
        root.take();
        return std::move(*result);
    }
    void run(Task<> task) {
        drive(task);
        task.take();
    }

protected:
    /// Starts a root and comes back when it is done.
    virtual void drive(Task<>& root) = 0;
};

/// For adapters that never wait.
class PlainStage : public Stage {
protected:
    void drive(Task<>& root) override { root.start(); }
};

class SimulatedStage : public Stage {
public:
    services::Executor executor{kEvening};
    services::SimulatedClock clock{executor};
    services::SimulatedRandom random{7, 1};

protected:
    void drive(Task<>& root) override {
        root.start();
        while (!root.done() && executor.step()) {
        }
    }
};

class LiveStage : public Stage {
public:
    live::EventLoop loop;

protected:
    void drive(Task<>& root) override {
        const auto wrapped = [](Task<>& inner, live::EventLoop& events) -> Task<> {
            inner.start();
            while (!inner.done()) co_await events.sleep_until(events.now() + 100 * kMicrosecond);
            events.stop();
        };
        Task<> outer = wrapped(root, loop);
        loop.post([&] { outer.start(); });
        loop.run();
    }
};

/// One adapter of a port: its name in the test's, and how to make a fresh one.
template <class Case>
struct Adapter {
    const char* name;
    std::function<std::unique_ptr<Case>()> make;
    friend std::ostream& operator<<(std::ostream& out, const Adapter& adapter) { return out << adapter.name; }
};

template <class Case>
std::string name_of(const testing::TestParamInfo<Adapter<Case>>& info) {
    return info.param.name;
}

}  // namespace matinee::contracts
