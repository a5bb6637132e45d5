#include "tests/services/swarm/catalog_workload.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "system/catalog/api.hpp"
#include "tests/services/swarm/clients.hpp"

namespace matinee::swarm {

namespace {

/// Every write has a name of its own, so that whoever reads a title knows which write that was.
struct Write {
    std::string name;
    int64_t version = 0;
    TimeNs over = kNever;
    bool acknowledged = false;
};

/// A title that an answer told of. One whose creation was never answered is known by its name alone.
struct Known {
    std::string type, series_id;
    int64_t number = 0;
    std::deque<Write> writes;
    TimeNs removal_sent = kNever, removal_over = kNever;
    bool is_removed = false;  ///< acknowledged

    /// What a reader who asks then sees at least.
    int64_t least_version(TimeNs sent) const {
        int64_t least = 0;
        for (const Write& write : writes)
            if (write.acknowledged && write.over <= sent) least = std::max(least, write.version);
        return least;
    }
    bool must_be_gone(TimeNs sent) const { return is_removed && removal_over <= sent; }
    bool may_be_gone() const { return removal_sent != kNever; }
};

class CatalogWorkload : public Workload {
public:
    void configure(RandomStream& draws, platform::Settings&, services::HostModel& model) override {
        if (draws.chance(0.4)) model.search.write = TimeNs(1 + draws.below(1000)) * kMillisecond;
        if (draws.chance(0.4)) model.kv.round_trip = TimeNs(1 + draws.below(100)) * kMillisecond;
    }

    void setup(World& world) override { viewer_ = register_user(world, "c"); }

    void start(World& world) override {
        for (uint64_t i = 0; i < 2; ++i) world.add(administrate(world, i));
        for (uint64_t i = 0; i < 2; ++i) world.add(browse(world, i));
        world.add(mirror_.follow(world));
    }

    bool is_settled(World& world) override {
        return count(world,
                     "SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM search_pending)"
                     " + (SELECT COUNT(*) FROM stale_titles)") == 0 &&
               has_followed(world, "search", catalog::kTopic);
    }

    void check(World& world) override {
        check_writes(world);
        check_events(world);
        check_index(world);
        check_searches(world);
    }

private:
    static constexpr uint64_t kWho = 2000;  ///< streams of random numbers from here on
    using Versions = std::map<std::string, int64_t>;

    // What clients do.

    Task<> administrate(World& world, uint64_t who) {
        RandomStream draws = world.stream(kWho + who);
        while (world.now() < world.busy_until()) {
            co_await some_time(world, draws, 6 * kSecond);
            const uint32_t action = draws.below(10);
            const std::string title_id = any_title(draws);
            if (action < 4 || title_id.empty())
                co_await create(world, draws);
            else if (action < 8)
                co_await replace(world, title_id);
            else
                co_await remove(world, title_id);
        }
    }

    /// One of the last few, so that administrators meet.
    std::string any_title(RandomStream& draws) const {
        if (order_.empty()) return "";
        const uint32_t back = draws.below(uint32_t(std::min<size_t>(order_.size(), 4)));
        return order_[order_.size() - 1 - back];
    }

    std::string new_name(const std::string& title_id, int64_t version) {
        const std::string name = "serial" + std::to_string(1000 + names_.size());
        names_[name] = {title_id, version};
        return name;
    }

    static std::string body_of(const Known& title, const std::string& name) {
        JsonOut body;
        body.object().text("type", title.type).text("title", name).text("rating", "G").integer("duration_s", 60);
        body.key("genres").array().text("drama").end();
        if (title.type == "episode")
            body.text("series_id", title.series_id).integer("season", 1).integer("number", title.number);
        else
            body.key("windows").array().object().text("region", "*").end().end();
        return body.end().take();
    }

    Task<> create(World& world, RandomStream& draws) {
        Known made;
        const uint32_t kind = draws.below(4);
        made.type = kind < 2 ? "film" : "series";
        if (kind == 3 && !series_.empty()) {
            made.type = "episode";
            made.series_id = series_[draws.below(uint32_t(series_.size()))];
            made.number = ++episodes_;
        }
        const std::string name = new_name("", 1);
        const auto answer =
            co_await world.send(request("POST", "/api/v1/admin/titles", kAdminToken, body_of(made, name)));
        if (!answer || answer->status != 201) co_return;
        const std::string title_id = text_at(answer->body, {"data", "title_id"});
        names_[name].first = title_id;
        made.writes.push_back({.name = name, .version = 1, .over = world.now(), .acknowledged = true});
        if (made.type == "series") series_.push_back(title_id);
        if (!made.series_id.empty() && titles_[made.series_id].removal_sent != kNever)
            made.removal_sent = titles_[made.series_id].removal_sent;
        titles_[title_id] = std::move(made);
        order_.push_back(title_id);
    }

