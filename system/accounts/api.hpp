// What accounts say to others: the shapes of their answers and events.
#pragma once

#include <optional>
#include <string>

#include "system/base/task.hpp"
#include "system/base/units.hpp"
#include "system/ports/sql.hpp"

namespace matinee::accounts {

/// A login: what registering, logging in and refreshing give.
struct Tokens {
    std::string user_id;
    std::string access_token;
    std::string refresh_token;
    TimeNs expires_in = 0;  ///< of the access token; whole seconds on the wire
};

struct Account {
    std::string user_id;
    std::string email;
    std::string name;
    TimeNs created_at = 0;
    TimeNs updated_at = 0;
    std::string country;  ///< ISO 3166-1 alpha-2: the region whose titles it may watch
};

/// What is to change; absent stays. A new address or password needs the current password.
struct Change {
    std::optional<std::string> email;
    std::optional<std::string> name;
    std::optional<std::string> password;
    std::optional<std::string> current_password;
    std::optional<std::string> country;
};

class Directory {
public:
    virtual ~Directory() = default;
    /// Throws ServiceError(NotFound).
    virtual Task<Account> read(std::string user_id) = 0;
    /// Account::country as the caller's transaction sees it; nothing where there is no such account.
    virtual std::optional<std::string> country_of(SqlTransaction& tx, const std::string& user_id) const = 0;
};

/// Events, keyed by user id; their data is {"user_id":"..."}.
inline constexpr const char* kTopic = "accounts";
inline constexpr const char* kRegistered = "account.registered";
inline constexpr const char* kErased = "account.erased";  ///< whoever keeps something of this user deletes it

}  // namespace matinee::accounts
