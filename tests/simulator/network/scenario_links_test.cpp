// The links that scenarios/data/README.md describes are what it says they are.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "simulator/network/access_generators.hpp"
#include "simulator/network/recorded_trace_io.hpp"

namespace matinee::network {

TEST(ScenarioLinks, AreWhatTheGeneratorsGive) {
    constexpr uint64_t kSeed = 2026;
    std::map<std::string, RecordedTrace> committed;
    for (RecordedTrace& trace : read_traces(std::filesystem::path(MATINEE_SOURCE_DIR) / "scenarios/data/links"))
        committed[trace.name] = std::move(trace);
    const std::map<std::string, uint32_t> mix{{"3g", 4}, {"4g", 4}, {"dsl", 2}, {"wifi", 2}};
    EXPECT_EQ(committed.size(), 12u);
    for (const auto& [name, count] : mix) {
        const AccessGenerator* generator = find_access_generator(name);
        ASSERT_NE(generator, nullptr);
        const std::vector<RecordedTrace> made = generate_traces(*generator, count, 240, 1, kSeed);
        for (uint32_t i = 0; i < count; ++i) {
            SCOPED_TRACE(made[i].name);
            RandomStream draws(kSeed, Purpose::Test, i, generator->stream);
            const double scale = draw_scale(*generator, draws);
            const double latency_ms = std::floor(to_ms(draw_rtt(*generator, draws)) + 0.5);
            const RecordedTrace& found = committed[made[i].name + ".json"];
            ASSERT_EQ(found.periods.size(), made[i].periods.size());
            for (size_t k = 0; k < found.periods.size(); ++k) {
                EXPECT_EQ(found.periods[k].duration_ms, made[i].periods[k].duration_ms);
                EXPECT_EQ(found.periods[k].bandwidth_kbps, std::floor(made[i].periods[k].bandwidth_kbps * scale + 0.5));
                EXPECT_EQ(found.periods[k].latency_ms, latency_ms);
            }
        }
    }
}

}  // namespace matinee::network
