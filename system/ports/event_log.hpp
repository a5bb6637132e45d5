// Port: the log of what happened, for other services to follow. Services do not write to it: they put events into their
// outbox in the transaction that makes them true (system/events), from where they are published.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/base/task.hpp"
#include "system/base/units.hpp"

namespace matinee {

struct Event {
    std::string event_id;  ///< by which consumers know what they have seen
    std::string topic;     ///< "accounts"
    std::string type;      ///< "account.registered"
    std::string key;       ///< whom it is about; events with one key keep their order
    TimeNs at = 0;         ///< when it became true
    std::string data;      ///< JSON

    friend bool operator==(const Event&, const Event&) = default;
};

struct LoggedEvent {
    int64_t position = 0;  ///< in its topic; grows, not without gaps; never 0
    Event event;
};

class EventLog {
public:
    virtual ~EventLog() = default;

    /// Appends in the order given. All are durable when it comes back; where it throws, any of them may be. At least
    /// once: an event that is published again may stand in the log again.
    virtual Task<> publish(std::vector<Event> events) = 0;
    /// The events of a topic behind a position (0: from the beginning), oldest first, at most `limit` (at least 1).
    virtual Task<std::vector<LoggedEvent>> read(std::string topic, int64_t after, size_t limit) = 0;
    /// The same of those that have a key.
    virtual Task<std::vector<LoggedEvent>> read_about(std::string topic, std::string key, int64_t after,
                                                      size_t limit) = 0;

    /// Those that have events, in alphabetical order.
    virtual Task<std::vector<std::string>> topics() = 0;
    /// Takes events out of a topic for good: all of them or none; those that are gone already are fine. Their
    /// positions are never given to others.
    virtual Task<> remove(std::string topic, std::vector<int64_t> positions) = 0;
};

}  // namespace matinee
