#include "tests/services/swarm/playback_workload.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "system/accounts/api.hpp"
#include "system/playback/api.hpp"
#include "system/profiles/api.hpp"
#include "tests/services/swarm/clients.hpp"
#include "tests/services/swarm/playback_model.hpp"

namespace matinee::swarm {

namespace {

constexpr int64_t kDurationS = 6000, kLastPositionS = 5000;  // nobody comes near the end, where resuming begins anew

struct Household : User {
    Household(const User& user, size_t n, const std::string& p, const HouseholdModel::Promise& promise)
        : User(user), number(n), plan(p), model(promise) {}
    size_t number;
    std::string plan;
    std::vector<std::string> profile_ids;
    HouseholdModel model;
    std::set<std::string> gone_profiles;  ///< somebody asked for their end
    std::set<std::string> deleted_profiles;
    int orders = 0;
    bool is_leaving = false;
    bool is_erased = false;

    bool expects(const Stream& stream) const {
        return !is_leaving && !gone_profiles.contains(stream.place->profile_id);
    }
};

class PlaybackWorkload : public Workload {
public:
    void configure(RandomStream& draws, platform::Settings& settings, services::HostModel& model) override {
        promise_.lease = TimeNs(3 + draws.below(4)) * kSecond;
        promise_.save_every = TimeNs(draws.below(3)) * kSecond;
        settings.playback.lease = promise_.lease;
        settings.playback.save_every = promise_.save_every;
        // Slow stores leave more room between the steps of a request.
        if (draws.chance(0.4)) model.sql.round_trip = TimeNs(1 + draws.below(100)) * kMillisecond;
        if (draws.chance(0.4)) model.kv.round_trip = TimeNs(1 + draws.below(100)) * kMillisecond;
    }

    void setup(World& world) override {
        static constexpr const char* kPlans[] = {"basic", "standard", "premium"};
        RandomStream draws = world.stream(kWho);
        std::vector<std::string> titles;
        for (const char* const name : {"Left off", "Taken up"}) titles.push_back(make_film(world, name));
        for (size_t i = 0; i < 2; ++i) {
            const size_t plan = draws.below(3);
            promise_.screens = int64_t(1) << plan;
            const User user = register_user(world, "v" + std::to_string(i));
            Household& home = *homes_.emplace_back(std::make_unique<Household>(user, i, kPlans[plan], promise_));
            world.send_now(order(home));
            for (const char* const name : {"Ada", "Bob"}) {
                const std::string body = JsonOut().object().text("profile_name", name).end().take();
                const auto made = world.send_now(request("POST", home.mine() + "/profiles", home.token, body));
                home.profile_ids.push_back(text_at(made.body, {"data", "profile_id"}));
                for (const std::string& title_id : titles) home.model.add_place(home.profile_ids.back(), title_id);
            }
        }
    }

    void start(World& world) override {
        for (const auto& home : homes_) {
            for (uint64_t device = 0; device < uint64_t(home->model.promise().screens) + 2; ++device)
                world.add(use(world, *home, device));
            world.add(keep_house(world, *home));
        }
        world.add(mirror_.follow(world));
    }

    void watch(World& world) override {
        for (const auto& home : homes_) count_screens(world, *home);
    }

    bool is_settled(World& world) override {
        return count(world,
                     "SELECT (SELECT COUNT(*) FROM streams WHERE ended_at IS NULL)"
                     " + (SELECT COUNT(*) FROM outbox)") == 0 &&
               has_followed(world, "playback", accounts::kTopic) && has_followed(world, "playback", profiles::kTopic) &&
               has_followed(world, "trending", playback::kTopic);
    }

    void check(World& world) override {
        check_streams(world);
        check_events(world);
        for (const auto& home : homes_) {
            check_erased(world, *home);
            if (home->is_leaving) continue;
            check_positions(world, *home);
            check_screens_are_free(world, *home);
        }
    }

private:
    static constexpr uint64_t kWho = 1000;  ///< streams of random numbers from here on

    static std::string make_film(World& world, const std::string& name) {
        JsonOut body;
        body.object().text("type", "film").text("title", name).text("rating", "G").integer("duration_s", kDurationS);
        body.key("windows").array().object().text("region", "*").end().end().end();
        const auto made = world.send_now(request("POST", "/api/v1/admin/titles", kAdminToken, body.take()));
        return text_at(made.body, {"data", "title_id"});
    }

