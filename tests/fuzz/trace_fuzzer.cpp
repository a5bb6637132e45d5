#include "simulator/network/recorded_trace_io.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

static int try_format(std::string_view text, network::TraceFormat format) {
    return fuzz::try_parse([&] {
        const network::RecordedTrace trace = network::parse_trace(text, "fuzzed.trace", format);
        double bandwidth = 0;
        for (const auto& period : trace.periods) {
            if (!(period.duration_ms > 0) || !(period.bandwidth_kbps >= 0) || !(period.latency_ms >= 0))
                __builtin_trap();
            bandwidth += period.bandwidth_kbps;
        }
        if (!(bandwidth > 0)) __builtin_trap();
    });
}

// Every format tries every input: the wrong ones refuse it at the first line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using enum network::TraceFormat;
    for (const auto format : {Auto, Sabre, Csv, Mahimahi, Pensieve}) try_format(fuzz::text_of(data, size), format);
    return 0;
}
