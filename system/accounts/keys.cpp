#include "system/accounts/keys.hpp"

#include "system/base/encoding.hpp"
#include "system/base/json.hpp"

namespace matinee::accounts {

static NamedKey key_of(const SqlRow& row) {
    const auto bytes = [&](size_t column) { return from_base64url(row.text(column)).value_or(std::string()); };
    return {.key_id = row.text(0), .key = {.public_key = bytes(1), .secret = bytes(2)}, .created_at = row.integer(3)};
}

static constexpr std::string_view kNewestFirst =
    "SELECT key_id, public_key, secret, created_at FROM signing_keys ORDER BY created_at DESC, key_id DESC";

Task<NamedKey> Keys::signing() {
    const NamedKey* newest = nullptr;
    for (const auto& [key_id, key] : known_)
        if (newest == nullptr || key.created_at > newest->created_at) newest = &key;
    if (newest != nullptr && may_sign(*newest)) co_return *newest;
    const NamedKey fresh{
        .key_id = new_id("key", clock_, random_), .key = crypto_.new_signing_key(), .created_at = clock_.now()};
    // Another instance may have been quicker; then its key is the newest, and ours was for nothing.
    const auto newest_or_fresh = [&](SqlTransaction& tx) {
        const SqlRows rows = tx.query(kNewestFirst);
        if (!rows.empty() && may_sign(key_of(rows[0]))) return key_of(rows[0]);
        tx.execute("INSERT INTO signing_keys(key_id, public_key, secret, created_at) VALUES($1, $2, $3, $4)",
                   fresh.key_id, to_base64url(fresh.key.public_key), to_base64url(fresh.key.secret), fresh.created_at);
        for (const SqlRow& row : rows)
            if (!may_verify(key_of(row))) tx.execute("DELETE FROM signing_keys WHERE key_id = $1", row.text(0));
        return fresh;
    };
    const NamedKey key = co_await sql_.write(newest_or_fresh);
    known_[key.key_id] = key;
    co_return key;
}

Task<std::optional<NamedKey>> Keys::find(std::string key_id) {
    const auto known = known_.find(key_id);
    if (known == known_.end()) {
        const auto select = [&](SqlTransaction& tx) {
            return tx.find("SELECT key_id, public_key, secret, created_at FROM signing_keys WHERE key_id = $1", key_id);
        };
        const std::optional<SqlRow> row = co_await sql_.read(select);
        if (!row) co_return std::nullopt;
        known_[key_id] = key_of(*row);
    }
    const NamedKey& key = known_.at(key_id);
    co_return may_verify(key) ? std::optional<NamedKey>(key) : std::nullopt;
}

Task<std::string> Keys::jwks() {
    const auto select = [](SqlTransaction& tx) { return tx.query(kNewestFirst); };
    const SqlRows rows = co_await sql_.read(select);
    JsonOut out;
    out.object().key("keys").array();
    for (const SqlRow& row : rows) {
        const NamedKey key = key_of(row);
        if (!may_verify(key)) continue;
        out.object().text("kty", "OKP").text("crv", "Ed25519").text("alg", "EdDSA").text("use", "sig");
        out.text("kid", key.key_id).text("x", to_base64url(key.key.public_key)).end();
    }
    co_return out.end().end().take();
}

}  // namespace matinee::accounts
