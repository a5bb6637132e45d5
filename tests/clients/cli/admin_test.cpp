// `matinee admin` against a live host in this process.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/clients/cli/child.hpp"
#include "tests/services/live/running_host.hpp"

namespace matinee::cli {

namespace {

constexpr const char* kToken = "the-administrator";

live::Config with_token() {
    live::Config config = live::RunningHost::cheap();
    config.platform.accounts.admin_token = kToken;
    return config;
}

class Admin : public testing::Test {
protected:
    Outcome admin(std::vector<std::string> words) {
        words.insert(words.begin(), "admin");
        words.insert(words.end(), {"--url", url_});
        if (!token_file_.empty()) words.insert(words.end(), {"--token-file", token_file_});
        return run_matinee(words, folder_.path());
    }
    nlohmann::json admin_json(std::vector<std::string> words) {
        words.push_back("--json");
        const Outcome outcome = admin(std::move(words));
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        return nlohmann::json::parse(outcome.out, nullptr, false);
    }

    TemporaryFolder folder_;
    live::RunningHost running_{with_token()};
    std::string url_ = "http://127.0.0.1:" + std::to_string(running_.port());
    std::string token_file_ = folder_.write("token", std::string(kToken) + "\n");
};

}  // namespace

TEST_F(Admin, LooksAfterTitles) {
    folder_.write("film.json", R"({"type":"film","title":"Night \u001b[31mTrain","rating":"PG","duration_s":5400})");
    const auto created = admin_json({"titles", "create", "film.json"});
    const std::string id = created["title_id"];
    const Outcome list = admin({"titles", "list"});
    EXPECT_NE(list.out.find(id), std::string::npos) << list.out << list.err;
    EXPECT_NE(list.out.find("film"), std::string::npos);
    EXPECT_EQ(list.out.find('\x1b'), std::string::npos) << "a terminal would obey it";

    auto document = admin_json({"titles", "show", id});
    document["title"] = "Day Train";
    folder_.write("film.json", document.dump());
    const Outcome updated = admin({"titles", "update", id, "film.json"});
    EXPECT_EQ(updated.code, 0) << updated.err;
    EXPECT_NE(admin({"titles", "show", id}).out.find("Day Train"), std::string::npos);

    const Outcome stale = admin({"titles", "update", id, "film.json"});  // replaces a version that is no more
    EXPECT_EQ(stale.code, 2);
    EXPECT_NE(stale.err.find("changed meanwhile"), std::string::npos) << stale.err;
    EXPECT_EQ(admin({"titles", "delete", id, "--version", "1"}).code, 2);
    EXPECT_EQ(admin({"titles", "delete", id}).code, 0);
    EXPECT_EQ(admin({"titles", "show", id}).code, 2);
}

TEST_F(Admin, NamesThePageThatFollows) {
    folder_.write("film.json", R"({"type":"film","title":"A","rating":"PG","duration_s":5400})");
    for (int i = 0; i < 3; ++i) admin({"titles", "create", "film.json"});
    const Outcome first = admin({"titles", "list", "--limit", "2"});
    const size_t at = first.out.find("--after ");
    ASSERT_NE(at, std::string::npos) << first.out;
    std::string last = first.out.substr(at + 8);
    last.pop_back();
    const auto rest = admin_json({"titles", "list", "--after", last});
    EXPECT_EQ(rest["titles"].size(), 1u);
}

TEST_F(Admin, ShowsTheBooksAndTheState) {
    const auto ledger = admin_json({"ledger"});
    EXPECT_EQ(ledger["balanced"], true);
    EXPECT_NE(admin({"ledger"}).out.find("balanced: true"), std::string::npos);
    token_file_.clear();
    const Outcome status = admin({"status"});
    EXPECT_EQ(status.code, 0) << status.err;
    EXPECT_TRUE(status.out.starts_with("alive, ready\n")) << status.out;
    EXPECT_NE(status.out.find("Open connections"), std::string::npos) << status.out;
}

TEST_F(Admin, SaysWhatIsRefused) {
    const Outcome unknown = admin({"refund", "pay_none"});
    EXPECT_EQ(unknown.code, 2);
    EXPECT_NE(unknown.err.find("404, not_found"), std::string::npos) << unknown.err;
    token_file_ = folder_.write("wrong", "somebody");
    const Outcome stranger = admin({"ledger"});
    EXPECT_EQ(stranger.code, 2);
    EXPECT_NE(stranger.err.find("401"), std::string::npos) << stranger.err;
    EXPECT_EQ(stranger.err.find("somebody"), std::string::npos) << "a token in a message";
    token_file_.clear();
    EXPECT_EQ(admin({"ledger"}).code, 2) << "no token at all";
}

TEST_F(Admin, RefusesBadArguments) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {},
             {"titels"},
             {"titles"},
             {"titles", "show"},
             {"titles", "show", "a/../b"},
             {"titles", "list", "--limit", "0"},
             {"titles", "create", "none.json"},
             {"ledger", "now"},
         }) {
        const Outcome outcome = admin(words);
        EXPECT_EQ(outcome.code, 2) << outcome.out << outcome.err;
        EXPECT_NE(outcome.err, "");
    }
    url_ = "ftp://example.org";
    EXPECT_EQ(admin({"status"}).code, 2);
    url_ = "http://127.0.0.1:1/path";
    EXPECT_EQ(admin({"status"}).code, 2);
}

TEST_F(Admin, SaysThatNobodyIsThere) {
    running_.stop();
    const Outcome outcome = admin({"status"});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find("matinee serve"), std::string::npos) << outcome.err;
    const Outcome refund = admin({"refund", "pay_1"});
    EXPECT_EQ(refund.code, 3);
    EXPECT_NE(refund.err.find("--key admin-"), std::string::npos) << refund.err;
}

}  // namespace matinee::cli
