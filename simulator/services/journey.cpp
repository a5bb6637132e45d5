#include "simulator/services/journey.hpp"

namespace matinee::services {

namespace {

const std::string& text_at(const Json& data, std::string_view name) {
    static const std::string none;
    const Json* const found = data.find(name);
    return found == nullptr || found->text() == nullptr ? none : *found->text();
}

std::string in_user(const Client& client, const char* rest) { return "/api/v1/users/" + client.account.user_id + rest; }

void learn_tokens(Client& client, const Json& data, TimeNs now) {
    client.account.user_id = text_at(data, "user_id");
    client.account.refresh_token = text_at(data, "refresh_token");
    client.access_token = text_at(data, "access_token");
    const Json* const lifetime = data.find("expires_in");
    client.token_expires_at =
        now + (lifetime != nullptr && lifetime->integer() != nullptr ? *lifetime->integer() : 0) * kSecond;
}

std::string credentials(const Client& client, bool with_name) {
    JsonOut out;
    out.object().text("email", email_of(client.account)).text("password", kPassword);
    if (with_name) out.text("name", "Viewer " + std::to_string(client.account.number));
    return out.end().take();
}

void learn_subscription(Client& client, const Json& data, TimeNs) {
    const std::string& status = text_at(data, "status");
    client.payment_pending = status == "pending";
    client.account.entitled = status == "active";
}

/// The first profile; a new account may have none.
void learn_profiles(Client& client, const Json& data, TimeNs) {
    const Json* const list = data.find("profiles");
    if (list == nullptr || list->array() == nullptr || list->array()->empty()) return;
    client.account.profile_id = text_at(list->array()->front(), "profile_id");
}

void learn_profile(Client& client, const Json& data, TimeNs) {
    client.account.profile_id = text_at(data, "profile_id");
}

void learn_playback(Client& client, const Json& data, TimeNs now) {
    client.playback_token = text_at(data, "playback_token");
    client.played_from = now;
}

std::string position_body(const Client& client, TimeNs now, bool beats) {
    JsonOut out;
    out.object().text("playback_token", client.playback_token);
    out.integer("position_seconds", (now - client.played_from) / kSecond);
    if (beats) out.text("quality_level", "1080p").integer("buffer_level", 30);
    return out.end().take();
}

bool always(const Client&) { return true; }
bool plays(const Client& client) { return !client.playback_token.empty(); }

constexpr Row kJourney[] = {
    {Operation::Register, Stage::SignIn, false, true, [](const Client& c) { return c.registers; },
     [](const Client&) { return std::string(info_of(Operation::Register).pattern); },
     [](const Client& c, TimeNs) { return credentials(c, true); }, learn_tokens},
    {Operation::LogIn, Stage::SignIn, false, true, [](const Client& c) { return c.logs_in; },
     [](const Client&) { return std::string(info_of(Operation::LogIn).pattern); },
     [](const Client& c, TimeNs) { return credentials(c, false); }, learn_tokens},
    {Operation::RefreshToken, Stage::SignIn, false, true, [](const Client& c) { return !c.registers && !c.logs_in; },
     [](const Client&) { return std::string(info_of(Operation::RefreshToken).pattern); },
     [](const Client& c, TimeNs) {
         return JsonOut().object().text("refresh_token", c.account.refresh_token).end().take();
     },
     learn_tokens},
    {Operation::ListPlans, Stage::SignIn, false, false, [](const Client& c) { return c.pays; },
     [](const Client&) { return std::string(info_of(Operation::ListPlans).pattern); }, nullptr, nullptr},
    {Operation::Subscribe, Stage::SignIn, true, true, [](const Client& c) { return c.pays; },
     [](const Client&) { return std::string(info_of(Operation::Subscribe).pattern); },
     [](const Client&, TimeNs) { return std::string(R"({"plan_id":"standard","payment_method":"pm_ok"})"); },
     learn_subscription},
    {Operation::ReadSubscription, Stage::SignIn, false, true, [](const Client& c) { return c.payment_pending; },
     [](const Client& c) { return in_user(c, "/subscription"); }, nullptr, learn_subscription},
    {Operation::ListProfiles, Stage::SignIn, false, true, always,
     [](const Client& c) { return in_user(c, "/profiles"); }, nullptr, learn_profiles},
    {Operation::CreateProfile, Stage::SignIn, false, true, [](const Client& c) { return c.account.profile_id.empty(); },
     [](const Client& c) { return in_user(c, "/profiles"); },
     [](const Client&, TimeNs) { return std::string(R"({"profile_name":"Me"})"); }, learn_profile},
    {Operation::BrowseHome, Stage::SignIn, false, false, always,
     [](const Client& c) {
         const std::string& profile = c.account.profile_id;
         return "/api/v1/browse/home" + (profile.empty() ? "" : "?profile_id=" + profile);
     },
     nullptr, nullptr},
    {Operation::Search, Stage::Choice, true, false, [](const Client& c) { return !c.search_for.empty(); },
     [](const Client& c) { return "/api/v1/search?q=" + c.search_for; }, nullptr, nullptr},
    {Operation::ReadTitle, Stage::Choice, true, false, [](const Client& c) { return !c.title_id.empty(); },
     [](const Client& c) { return "/api/v1/titles/" + c.title_id; }, nullptr, nullptr},
    {Operation::StartPlayback, Stage::Start, true, true, [](const Client& c) { return !c.title_id.empty(); },
     [](const Client&) { return std::string(info_of(Operation::StartPlayback).pattern); },
     [](const Client& c, TimeNs) {
         JsonOut out;
         out.object().text("profile_id", c.account.profile_id).text("title_id", c.title_id);
         return out.text("device_id", c.device_id).text("quality", "1080p").end().take();
     },
     learn_playback},
    {Operation::Heartbeat, Stage::Playing, false, false, plays,
     [](const Client&) { return std::string(info_of(Operation::Heartbeat).pattern); },
     [](const Client& c, TimeNs now) { return position_body(c, now, true); }, nullptr},
    {Operation::StopPlayback, Stage::Leaving, false, false, plays,
     [](const Client&) { return std::string(info_of(Operation::StopPlayback).pattern); },
     [](const Client& c, TimeNs now) { return position_body(c, now, false); }, nullptr},
};
static_assert(std::size(kJourney) == kOperations);

constexpr bool rows_are_in_order() {
    for (size_t i = 0; i < kOperations; ++i)
        if (kJourney[i].operation != Operation(i)) return false;
    return true;
}
static_assert(rows_are_in_order());

}  // namespace

std::span<const Row> journey() { return kJourney; }

const Row& row_of(Operation operation) { return kJourney[size_t(operation)]; }

gateway::Request request_of(const Row& row, const Client& client, TimeNs now) {
    gateway::Request request;
    request.method = info_of(row.operation).method;
    request.target = row.target(client);
    request.client = address_of(client.account);
    request.headers.push_back({"host", "api.example"});
    if (!client.access_token.empty()) request.headers.push_back({"authorization", "Bearer " + client.access_token});
    if (row.operation == Operation::Subscribe) request.headers.push_back({"idempotency-key", client.payment_id});
    if (row.body != nullptr) {
        request.headers.push_back({"content-type", "application/json"});
        request.body = row.body(client, now);
    }
    return request;
}

Reaction reaction_to(Operation operation, Cause cause, bool again) {
    const auto is = [&](ErrorCode code) { return cause == Cause::refused(code); };
    if (operation == Operation::Register && again && is(ErrorCode::EmailTaken)) return Reaction::LogIn;
    if (operation == Operation::RefreshToken && is(ErrorCode::Unauthenticated)) return Reaction::LogIn;
    if (operation == Operation::Subscribe && is(ErrorCode::AlreadySubscribed)) return Reaction::GoOn;
    if (is(ErrorCode::Unauthenticated)) return Reaction::Refresh;
    if (cause.index() < Cause::kOwn || is(ErrorCode::Unavailable) || is(ErrorCode::DeadlineExceeded) ||
        is(ErrorCode::RateLimited) || is(ErrorCode::RequestInProgress) || is(ErrorCode::Internal) ||
        is(ErrorCode::RequestTimeout))
        return Reaction::TryAgain;
    return Reaction::GiveUp;
}

std::string search_word(uint32_t number) {
    static constexpr const char* kWords[] = {"night", "storm", "harbor", "silver", "winter", "love",
                                             "king",  "river", "ghost",  "garden", "summer", "train"};
    return kWords[number % std::size(kWords)];
}

std::string title_of(uint32_t number) {
    std::string title =
        "the " + search_word(number) + " " + search_word(number / 12 + 5) + " " + std::to_string(number);
    title[0] = 'T';
    return title;
}

std::string address_of(const Account& account) {
    const uint64_t number = account.number;
    return "10." + std::to_string(number >> 16 & 255) + "." + std::to_string(number >> 8 & 255) + "." +
           std::to_string(number & 255);
}

std::string email_of(const Account& account) { return "viewer" + std::to_string(account.number) + "@example.org"; }

}  // namespace matinee::services
