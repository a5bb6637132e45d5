#include "system/discovery/search.hpp"

#include <algorithm>

#include "system/base/json.hpp"
#include "system/events/outbox.hpp"

namespace matinee::discovery {

namespace {

SearchDocument document_of(const catalog::Details& title) {
    SearchDocument document;
    document.id = title.title_id;
    document.version = title.version;
    document.title = title.title;
    document.people = title.cast;
    if (!title.director.empty()) document.people.push_back(title.director);
    document.genres = title.genres;
    document.description = title.synopsis;
    document.type = catalog::name_of(title.type);
    document.level = int64_t(title.rating);
    document.year = title.release_year;
    // 004 'Search Optimizations' boosts by popularity, without a figure: five stars count a tenth more than none.
    document.boost_permille = title.average_rating_hundredths / 5;
    for (const catalog::Window& window : title.windows)
        document.windows.push_back({.region = window.region, .from = window.from, .until = window.until});
    document.stored = catalog::card_of(title);
    return document;
}

void note_pending(SqlTransaction& tx, const std::string& title_id, int64_t version) {
    tx.execute(
        "INSERT INTO search_pending(title_id, version) VALUES($1, $2) ON CONFLICT(title_id) DO UPDATE"
        " SET version = excluded.version WHERE search_pending.version < excluded.version",
        title_id, version);
}

void write_facets(JsonOut& out, const char* name, const std::vector<SearchFacet>& facets) {
    out.key(name).array();
    for (const SearchFacet& facet : facets) out.object().text("value", facet.value).integer("count", facet.count).end();
    out.end();
}

std::string json_of(const SearchAnswer& answer) {
    JsonOut out;
    out.object().key("results").array();
    for (const SearchHit& hit : answer.hits) out.raw(hit.stored);
    out.end().integer("total", answer.total).key("facets").object();
    write_facets(out, "types", answer.types);
    write_facets(out, "genres", answer.genres);
    std::vector<SearchFacet> ratings = answer.levels;
    for (SearchFacet& rating : ratings) rating.value = catalog::name_of(catalog::Rating(std::stoi(rating.value)));
    write_facets(out, "ratings", ratings);
    write_facets(out, "years", answer.years);
    return out.end().end().take();
}

/// Empty for a query that is not worth remembering: long, or far down.
std::string key_of(const SearchQuery& query) {
    if (query.text.size() > 48 || query.limit != 20 || query.offset > 40) return "";
    return query.region + ":" + std::to_string(query.least_level) + "-" + std::to_string(query.most_level) + ":" + query.type + ":" + query.genre + ":" +
           std::to_string(query.from_year) + ":" + std::to_string(query.to_year) + ":" + std::to_string(query.offset) +
           ":" + query.text;
}

}  // namespace

Search::Search(Random& random, Sql& sql, Kv& kv, EventLog& log, SearchIndex& index, catalog::Source& source,
               const Settings& settings)
    : sql_(sql),
      log_(log),
      index_(index),
      source_(source),
      settings_(settings),
      results_(kv, random, "search:results:") {}

Task<FoundPage> Search::search(SearchQuery query) {
    const std::string key = key_of(query);
    FoundPage page;
    std::string generation;
    bool seen_before = false;
    if (!key.empty()) {
        generation = co_await results_.generation();
        const std::optional<std::string> known = co_await results_.find(generation, key);
        seen_before = known.has_value();
        if (seen_before && !known->empty()) {
            page.has_more = known->front() == '+';
            page.json = known->substr(1);
            co_return page;
        }
    }
    const TimeNs at = query.at;
    const size_t offset = query.offset;
    const SearchAnswer answer = co_await index_.search(std::move(query));
    page.json = json_of(answer);
    page.has_more = int64_t(offset + answer.hits.size()) < answer.total && !answer.hits.empty();
    // Most queries come once and never again: the first time leaves only a mark.
    std::string kept = seen_before ? (page.has_more ? "+" : "-") + page.json : "";
    const TimeNs expires_at = std::min(answer.valid_until, at + settings_.search_memory);
    if (!key.empty()) co_await results_.keep(generation, key, std::move(kept), expires_at);
    co_return page;
}

Task<std::string> Search::suggest(SearchQuery query) {
    query.limit = settings_.suggestions;
    const std::vector<SearchSuggestion> found = co_await index_.suggest(std::move(query));
    JsonOut out;
    out.object().key("suggestions").array();
    for (const SearchSuggestion& one : found) out.object().text("title_id", one.id).text("title", one.title).end();
    co_return out.end().end().take();
}

Task<> Search::prepare() {
    const std::string epoch = co_await index_.epoch();
    const auto is_known = [&](SqlTransaction& tx) {
        return tx.find("SELECT 1 FROM search_indexes WHERE epoch = $1", epoch).has_value();
    };
    if (co_await sql_.read(is_known)) co_return;
    static constexpr size_t kBatch = 500;
    std::string last;
    for (size_t found = kBatch; found == kBatch;) {
        const auto titles = co_await source_.versions(last, kBatch);
        found = titles.size();
        if (found > 0) last = titles.back().first;
        const auto note = [&](SqlTransaction& tx) {
            for (const auto& [title_id, version] : titles) note_pending(tx, title_id, version);
        };
        co_await sql_.write(note);
    }
    const auto adopt = [&](SqlTransaction& tx) {
        tx.execute("INSERT INTO search_indexes(epoch) VALUES($1) ON CONFLICT DO NOTHING", epoch);
    };
    co_await sql_.write(adopt);
}

Task<> Search::work_off(SqlRows rows) {
    std::vector<SearchDocument> documents;
    for (const SqlRow& row : rows) {
        const std::optional<catalog::Details> title = co_await source_.current(row.text(0));
        if (!title)
            co_await index_.remove(row.text(0), row.integer(1));
        else if (title->type != catalog::TitleType::Episode)
            documents.push_back(document_of(*title));
    }
    if (!documents.empty()) co_await index_.put(std::move(documents));
    co_await results_.invalidate();
    const auto strike_off = [&](SqlTransaction& tx) {
        for (const SqlRow& row : rows)
            tx.execute("DELETE FROM search_pending WHERE title_id = $1 AND version = $2", row.text(0), row.integer(1));
    };
    co_await sql_.write(strike_off);
}

Task<size_t> Search::maintain(size_t limit) {
    const auto note = [](SqlTransaction& tx, const Event& event) {
        const Json data = Json::parse(event.data);
        note_pending(tx, event.key, *data.find("version")->integer());
    };
    const size_t read = co_await events::consume(sql_, log_, "search", catalog::kTopic, limit, note);
    const auto select = [&](SqlTransaction& tx) {
        return tx.query("SELECT title_id, version FROM search_pending ORDER BY title_id LIMIT $1", limit);
    };
    SqlRows rows = co_await sql_.read(select);
    const size_t done = read + rows.size();
    if (!rows.empty()) co_await work_off(std::move(rows));
    co_return done;
}

}  // namespace matinee::discovery
