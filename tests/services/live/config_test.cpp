#include "system/live/config.hpp"

#include <gtest/gtest.h>

#include <map>

#include "system/base/errors.hpp"

namespace matinee::live {

static InputError::Where refusal(const std::function<void(Config&)>& change) {
    Config config;
    try {
        change(config);
    } catch (const InputError& error) {
        return error.where;
    }
    return {};
}

TEST(Config, PrintsWhatItReads) {
    Config config;
    set_from_json(config,
                  R"({"port": 0, "data": "/tmp/a \"b\"", "idle_s": 5, "password_memory_kib": 64, "issuer": "me"})",
                  "a.json");
    EXPECT_EQ(config.port, 0);
    EXPECT_EQ(config.data, "/tmp/a \"b\"");
    EXPECT_EQ(config.limits.idle, 5 * kSecond);
    EXPECT_EQ(config.password_cost.memory_bytes, 65'536u);
    EXPECT_EQ(config.platform.accounts.issuer, "me");
    Config again;
    set_from_json(again, config_text(config), "b.json");
    EXPECT_EQ(config_text(again), config_text(config));
    EXPECT_NE(config_text(Config{}), config_text(config));
}

TEST(Config, DefaultsAreWithinTheirBounds) {
    Config config;
    EXPECT_NO_THROW(set_from_json(config, config_text(Config{}), "defaults"));
    EXPECT_EQ(config_text(config), config_text(Config{}));
}

TEST(Config, SaysWhatIsWrong) {
    const auto unknown = refusal([](Config& c) { set_from_json(c, R"({"prot": 1})", "a.json"); });
    EXPECT_EQ(unknown.file, "a.json");
    EXPECT_EQ(unknown.path, "prot");
    EXPECT_EQ(unknown.suggestion, "port");
    for (const char* port : {"65536", "-1", "80 ", "8080x", "", "0x50", "1e3"})
        EXPECT_EQ(refusal([&](Config& c) { set(c, "port", port, "command line"); }).path, "port") << port;
    EXPECT_EQ(refusal([](Config& c) { set(c, "data", "", "command line"); }).path, "data");
    for (const char* file : {"", "[]", "{", R"({"port": null})", R"({"port": 1.5})", R"({"port": 1, "port": 2})"})
        EXPECT_EQ(refusal([&](Config& c) { set_from_json(c, file, "a.json"); }).file, "a.json") << file;
}

TEST(Config, CdnsAreATable) {
    Config config;
    set(config, "cdns", "edge /edge * 1, near https://near.example DE 3", "command line");
    ASSERT_EQ(config.platform.playback.cdns.size(), 2u);
    EXPECT_EQ(config.platform.playback.cdns[1].base_url, "https://near.example");
    EXPECT_EQ(config.platform.playback.cdns[1].weight, 3);
    for (const char* wrong :
         {"edge", "edge /edge *", "edge /edge * one", "edge /edge * 1 more", "edge /edge DE 1", "edge /edge * 0"})
        EXPECT_EQ(refusal([&](Config& c) { set(c, "cdns", wrong, "command line"); }).path, "cdns") << wrong;
    EXPECT_EQ(refusal([&](Config& c) { set(c, "default_country", "Oz", "command line"); }).path, "default_country");
}

TEST(Config, Environment) {
    const std::map<std::string, const char*> variables = {{"MATINEE_PORT", "81"}, {"MATINEE_BODY_BYTES", "2048"}};
    Config config;
    set_from_environment(config, [&](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second;
    });
    EXPECT_EQ(config.port, 81);
    EXPECT_EQ(config.limits.body_bytes, 2048u);
    const auto wrong = refusal([](Config& c) {
        set_from_environment(c, [](const std::string& name) { return name == "MATINEE_PORT" ? "x" : nullptr; });
    });
    EXPECT_EQ(wrong.file, "environment");
}

TEST(Config, SecretsStayOffTheCommandLineAndOutOfWhatIsPrinted) {
    const std::string token = "0123456789abcdef-admin";
    Config config;
    EXPECT_EQ(refusal([&](Config& c) { set(c, "admin_token", token, kCommandLine); }).found, "a secret");
    set(config, "admin_token", token, "environment");
    EXPECT_EQ(config.platform.accounts.admin_token, token);
    EXPECT_EQ(config_text(config).find(token), std::string::npos);
    EXPECT_NE(config_text(config).find("\"admin_token\": \"********\""), std::string::npos);
    EXPECT_EQ(refusal([&](Config& c) { set_from_json(c, config_text(config), "a.json"); }).path, "admin_token")
        << "stars are no token";
    EXPECT_EQ(refusal([](Config& c) { set(c, "admin_token", "short", "environment"); }).path, "admin_token");
    EXPECT_NO_THROW(set(config, "admin_token", "", "environment"));
}

