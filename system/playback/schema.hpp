// The tables of playback. Times are nanoseconds since 1970.
#pragma once

#include "system/ports/sql.hpp"

namespace matinee::playback {

/// Makes the tables where there are none.
void create_tables(SqlTransaction& tx);
/// The next step: rows of streams lie in the order (user_id, started_at, token), so that what a start asks about its
/// account stands where its own row goes, and needs no index.
void keep_streams_by_user(SqlTransaction& tx);

}  // namespace matinee::playback
