#include "system/accounts/schema.hpp"

namespace matinee::accounts {

void create_tables(SqlTransaction& tx) {
    // email_key is the address in lower case: one account for an address, however it is typed.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS users("
        "  user_id TEXT PRIMARY KEY, email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
        "  country TEXT NOT NULL, password_hash TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT "
        "NULL)");
    // A session is a login on a device; it lives until it is ended or its newest refresh token expires.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS sessions("
        "  session_id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(user_id) ON DELETE CASCADE,"
        "  created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT) /* clustered */");
    tx.execute("CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions(user_id)");
    tx.execute("CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions(expires_at)");
    // Only hashes: who reads the table cannot refresh. used_at is set when the next token of the session replaces this
    // one.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS refresh_tokens("
        "  token_hash TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,"
        "  expires_at BIGINT NOT NULL, used_at BIGINT) /* clustered */");
    tx.execute("CREATE INDEX IF NOT EXISTS refresh_tokens_of_session ON refresh_tokens(session_id)");
    tx.execute("CREATE INDEX IF NOT EXISTS refresh_tokens_by_end ON refresh_tokens(expires_at)");
    // In base64url. Who can read this table can sign tokens, as who can write the one above can log in.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS signing_keys("
        "  key_id TEXT PRIMARY KEY, public_key TEXT NOT NULL, secret TEXT NOT NULL, created_at BIGINT NOT NULL)");
}

void create_ended_sessions(SqlTransaction& tx) {
    tx.execute("CREATE TABLE IF NOT EXISTS ended_sessions(session_id TEXT PRIMARY KEY) /* clustered */");
}

}  // namespace matinee::accounts
