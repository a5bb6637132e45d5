// What can be set about the catalogue.
#pragma once

#include <string>

#include "system/base/units.hpp"

namespace matinee::catalog {

struct Settings {
    /// How long the key-value store may keep a title. 003 'Caching Strategy': `video:metadata:{id}`, 1 hour.
    TimeNs title_memory = kHour;
    /// How long it may keep a list. 003 'Caching Strategy': repeated queries, 10 minutes.
    TimeNs list_memory = 10 * kMinute;
    /// Where a viewer is of whom nothing is known. None of the sources says.
    std::string default_region = "US";
};

}  // namespace matinee::catalog
