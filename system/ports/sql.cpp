#include "system/ports/sql.hpp"

#include <algorithm>

namespace matinee {

TimeNs earliest(SqlTransaction& tx, std::initializer_list<std::string_view> queries, TimeNs parameter) {
    TimeNs found = kNever;
    for (const std::string_view sql : queries)
        if (const auto row = tx.find(sql, parameter); row && !row->is_null(0)) found = std::min(found, row->integer(0));
    return found;
}

}  // namespace matinee
