#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "simulator/scenario/load.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

/// The presets that scenarios include, by the paths they use, so that the seeds get past their first line.
static std::map<std::string, std::string> presets() {
    std::map<std::string, std::string> texts;
    for (const auto& entry : std::filesystem::directory_iterator(MATINEE_SOURCE_DIR "/scenarios/presets")) {
        std::ifstream file(entry.path(), std::ios::binary);
        texts["presets/" + entry.path().filename().string()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return texts;
}

// What is accepted has a resolved form that is accepted too and is the same scenario.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const std::map<std::string, std::string> includes = presets();
    return fuzz::try_parse([&] {
        const scenario::Scenario once = scenario::parse_scenario_text(fuzz::text_of(data, size), {}, includes);
        const scenario::Scenario again = scenario::parse_scenario_text(scenario::resolved_text(once));
        if (again.hash != once.hash) __builtin_trap();
    });
}
