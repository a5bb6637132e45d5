#include "system/catalog/routes.hpp"

#include <charconv>

#include "system/base/service_error.hpp"
#include "system/catalog/document.hpp"
#include "system/gateway/region.hpp"

namespace matinee::catalog {

using gateway::Access;
using gateway::Call;
using gateway::Field;
using gateway::limit_field;
using gateway::may_say;
using gateway::region_field;
using gateway::region_of;
using gateway::Reply;
using gateway::Route;
using gateway::says;
using gateway::says_flag;
using gateway::says_list;
using gateway::says_number;
using gateway::says_object;

namespace {

/// What the handlers share; copied into each.
struct Door {
    Catalog& catalog;
    std::string default_region;
};

Reply reply_of(std::string data) {
    Reply reply;
    reply.data = std::move(data);
    return reply;
}

/// With the version as its entity tag (RFC 9110 section 8.8.3).
Reply tagged(std::string document) {
    const Json json = Json::parse(document);
    const int64_t version = *json.find("version")->integer();
    Reply reply = reply_of(std::move(document));
    reply.headers.push_back({"etag", "\"" + std::to_string(version) + "\""});
    return reply;
}

/// The version that a change is about: If-Match: "3", or the field.
int64_t expected_version(const Call& call, std::optional<int64_t> field) {
    if (const std::string* const tag = call.request.header("if-match")) {
        int64_t version = 0;
        const char* const end = tag->data() + tag->size();
        const bool quoted = tag->size() > 2 && tag->front() == '"' && tag->back() == '"';
        if (quoted && std::from_chars(tag->data() + 1, end, version).ptr == end - 1) return version;
        throw ServiceError(ErrorCode::InvalidField, "If-Match must be one version in quotation marks", "if-match");
    }
    if (!field) throw ServiceError(ErrorCode::InvalidField, "version is missing, and so is If-Match", "version");
    return *field;
}

Task<Reply> read_title(Door door, Call& call) {
    std::string document = co_await door.catalog.read(call.parameter("title_id"), region_of(call, door.default_region));
    co_return reply_of(std::move(document));
}

/// Of a body, whose addresses others will follow.
Details details_from(const Call& call) {
    Details details = details_of(call.body);
    check_addresses(details);
    return details;
}

Task<Reply> create_title(Door door, Call& call) {
    std::string document = co_await door.catalog.create(details_from(call));
    co_return tagged(std::move(document));
}

Task<Reply> read_title_now(Door door, Call& call) {
    std::string document = co_await door.catalog.read_now(call.parameter("title_id"));
    co_return tagged(std::move(document));
}

Task<Reply> replace_title(Door door, Call& call) {
    const int64_t version = expected_version(call, call.integer("version"));
    std::string document = co_await door.catalog.replace(call.parameter("title_id"), version, details_from(call));
    co_return tagged(std::move(document));
}

Task<Reply> remove_title(Door door, Call& call) {
    const int64_t version = expected_version(call, call.query_integer("version"));
    co_await door.catalog.remove(call.parameter("title_id"), version);
    co_return reply_of("{}");
}

Task<Reply> list_titles(Door door, Call& call) {
    const std::string* const given = call.query_text("after");
    // Not in the call: g++ 12 destroys a temporary of a conditional expression within co_await twice.
    const std::string after = given == nullptr ? "" : *given;
    const int64_t limit = call.query_integer("limit").value_or(100);
    const auto found = co_await door.catalog.versions(after, size_t(limit));
    JsonOut out;
    out.object().key("titles").array();
    for (const auto& [title_id, version] : found)
        out.object().text("title_id", title_id).integer("version", version).end();
    co_return reply_of(out.end().flag("has_more", found.size() == size_t(limit)).end().take());
}

std::vector<Field> title_fields(bool with_version) {
    using Kind = Field::Kind;
    const auto list = [](const char* name, int64_t most, const char* about) {
        return Field{.name = name, .kind = Kind::List, .required = false, .least = 0, .most = most, .about = about};
    };
    const auto number = [](const char* name, int64_t most, const char* about) {
        return Field{.name = name, .kind = Kind::Integer, .required = false, .least = 0, .most = most, .about = about};
    };
    const auto text = [](const char* name, int64_t most, const char* about) {
        return Field{.name = name, .required = false, .least = 0, .most = most, .about = about};
    };
    std::vector<Field> fields = {
        {.name = "type", .least = 1, .most = 20, .about = "film, series or episode; stays what it is"},
        {.name = "title", .least = 1, .most = 300, .about = "What it is called", .filled = true},
        {.name = "rating", .least = 1, .most = 20, .about = "G, PG, PG-13, R or TV-MA"},
        text("synopsis", 4000, "What it is about"),
        list("genres", 12, "In lower case, words joined by -"),
        list("cast", 60, "Names"),
        text("director", 100, "A name"),
        number("release_year", 2200, "When it was made"),
        number("duration_s", 360'000, "s; 0 for a series"),
        number("average_rating_hundredths", 500, "Of 1 to 5 stars; 0: not rated"),
        text("language", 35, "Of the original: BCP 47"),
        list("audio_languages", 60, "BCP 47"),
        list("subtitle_languages", 60, "BCP 47"),
        {.name = "artwork",
         .kind = Kind::Object,
         .required = false,
         .about = "Kinds (poster, backdrop) and paths or addresses with http or https"},
        text("trailer_url", 500, "A path, or an address with http or https"),
        list("windows", 300, "Where and when: {region, from, until}; an episode without has its series'"),
        text("series_id", 64, "Of an episode; stays what it is"),
        number("season", 1000, "Of an episode, from 1"),
        number("number", 10'000, "Of an episode within its season, from 1"),
    };
    if (with_version) fields.push_back(number("version", INT64_MAX, "Which version this replaces; or If-Match"));
    return fields;
}

/// Of a title as it is answered.
std::vector<Field> title_reply() {
    const Field::Kind kNumber = Field::Kind::Integer;
    Field seasons = says_list(
        "seasons",
        {says_number("season"),
         says_list("episodes", {says("title_id"), says_number("number"), says("title"), says_number("duration_s")})},
        "Of a series");
    seasons.required = false;
    return {
        says("title_id"),
        says("type", "film, series or episode"),
        says("title"),
        may_say("series_id", "Of an episode"),
        may_say("season", "Of an episode", kNumber),
        may_say("number", "Of an episode", kNumber),
        says("synopsis"),
        says("rating"),
        says_list("genres"),
        says_list("cast"),
        says("director"),
        says_number("release_year"),
        says_number("duration_s"),
        says_number("average_rating_hundredths", "Of 1 to 5 stars; 0: not rated"),
        says("language"),
        says_list("audio_languages"),
        says_list("subtitle_languages"),
        says_object("artwork", {}, "Kinds, and paths or addresses"),
        says("thumbnail_url"),
        says("trailer_url"),
        says_number("version"),
        says_list("windows", {says("region"), may_say("from"), may_say("until")}, "Where and when it may be watched"),
        seasons};
}

}  // namespace

std::vector<Route> routes(Catalog& catalog, const std::string& default_region) {
    const Door door{catalog, default_region};
    const auto bound = [door](Task<Reply> (*handler)(Door, Call&)) {
        return [door, handler](Call& call) { return handler(door, call); };
    };
    const std::string all = "/api/v1/admin/titles", one = all + "/{title_id}";
    const Field version{.name = "version",
                        .kind = Field::Kind::Integer,
                        .required = false,
                        .least = 0,
                        .most = INT64_MAX,
                        .about = "Which version is meant; or If-Match"};
    const Field after{
        .name = "after", .required = false, .least = 0, .most = 64, .about = "The last id of the page before"};
    return {
        {.method = "GET",
         .pattern = "/api/v1/titles/{title_id}",
         .operation_id = "read_title",
         .summary = "Everything about a film, a series with its episodes, or an episode",
         .query = {region_field()},
         .reply = gateway::with(title_reply(), {says_flag("available", "Whether it may be watched there now")}),
         .handler = bound(read_title)},
        {.method = "GET",
         .pattern = all,
         .operation_id = "list_titles",
         .summary = "Ids and versions of all titles",
         .access = Access::Admin,
         .query = {after, limit_field(1000)},
         .reply = {says_list("titles", {says("title_id"), says_number("version")}), says_flag("has_more")},
         .handler = bound(list_titles)},
        {.method = "POST",
         .pattern = all,
         .operation_id = "create_title",
         .summary = "Add a title",
         .access = Access::Admin,
         .success = 201,
         .tells_version = true,
         .body = title_fields(false),
         .reply = title_reply(),
         .handler = bound(create_title)},
        {.method = "GET",
         .pattern = one,
         .operation_id = "read_title_now",
         .summary = "A title as it is stored, with its version as entity tag",
         .access = Access::Admin,
         .tells_version = true,
         .reply = title_reply(),
         .handler = bound(read_title_now)},
        {.method = "PUT",
         .pattern = one,
         .operation_id = "replace_title",
         .summary = "Replace a title of that version",
         .access = Access::Admin,
         .heeds_version = true,
         .tells_version = true,
         .body = title_fields(true),
         .reply = title_reply(),
         .handler = bound(replace_title)},
        {.method = "DELETE",
         .pattern = one,
         .operation_id = "remove_title",
         .summary = "Remove a title of that version, a series with its episodes",
         .access = Access::Admin,
         .heeds_version = true,
         .query = {version},
         .handler = bound(remove_title)},
    };
}

}  // namespace matinee::catalog
