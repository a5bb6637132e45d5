// Access tokens: from the text in a header to somebody who is logged in.
#include "system/accounts/accounts.hpp"
#include "system/accounts/jwt.hpp"
#include "system/base/encoding.hpp"

namespace matinee::accounts {

namespace {

constexpr const char* kLive = "live";
constexpr const char* kEnded = "ended";

[[noreturn]] void refuse() { throw ServiceError(ErrorCode::Unauthenticated, "the access token is not valid"); }

std::string session_key(const std::string& session_id) { return "session:" + session_id; }

}  // namespace

Task<gateway::Principal> Accounts::authenticate(std::string_view access_token, gateway::Door& door) {
    if (access_token.size() > kLongestToken) refuse();
    gateway::Principal principal;
    if (std::optional<gateway::Principal> known = verified_.find(access_token, clock_.now())) {
        principal = std::move(*known);
    } else {
        door.admit_stranger();
        principal = co_await verified(access_token);
    }
    const std::string session = session_key(principal.session_id);
    const std::optional<KvEntry> noted = co_await kv_.get(session);
    if (noted && noted->value != kLive) refuse();
    if (!noted) co_await require_live(principal.session_id);
    co_return principal;
}

void Accounts::require_admin(const std::string& token) const {
    if (settings_.admin_token.empty() || !equal_in_constant_time(token, settings_.admin_token))
        throw ServiceError(ErrorCode::Unauthenticated, "this needs the administrator's token");
}

/// Believes the signature once and remembers it.
Task<gateway::Principal> Accounts::verified(std::string_view access_token) {
    const std::optional<ParsedToken> parsed = parse_token(access_token);
    if (!parsed) refuse();
    const TimeNs now = clock_.now();
    const Claims& claims = parsed->claims;
    // A token that lives longer than ours do was signed by a key of ours for something else.
    if (claims.issuer != settings_.issuer || claims.expires_at <= now || claims.issued_at > now ||
        claims.expires_at > now + settings_.access_token_lifetime)
        refuse();
    const std::optional<NamedKey> key = co_await keys_.find(parsed->key_id);
    if (!key) refuse();
    const bool genuine = co_await crypto_.verify(key->key.public_key, parsed->to_sign, parsed->signature);
    if (!genuine) refuse();
    gateway::Principal principal;
    principal.user_id = claims.user_id;
    principal.session_id = claims.session_id;
    principal.country = claims.country;
    principal.expires_at = claims.expires_at;
    verified_.keep(access_token, principal);
    co_return principal;
}

/// Of a session that nothing is noted about.
Task<> Accounts::require_live(std::string session_id) {
    const TimeNs now = clock_.now();
    const auto lives = [&](SqlTransaction& tx) {
        return tx
            .find("SELECT 1 FROM sessions WHERE session_id = $1 AND ended_at IS NULL AND expires_at > $2", session_id,
                  now)
            .has_value();
    };
    if (!co_await sql_.read(lives)) refuse();
    // Only where still nothing is noted: an end that came meanwhile must stay.
    co_await kv_.compare_and_set(session_key(session_id), 0, kLive, now + settings_.session_memory);
}

/// The note outlives every access token of the session, and thereby every stale look at the database.
Task<> Accounts::note_ended(std::vector<std::string> session_ids) {
    for (const std::string& session_id : session_ids)
        co_await kv_.put(session_key(session_id), kEnded,
                         clock_.now() + settings_.access_token_lifetime + settings_.session_memory);
}

}  // namespace matinee::accounts
