#include "system/live/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "system/accounts/countries.hpp"
#include "system/base/errors.hpp"
#include "system/base/json.hpp"
#include "system/base/text.hpp"

namespace matinee::live {

namespace {

/// `access` gives a reference to a text of the configuration.
template <class Access>
Setting text(const char* name, const char* about, Access access) {
    return {.name = name,
            .about = about,
            .get = [access](const Config& config) { return access(const_cast<Config&>(config)); },
            .set = [access](Config& config, const std::string& value) { access(config) = value; }};
}

/// One that may be left out.
template <class Access>
Setting optional_text(const char* name, const char* about, Access access) {
    Setting setting = text(name, about, access);
    setting.may_be_empty = true;
    return setting;
}

template <class Access>
Setting secret(const char* name, const char* about, Access access) {
    Setting setting = optional_text(name, about, access);
    setting.is_secret = true;
    return setting;
}

constexpr const char* kStars = "********";

/// `access` gives a reference to an integer of the configuration, which holds `unit` times what is written.
template <class Access>
Setting number(const char* name, const char* about, int64_t least, int64_t most, int64_t unit, Access access) {
    return {.name = name,
            .about = about,
            .least = least,
            .most = most,
            .get =
                [access, unit](const Config& config) {
                    return std::to_string(int64_t(access(const_cast<Config&>(config))) / unit);
                },
            .set =
                [access, unit](Config& config, const std::string& value) {
                    auto& target = access(config);
                    target = std::remove_reference_t<decltype(target)>(std::stoll(value) * unit);
                }};
}

/// "edge /edge * 1, near https://near.example DE 3".
std::string text_of(const std::vector<playback::Cdn>& cdns) {
    std::string text;
    for (const playback::Cdn& cdn : cdns)
        text += (text.empty() ? "" : ", ") + cdn.name + " " + cdn.base_url + " " + cdn.region + " " +
                std::to_string(cdn.weight);
    return text;
}

std::vector<playback::Cdn> cdns_of(const std::string& text) {
    std::vector<playback::Cdn> cdns;
    std::istringstream rows(text);
    for (std::string row; std::getline(rows, row, ',');) {
        std::istringstream words(row);
        playback::Cdn cdn;
        std::string more;
        if (!(words >> cdn.name >> cdn.base_url >> cdn.region >> cdn.weight) || words >> more)
            throw InputError(
                {"settings", "cdns", "`" + row + "`", "rows of name, base address, region and weight", ""});
        if (!cdn.base_url.starts_with("/") && !cdn.base_url.starts_with("http://") &&
            !cdn.base_url.starts_with("https://"))
            throw InputError({"settings", "cdns", "`" + cdn.base_url + "`",
                              "an address that begins with http://, https:// or, on this server, with /", ""});
        cdns.push_back(std::move(cdn));
    }
    (void)playback::WeightedSteering(cdns);  // throws where a region would be left without
    return cdns;
}

std::string country_of(const char* setting, const std::string& text) {
    try {
        return accounts::country_code(text);
    } catch (const ServiceError&) {
        throw InputError({"settings", setting, "`" + text + "`", "a code of ISO 3166-1 alpha-2", "US"});
    }
}

/// A setting that is a country.
Setting country(const char* name, const char* about, std::string& (*of)(Config&)) {
    return {.name = name,
            .about = about,
            .get = [of](const Config& c) { return of(const_cast<Config&>(c)); },
            .set = [of, name](Config& c, const std::string& value) { of(c) = country_of(name, value); }};
}

std::vector<Setting> playback_settings() {
    return {
        country("default_country", "ISO 3166-1 alpha-2 of an account that names none",
                [](Config& c) -> auto& { return c.platform.accounts.default_country; }),
        number("profiles", "profiles of an account (004: 5)", 1, 100, 1,
               [](Config& c) -> auto& { return c.platform.profiles.most_profiles; }),
        number("pin_attempts", "wrong parental PINs in a row before none is taken for pin_pause_s", 1, 100, 1,
               [](Config& c) -> auto& { return c.platform.profiles.pin_attempts; }),
        number("pin_pause_s", "s without a try after that", 1, 86'400, kSecond,
               [](Config& c) -> auto& { return c.platform.profiles.pin_pause; }),
        number("heartbeat_s", "s between heartbeats that players are asked for (004: 30)", 1, 3'600, kSecond,
               [](Config& c) -> auto& { return c.platform.playback.heartbeat_interval; }),
        number("stream_lease_s", "s after its last heartbeat that a stream holds its screen", 1, 3'600, kSecond,
               [](Config& c) -> auto& { return c.platform.playback.lease; }),
        number("save_position_s", "s of undisturbed watching that a crash may cost a position; 0: none", 0, 3'600,
               kSecond, [](Config& c) -> auto& { return c.platform.playback.save_every; }),
        number("stream_lifetime_s", "s that a playback token works (004: 6 h)", 60, 7 * 86'400, kSecond,
               [](Config& c) -> auto& { return c.platform.playback.stream_lifetime; }),
        number("devices", "devices of an account", 1, 10'000, 1,
               [](Config& c) -> auto& { return c.platform.playback.most_devices; }),
        {.name = "cdns",
         .about = "where streams are sent: name, base address, region or *, weight; separated by commas",
         .get = [](const Config& c) { return text_of(c.platform.playback.cdns); },
         .set = [](Config& c, const std::string& value) { c.platform.playback.cdns = cdns_of(value); }},
    };
}

std::string provider_of(const std::string& text) {
    const std::vector<std::string> known = {kSandbox, kStripe};
    for (const std::string& name : known)
        if (name == text) return name;
    throw InputError({"settings", "payment_provider", "`" + text + "`", one_of(known), nearest_spelling(text, known)});
}

std::vector<Setting> payment_settings() {
    return {
        {.name = "payment_provider",
         .about = "sandbox, which is built in and moves no money, or stripe",
         .get = [](const Config& c) { return c.payment_provider; },
         .set = [](Config& c, const std::string& value) { c.payment_provider = provider_of(value); }},
        text("stripe_url", "where Stripe's API is", [](Config& c) -> auto& { return c.stripe.url; }),
        optional_text("stripe_ca_file", "PEM file of certificates to trust there; empty: the system's",
                      [](Config& c) -> auto& { return c.stripe.ca_file; }),
        secret("stripe_secret_key", "Stripe's secret key, sk_... or rk_...",
               [](Config& c) -> auto& { return c.stripe.secret_key; }),
        secret("stripe_webhook_secret", "what Stripe signs its webhooks with, whsec_...",
               [](Config& c) -> auto& { return c.stripe.webhook_secret; }),
        number("stripe_patience_s", "s that a call to Stripe may take; its libraries wait 80, but here viewers do", 2,
               3'600, kSecond, [](Config& c) -> auto& { return c.stripe.patience; }),
        number("stripe_threads", "requests to Stripe under way at one time", 1, 256, 1,
               [](Config& c) -> auto& { return c.stripe.threads; }),
        number("payment_grace_s", "s that a subscription may be used past its paid time while its renewal is tried", 1,
               366 * 86'400, kSecond, [](Config& c) -> auto& { return c.platform.payments.grace; }),
        number("payment_retry_s", "s from a declined renewal to the next try", 1, 366 * 86'400, kSecond,
               [](Config& c) -> auto& { return c.platform.payments.renewal_again; }),
        number("payment_tries", "tries of a renewal, then the subscription expires", 1, 100, 1,
               [](Config& c) -> auto& { return c.platform.payments.renewal_tries; }),
    };
}

std::vector<Setting> make_settings() {
    static constexpr int64_t kDayS = 86'400;
    static constexpr int64_t kMost = 1'000'000'000;
    return {
        text("data", "folder of the databases", [](Config& c) -> auto& { return c.data; }),
        text("address", "IP address to listen on", [](Config& c) -> auto& { return c.address; }),
        number("port", "TCP port; 0: the system chooses", 0, 65'535, 1, [](Config& c) -> auto& { return c.port; }),
        number("survive_power_loss", "1: acknowledged writes are on the disk; 0: with the kernel", 0, 1, 1,
               [](Config& c) -> auto& { return c.survive_power_loss; }),
        number("log_requests", "1: log every request; 0: only those that fail inside", 0, 1, 1,
               [](Config& c) -> auto& { return c.log_requests; }),
        number("drain_patience_s", "s that requests have to finish after SIGTERM", 0, 3'600, kSecond,
               [](Config& c) -> auto& { return c.drain_patience; }),
        number("password_threads", "threads that hash passwords", 1, 256, 1,
               [](Config& c) -> auto& { return c.password_threads; }),
        number("password_queue", "passwords that may wait for them; more are refused with 503", 1, 100'000, 1,
               [](Config& c) -> auto& { return c.password_queue; }),
        number("password_memory_kib", "KiB for each argon2id hash (OWASP Password Storage Cheat Sheet: 19 MiB)", 8,
               4'194'304, 1024, [](Config& c) -> auto& { return c.password_cost.memory_bytes; }),
        number("password_passes", "passes of argon2id (the same: 2)", 1, 1'000, 1,
               [](Config& c) -> auto& { return c.password_cost.passes; }),
        number("header_bytes", "bytes of a request line and its headers; more: 431", 1'024, 1'048'576, 1,
               [](Config& c) -> auto& { return c.limits.header_bytes; }),
        number("body_bytes", "bytes of a request body; more: 413", 1'024, 67'108'864, 1,
               [](Config& c) -> auto& { return c.limits.body_bytes; }),
        number("first_header_s", "s for the first headers of a connection", 1, 3'600, kSecond,
               [](Config& c) -> auto& { return c.limits.first_header; }),
        number("idle_s", "s that a connection may wait between requests", 1, 86'400, kSecond,
               [](Config& c) -> auto& { return c.limits.idle; }),
        number("body_s", "s for a body to come or an answer to go", 1, 3'600, kSecond,
               [](Config& c) -> auto& { return c.limits.body; }),
        number("connections", "open connections; more are closed", 1, 1'000'000, 1,
               [](Config& c) -> auto& { return c.limits.connections; }),
        number("access_token_s", "s that an access token works", 1, kDayS, kSecond,
               [](Config& c) -> auto& { return c.platform.accounts.access_token_lifetime; }),
        number("refresh_token_s", "s that a refresh token works", 1, 3'650 * kDayS, kSecond,
               [](Config& c) -> auto& { return c.platform.accounts.refresh_token_lifetime; }),
        number("key_rotation_s", "s after which the key that signs tokens is replaced", 60, 3'650 * kDayS, kSecond,
               [](Config& c) -> auto& { return c.platform.accounts.key_rotation; }),
        number("key_notice_s", "s that the next key is published before it signs; copies of the key set last 300", 0,
               kDayS, kSecond, [](Config& c) -> auto& { return c.platform.accounts.key_notice; }),
        number("session_memory_s", "s that a session may be taken for alive without a look at the database", 1, kDayS,
               kSecond, [](Config& c) -> auto& { return c.platform.accounts.session_memory; }),
        country("default_region", "where a viewer is who does not say so: ISO 3166-1 alpha-2",
                [](Config& c) -> auto& { return c.platform.catalog.default_region; }),
        number("title_memory_s", "s that copies of titles are kept (003 'Caching Strategy': 1 hour)", 1, kDayS, kSecond,
               [](Config& c) -> auto& { return c.platform.catalog.title_memory; }),
        number("list_memory_s", "s that lists of titles are kept (003 'Caching Strategy': 10 minutes)", 1, kDayS,
               kSecond, [](Config& c) -> auto& { return c.platform.catalog.list_memory; }),
        number("search_memory_s", "s that results of searches are kept (003 and 004: 5 minutes)", 1, kDayS, kSecond,
               [](Config& c) -> auto& { return c.platform.discovery.search_memory; }),
        number("trending_memory_s", "s that the list of trending titles is kept", 1, kDayS, kSecond,
               [](Config& c) -> auto& { return c.platform.discovery.trending_memory; }),
        number("idempotency_key_s", "s that the answer to a request with an Idempotency-Key is kept (Stripe: a day)",
               60, 366 * kDayS, kSecond, [](Config& c) -> auto& { return c.platform.idempotency.lifetime; }),
        number("idempotency_lease_s", "s until a request that was interrupted may be sent again with its key", 1, 3'600,
               kSecond, [](Config& c) -> auto& { return c.platform.idempotency.lease; }),
        number("event_retention_s", "s that an event stays in the log after everybody has read it", 3'600,
               3'650 * kDayS, kSecond, [](Config& c) -> auto& { return c.platform.events.retention; }),
        number("limit_api_per_h", "requests an hour of a user; 0: any (GWY-6)", 0, kMost, 1,
               [](Config& c) -> auto& { return c.platform.gateway.limits.api_per_hour; }),
        number("limit_playback_start_per_h", "playback starts an hour of a user; 0: any (GWY-6)", 0, kMost, 1,
               [](Config& c) -> auto& { return c.platform.gateway.limits.playback_starts_per_hour; }),
        number("limit_search_per_h", "searches an hour of a user; 0: any (GWY-6)", 0, kMost, 1,
               [](Config& c) -> auto& { return c.platform.gateway.limits.searches_per_hour; }),
        number("limit_heartbeat_per_h", "heartbeats and stops an hour of a user; 0: any", 0, kMost, 1,
               [](Config& c) -> auto& { return c.platform.gateway.limits.heartbeats_per_hour; }),
        number("limit_report_per_h", "reports of players about their streams an hour of a user; 0: any", 0, kMost, 1,
               [](Config& c) -> auto& { return c.platform.gateway.limits.reports_per_hour; }),
        number("limit_register_per_h", "registrations an hour from an address; 0: any (GWY-7)", 0, kMost, 1,
               [](Config& c) -> auto& { return c.platform.gateway.limits.registrations_per_hour; }),
        number("limit_login_per_h", "login attempts an hour from an address; 0: any (GWY-7)", 0, kMost, 1,
               [](Config& c) -> auto& { return c.platform.gateway.limits.logins_per_hour; }),
        number("limit_account_login_per_h", "login attempts an hour at an account, from everywhere; 0: any", 0, kMost,
               1, [](Config& c) -> auto& { return c.platform.accounts.logins_per_hour; }),
        number("limit_password_per_h", "tries an hour of an account to change address or password; 0: any", 0, kMost, 1,
               [](Config& c) -> auto& { return c.platform.accounts.password_guesses_per_hour; }),
        number("limit_bucket", "requests at once of a device, and of an address without a token; 0: any (GWY-8)", 0,
               kMost, 1, [](Config& c) -> auto& { return c.platform.gateway.limits.bucket; }),
        number("limit_bucket_per_s", "requests a second that refill it (GWY-8)", 1, 1'000'000, 1,
               [](Config& c) -> auto& { return c.platform.gateway.limits.bucket_fills_per_second; }),
        number("limit_route_per_s", "requests a second of one route, all callers together; 0: any", 0, 1'000'000, 1,
               [](Config& c) -> auto& { return c.platform.gateway.limits.route_per_second; }),
        number("concurrency", "requests under way at once; playback may take all places, browsing 60 %", 1, 1'000'000,
               1, [](Config& c) -> auto& { return c.platform.gateway.concurrency; }),
        optional_text("tls_certificate", "PEM file of the certificate chain; empty: no TLS",
                      [](Config& c) -> auto& { return c.tls_certificate; }),
        optional_text("tls_key", "PEM file of its key", [](Config& c) -> auto& { return c.tls_key; }),
        optional_text("trusted_proxies",
                      "addresses and networks whose X-Forwarded-For and -Proto are believed, with commas",
                      [](Config& c) -> auto& { return c.trusted_proxies; }),
        secret("admin_token", "bearer token of whoever runs the service, 16 characters or more; empty: nobody may",
               [](Config& c) -> auto& { return c.platform.accounts.admin_token; }),
        text("issuer", "`iss` of access tokens", [](Config& c) -> auto& { return c.platform.accounts.issuer; }),
    };
}

}  // namespace

static void check_text(const Setting& setting, const std::string& value, const std::string& where) {
    static constexpr size_t kShortestToken = 16;
    if (setting.name == "admin_token" && !value.empty() && value.size() < kShortestToken)
        throw InputError({where, setting.name, "a short one", setting.about, ""});
    // It becomes part of a header; a file's last line break easily comes with it.
    const auto is_odd = [](char c) { return c <= ' ' || c > '~'; };
    if (setting.name.starts_with("stripe_") && setting.is_secret && std::any_of(value.begin(), value.end(), is_odd))
        throw InputError({where, setting.name, "a space, a line break or another odd character", setting.about, ""});
    if (setting.name == "stripe_url" && !is_base_address(value))
        throw InputError({where, setting.name, "`" + value + "`", "http:// or https://, a host and perhaps a port",
                          StripeConfig{}.url});
    if (setting.name == "address" && !is_address(value))
        throw InputError({where, setting.name, "`" + value + "`", "an IP address", "127.0.0.1"});
    if (setting.name != "trusted_proxies") return;
    try {
        TrustedProxies{value};
    } catch (const std::invalid_argument& error) {
        throw InputError({where, setting.name, error.what(), "10.0.0.0/8, 192.0.2.1", ""});
    }
}

std::span<const Setting> settings() {
    static const std::vector<Setting> all = [] {
        std::vector<Setting> made = make_settings();
        for (auto* const more : {payment_settings, playback_settings})
            for (Setting& setting : more()) made.push_back(std::move(setting));
        return made;
    }();
    return all;
}

void set(Config& config, const std::string& name, const std::string& value, const std::string& where) {
    std::vector<std::string> names;
    for (const Setting& setting : settings()) {
        names.push_back(setting.name);
        if (setting.name != name) continue;
        int64_t parsed = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
        const bool whole = error == std::errc() && end == value.data() + value.size();
        if (!setting.is_text() && (!whole || parsed < setting.least || parsed > setting.most))
            throw InputError({where, name, "`" + value + "`",
                              "a whole number from " + std::to_string(setting.least) + " to " +
                                  std::to_string(setting.most) + ": " + setting.about,
                              ""});
        if (setting.is_secret && where == kCommandLine)
            throw InputError({where, name, "a secret", "it in the environment or a file of settings",
                              "whoever is on the machine can read command lines"});
        if (setting.is_secret && value == kStars)
            throw InputError({where, name, "stars", "the secret itself", "--check-config prints stars for secrets"});
        if (setting.is_text() && value.empty() && !setting.may_be_empty)
            throw InputError({where, name, "nothing", setting.about, ""});
        setting.set(config, value);
        return check_text(setting, value, where);
    }
    throw InputError({where, name, "an unknown setting", one_of(names), nearest_spelling(name, names)});
}

void set_from_json(Config& config, const std::string& text_of_file, const std::string& file) {
    Json json;
    try {
        json = Json::parse(text_of_file);
    } catch (const JsonError& error) {
        throw InputError({file, "byte " + std::to_string(error.offset), error.what(), "JSON", ""});
    }
    if (json.object() == nullptr)
        throw InputError({file, "", to_text(json).substr(0, 60), "an object of settings", ""});
    for (const auto& [name, value] : *json.object()) {
        if (value.text() != nullptr)
            set(config, name, *value.text(), file);
        else if (value.integer() != nullptr)
            set(config, name, std::to_string(*value.integer()), file);
        else
            throw InputError({file, name, to_text(value).substr(0, 60), "a text or a whole number", ""});
    }
}

void set_from_environment(Config& config, const std::function<const char*(const std::string&)>& variable) {
    for (const Setting& setting : settings()) {
        std::string name = "MATINEE_" + setting.name;
        for (char& c : name)
            if (c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
        if (const char* const value = variable(name)) set(config, setting.name, value, "environment");
    }
}

bool is_base_address(std::string_view url) {
    const size_t scheme = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
    const std::string_view place = url.substr(scheme);
    return scheme > 0 && !place.empty() && place.find_first_of("/?#@ ") == std::string_view::npos;
}

static void check_stripe(const StripeConfig& stripe) {
    for (const auto& [name, value] : {std::pair("stripe_secret_key", &stripe.secret_key),
                                      std::pair("stripe_webhook_secret", &stripe.webhook_secret)})
        if (value->empty())
            throw InputError({"settings", name, "nothing", "it, because payment_provider is stripe",
                              "in the environment or a file of settings"});
    const bool is_live = stripe.secret_key.find("_live_") != std::string::npos;
    if (is_live && !stripe.url.starts_with("https://"))
        throw InputError({"settings", "stripe_url", "`" + stripe.url + "`",
                          "https://, because the key is one that moves money", StripeConfig{}.url});
}

void check(const Config& config) {
    if (config.tls_certificate.empty() != config.tls_key.empty())
        throw InputError({"settings", config.tls_key.empty() ? "tls_key" : "tls_certificate", "nothing",
                          "tls_certificate and tls_key together", ""});
    for (const auto& [name, file] :
         {std::pair("tls_certificate", &config.tls_certificate), std::pair("tls_key", &config.tls_key)})
        if (!file->empty() && access(file->c_str(), R_OK) != 0)
            throw InputError({"settings", name, "`" + *file + "`: " + std::strerror(errno), "a file to read", ""});
    const playback::Settings& playback = config.platform.playback;
    if (playback.lease < 2 * playback.heartbeat_interval)
        throw InputError({"settings", "stream_lease_s", std::to_string(playback.lease / kSecond),
                          "at least twice heartbeat_s, or a late heartbeat costs a viewer the screen",
                          std::to_string(3 * playback.heartbeat_interval / kSecond)});
    const auto& timeouts = config.platform.gateway.timeout;
    const TimeNs longest = *std::max_element(timeouts.begin(), timeouts.end());
    if (config.platform.idempotency.lease < longest)
        throw InputError({"settings", "idempotency_lease_s",
                          std::to_string(config.platform.idempotency.lease / kSecond),
                          "at least " + std::to_string(longest / kSecond) + ", as long as a request may take", ""});
    if (config.payment_provider == kStripe) check_stripe(config.stripe);
}

std::string config_text(const Config& config) {
    std::string out = "{";
    for (const Setting& setting : settings()) {
        out += out.size() == 1 ? "\n  " : ",\n  ";
        std::string value = setting.get(config);
        if (setting.is_secret && !value.empty()) value = kStars;
        out += JsonOut().text(setting.name).take() + ": " + (setting.is_text() ? JsonOut().text(value).take() : value);
    }
    return out + "\n}\n";
}

}  // namespace matinee::live
