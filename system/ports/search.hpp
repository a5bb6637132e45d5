// Port: full-text search. The index is a copy of what another store has: it may be behind, and it may be lost and be
// made again, never the other way round.
//
// What every adapter promises
// - Words match whatever their case, accents and English endings ("stranger" finds "Strangers"), by their beginning
//   ("strang"), and, where a word is not in the index, by at most two edits (insertion, deletion, substitution, swap of
//   neighbours): none in words of up to 2 letters, one up to 5, two beyond, as Elasticsearch's fuzziness AUTO has it.
//   All words of a query must match, each in any field.
// - Order: bm25 with a hit in the title counting three times, in people and genres twice (the sources' boosts), then
//   `boost_permille`; ties by id.
// - Any text is a query. It is words, never an expression, and its cost is bounded: only the first 8 words count, and
//   only the first 1,000 hits are counted, paged and broken down by facet.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "system/base/task.hpp"
#include "system/base/units.hpp"

namespace matinee {

struct SearchWindow {
    std::string region;  ///< "*": everywhere
    TimeNs from = 0;
    TimeNs until = kNever;
};

struct SearchDocument {
    std::string id;
    int64_t version = 0;
    std::string title;
    std::vector<std::string> people;
    std::vector<std::string> genres;  ///< found by their words, filtered as a whole
    std::string description;
    std::string type;
    int64_t level = 0;  ///< who may see it: queries say how high they may go
    int64_t year = 0;
    int64_t boost_permille = 0;  ///< how much higher than its words alone would put it
    std::vector<SearchWindow> windows;
    std::string stored;  ///< comes back with a hit, as it is
};

struct SearchQuery {
    std::string text;
    std::string type;   ///< empty: all
    std::string genre;  ///< empty: all
    int64_t least_level = 0;
    int64_t most_level = INT64_MAX;
    int64_t from_year = 0;
    int64_t to_year = INT64_MAX;
    std::string region;
    TimeNs at = 0;
    size_t offset = 0;
    size_t limit = 20;
};

struct SearchHit {
    std::string id;
    std::string stored;
};

struct SearchFacet {
    std::string value;
    int64_t count = 0;
    friend bool operator==(const SearchFacet&, const SearchFacet&) = default;
};

struct SearchAnswer {
    std::vector<SearchHit> hits;
    int64_t total = 0;                ///< at most 1,000
    std::vector<SearchFacet> types;   ///< of all hits: the most frequent first
    std::vector<SearchFacet> genres;  ///< the same
    std::vector<SearchFacet> levels;  ///< the same, as numbers
    std::vector<SearchFacet> years;
    TimeNs valid_until = kNever;      ///< a window opens or ends then
};

struct SearchSuggestion {
    std::string id;
    std::string title;
};

class SearchIndex {
public:
    virtual ~SearchIndex() = default;

    /// Adds or replaces documents, all or none. One that the index has in the same or a newer version, or whose removal
    /// in such a version it has seen, changes nothing: what arrives late or twice does no harm.
    virtual Task<> put(std::vector<SearchDocument> documents) = 0;
    virtual Task<> remove(std::string id, int64_t version) = 0;

    virtual Task<SearchAnswer> search(SearchQuery query) = 0;
    /// Documents whose title has the words, for somebody who is still typing: those whose title begins with the text
    /// first. At most `limit`; the offset is ignored.
    virtual Task<std::vector<SearchSuggestion>> suggest(SearchQuery query) = 0;

    /// Ids and versions of the documents, in the order of the ids, behind one.
    virtual Task<std::vector<std::pair<std::string, int64_t>>> contents(std::string after, size_t limit) = 0;
};

}  // namespace matinee
