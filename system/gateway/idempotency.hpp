// Idempotency-Key: a client that lost the answer to a request sends it again with the same key and gets the first
// answer instead of a second effect. (The header is that of draft-ietf-httpapi-idempotency-key-header; what is kept and
// refused is as Stripe's API has it.) Routes switch it on in their row; handlers find the key in the call.
//
// - Keys belong to the user, or to the administrator. The same key with another request (method, target or body) is 422
//   idempotency_key_reused; while the first is being worked on it is 409 request_in_progress.
// - Answers and refusals (4xx) are kept for `lifetime`; of what failed inside (5xx), or is limited (429), nothing is
//   kept, so that it can be tried again.
// - The key is written before the handler runs and the answer after it. Where the process dies in between, the key is
//   free again after `lease`, and the handler runs once more: it must know by the key what it did before
//   (`Call::idempotency_key`), or do no harm the second time.
#pragma once

#include "system/gateway/route.hpp"
#include "system/ports/clock.hpp"
#include "system/ports/random.hpp"
#include "system/ports/sql.hpp"

namespace matinee::gateway {

struct IdempotencySettings {
    TimeNs lifetime = kDay;       ///< Stripe keeps keys for at least 24 hours
    TimeNs lease = 30 * kSecond;  ///< more than a request takes
};

class Idempotency {
public:
    Idempotency(Clock& clock, Random& random, Sql& sql, const IdempotencySettings& settings)
        : clock_(clock), random_(random), sql_(sql), settings_(settings) {}

    /// Makes its table where there is none.
    static void create_tables(SqlTransaction& tx);

    /// Runs the handler of a route that is idempotent and a call with a key, or gives the first answer again. Throws
    /// what the handler throws; IdempotencyKeyReused; RequestInProgress; InvalidField for what is no key.
    Task<Reply> once(const Route& route, Call& call);

    /// Deletes at most `limit` keys that have expired; how many.
    Task<size_t> forget_expired(size_t limit);
    /// Deletes the keys of a user, with the answers.
    static void erase(SqlTransaction& tx, const std::string& user_id);

private:
    struct Held;
    Task<Held> hold(std::string owner, std::string key, std::string fingerprint);
    Task<> keep(const Held& held, int status, std::string error, std::string field, std::string data);
    Task<> release(const Held& held);

    Clock& clock_;
    Random& random_;
    Sql& sql_;
    IdempotencySettings settings_;
};

}  // namespace matinee::gateway
