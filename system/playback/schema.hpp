// The tables of playback. Times are nanoseconds since 1970.
#pragma once

#include "system/ports/sql.hpp"

namespace matinee::playback {

/// Makes the tables where there are none.
void create_tables(SqlTransaction& tx);

}  // namespace matinee::playback
