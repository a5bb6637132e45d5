// How long the log keeps what happened: until everybody who follows has read it, and some days more, for those who
// follow from elsewhere. What is about somebody who was erased goes as soon as everybody has read it.
//
// With an event goes the note of each consumer that it applied it. An event that the outbox publishes again after that
// would be applied again, so nothing goes while a follower has yet to read what is nearly as old.
#pragma once

#include <functional>
#include <string>

#include "system/ports/event_log.hpp"
#include "system/ports/sql.hpp"

namespace matinee::events {

struct Settings {
    /// How long an event stays in the log that all followers have read. No source has a figure; it is Kafka's default
    /// (log.retention.hours).
    TimeNs retention = 7 * kDay;
};

/// The table of erasures that are not complete.
void create_erasures(SqlTransaction& tx);

/// From now on nothing goes from the topic before the consumer has read it, also while it has not read anything.
void enrol(SqlTransaction& tx, const std::string& consumer, const std::string& topic);

/// Removes the oldest events that have been kept for long enough, at most `limit` of each topic; how many.
Task<size_t> trim(Sql& sql, EventLog& log, const Settings& settings, TimeNs now, size_t limit);

/// Part of the caller's transaction: what the log has about a key is to go.
void note_erasure(SqlTransaction& tx, const std::string& key, TimeNs now);

/// Does so for at most `limit` keys whose time has come, and says for how many. It comes again and again for a day, for
/// what requests and consumers that were under way still say of the key. What `stays` is kept like everything else:
/// those who follow from elsewhere must hear of the erasure itself.
Task<size_t> erase_noted(Sql& sql, EventLog& log, TimeNs now, size_t limit, std::function<bool(const Event&)> stays);

}  // namespace matinee::events
