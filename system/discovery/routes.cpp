#include "system/discovery/routes.hpp"

#include "system/base/service_error.hpp"
#include "system/gateway/region.hpp"

namespace matinee::discovery {

using gateway::Call;
using gateway::Field;
using gateway::region_field;
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
    Discovery& discovery;
    std::string default_region;
};

Task<Viewer> viewer_of_call(Door door, const Call& call) {
    const std::string* const profile_id = call.query_text("profile_id");
    return viewer_of(door.discovery.sources().profiles, call.principal.user_id,
                     profile_id == nullptr ? std::string() : *profile_id, gateway::region_of(call, door.default_region),
                     door.discovery.clock().now(), door.discovery.settings());
}

struct PageOf {
    size_t number, limit;
    size_t offset() const { return (number - 1) * limit; }
};
PageOf page_of(const Call& call) {
    return {.number = size_t(call.query_integer("page").value_or(1)),
            .limit = size_t(call.query_integer("limit").value_or(20))};
}

/// A JSON object with the members of a page behind its own.
std::string with_page(std::string object, const PageOf& page, bool has_more) {
    object.pop_back();
    return object + ",\"page\":" + std::to_string(page.number) + ",\"limit\":" + std::to_string(page.limit) +
           ",\"has_more\":" + (has_more ? "true" : "false") + "}";
}

Reply reply_of(std::string data) {
    Reply reply;
    reply.data = std::move(data);
    return reply;
}

Reply reply_of(const catalog::Cards& cards, const PageOf& page) {
    return reply_of(with_page("{\"titles\":" + cards.json + "}", page, cards.has_more));
}

Task<Reply> read_home(Door door, Call& call) {
    Viewer viewer = co_await viewer_of_call(door, call);
    std::string home = co_await door.discovery.browse().home(std::move(viewer));
    co_return reply_of(std::move(home));
}

Task<Reply> read_trending(Door door, Call& call) {
    const Viewer viewer = co_await viewer_of_call(door, call);
    const PageOf page = page_of(call);
    const catalog::Cards cards = co_await door.discovery.trending().top(viewer.audience, page.offset(), page.limit);
    co_return reply_of(cards, page);
}

Task<Reply> read_new_releases(Door door, Call& call) {
    const Viewer viewer = co_await viewer_of_call(door, call);
    const PageOf page = page_of(call);
    const catalog::Cards cards =
        co_await door.discovery.sources().lists.newest(viewer.audience, page.offset(), page.limit);
    co_return reply_of(cards, page);
}

Task<Reply> read_genre(Door door, Call& call) {
    const Viewer viewer = co_await viewer_of_call(door, call);
    const PageOf page = page_of(call);
    const catalog::Cards cards = co_await door.discovery.sources().lists.of_genre(
        viewer.audience, catalog::genre_key(call.parameter("genre")), page.offset(), page.limit);
    co_return reply_of(cards, page);
}

Task<Reply> read_similar(Door door, Call& call) {
    const Viewer viewer = co_await viewer_of_call(door, call);
    const int64_t limit = call.query_integer("limit").value_or(20);
    const catalog::Cards cards =
        co_await door.discovery.sources().lists.similar(viewer.audience, call.parameter("title_id"), size_t(limit));
    co_return reply_of("{\"titles\":" + cards.json + "}");
}

SearchQuery query_of(const Call& call, const Viewer& viewer, const PageOf& page) {
    const auto text = [&](const char* name) {
        const std::string* const found = call.query_text(name);
        return found == nullptr ? std::string() : *found;
    };
    SearchQuery query;
    query.text = text("q");
    query.type = text("type");
    query.genre = catalog::genre_key(text("genre"));
    query.most_level = int64_t(viewer.audience.strongest_rating);
    if (!query.type.empty() && query.type != "film" && query.type != "series")
        throw ServiceError(ErrorCode::InvalidField, "type must be film or series", "type");
    if (const std::string* const name = call.query_text("rating")) {
        const std::optional<catalog::Rating> rating = catalog::rating_of(*name);
        if (!rating) throw ServiceError(ErrorCode::InvalidField, "rating must be G, PG, PG-13, R or TV-MA", "rating");
        query.least_level = int64_t(*rating);
        query.most_level = std::min(query.most_level, int64_t(*rating));
    }
    query.from_year = call.query_integer("from_year").value_or(0);
    query.to_year = call.query_integer("to_year").value_or(INT64_MAX);
    query.region = viewer.audience.region;
    query.at = viewer.audience.at;
    query.offset = page.offset();
    query.limit = page.limit;
    return query;
}

Task<Reply> search(Door door, Call& call) {
    const Viewer viewer = co_await viewer_of_call(door, call);
    const PageOf page = page_of(call);
    const FoundPage found = co_await door.discovery.search().search(query_of(call, viewer, page));
    co_return reply_of(with_page(found.json, page, found.has_more));
}

Task<Reply> suggest(Door door, Call& call) {
    const Viewer viewer = co_await viewer_of_call(door, call);
    std::string found = co_await door.discovery.search().suggest(query_of(call, viewer, PageOf{1, 20}));
    co_return reply_of(std::move(found));
}