    static gateway::Request order(Household& home) {
        const std::string body =
            JsonOut().object().text("plan_id", home.plan).text("payment_method", "pm_ok").end().take();
        gateway::Request sent = request("POST", "/api/v1/subscriptions", home.token, body);
        sent.headers.push_back(
            {"idempotency-key", "home-" + std::to_string(home.number) + "-" + std::to_string(home.orders++)});
        return sent;
    }

    // What clients do.

    Task<> use(World& world, Household& home, uint64_t device) {
        RandomStream draws = world.stream(kWho + 1 + 20 * home.number + device);
        const std::string device_id = "device" + std::to_string(device);
        while (world.now() < world.busy_until() && !home.is_leaving) {
            if (draws.chance(0.7)) co_await some_time(world, draws, 6 * kSecond);
            Stream* const stream = co_await begin(world, home, device_id, draws);
            if (stream != nullptr) co_await play(world, home, *stream, draws);
            // Some cannot wait for the next screen that is free.
            const TimeNs next = home.model.next_promise_ends(world.now());
            if (stream == nullptr && next != kNever && draws.chance(0.5))
                co_await world.executor().sleep_until(about(next, draws));
        }
    }

    /// Null where there is none, as far as the client knows.
    Task<Stream*> begin(World& world, Household& home, std::string device_id, RandomStream& draws) {
        Place& place = home.model.places()[draws.below(uint32_t(home.model.places().size()))];
        JsonOut body;
        body.object().text("profile_id", place.profile_id).text("title_id", place.title_id);
        body.text("device_id", device_id).end();
        Stream& stream = home.model.starts(place, device_id, world.now());
        const std::optional<gateway::Response> answer =
            co_await world.send(request("POST", "/api/v1/playback/start", home.token, body.take()));
        const TimeNs now = world.now();
        home.model.is_over(stream, now);
        if (!answer || answer->status >= 500) co_return nullptr;
        if (answer->status == 201) {
            stream.stream_id = text_at(answer->body, {"data", "stream_id"});
            stream.token = text_at(answer->body, {"data", "playback_token"});
            stream.resume_s = integer_at(answer->body, {"data", "resume_position_seconds"});
            promised(world, home, stream, stream.sent);
            check_position(world, home, place, stream.resume_s, stream.sent);
            co_return &stream;
        }
        home.model.refused(stream);
        const int64_t in_the_way = home.model.in_the_way_of(stream);
        if (answer->status == 409 && in_the_way < home.model.promise().screens && home.expects(stream))
            world.find("a start was refused, and of " + std::to_string(home.model.promise().screens) +
                       " screens only " + std::to_string(in_the_way) + " can have been taken");
        if (answer->status == 402) co_await world.send(order(home));
        co_return nullptr;
    }

    Task<> play(World& world, Household& home, Stream& stream, RandomStream& draws) {
        int64_t position_s = stream.resume_s;
        TimeNs heard = world.now(), sent = stream.sent;
        const bool is_numbered = draws.chance(0.5);
        for (int64_t sequence = 1;; ++sequence) {
            co_await world.executor().sleep_until(next_beat(sent, draws));
            sent = world.now();
            const bool is_late = world.now() >= world.busy_until();
            const uint32_t action = draws.below(is_late ? 6 : 30);
            if (action < 2) co_return;  // a player that vanishes
            const int64_t passed_s = (sent - heard) / kSecond;
            heard += passed_s * kSecond;
            position_s = next_position(stream, position_s, passed_s, draws);
            if (action < 6) co_return co_await end(world, home, stream, position_s, action, draws);
            const int status = co_await beat(world, home, stream, position_s, is_numbered ? sequence : -1);
            if (status != 404) continue;
            // Too late for everything but to say where it was.
            if (draws.chance(0.5)) co_await stop(world, home, stream, position_s, draws);
            co_return;
        }
    }

    /// When the next heartbeat comes: mostly in time, sometimes just about when the lease ends, sometimes much later.
    TimeNs next_beat(TimeNs last, RandomStream& draws) const {
        const uint32_t kind = draws.below(20);
        if (kind < 2) return about(last + promise_.lease + promise_.save_every, draws);
        if (kind < 4) return about(last + promise_.lease, draws);
        if (kind == 4) return last + promise_.lease + TimeNs(draws.below(6)) * kSecond;
        return last + promise_.lease / 3 +
               TimeNs(draws.below(uint32_t(promise_.lease / kMillisecond / 2))) * kMillisecond;
    }

