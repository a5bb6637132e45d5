// How many retries a caller may add to a callee's load, without I/O: each call earns a share of one, each retry costs
// one. A callee that fails now and then is retried every time; one that fails altogether sees its load grow by the
// share and no more, instead of by the number of attempts. (Google, Site Reliability Engineering, chapter 21: 10 %.)
#pragma once

#include <algorithm>
#include <cstdint>

namespace matinee::gateway {

struct RetrySettings {
    int64_t percent = 10;     ///< retries to calls, over time
    int64_t most_saved = 10;  ///< retries that a good time may save up; also what there is at the beginning
};

class RetryBudget {
public:
    explicit RetryBudget(const RetrySettings& settings) : settings_(settings), balance_(100 * settings.most_saved) {}

    void called() { balance_ = std::min(balance_ + settings_.percent, 100 * settings_.most_saved); }
    /// Takes one retry where there is one.
    bool retry() {
        if (balance_ < 100) return false;
        balance_ -= 100;
        return true;
    }

private:
    RetrySettings settings_;
    int64_t balance_;  ///< in hundredths of a retry
};

}  // namespace matinee::gateway
