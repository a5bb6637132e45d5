// The home page over sources that may fail, and who is shown what.
#include <gtest/gtest.h>

#include "system/base/json.hpp"
#include "system/base/service_error.hpp"
#include "system/catalog/catalog.hpp"
#include "system/catalog/schema.hpp"
#include "system/discovery/discovery.hpp"
#include "system/discovery/schema.hpp"
#include "system/embedded/sqlite_search.hpp"
#include "system/events/outbox.hpp"
#include "tests/services/contracts/stage.hpp"

namespace matinee::journeys {

using contracts::kEvening;

struct FakeProfiles : profiles::Profiles {
    bool down = false;
    Task<profiles::Profile> of_user(std::string user_id, std::string profile_id) override {
        if (down) throw ServiceError(ErrorCode::Unavailable);
        if (user_id != "usr_ada") throw ServiceError(ErrorCode::NotFound);
        profiles::Profile profile;
        profile.profile_id = profile_id;
        profile.is_kids_profile = profile_id == "prf_kid";
        profile.strongest_rating = profile_id == "prf_teen" ? catalog::Rating::PG13 : catalog::Rating::TVMA;
        co_return profile;
    }
    std::optional<profiles::Watcher> watcher(SqlTransaction&, const std::string&) const override {
        return std::nullopt;  // nobody starts a stream here
    }
};

struct FakeWatchRecord : playback::WatchRecord {
    bool down = false;
    std::vector<playback::Progress> all;
    Task<std::vector<playback::Progress>> unfinished(std::string, size_t) override {
        if (down) throw ServiceError(ErrorCode::Unavailable);
        co_return all;
    }
};

/// Lists of the catalogue, of which each may fail.
struct FailingLists : catalog::Lists {
    explicit FailingLists(catalog::Lists& real) : lists(real) {}
    catalog::Lists& lists;
    Task<catalog::Cards> similar(catalog::Audience audience, std::string title_id, size_t limit) override {
        return lists.similar(std::move(audience), std::move(title_id), limit);
    }
    bool newest_down = false, genres_down = false, genre_down = false;
    Task<catalog::Cards> newest(catalog::Audience audience, size_t offset, size_t limit) override {
        if (newest_down) throw SqlError(SqlError::Kind::Unavailable, "no");
        co_return co_await lists.newest(std::move(audience), offset, limit);
    }
    Task<catalog::Cards> of_genre(catalog::Audience audience, std::string genre, size_t offset, size_t limit) override {
        if (genre_down && genre == "war") throw ServiceError(ErrorCode::DeadlineExceeded);
        co_return co_await lists.of_genre(std::move(audience), std::move(genre), offset, limit);
    }
    Task<std::vector<catalog::GenreCount>> genres(catalog::Audience audience) override {
        if (genres_down) throw ServiceError(ErrorCode::Unavailable);
        co_return co_await lists.genres(std::move(audience));
    }
    Task<std::vector<catalog::Card>> cards(catalog::Audience audience, std::vector<std::string> ids) override {
        return lists.cards(std::move(audience), std::move(ids));
    }
    Task<std::string> generation() override { return lists.generation(); }
};

class HomeTest : public testing::Test {
protected:
    HomeTest() {
        auto create = [](SqlTransaction& tx) {
            events::create_tables(tx);
            events::count_rows(tx);
            catalog::create_tables(tx);
            discovery::create_tables(tx);
        };
        database_.transact(Sql::Access::Write, SqlBody(create));
        import({title("ttl_g", catalog::Rating::G, "drama"), title("ttl_pg", catalog::Rating::PG, "drama"),
                title("ttl_r", catalog::Rating::R, "war"), title("ttl_s", catalog::Rating::TVMA, "war")});
    }
    static catalog::Details title(const std::string& id, catalog::Rating rating, const std::string& genre) {
        catalog::Details made;
        made.title_id = id;
        made.title = id;
        made.rating = rating;
        made.duration_s = 60;
        made.genres = {genre};
        made.windows = {{.region = "*"}};
        if (id != "ttl_s") return made;
        made.type = catalog::TitleType::Series;
        made.duration_s = 0;
        return made;
    }
    void import(std::vector<catalog::Details> all) {
        stage_.run(catalog_.import(std::move(all)));
        stage_.run(catalog_.maintain());
    }
    discovery::Viewer viewer(const std::string& profile_id, const std::string& user_id = "usr_ada") {
        return stage_.run(discovery::viewer_of(profiles_, user_id, profile_id, "US", stage_.clock.now(), {}));
    }
    Json home(const std::string& profile_id) {
        return Json::parse(stage_.run(discovery_.browse().home(viewer(profile_id))));
    }
    /// "row: title title; row: ...; missing: ..."
    static std::string summary(const Json& page) {
        std::string text;
        for (const Json& row : *page.find("rows")->array()) {
            text += *row.find("row_id")->text() + ":";
            for (const Json& card : *row.find("titles")->array()) text += " " + *card.find("title")->text();
            text += "; ";
        }
        for (const Json& row : *page.find("missing_rows")->array()) text += "without " + *row.text() + "; ";
        return text;
    }
    std::string rows_of(const std::string& profile_id) { return summary(home(profile_id)); }

