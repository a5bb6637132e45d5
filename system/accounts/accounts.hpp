// Accounts and sessions: who somebody is, and that they are logged in.
//
// - A login is a session with a chain of refresh tokens, each of which works once (RFC 9700 section 4.14.2). One that
//   comes a second time was copied by somebody: the session ends, for the thief and for the owner, who logs in again. A
//   client that lost the answer to a refresh looks the same and has to log in again, too. Used ones are known for
//   `reuse_memory`.
// - Access tokens are JWTs that name their session. They are believed while their signature holds and their session
//   lives. A process remembers the first (verified_tokens.hpp), the key-value store the second for `session_memory`; an
//   end is written there before it is acknowledged, so that it holds at once. A request may go between the database and
//   that note, by its deadline or with its process: then note_ends() does it.
// - A wrong address takes as long as a wrong password.
// Refusals are ServiceErrors of the table.
#pragma once

#include "system/accounts/api.hpp"
#include "system/accounts/keys.hpp"
#include "system/accounts/verified_tokens.hpp"
#include "system/gateway/gateway.hpp"
#include "system/gateway/rate_limiter.hpp"
#include "system/ports/kv.hpp"

namespace matinee::accounts {

class Accounts : public gateway::Authenticator, public Directory {
public:
    Accounts(Clock& clock, Random& random, Sql& sql, Kv& kv, Crypto& crypto, const Settings& settings);

    /// EmailTaken; InvalidField for what is no address or no country. Without a country it is the settings' one.
    Task<Tokens> register_user(std::string email, std::string password, std::string name,
                               std::optional<std::string> country = std::nullopt);
    /// WrongCredentials, RateLimited (guesses at the account's password).
    Task<Tokens> log_in(std::string email, std::string password);
    /// Unauthenticated.
    Task<Tokens> refresh(std::string refresh_token);
    /// Ends the session of this token, used or not; again is fine. Unauthenticated where no such token was ever given,
    /// or it was used too long ago.
    Task<> log_out(std::string refresh_token);

    /// Of gateway::Authenticator.
    Task<gateway::Principal> authenticate(std::string_view access_token, gateway::Door& door) override;
    void approach(std::string_view authorization) const override { verified_.approach(authorization); }
    void require_admin(const std::string& token) const override;
    Task<std::string> jwks() { return keys_.jwks(); }

    /// NotFound.
    Task<Account> read(std::string user_id) override;
    std::optional<std::string> country_of(SqlTransaction& tx, const std::string& user_id) const override;
    /// NotFound, EmailTaken, WrongCredentials (the current password), RateLimited (guesses at it), InvalidField (no
    /// address, no country). A new password ends every session but `session_id`.
    Task<Account> update(std::string user_id, std::string session_id, Change change);
    /// Deletes all that is known here; others hear of it by event. NotFound.
    Task<> erase(std::string user_id);

    /// Everything that is kept of a user but for hashes, as JSON. NotFound.
    Task<std::string> export_of(std::string user_id);

    /// Notes at most `limit` ends of sessions that their requests may not have lived to note; how many.
    Task<size_t> note_ends(size_t limit);
    /// Deletes at most `limit` each of the sessions and refresh tokens that have expired; how many of those there were
    /// more of.
    Task<size_t> forget_expired(size_t limit);

private:
    static constexpr size_t kMostGuessers = size_t(1) << 16;

    struct Login;
    Login new_login();
    void start_session(SqlTransaction& tx, const Login& login, const std::string& user_id) const;
    void add_refresh_token(SqlTransaction& tx, const Login& login) const;
    Task<Tokens> tokens_of(Login login, std::string user_id);
    std::string hash_of(const std::string& refresh_token) const;

    Task<gateway::Principal> verified(std::string_view access_token);
    Task<> require_live(std::string session_id);
    Task<> note_ended(std::vector<std::string> session_ids);
    enum class Guess : uint8_t { CurrentPassword, Login };
    void count_guess(Guess what, const std::string& user_id, int64_t most_per_hour);
    Task<> check_current_password(std::string user_id, const Change& change);

    Clock& clock_;
    Random& random_;
    Sql& sql_;
    Kv& kv_;
    Crypto& crypto_;
    Settings settings_;
    Keys keys_;
    VerifiedTokens verified_;
    gateway::RateLimiter guesses_{0, kMostGuessers};  ///< no secret: users do not choose their ids; of this process
};

}  // namespace matinee::accounts
