#include "reports/result_json.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

// What was read once and written is read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return fuzz::try_parse([&] {
        const std::string once = reports::result_json(reports::parse_result(fuzz::text_of(data, size), "fuzzed.json"));
        if (reports::result_json(reports::parse_result(once, "again.json")) != once) __builtin_trap();
    });
}