    Task<> replace(World& world, std::string title_id) {
        const std::string target = "/api/v1/admin/titles/" + title_id;
        const auto now = co_await world.send(request("GET", target, kAdminToken));
        if (!now || now->status != 200) co_return;
        const int64_t version = integer_at(now->body, {"data", "version"});
        Known& title = titles_[title_id];
        const std::string name = new_name(title_id, version + 1);
        Write& write = title.writes.emplace_back(Write{.name = name, .version = version + 1});
        gateway::Request sent = request("PUT", target, kAdminToken, body_of(title, name));
        sent.headers.push_back({"if-match", "\"" + std::to_string(version) + "\""});
        const auto answer = co_await world.send(sent);
        write.over = world.now();
        write.acknowledged = answer && answer->status == 200;
        if (!write.acknowledged) co_return;
        for (const Write& other : title.writes)
            if (&other != &write && other.acknowledged && other.version == write.version)
                world.find(title_id + ": two writes of version " + std::to_string(version + 1) + " were acknowledged");
    }

    Task<> remove(World& world, std::string title_id) {
        const std::string target = "/api/v1/admin/titles/" + title_id;
        const auto now = co_await world.send(request("GET", target, kAdminToken));
        if (!now || now->status != 200) co_return;
        const int64_t version = integer_at(now->body, {"data", "version"});
        const auto concerned = [&](const std::string& id, const Known& title) {
            return id == title_id || title.series_id == title_id;
        };
        for (auto& [id, title] : titles_)
            if (concerned(id, title)) title.removal_sent = std::min(title.removal_sent, world.now());
        const auto answer =
            co_await world.send(request("DELETE", target + "?version=" + std::to_string(version), kAdminToken));
        if (!answer || answer->status != 200) co_return;
        for (auto& [id, title] : titles_) {
            if (!concerned(id, title) || title.is_removed) continue;
            title.is_removed = true;
            title.removal_over = world.now();
        }
    }

    Task<> browse(World& world, uint64_t who) {
        RandomStream draws = world.stream(kWho + 10 + who);
        while (world.now() < world.busy_until()) {
            co_await some_time(world, draws, 3 * kSecond);
            const uint32_t action = draws.below(10);
            const std::string title_id = any_title(draws);
            if (title_id.empty()) continue;
            if (action < 5)
                co_await read(world, title_id);
            else if (action < 7)
                co_await list(world, "/api/v1/browse/new-releases?limit=50");
            else if (action < 8)
                co_await list(world, "/api/v1/browse/genre/drama?limit=50");
            else
                co_await search(world, titles_[title_id].writes.back().name);
        }
    }

    Task<> read(World& world, std::string title_id) {
        const TimeNs sent = world.now();
        const auto answer = co_await world.send(request("GET", "/api/v1/titles/" + title_id, viewer_.token));
        if (!answer || answer->status >= 500) co_return;
        const Known& title = titles_[title_id];
        if (answer->status == 404) {
            if (!title.may_be_gone()) world.find(title_id + " was acknowledged and is not there");
            co_return;
        }
        if (title.must_be_gone(sent)) world.find(title_id + " was removed and is there");
        const int64_t version = integer_at(answer->body, {"data", "version"});
        if (version < title.least_version(sent))
            world.find(title_id + " was shown as it was before an acknowledged change");
        const std::string name = text_at(answer->body, {"data", "title"});
        const auto known = names_.find(name);
        const bool fits = known != names_.end() && (known->second.first.empty() || known->second.first == title_id) &&
                          known->second.second == version;
        if (!fits) world.find(title_id + " is " + name + " in version " + std::to_string(version));
    }

    Task<> list(World& world, std::string target) {
        const TimeNs sent = world.now();
        const auto answer = co_await world.send(request("GET", target, viewer_.token));
        if (!answer || answer->status != 200) co_return;
        std::map<std::string, std::string> names;
        const Json json = Json::parse(answer->body);
        for (const Json& card : *at(json, {"data", "titles"})->array())
            names[*card.find("title_id")->text()] = *card.find("title")->text();
        for (const auto& [title_id, title] : titles_) {
            if (title.type == "episode") continue;
            const auto card = names.find(title_id);
            if (card == names.end()) {
                if (title.least_version(sent) > 0 && !title.may_be_gone())
                    world.find(title_id + " was acknowledged and is not in " + target);
                continue;
            }
            if (title.must_be_gone(sent)) world.find(title_id + " was removed and is in " + target);
            const auto known = names_.find(card->second);
            if (known == names_.end() || known->second.second < title.least_version(sent))
                world.find(title_id + " was listed as it was before an acknowledged change");
        }
    }

