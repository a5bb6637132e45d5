// Titles as JSON: what administrators send, what is stored, what is answered.
//
//   {"title_id":"ttl_...","type":"series","title":"...","synopsis":"...","rating":"PG-13","genres":["drama"],
//    "cast":["..."],"director":"...","release_year":2024,"duration_s":0,"average_rating_hundredths":412,
//    "language":"en","audio_languages":["en"],"subtitle_languages":["en","de"],"artwork":{"poster":"/artwork/..."},
//    "thumbnail_url":"/artwork/...","trailer_url":"...","version":3,
//    "windows":[{"region":"*","from":"2026-01-01T00:00:00.000Z","until":"..."}],
//    "seasons":[{"season":1,"episodes":[{"title_id":"ttl_...","number":1,"title":"...","duration_s":2700}]}]}
//
// An episode has series_id, season and number instead of seasons. A window without `until` stays open.
#pragma once

#include "system/base/json.hpp"
#include "system/catalog/api.hpp"

namespace matinee::catalog {

/// Reads what an administrator sends (no id, no version) or what was stored. Throws ServiceError(InvalidField).
Details details_of(const Json& json);
/// Throws ServiceError(InvalidField) where the trailer or a picture has another scheme than http and https.
void check_addresses(const Details& details);

/// Everything but windows and seasons, without the closing brace.
std::string open_document(const Details& details);
void write_windows(JsonOut& out, const std::vector<Window>& windows);

bool is_open(const std::vector<Window>& windows, const std::string& region, TimeNs at);

/// A copy for the key-value store: what is looked at most often in lines of their own, windows and then the rest of a
/// Title, before the document, which has them too.
std::string packed(const std::vector<Window>& windows, const std::string& document);
struct Unpacked {
    std::vector<Window> windows;
    std::string_view title;     ///< for `title_of`; lives as long as the copy
    std::string_view document;  ///< lives as long as the copy
};
Unpacked unpacked(const std::string& copy);
Title title_of(Unpacked copy);

}  // namespace matinee::catalog
