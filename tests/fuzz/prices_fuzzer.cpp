#include "reports/cost.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return fuzz::try_parse([&] {
        const reports::Prices prices = reports::parse_prices(fuzz::text_of(data, size), "fuzzed.json");
        for (const auto* section : {&prices.egress, &prices.transit, &prices.servers})
            for (const auto& [role, price] : *section)
                if (!(price.usd >= 0)) __builtin_trap();
    });
}
