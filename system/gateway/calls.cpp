#include "system/gateway/calls.hpp"

#include "system/ports/sql.hpp"

namespace matinee::gateway {

namespace {

struct Failure {
    bool of_callee = false;     ///< it did not do its work; otherwise it answered, if with a refusal
    bool nothing_done = false;  ///< it says so itself
};

Failure failure_of(const std::exception& error) {
    if (const auto* const refused = dynamic_cast<const ServiceError*>(&error)) {
        const bool away = refused->code == ErrorCode::Unavailable || refused->code == ErrorCode::RateLimited;
        return {.of_callee = away || info_of(refused->code).status >= 500, .nothing_done = away};
    }
    return {.of_callee = true, .nothing_done = false};
}

}  // namespace

Calls::Attempt::Attempt(Calls& calls) : calls_(calls) {
    if (calls_.breaker_.allow(calls_.clock_.now())) return;
    throw ServiceError(ErrorCode::Unavailable, calls_.callee_ + " does not answer; it is left alone for a while");
}

void Calls::Attempt::succeeded() {
    told_ = true;
    calls_.breaker_.succeeded();
}

TimeNs Calls::Attempt::failed(const std::exception& error, int attempt, TimeNs deadline, Repeat repeat) {
    const Failure failure = failure_of(error);
    if (!failure.of_callee) {
        succeeded();
        return -1;
    }
    told_ = true;
    const TimeNs now = calls_.clock_.now();
    calls_.breaker_.failed(now);
    const bool may_repeat = repeat == Repeat::Safe || failure.nothing_done;
    if (!may_repeat || attempt >= calls_.settings_.most_attempts) return -1;
    const TimeNs pause = calls_.pause_after(attempt);
    if (now + pause >= deadline || !calls_.budget_.retry()) return -1;
    return pause;
}

TimeNs Calls::pause_after(int attempt) {
    TimeNs whole = settings_.first_pause;
    for (int i = 1; i < attempt && whole < settings_.longest_pause; ++i) whole *= 2;
    whole = std::min(whole, settings_.longest_pause);
    uint64_t drawn = 0;
    for (const char c : random_.bytes(4)) drawn = drawn << 8 | uint8_t(c);
    const auto half_us = uint64_t(whole / 2 / kMicrosecond);
    return whole / 2 + TimeNs(half_us * drawn >> 32) * kMicrosecond;
}

}  // namespace matinee::gateway
