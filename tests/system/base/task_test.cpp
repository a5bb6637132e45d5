#include "system/base/task.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace matinee {

/// The least host: remembers who waits, in order, and forgets who is destroyed.
class Waiting {
public:
    auto turn() {
        struct Awaiter {
            Waiting& waiting;
            std::coroutine_handle<> self;
            bool await_ready() const { return false; }
            void await_suspend(std::coroutine_handle<> handle) {
                self = handle;
                waiting.handles_.push_back(handle);
            }
            void await_resume() { self = {}; }
            ~Awaiter() {
                if (self) std::erase(waiting.handles_, self);
            }
        };
        return Awaiter{*this, {}};
    }
    bool resume_one() {
        if (handles_.empty()) return false;
        const std::coroutine_handle<> first = handles_.front();
        handles_.erase(handles_.begin());
        first.resume();
        return true;
    }
    size_t size() const { return handles_.size(); }

private:
    std::vector<std::coroutine_handle<>> handles_;
};

static Task<int> number(int n) { co_return n; }
static Task<int> late_number(Waiting& waiting, int n) {
    co_await waiting.turn();
    co_return n;
}
static Task<> failing(Waiting* waiting) {
    if (waiting != nullptr) co_await waiting->turn();
    throw std::runtime_error("refused");
}

TEST(Task, IsLazyAndGivesItsValue) {
    bool ran = false;
    const auto body = [&]() -> Task<std::string> {
        ran = true;
        co_return "value";
    };
    Task<std::string> task = body();
    EXPECT_FALSE(ran);
    task.start();
    EXPECT_TRUE(ran);
    ASSERT_TRUE(task.done());
    EXPECT_EQ(task.take(), "value");
}

TEST(Task, MovesValuesThatCannotBeCopied) {
    const auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
    const auto outer = [&]() -> Task<std::unique_ptr<int>> { co_return co_await make(); };
    Task<std::unique_ptr<int>> task = outer();
    task.start();
    EXPECT_EQ(*task.take(), 7);
}

TEST(Task, ExceptionsComeOutOfTheAwait) {
    for (const bool waits : {false, true}) {
        Waiting waiting;
        std::string caught;
        const auto body = [&]() -> Task<> {
            try {
                co_await failing(waits ? &waiting : nullptr);
            } catch (const std::runtime_error& error) {
                caught = error.what();
            }
            co_await failing(nullptr);
        };
        Task<> task = body();
        task.start();
        while (waiting.resume_one()) {
        }
        ASSERT_TRUE(task.done());
        EXPECT_EQ(caught, "refused");
        EXPECT_THROW(task.take(), std::runtime_error);
    }
}

TEST(Task, ALongLoopNeedsNoStack) {
    Waiting waiting;
    int64_t sum = 0;
    const auto body = [&]() -> Task<> {
        for (int i = 0; i < 300'000; ++i) sum += co_await number(1);
        for (int i = 0; i < 300'000; ++i) sum += co_await late_number(waiting, 1);
    };
    Task<> task = body();
    task.start();
    while (waiting.resume_one()) {
    }
    EXPECT_TRUE(task.done());
    EXPECT_EQ(sum, 600'000);
}

static Task<int> deep(Waiting& waiting, int levels) {
    if (levels == 0) co_return co_await late_number(waiting, 1);
    co_return 1 + co_await deep(waiting, levels - 1);
}

TEST(Task, ADeepChainUnwindsToItsRoot) {
    Waiting waiting;
    Task<int> task = deep(waiting, 500);
    task.start();
    EXPECT_FALSE(task.done());
    EXPECT_EQ(waiting.size(), 1u);
    EXPECT_TRUE(waiting.resume_one());
    ASSERT_TRUE(task.done());
    EXPECT_EQ(task.take(), 501);
}

TEST(Task, DestroyingARootCancelsEverythingBelowIt) {
    struct Notes {
        std::vector<std::string>& order;
        std::string name;
        ~Notes() { order.push_back(name); }
    };
    Waiting waiting;
    std::vector<std::string> order;
    bool went_on = false;
    const auto inner = [&]() -> Task<> {
        const Notes notes{order, "inner"};
        co_await waiting.turn();
        went_on = true;
    };
    const auto outer = [&]() -> Task<> {
        const Notes notes{order, "outer"};
        co_await inner();
        went_on = true;
    };
    {
        Task<> task = outer();
        task.start();
        EXPECT_EQ(waiting.size(), 1u);
    }
    EXPECT_EQ(waiting.size(), 0u) << "the awaiter forgot its handle";
    EXPECT_FALSE(went_on);
    EXPECT_EQ(order, (std::vector<std::string>{"inner", "outer"}));
}

TEST(Task, NeverStartedIsDestroyedQuietly) {
    const auto kept = std::make_shared<int>(1);
    const auto body = [](std::shared_ptr<int> copy) -> Task<int> { co_return *copy; };
    {
        Task<int> task = body(kept);
        EXPECT_EQ(kept.use_count(), 2);
        Task<int> moved = std::move(task);
        EXPECT_FALSE(bool(task));
    }
    EXPECT_EQ(kept.use_count(), 1);
}

}  // namespace matinee
