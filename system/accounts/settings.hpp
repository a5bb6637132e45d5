// What can be set about accounts.
#pragma once

#include <string>

#include "system/base/units.hpp"

namespace matinee::accounts {

struct Settings {
    TimeNs access_token_lifetime = 15 * kMinute;  ///< also how long a key that signs no more is still published
    TimeNs refresh_token_lifetime = 30 * kDay;    ///< from each refresh on
    /// How long a used refresh token is known, so that its copy ends the session. By time and not by number, or a thief
    /// could refresh until the owner's is forgotten. No source has a figure: a device of every day comes back within
    /// one.
    TimeNs reuse_memory = kDay;
    TimeNs key_rotation = 30 * kDay;      ///< how long a key signs
    /// How long the next key is published before it signs, for those who verify tokens with copies of the key set. They
    /// may keep those for five minutes (routes.cpp); this is for who keeps them longer than he was told.
    TimeNs key_notice = kHour;
    TimeNs session_memory = 5 * kMinute;  ///< how long the key-value store may say that a session lives
    /// Changes of address or password that an account may try an hour, each with a guess at the current password: as
    /// many as an address has logins (gateway/settings.hpp). 0: any.
    int64_t password_guesses_per_hour = 20;
    /// Logins that an account may be tried with an hour, from wherever they come: NIST SP 800-63B, section 5.2.2, wants
    /// 100 failed ones in a row to be the end. Who keeps its owner out by them keeps out new logins only. 0: any.
    int64_t logins_per_hour = 100;
    std::string default_country = "US";   ///< of an account that names none; the sources say nothing
    std::string issuer = "matinee";
    std::string admin_token;  ///< the bearer token of whoever runs the service; empty: nobody may
};

}  // namespace matinee::accounts
