#include "simulator/network/recorded_trace_io.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace matinee;

/// What was read once can be written in every format, and as Sabre's is read again as the same.
static void check_texts(const network::RecordedTrace& trace) {
    using enum network::TraceFormat;
    const network::RecordedTrace again = network::parse_trace(network::trace_text(trace, Sabre), "again", Sabre);
    if (again.periods.size() != trace.periods.size()) __builtin_trap();
    for (size_t i = 0; i < trace.periods.size(); ++i) {
        const auto &a = again.periods[i], &b = trace.periods[i];
        if (a.duration_ms != b.duration_ms || a.bandwidth_kbps != b.bandwidth_kbps || a.latency_ms != b.latency_ms)
            __builtin_trap();
    }
    if (network::trace_text(trace, Csv).empty() || network::trace_text(trace, Pensieve).empty()) __builtin_trap();
    double bits = 0;
    for (const auto& period : trace.periods) bits += period.duration_ms * period.bandwidth_kbps;
    if (bits < 1e9 && network::trace_text(trace, Mahimahi).empty()) __builtin_trap();
}

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
        check_texts(trace);
    });
}

// Every format tries every input: the wrong ones refuse it at the first line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using enum network::TraceFormat;
    for (const auto format : {Auto, Sabre, Csv, Mahimahi, Pensieve, Log}) try_format(fuzz::text_of(data, size), format);
    return 0;
}