TEST(Config, SettingsThatBelongTogether) {
    Config config;
    EXPECT_NO_THROW(check(config));
    const auto refused = [&] { return refusal([&](Config&) { check(config); }).path; };
    config.tls_certificate = MATINEE_SOURCE_DIR "/README.md";
    EXPECT_EQ(refused(), "tls_key");
    config.tls_key = "no/such/key.pem";
    EXPECT_EQ(refused(), "tls_key");
    config.tls_key = config.tls_certificate;  // whether it is a key is seen when it is loaded
    EXPECT_NO_THROW(check(config));
    set(config, "heartbeat_s", "60", kCommandLine);
    EXPECT_EQ(refused(), "stream_lease_s");
    set(config, "stream_lease_s", "120", kCommandLine);
    EXPECT_NO_THROW(check(config));
    set(config, "idempotency_lease_s", "1", kCommandLine);
    EXPECT_EQ(refused(), "idempotency_lease_s");
    config = Config();
    const std::pair<const char*, const char*> bad_values[] = {{"address", "banana"},
                                                              {"default_region", "usa"},
                                                              {"default_country", "ZZZ"},
                                                              {"cdns", "edge javascript:x * 1"},
                                                              {"cdns", "edge /edge DE 1"}};
    for (const auto& [name, bad] : bad_values)
        EXPECT_EQ(refusal([&](Config& c) { set(c, name, bad, kCommandLine); }).path, name) << bad;
    set(config, "default_region", "de", kCommandLine);
    EXPECT_EQ(config.platform.catalog.default_region, "DE");
    EXPECT_NO_THROW(set(config, "address", "::1", kCommandLine));
    EXPECT_NO_THROW(set(config, "trusted_proxies", "10.0.0.0/8, ::1", kCommandLine));
    for (const char* bad : {"10.0.0.0/33", "nonsense", "10.0.0.0/x", "::1/129", "10.0.0.0/"})
        EXPECT_EQ(refusal([&](Config& c) { set(c, "trusted_proxies", bad, kCommandLine); }).path, "trusted_proxies")
            << bad;
}

TEST(Config, StripeNeedsItsSecretsAndKeepsThem) {
    const auto of_check = [](const Config& config) { return refusal([&](Config&) { check(config); }); };
    Config config;
    EXPECT_EQ(refusal([&](Config& c) { set(c, "payment_provider", "strip", kCommandLine); }).suggestion, "stripe");
    set(config, "payment_provider", "stripe", kCommandLine);
    EXPECT_EQ(of_check(config).path, "stripe_secret_key");
    EXPECT_EQ(refusal([](Config& c) { set(c, "stripe_secret_key", "sk_live_1", kCommandLine); }).found, "a secret");
    const auto odd = refusal([](Config& c) { set(c, "stripe_secret_key", "sk_live_1\n", "environment"); });
    EXPECT_EQ(odd.path, "stripe_secret_key");
    EXPECT_EQ(std::string(InputError(odd).what()).find("sk_live"), std::string::npos);
    set(config, "stripe_secret_key", "sk_live_1", "environment");
    EXPECT_EQ(of_check(config).path, "stripe_webhook_secret");
    set_from_json(config, R"({"stripe_webhook_secret": "whsec_1"})", "a.json");
    EXPECT_NO_THROW(check(config));
    EXPECT_EQ(config_text(config).find("sk_live_1"), std::string::npos);
    EXPECT_EQ(config_text(config).find("whsec_1"), std::string::npos);
    for (const char* url : {"api.stripe.com", "ftp://a", "https://", "https://a/v1", "https://u@a", "http://a b"})
        EXPECT_EQ(refusal([&](Config& c) { set(c, "stripe_url", url, kCommandLine); }).path, "stripe_url") << url;
    set(config, "stripe_url", "http://127.0.0.1:12111", kCommandLine);
    EXPECT_EQ(of_check(config).path, "stripe_url") << "a key for money goes over TLS";
    set(config, "stripe_secret_key", "sk_test_1", "environment");
    EXPECT_NO_THROW(check(config));
}

}  // namespace matinee::live
