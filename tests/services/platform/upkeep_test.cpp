// What the platform does in the background: what it forgets and when, and that nothing there holds up the rest.
#include <algorithm>
#include <set>

#include "system/events/outbox.hpp"
#include "tests/services/payments/payments_fixture.hpp"

namespace matinee::platform {

class UpkeepTest : public payments::PaymentsTest {
protected:
    using Event = matinee::Event;

    std::vector<Event> logged() {
        std::vector<Event> all;
        for (const std::string& topic : run(host_->log().topics()))
            for (LoggedEvent& found : run(host_->log().read(topic, 0, 100'000))) all.push_back(std::move(found.event));
        return all;
    }
    Answer post(const std::string& path, const std::string& body) {
        return send(request("POST", "/api/v1/" + path, body, token_));
    }
    std::string add_film() {
        return send(request("POST", "/api/v1/admin/titles",
                            R"({"type":"film","title":"Dawn","rating":"PG","genres":["drama"],"duration_s":6000,)"
                            R"("windows":[{"region":"*"}]})",
                            payments::kAdminToken))
            .text("data.title_id");
    }
    /// Ada pays and watches; the profile she does it with.
    std::string watch(const std::string& film) {
        EXPECT_EQ(subscribe("basic", "pm_ok").status, 201);
        const std::string profile =
            send(request("POST", mine_ + "/profiles", R"({"profile_name":"Ada"})", token_)).text("data.profile_id");
        JsonOut out;
        out.object().text("profile_id", profile).text("title_id", film).text("device_id", "tv").end();
        const std::string stream = post("playback/start", out.take()).text("data.playback_token");
        EXPECT_EQ(
            post("playback/events", R"({"playback_token":")" + stream + R"(","events":[{"type":"play"}]})").status,
            202);
        EXPECT_EQ(post("playback/stop", R"({"playback_token":")" + stream + R"(","position_seconds":60})").status, 200);
        return profile;
    }
    std::string consumers() {
        std::string all;
        auto body = [&](SqlTransaction& tx) {
            for (const SqlRow& row :
                 tx.query("SELECT consumer, topic, position FROM consumer_positions ORDER BY topic, consumer"))
                all += row.text(1) + "<" + row.text(0) + " ";
        };
        host_->database().transact(Sql::Access::Read, SqlBody(body));
        return all;
    }
};

TEST_F(UpkeepTest, WhatTheOutboxHoldsIsKnownWithoutCounting) {
    const auto unpublished = [&] {
        int64_t found = -1;
        auto body = [&](SqlTransaction& tx) { found = events::unpublished(tx); };
        host_->database().transact(Sql::Access::Read, SqlBody(body));
        return found;
    };
    const auto add = [&](int count) {
        auto body = [&](SqlTransaction& tx) {
            for (int i = 0; i < count; ++i)
                events::append(tx, {.event_id = "evt_" + std::to_string(i),
                                    .topic = "t",
                                    .type = "t",
                                    .key = "k",
                                    .at = 0,
                                    .data = "{}"});
        };
        host_->database().transact(Sql::Access::Write, SqlBody(body));
    };
    pass(5 * kSecond);
    EXPECT_EQ(unpublished(), 0);
    add(7);
    EXPECT_EQ(unpublished(), 7);
    auto remove = [](SqlTransaction& tx) {
        tx.execute("DELETE FROM outbox WHERE sequence <= (SELECT MIN(sequence) + 2 FROM outbox)");
    };
    host_->database().transact(Sql::Access::Write, SqlBody(remove));
    EXPECT_EQ(unpublished(), 4);
    const std::string metrics = host_->exchange(request("GET", "/metrics", "", "")).body;
    EXPECT_NE(metrics.find("matinee_outbox_events 4\n"), std::string::npos) << metrics;
    add(2);
    EXPECT_EQ(unpublished(), 6);
    EXPECT_EQ(number("SELECT COUNT(*) FROM outbox"), 6);
}

TEST_F(UpkeepTest, AnErasureLeavesNothingOfWhatWasWatched) {
    const std::string film = add_film();
    const std::string profile = watch(film);
    pass(5 * kSecond);
    const auto about_ada = [&](const Event& event) {
        return (event.key + event.data).find(user_id_) != std::string::npos ||
               (event.key + event.data).find(profile) != std::string::npos;
    };
    const std::vector<Event> before = logged();
    std::set<std::string> types;
    for (const Event& event : before)
        if (about_ada(event)) types.insert(event.type);
    for (const char* type : {"account.registered", "playback.started", "playback.stopped", "quality.reported"})
        EXPECT_TRUE(types.contains(type)) << type;
    ASSERT_EQ(send(request("DELETE", mine_, "", token_)).status, 200);
    pass(4 * kMinute);
    size_t others = 0;
    for (const Event& event : logged()) {
        if (!about_ada(event)) ++others;
        EXPECT_TRUE(!about_ada(event) || event.type == "account.erased" || event.type == "profile.deleted")
            << event.type << " " << event.data;
    }
    EXPECT_GE(others, 1u) << "the film is still there";
    EXPECT_EQ(number("SELECT COUNT(*) FROM log_erasures WHERE noted_at = due_at"), 0);
}

/// Whoever follows has to be enrolled from the beginning by a migration, or what it has not read could go.
TEST_F(UpkeepTest, EveryFollowerIsEnrolled) {
    const std::string enrolled = consumers();
    const std::string profile = watch(add_film());
    EXPECT_EQ(send(request("DELETE", mine_ + "/profiles/" + profile, "", token_)).status, 200);
    pass(3 * kMinute);
    EXPECT_EQ(consumers(), enrolled);
    EXPECT_EQ(number("SELECT COUNT(*) FROM consumer_positions WHERE position = 0"), 0) << "all of them have read";
}

class SlowUpkeepTest : public UpkeepTest {
protected:
    SlowUpkeepTest() { maintenance_ = kHour; }
};

TEST_F(SlowUpkeepTest, EventsGoAfterAWeek) {
    watch(add_film());
    pass(6 * kDay);
    EXPECT_GE(logged().size(), 5u);
    EXPECT_GE(number("SELECT COUNT(*) FROM consumed_events"), 5);
    pass(2 * kDay);
    EXPECT_EQ(logged().size(), 0u);
    EXPECT_EQ(number("SELECT COUNT(*) FROM consumed_events"), 0);
}

/// More rows of each kind than a minute's sweep of one batch took.
TEST_F(UpkeepTest, SweepsKeepUpWithWhatExpires) {
    static constexpr int kRows = 3'000;
    auto fill = [](SqlTransaction& tx) {
        for (int i = 0; i < kRows; ++i) {
            const std::string name = "t" + std::to_string(i);
            tx.execute(
                "INSERT INTO refresh_tokens(token_hash, session_id, expires_at)"
                " VALUES($1, (SELECT MIN(session_id) FROM sessions), 1)",
                name);
            tx.execute("INSERT INTO trending_plays(bucket, title_id, plays) VALUES(1, $1, 1)", name);
            tx.execute("INSERT INTO profiles_erased(user_id, at) VALUES($1, 1)", name);
            tx.execute("INSERT INTO playback_erased(id, at) VALUES($1, 1)", name);
        }
    };
    host_->database().transact(Sql::Access::Write, SqlBody(fill));
    pass(3 * kMinute);
    for (const char* table : {"trending_plays", "profiles_erased", "playback_erased"})
        EXPECT_EQ(number("SELECT COUNT(*) FROM " + std::string(table)), 0) << table;
    EXPECT_EQ(number("SELECT COUNT(*) FROM refresh_tokens"), 1) << "Ada's own";
}

/// A log that takes as long as more events need to come.
class EndlessEvents : public services::PortLayer {
public:
    EndlessEvents(const Ports& below, bool& on) : below_(below), log_(below, on) {}
    Ports ports() override {
        return {below_.clock,  below_.random,           below_.sql,   below_.kv, log_,
                below_.crypto, below_.payment_provider, below_.search};
    }

private:
    class Log : public EventLog {
    public:
        Log(const Ports& below, bool& on) : below_(below), on_(on) {}
        Task<> publish(std::vector<Event> events) override {
            const size_t many = events.size();
            co_await below_.log.publish(std::move(events));
            const auto more = [&](SqlTransaction& tx) {
                for (size_t i = 0; i < many; ++i)
                    events::append(tx, {.event_id = "more" + std::to_string(number_++),
                                        .topic = "weather",
                                        .type = "rain",
                                        .key = "here",
                                        .at = below_.clock.now(),
                                        .data = "{}"});
            };
            if (on_ && many > 0) co_await below_.sql.write(more);
        }
        Task<std::vector<LoggedEvent>> read(std::string topic, int64_t after, size_t limit) override {
            return below_.log.read(std::move(topic), after, limit);
        }
        Task<std::vector<LoggedEvent>> read_about(std::string topic, std::string key, int64_t after,
                                                  size_t limit) override {
            return below_.log.read_about(std::move(topic), std::move(key), after, limit);
        }
        Task<std::vector<std::string>> topics() override { return below_.log.topics(); }
        Task<> remove(std::string topic, std::vector<int64_t> positions) override {
            return below_.log.remove(std::move(topic), std::move(positions));
        }

    private:
        Ports below_;
        bool& on_;
        uint64_t number_ = 0;
    };
    Ports below_;
    Log log_;
};

TEST_F(UpkeepTest, EventsWithoutEndHoldUpNothingElse) {
    bool on = false;
    model_.log.write = 200 * kMillisecond;
    model_.layer = [&](const Ports& below) { return std::make_unique<EndlessEvents>(below, on); };
    fresh_host();
    on = true;
    auto seed = [](SqlTransaction& tx) {
        for (int i = 0; i < 500; ++i)
            events::append(tx, {.event_id = "e" + std::to_string(i),
                                .topic = "weather",
                                .type = "rain",
                                .key = "here",
                                .at = payments::kEvening,
                                .data = "{}"});
    };
    host_->database().transact(Sql::Access::Write, SqlBody(seed));
    host_->payment_provider().set_faults({.fail_before = 100});
    EXPECT_EQ(subscribe("basic", "pm_ok").status, 202);
    host_->payment_provider().set_faults({});
    pass(20 * kSecond);
    EXPECT_EQ(status(), "active") << "the payment was asked for again";
    on = false;
    host_.reset();
}

TEST_F(UpkeepTest, AProviderThatKeepsOneWaitingHoldsUpNothingElse) {
    model_.payment_provider.patience = 20 * kSecond;
    fresh_host();
    host_->payment_provider().set_faults({.fail_before = 100, .webhook_lost = 100});
    EXPECT_EQ(subscribe("basic", "pm_ok").status, 202);
    host_->payment_provider().set_faults({.time_out = 100, .webhook_lost = 100});
    TimeNs longest = 0, waited = 0;
    for (int i = 0; i < 100; ++i) {
        pass(kSecond);
        if (i % 10 == 0)
            send(request(
                "POST", "/api/v1/auth/register",
                R"({"email":"guest)" + std::to_string(i) + R"(@example.org","password":"12345678","name":"Guest"})",
                ""));
        waited = number("SELECT COUNT(*) FROM outbox") > 0 ? waited + kSecond : 0;
        longest = std::max(longest, waited);
    }
    EXPECT_LE(longest, 4 * kSecond) << "publishing waited for the provider";
    EXPECT_EQ(charges(), 1);
    host_->payment_provider().set_faults({});
    pass(15 * kMinute);
    EXPECT_EQ(status(), "active");
    EXPECT_EQ(charges(), 1);
}

TEST_F(UpkeepTest, TheExportHasEverythingThatIsKept) {
    watch(add_film());
    pass(5 * kSecond);
    EXPECT_EQ(refund(newest_payment(), 100).status, 201);
    pass(5 * kSecond);
    const Answer all = send(request("GET", mine_ + "/export", "", token_));
    ASSERT_EQ(all.status, 200);
    const Json& data = *all.body.find("data");
    const auto count = [&](const char* part, const char* list) { return data.find(part)->find(list)->array()->size(); };
    EXPECT_EQ(all.text("data.account.email"), "ada@example.org");
    EXPECT_EQ(count("account", "sessions"), 1u);
    EXPECT_EQ(count("profiles", "profiles"), 1u);
    EXPECT_EQ(count("playback", "devices"), 1u);
    ASSERT_EQ(count("payments", "subscriptions"), 1u);
    ASSERT_EQ(count("payments", "payments"), 1u);
    ASSERT_EQ(count("payments", "refunds"), 1u);
    const Json& payments = *data.find("payments");
    EXPECT_EQ(*payments.find("subscriptions")->array()->front().find("payment_method")->text(), "pm_ok");
    EXPECT_EQ(*payments.find("payments")->array()->front().find("refunded_minor")->integer(), 100);
    EXPECT_EQ(*payments.find("refunds")->array()->front().find("amount_minor")->integer(), 100);
    const Answer others = send(request("POST", "/api/v1/auth/register",
                                       R"({"email":"bob@example.org","password":"12345678","name":"Bob"})", ""));
    const Answer nothing = send(request("GET", "/api/v1/users/" + others.text("data.user_id") + "/export", "",
                                        others.text("data.access_token")));
    EXPECT_EQ(nothing.body.find("data")->find("payments")->find("payments")->array()->size(), 0u);
}

TEST_F(UpkeepTest, ReportsHaveALimitOfTheirOwn) {
    settings_.gateway.limits.reports_per_hour = 3;
    fresh_host();
    const auto report = [&] {
        return post("playback/events", R"({"playback_token":"none","events":[{"type":"play"}]})").status;
    };
    for (int i = 0; i < 3; ++i) EXPECT_EQ(report(), 404);
    EXPECT_EQ(report(), 429);
    EXPECT_EQ(post("playback/heartbeat", R"({"playback_token":"none","position_seconds":1})").status, 404);
}

}  // namespace matinee::platform
