// The journey of titles: made by an administrator, read, found and browsed by a viewer.
#include <gtest/gtest.h>

#include "tests/services/journeys/host.hpp"

namespace matinee::journeys {

static const std::string kAdmin = "the administrator's token of this test";
static const std::string kTitles = "/api/v1/admin/titles";

static platform::Settings with_admin() {
    platform::Settings settings;
    settings.accounts.admin_token = kAdmin;
    return settings;
}

static const std::string kFilm = R"({"type":"film","title":"The Wandering Lighthouse","synopsis":"A keeper walks.",)"
                                 R"("rating":"PG","genres":["drama","mystery"],"cast":["Ada Marsh","Ole Berg"],)"
                                 R"("director":"Ida Holm","release_year":2021,"duration_s":6300,"language":"en",)"
                                 R"("audio_languages":["en"],"subtitle_languages":["en","de"],)"
                                 R"("average_rating_hundredths":450,)"
                                 R"("artwork":{"poster":"/artwork/lighthouse/poster.jpg"},)"
                                 R"("windows":[{"region":"*","from":"2020-01-01T00:00:00Z"}])";

static Answer registered(Host& host, const std::string& name, const std::string& country) {
    return host.send("POST", "/api/v1/auth/register", "",
                     R"({"email":")" + name + R"(@example.org","password":"a long password","name":"V","country":")" +
                         country + "\"}");
}

static std::string token_of(Host& host) { return registered(host, "viewer", "US").text("data.access_token"); }

static std::string titles_of(const Answer& answer, const char* list) {
    const Json* const data = answer.body.find("data");
    const Json* const titles = data == nullptr ? nullptr : data->find(list);
    std::string names;
    if (titles == nullptr || titles->array() == nullptr) return "none";
    for (const Json& title : *titles->array()) names += *title.find("title")->text() + "|";
    return names;
}

static void administer(Host& host, const std::string& viewer) {
    EXPECT_EQ(host.send("POST", kTitles, "", kFilm + "}").status, 401);
    EXPECT_EQ(host.send("POST", kTitles, viewer, kFilm + "}").status, 401);
    const Answer film = host.send("POST", kTitles, kAdmin, kFilm + "}");
    ASSERT_EQ(film.status, 201);
    EXPECT_EQ(film.number("data.version"), 1);
    const std::string one = kTitles + "/" + film.text("data.title_id");
    const std::string shown = "/api/v1/titles/" + film.text("data.title_id");
    EXPECT_EQ(host.send("GET", shown, viewer).text("data.title"), "The Wandering Lighthouse");
    EXPECT_EQ(host.send("GET", shown).status, 401);

    const std::string renamed = R"({"type":"film","title":"The Walking Lighthouse","rating":"PG","duration_s":6300)";
    EXPECT_EQ(host.send("PUT", one, kAdmin, renamed + "}").text("field"), "version");
    EXPECT_EQ(host.send("PUT", one, kAdmin, renamed + R"(,"version":2})").text("code"), "version_conflict");
    const Answer second = host.send("PUT", one, kAdmin, renamed + R"(,"version":1})");
    EXPECT_EQ(second.number("data.version"), 2);
    EXPECT_EQ(host.send("PUT", one, kAdmin, renamed + R"(,"version":1})").text("code"), "version_conflict");
    EXPECT_EQ(host.send("GET", shown, viewer).text("data.title"), "The Walking Lighthouse") << "not a remembered one";
    EXPECT_EQ(host.send("GET", shown, viewer).body.find("data")->find("available")->flag()[0], false);
    EXPECT_EQ(host.send("PUT", kTitles + "/ttl_none", kAdmin, renamed + R"(,"version":1})").status, 404);
    EXPECT_EQ(host.send("PUT", one, kAdmin, kFilm + R"(,"version":2})").status, 200);
    EXPECT_EQ(host.send("GET", shown, viewer).body.find("data")->find("available")->flag()[0], true);

    const auto refused = [&](const std::string& body) {
        const Answer answer = host.send("POST", kTitles, kAdmin, body);
        return std::to_string(answer.status) + " " + answer.text("field");
    };
    EXPECT_EQ(refused(R"({"type":"film","title":"x","rating":"PG"})"), "422 duration_s");
    EXPECT_EQ(refused(R"({"type":"song","title":"x","rating":"PG"})"), "422 type");
    EXPECT_EQ(refused(R"({"type":"film","title":"x","rating":"X","duration_s":1})"), "422 rating");
    EXPECT_EQ(refused(R"({"type":"film","title":"x","rating":"G","duration_s":1,"genres":["Sci Fi"]})"), "422 genres");
    EXPECT_EQ(refused(R"({"type":"film","title":"x","rating":"G","duration_s":1,"cast":[1]})"), "422 cast");
    EXPECT_EQ(refused(R"({"type":"film","title":"x","rating":"G","duration_s":1,"windows":[{"region":"us"}]})"),
              "422 windows");
    EXPECT_EQ(refused(R"({"type":"film","title":"x","rating":"G","duration_s":1,)"
                      R"("windows":[{"region":"US","from":"tomorrow"}]})"),
              "422 windows");
    const auto with_address = [&](const std::string& field) {
        return refused(R"({"type":"film","title":"x","rating":"G","duration_s":1,)" + field + "}");
    };
    EXPECT_EQ(refused(R"({"type":"film","title":"  ","rating":"G","duration_s":1})"), "422 title");
    for (const char* address : {"javascript:alert(1)", " javascript:alert(1)", "JavaScript:alert(1)",
                                "data:text/html,x", "ftp://a.example/x", "http:x", "vbscript:x"}) {
        EXPECT_EQ(with_address(R"("trailer_url":")" + std::string(address) + "\""), "422 trailer_url") << address;
        EXPECT_EQ(with_address(R"("artwork":{"poster":")" + std::string(address) + "\"}"), "422 artwork") << address;
    }
    EXPECT_EQ(with_address(R"("trailer_url":"HTTPS://a.example/x","artwork":{"poster":"a/b:c.jpg"},"season":1)"),
              "422 season")
        << "the addresses are fine";
    EXPECT_EQ(refused(R"({"type":"episode","title":"x","rating":"G","duration_s":1})"), "422 series_id");
    EXPECT_EQ(refused(R"({"type":"episode","title":"x","rating":"G","duration_s":1,"season":1,"number":1,)"
                      R"("series_id":"ttl_none"})"),
              "422 series_id");
}

