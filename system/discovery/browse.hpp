// The home page: rows of titles from several sources. A source that fails costs its row, never the page; the answer
// names the rows that are missing.
#pragma once

#include "system/catalog/api.hpp"
#include "system/discovery/trending.hpp"
#include "system/playback/api.hpp"
#include "system/profiles/api.hpp"

namespace matinee::discovery {

/// Who looks at a page.
struct Viewer {
    catalog::Audience audience;
    std::string profile_id;        ///< empty: nobody in particular
    bool profile_unknown = false;  ///< profiles do not answer: shown is what everybody may see
};

/// The viewer of a request. Throws ServiceError(NotFound) for a profile that is not the user's.
Task<Viewer> viewer_of(profiles::Profiles& profiles, std::string user_id, std::string profile_id, std::string region,
                       TimeNs at, const Settings& settings);

class Browse {
public:
    Browse(catalog::Lists& lists, Trending& trending, playback::WatchRecord& watched, const Settings& settings)
        : lists_(lists), trending_(trending), watched_(watched), settings_(settings) {}

    /// {"rows":[{"row_id":"trending","title":"Trending now","titles":[cards]}],"missing_rows":[]}. Cards of
    /// "continue_watching" have "resume":{"title_id","position_seconds","duration_s"} besides, which names the episode.
    Task<std::string> home(Viewer viewer);

private:
    struct Page;
    Task<> add_row(Page& page, std::string row_id, std::string title, Task<catalog::Cards> source);
    Task<catalog::Cards> continue_watching(catalog::Audience audience, std::string profile_id);

    catalog::Lists& lists_;
    Trending& trending_;
    playback::WatchRecord& watched_;
    Settings settings_;
};

}  // namespace matinee::discovery