    /// Behind the catalogue by some time, as a rule: nothing to find here but that it answers.
    Task<> search(World& world, std::string word) {
        co_await world.send(request("GET", "/api/v1/search?q=" + word, viewer_.token));
        co_await world.send(request("GET", "/api/v1/search/suggest?q=" + word, viewer_.token));
    }

    // What must hold.

    struct Row {
        std::string name, type;
        int64_t version = 0;
    };
    static std::map<std::string, Row> rows(World& world) {
        std::map<std::string, Row> found;
        query(world, [&](SqlTransaction& tx) {
            for (const SqlRow& row : tx.query("SELECT title_id, title, type, version FROM titles ORDER BY title_id"))
                found[row.text(0)] = {.name = row.text(1), .type = row.text(2), .version = row.integer(3)};
        });
        return found;
    }

    /// What was acknowledged is there, and everything that is there was written by somebody, once.
    void check_writes(World& world) {
        const std::map<std::string, Row> all = rows(world);
        for (const auto& [title_id, title] : titles_) {
            const auto row = all.find(title_id);
            if (row == all.end()) {
                if (!title.may_be_gone()) world.find(title_id + " was acknowledged and is gone");
                continue;
            }
            if (title.is_removed) world.find(title_id + " was removed and is there");
            if (row->second.version < title.least_version(world.now()))
                world.find(title_id + " lost an acknowledged change");
        }
        std::map<std::string, int> uses;
        for (const auto& [title_id, row] : all) {
            const auto known = names_.find(row.name);
            if (known == names_.end()) continue;  // of another workload
            if (++uses[row.name] > 1) world.find(row.name + " was created twice");
            if (known->second.second != row.version)
                world.find(title_id + " is " + row.name + " in version " + std::to_string(row.version));
        }
    }

    /// One event for every version, in their order, up to the last one.
    void check_events(World& world) {
        Versions told;
        for (const Event& event : mirror_.complete(world)) {
            const int64_t version = integer_at(event.data, {"version"});
            if (version != told[event.key] + 1)
                world.find("the event after version " + std::to_string(told[event.key]) + " of " + event.key +
                           " tells of version " + std::to_string(version));
            told[event.key] = version;
        }
        Versions last;
        query(world, [&](SqlTransaction& tx) {
            for (const SqlRow& row : tx.query("SELECT title_id, version FROM titles UNION ALL"
                                              " SELECT title_id, version FROM removed_titles ORDER BY 1"))
                last[row.text(0)] = row.integer(1);
        });
        for (const auto& [title_id, version] : last)
            if (told[title_id] != version)
                world.find("the last event of " + title_id + " told of version " + std::to_string(told[title_id]) +
                           " and not of " + std::to_string(version));
    }

    void check_index(World& world) {
        Versions indexed;
        for (const auto& [id, version] : world.run(world.host().search().contents("", 10'000))) indexed[id] = version;
        const std::map<std::string, Row> all = rows(world);
        for (const auto& [title_id, row] : all) {
            if (row.type == "episode") continue;
            const auto found = indexed.find(title_id);
            if (found == indexed.end()) world.find(title_id + " is not in the index");
            if (found != indexed.end() && found->second != row.version)
                world.find("the index has version " + std::to_string(found->second) + " of " + title_id + " and not " +
                           std::to_string(row.version));
        }
        for (const auto& [title_id, version] : indexed)
            if (!all.contains(title_id)) world.find(title_id + " is in the index and not in the catalogue");
    }

    /// Each title is found by the name that it has now, whatever was remembered of earlier searches.
    void check_searches(World& world) {
        for (const auto& [title_id, row] : rows(world)) {
            if (row.type == "episode" || !names_.contains(row.name)) continue;
            const auto answer = world.send_now(request("GET", "/api/v1/search?q=" + row.name, viewer_.token));
            const Json json = Json::parse(answer.body);
            const Json* const results = at(json, {"data", "results"});
            const bool found =
                results != nullptr &&
                std::any_of(results->array()->begin(), results->array()->end(), [&](const Json& card) {
                    return *card.find("title_id")->text() == title_id && *card.find("title")->text() == row.name;
                });
            if (!found) world.find(title_id + " is not found by its name");
        }
    }

    User viewer_;
    std::map<std::string, Known> titles_;  // nodes stay
    std::vector<std::string> order_, series_;
    int64_t episodes_ = 0;
    std::map<std::string, std::pair<std::string, int64_t>> names_;  ///< to title, "" where unknown, and version
    Mirror mirror_{catalog::kTopic};
};

}  // namespace

std::unique_ptr<Workload> catalog_workload() { return std::make_unique<CatalogWorkload>(); }

}  // namespace matinee::swarm
