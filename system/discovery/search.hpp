// Search: the index and what keeps it equal to the catalogue.
//
// - Change events become rows of search_pending, once each, in the transaction that notes them as consumed. Each row is
//   then worked off: read the title as it is now, write it to the index, forget remembered results, delete the row. A
//   crash anywhere repeats the rest, and the index ignores what it has: so it converges.
// - An index that is new (its file was lost, its format changed) is noticed by its epoch and filled again.
// - Results of queries that come a second time are remembered until the index changes or a window opens or ends.
#pragma once

#include "system/caching/list_cache.hpp"
#include "system/catalog/api.hpp"
#include "system/discovery/settings.hpp"
#include "system/ports/event_log.hpp"
#include "system/ports/search.hpp"
#include "system/ports/sql.hpp"

namespace matinee::discovery {

/// {"results":[cards],"total","facets":{"types":[{"value","count"}],"genres":[...],"ratings":[...],"years":[...]}}
struct FoundPage {
    std::string json;
    bool has_more = false;  ///< behind these
};

class Search {
public:
    Search(Random& random, Sql& sql, Kv& kv, EventLog& log, SearchIndex& index, catalog::Source& source,
           const Settings& settings);

    /// Films and series; the query's type is "", "film" or "series".
    Task<FoundPage> search(SearchQuery query);
    /// {"suggestions":[{"title_id","title"}]}
    Task<std::string> suggest(SearchQuery query);

    /// Sees to an index that is not ours yet. Before the first request.
    Task<> prepare();
    /// Follows the catalogue, at most `limit` changes at once; 0 where there was nothing to do.
    Task<size_t> maintain(size_t limit);

private:
    Task<> work_off(SqlRows rows);

    Sql& sql_;
    EventLog& log_;
    SearchIndex& index_;
    catalog::Source& source_;
    Settings settings_;
    ListCache results_;
};

}  // namespace matinee::discovery
