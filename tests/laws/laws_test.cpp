#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/laws/laws.hpp"

namespace matinee::laws {

namespace fs = std::filesystem;

static const std::vector<std::string> kTops = {"system", "simulator", "clients", "reports"};

static Rooms project_rooms() { return parse_rooms(read_file(fs::path(MATINEE_SOURCE_DIR) / "tests/laws/rooms.txt")); }

static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += "  " + line + "\n";
    return text;
}

static bool any_contains(const std::vector<std::string>& lines, const std::string& part) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const auto& line) { return line.find(part) != std::string::npos; });
}

TEST(Law1, EveryIncludeFollowsAnArrow) {
    const std::vector<std::string> breaches = include_breaches(MATINEE_SOURCE_DIR, kTops, project_rooms());
    EXPECT_TRUE(breaches.empty()) << joined(breaches);
}

TEST(Law1, NoRoomAsksTheMachineForMoreThanItsLiberties) {
    const Rooms rooms = project_rooms();
    std::istringstream lines(read_file(MATINEE_ARCHIVES_FILE));  // "system/base=/.../libsystem_base.a", one a line
    size_t archives = 0;
    for (std::string line; std::getline(lines, line); ++archives) {
        const size_t equals = line.find('=');
        const std::vector<std::string> breaches =
            symbol_breaches(line.substr(equals + 1), line.substr(0, equals), rooms);
        EXPECT_TRUE(breaches.empty()) << joined(breaches);
    }
    EXPECT_GE(archives, 5u);
}

TEST(Law1, ArrowsHaveNoCycle) {
    const Rooms rooms = project_rooms();
    std::set<std::string> done;
    for (size_t round = 0; round < rooms.size(); ++round)
        for (const auto& [name, room] : rooms)
            if (std::all_of(room.includes.begin(), room.includes.end(),
                            [&](const std::string& other) { return other[0] == '<' || done.contains(other); }))
                done.insert(name);
    for (const auto& [name, room] : rooms) EXPECT_TRUE(done.contains(name)) << name << " is part of a cycle";
}

TEST(Law1, PlatformKnowsNothingOfItsHosts) {
    for (const auto& [name, room] : project_rooms()) {
        if (!name.starts_with("system/")) continue;
        for (const std::string& other : room.includes)
            EXPECT_TRUE(other.starts_with("system/") || other[0] == '<') << name << " -> " << other;
    }
}

// The tests above would be worth nothing if they could not fail.

class Breach : public testing::Test {
protected:
    void SetUp() override {
        root_ = fs::path(testing::TempDir()) / "matinee_laws_breach";
        fs::remove_all(root_);
        fs::create_directories(root_ / "system/base/below");
        fs::create_directories(root_ / "system/new_room");
        std::ofstream(root_ / "system/base/a.cpp") << "#include <vector>\n#include \"system/base/a.hpp\"\n"
                                                      "#include \"simulator/engine/windows.hpp\"\n";
        std::ofstream(root_ / "system/base/below/c.hpp") << "#include \"system/base/below/d.hpp\"\n"
                                                            "#include \"system/cdn/cache/spec.hpp\"\n";
        std::ofstream(root_ / "system/base/a.hpp") << "#pragma once\n#include <random>\n# include <boost/asio.hpp>\n"
                                                      "#include <Random123/philox.h>\n";
        std::ofstream(root_ / "system/new_room/b.cpp") << "int b;\n";
    }
    void TearDown() override { fs::remove_all(root_); }
    fs::path root_;
};

TEST_F(Breach, ForbiddenIncludesAreFound) {
    const std::vector<std::string> breaches = include_breaches(root_, {"system"}, project_rooms());
    EXPECT_EQ(breaches.size(), 5u) << joined(breaches);
    EXPECT_TRUE(any_contains(breaches, "system/base/a.cpp: may not include \"simulator/engine/windows.hpp\""));
    EXPECT_TRUE(any_contains(breaches, "system/base/a.hpp: may not include <random> (randomness)"));
    EXPECT_TRUE(any_contains(breaches, "system/base/a.hpp: may not include <boost/asio.hpp>"));
    EXPECT_TRUE(any_contains(breaches, "system/base/below/c.hpp: may not include \"system/cdn/cache/spec.hpp\""));
    EXPECT_TRUE(any_contains(breaches, "system/new_room/b.cpp: its room is not in"));
}

TEST_F(Breach, ForbiddenSymbolsAreFound) {
    const std::vector<std::string> breaches = symbol_breaches(MATINEE_BREACH_ARCHIVE, "system/base", project_rooms());
    for (const char* group : {"threads", "clocks", "environment", "randomness", "files", "sockets", "libm"})
        EXPECT_TRUE(any_contains(breaches, "(" + std::string(group) + ")")) << group << " not found in\n"
                                                                            << joined(breaches);
    for (const char* symbol : {" getenv ", " rand ", " log ", " powf ", " socket "})
        EXPECT_TRUE(any_contains(breaches, symbol)) << symbol << " not found in\n" << joined(breaches);
}

TEST_F(Breach, LibertiesAreGrantedOneByOne) {
    const std::vector<std::string> breaches =
        symbol_breaches(MATINEE_BREACH_ARCHIVE, "simulator/engine", project_rooms());
    EXPECT_FALSE(any_contains(breaches, "(threads)")) << joined(breaches);
    EXPECT_TRUE(any_contains(breaches, "(clocks)")) << joined(breaches);
    EXPECT_TRUE(symbol_breaches(MATINEE_BREACH_ARCHIVE, "clients/cli", project_rooms()).empty());
    EXPECT_TRUE(any_contains(symbol_breaches(MATINEE_BREACH_ARCHIVE, "nowhere", project_rooms()), "is not in"));
    EXPECT_THROW(symbol_breaches(root_ / "missing.a", "system/base", project_rooms()), std::runtime_error);
}

TEST(Law1, ExactFunctionsOfLibmAreAllowed) {
    for (const char* symbol : {"sqrt", "floor", "fmod", "memcpy", "__log_level", "logger",
                               "_ZNSt10filesystem7__cxx114path5_ListC1Ev", "_ZN7matinee4math3logEd"})
        EXPECT_EQ(forbidden_group_of_symbol(symbol), "") << symbol;
    EXPECT_EQ(forbidden_group_of_symbol("_ZNSt10filesystem6removeERKNS_7__cxx114pathE"), "files");
    for (const char* symbol : {"log", "logf", "powl", "log@GLIBC_2.29", "exp2f"})
        EXPECT_EQ(forbidden_group_of_symbol(symbol), "libm") << symbol;
}

}  // namespace matinee::laws
