// The tables of profiles. Times are nanoseconds since 1970.
#pragma once

#include "system/ports/sql.hpp"

namespace matinee::profiles {

/// Makes the tables where there are none.
void create_tables(SqlTransaction& tx);

}  // namespace matinee::profiles
