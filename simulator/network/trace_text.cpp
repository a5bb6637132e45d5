// Traces as text; recorded_trace_io.hpp documents the formats.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "simulator/network/recorded_trace_io.hpp"
#include "simulator/network/trace_parsers.hpp"
#include "system/base/units.hpp"

namespace matinee::network {

namespace {

/// The shortest decimal that reads back as `value`, without an exponent.
std::string decimal(double value) {
    char buffer[512];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
    return std::string(buffer, end);
}

int64_t ns_of(double ms) { return int64_t(std::floor(ms * double(kMillisecond) + 0.5)); }

/// Exact seconds: 1013000000 ns is 1.013.
std::string seconds(int64_t ns) {
    std::string fraction = std::to_string(kSecond + ns % kSecond).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return std::to_string(ns / kSecond) + (fraction.empty() ? "" : "." + fraction);
}

std::string sabre_text(const RecordedTrace& trace) {
    std::string text = "[";
    const char* separator = "\n";
    for (const RecordedTrace::Period& p : trace.periods) {
        text += separator + ("    {\"duration_ms\": " + decimal(p.duration_ms)) +
                ", \"bandwidth_kbps\": " + decimal(p.bandwidth_kbps) + ", \"latency_ms\": " + decimal(p.latency_ms) +
                "}";
        separator = ",\n";
    }
    return text + "\n]\n";
}

/// A row's rate holds until the next row, the last row's for as long as the one before it: so the last period is
/// written as two halves unless it is as long as its neighbour.
std::string csv_text(const RecordedTrace& trace) {
    std::string text = "time_s,kbps,latency_ms\n";
    int64_t at_ns = 0;
    const auto row = [&](const RecordedTrace::Period& p) {
        text += seconds(at_ns) + "," + decimal(p.bandwidth_kbps) + "," + decimal(p.latency_ms) + "\n";
    };
    for (const RecordedTrace::Period& p : trace.periods) {
        row(p);
        at_ns += ns_of(p.duration_ms);
    }
    const size_t count = trace.periods.size();
    const int64_t last_ns = ns_of(trace.periods.back().duration_ms);
    if (count > 1 && ns_of(trace.periods[count - 2].duration_ms) == last_ns) return text;
    at_ns -= last_ns - last_ns / 2;
    row(trace.periods.back());
    return text;
}

std::string pensieve_text(const RecordedTrace& trace) {
    int64_t at_ns = 0;
    std::string text = "0 " + decimal(trace.periods.front().bandwidth_kbps / 1000) + "\n";
    for (const RecordedTrace::Period& p : trace.periods) {
        at_ns += ns_of(p.duration_ms);
        text += seconds(at_ns) + " " + decimal(p.bandwidth_kbps / 1000) + "\n";
    }
    return text;
}

/// Opportunity k of n stands where k / n of the trace's bits are through, the last one at the end: it is the cycle's
/// length.
std::string mahimahi_text(const RecordedTrace& trace) {
    constexpr double kBits = double(kMahimahiBytes * 8);
    double total_ms = 0, total_bits = 0;
    for (const RecordedTrace::Period& p : trace.periods) {
        total_ms += p.duration_ms;
        total_bits += p.duration_ms * p.bandwidth_kbps;
    }
    const double count = std::max(1.0, std::floor(total_bits / kBits + 0.5));
    const double last_ms = std::max(1.0, std::ceil(total_ms));
    if (count * double(decimal(last_ms).size() + 1) > double(kMaxTraceFileBytes))
        parsers::refuse({trace.name, ""}, "a trace of " + decimal(count) + " opportunities to send",
                        "what fits a Mahimahi file of " + std::to_string(kMaxTraceFileBytes) + " bytes");
    std::string text;
    const auto line = [&](double ms) { text += std::to_string(int64_t(ms)) + "\n"; };
    const double step_bits = total_bits / count;
    double start_ms = 0, start_bits = 0, sent = 1;
    for (const RecordedTrace::Period& p : trace.periods) {
        for (;
             p.bandwidth_kbps > 0 && sent < count && sent * step_bits <= start_bits + p.duration_ms * p.bandwidth_kbps;
             ++sent)
            line(std::ceil(start_ms + (sent * step_bits - start_bits) / p.bandwidth_kbps));
        start_ms += p.duration_ms;
        start_bits += p.duration_ms * p.bandwidth_kbps;
    }
    line(last_ms);
    return text;
}

}  // namespace

std::string trace_text(const RecordedTrace& trace, TraceFormat format) {
    switch (format) {
        case TraceFormat::Csv:
            return csv_text(trace);
        case TraceFormat::Mahimahi:
            return mahimahi_text(trace);
        case TraceFormat::Pensieve:
            return pensieve_text(trace);
        default:
            return sabre_text(trace);
    }
}

}  // namespace matinee::network
