// Calls to others that may be slow, wrong or away: another service, a provider. Every attempt has its own time and the
// caller's deadline over all of them; what fails is tried again while it may be repeated, the retry budget has one and
// the deadline leaves time; and a callee that keeps failing is left alone by its circuit breaker.
//
//     const Charge charge = co_await calls.call(deadline, Repeat::Safe, [&] { return provider.charge(intent); });
//
// One object for each callee, kept as long as the process: what it knows of the callee is in it.
#pragma once

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include "system/gateway/circuit_breaker.hpp"
#include "system/gateway/deadlines.hpp"
#include "system/gateway/retry_budget.hpp"
#include "system/ports/random.hpp"

namespace matinee::gateway {

struct CallSettings {
    TimeNs attempt = 2 * kSecond;  ///< that one attempt may take
    int most_attempts = 3;
    TimeNs first_pause =
        50 * kMillisecond;  ///< before the second attempt; doubles, and a random half of it is left out
    TimeNs longest_pause = kSecond;
    BreakerSettings breaker;
    RetrySettings retries;
};

/// Whether a call whose outcome is unknown may be made again.
enum class Repeat : uint8_t {
    Unsafe,  ///< once; unless it says itself that nothing happened
    Safe,    ///< a read, or the callee recognises it (an idempotency key)
};

class Calls {
public:
    Calls(Clock& clock, Random& random, std::string callee, const CallSettings& settings)
        : clock_(clock),
          random_(random),
          callee_(std::move(callee)),
          settings_(settings),
          breaker_(settings.breaker),
          budget_(settings.retries),
          deadlines_(clock) {}

    /// `make` gives a new Task for each attempt; what it refers to outlives the call. `deadline` is a moment, kNever
    /// for none. Throws what the last attempt threw: the callee's refusal, DeadlineExceeded; or Unavailable where the
    /// circuit is open.
    template <class Make,
              class Result = decltype(std::declval<std::invoke_result_t<Make&>>().operator co_await().await_resume())>
    Task<Result> call(TimeNs deadline, Repeat repeat, Make make) {
        budget_.called();
        for (int attempt = 1;; ++attempt) {
            TimeNs pause = 0;
            Attempt trial(*this);
            try {
                if constexpr (std::is_void_v<Result>) {
                    co_await deadlines_.within(end_of_attempt(deadline), make());
                    trial.succeeded();
                    co_return;
                } else {
                    Result result = co_await deadlines_.within(end_of_attempt(deadline), make());
                    trial.succeeded();
                    co_return std::move(result);
                }
            } catch (const std::exception& error) {
                pause = trial.failed(error, attempt, deadline, repeat);
                if (pause < 0) throw;
            }
            co_await clock_.sleep_until(clock_.now() + pause);
        }
    }

    const CircuitBreaker& breaker() const { return breaker_; }

private:
    /// One attempt as the breaker sees it, also where its task is destroyed.
    class Attempt {
    public:
        /// Throws Unavailable where the circuit is open.
        explicit Attempt(Calls& calls);
        ~Attempt() {
            if (!told_) calls_.breaker_.abandoned();
        }
        Attempt(const Attempt&) = delete;
        Attempt& operator=(const Attempt&) = delete;
        void succeeded();
        /// The pause before the next attempt; less than 0 where there is none.
        TimeNs failed(const std::exception& error, int attempt, TimeNs deadline, Repeat repeat);

    private:
        Calls& calls_;
        bool told_ = false;
    };
    TimeNs end_of_attempt(TimeNs deadline) const { return std::min(deadline, clock_.now() + settings_.attempt); }
    TimeNs pause_after(int attempt);

    Clock& clock_;
    Random& random_;
    std::string callee_;
    CallSettings settings_;
    CircuitBreaker breaker_;
    RetryBudget budget_;
    Deadlines deadlines_;
};

}  // namespace matinee::gateway