Field number_field(const char* name, int64_t least, int64_t most, const char* about) {
    return {
        .name = name, .kind = Field::Kind::Integer, .required = false, .least = least, .most = most, .about = about};
}

std::vector<Field> fields(std::vector<Field> own, bool pages) {
    own.push_back(region_field());
    own.push_back({.name = "profile_id", .required = false, .least = 1, .most = 64, .about = "Who watches"});
    if (pages) {
        own.push_back(number_field("page", 1, 50, "From 1"));
        own.push_back(number_field("limit", 1, 50, "Titles on a page; 20 unless said otherwise"));
    }
    return own;
}

std::vector<Field> search_fields(int64_t longest) {
    return {{.name = "q", .least = 1, .most = longest, .about = "Words of titles, people, genres or descriptions"},
            {.name = "type", .required = false, .least = 1, .most = 10, .about = "film or series"},
            {.name = "genre", .required = false, .least = 1, .most = 40, .about = "Only of this genre"},
            {.name = "rating", .required = false, .least = 1, .most = 10, .about = "Only this one: G, PG, PG-13, R, TV-MA"},
            number_field("from_year", 1, 2200, "Not older"),
            number_field("to_year", 1, 2200, "Not newer")};
}

/// Of a title as lists show it.
std::vector<Field> card() {
    return {says("title_id"),
            says("title"),
            says("type", "film or series"),
            says("rating"),
            says_list("genres"),
            says_number("release_year"),
            says_number("duration_s"),
            says_number("average_rating_hundredths"),
            says("thumbnail_url")};
}

/// A list with what is said of its page.
std::vector<Field> on_pages(Field list) {
    return {std::move(list), says_number("page"), says_number("limit"), says_flag("has_more")};
}

std::vector<Field> home_reply() {
    Field resume = says_object(
        "resume",
        {says("title_id", "Of a series: the episode"), says_number("position_seconds"), says_number("duration_s")},
        "Of the row continue_watching");
    resume.required = false;
    return {says_list("rows",
                      {says("row_id"), says("title"), says_list("titles", gateway::with(card(), {std::move(resume)}))}),
            says_list("missing_rows", {}, "Those that failed")};
}

std::vector<Field> search_reply() {
    const std::vector<Field> count = {says("value"), says_number("count")};
    const Field facets = says_object("facets", {says_list("types", count), says_list("genres", count),
                                                says_list("ratings", count), says_list("years", count)});
    return gateway::with(on_pages(says_list("results", card())), {says_number("total", "At most 1,000"), facets});
}

}  // namespace

std::vector<Route> routes(Discovery& discovery, const std::string& default_region) {
    const Door door{discovery, default_region};
    const auto bound = [door](Task<Reply> (*handler)(Door, Call&)) {
        return [door, handler](Call& call) { return handler(door, call); };
    };
    const std::string browse = "/api/v1/browse/", search_path = "/api/v1/search";
    return {
        {.method = "GET",
         .pattern = browse + "home",
         .operation_id = "browse_home",
         .summary = "Rows of titles: to go on with, trending, new, by genre; `missing_rows` names those that failed",
         .query = fields({}, false),
         .reply = home_reply(),
         .handler = bound(read_home)},
        {.method = "GET",
         .pattern = browse + "trending",
         .operation_id = "browse_trending",
         .summary = "What is watched most these days",
         .query = fields({}, true),
         .reply = on_pages(says_list("titles", card())),
         .handler = bound(read_trending)},
        {.method = "GET",
         .pattern = browse + "new-releases",
         .operation_id = "browse_new_releases",
         .summary = "What became available last",
         .query = fields({}, true),
         .reply = on_pages(says_list("titles", card())),
         .handler = bound(read_new_releases)},
        {.method = "GET",
         .pattern = browse + "genre/{genre}",
         .operation_id = "browse_genre",
         .summary = "Titles of a genre, the best rated first",
         .query = fields({}, true),
         .reply = on_pages(says_list("titles", card())),
         .handler = bound(read_genre)},
        {.method = "GET",
         .pattern = "/api/v1/titles/{title_id}/similar",
         .operation_id = "read_similar_titles",
         .summary = "Titles that share genres and people with this one",
         .query = fields({gateway::limit_field(50)}, false),
         .reply = {says_list("titles", card())},
         .handler = bound(read_similar)},
        {.method = "GET",
         .pattern = search_path,
         .operation_id = "search",
         .summary = "Films and series by words, the best match first; at most 1,000 count",
         .query = fields(search_fields(200), true),
         .reply = search_reply(),
         .handler = bound(search)},
        {.method = "GET",
         .pattern = search_path + "/suggest",
         .operation_id = "suggest",
         .summary = "Titles for somebody who is still typing",
         .query = fields(search_fields(100), false),
         .reply = {says_list("suggestions", {says("title_id"), says("title")})},
         .handler = bound(suggest)},
    };
}

}  // namespace matinee::discovery
