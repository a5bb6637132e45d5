// How viewers find something to watch: home, trending, new releases, genres, search. Owns no truth: titles are the
// catalogue's, plays are playback's, who watches is profiles'.
#pragma once

#include "system/discovery/browse.hpp"
#include "system/discovery/search.hpp"

namespace matinee::discovery {

/// What it needs of the others and of the host.
struct Sources {
    catalog::Lists& lists;
    catalog::Source& source;
    profiles::Profiles& profiles;
    playback::WatchRecord& watched;
};

class Discovery {
public:
    Discovery(Clock& clock, Random& random, Sql& sql, Kv& kv, EventLog& log, SearchIndex& index, const Sources& sources,
              const Settings& settings)
        : clock_(clock),
          sources_(sources),
          settings_(settings),
          search_(random, sql, kv, log, index, sources.source, settings),
          trending_(clock, random, sql, kv, log, sources.lists, settings),
          browse_(sources.lists, trending_, sources.watched, settings) {}

    Clock& clock() { return clock_; }
    const Sources& sources() const { return sources_; }
    const Settings& settings() const { return settings_; }
    Search& search() { return search_; }
    Trending& trending() { return trending_; }
    Browse& browse() { return browse_; }

    /// Before the first request.
    Task<> prepare() { return search_.prepare(); }
    /// Follows the events of the catalogue, at most `limit`, and of playback, at most 50 times that; 0 where there was
    /// nothing to do.
    Task<size_t> maintain(size_t limit);

private:
    Clock& clock_;
    Sources sources_;
    Settings settings_;
    Search search_;
    Trending trending_;
    Browse browse_;
};

}  // namespace matinee::discovery