static void serialise(Host& host, const std::string& viewer) {
    const Answer series =
        host.send("POST", kTitles, kAdmin,
                  R"({"type":"series","title":"Harbour of Strangers","rating":"TV-MA","synopsis":"Ships come in.",)"
                  R"("genres":["drama","crime"],"cast":["Ole Berg"],"average_rating_hundredths":400,)"
                  R"("windows":[{"region":"US","from":"2020-02-01T00:00:00Z"}]})");
    ASSERT_EQ(series.status, 201);
    const std::string series_id = series.text("data.title_id");
    const auto episode = [&](int season, int number) {
        return host.send("POST", kTitles, kAdmin,
                         R"({"type":"episode","title":"Part )" + std::to_string(number) +
                             R"(","rating":"TV-MA","duration_s":2700,"season":)" + std::to_string(season) +
                             R"(,"number":)" + std::to_string(number) + R"(,"series_id":")" + series_id + R"("})");
    };
    EXPECT_EQ(episode(2, 1).status, 201);
    const Answer first = episode(1, 1);
    EXPECT_EQ(episode(1, 2).status, 201);
    EXPECT_EQ(episode(1, 2).text("field"), "number") << "it is there already";
    const Answer shown = host.send("GET", "/api/v1/titles/" + series_id, viewer);
    const Json::Array& seasons = *shown.body.find("data")->find("seasons")->array();
    ASSERT_EQ(seasons.size(), 2u);
    EXPECT_EQ(seasons[0].find("episodes")->array()->size(), 2u);
    const std::string part = "/api/v1/titles/" + first.text("data.title_id");
    EXPECT_EQ(host.send("GET", part, viewer).body.find("data")->find("available")->flag()[0], true);
    EXPECT_EQ(host.send("GET", part + "?region=DE", viewer).body.find("data")->find("available")->flag()[0], false);
    EXPECT_EQ(host.send("GET", part + "?region=de", viewer).status, 422);
}

