// The tables of all services over time. What a database has been through stands in its table `schema_versions`; what
// it lacks is applied in order, each step in a transaction with its row, so that whoever dies in between goes on there.
//
// A step is never changed once it has been in a release: what the tables are to be otherwise is a new step at the end,
// for new databases as well as for old ones.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>

#include "system/base/units.hpp"
#include "system/ports/sql.hpp"

namespace matinee::platform {

/// A database that this program cannot use as it is. what() says why, and what to do.
struct SchemaError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Migration {
    int64_t version;  ///< 1, 2, 3, ...
    const char* about;
    void (*apply)(SqlTransaction& tx);
};

/// Ours.
std::span<const Migration> migrations();

/// Applies those that the database lacks; `now` is noted with them. Again is fine. Throws SchemaError where the
/// database has been through more than these: it belongs to a newer program.
Task<> migrate(Sql& sql, std::span<const Migration> steps, TimeNs now);

}  // namespace matinee::platform
