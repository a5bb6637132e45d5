#include "tests/services/playback/theatre.hpp"

#include <algorithm>

#include "system/accounts/routes.hpp"
#include "system/events/outbox.hpp"
#include "system/platform/migrations.hpp"
#include "system/playback/routes.hpp"
#include "system/profiles/routes.hpp"

namespace matinee::playback {

Task<std::optional<catalog::Title>> FakeTitles::find(std::string title_id) {
    co_await executor_.sleep_until(executor_.now() + kMillisecond);
    const auto found = all.find(title_id);
    co_return found == all.end() ? std::nullopt : std::optional<catalog::Title>(found->second);
}

Task<std::vector<catalog::Title>> FakeTitles::episodes(std::string series_id) {
    co_await executor_.sleep_until(executor_.now() + kMillisecond);
    std::vector<catalog::Title> found;
    for (const auto& [title_id, title] : all)
        if (title.series_id == series_id) found.push_back(title);
    std::sort(found.begin(), found.end(), [](const catalog::Title& a, const catalog::Title& b) {
        return a.season != b.season ? a.season < b.season : a.number < b.number;
    });
    co_return found;
}

void FakeTitles::add(const std::string& title_id, catalog::TitleType type, int64_t duration_s, catalog::Rating rating) {
    all[title_id] = {.title_id = title_id,
                     .title = "The " + title_id,
                     .type = type,
                     .rating = rating,
                     .duration_s = duration_s,
                     .series_id = {},
                     .windows = {{.region = "*"}}};
}

void FakeTitles::add_episode(const std::string& title_id, const std::string& series_id, int64_t season,
                             int64_t number) {
    add(title_id, catalog::TitleType::Episode, 1000);
    all[title_id].series_id = series_id;
    all[title_id].season = season;
    all[title_id].number = number;
}

std::optional<payments::Entitlement> FakePlans::of_user(SqlTransaction&, const std::string& user_id, TimeNs) const {
    const auto found = all.find(user_id);
    return found == all.end() ? std::nullopt : std::optional<payments::Entitlement>(found->second);
}

/// Tests let hours pass without logging in again.
static accounts::Settings long_logins() {
    accounts::Settings settings;
    settings.access_token_lifetime = 2 * kDay;
    return settings;
}

/// Tests are few users who do much.
static gateway::Settings busy() {
    gateway::Settings settings;
    settings.limits = gateway::Limits::none();
    return settings;
}

struct Theatre::Process {
    Process(Theatre& t, uint64_t number)
        : theatre(t),
          random(t.given_.seed, number),
          stored_kv(t.clock),
          stored_sql(t.executor, t.database, {}),
          sql(t.executor, stored_sql, t.hold_writes, t.refuse_write_in),
          kv(t.executor, stored_kv,
             {.round_trip = 300 * kMicrosecond, .read = 5 * kMicrosecond, .write = 5 * kMicrosecond, .servers = 8}),
          log(t.executor, t.log, {}),
          crypto(t.executor, random, {}),
          accounts(t.clock, random, sql, kv, crypto, long_logins()),
          profiles(t.clock, random, sql, crypto, accounts, t.given_.profiles),
          playback({t.clock, random, sql, kv, crypto, t.titles, t.plans, profiles, profiles, accounts},
                   t.given_.playback),
          gateway(t.clock, random, accounts, routes(), busy()) {}

    std::vector<gateway::Route> routes() {
        std::vector<gateway::Route> all = accounts::routes(accounts);
        for (gateway::Route& route : profiles::routes(profiles)) all.push_back(std::move(route));
        for (gateway::Route& route : playback::routes(playback)) all.push_back(std::move(route));
        return all;
    }

    Task<> prepare() { return platform::migrate(sql, platform::migrations(), theatre.clock.now()); }

    Task<> maintain() {
        for (;;) {
            co_await theatre.executor.sleep_until(theatre.executor.now() + theatre.given_.maintenance);
            size_t some = 100;
            while (some == 100) some = co_await events::pump(sql, log, 100);
            co_await profiles.follow(log);
            co_await playback.follow(log);
            some = 100;
            while (some == 100) some = co_await playback.end_abandoned(100);
            co_await profiles.forget_erased(100);
            co_await playback.forget(100);
        }
    }

