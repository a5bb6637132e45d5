// What audiences browse.
#include <algorithm>

#include "system/base/service_error.hpp"
#include "system/catalog/catalog.hpp"

namespace matinee::catalog {

namespace {

// Films and series that an audience may watch: $1 its strongest rating, $2 its region, $3 the moment.
#define MATINEE_SHOWN                                                                                          \
    " t.series_id IS NULL AND t.type <> 'episode' AND t.rating <= $1 AND EXISTS(SELECT 1 FROM title_windows w" \
    " WHERE w.title_id = t.title_id AND w.region IN ('*', $2) AND w.from_at <= $3 AND w.until_at > $3) "

/// Only what many ask for is worth keeping, and nobody can fill the store by asking for odd pages.
constexpr size_t kUsualLimit = 20;
constexpr size_t kFirstPages = 3 * kUsualLimit;

/// When the next window opens or ends somewhere.
TimeNs next_turn(SqlTransaction& tx, TimeNs now) {
    return earliest(tx,
                    {"SELECT MIN(from_at) FROM title_windows WHERE from_at > $1",
                     "SELECT MIN(until_at) FROM title_windows WHERE until_at > $1"},
                    now);
}

/// The cards of rows (card, ...) of which one more than `limit` was asked for.
Cards cards_of(const SqlRows& rows, size_t limit) {
    Cards cards;
    cards.has_more = rows.size() > limit;
    cards.count = std::min(rows.size(), limit);
    cards.json = "[";
    for (size_t i = 0; i < cards.count; ++i) cards.json += (i == 0 ? "" : ",") + rows[i].text(0);
    cards.json += "]";
    return cards;
}

std::string kept(const Cards& cards) { return (cards.has_more ? "+" : "-") + std::to_string(cards.count) + cards.json; }
Cards recalled(const std::string& text) {
    Cards cards;
    const size_t start = text.find('[');
    cards.has_more = text[0] == '+';
    cards.count = size_t(std::stoul(text.substr(1, start - 1)));
    cards.json = text.substr(start);
    return cards;
}

std::string suffix(const Audience& audience) {
    return ":" + audience.region + ":" + std::to_string(size_t(audience.strongest_rating));
}

}  // namespace

/// A list from memory, or by `query(tx)`, which gives the cards. An empty key: not to be remembered.
template <class Query>
Task<Cards> Catalog::remembered(Audience audience, std::string key, size_t limit, Query query) {
    std::string generation;
    if (!key.empty()) {
        generation = co_await lists_.generation();
        const std::optional<std::string> known = co_await lists_.find(generation, key);
        if (known) co_return recalled(*known);
    }
    TimeNs turn = 0;
    const auto select = [&](SqlTransaction& tx) {
        turn = next_turn(tx, audience.at);
        return cards_of(query(tx), limit);
    };
    Cards cards = co_await sql_.read(select);
    const TimeNs expires_at = std::min(turn, audience.at + settings_.list_memory);
    if (!key.empty()) co_await lists_.keep(generation, key, kept(cards), expires_at);
    co_return cards;
}

Task<Cards> Catalog::newest(Audience audience, size_t offset, size_t limit) {
    const bool usual = limit == kUsualLimit && offset < kFirstPages && offset % limit == 0;
    const std::string key = usual ? "newest:" + std::to_string(offset) + suffix(audience) : "";
    const auto query = [=](SqlTransaction& tx) {
        return tx.query("SELECT t.card FROM titles t WHERE" MATINEE_SHOWN
                        "ORDER BY t.first_at DESC, t.title_id LIMIT $4 OFFSET $5",
                        size_t(audience.strongest_rating), audience.region, audience.at, limit + 1, offset);
    };
    co_return co_await remembered(audience, key, limit, query);
}

Task<Cards> Catalog::of_genre(Audience audience, std::string genre, size_t offset, size_t limit) {
    const bool usual = limit == kUsualLimit && offset < kFirstPages && offset % limit == 0;
    const std::string key = usual ? "genre:" + genre + ":" + std::to_string(offset) + suffix(audience) : "";
    const auto query = [=](SqlTransaction& tx) {
        if (!tx.find("SELECT 1 FROM title_genres WHERE genre = $1 ORDER BY title_id LIMIT 1", genre))
            throw ServiceError(ErrorCode::NotFound, "no title is of this genre");
        return tx.query(
            "SELECT t.card FROM title_genres g JOIN titles t ON t.title_id = g.title_id WHERE g.genre = $4"
            " AND" MATINEE_SHOWN "ORDER BY t.average_rating DESC, t.title_id LIMIT $5 OFFSET $6",
            size_t(audience.strongest_rating), audience.region, audience.at, genre, limit + 1, offset);
    };
    co_return co_await remembered(audience, key, limit, query);
}

Task<Cards> Catalog::similar(Audience audience, std::string title_id, size_t limit) {
    const std::string key = limit == kUsualLimit ? "similar:" + title_id + suffix(audience) : "";
    // Content-based (003 and 004 name genre, actors, director as features; the weights are ours): a person in common
    // says more than a genre.
    const auto query = [=](SqlTransaction& tx) {
        const auto row = tx.find("SELECT series_id FROM titles WHERE title_id = $1", title_id);
        if (!row) throw ServiceError(ErrorCode::NotFound);
        const std::string of = row->is_null(0) ? title_id : row->text(0);
        return tx.query(
            "SELECT t.card FROM (SELECT title_id, SUM(weight) AS score FROM ("
            "  SELECT b.title_id AS title_id, 2 AS weight FROM title_genres a JOIN title_genres b ON b.genre = a.genre"
            "   WHERE a.title_id = $4 UNION ALL"
            "  SELECT b.title_id, 5 FROM title_people a JOIN title_people b ON b.person = a.person"
            "   WHERE a.title_id = $4) AS shared GROUP BY title_id) AS scored"
            " JOIN titles t ON t.title_id = scored.title_id WHERE t.title_id <> $4 AND" MATINEE_SHOWN
            "ORDER BY scored.score DESC, t.average_rating DESC, t.title_id LIMIT $5",
            size_t(audience.strongest_rating), audience.region, audience.at, of, limit + 1);
    };
    co_return co_await remembered(audience, key, limit, query);
}

Task<std::vector<GenreCount>> Catalog::genres(Audience audience) {
    const std::string key = "genres" + suffix(audience);
    const std::string generation = co_await lists_.generation();
    std::optional<std::string> text = co_await lists_.find(generation, key);
    if (!text) {
        TimeNs turn = 0;
        const auto select = [&](SqlTransaction& tx) {
            turn = next_turn(tx, audience.at);
            std::string found;
            const SqlRows rows = tx.query(
                "SELECT g.genre, COUNT(*) FROM title_genres g JOIN titles t ON t.title_id = g.title_id"
                " WHERE" MATINEE_SHOWN "GROUP BY g.genre ORDER BY 2 DESC, 1",
                size_t(audience.strongest_rating), audience.region, audience.at);
            for (const SqlRow& row : rows) found += row.text(0) + "=" + std::to_string(row.integer(1)) + ";";
            return found;
        };
        text = co_await sql_.read(select);
        co_await lists_.keep(generation, key, *text, std::min(turn, audience.at + settings_.list_memory));
    }
    std::vector<GenreCount> counts;
    for (size_t at = 0; at < text->size();) {
        const size_t equals = text->find('=', at), end = text->find(';', equals);
        counts.push_back(
            {.genre = text->substr(at, equals - at), .titles = std::stoll(text->substr(equals + 1, end - equals - 1))});
        at = end + 1;
    }
    co_return counts;
}

Task<std::vector<Card>> Catalog::cards(Audience audience, std::vector<std::string> title_ids) {
    const auto select = [&](SqlTransaction& tx) {
        std::vector<Card> found;
        for (const std::string& title_id : title_ids) {
            const auto row = tx.find(
                "SELECT t.title_id, t.card FROM titles t WHERE t.title_id ="
                " (SELECT COALESCE(series_id, title_id) FROM titles WHERE title_id = $4) AND" MATINEE_SHOWN,
                size_t(audience.strongest_rating), audience.region, audience.at, title_id);
            if (row) found.push_back({.asked_for = title_id, .title_id = row->text(0), .json = row->text(1)});
        }
        return found;
    };
    co_return co_await sql_.read(select);
}

#undef MATINEE_SHOWN

}  // namespace matinee::catalog