static void find_and_browse(Host& host, const std::string& viewer) {
    const auto get = [&](const std::string& target) { return host.send("GET", "/api/v1/" + target, viewer); };
    host.wait_until([&] { return get("search?q=ole+berg").number("data.total") == 2; });
    EXPECT_EQ(titles_of(get("search?q=lighthouse"), "results"), "The Wandering Lighthouse|");
    EXPECT_EQ(titles_of(get("search?q=lihgthuose"), "results"), "The Wandering Lighthouse|");
    EXPECT_EQ(titles_of(get("search?q=stranger"), "results"), "Harbour of Strangers|");
    EXPECT_EQ(titles_of(get("search?q=stranger&region=DE"), "results"), "");
    EXPECT_EQ(titles_of(get("search?q=berg&type=film"), "results"), "The Wandering Lighthouse|");
    EXPECT_EQ(titles_of(get("search?q=drama&genre=crime"), "results"), "Harbour of Strangers|");
    EXPECT_EQ(titles_of(get("search?q=drama&genre=Crime"), "results"), "Harbour of Strangers|");
    EXPECT_EQ(get("search?q=berg&rating=X").text("field"), "rating");
    EXPECT_EQ(get("search?q=berg&rating=G").number("data.total"), 0);
    EXPECT_EQ(get("search?q=berg").body.find("data")->find("facets")->find("years")->array()->size(), 2u);
    EXPECT_EQ(get("search?q=berg").number("data.total"), 2);
    EXPECT_EQ(get("search?q=berg").text("status"), "success") << "remembered by now";
    const Answer page = get("search?q=berg&limit=1&page=2");
    EXPECT_EQ(titles_of(page, "results"), "The Wandering Lighthouse|") << "a person among fewer words counts more";
    EXPECT_EQ(page.number("data.page"), 2);
    EXPECT_EQ(get("search?q=berg&type=song").text("field"), "type");
    EXPECT_EQ(get("search").text("field"), "q");
    EXPECT_EQ(get("search?q=berg&page=0").text("field"), "page");
    EXPECT_EQ(get("search?q=%22%20OR%20*").status, 200);
    EXPECT_EQ(get("search?q=%ff").status, 400);
    EXPECT_EQ(titles_of(get("search/suggest?q=harb"), "suggestions"), "Harbour of Strangers|");

    EXPECT_EQ(titles_of(get("browse/new-releases"), "titles"), "Harbour of Strangers|The Wandering Lighthouse|");
    EXPECT_EQ(titles_of(get("browse/new-releases?limit=1&page=2"), "titles"), "The Wandering Lighthouse|");
    EXPECT_EQ(titles_of(get("browse/genre/drama"), "titles"), "The Wandering Lighthouse|Harbour of Strangers|");
    EXPECT_EQ(titles_of(get("browse/genre/Drama"), "titles"), titles_of(get("browse/genre/drama"), "titles"));
    EXPECT_EQ(titles_of(get("browse/genre/crime?region=DE"), "titles"), "");
    EXPECT_EQ(get("browse/genre/polka").status, 404);
    EXPECT_EQ(titles_of(get("browse/trending"), "titles"), "");
    const Answer home = get("browse/home");
    EXPECT_EQ(home.body.find("data")->find("rows")->array()->size(), 4u) << "new releases and three genres";
    EXPECT_EQ(home.body.find("data")->find("missing_rows")->array()->size(), 0u);
    EXPECT_EQ(get("browse/home?profile_id=prf_somebody_elses").status, 404);
    EXPECT_EQ(host.send("GET", "/api/v1/browse/home").status, 401);
}

/// Who says no region is where the account is.
static void live_abroad(Host& host) {
    const Answer emil = registered(host, "emil", "DE");
    const std::string genre = "/api/v1/browse/genre/crime";
    EXPECT_EQ(titles_of(host.send("GET", genre, emil.text("data.access_token")), "titles"), "");
    EXPECT_EQ(titles_of(host.send("GET", genre + "?region=US", emil.text("data.access_token")), "titles"),
              "Harbour of Strangers|");
    const Answer later = host.send("POST", "/api/v1/auth/refresh-token", "",
                                   R"({"refresh_token":")" + emil.text("data.refresh_token") + "\"}");
    EXPECT_EQ(titles_of(host.send("GET", genre, later.text("data.access_token")), "titles"), "");
    const Answer back = host.send("POST", "/api/v1/auth/login", "",
                                  R"({"email":"emil@example.org","password":"a long password"})");
    EXPECT_EQ(titles_of(host.send("GET", genre, back.text("data.access_token")), "titles"), "");
}

