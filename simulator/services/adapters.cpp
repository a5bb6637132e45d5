#include "simulator/services/adapters.hpp"

#include <algorithm>
#include <cstring>

#include "system/base/digest.hpp"
#include "system/base/encoding.hpp"
#include "system/base/service_error.hpp"
#include "system/base/sha256.hpp"

namespace matinee::services {

Task<> SimulatedSql::transact(Access access, SqlBody body) {
    const TimeNs arrival = executor_.now() + model_.round_trip / 2;
    const TimeNs done = station_.occupy(arrival, access == Access::Read ? model_.read : model_.write);
    co_await executor_.sleep_until(done);
    database_.transact(access, body);
    co_await executor_.sleep_until(done + model_.round_trip / 2);
}

Task<std::optional<KvEntry>> SimulatedKv::get(std::string_view key) {
    store_.approach(key);
    co_await there(model_.read);
    std::optional<KvEntry> entry = store_.get_now(key);
    co_await back();
    co_return entry;
}

Task<> SimulatedKv::put(std::string_view key, std::string value, TimeNs expires_at) {
    co_await there(model_.write);
    store_.put_now(key, value, expires_at);
    co_await back();
}

Task<bool> SimulatedKv::compare_and_set(std::string_view key, uint64_t version, std::string value, TimeNs expires_at) {
    co_await there(model_.write);
    const bool set = store_.compare_and_set_now(key, version, value, expires_at);
    co_await back();
    co_return set;
}

Task<bool> SimulatedKv::erase(std::string_view key) {
    co_await there(model_.write);
    const bool erased = store_.erase_now(key);
    co_await back();
    co_return erased;
}

template <class T>
Task<T> SimulatedEventLog::served(TimeNs service, Task<T> call) {
    const TimeNs done = station_.occupy(executor_.now() + model_.round_trip / 2, service);
    co_await executor_.sleep_until(done);
    if constexpr (std::is_void_v<T>) {
        co_await std::move(call);
        co_await executor_.sleep_until(done + model_.round_trip / 2);
    } else {
        T result = co_await std::move(call);
        co_await executor_.sleep_until(done + model_.round_trip / 2);
        co_return result;
    }
}

Task<> SimulatedEventLog::publish(std::vector<Event> events) {
    return served(model_.write, log_.publish(std::move(events)));
}

Task<std::vector<LoggedEvent>> SimulatedEventLog::read(std::string topic, int64_t after, size_t limit) {
    return served(model_.read, log_.read(std::move(topic), after, limit));
}

Task<std::vector<LoggedEvent>> SimulatedEventLog::read_about(std::string topic, std::string key, int64_t after,
                                                             size_t limit) {
    return served(model_.read, log_.read_about(std::move(topic), std::move(key), after, limit));
}

Task<std::vector<std::string>> SimulatedEventLog::topics() { return served(model_.read, log_.topics()); }

Task<> SimulatedEventLog::remove(std::string topic, std::vector<int64_t> positions) {
    return served(model_.write, log_.remove(std::move(topic), std::move(positions)));
}

Task<> SimulatedSearch::there(TimeNs service) {
    const TimeNs arrival = executor_.now() + model_.round_trip / 2;
    co_await executor_.sleep_until(station_.occupy(arrival, service));
}

Task<> SimulatedSearch::back() { co_await executor_.sleep_until(executor_.now() + model_.round_trip / 2); }

Task<> SimulatedSearch::put(std::vector<SearchDocument> documents) {
    co_await there(model_.write);
    co_await index_.put(std::move(documents));
    co_await back();
}

Task<> SimulatedSearch::remove(std::string id, int64_t version) {
    co_await there(model_.write);
    co_await index_.remove(std::move(id), version);
    co_await back();
}

Task<SearchAnswer> SimulatedSearch::search(SearchQuery query) {
    co_await there(model_.read);
    SearchAnswer answer = co_await index_.search(std::move(query));
    co_await back();
    co_return answer;
}

Task<std::vector<SearchSuggestion>> SimulatedSearch::suggest(SearchQuery query) {
    co_await there(model_.read);
    std::vector<SearchSuggestion> suggestions = co_await index_.suggest(std::move(query));
    co_await back();
    co_return suggestions;
}

Task<std::vector<std::pair<std::string, int64_t>>> SimulatedSearch::contents(std::string after, size_t limit) {
    co_await there(model_.read);
    auto found = co_await index_.contents(std::move(after), limit);
    co_await back();
    co_return found;
}

std::string SimulatedRandom::bytes(size_t count) {
    std::string drawn(count, '\0');
    uint32_t word = 0;
    for (size_t i = 0; i < count; ++i) {
        word = i % 4 == 0 ? stream_.next_u32() : word >> 8;
        drawn[i] = char(word & 255);
    }
    return drawn;
}

std::string SimulatedCrypto::sha256(std::string_view bytes) const { return matinee::sha256(bytes); }

std::string SimulatedCrypto::hmac_sha256(std::string_view key, std::string_view bytes) const {
    return matinee::hmac_sha256(key, bytes);
}

Task<> SimulatedCrypto::charge_hash() {
    if (hashing_.wait_at(executor_.now()) > model_.patience)
        throw ServiceError(ErrorCode::Unavailable, "too many passwords to check");
    co_await executor_.sleep_until(hashing_.occupy(executor_.now(), model_.hash));
}

/// 64 bytes that depend on every bit of key and message: what stands for slow cryptography. Nobody in here attacks it.
static std::string stand_in(std::string_view key, std::string_view message) {
    uint64_t a = 0x6d6174696e6565ull, b = key.size();
    for (const std::string_view part : {key, message})
        for (size_t at = 0; at < part.size(); at += 8) {
            uint64_t word = 0;
            std::memcpy(&word, part.data() + at, std::min<size_t>(8, part.size() - at));
            a = mix64(a ^ word) + b;
            b = mix64(b + word) ^ a;
        }
    std::string bytes(64, '\0');
    for (size_t at = 0; at < bytes.size(); at += 8) {
        a = mix64(a + b + message.size());
        std::memcpy(bytes.data() + at, &a, 8);
    }
    return bytes;
}

static std::string password_hash(std::string_view password, const std::string& salt) {
    return "$simulated$" + salt + "$" + to_hex(stand_in(salt, password).substr(0, 32));
}

std::string SimulatedCrypto::bcrypt_stand_in(std::string_view password) {
    return "$2b$10$" + to_base64url(matinee::hmac_sha256("bcrypt", password));
}

Task<std::string> SimulatedCrypto::hash_password(std::string password) {
    co_await charge_hash();
    co_return password_hash(password, to_hex(random_.bytes(16)));
}

Task<PasswordCheck> SimulatedCrypto::verify_password(std::string password, std::string hash) {
    co_await charge_hash();
    if (hash.starts_with("$2"))
        co_return PasswordCheck{.matches = hash == SimulatedCrypto::bcrypt_stand_in(password), .outdated = true};
    static constexpr size_t kPrefix = 11;  // "$simulated$"
    const std::string salt = hash.size() > kPrefix + 32 ? hash.substr(kPrefix, 32) : "";
    co_return PasswordCheck{.matches = hash == password_hash(password, salt), .outdated = false};
}

SigningKey SimulatedCrypto::new_signing_key() {
    const std::string secret = random_.bytes(32);
    return {.public_key = matinee::sha256(secret), .secret = secret};
}

Task<std::string> SimulatedCrypto::sign(SigningKey key, std::string message) {
    co_await executor_.sleep_until(signing_.occupy(executor_.now(), model_.sign));
    co_return stand_in(key.public_key, message);
}

Task<bool> SimulatedCrypto::verify(std::string public_key, std::string message, std::string signature) {
    co_await executor_.sleep_until(signing_.occupy(executor_.now(), model_.verify));
    co_return signature == stand_in(public_key, message);
}

}  // namespace matinee::services
