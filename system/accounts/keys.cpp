#include "system/accounts/keys.hpp"

#include <algorithm>

#include "system/base/encoding.hpp"
#include "system/base/json.hpp"

namespace matinee::accounts {

static NamedKey key_of(const SqlRow& row) {
    const auto bytes = [&](size_t column) { return from_base64url(row.text(column)).value_or(std::string()); };
    return {.key_id = row.text(0), .key = {.public_key = bytes(1), .secret = bytes(2)}, .created_at = row.integer(3)};
}

Keys::NewestFirst Keys::select_all(SqlTransaction& tx) {
    NewestFirst keys;
    for (const SqlRow& row : tx.query("SELECT key_id, public_key, secret, created_at FROM signing_keys"
                                      " ORDER BY created_at DESC, key_id DESC"))
        keys.push_back(key_of(row));
    return keys;
}

bool Keys::needs_next(const NewestFirst& keys) const {
    return keys.empty() || clock_.now() >= keys.front().created_at + settings_.key_rotation;
}

/// The newest that everybody has had time to hear of; where there is none, the oldest.
const NamedKey& Keys::signer(const NewestFirst& keys) const {
    const auto known_to_all = [this](const NamedKey& key) {
        return clock_.now() >= key.created_at + settings_.key_notice;
    };
    const auto found = std::find_if(keys.begin(), keys.end(), known_to_all);
    return found == keys.end() ? keys.back() : *found;
}

/// Whether the next one has signed for as long as tokens live.
bool Keys::is_retired(const NewestFirst& keys, size_t place) const {
    return place > 0 &&
           clock_.now() >= keys[place - 1].created_at + settings_.key_notice + settings_.access_token_lifetime;
}

Task<NamedKey> Keys::signing() {
    if (!needs_next(known_)) co_return signer(known_);
    const NamedKey fresh{
        .key_id = new_id("key", clock_, random_), .key = crypto_.new_signing_key(), .created_at = clock_.now()};
    // Another instance may have been quicker; then its key is the next, and ours was for nothing.
    const auto all_with_next = [&](SqlTransaction& tx) {
        NewestFirst keys = select_all(tx);
        if (!needs_next(keys)) return keys;
        tx.execute("INSERT INTO signing_keys(key_id, public_key, secret, created_at) VALUES($1, $2, $3, $4)",
                   fresh.key_id, to_base64url(fresh.key.public_key), to_base64url(fresh.key.secret), fresh.created_at);
        keys.insert(keys.begin(), fresh);
        while (is_retired(keys, keys.size() - 1)) {
            tx.execute("DELETE FROM signing_keys WHERE key_id = $1", keys.back().key_id);
            keys.pop_back();
        }
        return keys;
    };
    known_ = co_await sql_.write(all_with_next);
    co_return signer(known_);
}

Task<std::optional<NamedKey>> Keys::find(std::string key_id) {
    const auto place_of = [&] {
        return size_t(
            std::find_if(known_.begin(), known_.end(), [&](const NamedKey& key) { return key.key_id == key_id; }) -
            known_.begin());
    };
    size_t place = place_of();
    if (place == known_.size()) {
        known_ = co_await sql_.read(select_all);
        place = place_of();
    }
    if (place == known_.size() || is_retired(known_, place)) co_return std::nullopt;
    co_return known_[place];
}

Task<std::string> Keys::jwks() {
    const NewestFirst keys = co_await sql_.read(select_all);
    JsonOut out;
    out.object().key("keys").array();
    for (size_t i = 0; i < keys.size(); ++i) {
        if (is_retired(keys, i)) continue;
        out.object().text("kty", "OKP").text("crv", "Ed25519").text("alg", "EdDSA").text("use", "sig");
        out.text("kid", keys[i].key_id).text("x", to_base64url(keys[i].key.public_key)).end();
    }
    co_return out.end().end().take();
}

}  // namespace matinee::accounts
