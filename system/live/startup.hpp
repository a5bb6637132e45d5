// What happens on the databases before the loop runs, when nothing has to wait for it.
#pragma once

#include <string>

#include "system/embedded/sqlite_database.hpp"
#include "system/platform/platform.hpp"

namespace matinee::live {

/// For tasks whose databases answer in the caller's turn.
void run_to_end(Task<> task);

/// Brings the tables of the platform up to date and makes sure that they are what its services expect. `database` is
/// the platform's own, in `folder`. Throws MachineError where a newer program wrote it, or one from before there were
/// versions that had other tables.
void prepare(platform::Platform& platform, SqliteDatabase& database, const std::string& folder);

}  // namespace matinee::live
