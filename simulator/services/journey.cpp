#include "simulator/services/journey.hpp"

#include <array>
#include <charconv>
#include <iterator>

#include "system/memory/prefetch.hpp"

namespace matinee::services {

namespace {

const std::string& text_at(const Json& data, std::string_view name) {
    static const std::string none;
    const Json* const found = data.find(name);
    return found == nullptr || found->text() == nullptr ? none : *found->text();
}

/// What stands behind the first member of that name in compact JSON, wherever that is; empty where there is none. For
/// answers in which it can be only one, and of which a client wants nothing else.
std::string_view behind(std::string_view data, std::string_view name) {
    const std::string member = "\"" + std::string(name) + "\":";
    const size_t at = data.find(member);
    return at == std::string_view::npos ? std::string_view() : data.substr(at + member.size());
}

/// The same for a text without escapes: ids, tokens.
std::string plain_text(std::string_view data, std::string_view name) {
    std::string_view value = behind(data, name);
    if (!value.starts_with('"')) return {};
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
}

std::string in_user(const Client& client, const char* rest) { return "/api/v1/users/" + client.account.user_id + rest; }

void learn_tokens(Client& client, const std::string& data, TimeNs now) {
    client.account.user_id = plain_text(data, "user_id");
    client.account.refresh_token = plain_text(data, "refresh_token");
    client.authorization = "Bearer " + plain_text(data, "access_token");
    const std::string_view lifetime = behind(data, "expires_in");
    int64_t seconds = 0;
    std::from_chars(lifetime.data(), lifetime.data() + lifetime.size(), seconds);
    client.token_expires_at = now + seconds * kSecond;
}

/// An object whose members are texts.
template <class... Texts>
Json texts(Texts&&... members) {
    Json::Object object;
    object.reserve(sizeof...(members));
    (object.emplace_back(members.first, std::move(members.second)), ...);
    return Json(std::move(object));
}
using Member = std::pair<std::string_view, std::string>;

Json credentials(const Client& client, TimeNs) {
    return texts(Member("email", email_of(client.account)), Member("password", kPassword));
}

Json registration(const Client& client, TimeNs) {
    return texts(Member("email", email_of(client.account)), Member("password", kPassword),
                 Member("name", "Viewer " + std::to_string(client.account.number)));
}

void learn_subscription(Client& client, const std::string& data, TimeNs) {
    const Json subscription = Json::parse(data);
    const std::string& status = text_at(subscription, "status");
    client.payment_pending = status == "pending";
    client.account.entitled = status == "active";
}

/// The first profile; a new account may have none.
void learn_profiles(Client& client, const std::string& data, TimeNs) {
    const Json body = Json::parse(data);
    const Json* const list = body.find("profiles");
    if (list == nullptr || list->array() == nullptr || list->array()->empty()) return;
    client.account.profile_id = text_at(list->array()->front(), "profile_id");
}

void learn_profile(Client& client, const std::string& data, TimeNs) {
    client.account.profile_id = text_at(Json::parse(data), "profile_id");
}

void learn_playback(Client& client, const std::string& data, TimeNs now) {
    client.playback_token = plain_text(data, "playback_token");
    client.played_from = now;
}

Json::Object position_of(const Client& client, TimeNs now) {
    Json::Object body;
    body.reserve(4);
    body.emplace_back("playback_token", client.playback_token);
    body.emplace_back("position_seconds", int64_t((now - client.played_from) / kSecond));
    return body;
}

Json stop(const Client& client, TimeNs now) { return Json(position_of(client, now)); }

Json heartbeat(const Client& client, TimeNs now) {
    Json::Object body = position_of(client, now);
    body.emplace_back("quality_level", std::string("1080p"));
    body.emplace_back("buffer_level", int64_t(30));
    return Json(std::move(body));
}

bool always(const Client&) { return true; }
bool plays(const Client& client) { return !client.playback_token.empty(); }

constexpr Row kJourney[] = {
    {Operation::Register, Stage::SignIn, false, true, [](const Client& c) { return c.registers; },
     [](const Client&) { return std::string(info_of(Operation::Register).pattern); },
     registration, learn_tokens},
    {Operation::LogIn, Stage::SignIn, false, true, [](const Client& c) { return c.logs_in; },
     [](const Client&) { return std::string(info_of(Operation::LogIn).pattern); },
     credentials, learn_tokens},
    {Operation::RefreshToken, Stage::SignIn, false, true, [](const Client& c) { return !c.registers && !c.logs_in; },
     [](const Client&) { return std::string(info_of(Operation::RefreshToken).pattern); },
     [](const Client& c, TimeNs) { return texts(Member("refresh_token", c.account.refresh_token)); },
     learn_tokens},
    {Operation::ListPlans, Stage::SignIn, false, false, [](const Client& c) { return c.pays; },
     [](const Client&) { return std::string(info_of(Operation::ListPlans).pattern); }, nullptr, nullptr},
    {Operation::Subscribe, Stage::SignIn, true, true, [](const Client& c) { return c.pays; },
     [](const Client&) { return std::string(info_of(Operation::Subscribe).pattern); },
     [](const Client&, TimeNs) { return texts(Member("plan_id", "standard"), Member("payment_method", "pm_ok")); },
     learn_subscription},
    {Operation::ReadSubscription, Stage::SignIn, false, true, [](const Client& c) { return c.payment_pending; },
     [](const Client& c) { return in_user(c, "/subscription"); }, nullptr, learn_subscription},
    {Operation::ListProfiles, Stage::SignIn, false, true, always,
     [](const Client& c) { return in_user(c, "/profiles"); }, nullptr, learn_profiles},
    {Operation::CreateProfile, Stage::SignIn, false, true, [](const Client& c) { return c.account.profile_id.empty(); },
     [](const Client& c) { return in_user(c, "/profiles"); },
     [](const Client&, TimeNs) { return texts(Member("profile_name", "Me")); }, learn_profile},
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
         return texts(Member("profile_id", c.account.profile_id), Member("title_id", c.title_id),
                      Member("device_id", c.device_id), Member("quality", "1080p"));
     },
     learn_playback},
    {Operation::Heartbeat, Stage::Playing, false, false, plays,
     [](const Client&) { return std::string(info_of(Operation::Heartbeat).pattern); },
     heartbeat, nullptr},
    {Operation::StopPlayback, Stage::Leaving, false, false, plays,
     [](const Client&) { return std::string(info_of(Operation::StopPlayback).pattern); },
     stop, nullptr},
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
    // Clients lie far apart, and so do their texts.
    for (size_t line = 0; line < client.authorization.size(); line += 64) prefetch(client.authorization.data() + line);
    prefetch(client.playback_token.data());
    gateway::Request request;
    request.method = info_of(row.operation).method;
    request.target = row.target(client);
    request.client = address_of(client.account);
    request.headers.reserve(3);
    request.headers.push_back({"host", "api.example"});
    if (!client.authorization.empty()) request.headers.push_back({"authorization", client.authorization});
    if (row.operation == Operation::Subscribe) request.headers.push_back({"idempotency-key", client.payment_id});
    if (row.body != nullptr) request.value = row.body(client, now);
    return request;
}

Reaction reaction_to(Operation operation, Cause cause, bool again) {
    const auto is = [&](ErrorCode code) { return cause == Cause::refused(code); };
    if (operation == Operation::Register && again && is(ErrorCode::EmailTaken)) return Reaction::LogIn;
    if (operation == Operation::RefreshToken && is(ErrorCode::Unauthenticated)) return Reaction::LogIn;
    if (operation == Operation::Subscribe && is(ErrorCode::AlreadySubscribed)) return Reaction::GoOn;
    if (operation == Operation::Heartbeat && is(ErrorCode::NotFound)) return Reaction::Restart;
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
    std::string text = "10";
    for (const int shift : {16, 8, 0}) {
        std::array<char, 4> part = {'.'};
        char* const end = std::to_chars(part.data() + 1, part.data() + 4, account.number >> shift & 255).ptr;
        text.append(part.data(), end);
    }
    return text;
}

std::string email_of(const Account& account) { return "viewer" + std::to_string(account.number) + "@example.org"; }

}  // namespace matinee::services
