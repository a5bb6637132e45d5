// Contract of the port SearchIndex.
#include <gtest/gtest.h>

#include "system/embedded/sqlite_search.hpp"
#include "tests/services/contracts/stage.hpp"

namespace matinee::contracts {

struct SearchCase {
    SimulatedStage stage;
    SqliteDatabase database;
    SqliteSearch plain{database};
    services::SimulatedSearch simulated{stage.executor, plain, services::StoreModel{}};
    bool modelled = false;
    SearchIndex& index() { return modelled ? static_cast<SearchIndex&>(simulated) : plain; }
};

static SearchDocument document(const std::string& id, const std::string& title, const std::string& description = "") {
    SearchDocument made;
    made.id = id;
    made.version = 1;
    made.title = title;
    made.description = description;
    made.type = "film";
    made.year = 2000;
    made.windows = {{.region = "*"}};
    made.stored = "{\"" + id + "\"}";
    return made;
}

class SearchContract : public testing::TestWithParam<Adapter<SearchCase>> {
protected:
    void put(const SearchDocument& one) { stage_.run(index_.put(std::vector<SearchDocument>(1, one))); }
    static SearchQuery query(const std::string& text) {
        SearchQuery made;
        made.text = text;
        made.region = "US";
        made.at = kEvening;
        return made;
    }
    SearchAnswer answer(const SearchQuery& asked) { return stage_.run(index_.search(asked)); }
    /// The ids of the hits, the best first.
    std::string found(const SearchQuery& asked) {
        std::string ids;
        for (const SearchHit& hit : answer(asked).hits) ids += hit.id + " ";
        return ids;
    }
    std::string found(const std::string& text) { return found(query(text)); }
    std::string suggested(const std::string& text, size_t limit = 5) {
        SearchQuery asked = query(text);
        asked.limit = limit;
        std::string titles;
        for (const SearchSuggestion& one : stage_.run(index_.suggest(asked))) titles += one.title + "|";
        return titles;
    }
    std::string contents() {
        std::string all;
        for (const auto& [id, version] : stage_.run(index_.contents("", 100)))
            all += id + ":" + std::to_string(version) + " ";
        return all;
    }

