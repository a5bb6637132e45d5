#include "system/cdn/lab/replay.hpp"
#include "system/cdn/lab/trace_formats.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

static int try_format(std::string_view content, cdn::lab::TraceFormat format) {
    return fuzz::try_parse([&] {
        const cdn::lab::Trace trace = cdn::lab::parse_trace(content, "fuzzed.trace", format);
        if (trace.requests() == 0 || trace.objects() == 0 || trace.objects() > trace.requests()) __builtin_trap();
        const std::vector<uint32_t> future = trace.future();
        cdn::lab::Trial trial{.capacity = trace.footprint_bytes() / 3};
        trial.spec.evict = cdn::Eviction(trace.requests() % (uint32_t(cdn::Eviction::Belady) + 1));
        const cdn::lab::Counts counts = cdn::lab::replay(trace, trial, future);
        if (counts.misses < trace.objects() || counts.missed_bytes > counts.requested_bytes) __builtin_trap();
    });
}

// Both formats try every input: the wrong one refuses it at the first record.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using enum cdn::lab::TraceFormat;
    for (const auto format : {OracleGeneral, Csv}) try_format(fuzz::text_of(data, size), format);
    return 0;
}
