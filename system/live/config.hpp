// What can be set about the live host: one table with name, bounds, default and source, from which flags, environment,
// file, `--check-config` and the errors come. Flags beat the environment, which beats the file.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "system/embedded/sandbox_provider.hpp"
#include "system/live/crypto.hpp"
#include "system/live/http_server.hpp"
#include "system/platform/platform.hpp"

namespace matinee::live {

inline constexpr const char* kSandbox = "sandbox";
inline constexpr const char* kStripe = "stripe";

struct StripeConfig {
    std::string url = "https://api.stripe.com";
    std::string ca_file;             ///< PEM file; empty: the certificates that the system trusts
    std::string secret_key;          ///< "sk_..." or "rk_..."
    std::string webhook_secret;      ///< "whsec_..."
    TimeNs patience = 20 * kSecond;  ///< of a call; the subscriber waits meanwhile
    size_t threads = 4;
};

struct Config {
    std::string data = "data";          ///< folder of the databases
    std::string address = "127.0.0.1";  ///< to listen on
    uint16_t port = 8080;               ///< 0: the system chooses
    bool survive_power_loss = true;     ///< an acknowledged write is on the disk, not only with the kernel
    bool log_requests = false;          ///< every request, not only those that fail inside
    TimeNs drain_patience = 10 * kSecond;
    std::string tls_certificate;  ///< PEM file with the chain; empty: HTTP in the clear
    std::string tls_key;          ///< PEM file
    std::string trusted_proxies;  ///< see TrustedProxies
    size_t password_threads = 1;
    size_t password_queue = 64;
    PasswordCost password_cost;
    ServerLimits limits;
    std::string payment_provider = kSandbox;  ///< or kStripe
    SandboxModel payment_sandbox;
    StripeConfig stripe;
    platform::Settings platform;
};

/// A row of the table.
struct Setting {
    std::string name;   ///< in the file; "MATINEE_" and upper case in the environment
    std::string about;  ///< with its unit, and the source where the figure is somebody's
    int64_t least = 0;  ///< of a number; both 0: a text
    int64_t most = 0;
    std::function<std::string(const Config&)> get;
    std::function<void(Config&, const std::string&)> set;
    bool may_be_empty = false;
    bool is_secret = false;  ///< never on the command line, which everybody on the machine can read; printed as stars
    bool is_text() const { return least == 0 && most == 0; }
};
std::span<const Setting> settings();

/// Where a value comes from that is on the command line.
inline constexpr const char* kCommandLine = "command line";

/// Sets by name; `where` is for the message: a file, "environment", kCommandLine. Throws InputError for a name that is
/// not in the table, a value out of bounds, a secret on the command line.
void set(Config& config, const std::string& name, const std::string& value, const std::string& where);

/// The settings of a file: one JSON object of names and values. Throws InputError.
void set_from_json(Config& config, const std::string& text, const std::string& file);

/// Those of the environment, which `variable` reads: the value of a name, or null.
void set_from_environment(Config& config, const std::function<const char*(const std::string&)>& variable);

/// "http://" or "https://" with a host and perhaps a port, and nothing behind.
bool is_base_address(std::string_view url);

/// Settings that only make sense together. Throws InputError.
void check(const Config& config);

/// Every setting as a file that set_from_json takes, but for secrets.
std::string config_text(const Config& config);

}  // namespace matinee::live
