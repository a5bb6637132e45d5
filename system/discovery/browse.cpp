#include "system/discovery/browse.hpp"

#include <algorithm>
#include <set>

#include "system/base/json.hpp"
#include "system/base/service_error.hpp"

namespace matinee::discovery {

/// What a source may say that is not a mistake in this code.
static bool is_failure_of_source(const ServiceError& error) { return info_of(error.code).status >= 500; }

Task<Viewer> viewer_of(profiles::Profiles& profiles, std::string user_id, std::string profile_id, std::string region,
                       TimeNs at, const Settings& settings) {
    Viewer viewer;
    viewer.audience.region = std::move(region);
    viewer.audience.at = at;
    viewer.profile_id = profile_id;
    if (profile_id.empty()) co_return viewer;
    try {
        const profiles::Profile profile = co_await profiles.of_user(user_id, profile_id);
        viewer.audience.strongest_rating = profile.is_kids_profile
                                               ? std::min(profile.strongest_rating, settings.strongest_for_kids)
                                               : profile.strongest_rating;
        co_return viewer;
    } catch (const ServiceError& error) {
        if (!is_failure_of_source(error)) throw;
    } catch (const SqlError&) {
    }
    viewer.audience.strongest_rating = catalog::Rating::G;  // it might be a child
    viewer.profile_unknown = true;
    co_return viewer;
}

struct Browse::Page {
    JsonOut rows;
    std::vector<std::string> missing;
};

Task<> Browse::add_row(Page& page, std::string row_id, std::string title, Task<catalog::Cards> source) {
    try {
        const catalog::Cards cards = co_await std::move(source);
        if (cards.count == 0) co_return;
        page.rows.object().text("row_id", row_id).text("title", title).key("titles").raw(cards.json).end();
        co_return;
    } catch (const ServiceError& error) {
        // A genre whose last title has just gone is no failure, only a row less.
        if (error.code == ErrorCode::NotFound) co_return;
        if (!is_failure_of_source(error)) throw;
    } catch (const SqlError&) {
    }
    page.missing.push_back(row_id);
}

Task<catalog::Cards> Browse::continue_watching(catalog::Audience audience, std::string profile_id) {
    const std::vector<playback::Progress> begun = co_await watched_.unfinished(profile_id, settings_.row_length);
    std::vector<std::string> ids;
    for (const playback::Progress& progress : begun) ids.push_back(progress.title_id);
    const std::vector<catalog::Card> found = co_await lists_.cards(audience, std::move(ids));
    catalog::Cards cards;
    std::set<std::string> seen;  // of a series only the episode watched last
    cards.json = "[";
    for (const catalog::Card& card : found) {
        const auto progress = std::find_if(
            begun.begin(), begun.end(), [&](const playback::Progress& one) { return one.title_id == card.asked_for; });
        if (progress == begun.end() || !seen.insert(card.title_id).second) continue;
        JsonOut resume;
        resume.object().text("title_id", progress->title_id).integer("position_seconds", progress->position_s);
        resume.integer("duration_s", progress->duration_s).end();
        cards.json += (cards.count == 0 ? "" : ",") + card.json.substr(0, card.json.size() - 1) +
                      ",\"resume\":" + resume.take() + "}";
        ++cards.count;
    }
    cards.json += "]";
    co_return cards;
}

/// "science-fiction" as people write it: "Science fiction".
static std::string heading_of(std::string genre) {
    std::replace(genre.begin(), genre.end(), '-', ' ');
    if (!genre.empty() && genre[0] >= 'a' && genre[0] <= 'z') genre[0] = char(genre[0] - 'a' + 'A');
    return genre;
}

Task<std::string> Browse::home(Viewer viewer) {
    const catalog::Audience& audience = viewer.audience;
    const size_t length = settings_.row_length;
    Page page;
    page.rows.object().key("rows").array();
    if (!viewer.profile_id.empty() && !viewer.profile_unknown)
        co_await add_row(page, "continue_watching", "Continue watching",
                         continue_watching(audience, viewer.profile_id));
    if (viewer.profile_unknown) page.missing.push_back("continue_watching");
    co_await add_row(page, "trending", "Trending now", trending_.top(audience, 0, length));
    co_await add_row(page, "new_releases", "New releases", lists_.newest(audience, 0, length));
    std::vector<catalog::GenreCount> genres;
    try {
        genres = co_await lists_.genres(audience);
    } catch (const SqlError&) {
        page.missing.push_back("genres");
    } catch (const ServiceError& error) {
        if (!is_failure_of_source(error)) throw;
        page.missing.push_back("genres");
    }
    for (size_t i = 0; i < std::min(genres.size(), settings_.genre_rows); ++i) {
        const std::string& genre = genres[i].genre;
        co_await add_row(page, "genre:" + genre, heading_of(genre), lists_.of_genre(audience, genre, 0, length));
    }
    page.rows.end().key("missing_rows").array();
    for (const std::string& row : page.missing) page.rows.text(row);
    co_return page.rows.end().end().take();
}

}  // namespace matinee::discovery
