#include "system/gateway/idempotency.hpp"

#include <algorithm>

#include "system/base/encoding.hpp"
#include "system/base/service_error.hpp"
#include "system/base/sha256.hpp"

namespace matinee::gateway {

/// A key, and what is known of it.
struct Idempotency::Held {
    std::string owner;
    std::string key;
    std::string token;                    ///< of this holder; another holds the key once the lease is over
    std::optional<Reply> answer;          ///< the first answer
    std::optional<ServiceError> refusal;  ///< or the first refusal
};

namespace {

bool is_key(const std::string& key) {
    return !key.empty() && key.size() <= 255 &&
           std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
}

/// Of a whole request: what it does and with what.
std::string fingerprint_of(const Call& call) {
    const Request& request = call.request;
    const std::string& body = request.value ? to_text(call.body) : request.body;
    return to_base64url(sha256(request.method + " " + request.target + "\n" + body));
}

ErrorCode code_named(const std::string& name) {
    for (const ErrorInfo& info : error_table())
        if (info.name == name) return info.code;
    return ErrorCode::Internal;  // a code of a newer version
}

/// Whether the same request may get another answer later.
bool may_pass(const ServiceError& error) {
    const int status = info_of(error.code).status;
    return status >= 500 || status == 429 || status == 408;
}

}  // namespace

void Idempotency::create_tables(SqlTransaction& tx) {
    // status 0: the handler runs, until lease_until at the latest. error is empty for an answer; data is its JSON, or
    // the detail of the refusal.
    tx.execute(
        "CREATE TABLE IF NOT EXISTS idempotency_keys("
        "  owner TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, token TEXT NOT NULL,"
        "  lease_until BIGINT NOT NULL, expires_at BIGINT NOT NULL, status BIGINT NOT NULL, error TEXT NOT NULL,"
        "  field TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY(owner, key))");
    tx.execute("CREATE INDEX IF NOT EXISTS idempotency_keys_by_end ON idempotency_keys(expires_at)");
}

Task<Idempotency::Held> Idempotency::hold(std::string owner, std::string key, std::string fingerprint) {
    const TimeNs now = clock_.now();
    const std::string token = to_base64url(random_.bytes(12));
    const auto take = [&](SqlTransaction& tx) {
        Held held{.owner = owner, .key = key, .token = token};
        const auto row = tx.find(
            "SELECT fingerprint, lease_until, expires_at, status, error, field, data FROM idempotency_keys"
            " WHERE owner = $1 AND key = $2",
            owner, key);
        const bool is_known = row && row->integer(2) > now;
        if (is_known && row->text(0) != fingerprint) throw ServiceError(ErrorCode::IdempotencyKeyReused);
        if (is_known && row->integer(3) != 0) {
            if (row->text(4).empty()) {
                held.answer.emplace();
                held.answer->data = row->text(6);
                held.answer->status = int(row->integer(3));
            } else {
                held.refusal.emplace(code_named(row->text(4)), row->text(6), row->text(5));
            }
            return held;
        }
        if (is_known && row->integer(1) > now) throw ServiceError(ErrorCode::RequestInProgress);
        tx.execute(
            "INSERT INTO idempotency_keys(owner, key, fingerprint, token, lease_until, expires_at, status, error, "
            "field,"
            " data) VALUES($1, $2, $3, $4, $5, $6, 0, '', '', '')"
            " ON CONFLICT(owner, key) DO UPDATE SET fingerprint = excluded.fingerprint, token = excluded.token,"
            " lease_until = excluded.lease_until, expires_at = excluded.expires_at, status = 0, error = '', field = '',"
            " data = ''",
            owner, key, fingerprint, token, now + settings_.lease, now + settings_.lifetime);
        return held;
    };
    co_return co_await sql_.write(take);
}

Task<> Idempotency::keep(const Held& held, int status, std::string error, std::string field, std::string data) {
    const auto write = [&](SqlTransaction& tx) {
        tx.execute(
            "UPDATE idempotency_keys SET status = $1, error = $2, field = $3, data = $4"
            " WHERE owner = $5 AND key = $6 AND token = $7",
            status, error, field, data, held.owner, held.key, held.token);
    };
    co_await sql_.write(write);
}

Task<> Idempotency::release(const Held& held) {
    const auto remove = [&](SqlTransaction& tx) {
        tx.execute("DELETE FROM idempotency_keys WHERE owner = $1 AND key = $2 AND token = $3", held.owner, held.key,
                   held.token);
    };
    co_await sql_.write(remove);
}

Task<Reply> Idempotency::once(const Route& route, Call& call) {
    if (!is_key(call.idempotency_key))
        throw ServiceError(ErrorCode::InvalidField, "idempotency-key must be 1 to 255 printable ASCII characters",
                           "idempotency-key");
    const std::string owner = route.access == Access::Admin ? "admin" : call.principal.user_id;
    const Held held = co_await hold(owner, call.idempotency_key, fingerprint_of(call));
    if (held.refusal) throw ServiceError(*held.refusal);
    if (held.answer) {
        Reply again = *held.answer;
        again.headers.push_back({"idempotent-replayed", "true"});
        co_return again;
    }
    std::optional<ServiceError> refused;
    std::exception_ptr failed;
    Reply reply;
    try {
        Task<Reply> handler = route.handler(call);
        reply = co_await std::move(handler);
    } catch (const ServiceError& error) {
        refused = error;
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed || (refused && may_pass(*refused))) {
        co_await release(held);
        if (failed) std::rethrow_exception(failed);
        throw ServiceError(*refused);
    }
    if (refused) {
        const ErrorInfo& info = info_of(refused->code);
        co_await keep(held, info.status, std::string(info.name), refused->field, refused->what());
        throw ServiceError(*refused);
    }
    co_await keep(held, reply.status == 0 ? route.success : reply.status, "", "", reply.data);
    co_return reply;
}

Task<size_t> Idempotency::forget_expired(size_t limit) {
    const TimeNs now = clock_.now();
    const auto remove = [&](SqlTransaction& tx) {
        const SqlRows keys = tx.query(
            "SELECT owner, key FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at, owner, key LIMIT $2",
            now, limit);
        for (const SqlRow& row : keys)
            tx.execute("DELETE FROM idempotency_keys WHERE owner = $1 AND key = $2", row.text(0), row.text(1));
        return keys.size();
    };
    co_return co_await sql_.write(remove);
}

void Idempotency::erase(SqlTransaction& tx, const std::string& user_id) {
    tx.execute("DELETE FROM idempotency_keys WHERE owner = $1", user_id);
}

}  // namespace matinee::gateway
