// The calls that clients of the platform make, as data: the rows of a client's journey (journey.cpp), the names of
// service times in scenarios and of metrics in reports. An operation is a route of the platform; one that the platform
// does not offer is left out of the journey.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "system/base/units.hpp"

namespace matinee::services {

enum class Operation : uint8_t {
    Register,
    LogIn,
    RefreshToken,
    ListPlans,
    Subscribe,
    ReadSubscription,
    ListProfiles,
    CreateProfile,
    BrowseHome,
    Search,
    ReadTitle,
    StartPlayback,
    Heartbeat,
    StopPlayback,
};
inline constexpr size_t kOperations = 14;

struct OperationInfo {
    Operation operation;
    std::string_view name;     ///< in scenarios and reports
    std::string_view method;   ///< of its route
    std::string_view pattern;  ///< of its route; names of parameters do not matter
    TimeNs cpu;                ///< default CPU time of one call on a core of an instance
};

/// CPU times are what one call takes on this project's live host, HTTP included, on a core of 2020 at 2.5 GHz:
/// services, SQL and JSON by `matinee bench services`, and 25 us for HTTP over a kept connection. Password hashes are
/// charged by the model of cryptography, and waiting for stores and the payment provider is no CPU time.
inline constexpr std::array<OperationInfo, kOperations> kOperationTable = {{
    {Operation::Register, "register", "POST", "/api/v1/auth/register", 150 * kMicrosecond},
    {Operation::LogIn, "log_in", "POST", "/api/v1/auth/login", 120 * kMicrosecond},
    {Operation::RefreshToken, "refresh_token", "POST", "/api/v1/auth/refresh-token", 120 * kMicrosecond},
    {Operation::ListPlans, "list_plans", "GET", "/api/v1/subscriptions/plans", 40 * kMicrosecond},
    {Operation::Subscribe, "subscribe", "POST", "/api/v1/subscriptions", 250 * kMicrosecond},
    {Operation::ReadSubscription, "read_subscription", "GET", "/api/v1/users/{}/subscription", 50 * kMicrosecond},
    {Operation::ListProfiles, "list_profiles", "GET", "/api/v1/users/{}/profiles", 50 * kMicrosecond},
    {Operation::CreateProfile, "create_profile", "POST", "/api/v1/users/{}/profiles", 80 * kMicrosecond},
    {Operation::BrowseHome, "browse_home", "GET", "/api/v1/browse/home", 200 * kMicrosecond},
    {Operation::Search, "search", "GET", "/api/v1/search", 250 * kMicrosecond},
    {Operation::ReadTitle, "read_title", "GET", "/api/v1/titles/{}", 50 * kMicrosecond},
    {Operation::StartPlayback, "start_playback", "POST", "/api/v1/playback/start", 150 * kMicrosecond},
    {Operation::Heartbeat, "heartbeat", "POST", "/api/v1/playback/heartbeat", 50 * kMicrosecond},
    {Operation::StopPlayback, "stop_playback", "POST", "/api/v1/playback/stop", 80 * kMicrosecond},
}};

constexpr const OperationInfo& info_of(Operation operation) { return kOperationTable[size_t(operation)]; }

constexpr std::optional<Operation> operation_named(std::string_view name) {
    for (const OperationInfo& info : kOperationTable)
        if (info.name == name) return info.operation;
    return std::nullopt;
}

/// Whether a route's pattern is that of an operation: "/a/{user_id}/b" is "/a/{}/b".
constexpr bool same_pattern(std::string_view route, std::string_view operation) {
    size_t at = 0;
    for (size_t i = 0; i < operation.size(); ++i, ++at) {
        if (at >= route.size()) return false;
        if (operation[i] == '{' && route[at] == '{') {
            while (at < route.size() && route[at] != '}') ++at;
            ++i;  // to the closing bracket of both
            continue;
        }
        if (route[at] != operation[i]) return false;
    }
    return at == route.size();
}

}  // namespace matinee::services