    static TimeNs about(TimeNs moment, RandomStream& draws) {
        return moment + (TimeNs(draws.below(400)) - 200) * kMillisecond;
    }

    static int64_t next_position(const Stream& stream, int64_t position_s, int64_t passed_s, RandomStream& draws) {
        const uint32_t kind = draws.below(10);
        if (kind < 2) return position_s;  // paused
        if (kind < 6) return std::min(position_s + passed_s, kLastPositionS);
        int64_t there_s = position_s;
        for (int tries = 0; tries < 20; ++tries) {
            there_s = 100 + int64_t(draws.below(uint32_t(kLastPositionS - 100)));
            if (std::all_of(stream.place->claims.begin(), stream.place->claims.end(),
                            [&](const Claim& claim) { return claim.position_s != there_s; }))
                break;
        }
        return there_s;
    }

    Task<int> beat(World& world, Household& home, Stream& stream, int64_t position_s, int64_t sequence) {
        JsonOut body;
        body.object().text("playback_token", stream.token).integer("position_seconds", position_s);
        if (sequence >= 0) body.integer("sequence", sequence);
        const TimeNs sent = world.now();
        const bool is_first = std::none_of(stream.place->claims.begin(), stream.place->claims.end(),
                                           [&](const Claim& claim) { return claim.stream == &stream; });
        Claim& claim =
            home.model.claims(*stream.place, &stream, position_s, sent,
                              is_first || promise_.save_every == 0 || home.model.is_jump(stream, position_s));
        home.model.sends(stream);
        const std::optional<gateway::Response> answer =
            co_await world.send(request("POST", "/api/v1/playback/heartbeat", home.token, body.end().take()));
        claim.over = world.now();
        home.model.is_over(stream, claim.over);
        const int status = answer ? answer->status : 0;
        claim.acknowledged = status == 200;
        if (claim.acknowledged) promised(world, home, stream, sent);
        if (status == 404 && world.now() < stream.promised_until && home.expects(stream))
            world.find(stream.stream_id + " is over, and was promised to be live");
        co_return status;
    }

    Task<> end(World& world, Household& home, Stream& stream, int64_t position_s, uint32_t how, RandomStream& draws) {
        if (how < 4) co_return co_await stop(world, home, stream, position_s, draws);
        const TimeNs asked = world.now();
        home.model.asks_for_end(stream);
        const std::string target =
            how == 4 ? "/api/v1/playback/" + stream.token : home.mine() + "/devices/" + stream.device_id;
        if (how == 5) release_device(home, stream.device_id);
        home.model.sends(stream);
        const auto answer = co_await insist(world, request("DELETE", target, home.token), draws);
        home.model.is_over(stream, world.now());
        if (!answer || answer->status != 200) co_return;
        home.model.ended(stream, world.now());
        if (how == 5) home.model.ended_on_device(stream.device_id, asked, world.now());
    }

    static void release_device(Household& home, const std::string& device_id) {
        for (Stream& stream : home.model.streams())
            if (stream.device_id == device_id) home.model.asks_for_end(stream);
    }

    Task<> stop(World& world, Household& home, Stream& stream, int64_t position_s, RandomStream& draws) {
        JsonOut body;
        body.object().text("playback_token", stream.token).integer("position_seconds", position_s).end();
        home.model.asks_for_end(stream);
        Claim& claim = home.model.claims(*stream.place, &stream, position_s, world.now(), true);
        home.model.sends(stream);
        const auto answer =
            co_await insist(world, request("POST", "/api/v1/playback/stop", home.token, body.take()), draws);
        claim.over = world.now();
        home.model.is_over(stream, claim.over);
        claim.acknowledged = answer && answer->status == 200;
        if (claim.acknowledged) home.model.ended(stream, claim.over);
        if (answer && answer->status == 404 && home.expects(stream))
            world.find(stream.stream_id + " was acknowledged and is gone");
    }

