#include "system/profiles/schema.hpp"

namespace matinee::profiles {

void create_tables(SqlTransaction& tx) {
    tx.execute(
        "CREATE TABLE IF NOT EXISTS profiles("
        "  profile_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, profile_name TEXT NOT NULL,"
        "  is_kids_profile BIGINT NOT NULL, strongest_rating TEXT NOT NULL, language TEXT NOT NULL,"
        "  avatar_url TEXT NOT NULL, created_at BIGINT NOT NULL)");
    tx.execute("CREATE INDEX IF NOT EXISTS profiles_of_user ON profiles(user_id)");
    // failures are those since the last right PIN; until blocked_until none is taken.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS parental_pins("
        "  user_id TEXT PRIMARY KEY, pin_hash TEXT NOT NULL, failures BIGINT NOT NULL, blocked_until BIGINT NOT NULL)");
    tx.execute(
        "CREATE TABLE IF NOT EXISTS watchlist("
        "  profile_id TEXT NOT NULL REFERENCES profiles(profile_id) ON DELETE CASCADE, title_id TEXT NOT NULL,"
        "  added_at BIGINT NOT NULL, PRIMARY KEY(profile_id, title_id))");
    // Accounts that were erased a while ago: see Settings::erasure_memory.
    tx.execute("CREATE TABLE IF NOT EXISTS profiles_erased(user_id TEXT PRIMARY KEY, at BIGINT NOT NULL)");
}

}  // namespace matinee::profiles
