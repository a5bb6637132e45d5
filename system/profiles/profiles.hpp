// Profiles: who of an account watches, and what the account's parents let them.
//
// - An account gets its first profile at need: whoever asks for the profiles of an account that has none is given one
//   with the account's name; where there is a PIN, for kids' ratings, until the parents widen it. (By the event of
//   registration it would come a moment after the account, and a client that asks at once would find nothing.)
// - What a profile may watch without the PIN ends at its strongest rating; a kids profile's cannot be stronger than the
//   settings'. The PIN belongs to the account. Once there is one, it is asked for by whatever lets a profile watch more
//   than kids may.
// - A wrong PIN is counted before it is looked at, so that neither guesses in parallel nor a crash gives one away. One
//   that could not be looked at is taken back.
// Refusals are ServiceErrors of the table.
#pragma once

#include <optional>
#include <vector>

#include "system/accounts/api.hpp"
#include "system/ports/clock.hpp"
#include "system/ports/crypto.hpp"
#include "system/ports/event_log.hpp"
#include "system/ports/random.hpp"
#include "system/ports/sql.hpp"
#include "system/profiles/api.hpp"
#include "system/profiles/settings.hpp"

namespace matinee::profiles {

/// What is to be; absent: as it was, or the default of a new one.
struct ProfileChange {
    std::optional<std::string> profile_name;
    std::optional<bool> is_kids_profile;
    std::optional<catalog::Rating> strongest_rating;
    std::optional<std::string> language;
    std::optional<std::string> avatar_url;
    std::optional<std::string> pin;
};

struct Listed {
    std::string title_id;
    TimeNs added_at = 0;
};

class ProfileService : public Profiles, public ParentalControl {
public:
    ProfileService(Clock& clock, Random& random, Sql& sql, Crypto& crypto, accounts::Directory& accounts,
                   const Settings& settings);

    /// Of an account, the oldest first; makes the first one. NotFound: no such account.
    Task<std::vector<Profile>> all(std::string user_id);
    /// The same without making one.
    Task<std::vector<Profile>> existing(std::string user_id);
    /// TooManyProfiles; InvalidField (a rating too strong for kids); WrongPin, RateLimited. Needs a name.
    Task<Profile> create(std::string user_id, ProfileChange wanted);
    /// NotFound, and as above.
    Task<Profile> update(std::string user_id, std::string profile_id, ProfileChange wanted);
    /// Others hear of it by event. NotFound.
    Task<> remove(std::string user_id, std::string profile_id);
    Task<Profile> of_user(std::string user_id, std::string profile_id) override;
    std::optional<Watcher> watcher(SqlTransaction& tx, const std::string& profile_id) const override;

    /// Sets the PIN, which must be 4 to 8 digits; the second time with the one before. WrongPin, RateLimited,
    /// InvalidField.
    Task<> set_pin(std::string user_id, std::string pin, std::optional<std::string> current_pin);
    Task<> clear_pin(std::string user_id, std::string current_pin);
    Task<> require_pin(std::string user_id, std::string pin) override;

    /// What the profile means to watch, the latest first. NotFound for somebody else's profile.
    Task<std::vector<Listed>> watchlist(std::string user_id, std::string profile_id);
    /// Twice is once. NotFound; InvalidField where the list is full.
    Task<> add_to_watchlist(std::string user_id, std::string profile_id, std::string title_id);
    Task<> remove_from_watchlist(std::string user_id, std::string profile_id, std::string title_id);

    /// Everything that is kept of a user, as JSON.
    Task<std::string> export_of(std::string user_id);
    /// Deletes what is kept of users whose accounts were erased since the last time; leaves the rest to the next time
    /// where that takes too long.
    Task<> follow(EventLog& log, TimeNs until = kNever);
    /// Deletes at most `limit` of the notes about erased accounts that are old enough; how many.
    Task<size_t> forget_erased(size_t limit);

private:
    std::vector<Profile> select_all(SqlTransaction& tx, const std::string& user_id) const;
    void insert(SqlTransaction& tx, const Profile& profile) const;
    Profile changed(Profile profile, const ProfileChange& wanted) const;
    bool widens(const Profile& before, const Profile& after) const;
    Task<bool> knows_pin(std::string user_id, std::string pin, std::string hash);
    Task<> take_back_guess(std::string user_id, std::string hash);

    Clock& clock_;
    Random& random_;
    Sql& sql_;
    Crypto& crypto_;
    accounts::Directory& accounts_;
    Settings settings_;
};

}  // namespace matinee::profiles
