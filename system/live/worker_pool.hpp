// Threads for what would hold up the loop: passwords are hashed here.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "system/base/service_error.hpp"
#include "system/live/event_loop.hpp"

namespace matinee::live {

class WorkerPool {
public:
    /// At most `most_waiting` jobs wait for one of the threads.
    WorkerPool(EventLoop& loop, size_t threads, size_t most_waiting);
    /// Waits for the jobs that run; forgets the others.
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Runs `job` on one of the threads and gives its result on the loop's. The job owns what it touches: it may run on
    /// after its caller was destroyed. Throws what the job throws, ServiceError(Unavailable) where too many wait.
    template <class Job, class Result = std::invoke_result_t<Job&>>
    Task<Result> run(Job job) {
        struct Shared {
            Job job;
            std::optional<Result> result;
            std::exception_ptr failure;
            std::coroutine_handle<> waiter;  // the loop's thread alone touches it
        };
        struct Awaiter {
            WorkerPool& pool;
            std::shared_ptr<Shared> shared;
            Awaiter(WorkerPool& p, std::shared_ptr<Shared> s) : pool(p), shared(std::move(s)) {}
            Awaiter(const Awaiter&) = delete;
            Awaiter& operator=(const Awaiter&) = delete;
            ~Awaiter() { shared->waiter = {}; }
            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<> who) {
                shared->waiter = who;
                pool.submit([&loop = pool.loop_, kept = shared] {
                    try {
                        kept->result.emplace(kept->job());
                    } catch (...) {
                        kept->failure = std::current_exception();
                    }
                    loop.post([kept] {
                        if (kept->waiter) kept->waiter.resume();
                    });
                });
            }
            void await_resume() noexcept {}
        };
        if (!has_room()) throw ServiceError(ErrorCode::Unavailable, "too many requests of this kind wait already");
        const auto shared = std::make_shared<Shared>(Shared{std::move(job), {}, {}});
        co_await Awaiter(*this, shared);
        if (shared->failure) std::rethrow_exception(shared->failure);
        co_return std::move(*shared->result);
    }

private:
    bool has_room();
    void submit(std::function<void()> job);
    void work();

    EventLoop& loop_;
    size_t most_waiting_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace matinee::live
