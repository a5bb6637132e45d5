// The live host's run queue and its clock: one thread that resumes who waited, on Asio. (Asio's own headers stay in
// .cpp files of this room.)
#pragma once

#include <functional>
#include <memory>

#include "system/ports/clock.hpp"

namespace boost::asio {
class io_context;
}

namespace matinee::live {

/// Since the machine was started, also while it was suspended.
TimeNs time_since_boot();

class EventLoop : public Clock {
public:
    /// `elapsed`: a clock that never goes back, from wherever it begins.
    explicit EventLoop(TimeNs (*elapsed)() = time_since_boot);
    ~EventLoop() override;

    /// The wall clock as it stood when the loop was made, and what has elapsed since: an administrator who sets the
    /// time does not expire leases.
    TimeNs now() const override;
    Task<> sleep_until(TimeNs time) override;

    /// Runs `work` on the loop's thread, in the order of the calls. From any thread.
    void post(std::function<void()> work);

    /// Serves until stop(). What a piece of work throws comes out; the loop can be run again.
    void run();
    /// From any thread.
    void stop();

    boost::asio::io_context& context();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace matinee::live
