#include <map>
#include <string>
#include <vector>

#include "simulator/scenario/load.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

static const char* const kScenario = R"({
  "name": "fuzzed", "vars": {"viewers": 100},
  "time": {"start": "2026-11-20T18:00:00Z", "duration": "1h"},
  "catalog": {"titles": 50},
  "arrivals": {"viewers": "${viewers}"},
  "cdn": {"nodes": [
    {"id": "edge", "role": "edge", "count": 2, "nic": "10 Gbps", "disk": "100 GB", "parent": "origin"},
    {"id": "origin", "role": "origin", "nic": "100 Gbps"}]}
})";

// The input is one or more arguments of --set, a line each, on a scenario that is right without them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::vector<std::string> sets;
    std::string_view text = fuzz::text_of(data, size);
    for (size_t end = text.find('\n'); !text.empty() && sets.size() < 8; end = text.find('\n')) {
        sets.emplace_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return fuzz::try_parse([&] { (void)scenario::parse_scenario_text(kScenario, sets); });
}
