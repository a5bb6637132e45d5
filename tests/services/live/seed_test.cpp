// The demo catalogue, and the folder that it goes into.
#include "system/live/seed.hpp"

#include <algorithm>
#include <set>

#include "system/base/errors.hpp"
#include "system/catalog/document.hpp"
#include "system/demo/demo.hpp"
#include "tests/services/live/running_host.hpp"

namespace matinee::live {

TEST(Demo, IsACatalogueWorthLookingAt) {
    const auto groups = demo::catalogue();
    std::set<std::string> ids, names, genres;
    size_t series = 0, episodes = 0, shared_people = 0;
    std::set<std::string> people;
    for (const auto& group : groups) {
        const catalog::Details& title = group[0];
        EXPECT_TRUE(names.insert(title.title).second) << title.title;
        genres.insert(title.genres.begin(), title.genres.end());
        for (const std::string& one : title.cast) shared_people += people.insert(one).second ? 0 : 1;
        series += title.type == catalog::TitleType::Series ? 1 : 0;
        EXPECT_EQ(group.size() > 1, title.type == catalog::TitleType::Series);
        EXPECT_FALSE(title.windows.empty());
        for (const catalog::Details& one : group) {
            EXPECT_TRUE(ids.insert(one.title_id).second);
            EXPECT_EQ(one.synopsis.find_first_of("{}"), std::string::npos) << one.synopsis;
            EXPECT_TRUE(one.synopsis.ends_with('.')) << one.synopsis;
            // What an administrator could not have written is refused here.
            JsonOut windows;
            catalog::write_windows(windows, one.windows);
            const std::string document = catalog::open_document(one) + ",\"windows\":" + windows.take() + "}";
            EXPECT_NO_THROW(catalog::details_of(Json::parse(document))) << document;
            episodes += &one == &title ? 0 : 1;
        }
    }
    EXPECT_GE(groups.size(), 300u);
    EXPECT_GE(series, 60u);
    EXPECT_GE(episodes, 600u);
    EXPECT_GE(genres.size(), 12u);
    EXPECT_GT(shared_people, people.size()) << "who plays in one title plays in others";
}

TEST(Seed, OnceIsEnough) {
    const Config config = RunningHost::cheap();
    const Seeded first = seed_demo(config);
    EXPECT_EQ(first.added, first.titles + first.episodes);
    const Seeded second = seed_demo(config);
    EXPECT_EQ(second.titles, first.titles);
    EXPECT_EQ(second.added, 0u);
    std::filesystem::remove_all(config.data);
}

TEST(DataFolder, NobodyElseReadsTheDatabases) {
    namespace fs = std::filesystem;
    Config config = RunningHost::cheap();
    fs::create_directories(config.data);  // a folder that was there, and that others may look into
    fs::permissions(config.data, fs::perms::owner_all | fs::perms::group_all | fs::perms::others_all);
    const RunningHost host(config);
    size_t files = 0;
    for (const fs::directory_entry& file : fs::directory_iterator(config.data)) {
        EXPECT_EQ(file.status().permissions(), fs::perms::owner_read | fs::perms::owner_write) << file.path();
        ++files;
    }
    EXPECT_GE(files, 2u);
}

TEST(DataFolder, BelongsToOneProcessAtATime) {
    RunningHost host;
    Config second = host.config();
    second.port = 0;
    try {
        const LiveHost other(second, [](const std::string&) {});
        FAIL() << "two hosts on one folder";
    } catch (const MachineError& error) {
        EXPECT_NE(std::string(error.what()).find("another matinee"), std::string::npos) << error.what();
    }
    EXPECT_THROW(seed_demo(second), MachineError);
    host.restart();
}

}  // namespace matinee::live
