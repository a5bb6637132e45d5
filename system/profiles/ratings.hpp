// Ratings as the sources spell them: "G", "PG", "PG-13", "R", "TV-MA".
#pragma once

#include <optional>
#include <string_view>

#include "system/catalog/api.hpp"

namespace matinee::profiles {

std::string_view rating_name(catalog::Rating rating);
/// Nothing where there is no such rating.
std::optional<catalog::Rating> rating_of(std::string_view name);

}  // namespace matinee::profiles
