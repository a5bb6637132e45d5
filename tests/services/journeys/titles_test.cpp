// Titles in virtual time: what appears when, who races, who dies, and that the index follows.
#include <gtest/gtest.h>

#include "simulator/services/host.hpp"
#include "tests/services/journeys/host.hpp"

namespace matinee::journeys {

static constexpr TimeNs kEvening = 1'795'204'800 * kSecond;  // 2026-11-20 20:00 UTC
static const std::string kAdmin = "the administrator's token of this test";

class TitlesTest : public testing::Test {
protected:
    using Versions = std::vector<std::pair<std::string, int64_t>>;

    static gateway::Request request(const std::string& method, const std::string& target, const std::string& token,
                                    const std::string& body = "") {
        gateway::Request made{.method = method, .target = "/api/v1/" + target, .headers = {}, .body = body};
        if (!body.empty()) made.headers.push_back({"content-type", "application/json"});
        made.headers.push_back({"authorization", "Bearer " + token});
        return made;
    }
    static Answer answer_of(const gateway::Response& response) {
        return {.status = response.status, .content_type = response.content_type, .body = Json::parse(response.body)};
    }
    Answer send(const gateway::Request& sent) { return answer_of(host_->exchange(sent)); }
    Answer get(const std::string& target) { return send(request("GET", target, viewer_)); }
    std::string titles(const std::string& target, const char* list = "titles") {
        const Answer answer = get(target);
        std::string names;
        for (const Json& title : *answer.body.find("data")->find(list)->array())
            names += *title.find("title")->text() + "|";
        return names;
    }
    static std::string film(const std::string& title, const std::string& more = "") {
        return R"({"type":"film","title":")" + title + R"(","rating":"G","duration_s":60,"genres":["drama"])" +
               (more.empty() ? R"(,"windows":[{"region":"*"}])" : more) + "}";
    }
    std::string create(const std::string& body) {
        const Answer made = send(request("POST", "admin/titles", kAdmin, body));
        EXPECT_EQ(made.status, 201) << to_text(made.body);
        return made.text("data.title_id");
    }
    void pass(TimeNs duration) { host_->executor().run_until(host_->executor().now() + duration); }
    SqlRows rows(const std::string& sql) {
        SqlRows found;
        auto body = [&](SqlTransaction& tx) { found = tx.query(sql); };
        host_->database().transact(Sql::Access::Read, SqlBody(body));
        return found;
    }
    Versions catalogue() {
        Versions all;
        for (const SqlRow& row : rows("SELECT title_id, version FROM titles WHERE type <> 'episode' ORDER BY title_id"))
            all.emplace_back(row.text(0), row.integer(1));
        return all;
    }
    Versions index() {
        Task<Versions> task = host_->search().contents("", 10'000);
        task.start();
        return task.take();
    }
    void play(const std::string& title_id, int times, TimeNs at) {
        std::vector<Event> events;
        for (int i = 0; i < times; ++i)
            events.push_back({.event_id = title_id + std::to_string(at) + "." + std::to_string(i),
                              .topic = "playback",
                              .type = "playback.started",
                              .key = "prf_x",
                              .at = at,
                              .data = R"({"title_id":")" + title_id + R"(","user_id":"usr_x"})"});
        Task<> task = host_->log().publish(std::move(events));
        task.start();
        task.take();
    }
    void fresh_host(TimeNs maintenance = kSecond) {
        services::HostModel model;
        model.maintenance = maintenance;
        platform::Settings settings;
        settings.accounts.admin_token = kAdmin;
        settings.gateway.limits = gateway::Limits::none();
        host_ = std::make_unique<services::SimulatedHost>(9, kEvening, settings, model);
        viewer_ = send(request("POST", "auth/register", "",
                               R"({"email":"v@example.org","password":"a long password","name":"V"})"))
                      .text("data.access_token");
    }
    void SetUp() override { fresh_host(); }

    std::unique_ptr<services::SimulatedHost> host_;
    std::string viewer_;
};

TEST_F(TitlesTest, AppearAtTheirMomentAndRegionThoughListsAreRemembered) {
    create(film("Now"));
    create(
        film("Soon", R"(,"windows":[{"region":"US","from":"2026-11-20T20:05:00Z","until":"2026-11-20T20:07:00Z"}])"));
    pass(5 * kSecond);
    const auto everywhere = [&](const std::string& region) {
        return titles("browse/new-releases?region=" + region) + " " + titles("browse/genre/drama?region=" + region) +
               " " + titles("search?q=soon+now&region=" + region, "results") +
               titles("search?q=soon&region=" + region, "results");
    };
    for (int i = 0; i < 3; ++i) EXPECT_EQ(everywhere("US"), "Now| Now| ");
    pass(kEvening + 5 * kMinute - 20 * kMillisecond - host_->executor().now());
    EXPECT_EQ(titles("browse/new-releases?region=US"), "Now|");
    pass(kSecond);
    EXPECT_EQ(everywhere("US"), "Soon|Now| Now|Soon| Soon|");
    EXPECT_EQ(everywhere("DE"), "Now| Now| ");
    pass(2 * kMinute);
    EXPECT_EQ(everywhere("US"), "Now| Now| ");
}

TEST_F(TitlesTest, NobodySeesWhatWasBeforeAnAcknowledgedChange) {
    const std::string id = create(film("v1"));
    int64_t acknowledged = 1;
    int stale = 0, reads = 0;
    const auto reader = [&]() -> Task<> {
        for (int i = 0; i < 60; ++i) {
            const int64_t at_least = acknowledged;
            gateway::Request sent = request("GET", i % 2 == 0 ? "titles/" + id : "browse/new-releases", viewer_);
            const gateway::Response response = co_await host_->handle(std::move(sent));
            const Answer seen = answer_of(response);
            std::string title = seen.text("data.title");
            if (i % 2 == 1) title = *seen.body.find("data")->find("titles")->array()->at(0).find("title")->text();
            ++reads;
            if (std::stoll(title.substr(1)) < at_least) ++stale;
        }
    };
    const auto writer = [&]() -> Task<> {
        for (int64_t version = 1; version < 20; ++version) {
            const std::string next = std::to_string(version + 1);
            gateway::Request sent = request("PUT", "admin/titles/" + id, kAdmin, film("v" + next));
            sent.headers.push_back({"if-match", "\"" + std::to_string(version) + "\""});
            const gateway::Response response = co_await host_->handle(std::move(sent));
            EXPECT_EQ(response.status, 200);
            acknowledged = version + 1;
        }
    };
    std::vector<Task<>> all;
    for (int i = 0; i < 8; ++i) all.push_back(reader());
    all.push_back(writer());
    for (Task<>& one : all) one.start();
    pass(kMinute);
    for (Task<>& one : all) one.take();
    EXPECT_EQ(reads, 480);
    EXPECT_EQ(stale, 0);
}

/// A change whose caller goes away after the commit: maintenance drops the copies.
TEST_F(TitlesTest, CopiesAreDroppedThoughTheCallerIsGone) {
    const std::string id = create(film("Old"));
    int gone_between = 0;
    for (int steps = 0;; ++steps) {
        ASSERT_LT(steps, 100);
        EXPECT_EQ(get("titles/" + id).status, 200);  // a copy is there
        const int64_t version = catalogue()[0].second;
        Task<gateway::Response> change = host_->handle(request(
            "PUT", "admin/titles/" + id, kAdmin,
            R"({"type":"film","title":"New","rating":"G","duration_s":60,"version":)" + std::to_string(version) + "}"));
        change.start();
        for (int i = 0; i < steps && !change.done(); ++i) host_->executor().step();
        const bool done = change.done();
        change.reset();
        const bool committed = catalogue()[0].second > version;
        gone_between += committed && !done ? 1 : 0;
        pass(2 * kSecond);
        EXPECT_EQ(get("titles/" + id).number("data.version"), catalogue()[0].second) << "after " << steps << " steps";
        if (done) break;
    }
    EXPECT_GT(gone_between, 3);
    EXPECT_EQ(rows("SELECT COUNT(*) FROM stale_titles")[0].integer(0), 0);
}

/// Kills the process after every number of steps of a series of changes, with publishing and indexing in between, and
/// looks whether the index comes to be what the catalogue is.
TEST_F(TitlesTest, TheIndexConvergesWhereverTheProcessDies) {
    fresh_host(2 * kMillisecond);
    const std::string kept = create(film("Kept"));
    std::string removed_next = create(film("First"));
    const auto changes = [&]() -> Task<> {
        const gateway::Response made = co_await host_->handle(request("POST", "admin/titles", kAdmin, film("Another")));
        const std::string id = answer_of(made).text("data.title_id");
        gateway::Request replaced = request("PUT", "admin/titles/" + id, kAdmin, film("Renamed"));
        replaced.headers.push_back({"if-match", "\"1\""});
        co_await host_->handle(std::move(replaced));
        co_await host_->handle(request("DELETE", "admin/titles/" + removed_next + "?version=2", kAdmin));
        removed_next = id;
        for (const auto& [other, version] : catalogue()) {
            if (other != kept) continue;
            gateway::Request again = request("PUT", "admin/titles/" + kept, kAdmin, film("Kept on"));
            again.headers.push_back({"if-match", "\"" + std::to_string(version) + "\""});
            co_await host_->handle(std::move(again));
        }
    };
    int behind = 0;
    bool whole = false;
    for (uint64_t steps = 0; !whole; ++steps) {
        ASSERT_LT(steps, 1000u);
        {
            Task<> series = changes();
            series.start();
            for (uint64_t i = 0; i < steps; ++i) host_->executor().step();
            whole = series.done() && catalogue() == index();
        }
        host_->restart();
        behind += catalogue() == index() ? 0 : 1;
        pass(60 * kMillisecond);
        ASSERT_EQ(index(), catalogue()) << "killed after " << steps << " steps";
    }
    EXPECT_GT(behind, 20) << "hardly a crash fell between a change and the index";
    EXPECT_EQ(rows("SELECT COUNT(*) FROM outbox")[0].integer(0), 0);
    EXPECT_EQ(rows("SELECT COUNT(*) FROM search_pending")[0].integer(0), 0);
    EXPECT_NE(titles("search?q=kept", "results").find("Kept on|"), std::string::npos);
}

TEST_F(TitlesTest, TrendingForgetsWithTheDays) {
    fresh_host(5 * kMinute);
    const auto later = [&](TimeNs duration) {
        pass(duration);
        viewer_ = send(request("POST", "auth/login", "", R"({"email":"v@example.org","password":"a long password"})"))
                      .text("data.access_token");
    };
    const std::string a = create(film("A")), b = create(film("B"));
    const std::string series = create(R"({"type":"series","title":"S","rating":"R","windows":[{"region":"*"}]})");
    const auto episode = [&](int number) {
        return create(R"({"type":"episode","title":"E","rating":"R","duration_s":60,"season":1,"number":)" +
                      std::to_string(number) + R"(,"series_id":")" + series + "\"}");
    };
    const std::string one = episode(1), two = episode(2);
    play(a, 10, kEvening);
    play(one, 6, kEvening);
    play(two, 6, kEvening);
    play("ttl_unknown", 50, kEvening);
    later(6 * kMinute);
    EXPECT_EQ(titles("browse/trending"), "S|A|") << "episodes count for their series";
    play(a, 10, kEvening);  // the same events again
    later(6 * kMinute);
    EXPECT_EQ(titles("browse/trending"), "S|A|");
    pass(2 * kDay);
    play(b, 5, host_->executor().now());
    later(6 * kMinute);
    EXPECT_EQ(titles("browse/trending"), "B|S|A|") << "twelve plays of two days ago are worth three of today";
    EXPECT_EQ(titles("browse/trending?limit=1&page=2"), "S|");
    later(6 * kDay);
    EXPECT_EQ(titles("browse/trending"), "B|");
    EXPECT_EQ(rows("SELECT COUNT(*) FROM trending_plays")[0].integer(0), 1) << "what is older than a week is gone";
}

}  // namespace matinee::journeys
