// The one queue of the reference: everything that is going to happen anywhere, in order. An event that is superseded is
// removed; a message is an event at its receiver.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>

#include "system/base/units.hpp"

namespace matinee::reference {

/// At one instant and process: the books are closed, then messages are read, then its own events happen.
enum class Stage : uint8_t { Books, Message, Event };

/// A process's own events, in their order at one instant.
enum class Kind : uint32_t { Fault, Telemetry, Tick, PrefillWake, Arrival, FillTimeout, ForeignEnds, Viewer };

/// When something happens, and which thing it is: no two are equal.
struct When {
    TimeNs time = 0;
    uint32_t process = 0;
    Stage stage = Stage::Event;
    uint32_t first = 0;   ///< Books: 0, what is closed, 1, what is given back; Message: the sender; Event: its Kind
    uint64_t second = 0;  ///< Message: how many the sender had sent before; else: number of what it concerns
    uint64_t third = 0;   ///< tells events apart that may be pending twice

    auto operator<=>(const When&) const = default;
};

class Queue {
public:
    using Action = std::function<void()>;

    void add(const When& when, Action action) {
        if (when.time < now_) throw std::logic_error("an event in the past");
        if (!pending_.emplace(when, std::move(action)).second) throw std::logic_error("the same event twice");
    }

    void remove(const When& when) {
        if (pending_.erase(when) != 1) throw std::logic_error("an event that is not pending");
    }

    /// Lets the next thing happen; false if there is none before `end`.
    bool run_next(TimeNs end) {
        if (pending_.empty() || pending_.begin()->first.time >= end) return false;
        const auto next = pending_.extract(pending_.begin());
        now_ = next.key().time;
        next.mapped()();
        return true;
    }

    /// Time has come to its end: what is still pending does not happen.
    void end_at(TimeNs end) { now_ = end; }

    TimeNs now() const { return now_; }

private:
    std::map<When, Action> pending_;
    TimeNs now_ = 0;
};

}  // namespace matinee::reference
