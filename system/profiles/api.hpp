// What profiles say to others: who of an account watches.
#pragma once

#include <optional>
#include <string>

#include "system/catalog/api.hpp"
#include "system/ports/sql.hpp"

namespace matinee::profiles {

struct Profile {
    std::string profile_id;
    std::string user_id;
    std::string profile_name;
    bool is_kids_profile = false;
    catalog::Rating strongest_rating = catalog::Rating::TVMA;  ///< what it may watch without the PIN
    std::string language;                                      ///< BCP 47
    std::string avatar_url;
    TimeNs created_at = 0;
};

/// Of a profile what decides what it may watch, and how.
struct Watcher {
    std::string user_id;
    catalog::Rating strongest_rating = catalog::Rating::TVMA;
    std::string language;
};

class Profiles {
public:
    virtual ~Profiles() = default;
    /// Throws ServiceError(NotFound) where there is no such profile or it is somebody else's.
    virtual Task<Profile> of_user(std::string user_id, std::string profile_id) = 0;
    /// As the caller's transaction sees it, whosever it is; nothing where there is no such profile.
    virtual std::optional<Watcher> watcher(SqlTransaction& tx, const std::string& profile_id) const = 0;
};

/// The parents' PIN of an account.
class ParentalControl {
public:
    virtual ~ParentalControl() = default;
    /// Comes back where that is the account's PIN. Throws ServiceError: WrongPin (also where no PIN is set),
    /// RateLimited after too many wrong ones, right or not.
    virtual Task<> require_pin(std::string user_id, std::string pin) = 0;
};

/// Events, keyed by user id; their data is {"user_id":"...","profile_id":"..."}.
inline constexpr const char* kTopic = "profiles";
inline constexpr const char* kDeleted = "profile.deleted";  ///< whoever keeps something of this profile deletes it

}  // namespace matinee::profiles
