// `matinee serve` from outside. What it answers is tested in tests/services.
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/clients/cli/child.hpp"

namespace matinee::cli {

namespace fs = std::filesystem;

TEST(Serve, EndsCleanlyOnSigterm) {
    const TemporaryFolder folder;
    const Outcome outcome = run_matinee({"serve", "--port", "0", "--data", "new/folder"}, folder.path(),
                                        [](int process) { kill(process, SIGTERM); });
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(outcome.out.starts_with("listening on http://127.0.0.1:")) << outcome.out;
    EXPECT_TRUE(fs::exists(folder.path() / "new/folder/matinee.db"));
}

TEST(Serve, CommandLineBeatsFile) {
    const TemporaryFolder folder;
    folder.write("a.json", R"({"port": 1000, "body_bytes": 4096, "idle_s": 7})");
    const Outcome outcome = run_matinee(
        {"serve", "--config", "a.json", "--port", "2000", "--set", "idle_s=8", "--check-config"}, folder.path());
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const auto config = nlohmann::json::parse(outcome.out);
    EXPECT_EQ(config["port"], 2000);
    EXPECT_EQ(config["body_bytes"], 4096);
    EXPECT_EQ(config["idle_s"], 8);
    EXPECT_FALSE(fs::exists(folder.path() / "data")) << "a check writes nothing";
}

TEST(Serve, RefusesBadSettingsAndWhatTheMachineRefuses) {
    const TemporaryFolder folder;
    folder.write("a.json", R"({"prot": 1000})");
    folder.write("file", "x");
    const Outcome unknown = run_matinee({"serve", "--config", "a.json"}, folder.path());
    EXPECT_EQ(unknown.code, 2);
    EXPECT_NE(unknown.err.find("a.json: prot"), std::string::npos) << unknown.err;
    EXPECT_NE(unknown.err.find("hint:     port"), std::string::npos) << unknown.err;
    EXPECT_EQ(run_matinee({"serve", "--config", "none.json"}, folder.path()).code, 2);
    EXPECT_EQ(run_matinee({"serve", "--port", "70000"}, folder.path()).code, 2);
    EXPECT_EQ(run_matinee({"serve", "--set", "port"}, folder.path()).code, 2);
    const Outcome no_key = run_matinee({"serve", "--set", "payment_provider=stripe"}, folder.path());
    EXPECT_EQ(no_key.code, 2);
    EXPECT_NE(no_key.err.find("stripe_secret_key"), std::string::npos) << no_key.err;
    folder.write("s.json", R"({"payment_provider": "stripe", "stripe_secret_key": "sk_test_1",)"
                           R"( "stripe_webhook_secret": "whsec_1"})");
    const Outcome secrets = run_matinee({"serve", "--config", "s.json", "--check-config"}, folder.path());
    EXPECT_EQ(secrets.code, 0) << secrets.err;
    EXPECT_EQ(secrets.out.find("sk_test_1"), std::string::npos);
    EXPECT_EQ(secrets.out.find("whsec_1"), std::string::npos);
    const Outcome no_folder = run_matinee({"serve", "--port", "0", "--data", "file/below"}, folder.path());
    EXPECT_EQ(no_folder.code, 3) << no_folder.err;
    folder.write("matinee.db", std::string(8192, 'x'));
    const Outcome damaged = run_matinee({"serve", "--port", "0", "--data", "."}, folder.path());
    EXPECT_EQ(damaged.code, 3);
    EXPECT_NE(damaged.err.find("./matinee.db cannot be used"), std::string::npos) << damaged.err;
}

}  // namespace matinee::cli
