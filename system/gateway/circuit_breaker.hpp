// A circuit breaker without I/O: time and outcomes in, permission out. Closed, it lets everything through and counts
// failures in a row; from `failures` on it is open and lets nothing through for `rest`; then half open: one call is
// tried, and its outcome closes it (count 0) or opens it again. (GWY-10: 5 failures, 60 s.)
#pragma once

#include "system/base/units.hpp"

namespace matinee::gateway {

struct BreakerSettings {
    int failures = 5;
    TimeNs rest = 60 * kSecond;
};

class CircuitBreaker {
public:
    enum class State : uint8_t { Closed, Open, HalfOpen };

    explicit CircuitBreaker(const BreakerSettings& settings) : settings_(settings) {}

    /// Whether a call may go out now; then exactly one of the next three follows.
    bool allow(TimeNs now) {
        if (state_ == State::Open && now >= open_until_) state_ = State::HalfOpen;
        if (state_ == State::Closed) return true;
        if (state_ == State::Open || trying_) return false;
        return trying_ = true;
    }
    void succeeded() {
        state_ = State::Closed;
        failed_ = 0;
        trying_ = false;
    }
    void failed(TimeNs now) {
        // Calls that went out before it opened may fail later; they say nothing new.
        if (state_ == State::Open) return;
        if (state_ == State::Closed && ++failed_ < settings_.failures) return;
        state_ = State::Open;
        open_until_ = now + settings_.rest;
        trying_ = false;
    }
    /// The caller went away before there was an outcome.
    void abandoned() { trying_ = false; }

    State state() const { return state_; }
    TimeNs open_until() const { return open_until_; }

private:
    BreakerSettings settings_;
    State state_ = State::Closed;
    int failed_ = 0;
    bool trying_ = false;
    TimeNs open_until_ = 0;
};

}  // namespace matinee::gateway
