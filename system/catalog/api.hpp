// What the catalogue says to others: titles, and where and for whom they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "system/base/task.hpp"
#include "system/base/units.hpp"

namespace matinee::catalog {

enum class TitleType : uint8_t { Film, Series, Episode };
/// From the mildest to the strongest, as the sources name them.
enum class Rating : uint8_t { G, PG, PG13, R, TVMA };

/// Where a title may be watched, and when: from `from` on, before `until`.
struct Window {
    std::string region;  ///< ISO 3166-1 alpha-2, or "*" for everywhere
    TimeNs from = 0;
    TimeNs until = kNever;
};

struct Title {
    std::string title_id;
    std::string title;
    TitleType type = TitleType::Film;
    Rating rating = Rating::G;
    int64_t duration_s = 0;  ///< 0 for a series
    std::string series_id;   ///< of an episode
    int64_t season = 0;      ///< of an episode, from 1
    int64_t number = 0;      ///< of an episode within its season, from 1
    std::vector<Window> windows;
};

bool is_available(const Title& title, const std::string& region, TimeNs at);

class Titles {
public:
    virtual ~Titles() = default;
    /// Nothing where there is no such title.
    virtual Task<std::optional<Title>> find(std::string title_id) = 0;
    /// The episodes of a series in the order in which they are watched; none where it is no series.
    virtual Task<std::vector<Title>> episodes(std::string series_id) = 0;
};

/// Everything about a title.
struct Details : Title {
    std::string synopsis;
    std::vector<std::string> genres;  ///< in lower case, words joined by "-": "science-fiction"
    std::vector<std::string> cast;
    std::string director;
    int64_t release_year = 0;
    int64_t average_rating_hundredths = 0;  ///< of 1 to 5 stars: 100 to 500; 0: nobody has rated it
    std::string language;                   ///< BCP 47, of the original
    std::vector<std::string> audio_languages;
    std::vector<std::string> subtitle_languages;
    std::vector<std::pair<std::string, std::string>> artwork;  ///< kind ("poster", "backdrop") and path
    std::string trailer_url;
    int64_t version = 0;  ///< grows with every change of the title itself
};

/// Who looks: nobody is shown what he may not watch.
struct Audience {
    std::string region;
    Rating strongest_rating = Rating::TVMA;
    TimeNs at = 0;
};

/// Titles as lists show them: a JSON array of cards, ready to be sent.
struct Cards {
    std::string json = "[]";
    size_t count = 0;
    bool has_more = false;  ///< behind these
};

/// A title as lists show it: {"title_id","title","type","rating","genres","release_year","duration_s",
/// "average_rating_hundredths","thumbnail_url"}.
struct Card {
    std::string asked_for;  ///< the id that led to it: its own or one of its episodes'
    std::string title_id;   ///< of a film or a series
    std::string json;
};

struct GenreCount {
    std::string genre;
    int64_t titles = 0;
};

/// Films and series for an audience. Lists are remembered for a while, and forgotten when the catalogue changes or a
/// window opens or ends.
class Lists {
public:
    virtual ~Lists() = default;
    /// What became available last comes first.
    virtual Task<Cards> newest(Audience audience, size_t offset, size_t limit) = 0;
    /// The best rated first. Throws ServiceError(NotFound) for a genre that no title has.
    virtual Task<Cards> of_genre(Audience audience, std::string genre, size_t offset, size_t limit) = 0;
    /// Titles that share genres and people with this one (an episode: with its series), the most first. Throws
    /// ServiceError(NotFound).
    virtual Task<Cards> similar(Audience audience, std::string title_id, size_t limit) = 0;
    /// Those with most titles first.
    virtual Task<std::vector<GenreCount>> genres(Audience audience) = 0;
    /// Of those titles that are there for the audience, in the order given; of an episode that of its series.
    virtual Task<std::vector<Card>> cards(Audience audience, std::vector<std::string> title_ids) = 0;
    /// Another one after every change: for who remembers something that was made of cards.
    virtual Task<std::string> generation() = 0;
};

/// For those who follow the events: the catalogue as it is now, not as anybody remembers it.
class Source {
public:
    virtual ~Source() = default;
    virtual Task<std::optional<Details>> current(std::string title_id) = 0;
    /// Ids of titles and their versions, in the order of the ids, behind one.
    virtual Task<std::vector<std::pair<std::string, int64_t>>> versions(std::string after, size_t limit) = 0;
};

const char* name_of(TitleType type);  ///< "film", "series", "episode"
const char* name_of(Rating rating);   ///< "G", "PG", "PG-13", "R", "TV-MA"
std::optional<Rating> rating_of(std::string_view name);
std::string card_of(const Details& details);
/// A genre as Details has it: "Science Fiction" is "science-fiction".
std::string genre_key(std::string name);

/// Events, keyed by title id; their data is {"title_id":"...","version":N}.
inline constexpr const char* kTopic = "catalog";
inline constexpr const char* kChanged = "title.changed";
inline constexpr const char* kRemoved = "title.removed";

}  // namespace matinee::catalog