    std::unique_ptr<SearchCase> case_ = GetParam().make();
    SearchIndex& index_ = case_->index();
    SimulatedStage& stage_ = case_->stage;
};

TEST_P(SearchContract, FindsWordsByEndingsBeginningsAccentsAndCase) {
    put(document("a", "Stranger Things", "The children of a university town"));
    put(document("b", "Caf\xc3\xa9 of the Running Dogs"));
    EXPECT_EQ(found("stranger things"), "a ");
    EXPECT_EQ(found("STRANGERS thing"), "a ") << "endings";
    EXPECT_EQ(found("strang"), "a ") << "a beginning";
    EXPECT_EQ(found("universities"), "a ");
    EXPECT_EQ(found("universit"), "a ") << "a beginning that is no stem";
    EXPECT_EQ(found("cafe"), "b ");
    EXPECT_EQ(found("CAF\xc3\x89"), "b ");
    EXPECT_EQ(found("runs dog"), "b ");
    EXPECT_EQ(found("stranger dog"), "") << "every word must match";
    EXPECT_EQ(found("zebra"), "");
    EXPECT_EQ(answer(query("cafe")).hits[0].stored, "{\"b\"}");
}

TEST_P(SearchContract, ForgivesUpToTwoEdits) {
    put(document("a", "The Wandering Lighthouse"));
    put(document("b", "Iron Sky"));
    for (const char* typo :
         {"lighthose", "lighthuose", "lihgthuose", "lighthousee", "ligthouse", "pighthouse", "lighthus"})
        EXPECT_EQ(found(typo), "a ") << typo;
    EXPECT_EQ(found("wnadering lighthuse"), "a ");
    EXPECT_EQ(found("lxxxthouse"), "") << "three edits";
    EXPECT_EQ(found("irn"), "b ") << "one edit in a short word";
    EXPECT_EQ(found("rn"), "") << "none in a shorter one";
    EXPECT_EQ(found("skx sron"), "b ");
    EXPECT_EQ(found("lightxous"), "a ") << "the beginning of a word may be misspelt, too";
    EXPECT_EQ(suggested("lighthuose"), "The Wandering Lighthouse|");
}

TEST_P(SearchContract, ATitleCountsThreeTimesAPersonOrGenreTwice) {
    SearchDocument by_title = document("d_title", "Falcon");
    SearchDocument by_person = document("c_person", "Other");
    by_person.people = {"Falcon"};
    SearchDocument by_genre = document("b_genre", "Other");
    by_genre.genres = {"falcon"};
    const SearchDocument by_description = document("a_description", "Other", "Falcon");
    for (const SearchDocument& one : {by_description, by_genre, by_person, by_title}) put(one);
    for (int i = 0; i < 8; ++i) put(document("x" + std::to_string(i), "Nothing at all"));
    EXPECT_EQ(found("falcon"), "d_title b_genre c_person a_description ");
    SearchDocument loved = by_description;
    loved.version = 2;
    loved.boost_permille = 3000;
    put(loved);
    EXPECT_EQ(found("falcon"), "a_description d_title b_genre c_person ");
}

TEST_P(SearchContract, AnyTextIsWordsAndNothingElse) {
    put(document("a", "Near AND NOT Far", "quote \" star * title"));
    for (const char* text : {"\"",
                             "*",
                             "\"\"\"",
                             "a\" OR \"b",
                             "title:near",
                             "near(",
                             ")",
                             "{title}:far",
                             "-",
                             "^near",
                             "+",
                             "'; DROP TABLE search_text; --",
                             "NEAR(near far, 2)",
                             "AND",
                             "OR OR OR",
                             "NOT",
                             "\\",
                             "%",
                             "_",
                             "\x01",
                             ""})
        EXPECT_NO_THROW(answer(query(text))) << text;
    EXPECT_EQ(found("NEAR and far"), "a ");
    EXPECT_EQ(found("\"near\" * far\""), "a ");
    EXPECT_EQ(found("near OR zebra"), "") << "OR is a word like any other";
    EXPECT_EQ(found("***"), "");
    EXPECT_EQ(found(std::string(100'000, 'x')), "");
    std::string many;
    for (int i = 0; i < 2000; ++i) many += "near ";
    EXPECT_EQ(found(many), "a ");
    EXPECT_EQ(contents(), "a:1 ");
}

TEST_P(SearchContract, FiltersAndFacets) {
    const auto add = [&](const char* id, const char* type, std::vector<std::string> genres, int64_t level, int64_t year,
                         const char* region) {
        SearchDocument made = document(id, "Same words");
        made.type = type;
        made.genres = std::move(genres);
        made.level = level;
        made.year = year;
        made.windows = {{.region = region, .from = kEvening - kDay, .until = kEvening + kDay}};
        put(made);
    };
    add("a", "film", {"drama"}, 0, 1999, "*");
    add("b", "film", {"drama", "war"}, 3, 2005, "*");
    add("c", "series", {"war"}, 4, 2015, "US");
    add("d", "series", {"dramatic-comedy"}, 1, 2020, "DE");
    EXPECT_EQ(found("same words"), "a c b ") << "b has more words beside them";
    SearchAnswer all = answer(query("same"));
    EXPECT_EQ(all.total, 3);
    EXPECT_EQ(all.types, (std::vector<SearchFacet>{{"film", 2}, {"series", 1}}));
    EXPECT_EQ(all.genres, (std::vector<SearchFacet>{{"drama", 2}, {"war", 2}}));
    EXPECT_EQ(all.levels, (std::vector<SearchFacet>{{"0", 1}, {"3", 1}, {"4", 1}}));
    EXPECT_EQ(all.years, (std::vector<SearchFacet>{{"1999", 1}, {"2005", 1}, {"2015", 1}}));
    EXPECT_EQ(all.valid_until, kEvening + kDay);
    SearchQuery asked = query("same");
    asked.type = "series";
    EXPECT_EQ(found(asked), "c ");
    asked.region = "DE";
    EXPECT_EQ(found(asked), "d ");
    asked.genre = "drama";
    EXPECT_EQ(found(asked), "") << "genres are filtered as a whole";
    asked = query("same");
    asked.genre = "war";
    EXPECT_EQ(found(asked), "c b ");
    asked.most_level = 3;
    EXPECT_EQ(found(asked), "b ");
    asked.least_level = 4;
    EXPECT_EQ(found(asked), "");
    asked = query("same");
    asked.least_level = 3;
    EXPECT_EQ(found(asked), "c b ");
    asked = query("same");
    asked.from_year = 2005;
    asked.to_year = 2010;
    EXPECT_EQ(found(asked), "b ");
    asked = query("same");
    asked.at = kEvening + kDay;
    EXPECT_EQ(found(asked), "") << "a window ends at its moment";
    asked.at = kEvening - kDay;
    EXPECT_EQ(found(asked), "a c b ") << "and begins at it";
    asked.at = kEvening - kDay - 1;
    EXPECT_EQ(found(asked), "");
    EXPECT_EQ(answer(asked).valid_until, kEvening - kDay);
}

TEST_P(SearchContract, Pages) {
    for (int i = 10; i < 35; ++i) put(document("d" + std::to_string(i), "Page"));
    SearchQuery asked = query("page");
    asked.limit = 10;
    asked.offset = 20;
    EXPECT_EQ(found(asked), "d30 d31 d32 d33 d34 ");
    EXPECT_EQ(answer(asked).total, 25);
    asked.offset = 30;
    EXPECT_EQ(found(asked), "");
}

TEST_P(SearchContract, WhatArrivesLateOrTwiceDoesNoHarm) {
    SearchDocument one = document("a", "Old name");
    put(one);
    SearchDocument two = document("a", "New name");
    two.version = 2;
    put(two);
    put(one);
    put(two);
    EXPECT_EQ(contents(), "a:2 ");
    EXPECT_EQ(found("old"), "");
    EXPECT_EQ(found("new"), "a ");
    stage_.run(index_.remove("a", 1));
    EXPECT_EQ(contents(), "a:2 ") << "a removal that is older";
    stage_.run(index_.remove("a", 3));
    stage_.run(index_.remove("a", 3));
    put(two);
    EXPECT_EQ(contents(), "") << "a version from before its removal";
    EXPECT_EQ(found("name"), "");
    stage_.run(index_.remove("b", 5));
    SearchDocument late = document("b", "Late");
    late.version = 4;
    put(late);
    EXPECT_EQ(contents(), "") << "its removal came first";
    SearchDocument again = document("a", "Again");
    again.version = 4;
    put(again);
    EXPECT_EQ(contents(), "a:4 ");
    EXPECT_EQ(found("again"), "a ");
}

TEST_P(SearchContract, Suggests) {
    put(document("a", "The Long Night"));
    put(document("b", "Night Train"));
    put(document("c", "Nightingale"));
    put(document("d", "Morning", "not the night, though"));
    EXPECT_EQ(suggested("night t"), "Night Train|The Long Night|");
    const std::string all = suggested("nig");
    EXPECT_TRUE(all == "Night Train|Nightingale|The Long Night|" || all == "Nightingale|Night Train|The Long Night|")
        << all << ": titles that begin with it come first";
    EXPECT_EQ(suggested("night", 1).find("The Long"), std::string::npos);
    EXPECT_EQ(suggested("..."), "");
}

TEST_P(SearchContract, PagesThroughItsContents) {
    for (const char* id : {"c", "a", "b"}) put(document(id, "x"));
    const auto first = stage_.run(index_.contents("", 2));
    ASSERT_EQ(first.size(), 2u);
    EXPECT_EQ(first[1].first, "b");
    EXPECT_EQ(stage_.run(index_.contents("b", 2)).size(), 1u);
}

static Adapter<SearchCase> search_adapter(const char* name, bool modelled) {
    return {name, [modelled] {
                auto made = std::make_unique<SearchCase>();
                made->modelled = modelled;
                return made;
            }};
}

/// Indexes once had a name in a column more.
TEST(SqliteSearchFile, AnOlderIndexGoesOn) {
    PlainStage stage;
    SqliteDatabase database;
    auto older = [](SqlTransaction& tx) {
        tx.execute("CREATE TABLE search_state(epoch TEXT NOT NULL, changes BIGINT NOT NULL)");
        tx.execute("INSERT INTO search_state(epoch, changes) VALUES('a name', 5)");
    };
    database.transact(Sql::Access::Write, SqlBody(older));
    SqliteSearch index(database);
    stage.run(index.put(std::vector<SearchDocument>(1, document("a", "Night"))));
    EXPECT_EQ(stage.run(index.contents("", 9)).size(), 1u);
    auto changes = [](SqlTransaction& tx) {
        EXPECT_EQ(tx.find("SELECT changes FROM search_state")->integer(0), 6);
        EXPECT_EQ(tx.find("SELECT COUNT(*) FROM search_state")->integer(0), 1);
    };
    database.transact(Sql::Access::Read, SqlBody(changes));
}

INSTANTIATE_TEST_SUITE_P(Adapters, SearchContract,
                         testing::Values(search_adapter("Sqlite", false), search_adapter("Simulated", true)),
                         name_of<SearchCase>);

// Beyond the contract.

/// The edits between two words by the definition: the least of all ways, without bounds or shortcuts.
static size_t edits_by_definition(const std::u32string& a, const std::u32string& b) {
    if (a.empty() || b.empty()) return a.size() + b.size();
    const std::u32string a1 = a.substr(1), b1 = b.substr(1);
    size_t least = edits_by_definition(a1, b1) + (a[0] == b[0] ? 0 : 1);
    least = std::min(least, edits_by_definition(a1, b) + 1);
    least = std::min(least, edits_by_definition(a, b1) + 1);
    if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0])
        least = std::min(least, edits_by_definition(a.substr(2), b.substr(2)) + 1);
    return least;
}

TEST(Vocabulary, EditsAsDefined) {
    RandomStream random(3, Purpose::Test, 1);
    const auto word = [&] {
        std::u32string made;
        for (uint32_t i = random.below(6); i > 0; --i) made += char32_t(U'a' + random.below(3));
        return made;
    };
    for (int i = 0; i < 2000; ++i) {
        const std::u32string a = word(), b = word();
        const size_t edits = edits_by_definition(a, b);
        for (size_t most = 0; most <= 3; ++most) {
            const size_t bounded = edits_between(a, b, most, false);
            EXPECT_TRUE(edits <= most ? bounded == edits : bounded > most);
            size_t least = SIZE_MAX;
            for (size_t length = 0; length <= b.size(); ++length)
                least = std::min(least, edits_by_definition(a, b.substr(0, length)));
            const size_t beginning = edits_between(a, b, most, true);
            EXPECT_TRUE(least <= most ? beginning == least : beginning > most);
        }
    }
}

TEST(Vocabulary, NearestFirst) {
    const Vocabulary vocabulary({"=river", "raven", "rider", "rider\xc3\xb8", "rivers", "rover", "zoo"});
    EXPECT_EQ(vocabulary.near("rider", 3), (std::vector<std::string>{"rider", "rider\xc3\xb8"}));
    EXPECT_EQ(vocabulary.near("rivesr", 9)[0], "rivers");
    EXPECT_EQ(vocabulary.near("zo", 9), std::vector<std::string>());
    EXPECT_TRUE(vocabulary.has("=river"));
    EXPECT_FALSE(vocabulary.has("river"));
    EXPECT_TRUE(vocabulary.has_beginning("riv"));
    EXPECT_FALSE(vocabulary.has_beginning("rivet"));
}

}  // namespace matinee::contracts
