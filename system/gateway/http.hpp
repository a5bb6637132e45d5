// Requests and responses as the platform sees them: no sockets, no framing. A host makes the one and sends the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/base/json.hpp"

namespace matinee::gateway {

struct Header {
    std::string name;  ///< lower case
    std::string value;
    friend bool operator==(const Header&, const Header&) = default;
};

struct Request {
    std::string method;  ///< as it came: "GET"
    std::string target;  ///< path and query, as they came
    std::vector<Header> headers;
    std::string body;
    /// The client's address as the host knows it, "192.0.2.1" or "2001:db8::1"; empty: unknown.
    std::string client = {};
    /// Whether nobody could listen on the client's way to us, as the host knows it.
    bool is_secure = false;
    /// The body where the host has it as a value that was never text, as the simulator has. Then `body` is empty, and
    /// no content-type is needed.
    std::optional<Json> value = {};

    /// The value of a header that stands exactly once; null where it is missing or stands twice.
    const std::string* header(std::string_view lower_case_name) const;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<Header> headers;  ///< besides content-type and content-length
};

/// The path of a target, decoded segment by segment: "/a/b%20c?x" is {"a", "b c"}, "/" is {}. Nothing where it is no
/// path that an honest client sends: not absolute, broken or needless tricks with %, a slash, backslash or control
/// character inside a segment, "." and "..", an empty segment, invalid UTF-8.
std::optional<std::vector<std::string>> path_segments(std::string_view target);

/// The text with every %XX replaced. Nothing where one is broken or the outcome is invalid UTF-8.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace matinee::gateway
