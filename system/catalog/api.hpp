// What the catalogue says to others: titles, and where and for whom they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

/// Events, keyed by title id; their data is {"title_id":"...","version":N}.
inline constexpr const char* kTopic = "catalog";
inline constexpr const char* kChanged = "title.changed";
inline constexpr const char* kRemoved = "title.removed";

}  // namespace matinee::catalog
