// The tables of the catalogue.
#pragma once

#include "system/ports/sql.hpp"

namespace matinee::catalog {

/// Makes the tables where there are none.
void create_tables(SqlTransaction& tx);

}  // namespace matinee::catalog
