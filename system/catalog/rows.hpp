// Titles in the tables: shared by what reads and what writes.
#pragma once

#include "system/catalog/api.hpp"
#include "system/ports/sql.hpp"

namespace matinee::catalog {

struct Loaded {
    std::vector<Window> windows;  ///< of an episode that has none: its series'
    std::string document;         ///< the whole of document.hpp
};
enum class Inherit : bool { No, Yes };

std::vector<Window> load_windows(SqlTransaction& tx, const std::string& title_id);
/// Nothing where there is no such title.
std::optional<Loaded> load(SqlTransaction& tx, const std::string& title_id, Inherit inherit);
/// The same as Details, windows inherited.
std::optional<Details> load_details(SqlTransaction& tx, const std::string& title_id);

}  // namespace matinee::catalog
