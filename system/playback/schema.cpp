#include "system/playback/schema.hpp"

namespace matinee::playback {

void create_tables(SqlTransaction& tx) {
    // A stream, from its start to its end and then as history. `token` is what the player shows with each heartbeat,
    // together with an access token of its user. It holds a screen until lease_until; a sweep looks at it at check_at,
    // which heartbeats leave alone, so that they touch no index. moved_at is when its position last changed, 0 where it
    // never did; stopped says that the player said so itself.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS streams("
        "  token TEXT PRIMARY KEY, stream_id TEXT NOT NULL, user_id TEXT NOT NULL, profile_id TEXT NOT NULL,"
        "  title_id TEXT NOT NULL, series_id TEXT NOT NULL, duration_s BIGINT NOT NULL, device_id TEXT NOT NULL,"
        "  quality TEXT NOT NULL, started_at BIGINT NOT NULL, position_s BIGINT NOT NULL, moved_at BIGINT NOT NULL,"
        "  watched_s BIGINT NOT NULL, sequence BIGINT NOT NULL, saved_at BIGINT NOT NULL, lease_until BIGINT NOT NULL,"
        "  check_at BIGINT NOT NULL, ended_at BIGINT, stopped BIGINT NOT NULL) /* clustered */");
    // In the order in which starts look at them.
    tx.execute(
        "CREATE INDEX IF NOT EXISTS streams_open_by_user ON streams(user_id, started_at, token) WHERE ended_at IS NULL");
    tx.execute("CREATE INDEX IF NOT EXISTS streams_to_check ON streams(check_at) WHERE ended_at IS NULL");
    tx.execute("CREATE INDEX IF NOT EXISTS streams_of_profile ON streams(profile_id, started_at)");
    // Where a profile is in a title, once a stream of it has ended. claimed_at: the start of the stream that said so;
    // put_at: when somebody last said so outright.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS positions("
        "  profile_id TEXT NOT NULL, title_id TEXT NOT NULL, series_id TEXT NOT NULL, position_s BIGINT NOT NULL,"
        "  duration_s BIGINT NOT NULL, watched_at BIGINT NOT NULL, claimed_at BIGINT NOT NULL, put_at BIGINT NOT NULL,"
        "  PRIMARY KEY(profile_id, title_id)) /* clustered */");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS devices("
        "  user_id TEXT NOT NULL, device_id TEXT NOT NULL, device_type TEXT NOT NULL, registered_at BIGINT NOT NULL,"
        "  used_at BIGINT NOT NULL, PRIMARY KEY(user_id, device_id)) /* clustered */");
    tx.execute("CREATE INDEX IF NOT EXISTS devices_by_use ON devices(used_at)");
    // Profiles that are no more: see Settings::erasure_memory.
    tx.execute("CREATE TABLE IF NOT EXISTS playback_erased(id TEXT PRIMARY KEY, at BIGINT NOT NULL) /* clustered */");
    // One row: the key that signs addresses, in base64url.
    tx.execute("CREATE TABLE IF NOT EXISTS address_keys(key_id TEXT PRIMARY KEY, secret TEXT NOT NULL)");
}

void keep_streams_by_user(SqlTransaction& tx) {
    // The columns are those of before. The sweep's index is the only one: heartbeats leave check_at alone.
    tx.execute(
        "CREATE TABLE streams_by_user("
        "  user_id TEXT NOT NULL, started_at BIGINT NOT NULL, token TEXT NOT NULL, stream_id TEXT NOT NULL,"
        "  profile_id TEXT NOT NULL, title_id TEXT NOT NULL, series_id TEXT NOT NULL, duration_s BIGINT NOT NULL,"
        "  device_id TEXT NOT NULL, quality TEXT NOT NULL, position_s BIGINT NOT NULL, moved_at BIGINT NOT NULL,"
        "  watched_s BIGINT NOT NULL, sequence BIGINT NOT NULL, saved_at BIGINT NOT NULL, lease_until BIGINT NOT NULL,"
        "  check_at BIGINT NOT NULL, ended_at BIGINT, stopped BIGINT NOT NULL,"
        "  PRIMARY KEY(user_id, started_at, token)) /* clustered */");
    tx.execute(
        "INSERT INTO streams_by_user(user_id, started_at, token, stream_id, profile_id, title_id, series_id, duration_s,"
        " device_id, quality, position_s, moved_at, watched_s, sequence, saved_at, lease_until, check_at, ended_at,"
        " stopped) SELECT user_id, started_at, token, stream_id, profile_id, title_id, series_id, duration_s,"
        " device_id, quality, position_s, moved_at, watched_s, sequence, saved_at, lease_until, check_at, ended_at,"
        " stopped FROM streams");
    tx.execute("DROP TABLE streams");
    tx.execute("ALTER TABLE streams_by_user RENAME TO streams");
    tx.execute("CREATE INDEX streams_to_check ON streams(check_at) WHERE ended_at IS NULL");
}

}  // namespace matinee::playback