    contracts::SimulatedStage stage_;
    SqliteDatabase database_;
    SqliteSql sql_{database_};
    SqliteEventLog log_{database_};
    MemoryKv kv_{stage_.clock};
    SqliteDatabase search_database_;
    SqliteSearch index_{search_database_};
    catalog::Catalog catalog_{stage_.clock, stage_.random, sql_, kv_, {}};
    FailingLists lists_{catalog_};
    FakeProfiles profiles_;
    FakeWatchRecord watched_;
    discovery::Discovery discovery_{
        stage_.clock, stage_.random, sql_, kv_, log_, index_, {lists_, catalog_, profiles_, watched_}, {}};
};

TEST_F(HomeTest, EverybodySeesWhatHeMay) {
    EXPECT_EQ(rows_of(""),
              "new_releases: ttl_g ttl_pg ttl_r ttl_s; genre:drama: ttl_g ttl_pg; genre:war: ttl_r ttl_s; ");
    EXPECT_EQ(rows_of("prf_kid"), "new_releases: ttl_g ttl_pg; genre:drama: ttl_g ttl_pg; ");
    EXPECT_EQ(rows_of("prf_ada"), rows_of(""));
    import({title("ttl_teen", catalog::Rating::PG13, "war")});
    EXPECT_EQ(rows_of("prf_teen"),
              "new_releases: ttl_g ttl_pg ttl_teen; genre:drama: ttl_g ttl_pg; genre:war: ttl_teen; ");
    EXPECT_THROW(viewer("prf_ada", "usr_bob"), ServiceError);
}

TEST_F(HomeTest, ContinueWatchingNamesTheEpisode) {
    catalog::Details episode = title("ttl_e", catalog::Rating::TVMA, "war");
    episode.type = catalog::TitleType::Episode;
    episode.series_id = "ttl_s";
    episode.season = episode.number = 1;
    episode.windows.clear();
    catalog::Details second = episode;
    second.title_id = "ttl_e2";
    second.number = 2;
    import({episode, second});
    watched_.all = {{.title_id = "ttl_e2", .series_id = "ttl_s", .position_s = 7, .duration_s = 60},
                    {.title_id = "ttl_gone", .position_s = 1, .duration_s = 60},
                    {.title_id = "ttl_pg", .position_s = 30, .duration_s = 60},
                    {.title_id = "ttl_e", .series_id = "ttl_s", .position_s = 50, .duration_s = 60}};
    const Json page = home("prf_ada");
    EXPECT_TRUE(summary(page).starts_with("continue_watching: ttl_s ttl_pg; ")) << summary(page);
    const Json& resume = *page.find("rows")->array()->at(0).find("titles")->array()->at(0).find("resume");
    EXPECT_EQ(to_text(resume), R"({"title_id":"ttl_e2","position_seconds":7,"duration_s":60})");
    EXPECT_TRUE(rows_of("prf_kid").starts_with("continue_watching: ttl_pg; ")) << "a kids profile began nothing strong";
    EXPECT_TRUE(rows_of("").starts_with("new_releases")) << "nobody in particular has begun nothing";
}

TEST_F(HomeTest, AnIndexThatWasLostIsFilledAgain) {
    SqliteDatabase database;
    SqliteSearch fresh(database);
    discovery::Search search(stage_.random, sql_, kv_, log_, fresh, catalog_, {});
    const auto found = [&] { return stage_.run(fresh.contents("", 100)).size(); };
    stage_.run(search.prepare());
    EXPECT_EQ(found(), 0u);
    while (stage_.run(search.maintain(3)) > 0) {
    }
    EXPECT_EQ(found(), 4u);
    stage_.run(search.prepare());
    EXPECT_EQ(stage_.run(search.maintain(3)), 0u) << "once";
}

/// The pending rows are gone from a database that syncs its writes; the index that does not has forgotten them.
TEST_F(HomeTest, WhatAnIndexLostWithThePowerIsWrittenAgain) {
    SqliteDatabase database;
    SqliteSearch behind(database);
    const auto settle = [&](discovery::Search& search) {
        stage_.run(search.prepare());
        stage_.run(events::pump(sql_, log_, 100));
        while (stage_.run(search.maintain(3)) > 0) {
        }
    };
    discovery::Search lost(stage_.random, sql_, kv_, log_, behind, catalog_, {});
    settle(lost);
    stage_.run(catalog_.remove("ttl_g", 1));
    stage_.run(catalog_.replace("ttl_pg", 1, title("ttl_pg", catalog::Rating::PG, "war")));
    catalog::Details episode = title("ttl_e", catalog::Rating::PG, "war");
    episode.type = catalog::TitleType::Episode;
    episode.series_id = "ttl_s";
    episode.season = episode.number = 1;
    import({title("ttl_new", catalog::Rating::G, "war"), episode});
    settle(discovery_.search());
    const auto whole = stage_.run(index_.contents("", 100));
    ASSERT_EQ(whole.size(), 4u);
    EXPECT_NE(stage_.run(behind.contents("", 100)), whole);
    settle(lost);
    EXPECT_EQ(stage_.run(behind.contents("", 100)), whole);
    stage_.run(lost.prepare());
    EXPECT_EQ(stage_.run(lost.maintain(3)), 0u) << "nothing is noted that is as it should be";
}

TEST_F(HomeTest, ASourceThatFailsCostsItsRowOnly) {
    const std::string drama = "genre:drama: ttl_g ttl_pg; ", war = "genre:war: ttl_r ttl_s; ";
    watched_.down = true;
    EXPECT_EQ(rows_of("prf_ada"),
              "new_releases: ttl_g ttl_pg ttl_r ttl_s; " + drama + war + "without continue_watching; ");
    watched_.down = false;
    lists_.newest_down = lists_.genre_down = true;
    EXPECT_EQ(rows_of("prf_ada"), drama + "without new_releases; without genre:war; ");
    lists_.genres_down = true;
    EXPECT_EQ(rows_of("prf_ada"), "without new_releases; without genres; ");
}

TEST_F(HomeTest, WhereProfilesDoNotAnswerEverybodyIsAChild) {
    profiles_.down = true;
    EXPECT_EQ(rows_of("prf_ada"), "new_releases: ttl_g; genre:drama: ttl_g; without continue_watching; ");
}

}  // namespace matinee::journeys
