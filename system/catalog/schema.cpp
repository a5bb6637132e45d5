#include "system/catalog/schema.hpp"

namespace matinee::catalog {

void create_tables(SqlTransaction& tx) {
    // Films, series and episodes have different fields (the sources' "flexible schema"): what a query selects or sorts
    // by is a column, everything is in `document`, as JSON without windows and seasons, which other rows decide. `card`
    // is what lists show. `first_at` is when the first window opens; 0 for an episode.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS titles("
        "  title_id TEXT PRIMARY KEY, type TEXT NOT NULL, title TEXT NOT NULL, rating BIGINT NOT NULL,"
        "  average_rating BIGINT NOT NULL, duration_s BIGINT NOT NULL, first_at BIGINT NOT NULL,"
        "  series_id TEXT REFERENCES titles(title_id) ON DELETE CASCADE, season BIGINT, number BIGINT,"
        "  version BIGINT NOT NULL, created_at BIGINT NOT NULL, document TEXT NOT NULL, card TEXT NOT NULL)");
    tx.execute("CREATE UNIQUE INDEX IF NOT EXISTS titles_of_series ON titles(series_id, season, number)");
    tx.execute("CREATE INDEX IF NOT EXISTS titles_by_age ON titles(first_at DESC, title_id) WHERE series_id IS NULL");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS title_genres("
        "  title_id TEXT NOT NULL REFERENCES titles(title_id) ON DELETE CASCADE, genre TEXT NOT NULL,"
        "  PRIMARY KEY(title_id, genre)) /* clustered */");
    tx.execute("CREATE INDEX IF NOT EXISTS titles_of_genre ON title_genres(genre, title_id)");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS title_people("
        "  title_id TEXT NOT NULL REFERENCES titles(title_id) ON DELETE CASCADE, person TEXT NOT NULL,"
        "  PRIMARY KEY(title_id, person)) /* clustered */");
    tx.execute("CREATE INDEX IF NOT EXISTS titles_of_person ON title_people(person, title_id)");
    // An episode without windows has those of its series.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS title_windows("
        "  title_id TEXT NOT NULL REFERENCES titles(title_id) ON DELETE CASCADE, region TEXT NOT NULL,"
        "  from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, PRIMARY KEY(title_id, region, from_at)) /* clustered */");
    tx.execute("CREATE INDEX IF NOT EXISTS windows_by_start ON title_windows(from_at)");
    tx.execute("CREATE INDEX IF NOT EXISTS windows_by_end ON title_windows(until_at)");
    // What was removed stays removed, whoever imports it again; and the version goes on, for those who follow by event.
    tx.execute("CREATE TABLE IF NOT EXISTS removed_titles(title_id TEXT PRIMARY KEY, version BIGINT NOT NULL)");
    // Copies in the key-value store that a committed change made wrong. Whoever changed it drops them; maintain() does
    // it for one who died in between.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS stale_titles("
        "  title_id TEXT NOT NULL, cause TEXT NOT NULL, PRIMARY KEY(title_id, cause)) /* clustered */");
}

}  // namespace matinee::catalog
