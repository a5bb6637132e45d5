#include "system/profiles/profiles.hpp"

#include <algorithm>

#include "system/base/json.hpp"
#include "system/base/service_error.hpp"
#include "system/base/time_text.hpp"
#include "system/events/outbox.hpp"

namespace matinee::profiles {

namespace {

constexpr size_t kLongestWatchlist = 500;

Profile profile_of(const SqlRow& row) {
    return {.profile_id = row.text(0),
            .user_id = row.text(1),
            .profile_name = row.text(2),
            .is_kids_profile = row.integer(3) != 0,
            .strongest_rating = catalog::rating_of(row.text(4)).value_or(catalog::Rating::G),
            .language = row.text(5),
            .avatar_url = row.text(6),
            .created_at = row.integer(7)};
}

std::optional<Profile> select_one(SqlTransaction& tx, const std::string& user_id, const std::string& profile_id) {
    const auto row = tx.find(
        "SELECT profile_id, user_id, profile_name, is_kids_profile, strongest_rating, language, avatar_url, created_at"
        " FROM profiles WHERE profile_id = $1 AND user_id = $2",
        profile_id, user_id);
    return row ? std::optional<Profile>(profile_of(*row)) : std::nullopt;
}

bool has_pin(SqlTransaction& tx, const std::string& user_id) {
    return tx.find("SELECT 1 FROM parental_pins WHERE user_id = $1", user_id).has_value();
}

Event deleted_event(const std::string& event_id, const std::string& user_id, const std::string& profile_id, TimeNs at) {
    JsonOut data;
    data.object().text("user_id", user_id).text("profile_id", profile_id).end();
    return {.event_id = event_id, .topic = kTopic, .type = kDeleted, .key = user_id, .at = at, .data = data.take()};
}

}  // namespace

ProfileService::ProfileService(Clock& clock, Random& random, Sql& sql, Crypto& crypto, accounts::Directory& accounts,
                               const Settings& settings)
    : clock_(clock), random_(random), sql_(sql), crypto_(crypto), accounts_(accounts), settings_(settings) {}

std::vector<Profile> ProfileService::select_all(SqlTransaction& tx, const std::string& user_id) const {
    const SqlRows rows = tx.query(
        "SELECT profile_id, user_id, profile_name, is_kids_profile, strongest_rating, language, avatar_url, created_at"
        " FROM profiles WHERE user_id = $1 ORDER BY created_at, profile_id",
        user_id);
    std::vector<Profile> profiles;
    for (const SqlRow& row : rows) profiles.push_back(profile_of(row));
    return profiles;
}

void ProfileService::insert(SqlTransaction& tx, const Profile& profile) const {
    const int64_t inserted = tx.execute(
        "INSERT INTO profiles(profile_id, user_id, profile_name, is_kids_profile, strongest_rating, language,"
        " avatar_url, created_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8"
        " WHERE NOT EXISTS (SELECT 1 FROM profiles_erased WHERE user_id = $2)",
        profile.profile_id, profile.user_id, profile.profile_name, profile.is_kids_profile,
        catalog::name_of(profile.strongest_rating), profile.language, profile.avatar_url, profile.created_at);
    if (inserted == 0) throw ServiceError(ErrorCode::NotFound);
}

Task<std::vector<Profile>> ProfileService::existing(std::string user_id) {
    const auto select = [&](SqlTransaction& tx) { return select_all(tx, user_id); };
    co_return co_await sql_.read(select);
}

Task<std::vector<Profile>> ProfileService::all(std::string user_id) {
    std::vector<Profile> found = co_await existing(user_id);
    if (!found.empty()) co_return found;
    const accounts::Account account = co_await accounts_.read(user_id);
    ProfileChange first;
    first.profile_name = account.name;
    Profile blank;
    blank.profile_id = new_id("prf", clock_, random_);
    blank.user_id = user_id;
    blank.created_at = clock_.now();
    const Profile profile = changed(blank, first);
    const auto insert_first = [&](SqlTransaction& tx) {
        std::vector<Profile> now = select_all(tx, user_id);
        if (!now.empty()) return now;
        insert(tx, profile);
        return std::vector<Profile>(1, profile);
    };
    co_return co_await sql_.write(insert_first);
}

Profile ProfileService::changed(Profile profile, const ProfileChange& wanted) const {
    if (profile.language.empty()) profile.language = settings_.default_language;
    if (wanted.profile_name) profile.profile_name = *wanted.profile_name;
    if (wanted.language) profile.language = *wanted.language;
    if (wanted.avatar_url) profile.avatar_url = *wanted.avatar_url;
    if (wanted.is_kids_profile) {
        profile.is_kids_profile = *wanted.is_kids_profile;
        if (profile.is_kids_profile)
            profile.strongest_rating = std::min(profile.strongest_rating, settings_.kids_rating);
    }
    if (wanted.strongest_rating) profile.strongest_rating = *wanted.strongest_rating;
    if (profile.is_kids_profile && profile.strongest_rating > settings_.kids_rating)
        throw ServiceError(
            ErrorCode::InvalidField,
            "strongest_rating of a kids profile is at most " + std::string(catalog::name_of(settings_.kids_rating)),
            "strongest_rating");
    return profile;
}

/// Whether it takes the parents to change one into the other.
bool ProfileService::widens(const Profile& before, const Profile& after) const {
    return after.strongest_rating > settings_.kids_rating && after.strongest_rating > before.strongest_rating;
}

Task<Profile> ProfileService::create(std::string user_id, ProfileChange wanted) {
    Profile blank;
    blank.profile_id = new_id("prf", clock_, random_);
    blank.user_id = user_id;
    blank.created_at = clock_.now();
    const Profile profile = changed(blank, wanted);
    Profile nobody;
    nobody.strongest_rating = catalog::Rating::G;
    const bool widened = widens(nobody, profile);
    if (widened && wanted.pin) co_await require_pin(user_id, *wanted.pin);
    const auto add = [&](SqlTransaction& tx) {
        if (widened && !wanted.pin && has_pin(tx, user_id)) throw ServiceError(ErrorCode::WrongPin);
        const auto count = tx.find("SELECT COUNT(*) FROM profiles WHERE user_id = $1", user_id);
        if (count->integer(0) >= settings_.most_profiles) throw ServiceError(ErrorCode::TooManyProfiles);
        insert(tx, profile);
    };
    co_await sql_.write(add);
    co_return profile;
}

Task<Profile> ProfileService::update(std::string user_id, std::string profile_id, ProfileChange wanted) {
    const Profile before = co_await of_user(user_id, profile_id);
    if (wanted.pin && widens(before, changed(before, wanted))) co_await require_pin(user_id, *wanted.pin);
    const auto apply = [&](SqlTransaction& tx) {
        const std::optional<Profile> now = select_one(tx, user_id, profile_id);
        if (!now) throw ServiceError(ErrorCode::NotFound);
        const Profile after = changed(*now, wanted);
        const bool allowed = !widens(*now, after) || (wanted.pin && widens(before, changed(before, wanted)));
        if (!allowed && has_pin(tx, user_id)) throw ServiceError(ErrorCode::WrongPin);
        tx.execute(
            "UPDATE profiles SET profile_name = $1, is_kids_profile = $2, strongest_rating = $3, language = $4,"
            " avatar_url = $5 WHERE profile_id = $6",
            after.profile_name, after.is_kids_profile, catalog::name_of(after.strongest_rating), after.language,
            after.avatar_url, profile_id);
        return after;
    };
    co_return co_await sql_.write(apply);
}

Task<> ProfileService::remove(std::string user_id, std::string profile_id) {
    const Event deleted = deleted_event(new_id("evt", clock_, random_), user_id, profile_id, clock_.now());
    const auto erase = [&](SqlTransaction& tx) {
        if (tx.execute("DELETE FROM profiles WHERE profile_id = $1 AND user_id = $2", profile_id, user_id) == 0)
            throw ServiceError(ErrorCode::NotFound);
        events::append(tx, deleted);
    };
    co_await sql_.write(erase);
}

Task<Profile> ProfileService::of_user(std::string user_id, std::string profile_id) {
    const auto select = [&](SqlTransaction& tx) { return select_one(tx, user_id, profile_id); };
    std::optional<Profile> profile = co_await sql_.read(select);
    if (!profile) throw ServiceError(ErrorCode::NotFound);
    co_return std::move(*profile);
}

Task<std::vector<Listed>> ProfileService::watchlist(std::string user_id, std::string profile_id) {
    const auto select = [&](SqlTransaction& tx) {
        if (!select_one(tx, user_id, profile_id)) throw ServiceError(ErrorCode::NotFound);
        return tx.query(
            "SELECT title_id, added_at FROM watchlist WHERE profile_id = $1 ORDER BY added_at DESC, title_id",
            profile_id);
    };
    const SqlRows rows = co_await sql_.read(select);
    std::vector<Listed> list;
    for (const SqlRow& row : rows) list.push_back({.title_id = row.text(0), .added_at = row.integer(1)});
    co_return list;
}

Task<> ProfileService::add_to_watchlist(std::string user_id, std::string profile_id, std::string title_id) {
    const TimeNs now = clock_.now();
    const auto add = [&](SqlTransaction& tx) {
        if (!select_one(tx, user_id, profile_id)) throw ServiceError(ErrorCode::NotFound);
        const auto count = tx.find("SELECT COUNT(*) FROM watchlist WHERE profile_id = $1", profile_id);
        if (count->integer(0) >= int64_t(kLongestWatchlist))
            throw ServiceError(ErrorCode::InvalidField,
                               "the list has " + std::to_string(kLongestWatchlist) + " titles already", "title_id");
        tx.execute("INSERT INTO watchlist(profile_id, title_id, added_at) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
                   profile_id, title_id, now);
    };
    co_await sql_.write(add);
}

Task<> ProfileService::remove_from_watchlist(std::string user_id, std::string profile_id, std::string title_id) {
    const auto erase = [&](SqlTransaction& tx) {
        if (!select_one(tx, user_id, profile_id)) throw ServiceError(ErrorCode::NotFound);
        tx.execute("DELETE FROM watchlist WHERE profile_id = $1 AND title_id = $2", profile_id, title_id);
    };
    co_await sql_.write(erase);
}

Task<std::string> ProfileService::export_of(std::string user_id) {
    struct Kept {
        std::vector<Profile> profiles;
        std::vector<SqlRows> watchlists;
        bool pin = false;
    };
    const auto select = [&](SqlTransaction& tx) {
        Kept kept{.profiles = select_all(tx, user_id), .watchlists = {}, .pin = has_pin(tx, user_id)};
        for (const Profile& profile : kept.profiles)
            kept.watchlists.push_back(
                tx.query("SELECT title_id, added_at FROM watchlist WHERE profile_id = $1 ORDER BY added_at, title_id",
                         profile.profile_id));
        return kept;
    };
    const Kept kept = co_await sql_.read(select);
    JsonOut out;
    out.object().flag("parental_pin_set", kept.pin).key("profiles").array();
    for (size_t i = 0; i < kept.profiles.size(); ++i) {
        const Profile& profile = kept.profiles[i];
        out.object().text("profile_id", profile.profile_id).text("profile_name", profile.profile_name);
        out.flag("is_kids_profile", profile.is_kids_profile);
        out.text("strongest_rating", catalog::name_of(profile.strongest_rating)).text("language", profile.language);
        out.text("avatar_url", profile.avatar_url).text("created_at", utc_text(profile.created_at));
        out.key("watchlist").array();
        for (const SqlRow& row : kept.watchlists[i])
            out.object().text("title_id", row.text(0)).text("added_at", utc_text(row.integer(1))).end();
        out.end().end();
    }
    co_return out.end().end().take();
}

Task<> ProfileService::follow(EventLog& log) {
    static constexpr size_t kBatch = 100;
    const auto apply = [](SqlTransaction& tx, const Event& event) {
        if (event.type != accounts::kErased) return;
        const std::string& user_id = event.key;
        const SqlRows rows =
            tx.query("SELECT profile_id FROM profiles WHERE user_id = $1 ORDER BY profile_id", user_id);
        for (const SqlRow& row : rows)
            events::append(tx, deleted_event(event.event_id + "." + row.text(0), user_id, row.text(0), event.at));
        tx.execute("DELETE FROM profiles WHERE user_id = $1", user_id);
        tx.execute("DELETE FROM parental_pins WHERE user_id = $1", user_id);
        tx.execute("INSERT INTO profiles_erased(user_id, at) VALUES($1, $2) ON CONFLICT DO NOTHING", user_id, event.at);
    };
    size_t read = kBatch;
    while (read == kBatch) read = co_await events::consume(sql_, log, "profiles", accounts::kTopic, kBatch, apply);
}

Task<> ProfileService::forget_erased(size_t limit) {
    const TimeNs before = clock_.now() - settings_.erasure_memory;
    const auto remove = [&](SqlTransaction& tx) {
        const SqlRows rows =
            tx.query("SELECT user_id FROM profiles_erased WHERE at < $1 ORDER BY at, user_id LIMIT $2", before, limit);
        for (const SqlRow& row : rows) tx.execute("DELETE FROM profiles_erased WHERE user_id = $1", row.text(0));
    };
    co_await sql_.write(remove);
}

}  // namespace matinee::profiles
