#include "system/embedded/sqlite_search.hpp"

#include <algorithm>
#include <map>

namespace matinee {

namespace {

constexpr size_t kMostWords = 8;
constexpr size_t kMostHits = 1000;
constexpr size_t kNearWords = 6;
constexpr size_t kLongestWord = 64;  // bytes

std::string joined(const std::vector<std::string>& texts) {
    std::string lines;
    for (const std::string& text : texts) lines += text + "\n";
    return lines;
}

/// Leaves the number of an older version free to be used again; 0 where there is none. Nothing where the index has this
/// version, a newer one or a removal.
std::optional<int64_t> make_way(SqlTransaction& tx, const std::string& id, int64_t version) {
    const auto known = tx.find("SELECT doc, version, removed FROM search_documents WHERE id = $1", id);
    if (!known) return 0;
    if (known->integer(1) >= version) return std::nullopt;
    if (known->integer(2) == 0) tx.execute("DELETE FROM search_text WHERE rowid = $1", known->integer(0));
    tx.execute("DELETE FROM search_windows WHERE doc = $1", known->integer(0));
    return known->integer(0);
}

int64_t note(SqlTransaction& tx, int64_t doc, const SearchDocument& d, bool removed) {
    if (doc == 0) doc = tx.find("SELECT COALESCE(MAX(doc), 0) + 1 FROM search_documents")->integer(0);
    tx.execute(
        "INSERT INTO search_documents(doc, id, version, removed, title, type, genres, level, year, boost, stored)"
        " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT(doc) DO UPDATE SET"
        " version = excluded.version, removed = excluded.removed, title = excluded.title, type = excluded.type,"
        " genres = excluded.genres, level = excluded.level, year = excluded.year, boost = excluded.boost,"
        " stored = excluded.stored",
        doc, d.id, d.version, removed, d.title, d.type, "\n" + joined(d.genres), d.level, d.year, d.boost_permille,
        d.stored);
    tx.execute("UPDATE search_state SET changes = changes + 1");
    return doc;
}

void put_one(SqlTransaction& tx, const SearchDocument& d) {
    const std::optional<int64_t> way = make_way(tx, d.id, d.version);
    if (!way) return;
    const int64_t doc = note(tx, *way, d, false);
    tx.execute("INSERT INTO search_text(rowid, title, people, genres, description) VALUES($1, $2, $3, $4, $5)", doc,
               d.title, joined(d.people), joined(d.genres), d.description);
    for (const SearchWindow& window : d.windows)
        tx.execute("INSERT INTO search_windows(doc, region, from_at, until_at) VALUES($1, $2, $3, $4)", doc,
                   window.region, window.from, window.until);
}

void create(SqlTransaction& tx) {
    tx.execute(
        "CREATE TABLE IF NOT EXISTS search_documents("
        "  doc INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version BIGINT NOT NULL, removed BIGINT NOT NULL,"
        "  title TEXT NOT NULL, type TEXT NOT NULL, genres TEXT NOT NULL, level BIGINT NOT NULL, year BIGINT NOT NULL,"
        "  boost BIGINT NOT NULL, stored TEXT NOT NULL)");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS search_windows("
        "  doc BIGINT NOT NULL, region TEXT NOT NULL, from_at BIGINT NOT NULL, until_at BIGINT NOT NULL)");
    tx.execute("CREATE INDEX IF NOT EXISTS search_windows_of ON search_windows(doc)");
    tx.execute("CREATE INDEX IF NOT EXISTS search_windows_by_start ON search_windows(from_at)");
    tx.execute("CREATE INDEX IF NOT EXISTS search_windows_by_end ON search_windows(until_at)");
    tx.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS search_text USING fts5("
        "title, people, genres, description, tokenize = 'matinee', prefix = '2 3 4')");
    tx.execute("CREATE VIRTUAL TABLE IF NOT EXISTS search_terms USING fts5vocab(search_text, row)");
    // An older index has a column more, which nothing reads; it has its row, too.
    tx.execute("CREATE TABLE IF NOT EXISTS search_state(changes BIGINT NOT NULL)");
    if (!tx.find("SELECT 1 FROM search_state")) tx.execute("INSERT INTO search_state(changes) VALUES(0)");
}

constexpr const char* kHits =
    "SELECT d.doc, d.type, d.genres, d.level, d.year, matinee_rank(search_text) * (1000 + d.boost) AS score"
    " FROM search_text CROSS JOIN search_documents d ON d.doc = search_text.rowid"
    " WHERE search_text MATCH $1 AND ($2 = '' OR d.type = $2) AND ($3 = '' OR instr(d.genres, $3) > 0)"
    " AND d.level BETWEEN $10 AND $4 AND d.year BETWEEN $5 AND $6"
    " AND EXISTS(SELECT 1 FROM search_windows w WHERE w.doc = d.doc AND w.region IN ('*', $7)"
    "  AND w.from_at <= $8 AND w.until_at > $8)"
    " ORDER BY score DESC, d.id LIMIT $9";

std::vector<SearchFacet> most_frequent_first(const std::map<std::string, int64_t>& counts) {
    std::vector<SearchFacet> facets;
    for (const auto& [value, count] : counts) facets.push_back({value, count});
    std::stable_sort(facets.begin(), facets.end(),
                     [](const SearchFacet& a, const SearchFacet& b) { return a.count > b.count; });
    return facets;
}

void count_facets(const SqlRows& rows, SearchAnswer& answer) {
    std::map<std::string, int64_t> types, genres, levels, years;
    for (const SqlRow& row : rows) {
        ++types[row.text(1)];
        ++levels[std::to_string(row.integer(3))];
        ++years[std::to_string(row.integer(4))];
        const std::string& lines = row.text(2);
        for (size_t at = 1; at < lines.size();) {
            const size_t end = lines.find('\n', at);
            ++genres[lines.substr(at, end - at)];
            at = end + 1;
        }
    }
    answer.types = most_frequent_first(types);
    answer.genres = most_frequent_first(genres);
    answer.levels = most_frequent_first(levels);
    answer.years = most_frequent_first(years);
}

TimeNs next_turn(SqlTransaction& tx, TimeNs at) {
    return earliest(tx,
                    {"SELECT MIN(from_at) FROM search_windows WHERE from_at > $1",
                     "SELECT MIN(until_at) FROM search_windows WHERE until_at > $1"},
                    at);
}

}  // namespace

SqliteSearch::SqliteSearch(SqliteDatabase& database)
    : database_(database), words_(database.raw()) {
    auto body = [](SqlTransaction& tx) { create(tx); };
    database_.transact(Sql::Access::Write, SqlBody(body));
}

Task<> SqliteSearch::put(std::vector<SearchDocument> documents) {
    auto body = [&](SqlTransaction& tx) {
        for (const SearchDocument& document : documents) put_one(tx, document);
    };
    database_.transact(Sql::Access::Write, SqlBody(body));
    co_return;
}

Task<> SqliteSearch::remove(std::string id, int64_t version) {
    auto body = [&](SqlTransaction& tx) {
        const std::optional<int64_t> way = make_way(tx, id, version);
        if (!way) return;
        SearchDocument gone;
        gone.id = id;
        gone.version = version;
        note(tx, *way, gone, true);
    };
    database_.transact(Sql::Access::Write, SqlBody(body));
    co_return;
}

void SqliteSearch::refresh_vocabulary(SqlTransaction& tx) {
    const int64_t changes = tx.find("SELECT changes FROM search_state")->integer(0);
    if (changes == vocabulary_of_) return;
    std::vector<std::string> terms;
    for (const SqlRow& row : tx.query("SELECT term FROM search_terms ORDER BY term")) terms.push_back(row.text(0));
    vocabulary_ = Vocabulary(std::move(terms));
    vocabulary_of_ = changes;
}

/// Every word in quotation marks, which make it a word whatever it says; folded words contain none themselves.
std::string SqliteSearch::expression(const Words& words, bool widened) const {
    std::string all;
    const size_t count = std::min(words.size(), kMostWords);
    for (size_t i = 0; i < count; ++i) {
        const std::string& word = words[i].word;
        std::string any = "\"" + word + "\"";
        // A single letter is the beginning of a word only where somebody is still typing it.
        if (word.size() > 1 || i + 1 == count) any += " OR \"" + word + "\"*";
        const bool known = vocabulary_.has(words[i].stem) || vocabulary_.has_beginning(word);
        if (widened || !known)
            for (const std::string& near : vocabulary_.near(word, kNearWords))
                if (near != word) any += " OR \"" + near + "\"";
        all += (i == 0 ? "(" : " AND (") + any + ")";
    }
    return all;
}

/// Looks with the words as they are; where that finds nothing, with what is near them.
template <class Found>
void SqliteSearch::find(SqlTransaction& tx, const SearchQuery& query, const char* sql, const std::string& column,
                        Found found) {
    Words words = words_.words_of(query.text);
    std::erase_if(words, [](const SqliteWords::Word& word) { return word.word.size() > kLongestWord; });
    if (words.empty()) return;
    refresh_vocabulary(tx);
    std::string tried;
    for (const bool widened : {false, true}) {
        const std::string match = column + "(" + expression(words, widened) + ")";
        if (match == tried) return;
        tried = match;
        const std::string genre = query.genre.empty() ? "" : "\n" + query.genre + "\n";
        const SqlRows rows = tx.query(sql, match, query.type, genre, query.most_level, query.from_year, query.to_year,
                                      query.region, query.at, kMostHits, query.least_level);
        if (rows.empty()) continue;
        found(rows);
        return;
    }
}

Task<SearchAnswer> SqliteSearch::search(SearchQuery query) {
    SearchAnswer answer;
    auto body = [&](SqlTransaction& tx) {
        answer = SearchAnswer();
        answer.valid_until = next_turn(tx, query.at);
        find(tx, query, kHits, "", [&](const SqlRows& rows) {
            answer.total = int64_t(rows.size());
            count_facets(rows, answer);
            for (size_t i = query.offset; i < std::min(rows.size(), query.offset + query.limit); ++i) {
                const auto hit = tx.find("SELECT id, stored FROM search_documents WHERE doc = $1", rows[i].integer(0));
                answer.hits.push_back({hit->text(0), hit->text(1)});
            }
        });
    };
    database_.transact(Sql::Access::Read, SqlBody(body));
    co_return answer;
}

Task<std::vector<SearchSuggestion>> SqliteSearch::suggest(SearchQuery query) {
    std::vector<SearchSuggestion> suggestions;
    auto body = [&](SqlTransaction& tx) {
        suggestions.clear();
        find(tx, query, kHits, "{title} : ", [&](const SqlRows& rows) {
            const auto folded = [&](const std::string& text) {
                std::string words;
                for (const SqliteWords::Word& word : words_.words_of(text)) words += word.word + " ";
                return words;
            };
            std::string typed = folded(query.text);
            typed.pop_back();
            std::vector<SearchSuggestion> others;
            for (size_t i = 0; i < std::min<size_t>(rows.size(), 10 * query.limit); ++i) {
                const auto hit = tx.find("SELECT id, title FROM search_documents WHERE doc = $1", rows[i].integer(0));
                const bool begins = folded(hit->text(1)).starts_with(typed);
                (begins ? suggestions : others).push_back({hit->text(0), hit->text(1)});
            }
            suggestions.insert(suggestions.end(), others.begin(), others.end());
            if (suggestions.size() > query.limit) suggestions.resize(query.limit);
        });
    };
    database_.transact(Sql::Access::Read, SqlBody(body));
    co_return suggestions;
}

Task<std::vector<std::pair<std::string, int64_t>>> SqliteSearch::contents(std::string after, size_t limit) {
    std::vector<std::pair<std::string, int64_t>> found;
    auto body = [&](SqlTransaction& tx) {
        found.clear();
        const SqlRows rows =
            tx.query("SELECT id, version FROM search_documents WHERE removed = 0 AND id > $1 ORDER BY id LIMIT $2",
                     after, limit);
        for (const SqlRow& row : rows) found.emplace_back(row.text(0), row.integer(1));
    };
    database_.transact(Sql::Access::Read, SqlBody(body));
    co_return found;
}

}  // namespace matinee
