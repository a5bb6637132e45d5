// Access tokens: from the text in a header to somebody who is logged in.
#include <charconv>

#include "system/accounts/accounts.hpp"
#include "system/accounts/jwt.hpp"
#include "system/base/encoding.hpp"

namespace matinee::accounts {

namespace {

constexpr const char* kLive = "live";
constexpr const char* kEnded = "ended";

[[noreturn]] void refuse() { throw ServiceError(ErrorCode::Unauthenticated, "the access token is not valid"); }

/// A line each: ids have no line ends.
std::string remembered(const gateway::Principal& principal) {
    return principal.user_id + "\n" + principal.session_id + "\n" + std::to_string(principal.expires_at);
}

gateway::Principal recalled(const std::string& text) {
    const size_t first = text.find('\n');
    const size_t second = text.find('\n', first + 1);
    gateway::Principal principal;
    principal.user_id = text.substr(0, first);
    principal.session_id = text.substr(first + 1, second - first - 1);
    std::from_chars(text.data() + second + 1, text.data() + text.size(), principal.expires_at);
    return principal;
}

std::string session_key(const std::string& session_id) { return "session:" + session_id; }

}  // namespace

Task<gateway::Principal> Accounts::authenticate(std::string access_token) {
    gateway::Principal principal = co_await verified(std::move(access_token));
    co_await require_live(principal.session_id);
    co_return principal;
}

void Accounts::require_admin(const std::string& token) const {
    if (settings_.admin_token.empty() || !equal_in_constant_time(token, settings_.admin_token))
        throw ServiceError(ErrorCode::Unauthenticated, "this needs the administrator's token");
}

/// Believes the signature once and remembers it by the hash of the whole token.
Task<gateway::Principal> Accounts::verified(std::string access_token) {
    if (access_token.size() > kLongestToken) refuse();
    const std::string cached_as = "token:" + to_base64url(crypto_.sha256(access_token));
    const std::optional<KvEntry> cached = co_await kv_.get(cached_as);
    if (cached) co_return recalled(cached->value);
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
    principal.expires_at = claims.expires_at;
    co_await kv_.put(cached_as, remembered(principal), principal.expires_at);
    co_return principal;
}

Task<> Accounts::require_live(std::string session_id) {
    const std::string key = session_key(session_id);
    const std::optional<KvEntry> noted = co_await kv_.get(key);
    if (noted && noted->value == kLive) co_return;
    if (noted) refuse();
    const TimeNs now = clock_.now();
    const auto lives = [&](SqlTransaction& tx) {
        return tx
            .find("SELECT 1 FROM sessions WHERE session_id = $1 AND ended_at IS NULL AND expires_at > $2", session_id,
                  now)
            .has_value();
    };
    if (!co_await sql_.read(lives)) refuse();
    // Only where nothing is noted: an end that came meanwhile must stay.
    co_await kv_.compare_and_set(key, 0, kLive, now + settings_.session_memory);
}

/// The note outlives every access token of the session, and thereby every stale look at the database.
Task<> Accounts::note_ended(std::vector<std::string> session_ids) {
    for (const std::string& session_id : session_ids)
        co_await kv_.put(session_key(session_id), kEnded,
                         clock_.now() + settings_.access_token_lifetime + settings_.session_memory);
}

}  // namespace matinee::accounts
