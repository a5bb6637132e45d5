// What is watched most these days: plays counted by the hour, each worth half as much with every day that it is old,
// for a week. Integers, so that the order never depends on the machine. An episode counts for its series.
#pragma once

#include "system/caching/list_cache.hpp"
#include "system/catalog/api.hpp"
#include "system/discovery/settings.hpp"
#include "system/ports/event_log.hpp"
#include "system/ports/sql.hpp"

namespace matinee::discovery {

class Trending {
public:
    Trending(Clock& clock, Random& random, Sql& sql, Kv& kv, EventLog& log, catalog::Lists& lists,
             const Settings& settings);

    /// The most trending first; at most 100 in all.
    Task<catalog::Cards> top(catalog::Audience audience, size_t offset, size_t limit);

    /// Counts at most `limit` further plays; how many.
    Task<size_t> maintain(size_t limit);
    /// Deletes at most `limit` rows of hours that count no more; how many.
    Task<size_t> forget_old(size_t limit);

private:
    Task<std::vector<std::string>> ranked(catalog::Audience audience);

    Clock& clock_;
    Sql& sql_;
    EventLog& log_;
    catalog::Lists& lists_;
    Settings settings_;
    ListCache remembered_;
};

}  // namespace matinee::discovery
