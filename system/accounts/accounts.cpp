#include "system/accounts/accounts.hpp"

#include <algorithm>

#include "system/accounts/countries.hpp"
#include "system/accounts/email.hpp"
#include "system/accounts/jwt.hpp"
#include "system/base/encoding.hpp"
#include "system/events/outbox.hpp"

namespace matinee::accounts {

namespace {

Event event_about(const std::string& event_id, const char* type, const std::string& user_id, TimeNs at) {
    JsonOut data;
    data.object().text("user_id", user_id).end();
    return {.event_id = event_id, .topic = kTopic, .type = type, .key = user_id, .at = at, .data = data.take()};
}

/// In the transaction that ends a session: the key-value store has to hear of it, whatever becomes of the request.
void mark_ended(SqlTransaction& tx, const std::string& session_id) {
    tx.execute("INSERT INTO ended_sessions(session_id) VALUES($1) ON CONFLICT DO NOTHING", session_id);
}

[[noreturn]] void refuse_taken_or_rethrow(const SqlError& error) {
    if (error.kind == SqlError::Kind::Unique) throw ServiceError(ErrorCode::EmailTaken);
    throw error;
}

}  // namespace

/// A session or the next link of one, before anybody knows of it.
struct Accounts::Login {
    std::string session_id;
    std::string refresh_token;
    std::string country;  ///< of the account
    TimeNs now = 0;
    TimeNs session_ends = 0;
};

Accounts::Accounts(Clock& clock, Random& random, Sql& sql, Kv& kv, Crypto& crypto, const Settings& settings)
    : clock_(clock),
      random_(random),
      sql_(sql),
      kv_(kv),
      crypto_(crypto),
      settings_(settings),
      keys_(clock, random, sql, crypto, settings_) {}

std::string Accounts::hash_of(const std::string& refresh_token) const {
    return to_base64url(crypto_.sha256(refresh_token));
}

Accounts::Login Accounts::new_login() {
    const TimeNs now = clock_.now();
    return {.session_id = new_id("ses", clock_, random_),
            .refresh_token = "rt_" + to_base64url(random_.bytes(32)),
            .now = now,
            .session_ends = now + settings_.refresh_token_lifetime};
}

void Accounts::start_session(SqlTransaction& tx, const Login& login, const std::string& user_id) const {
    tx.execute("INSERT INTO sessions(session_id, user_id, created_at, expires_at) VALUES($1, $2, $3, $4)",
               login.session_id, user_id, login.now, login.session_ends);
    add_refresh_token(tx, login);
}

void Accounts::add_refresh_token(SqlTransaction& tx, const Login& login) const {
    tx.execute("INSERT INTO refresh_tokens(token_hash, session_id, expires_at) VALUES($1, $2, $3)",
               hash_of(login.refresh_token), login.session_id, login.session_ends);
}

Task<Tokens> Accounts::tokens_of(Login login, std::string user_id) {
    const NamedKey key = co_await keys_.signing();
    const Claims claims{.issuer = settings_.issuer,
                        .user_id = user_id,
                        .session_id = login.session_id,
                        .token_id = new_id("jti", clock_, random_),
                        .country = login.country,
                        .issued_at = login.now,
                        .expires_at = login.now + settings_.access_token_lifetime};
    const std::string to_sign = token_to_sign(key.key_id, claims);
    const std::string signature = co_await crypto_.sign(key.key, to_sign);
    Tokens tokens;
    tokens.user_id = std::move(user_id);
    tokens.access_token = signed_token(to_sign, signature);
    tokens.refresh_token = std::move(login.refresh_token);
    tokens.expires_in = settings_.access_token_lifetime;
    co_return tokens;
}

Task<Tokens> Accounts::register_user(std::string email, std::string password, std::string name,
                                     std::optional<std::string> country) {
    check_email(email);
    const std::string key = email_key(email);
    const std::string lives_in = country ? country_code(*country) : settings_.default_country;
    const auto is_taken = [&](SqlTransaction& tx) {
        return tx.find("SELECT 1 FROM users WHERE email_key = $1", key).has_value();
    };
    if (co_await sql_.read(is_taken)) throw ServiceError(ErrorCode::EmailTaken);
    const std::string hash = co_await crypto_.hash_password(std::move(password));
    const std::string user_id = new_id("usr", clock_, random_);
    Login login = new_login();
    login.country = lives_in;
    const Event registered = event_about(new_id("evt", clock_, random_), kRegistered, user_id, login.now);
    const auto insert = [&](SqlTransaction& tx) {
        tx.execute(
            "INSERT INTO users(user_id, email, email_key, name, country, password_hash, created_at, updated_at)"
            " VALUES($1, $2, $3, $4, $5, $6, $7, $7)",
            user_id, email, key, name, lives_in, hash, login.now);
        start_session(tx, login, user_id);
        events::append(tx, registered);
    };
    try {
        co_await sql_.write(insert);
    } catch (const SqlError& error) {
        refuse_taken_or_rethrow(error);  // somebody else was quicker, while the password was being hashed
    }
    co_return co_await tokens_of(login, user_id);
}

Task<Tokens> Accounts::log_in(std::string email, std::string password) {
    // Whatever it is: accounts may have addresses that would not be taken today.
    const std::string key = email_key(email);
    const auto select = [&](SqlTransaction& tx) {
        return tx.find("SELECT user_id, password_hash, country FROM users WHERE email_key = $1", key);
    };
    const std::optional<SqlRow> user = co_await sql_.read(select);
    if (!user) {
        (void)co_await crypto_.hash_password(std::move(password));
        throw ServiceError(ErrorCode::WrongCredentials);
    }
    const std::string user_id = user->text(0);
    const std::string old_hash = user->text(1);
    // Who guesses from many addresses at once passes the limit of each. (That there is such an account, registering
    // tells, too.)
    count_guess(Guess::Login, user_id, settings_.logins_per_hour);
    const PasswordCheck check = co_await crypto_.verify_password(password, old_hash);
    if (!check.matches) throw ServiceError(ErrorCode::WrongCredentials);
    std::string new_hash = old_hash;
    if (check.outdated) new_hash = co_await crypto_.hash_password(std::move(password));
    Login login = new_login();
    login.country = user->text(2);
    const auto start = [&](SqlTransaction& tx) {
        // Between the look and now the password may have changed, or the account gone.
        const auto now = tx.find("SELECT password_hash FROM users WHERE user_id = $1", user_id);
        if (!now || now->text(0) != old_hash) throw ServiceError(ErrorCode::WrongCredentials);
        if (new_hash != old_hash)
            tx.execute("UPDATE users SET password_hash = $1 WHERE user_id = $2", new_hash, user_id);
        start_session(tx, login, user_id);
    };
    co_await sql_.write(start);
    co_return co_await tokens_of(login, user_id);
}

Task<Tokens> Accounts::refresh(std::string refresh_token) {
    struct Found {
        enum class What : uint8_t { Nothing, Reused, Fresh } what = What::Nothing;
        std::string session_id, user_id;
    };
    Login login = new_login();
    const std::string hash = hash_of(refresh_token);
    const auto rotate = [&](SqlTransaction& tx) {
        Found found;
        const auto row = tx.find(
            "SELECT t.session_id, s.user_id, t.used_at IS NOT NULL, t.expires_at, s.ended_at IS NOT NULL, u.country"
            " FROM refresh_tokens t JOIN sessions s ON s.session_id = t.session_id"
            " JOIN users u ON u.user_id = s.user_id WHERE t.token_hash = $1",
            hash);
        if (!row || row->integer(4) != 0 || row->integer(3) <= login.now) return found;
        found.session_id = row->text(0);
        found.user_id = row->text(1);
        if (row->integer(2) != 0) {
            tx.execute("UPDATE sessions SET ended_at = $1 WHERE session_id = $2", login.now, found.session_id);
            mark_ended(tx, found.session_id);
            found.what = Found::What::Reused;
            return found;
        }
        login.session_id = found.session_id;
        login.country = row->text(5);
        tx.execute(
            "UPDATE refresh_tokens SET used_at = $1, expires_at = CASE WHEN expires_at < $2 THEN expires_at ELSE $2 END"
            " WHERE token_hash = $3",
            login.now, login.now + settings_.reuse_memory, hash);
        tx.execute("UPDATE sessions SET expires_at = $1 WHERE session_id = $2", login.session_ends, found.session_id);
        add_refresh_token(tx, login);
        found.what = Found::What::Fresh;
        return found;
    };
    const Found found = co_await sql_.write(rotate);
    if (found.what == Found::What::Reused) co_await note_ended(std::vector<std::string>(1, found.session_id));
    if (found.what != Found::What::Fresh)
        throw ServiceError(ErrorCode::Unauthenticated, "the refresh token is not valid");
    co_return co_await tokens_of(login, found.user_id);
}

Task<> Accounts::log_out(std::string refresh_token) {
    const TimeNs now = clock_.now();
    const std::string hash = hash_of(refresh_token);
    const auto end = [&](SqlTransaction& tx) {
        const auto row = tx.find("SELECT session_id FROM refresh_tokens WHERE token_hash = $1", hash);
        if (!row) return std::string();
        tx.execute("UPDATE sessions SET ended_at = $1 WHERE session_id = $2 AND ended_at IS NULL", now, row->text(0));
        mark_ended(tx, row->text(0));
        return row->text(0);
    };
    const std::string session_id = co_await sql_.write(end);
    if (session_id.empty()) throw ServiceError(ErrorCode::Unauthenticated, "the refresh token is not valid");
    co_await note_ended(std::vector<std::string>(1, session_id));
}

Task<Account> Accounts::read(std::string user_id) {
    const auto select = [&](SqlTransaction& tx) {
        return tx.find("SELECT email, name, created_at, updated_at, country FROM users WHERE user_id = $1", user_id);
    };
    const std::optional<SqlRow> row = co_await sql_.read(select);
    if (!row) throw ServiceError(ErrorCode::NotFound);
    Account account;
    account.user_id = std::move(user_id);
    account.email = row->text(0);
    account.name = row->text(1);
    account.created_at = row->integer(2);
    account.updated_at = row->integer(3);
    account.country = row->text(4);
    co_return account;
}

std::optional<std::string> Accounts::country_of(SqlTransaction& tx, const std::string& user_id) const {
    const auto row = tx.find("SELECT country FROM users WHERE user_id = $1", user_id);
    return row ? std::optional(row->text(0)) : std::nullopt;
}

/// A try to name the account's password. What is right counts, too: nobody needs many. RateLimited.
void Accounts::count_guess(Guess what, const std::string& user_id, int64_t most_per_hour) {
    const gateway::Quota quota{most_per_hour, kHour};
    if (quota.capacity == 0) return;
    const auto decision = guesses_.take(guesses_.key_of(uint64_t(what), user_id), quota, clock_.now());
    if (!decision.allowed)
        throw ServiceError(ErrorCode::RateLimited, "too many tries with the password of this account")
            .worth_retrying_in(decision.retry_in);
}

Task<> Accounts::check_current_password(std::string user_id, const Change& change) {
    if (!change.current_password)
        throw ServiceError(ErrorCode::InvalidField, "current_password is missing", "current_password");
    // Who has found a device that is logged in could otherwise try as many as fit into the limits of a user.
    count_guess(Guess::CurrentPassword, user_id, settings_.password_guesses_per_hour);
    const auto select = [&](SqlTransaction& tx) {
        return tx.find("SELECT password_hash FROM users WHERE user_id = $1", user_id);
    };
    const std::optional<SqlRow> row = co_await sql_.read(select);
    if (!row) throw ServiceError(ErrorCode::NotFound);
    const PasswordCheck check = co_await crypto_.verify_password(*change.current_password, row->text(0));
    if (!check.matches) throw ServiceError(ErrorCode::WrongCredentials);
}

Task<Account> Accounts::update(std::string user_id, std::string session_id, Change change) {
    std::string key;
    if (change.email) {
        check_email(*change.email);
        key = email_key(*change.email);
    }
    std::string country;
    if (change.country) country = country_code(*change.country);
    if (change.email || change.password) co_await check_current_password(user_id, change);
    std::string hash;
    if (change.password) hash = co_await crypto_.hash_password(*change.password);
    const TimeNs now = clock_.now();
    std::vector<std::string> ended;
    const auto apply = [&](SqlTransaction& tx) {
        ended.clear();
        if (tx.execute("UPDATE users SET updated_at = $1 WHERE user_id = $2", now, user_id) == 0)
            throw ServiceError(ErrorCode::NotFound);
        if (change.name) tx.execute("UPDATE users SET name = $1 WHERE user_id = $2", *change.name, user_id);
        if (change.country) tx.execute("UPDATE users SET country = $1 WHERE user_id = $2", country, user_id);
        if (change.email)
            tx.execute("UPDATE users SET email = $1, email_key = $2 WHERE user_id = $3", *change.email, key, user_id);
        if (!change.password) return;
        tx.execute("UPDATE users SET password_hash = $1 WHERE user_id = $2", hash, user_id);
        const SqlRows others = tx.query(
            "SELECT session_id FROM sessions WHERE user_id = $1 AND session_id <> $2 AND ended_at IS NULL"
            " ORDER BY session_id",
            user_id, session_id);
        for (const SqlRow& row : others) {
            tx.execute("UPDATE sessions SET ended_at = $1 WHERE session_id = $2", now, row.text(0));
            mark_ended(tx, row.text(0));
            ended.push_back(row.text(0));
        }
    };
    try {
        co_await sql_.write(apply);
    } catch (const SqlError& error) {
        refuse_taken_or_rethrow(error);
    }
    co_await note_ended(ended);
    co_return co_await read(std::move(user_id));
}

Task<> Accounts::erase(std::string user_id) {
    const Event erased = event_about(new_id("evt", clock_, random_), kErased, user_id, clock_.now());
    std::vector<std::string> ended;
    const auto remove = [&](SqlTransaction& tx) {
        ended.clear();
        const SqlRows sessions =
            tx.query("SELECT session_id FROM sessions WHERE user_id = $1 ORDER BY session_id", user_id);
        for (const SqlRow& row : sessions) {
            mark_ended(tx, row.text(0));
            ended.push_back(row.text(0));
        }
        if (tx.execute("DELETE FROM users WHERE user_id = $1", user_id) == 0) throw ServiceError(ErrorCode::NotFound);
        events::append(tx, erased);
    };
    co_await sql_.write(remove);
    co_await note_ended(ended);
}

Task<size_t> Accounts::note_ends(size_t limit) {
    const auto select = [&](SqlTransaction& tx) {
        return tx.query("SELECT session_id FROM ended_sessions ORDER BY session_id LIMIT $1", limit);
    };
    const SqlRows rows = co_await sql_.read(select);
    if (rows.empty()) co_return 0;
    std::vector<std::string> ended;
    for (const SqlRow& row : rows) ended.push_back(row.text(0));
    co_await note_ended(ended);
    const auto strike_off = [&](SqlTransaction& tx) {
        for (const std::string& session_id : ended)
            tx.execute("DELETE FROM ended_sessions WHERE session_id = $1", session_id);
    };
    co_await sql_.write(strike_off);
    co_return ended.size();
}

Task<size_t> Accounts::forget_expired(size_t limit) {
    const TimeNs now = clock_.now();
    // Row by row: SQLite takes 40 us to delete by a subquery, even where that finds nothing.
    const auto remove = [&](SqlTransaction& tx) {
        const SqlRows tokens = tx.query(
            "SELECT token_hash FROM refresh_tokens WHERE expires_at <= $1 ORDER BY expires_at, token_hash LIMIT $2",
            now, limit);
        for (const SqlRow& row : tokens) tx.execute("DELETE FROM refresh_tokens WHERE token_hash = $1", row.text(0));
        const SqlRows sessions =
            tx.query("SELECT session_id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at, session_id LIMIT $2",
                     now, limit);
        for (const SqlRow& row : sessions) tx.execute("DELETE FROM sessions WHERE session_id = $1", row.text(0));
        return std::max(tokens.size(), sessions.size());
    };
    co_return co_await sql_.write(remove);
}

}  // namespace matinee::accounts
