// What can be set about finding titles.
#pragma once

#include "system/base/units.hpp"
#include "system/catalog/api.hpp"

namespace matinee::discovery {

struct Settings {
    /// How long results of a search may be remembered. 003 `search:results:*` and 004 'Search Optimizations': 5
    /// minutes.
    TimeNs search_memory = 5 * kMinute;
    /// How long the trending list may be. 002 section 6.2 caches `trending_list`, without a figure.
    TimeNs trending_memory = kMinute;
    /// How many titles a search may suggest. 004 'Deep Dives 5': 5.
    size_t suggestions = 5;
    /// What a kids profile may see at most. 004 has the ratings and the flag, but no rule; so has none of the others.
    catalog::Rating strongest_for_kids = catalog::Rating::PG;
    size_t row_length = 20;  ///< titles in a row of home; 004 `limit=20`
    size_t genre_rows = 6;   ///< rows of home for the largest genres
};

}  // namespace matinee::discovery
