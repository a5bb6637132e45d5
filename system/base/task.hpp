// Task<T>: a coroutine that computes a T, or throws, once somebody awaits it. Services that wait (database, payment
// provider, another service) are written as such coroutines over ports; the host decides what waiting means.
//
//     Task<Account> load(std::string id) { co_return co_await store_.find(id); }
//
// - Lazy: nothing runs before `co_await task`, or `start()` for the root that a host keeps.
// - One thread: a task, what it awaits and who resumes it belong to one thread. Nothing here is atomic.
// - Exceptions: what the body throws comes out of the `co_await`, or out of `take()` of a root.
// - Stack: no symmetric transfer. It is a tail call only where the compiler makes it one, and at -O0 and under the
// address
//   sanitizer a loop over tasks that need not wait would overflow the stack. Here a child that finishes at once returns
//   to its parent by a plain return, and one that waited resumes its parent from its end: the stack grows with the
//   depth of awaits, never with their number.
// - Cancellation: destroying a suspended task destroys what it awaits, innermost first; destructors run, nothing after
// the
//   `co_await` does. Who suspends a coroutine (timer, queue, other thread) must forget its handle when the awaiter is
//   destroyed, and must resume from its own loop, never from inside await_suspend. That is how a host drops a request
//   whose client went away, and how the simulator crashes a process between two awaits. A task must not destroy itself.
// - Parameters: a coroutine keeps copies of what it takes by value and only references to the rest, so whoever calls
// one
//   keeps what it refers to alive until it is done; `co_await f(temporary)` does, because the awaiting frame holds
//   both.
#pragma once

#include <cassert>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "system/base/frame_pool.hpp"

namespace matinee {

template <class T = void>
class Task;

namespace internal {

struct TaskPromiseBase {
    std::coroutine_handle<> caller;
    std::exception_ptr error;
    bool caller_waits = false;  ///< the caller is suspended and must be resumed; false while it still runs below us

    static void* operator new(size_t size) { return FramePool::take(size); }
    static void operator delete(void* frame, size_t size) noexcept { FramePool::give(frame, size); }

    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> self) noexcept {
            const TaskPromiseBase& promise = self.promise();
            if (promise.caller_waits) promise.caller.resume();  // which may destroy `self`: nothing may follow
        }
        void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept { error = std::current_exception(); }
};

template <class T>
struct TaskPromise : TaskPromiseBase {
    std::optional<T> value;
    Task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& result) {
        value.emplace(std::forward<U>(result));
    }
    T take() {
        if (error) std::rethrow_exception(error);
        return std::move(*value);
    }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
    Task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take() const {
        if (error) std::rethrow_exception(error);
    }
};

}  // namespace internal

template <class T>
class [[nodiscard]] Task {
public:
    using promise_type = internal::TaskPromise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    Task() noexcept = default;
    explicit Task(Handle handle) noexcept : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            reset();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() { reset(); }

    /// Destroys the coroutine; where it is suspended, that cancels it.
    void reset() {
        if (handle_) std::exchange(handle_, {}).destroy();
    }
    explicit operator bool() const { return bool(handle_); }

    /// Runs a root until it waits for the first time or ends. Once.
    void start() {
        assert(handle_ && !handle_.done());
        handle_.resume();
    }
    bool done() const { return handle_ && handle_.done(); }
    /// The value of a root that is done, or what it threw. Once.
    T take() {
        assert(done());
        return handle_.promise().take();
    }

    auto operator co_await() && noexcept {
        struct Awaiter {
            Handle child;
            bool await_ready() const noexcept { return false; }
            bool await_suspend(std::coroutine_handle<> caller) {
                child.resume();
                if (child.done()) return false;  // the caller goes on without having been suspended
                child.promise().caller = caller;
                child.promise().caller_waits = true;
                return true;
            }
            T await_resume() { return child.promise().take(); }
        };
        return Awaiter{handle_};
    }

private:
    Handle handle_;
};

namespace internal {

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
    return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
    return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

}  // namespace internal

}  // namespace matinee
