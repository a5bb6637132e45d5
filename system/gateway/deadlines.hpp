// Deadlines of tasks: whoever is not done by then is destroyed, innermost await first, and its caller gets
// ServiceError(DeadlineExceeded). One sleeper of the clock serves all of them, and a task that never waits costs
// nothing.
#pragma once

#include <coroutine>
#include <map>
#include <optional>
#include <utility>

#include "system/base/service_error.hpp"
#include "system/base/task.hpp"
#include "system/ports/clock.hpp"

namespace matinee::gateway {

class Deadlines {
public:
    explicit Deadlines(Clock& clock) : clock_(clock) {}
    Deadlines(const Deadlines&) = delete;
    Deadlines& operator=(const Deadlines&) = delete;

    /// To be awaited: gives what the task gives, or throws ServiceError(DeadlineExceeded) at `deadline`.
    template <class T>
    auto within(TimeNs deadline, Task<T> task) {
        return Awaiter<T>(*this, deadline, std::move(task));
    }
    /// Tasks that wait now.
    size_t waiting() const { return waiters_.size(); }

private:
    using Key = std::pair<TimeNs, uint64_t>;

    class Waiter {
    public:
        Waiter(Deadlines& owner, TimeNs deadline) : owner_(owner), deadline_(deadline) {}
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        virtual ~Waiter() { leave(); }
        virtual void destroy_task() = 0;

    protected:
        friend class Deadlines;
        void leave() {
            if (listed_) owner_.waiters_.erase(place_);
            listed_ = false;
        }
        Deadlines& owner_;
        TimeNs deadline_;
        std::coroutine_handle<> caller_;
        std::map<Key, Waiter*>::iterator place_;
        bool listed_ = false;
        bool expired_ = false;
    };

    template <class T>
    class Awaiter : public Waiter {
    public:
        Awaiter(Deadlines& owner, TimeNs deadline, Task<T> task) : Waiter(owner, deadline), task_(std::move(task)) {}
        bool await_ready() const noexcept { return false; }
        bool await_suspend(std::coroutine_handle<> caller) {
            inner_.emplace(std::move(task_).operator co_await());
            if (!inner_->await_suspend(caller)) return false;
            this->caller_ = caller;
            this->owner_.add(*this);
            return true;
        }
        T await_resume() {
            this->leave();
            if (this->expired_) throw ServiceError(ErrorCode::DeadlineExceeded);
            return inner_->await_resume();
        }
        void destroy_task() override { task_.reset(); }

    private:
        Task<T> task_;
        std::optional<decltype(std::declval<Task<T>>().operator co_await())> inner_;
    };

    void add(Waiter& waiter);
    void expire();
    Task<> watch();

    Clock& clock_;
    std::map<Key, Waiter*> waiters_;
    uint64_t next_number_ = 0;
    TimeNs watching_until_ = kNever;  ///< when the sleeper wakes; kNever where it does not sleep
    bool expiring_ = false;
    Task<> watch_;
};

}  // namespace matinee::gateway
