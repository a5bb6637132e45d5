// The tables of discovery.
#pragma once

#include "system/ports/sql.hpp"

namespace matinee::discovery {

/// Makes the tables where there are none.
void create_tables(SqlTransaction& tx);

}  // namespace matinee::discovery
