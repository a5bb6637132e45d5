// The parents' PIN.
#include <algorithm>
#include <exception>

#include "system/base/service_error.hpp"
#include "system/profiles/profiles.hpp"

namespace matinee::profiles {

static void check_form(const std::string& pin) {
    const bool digits = std::all_of(pin.begin(), pin.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || pin.size() < 4 || pin.size() > 8)
        throw ServiceError(ErrorCode::InvalidField, "pin must be 4 to 8 digits", "pin");
}

Task<> ProfileService::require_pin(std::string user_id, std::string pin) {
    const TimeNs now = clock_.now();
    // Counted first, taken back where it was right.
    const auto count = [&](SqlTransaction& tx) {
        const auto row =
            tx.find("SELECT pin_hash, failures, blocked_until FROM parental_pins WHERE user_id = $1", user_id);
        if (!row) throw ServiceError(ErrorCode::WrongPin, "the account has no PIN");
        if (const TimeNs blocked_until = row->integer(2); blocked_until > now)
            throw ServiceError(ErrorCode::RateLimited, "too many wrong PINs").worth_retrying_in(blocked_until - now);
        const int64_t failures = row->integer(1) + 1;
        tx.execute("UPDATE parental_pins SET failures = $1, blocked_until = $2 WHERE user_id = $3", failures,
                   failures >= settings_.pin_attempts ? now + settings_.pin_pause : 0, user_id);
        return row->text(0);
    };
    const std::string hash = co_await sql_.write(count);
    bool is_right = false;
    std::exception_ptr failure;
    try {
        is_right = co_await knows_pin(user_id, std::move(pin), hash);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        co_await take_back_guess(user_id, hash);
        std::rethrow_exception(failure);
    }
    if (!is_right) throw ServiceError(ErrorCode::WrongPin);
}

/// Whether it is the PIN; then wrong ones before it are forgotten.
Task<bool> ProfileService::knows_pin(std::string user_id, std::string pin, std::string hash) {
    const PasswordCheck check = co_await crypto_.verify_password(std::move(pin), hash);
    if (!check.matches) co_return false;
    const auto forgive = [&](SqlTransaction& tx) {
        return tx.execute(
            "UPDATE parental_pins SET failures = 0, blocked_until = 0 WHERE user_id = $1 AND pin_hash = $2", user_id,
            hash);
    };
    const int64_t same = co_await sql_.write(forgive);
    co_return same > 0;  // or it was changed meanwhile
}

/// Of a guess that nobody judged: the store or the cryptography had no time for it. Where the store has none for this
/// either, it counts until the next that is right.
Task<> ProfileService::take_back_guess(std::string user_id, std::string hash) {
    const auto take_back = [&](SqlTransaction& tx) {
        tx.execute(
            "UPDATE parental_pins SET failures = failures - 1, blocked_until = 0"
            " WHERE user_id = $1 AND pin_hash = $2 AND failures > 0",
            user_id, hash);
    };
    try {
        co_await sql_.write(take_back);
    } catch (const SqlError&) {
        // The caller hears of the first failure.
    }
}

Task<> ProfileService::set_pin(std::string user_id, std::string pin, std::optional<std::string> current_pin) {
    check_form(pin);
    if (current_pin) co_await require_pin(user_id, *current_pin);
    const std::string hash = co_await crypto_.hash_password(std::move(pin));
    const bool knows_current = current_pin.has_value();
    const auto store = [&](SqlTransaction& tx) {
        if (!knows_current && tx.find("SELECT 1 FROM parental_pins WHERE user_id = $1", user_id))
            throw ServiceError(ErrorCode::WrongPin, "the account has a PIN: current_pin is missing");
        const int64_t stored = tx.execute(
            "INSERT INTO parental_pins(user_id, pin_hash, failures, blocked_until) SELECT $1, $2, 0, 0"
            " WHERE NOT EXISTS (SELECT 1 FROM profiles_erased WHERE user_id = $1)"
            " ON CONFLICT(user_id) DO UPDATE SET pin_hash = excluded.pin_hash, failures = 0, blocked_until = 0",
            user_id, hash);
        if (stored == 0) throw ServiceError(ErrorCode::NotFound);
    };
    co_await sql_.write(store);
}

Task<> ProfileService::clear_pin(std::string user_id, std::string current_pin) {
    co_await require_pin(user_id, std::move(current_pin));
    const auto erase = [&](SqlTransaction& tx) { tx.execute("DELETE FROM parental_pins WHERE user_id = $1", user_id); };
    co_await sql_.write(erase);
}

}  // namespace matinee::profiles
