// One row of the route table: what a service offers over HTTP. From the same row come routing, authentication, the
// checks of the body, and the OpenAPI document.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "system/base/json.hpp"
#include "system/base/task.hpp"
#include "system/base/units.hpp"
#include "system/gateway/http.hpp"

namespace matinee::gateway {

enum class Access : uint8_t {
    Public,  ///< anybody
    User,    ///< whoever has a valid access token
    Owner,   ///< the user whom {user_id} of the path names
    Admin,   ///< whoever runs the service: has the administrator's token as the bearer token
};

/// A field of a JSON body or of the query of a target. Fields that are not listed are ignored, so that clients may be
/// newer than the server.
struct Field {
    enum class Kind : uint8_t {
        Text,
        Integer,
        Flag,
        List,    ///< a JSON array; `least` and `most` count its items, the handler checks them. Not in queries.
        Object,  ///< a JSON object; the handler checks its members. Not in queries.
        Number,  ///< a number with or without a fraction. Not in queries.
    };
    std::string name;
    Kind kind = Kind::Text;
    bool required = true;
    int64_t least = 0;  ///< characters of a text (code points), or the smallest number
    int64_t most = 0;
    std::string about;                ///< for the OpenAPI document
    bool filled = false;              ///< a text that has more in it than blanks
    std::vector<Field> members = {};  ///< of replies: of the object, or of each object of the list
};

/// Who calls, as the access token says.
struct Principal {
    std::string user_id;
    std::string session_id;
    std::string country;    ///< where the account lived when the token was made; empty: the token does not say
    TimeNs expires_at = 0;  ///< of the token
};

/// What a handler gets: everything checked already.
struct Call {
    const Request& request;
    const std::string& request_id;
    Principal principal;               ///< empty where the route is Public
    std::string idempotency_key = {};  ///< of the client; empty where there is none or the route is not idempotent
    std::vector<std::pair<std::string, std::string>> path;
    Json query = Json(Json::Object());  ///< the fields that the row lists and the target has
    Json body = Json(Json::Object());
    TimeNs deadline = kNever;  ///< then the handler is destroyed; for calls to others

    /// A parameter of the path that the route's pattern names.
    const std::string& parameter(std::string_view name) const;
    /// A text of the body that the row lists as required; null where optional and absent.
    const std::string& text(std::string_view name) const;
    const std::string* optional_text(std::string_view name) const;
    /// The same as a copy.
    std::optional<std::string> text_if_given(std::string_view name) const;
    std::optional<int64_t> integer(std::string_view name) const;
    std::optional<bool> flag(std::string_view name) const;
    /// Rounded down.
    std::optional<int64_t> number(std::string_view name) const;
    /// The same of the query.
    const std::string* query_text(std::string_view name) const;
    std::optional<int64_t> query_integer(std::string_view name) const;
};

struct Reply {
    std::string data;  ///< JSON
    std::vector<Header> headers;
    std::string content_type = {};  ///< of data that is not JSON, where the route is not enveloped
    int status = 0;                 ///< HTTP; 0: the route's
};

/// What a reply without data says.
inline Reply empty_reply() {
    Reply reply;
    reply.data = "{}";
    return reply;
}

struct Route {
    std::string method;        ///< "POST"
    std::string pattern;       ///< "/api/v1/users/{user_id}"
    std::string operation_id;  ///< "read_user"; unique
    std::string summary;       ///< a sentence without its full stop
    Access access = Access::User;
    int success = 200;      ///< HTTP status of a reply
    int also = 0;           ///< another one, of a reply about something that is not decided yet; 0: none
    bool enveloped = true;  ///< false: the data is the whole body, where a standard says what it is
    const char* media = "application/json";  ///< type of that
    bool idempotent = false;                 ///< heeds the header Idempotency-Key (idempotency.hpp); not where Public
    bool heeds_version = false;              ///< the handler reads the header If-Match
    bool tells_version = false;              ///< replies have the header ETag
    std::vector<Field> query;
    std::vector<Field> body;
    std::vector<Field> reply;  ///< all that the data may say; none: nothing, or anything where it is not enveloped
    std::function<Task<Reply>(Call& call)> handler;
    TimeNs timeout = 0;  ///< how long it may take; 0: what its class may (gateway/settings.hpp)
};

/// A service's handlers for its rows: bound_to(service)(handler) is a Route's handler. The service outlives the rows.
template <class Service>
auto bound_to(Service& service) {
    return [&service](Task<Reply> (*handler)(Service&, Call&)) {
        return [&service, handler](Call& call) { return handler(service, call); };
    };
}

// Fields of replies: what is always said, and what may be missing or null.
inline Field says(const char* name, const char* about = "", Field::Kind kind = Field::Kind::Text) {
    return {.name = name, .kind = kind, .about = about};
}
inline Field may_say(const char* name, const char* about = "", Field::Kind kind = Field::Kind::Text) {
    return {.name = name, .kind = kind, .required = false, .about = about};
}
inline Field says_number(const char* name, const char* about = "") { return says(name, about, Field::Kind::Integer); }
inline Field says_flag(const char* name, const char* about = "") { return says(name, about, Field::Kind::Flag); }
/// Of objects with these members, or of texts.
inline Field says_list(const char* name, std::vector<Field> members = {}, const char* about = "") {
    return {.name = name, .kind = Field::Kind::List, .about = about, .members = std::move(members)};
}
/// With these members, or with others every time.
inline Field says_object(const char* name, std::vector<Field> members = {}, const char* about = "") {
    return {.name = name, .kind = Field::Kind::Object, .about = about, .members = std::move(members)};
}
/// These and more.
inline std::vector<Field> with(std::vector<Field> fields, std::vector<Field> more) {
    for (Field& field : more) fields.push_back(std::move(field));
    return fields;
}

// Fields that several services have.
inline Field text_field(const char* name, bool required, int64_t most, const char* about) {
    return {.name = name, .required = required, .least = 1, .most = most, .about = about};
}
inline Field limit_field(int64_t most) {
    return {.name = "limit",
            .kind = Field::Kind::Integer,
            .required = false,
            .least = 1,
            .most = most,
            .about = "How many"};
}

}  // namespace matinee::gateway
