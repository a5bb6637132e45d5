// What can be set about profiles.
#pragma once

#include <cstdint>
#include <string>

#include "system/base/units.hpp"
#include "system/catalog/api.hpp"

namespace matinee::profiles {

struct Settings {
    int64_t most_profiles = 5;  ///< of an account (004, "User Service": up to 5)
    /// The strongest rating a kids profile may have. The sources name ratings, but not where childhood ends.
    catalog::Rating kids_rating = catalog::Rating::PG;
    std::string default_language = "en";  ///< of a profile that names none
    int64_t pin_attempts = 5;             ///< wrong PINs in a row before ...
    TimeNs pin_pause = 15 * kMinute;      ///< ... none is taken for so long; then one by one. No source has figures.
    /// How long an erased account is remembered by its id, so that a request which was under way when it went leaves
    /// nothing behind. Longer than any request.
    TimeNs erasure_memory = kDay;
};

}  // namespace matinee::profiles
