// The port SearchIndex on SQLite's FTS5. Queries run in the caller's turn.
//
// Misspelt words are looked for in the vocabulary (fts5vocab), of which a copy stays in memory until the index changes:
// some 30 ns a word, so about a millisecond for the words of 10,000 titles, and only for queries with such words.
#pragma once

#include "system/embedded/sqlite_database.hpp"
#include "system/embedded/sqlite_words.hpp"
#include "system/embedded/vocabulary.hpp"
#include "system/ports/search.hpp"

namespace matinee {

class SqliteSearch : public SearchIndex {
public:
    /// Makes its tables where there are none.
    explicit SqliteSearch(SqliteDatabase& database);

    Task<> put(std::vector<SearchDocument> documents) override;
    Task<> remove(std::string id, int64_t version) override;
    Task<SearchAnswer> search(SearchQuery query) override;
    Task<std::vector<SearchSuggestion>> suggest(SearchQuery query) override;
    Task<std::vector<std::pair<std::string, int64_t>>> contents(std::string after, size_t limit) override;

private:
    using Words = std::vector<SqliteWords::Word>;
    void refresh_vocabulary(SqlTransaction& tx);
    std::string expression(const Words& words, bool widened) const;
    template <class Found>
    void find(SqlTransaction& tx, const SearchQuery& query, const char* sql, const std::string& column, Found found);

    SqliteDatabase& database_;
    SqliteWords words_;
    Vocabulary vocabulary_;
    int64_t vocabulary_of_ = -1;  ///< the count of changes when it was read
};

}  // namespace matinee
