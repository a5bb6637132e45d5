#include "system/profiles/ratings.hpp"

namespace matinee::profiles {

static constexpr std::string_view kNames[] = {"G", "PG", "PG-13", "R", "TV-MA"};

std::string_view rating_name(catalog::Rating rating) { return kNames[size_t(rating)]; }

std::optional<catalog::Rating> rating_of(std::string_view name) {
    for (size_t i = 0; i < std::size(kNames); ++i)
        if (kNames[i] == name) return catalog::Rating(i);
    return std::nullopt;
}

}  // namespace matinee::profiles