    Theatre& theatre;
    services::SimulatedRandom random;
    MemoryKv stored_kv;
    services::SimulatedSql stored_sql;
    HeldUpSql sql;
    services::SimulatedKv kv;
    services::SimulatedEventLog log;
    services::SimulatedCrypto crypto;
    accounts::Accounts accounts;
    profiles::ProfileService profiles;
    playback::Playback playback;
    gateway::Gateway gateway;
    Task<> maintenance;  // last: destroyed before what it uses
};

Theatre::Theatre(const Given& given) : given_(given) { start_process(); }
Theatre::~Theatre() = default;

playback::Playback& Theatre::playback() { return process_->playback; }

void Theatre::start_process() {
    process_ = std::make_unique<Process>(*this, processes_++);
    Task<> prepared = process_->prepare();
    prepared.start();
    while (!prepared.done() && executor.step()) {
    }
    prepared.take();
    process_->maintenance = process_->maintain();
    process_->maintenance.start();
}

void Theatre::restart() {
    process_.reset();
    start_process();
}

Task<gateway::Response> Theatre::handle(gateway::Request request) {
    return process_->gateway.handle(std::move(request));
}

gateway::Response Theatre::exchange(gateway::Request request) {
    Task<gateway::Response> task = handle(std::move(request));
    task.start();
    while (!task.done() && executor.step()) {
    }
    return task.take();
}

void TheatreTest::open(const Theatre::Given& given) {
    theatre_ = std::make_unique<Theatre>(given);
    theatre_->titles.add("film", catalog::TitleType::Film, 6000);
    theatre_->titles.add("other", catalog::TitleType::Film, 3000);
    theatre_->titles.add("series", catalog::TitleType::Series, 0);
    theatre_->titles.add_episode("ep1", "series", 1, 1);
    theatre_->titles.add_episode("ep2", "series", 1, 2);
    theatre_->titles.add_episode("ep3", "series", 2, 1);
}

gateway::Request TheatreTest::request(const std::string& method, const std::string& target, const std::string& token,
                                      const std::string& body) {
    gateway::Request made{.method = method, .target = target, .headers = {}, .body = body};
    made.headers.push_back({"content-type", "application/json"});
    made.headers.push_back({"authorization", "Bearer " + token});
    return made;
}

Answer TheatreTest::send(const std::string& method, const std::string& target, const std::string& token,
                         const std::string& body) {
    const gateway::Response response = theatre_->exchange(request(method, target, token, body));
    return {.status = response.status, .content_type = response.content_type, .body = Json::parse(response.body)};
}

Viewer TheatreTest::viewer(const std::string& name, int64_t screens, int64_t most_lines) {
    JsonOut out;
    out.object().text("email", name + "@example.org").text("password", "12345678").text("name", name).end();
    const Answer account = send("POST", "/api/v1/auth/register", "", out.take());
    Viewer made{
        .user_id = account.text("data.user_id"), .access_token = account.text("data.access_token"), .profile_id = {}};
    theatre_->plans.all[made.user_id] = {
        .plan_id = "plan", .screens = screens, .most_lines = most_lines, .until = kNever};
    const Answer profile = send("POST", "/api/v1/users/" + made.user_id + "/profiles", made.access_token,
                                JsonOut().object().text("profile_name", name).end().take());
    made.profile_id = profile.text("data.profile_id");
    return made;
}

std::string TheatreTest::start_body(const Viewer& who, const std::string& title_id, const std::string& device_id,
                                    const std::string& more) {
    JsonOut out;
    out.object().text("profile_id", who.profile_id).text("title_id", title_id).text("device_id", device_id);
    std::string body = out.text("quality", "auto").end().take();
    return more.empty() ? body : body.substr(0, body.size() - 1) + "," + more + "}";
}

Answer TheatreTest::start(const Viewer& who, const std::string& title_id, const std::string& device_id,
                          const std::string& more) {
    return send("POST", "/api/v1/playback/start", who.access_token, start_body(who, title_id, device_id, more));
}

std::string TheatreTest::token_body(const Answer& stream, int64_t position_s, const std::string& more) {
    JsonOut out;
    out.object().text("playback_token", stream.text("data.playback_token")).integer("position_seconds", position_s);
    std::string body = out.end().take();
    return more.empty() ? body : body.substr(0, body.size() - 1) + "," + more + "}";
}

int TheatreTest::beat(const Viewer& who, const Answer& stream, int64_t position_s, const std::string& more) {
    return send("POST", "/api/v1/playback/heartbeat", who.access_token, token_body(stream, position_s, more)).status;
}

int TheatreTest::stop(const Viewer& who, const Answer& stream, int64_t position_s) {
    return send("POST", "/api/v1/playback/stop", who.access_token, token_body(stream, position_s)).status;
}

int TheatreTest::put(const Viewer& who, const std::string& title_id, int64_t position_s) {
    JsonOut out;
    out.object().text("title_id", title_id).integer("position_seconds", position_s).end();
    return send("PUT", "/api/v1/profiles/" + who.profile_id + "/resume-position", who.access_token, out.take()).status;
}

std::string TheatreTest::begun(const Viewer& who) {
    const Answer list = send("GET", "/api/v1/profiles/" + who.profile_id + "/continue-watching", who.access_token);
    std::string text;
    for (const Json& title : *list.body.find("data")->find("titles")->array())
        text += (text.empty() ? "" : " ") + *title.find("title_id")->text() + ":" +
                std::to_string(*title.find("position_seconds")->integer());
    return text;
}

int64_t TheatreTest::count(const std::string& from_where) {
    int64_t rows = 0;
    auto body = [&](SqlTransaction& tx) { rows = tx.find("SELECT COUNT(*) FROM " + from_where)->integer(0); };
    theatre_->database.transact(Sql::Access::Read, SqlBody(body));
    return rows;
}

std::vector<std::string> TheatreTest::events(const std::string& topic, const std::string& type) {
    Task<std::vector<LoggedEvent>> read = theatre_->log.read(topic, 0, 10'000);
    read.start();
    std::vector<std::string> found;
    for (const LoggedEvent& logged : read.take())
        if (logged.event.type == type) found.push_back(logged.event.data);
    return found;
}

}  // namespace matinee::playback
