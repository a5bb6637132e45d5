#include "tests/services/swarm/clients.hpp"

#include "system/events/outbox.hpp"

namespace matinee::swarm {

gateway::Request request(const std::string& method, const std::string& target, const std::string& token,
                         const std::string& body) {
    gateway::Request made{.method = method, .target = target, .headers = {}, .body = body};
    if (!body.empty()) made.headers.push_back({"content-type", "application/json"});
    if (!token.empty()) made.headers.push_back({"authorization", "Bearer " + token});
    return made;
}

const Json* at(const Json& json, std::initializer_list<const char*> path) {
    const Json* found = &json;
    for (const char* const name : path)
        if (found != nullptr) found = found->find(name);
    return found;
}

std::string text_at(const std::string& body, std::initializer_list<const char*> path) {
    const Json json = Json::parse(body);
    const Json* const found = at(json, path);
    return found == nullptr || found->text() == nullptr ? "" : *found->text();
}

int64_t integer_at(const std::string& body, std::initializer_list<const char*> path) {
    const Json json = Json::parse(body);
    const Json* const found = at(json, path);
    return found == nullptr || found->integer() == nullptr ? 0 : *found->integer();
}

User register_user(World& world, const std::string& name) {
    const std::string body = R"({"email":")" + name + R"(@example.org","password":"12345678","name":"N"})";
    const gateway::Response made = world.send_now(request("POST", "/api/v1/auth/register", "", body));
    return {.user_id = text_at(made.body, {"data", "user_id"}), .token = text_at(made.body, {"data", "access_token"})};
}

services::Executor::Sleep some_time(World& world, RandomStream& draws, TimeNs longest) {
    return world.executor().sleep_until(world.now() +
                                        TimeNs(draws.below(uint32_t(longest / kMillisecond))) * kMillisecond);
}

Task<std::optional<gateway::Response>> insist(World& world, gateway::Request sent, RandomStream& draws) {
    std::optional<gateway::Response> answer;
    for (int tries = 0; tries < 12; ++tries) {
        answer = co_await world.send(sent);
        const bool again = !answer || answer->status >= 500 ||
                           (answer->status == 409 && text_at(answer->body, {"code"}) == "request_in_progress");
        if (!again) break;
        co_await some_time(world, draws, 1500 * kMillisecond);
    }
    co_return answer;
}

void query(World& world, std::function<void(SqlTransaction&)> body) {
    world.host().database().transact(Sql::Access::Read, SqlBody(body));
}

int64_t count(World& world, const std::string& sql) {
    int64_t number = 0;
    query(world, [&](SqlTransaction& tx) { number = tx.find(sql)->integer(0); });
    return number;
}

bool has_followed(World& world, const std::string& consumer, const std::string& topic) {
    int64_t position = 0;
    query(world, [&](SqlTransaction& tx) {
        const auto row =
            tx.find("SELECT position FROM consumer_positions WHERE consumer = $1 AND topic = $2", consumer, topic);
        if (row) position = row->integer(0);
    });
    return world.run(world.host().log().read(topic, position, 1)).empty();
}

Mirror::Mirror(std::string topic) : topic_(std::move(topic)) {
    auto create = [](SqlTransaction& tx) {
        events::create_tables(tx);
        events::count_rows(tx);
    };
    database_.transact(Sql::Access::Write, SqlBody(create));
}

Task<size_t> Mirror::follow_once(World& world) {
    SqliteSql sql(database_);
    const auto apply = [this](SqlTransaction&, const Event& event) { events_.push_back(event); };
    co_return co_await events::consume(sql, world.host().log(), "mirror", topic_, 1000, apply);
}

Task<> Mirror::follow(World& world) {
    while (world.now() < world.busy_until()) {
        co_await world.executor().sleep_until(world.now() + 2 * kSecond);
        (void)co_await follow_once(world);
    }
}

const std::vector<Event>& Mirror::complete(World& world) {
    while (world.run(follow_once(world)) > 0) {
    }
    std::set<std::string> seen;
    for (const Event& event : events_)
        if (!seen.insert(event.event_id).second) world.find("event " + event.event_id + " was applied twice");
    return events_;
}

}  // namespace matinee::swarm
