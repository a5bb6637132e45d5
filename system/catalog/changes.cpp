// What administrators change.
#include <algorithm>

#include "system/base/service_error.hpp"
#include "system/catalog/catalog.hpp"
#include "system/catalog/document.hpp"
#include "system/catalog/rows.hpp"
#include "system/events/outbox.hpp"
#include "system/ports/random.hpp"

namespace matinee::catalog {

namespace {

SqlValue or_null(const std::string& text) { return text.empty() ? SqlValue() : SqlValue(text); }
SqlValue or_null(int64_t number) { return number == 0 ? SqlValue() : SqlValue(number); }

/// When it is there first; an episode is not listed.
TimeNs first_moment(const Details& details) {
    if (details.type == TitleType::Episode) return 0;
    TimeNs first = kNever;
    for (const Window& window : details.windows) first = std::min(first, window.from);
    return first;
}

void insert_parts(SqlTransaction& tx, const Details& d) {
    for (const std::string& genre : d.genres)
        tx.execute("INSERT INTO title_genres(title_id, genre) VALUES($1, $2)", d.title_id, genre);
    std::vector<std::string> people = d.cast;
    if (!d.director.empty()) people.push_back(d.director);
    for (const std::string& person : people)
        tx.execute("INSERT INTO title_people(title_id, person) VALUES($1, $2) ON CONFLICT DO NOTHING", d.title_id,
                   person);
    for (const Window& window : d.windows)
        tx.execute("INSERT INTO title_windows(title_id, region, from_at, until_at) VALUES($1, $2, $3, $4)", d.title_id,
                   window.region, window.from, window.until);
}

void delete_parts(SqlTransaction& tx, const std::string& title_id) {
    tx.execute("DELETE FROM title_genres WHERE title_id = $1", title_id);
    tx.execute("DELETE FROM title_people WHERE title_id = $1", title_id);
    tx.execute("DELETE FROM title_windows WHERE title_id = $1", title_id);
}

void require_series(SqlTransaction& tx, const Details& details) {
    if (details.type != TitleType::Episode) return;
    const auto row = tx.find("SELECT type FROM titles WHERE title_id = $1", details.series_id);
    if (!row || row->text(0) != name_of(TitleType::Series))
        throw ServiceError(ErrorCode::InvalidField, "series_id is no series", "series_id");
}

/// A series shows its episodes, and they may have its windows: a change of one makes copies of the other stale.
void mark_stale(SqlTransaction& tx, const std::string& title_id, const std::string& cause) {
    tx.execute("INSERT INTO stale_titles(title_id, cause) VALUES($1, $2) ON CONFLICT DO NOTHING", title_id, cause);
    tx.execute(
        "INSERT INTO stale_titles(title_id, cause) SELECT title_id, $2 FROM titles WHERE series_id = $1"
        " ON CONFLICT DO NOTHING",
        title_id, cause);
    tx.execute(
        "INSERT INTO stale_titles(title_id, cause) SELECT series_id, $2 FROM titles"
        " WHERE title_id = $1 AND series_id IS NOT NULL ON CONFLICT DO NOTHING",
        title_id, cause);
}

[[noreturn]] void refuse_taken_or_rethrow(const SqlError& error) {
    if (error.kind == SqlError::Kind::Unique)
        throw ServiceError(ErrorCode::InvalidField, "number is another episode's of this season", "number");
    throw error;
}

void require_version(const std::optional<SqlRow>& row, int64_t version) {
    if (!row) throw ServiceError(ErrorCode::NotFound);
    if (row->integer(0) != version)
        throw ServiceError(ErrorCode::VersionConflict, "its version is " + std::to_string(row->integer(0)));
}

}  // namespace

/// The event's id follows from what it says, so that it is the same however often the transaction runs.
void Catalog::announce(SqlTransaction& tx, const std::string& title_id, int64_t version, const char* type,
                       TimeNs now) const {
    JsonOut data;
    data.object().text("title_id", title_id).integer("version", version).end();
    const Event event{.event_id = title_id + ".v" + std::to_string(version),
                      .topic = kTopic,
                      .type = type,
                      .key = title_id,
                      .at = now,
                      .data = data.take()};
    events::append(tx, event);
    mark_stale(tx, title_id, event.event_id);
}

void Catalog::insert(SqlTransaction& tx, const Details& d, TimeNs now) const {
    require_series(tx, d);
    tx.execute(
        "INSERT INTO titles(title_id, type, title, rating, average_rating, duration_s, first_at, series_id, season,"
        " number, version, created_at, document, card)"
        " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        d.title_id, name_of(d.type), d.title, size_t(d.rating), d.average_rating_hundredths, d.duration_s,
        first_moment(d), or_null(d.series_id), or_null(d.season), or_null(d.number), d.version, now, open_document(d),
        card_of(d));
    insert_parts(tx, d);
    announce(tx, d.title_id, d.version, kChanged, now);
}

Task<std::string> Catalog::create(Details details) {
    details.title_id = new_id("ttl", clock_, random_);
    details.version = 1;
    const TimeNs now = clock_.now();
    const auto add = [&](SqlTransaction& tx) { insert(tx, details, now); };
    try {
        co_await sql_.write(add);
    } catch (const SqlError& error) {
        refuse_taken_or_rethrow(error);
    }
    co_await maintain();
    co_return co_await read_now(details.title_id);
}

Task<std::string> Catalog::replace(std::string title_id, int64_t version, Details d) {
    d.title_id = title_id;
    d.version = version + 1;
    const TimeNs now = clock_.now();
    const auto change = [&](SqlTransaction& tx) {
        const auto row =
            tx.find("SELECT version, type, COALESCE(series_id, '') FROM titles WHERE title_id = $1", title_id);
        require_version(row, version);
        if (row->text(1) != name_of(d.type))
            throw ServiceError(ErrorCode::InvalidField, "type of a title cannot change", "type");
        if (row->text(2) != d.series_id)
            throw ServiceError(ErrorCode::InvalidField, "series_id of an episode cannot change", "series_id");
        tx.execute(
            "UPDATE titles SET title = $2, rating = $3, average_rating = $4, duration_s = $5, first_at = $6,"
            " season = $7, number = $8, version = $9, document = $10, card = $11 WHERE title_id = $1",
            title_id, d.title, size_t(d.rating), d.average_rating_hundredths, d.duration_s, first_moment(d),
            or_null(d.season), or_null(d.number), d.version, open_document(d), card_of(d));
        delete_parts(tx, title_id);
        insert_parts(tx, d);
        announce(tx, title_id, d.version, kChanged, now);
    };
    try {
        co_await sql_.write(change);
    } catch (const SqlError& error) {
        refuse_taken_or_rethrow(error);
    }
    co_await maintain();
    co_return co_await read_now(title_id);
}

Task<> Catalog::remove(std::string title_id, int64_t version) {
    const TimeNs now = clock_.now();
    const auto erase = [&](SqlTransaction& tx) {
        require_version(tx.find("SELECT version FROM titles WHERE title_id = $1", title_id), version);
        // The title itself has no season: it comes last, its episodes before it.
        const SqlRows gone = tx.query(
            "SELECT title_id, version FROM titles WHERE title_id = $1 OR series_id = $1"
            " ORDER BY series_id IS NULL, season, number",
            title_id);
        for (const SqlRow& row : gone) {
            announce(tx, row.text(0), row.integer(1) + 1, kRemoved, now);
            tx.execute("INSERT INTO removed_titles(title_id, version) VALUES($1, $2)", row.text(0), row.integer(1) + 1);
        }
        tx.execute("DELETE FROM titles WHERE title_id = $1", title_id);
    };
    co_await sql_.write(erase);
    co_await maintain();
}

Task<size_t> Catalog::import(std::vector<Details> all) {
    const TimeNs now = clock_.now();
    for (Details& details : all) details.version = 1;
    const auto add = [&](SqlTransaction& tx) {
        size_t added = 0;
        for (const Details& details : all) {
            const bool known = tx.find("SELECT 1 FROM titles WHERE title_id = $1", details.title_id) ||
                               tx.find("SELECT 1 FROM removed_titles WHERE title_id = $1", details.title_id);
            if (known) continue;
            insert(tx, details, now);
            ++added;
        }
        return added;
    };
    co_return co_await sql_.write(add);
}

}  // namespace matinee::catalog
