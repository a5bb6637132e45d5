// The tables of accounts. Times are nanoseconds since 1970.
#pragma once

#include "system/ports/sql.hpp"

namespace matinee::accounts {

/// Makes the tables where there are none.
void create_tables(SqlTransaction& tx);
/// The table of ends that the key-value store may not have heard of.
void create_ended_sessions(SqlTransaction& tx);

}  // namespace matinee::accounts
