// Consuming many events in one transaction: for counters, whose events are too many for a transaction each.
#pragma once

#include <functional>
#include <string>

#include "system/ports/event_log.hpp"
#include "system/ports/sql.hpp"

namespace matinee::events {

/// As `consume` of outbox.hpp, with one transaction for all that were read: each event once, in the order of the log.
/// What `apply` throws undoes them all; they will be met again.
Task<size_t> consume_together(Sql& sql, EventLog& log, std::string consumer, std::string topic, size_t limit,
                              std::function<void(SqlTransaction&, const Event&)> apply);

}  // namespace matinee::events
