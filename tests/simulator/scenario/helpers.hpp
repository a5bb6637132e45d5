// What the tests of the scenario reader share.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "simulator/scenario/load.hpp"
#include "system/base/errors.hpp"

namespace matinee::scenario {

/// The smallest scenario; `more` are further members, each followed by a comma.
inline std::string small(const std::string& more = "") {
    return "{" + more + R"(
        "time": {"duration": "30m"}, "arrivals": {"viewers": 1000},
        "cdn": {"nodes": [{"id": "edge", "role": "edge", "nic": "10 Gbps", "disk": "1 TB", "parent": "origin"},
                          {"id": "origin", "role": "origin", "nic": "10 Gbps"}]}})";
}

/// The small scenario with one list of node groups.
inline std::string with_nodes(const std::string& nodes) {
    return R"({"time": {"duration": "30m"}, "arrivals": {"viewers": 1000}, "cdn": {"nodes": [)" + nodes + "]}}";
}

inline Scenario parse(const std::string& text, const std::vector<std::string>& sets = {},
                      const std::map<std::string, std::string>& includes = {}) {
    return parse_scenario_text(text, sets, includes);
}

/// Fails the test unless the call throws InputError.
template <class F>
InputError::Where refused(F&& call) {
    try {
        call();
    } catch (const InputError& error) {
        EXPECT_FALSE(error.where.file.empty());
        EXPECT_FALSE(error.where.found.empty());
        EXPECT_FALSE(error.where.expected.empty());
        return error.where;
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

inline InputError::Where refused_text(const std::string& text, const std::vector<std::string>& sets = {},
                                      const std::map<std::string, std::string>& includes = {}) {
    return refused([&] { parse(text, sets, includes); });
}

inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.good()) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

inline const std::string kScenarios = MATINEE_SOURCE_DIR "/scenarios";

inline const std::vector<std::string>& shipped_scenarios() {
    static const std::vector<std::string> names{
        "quickstart",     "prime_time",      "flash_premiere",       "region_lost",     "long_tail",
        "recorded_links", "launch_night_1m", "launch_night_1m_cold", "launch_night_10m"};
    return names;
}

}  // namespace matinee::scenario
