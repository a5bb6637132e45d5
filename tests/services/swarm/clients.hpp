// What the clients and the checks of all workloads share.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "system/base/json.hpp"
#include "system/embedded/sqlite_database.hpp"
#include "tests/services/swarm/swarm.hpp"

namespace matinee::swarm {

inline const std::string kAdminToken = "the administrator's token";

gateway::Request request(const std::string& method, const std::string& target, const std::string& token,
                         const std::string& body = "");
/// What stands in a body at that path; null, "" or 0 where nothing does.
const Json* at(const Json& json, std::initializer_list<const char*> path);
std::string text_at(const std::string& body, std::initializer_list<const char*> path);
int64_t integer_at(const std::string& body, std::initializer_list<const char*> path);

struct User {
    std::string user_id;
    std::string token;
    std::string mine() const { return "/api/v1/users/" + user_id; }
};
/// Before anything goes wrong.
User register_user(World& world, const std::string& name);

/// Waits for up to `longest`.
services::Executor::Sleep some_time(World& world, RandomStream& draws, TimeNs longest);
/// Sends until there is an answer that counts, as an honest client does.
Task<std::optional<gateway::Response>> insist(World& world, gateway::Request sent, RandomStream& draws);

/// Looks into the service's own database.
void query(World& world, std::function<void(SqlTransaction&)> body);
/// Of a statement that gives one number.
int64_t count(World& world, const std::string& sql);
/// Whether a consumer inside the platform has nothing of a topic left to read.
bool has_followed(World& world, const std::string& consumer, const std::string& topic);

/// Another service, which follows a topic into a database of its own.
class Mirror {
public:
    explicit Mirror(std::string topic);
    /// A client.
    Task<> follow(World& world);
    /// Reads what is left. Finds what was applied twice.
    const std::vector<Event>& complete(World& world);

private:
    Task<size_t> follow_once(World& world);

    std::string topic_;
    bool enrolled_ = false;
    std::vector<Event> events_;
};

}  // namespace matinee::swarm