static void relate_to_kids(Host& host, const std::string& film_id) {
    const Answer ines = registered(host, "ines", "US");
    const std::string token = ines.text("data.access_token");
    const std::string similar = "/api/v1/titles/" + film_id + "/similar";
    EXPECT_EQ(titles_of(host.send("GET", similar, token), "titles"), "Harbour of Strangers|");
    const Answer kid = host.send("POST", "/api/v1/users/" + ines.text("data.user_id") + "/profiles", token,
                                 R"({"profile_name":"Kid","is_kids_profile":true})");
    const std::string as_kid = similar + "?profile_id=" + kid.text("data.profile_id");
    EXPECT_EQ(titles_of(host.send("GET", as_kid, token), "titles"), "") << "TV-MA";
}

static void relate_and_remove(Host& host, const std::string& viewer) {
    const auto found = host.send("GET", "/api/v1/search?q=strangers", viewer);
    const std::string series_id = *found.body.find("data")->find("results")->array()->at(0).find("title_id")->text();
    const std::string similar = "/api/v1/titles/" + series_id + "/similar";
    const Answer related = host.send("GET", similar, viewer);
    EXPECT_EQ(titles_of(related, "titles"), "The Wandering Lighthouse|");
    relate_to_kids(host, *related.body.find("data")->find("titles")->array()->at(0).find("title_id")->text());
    const Answer series = host.send("GET", "/api/v1/titles/" + series_id, viewer);
    const Json& season = series.body.find("data")->find("seasons")->array()->at(0);
    const std::string episode_id = *season.find("episodes")->array()->at(0).find("title_id")->text();
    EXPECT_EQ(titles_of(host.send("GET", "/api/v1/titles/" + episode_id + "/similar", viewer), "titles"),
              "The Wandering Lighthouse|");
    EXPECT_EQ(host.send("GET", "/api/v1/titles/ttl_none/similar", viewer).status, 404);
    const std::string one = kTitles + "/" + series_id;
    const Answer all = host.send("GET", kTitles + "?limit=3", kAdmin);
    EXPECT_EQ(all.body.find("data")->find("titles")->array()->size(), 3u);
    EXPECT_EQ(host.send("DELETE", one + "?version=7", kAdmin).text("code"), "version_conflict");
    EXPECT_EQ(host.send("DELETE", one, kAdmin).text("field"), "version");
    EXPECT_EQ(host.send("DELETE", one + "?version=1", viewer).status, 401);
    EXPECT_EQ(host.send("DELETE", one + "?version=1", kAdmin).status, 200);
    EXPECT_EQ(host.send("DELETE", one + "?version=1", kAdmin).status, 404);
    EXPECT_EQ(host.send("GET", "/api/v1/titles/" + series_id, viewer).status, 404);
    EXPECT_EQ(titles_of(host.send("GET", "/api/v1/browse/genre/drama", viewer), "titles"), "The Wandering Lighthouse|");
    const auto strangers = [&] { return host.send("GET", "/api/v1/search?q=strangers", viewer); };
    host.wait_until([&] { return strangers().number("data.total") == 0; });
    EXPECT_EQ(titles_of(host.send("GET", "/api/v1/search?q=strangers", viewer), "results"), "");
}

static std::string transcript_of(Host& host) {
    const std::string viewer = token_of(host);
    administer(host, viewer);
    serialise(host, viewer);
    find_and_browse(host, viewer);
    live_abroad(host);
    relate_and_remove(host, viewer);
    return host.transcript();
}

TEST(CatalogJourney, IsTheSameOnBothHosts) {
    const std::string simulated = transcript_of(*simulated_host(with_admin()));
    const std::string live = transcript_of(*live_host(with_admin()));
    EXPECT_GT(simulated.size(), 20'000u);
    EXPECT_EQ(live, simulated);
}

}  // namespace matinee::journeys
