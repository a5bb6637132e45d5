// The transactional outbox, and its other end. A service writes an event into its own database in the transaction that
// makes the event true; a pump publishes what stands there to the log and then strikes it off. A crash in between
// publishes twice, never not at all. A consumer notes which events it applied in the transaction that applies them, so
// twice is once.
#pragma once

#include <functional>
#include <string>

#include "system/ports/event_log.hpp"
#include "system/ports/sql.hpp"

namespace matinee::events {

/// Makes the tables of this room where there are none.
void create_tables(SqlTransaction& tx);
/// The next step: the outbox counts its rows itself.
void count_rows(SqlTransaction& tx);

/// Part of the caller's transaction.
void append(SqlTransaction& tx, const Event& event);

/// How many events wait there to be published, without counting them: they are numbered in a row, and go from its
/// beginning.
int64_t unpublished(SqlTransaction& tx);

/// Publishes at most `limit` events of the outbox, oldest first; how many. One pump at a time for one database: two
/// would keep every promise but the order.
Task<size_t> pump(Sql& sql, EventLog& log, size_t limit);

/// Applies at most `limit` further events of a topic, some dozens to a transaction, and says how many it read. `apply`
/// runs in the consumer's database and sees each event once, in the order of the log, however often it stands there.
/// What `apply` throws comes out, after the events before it were applied; the event will be met again.
Task<size_t> consume(Sql& sql, EventLog& log, std::string consumer, std::string topic, size_t limit,
                     std::function<void(SqlTransaction&, const Event&)> apply);

/// The same with one transaction for all that were read: for counters, whose events are too many for one each. What
/// `apply` throws undoes them all; they will be met again.
Task<size_t> consume_together(Sql& sql, EventLog& log, std::string consumer, std::string topic, size_t limit,
                              std::function<void(SqlTransaction&, const Event&)> apply);

}  // namespace matinee::events