    /// Looks where everybody is, says so outright, and leaves.
    Task<> keep_house(World& world, Household& home) {
        RandomStream draws = world.stream(kWho + 20 + 20 * home.number);
        const bool erases = draws.chance(0.15), deletes = draws.chance(0.25);
        while (world.now() < world.busy_until()) {
            co_await some_time(world, draws, 8 * kSecond);
            const bool is_late = world.now() > world.busy_until() - 15 * kSecond;
            if (is_late && deletes && home.deleted_profiles.empty())
                co_await delete_profile(world, home, draws);
            else if (is_late && erases)
                co_return co_await erase(world, home, draws);
            else if (draws.chance(0.5))
                co_await put_position(world, home, draws);
            else
                co_await look(world, home, home.profile_ids[draws.below(2)]);
        }
    }

    Task<> put_position(World& world, Household& home, RandomStream& draws) {
        Place& place = home.model.places()[draws.below(uint32_t(home.model.places().size()))];
        const int64_t position_s = 100 + int64_t(draws.below(uint32_t(kLastPositionS - 100)));
        const std::string body =
            JsonOut().object().text("title_id", place.title_id).integer("position_seconds", position_s).end().take();
        Claim& claim = home.model.claims(place, nullptr, position_s, world.now(), true);
        const std::string target = "/api/v1/profiles/" + place.profile_id + "/resume-position";
        const auto answer = co_await world.send(request("PUT", target, home.token, body));
        claim.over = world.now();
        claim.acknowledged = answer && answer->status == 200;
    }

    Task<> look(World& world, Household& home, std::string profile_id) {
        const TimeNs sent = world.now();
        const std::string target = "/api/v1/profiles/" + profile_id + "/continue-watching";
        const auto answer = co_await world.send(request("GET", target, home.token));
        if (!answer || answer->status != 200) co_return;
        check_list(world, home, profile_id, answer->body, sent);
    }

    Task<> delete_profile(World& world, Household& home, RandomStream& draws) {
        const std::string profile_id = home.profile_ids.back();
        home.gone_profiles.insert(profile_id);
        home.model.release_profile(profile_id);
        const auto answer =
            co_await insist(world, request("DELETE", home.mine() + "/profiles/" + profile_id, home.token), draws);
        if (answer && (answer->status == 200 || answer->status == 404)) home.deleted_profiles.insert(profile_id);
    }

    Task<> erase(World& world, Household& home, RandomStream& draws) {
        home.is_leaving = true;
        const auto answer = co_await insist(world, request("DELETE", home.mine(), home.token), draws);
        home.is_erased = answer && (answer->status == 200 || answer->status == 401);  // 401: it was the first time
    }

    // What must hold.

    void promised(World& world, Household& home, Stream& stream, TimeNs sent) {
        if (!home.expects(stream)) return;
        home.model.promised(stream, sent);
        const int64_t live = home.model.promised_at(world.now()), screens = home.model.promise().screens;
        if (live > screens)
            world.find(std::to_string(live) + " streams are live on " + std::to_string(screens) + " screens");
        count_screens(world, home);
    }

    /// As the platform itself counts.
    void count_screens(World& world, const Household& home) {
        int64_t live = 0;
        query(world, [&](SqlTransaction& tx) {
            live = tx.find("SELECT COUNT(*) FROM streams WHERE user_id = $1 AND ended_at IS NULL AND lease_until > $2",
                           home.user_id, world.now())
                       ->integer(0);
        });
        if (live > home.model.promise().screens)
            world.find(std::to_string(live) + " rows hold " + std::to_string(home.model.promise().screens) +
                       " screens");
    }

    void check_position(World& world, const Household& home, const Place& place, int64_t position_s, TimeNs sent) {
        if (home.is_leaving || home.gone_profiles.contains(place.profile_id)) return;
        if (!home.model.may_be_at(place, position_s, sent, world.now()))
            world.find("resume position " + std::to_string(position_s) + " of " + place.title_id + " for " +
                       place.profile_id + " is not what was acknowledged");
    }

    void check_list(World& world, Household& home, const std::string& profile_id, const std::string& body,
                    TimeNs sent) {
        std::map<std::string, int64_t> positions;
        const Json json = Json::parse(body);
        for (const Json& title : *at(json, {"data", "titles"})->array())
            positions[*title.find("title_id")->text()] = *title.find("position_seconds")->integer();
        for (const Place& place : home.model.places())
            if (place.profile_id == profile_id) check_position(world, home, place, positions[place.title_id], sent);
    }

