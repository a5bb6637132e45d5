#include "system/discovery/schema.hpp"

namespace matinee::discovery {

void create_tables(SqlTransaction& tx) {
    // Titles whose change the index may not have yet. The version is the one that the event named: the row goes when
    // the index has the title as it was then, or later.
    tx.execute("CREATE TABLE IF NOT EXISTS search_pending(title_id TEXT PRIMARY KEY, version BIGINT NOT NULL)");
    // Which index the catalogue was written to. A row less is an index that was never filled.
    tx.execute("CREATE TABLE IF NOT EXISTS search_indexes(epoch TEXT PRIMARY KEY)");
    // Plays by the hour in which they began. Nobody's name is here.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS trending_plays("
        "  bucket BIGINT NOT NULL, title_id TEXT NOT NULL, plays BIGINT NOT NULL, PRIMARY KEY(bucket, title_id)) /* clustered */");
}

}  // namespace matinee::discovery
