// Scenarios that are wrong in one place each. The first three lines of a file say what the one error must name: the
// JSON path exactly, and parts of what was found and of the hint ("-": none).
#include <filesystem>
#include <set>

#include "simulator/scenario/json_text.hpp"
#include "tests/simulator/scenario/helpers.hpp"

namespace matinee::scenario {

namespace fs = std::filesystem;

static std::vector<fs::path> malformed_files() {
    std::set<fs::path> files;
    for (const auto& entry : fs::directory_iterator(MATINEE_SOURCE_DIR "/tests/simulator/scenario/malformed"))
        if (entry.path().extension() == ".json") files.insert(entry.path());
    return {files.begin(), files.end()};
}

static std::string header(std::istream& file, const std::string& key) {
    std::string line;
    std::getline(file, line);
    const std::string start = "// " + key + ": ";
    EXPECT_EQ(line.substr(0, start.size()), start);
    line = line.substr(std::min(line.size(), start.size()));
    return line == "-" ? "" : line;
}

TEST(Malformed, ThereAreFifty) { EXPECT_GE(malformed_files().size(), 50u); }

TEST(Malformed, TheSoundOneIsSound) {
    const Scenario sound = load({.file = MATINEE_SOURCE_DIR "/tests/simulator/scenario/malformed/base/sound.json",
                                 .seed = {},
                                 .sets = {},
                                 .assets_dir = {}});
    EXPECT_EQ(sound.populations.size(), 4u);
}

TEST(Malformed, EachGivesOneClearError) {
    for (const fs::path& file : malformed_files()) {
        SCOPED_TRACE(file.filename().string());
        std::ifstream text(file);
        const std::string path = header(text, "path"), found = header(text, "found"), hint = header(text, "hint");
        const InputError::Where where =
            refused([&] { load({.file = file.string(), .seed = {}, .sets = {}, .assets_dir = {}}); });
        EXPECT_EQ(where.path, path);
        EXPECT_NE(where.found.find(found), std::string::npos) << where.found;
        EXPECT_NE(where.suggestion.find(hint), std::string::npos) << where.suggestion;
        EXPECT_EQ(where.suggestion.empty(), hint.empty()) << where.suggestion;
        EXPECT_TRUE(where.file.starts_with(file.string())) << where.file;
        for (const std::string& part : {where.found, where.expected, where.suggestion, where.path}) {
            EXPECT_LT(part.size(), 600u) << part;
            EXPECT_EQ(malformed_utf8(part), std::string::npos) << part;
        }
    }
}

TEST(Malformed, AnEmptyTextAndAMissingFile) {
    EXPECT_EQ(refused_text("").path, "line 1, column 1");
    const auto where = refused([] { load({.file = "no/such/file.json", .seed = {}, .sets = {}, .assets_dir = {}}); });
    EXPECT_EQ(where.file, "no/such/file.json");
    EXPECT_EQ(refused([] { load({.file = MATINEE_SOURCE_DIR, .seed = {}, .sets = {}, .assets_dir = {}}); }).found,
              "a folder");
}

/// Whatever is cut off or changed in a good scenario, the answer is a scenario or an InputError.
TEST(Malformed, EveryPrefixAndManyChangesAreAnswered) {
    const std::string text = read_file(kScenarios + "/presets/three_tier_cdn.json");
    size_t refusals = 0;
    const auto attempt = [&](const std::string& changed) {
        try {
            parse(changed);
        } catch (const InputError&) {
            ++refusals;
        }
    };
    for (size_t length = 0; length < text.size(); length += 7) attempt(text.substr(0, length));
    const std::string letters = "\"{}[],:0-x\xff$.";
    for (size_t at = 0; at < text.size(); at += 11) {
        std::string changed = text;
        changed[at] = letters[(at / 11) % letters.size()];
        attempt(changed);
    }
    EXPECT_EQ(refusals, (text.size() + 6) / 7 + (text.size() + 10) / 11);  // a preset alone lacks time and arrivals
}

}  // namespace matinee::scenario
