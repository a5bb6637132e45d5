#include "system/profiles/routes.hpp"

#include <algorithm>

#include "system/base/service_error.hpp"
#include "system/base/time_text.hpp"

namespace matinee::profiles {

using gateway::Access;
using gateway::bound_to;
using gateway::Call;
using gateway::empty_reply;
using gateway::Field;
using gateway::Reply;
using gateway::Route;
using gateway::says;
using gateway::says_flag;
using gateway::says_list;

namespace {

std::vector<Field> profile_fields(bool name_required) {
    const auto optional = [](const char* name, int64_t least, int64_t most, const char* about) {
        return Field{.name = name, .required = false, .least = least, .most = most, .about = about};
    };
    return {
        {.name = "profile_name",
         .required = name_required,
         .least = 1,
         .most = 100,
         .about = "How to call it",
         .filled = true},
        {.name = "is_kids_profile", .kind = Field::Kind::Flag, .required = false, .about = "Whether it is a child's"},
        optional("strongest_rating", 1, 5, "What it may watch without the PIN: G, PG, PG-13, R or TV-MA"),
        optional("language", 2, 35, "BCP 47"),
        optional("avatar_url", 0, 500, "An address with https:// or a path"),
        optional("pin", 1, 16,
                 "The parents' PIN, where the account has one and the profile may watch more than before")};
}

[[noreturn]] void refuse(const std::string& field, const std::string& what) {
    throw ServiceError(ErrorCode::InvalidField, field + " " + what, field);
}

ProfileChange change_of(const Call& call) {
    ProfileChange change;
    change.profile_name = call.text_if_given("profile_name");
    change.is_kids_profile = call.flag("is_kids_profile");
    change.language = call.text_if_given("language");
    change.avatar_url = call.text_if_given("avatar_url");
    change.pin = call.text_if_given("pin");
    if (const std::string* const rating = call.optional_text("strongest_rating")) {
        change.strongest_rating = catalog::rating_of(*rating);
        if (!change.strongest_rating) refuse("strongest_rating", "must be G, PG, PG-13, R or TV-MA");
    }
    const auto tag_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    if (change.language && !std::all_of(change.language->begin(), change.language->end(), tag_letter))
        refuse("language", "must be a BCP 47 tag");
    // Anything else than these could be a script in somebody's page.
    if (change.avatar_url && !change.avatar_url->empty() && !change.avatar_url->starts_with("https://") &&
        !change.avatar_url->starts_with("/"))
        refuse("avatar_url", "must begin with https:// or /");
    return change;
}

void write(JsonOut& out, const Profile& profile) {
    out.object().text("profile_id", profile.profile_id).text("profile_name", profile.profile_name);
    out.flag("is_kids_profile", profile.is_kids_profile);
    out.text("strongest_rating", catalog::name_of(profile.strongest_rating)).text("language", profile.language);
    out.text("avatar_url", profile.avatar_url).text("created_at", utc_text(profile.created_at)).end();
}

Reply reply_of(const Profile& profile) {
    JsonOut out;
    write(out, profile);
    Reply reply;
    reply.data = out.take();
    return reply;
}

Task<Reply> list(ProfileService& profiles, Call& call) {
    const std::vector<Profile> all = co_await profiles.all(call.parameter("user_id"));
    JsonOut out;
    out.object().key("profiles").array();
    for (const Profile& profile : all) write(out, profile);
    Reply reply;
    reply.data = out.end().end().take();
    co_return reply;
}

Task<Reply> create(ProfileService& profiles, Call& call) {
    const Profile profile = co_await profiles.create(call.parameter("user_id"), change_of(call));
    co_return reply_of(profile);
}

Task<Reply> update(ProfileService& profiles, Call& call) {
    const Profile profile =
        co_await profiles.update(call.parameter("user_id"), call.parameter("profile_id"), change_of(call));
    co_return reply_of(profile);
}

Task<Reply> remove(ProfileService& profiles, Call& call) {
    co_await profiles.remove(call.parameter("user_id"), call.parameter("profile_id"));
    co_return empty_reply();
}

Task<Reply> set_pin(ProfileService& profiles, Call& call) {
    co_await profiles.set_pin(call.parameter("user_id"), call.text("pin"), call.text_if_given("current_pin"));
    co_return empty_reply();
}

Task<Reply> clear_pin(ProfileService& profiles, Call& call) {
    co_await profiles.clear_pin(call.parameter("user_id"), call.text("current_pin"));
    co_return empty_reply();
}

Task<Reply> watchlist(ProfileService& profiles, Call& call) {
    const std::vector<Listed> list = co_await profiles.watchlist(call.principal.user_id, call.parameter("profile_id"));
    JsonOut out;
    out.object().key("titles").array();
    for (const Listed& listed : list)
        out.object().text("title_id", listed.title_id).text("added_at", utc_text(listed.added_at)).end();
    Reply reply;
    reply.data = out.end().end().take();
    co_return reply;
}

Task<Reply> add_to_watchlist(ProfileService& profiles, Call& call) {
    co_await profiles.add_to_watchlist(call.principal.user_id, call.parameter("profile_id"),
                                       call.parameter("title_id"));
    co_return empty_reply();
}

Task<Reply> remove_from_watchlist(ProfileService& profiles, Call& call) {
    co_await profiles.remove_from_watchlist(call.principal.user_id, call.parameter("profile_id"),
                                            call.parameter("title_id"));
    co_return empty_reply();
}

Field pin_field(const char* name, bool required, const char* about) {
    return {.name = name, .required = required, .least = 1, .most = 16, .about = about};
}

}  // namespace

std::vector<Route> routes(ProfileService& profiles) {
    const auto bound = bound_to(profiles);
    const std::string user = "/api/v1/users/{user_id}/";
    const std::string titles = "/api/v1/profiles/{profile_id}/watchlist";
    const std::vector<Field> profile = {says("profile_id"),       says("profile_name"), says_flag("is_kids_profile"),
                                        says("strongest_rating"), says("language"),     says("avatar_url"),
                                        says("created_at")};
    return {
        {.method = "GET",
         .pattern = user + "profiles",
         .operation_id = "list_profiles",
         .summary = "The account's profiles; one that has none gets its first",
         .access = Access::Owner,
         .reply = {says_list("profiles", profile)},
         .handler = bound(list)},
        {.method = "POST",
         .pattern = user + "profiles",
         .operation_id = "create_profile",
         .summary = "Add a profile",
         .access = Access::Owner,
         .success = 201,
         .body = profile_fields(true),
         .reply = profile,
         .handler = bound(create)},
        {.method = "PUT",
         .pattern = user + "profiles/{profile_id}",
         .operation_id = "update_profile",
         .summary = "Change a profile",
         .access = Access::Owner,
         .body = profile_fields(false),
         .reply = profile,
         .handler = bound(update)},
        {.method = "DELETE",
         .pattern = user + "profiles/{profile_id}",
         .operation_id = "delete_profile",
         .summary = "Delete a profile with its history",
         .access = Access::Owner,
         .handler = bound(remove)},
        {.method = "PUT",
         .pattern = user + "parental-pin",
         .operation_id = "set_parental_pin",
         .summary = "Set the parents' PIN; to change it, with the one before",
         .access = Access::Owner,
         .body = {pin_field("pin", true, "4 to 8 digits"), pin_field("current_pin", false, "The one before")},
         .handler = bound(set_pin)},
        {.method = "DELETE",
         .pattern = user + "parental-pin",
         .operation_id = "clear_parental_pin",
         .summary = "Do without a PIN",
         .access = Access::Owner,
         .body = {pin_field("current_pin", true, "The PIN")},
         .handler = bound(clear_pin)},
        {.method = "GET",
         .pattern = titles,
         .operation_id = "read_watchlist",
         .summary = "What the profile means to watch, the latest first",
         .reply = {says_list("titles", {says("title_id"), says("added_at")})},
         .handler = bound(watchlist)},
        {.method = "PUT",
         .pattern = titles + "/{title_id}",
         .operation_id = "add_to_watchlist",
         .summary = "Put a title on the list",
         .handler = bound(add_to_watchlist)},
        {.method = "DELETE",
         .pattern = titles + "/{title_id}",
         .operation_id = "remove_from_watchlist",
         .summary = "Take a title off the list",
         .handler = bound(remove_from_watchlist)},
    };
}

}  // namespace matinee::profiles
