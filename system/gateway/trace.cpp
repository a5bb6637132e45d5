#include "system/gateway/trace.hpp"

#include <algorithm>

#include "system/base/digest.hpp"

namespace matinee::gateway {

namespace {

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

uint64_t hash_of(std::string_view text, uint64_t start) {
    uint64_t hash = start;
    for (const char c : text) hash = mix64(hash ^ uint8_t(c));
    return hash;
}

std::string hex_of(uint64_t number) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[number >> shift & 15];
    return text;
}

}  // namespace

std::string Trace::traceparent() const { return "00-" + trace_id + "-" + span_id + (sampled ? "-01" : "-00"); }

std::optional<Trace> parse_traceparent(std::string_view header) {
    // version "-" trace-id "-" parent-id "-" flags; a later version may have more behind a further dash.
    if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
    const std::string_view version = header.substr(0, 2), trace_id = header.substr(3, 32),
                           parent_id = header.substr(36, 16), flags = header.substr(53, 2);
    if (!is_hex(version) || !is_hex(trace_id) || !is_hex(parent_id) || !is_hex(flags)) return std::nullopt;
    if (version == "ff" || (header.size() > 55 && (version == "00" || header[55] != '-'))) return std::nullopt;
    if (is_zero(trace_id) || is_zero(parent_id)) return std::nullopt;
    Trace trace;
    trace.trace_id = trace_id;
    trace.parent_id = parent_id;
    trace.sampled = ((flags[1] >= 'a' ? flags[1] - 'a' + 10 : flags[1] - '0') & 1) != 0;
    return trace;
}

Trace trace_of(const Request& request, std::string_view request_id) {
    const std::string* const header = request.header("traceparent");
    Trace trace = (header == nullptr ? std::nullopt : parse_traceparent(*header)).value_or(Trace());
    const uint64_t hash = hash_of(request_id, 0);
    if (trace.trace_id.empty()) {
        const std::string_view own = request_id.starts_with("req_") ? request_id.substr(4) : std::string_view();
        const bool usable = own.size() == 32 && is_hex(own) && !is_zero(own);
        trace.trace_id = usable ? std::string(own) : hex_of(hash | 1) + hex_of(mix64(hash));
    }
    trace.span_id = hex_of(hash_of(trace.parent_id, hash) | 1);
    return trace;
}

}  // namespace matinee::gateway
