// Fills a folder of databases with the demo catalogue.
#pragma once

#include "system/live/config.hpp"

namespace matinee::live {

struct Seeded {
    size_t titles = 0;    ///< of the demo catalogue, films and series
    size_t episodes = 0;  ///< of it
    size_t added = 0;     ///< of all these; the others were there already, or an administrator has removed them
};

/// Imports and indexes. A server may run on the folder at the same time. Throws MachineError.
Seeded seed_demo(const Config& config);

}  // namespace matinee::live