    void check_positions(World& world, Household& home) {
        for (const std::string& profile_id : home.profile_ids) {
            if (home.gone_profiles.contains(profile_id)) continue;
            const TimeNs sent = world.now();
            const std::string target = "/api/v1/profiles/" + profile_id + "/continue-watching";
            check_list(world, home, profile_id, world.send_now(request("GET", target, home.token)).body, sent);
        }
    }

    /// Nobody plays any more: every screen can be taken, and no more than these.
    void check_screens_are_free(World& world, Household& home) {
        const auto start_one = [&](const std::string& device_id) {
            JsonOut body;
            body.object().text("profile_id", home.profile_ids.front());
            body.text("title_id", home.model.places().front().title_id).text("device_id", device_id).end();
            return world.send_now(request("POST", "/api/v1/playback/start", home.token, body.take())).status;
        };
        for (int64_t screen = 0; screen <= home.model.promise().screens; ++screen) {
            const int status = start_one("device0");
            if (status == 402) return;  // its plan ended meanwhile
            const bool is_free = screen < home.model.promise().screens;
            if (status != (is_free ? 201 : 409))
                world.find("in the end, start " + std::to_string(screen + 1) + " on " +
                           std::to_string(home.model.promise().screens) + " screens was answered " +
                           std::to_string(status));
        }
    }

    void check_streams(World& world) {
        std::set<std::string> kept;
        query(world, [&](SqlTransaction& tx) {
            for (const SqlRow& row : tx.query("SELECT stream_id FROM streams ORDER BY stream_id"))
                kept.insert(row.text(0));
        });
        for (const auto& home : homes_)
            for (const Stream& stream : home->model.streams())
                if (!stream.stream_id.empty() && home->expects(stream) && !kept.contains(stream.stream_id))
                    world.find(stream.stream_id + " was acknowledged and is gone");
    }

    void check_erased(World& world, const Household& home) {
        std::set<std::string> gone = home.deleted_profiles;
        if (home.is_erased) gone.insert(home.profile_ids.begin(), home.profile_ids.end());
        if (home.is_erased) gone.insert(home.user_id);
        for (const std::string& id : gone)
            query(world, [&](SqlTransaction& tx) {
                const int64_t left = tx.find(
                                           "SELECT (SELECT COUNT(*) FROM streams WHERE profile_id = $1 OR user_id = $1)"
                                           " + (SELECT COUNT(*) FROM positions WHERE profile_id = $1)"
                                           " + (SELECT COUNT(*) FROM devices WHERE user_id = $1)",
                                           id)
                                         ->integer(0);
                if (left > 0) world.find(id + " was erased and left " + std::to_string(left) + " rows behind");
            });
    }

    /// Each stream is told of once when it starts and once when it ends, and each start was counted once.
    void check_events(World& world) {
        std::map<std::string, int> started, ended;
        std::map<std::string, int64_t> plays, counted;
        for (const Event& event : mirror_.complete(world)) {
            const std::string stream_id = event.event_id.substr(0, event.event_id.find('.'));
            ++(event.type == playback::kStarted ? started : ended)[stream_id];
            if (event.type == playback::kStarted) ++plays[text_at(event.data, {"title_id"})];
        }
        query(world, [&](SqlTransaction& tx) {
            for (const SqlRow& row : tx.query("SELECT stream_id FROM streams ORDER BY stream_id"))
                if (started[row.text(0)] != 1 || ended[row.text(0)] != 1)
                    world.find(row.text(0) + ": " + std::to_string(started[row.text(0)]) +
                               " events say that it started, " + std::to_string(ended[row.text(0)]) + " that it ended");
            for (const SqlRow& row :
                 tx.query("SELECT title_id, SUM(plays) FROM trending_plays GROUP BY title_id ORDER BY title_id"))
                counted[row.text(0)] = row.integer(1);
        });
        if (counted != plays) world.find("events of plays were not counted once each");
    }

    HouseholdModel::Promise promise_;
    std::vector<std::unique_ptr<Household>> homes_;
    Mirror mirror_{playback::kTopic};
};

}  // namespace

std::unique_ptr<Workload> playback_workload() { return std::make_unique<PlaybackWorkload>(); }

}  // namespace matinee::swarm
