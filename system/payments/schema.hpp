// The tables of payments. Times are nanoseconds since 1970, money is minor units.
#pragma once

#include "system/ports/sql.hpp"

namespace matinee::payments {

/// Makes the tables where there are none.
void create_tables(SqlTransaction& tx);

}  // namespace matinee::payments
